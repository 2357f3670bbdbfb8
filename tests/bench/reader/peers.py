"""The same sums by another engine, as a process of its own: python peers.py ENGINE FOLDER OUT.csv THREADS

By hour, account, Region, model and ARN: calls, errors, and the four token counts. Each engine gets
the columns declared, in the form that was its fastest.
"""
import os
import sys

COUNTS_IN = ["inputTokenCount", "cacheReadInputTokenCount", "cacheWriteInputTokenCount"]
KEYS = ["hour", "account", "region", "model", "arn"]
SUMS = {"input": ("input", "inputTokenCount"), "cache_read": ("input", "cacheReadInputTokenCount"),
        "cache_write": ("input", "cacheWriteInputTokenCount"), "output": ("output", "outputTokenCount")}
PLAIN = ["timestamp", "accountId", "region", "modelId", "errorCode"]


def duckdb(files, out, threads):
    import duckdb
    columns = {name: "VARCHAR" for name in PLAIN}
    columns["identity"] = "STRUCT(arn VARCHAR)"
    columns["input"] = f"STRUCT({', '.join(f'{name} BIGINT' for name in COUNTS_IN)})"
    columns["output"] = "STRUCT(outputTokenCount BIGINT)"
    sums = ", ".join(f'coalesce(sum("{side}".{name}), 0)::bigint as "{column}"' for column, (side, name) in SUMS.items())
    database = duckdb.connect()
    database.execute(f"set threads = {threads}; set preserve_insertion_order = false")
    database.execute(f"""
        copy (select substr("timestamp", 1, 13) as hour, accountId as account, region, modelId as model, identity.arn as arn,
                     count(*) as records, count(errorCode) as errors, {sums}
              from read_json('{files}', format = 'newline_delimited', compression = 'gzip',
                             maximum_object_size = 33554432, columns = {columns})
              group by all order by all) to '{out}' (header)""")


def polars(files, out, threads):
    os.environ["POLARS_MAX_THREADS"] = threads
    import polars as pl
    schema = {name: pl.String for name in PLAIN}
    schema["identity"] = pl.Struct({"arn": pl.String})
    schema["input"] = pl.Struct({name: pl.Int64 for name in COUNTS_IN})
    schema["output"] = pl.Struct({"outputTokenCount": pl.Int64})
    records = pl.scan_ndjson(files, schema=schema).select(
        pl.col("timestamp").str.slice(0, 13).alias("hour"), pl.col("accountId").alias("account"), "region",
        pl.col("modelId").alias("model"), pl.col("identity").struct.field("arn").alias("arn"), "errorCode",
        *[pl.col(side).struct.field(name).alias(column) for column, (side, name) in SUMS.items()])
    grouped = records.group_by(KEYS).agg(pl.len().alias("records"), pl.col("errorCode").count().alias("errors"),
                                         *[pl.col(column).sum() for column in SUMS])
    grouped.sort(KEYS).collect(engine="streaming").write_csv(out)


def chdb(files, out, threads):
    import chdb
    nullable = ", ".join(f"{name} Nullable(Int64)" for name in COUNTS_IN)
    columns = ("timestamp String, accountId String, region String, modelId String, errorCode Nullable(String), "
               f"identity Tuple(arn String), input Tuple({nullable}), output Tuple(outputTokenCount Nullable(Int64))")
    # The inner names, so that no alias hides the column it is made from.
    sums = ", ".join(f"ifNull(sum({side}.{name}), 0)" for side, name in SUMS.values())
    table = chdb.query(f"""
        select substring(timestamp, 1, 13), accountId, region, modelId, identity.arn as arn, count(), count(errorCode), {sums}
        from file('{files}', 'JSONEachRow', '{columns}')
        group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
        settings max_threads = {threads}, input_format_null_as_default = 1,
                 input_format_json_ignore_unknown_keys_in_named_tuple = 1,
                 input_format_json_defaults_for_missing_elements_in_named_tuple = 1""", "TSVRaw").bytes()
    with open(out, "wb") as file:
        file.write(",".join([*KEYS, "records", "errors", *SUMS]).encode() + b"\n")
        file.write(table.replace(b"\t", b","))


ENGINES = {"duckdb": duckdb, "polars": polars, "chdb": chdb}

if __name__ == "__main__":
    engine, folder, out, threads = sys.argv[1:]
    ENGINES[engine](os.path.join(folder, "**", "*.json.gz"), out, threads)
