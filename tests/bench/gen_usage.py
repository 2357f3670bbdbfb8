#!/usr/bin/env python3
"""Writes a usage table of N rows as Parquet (needs polars) or CSV, for tests/bench/pricing.sh.

The rows are the product of days, hours, models and workloads, cut at N: every row is another
key, so that nothing is summed away before it is priced. Models, scopes and Regions come from
the price list that `eolcast check --prices-csv` prints, so that every row has a price to be
looked up. The same arguments give the same table.

Sample: gen_usage.py prices.csv usage.parquet 1000000
"""

import csv
import sys
from datetime import datetime, timedelta

FIRST = datetime(2026, 8, 1)
DAYS = 92
COLUMNS = [
    "hour", "granularity", "account_id", "region", "model_id", "endpoint_scope", "geo",
    "service_tier", "prompt_band", "inference_profile", "principal", "metadata", "workload",
    "requests", "failed_requests", "requests_without_counts", "input_tokens", "output_tokens",
    "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_unknown_tokens", "images", "source",
]
COUNTS = COLUMNS[13:23]
PARTITIONS = ("us-gov-", "cn-")


def priced_keys(path):
    """Model, scope and Region of every standard input price, in the order of the list."""
    keys = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            wanted = row["service_tier"] == "standard" and row["sku_meter"] == "input"
            if wanted and row["prompt_band"] == "0" and not row["region"].startswith(PARTITIONS):
                region = "us-east-1" if row["region"] == "*" else row["region"]
                keys[(row["model_id"], row["endpoint_scope"], region)] = None
    return list(keys)


def spread(n, most):
    """A number below `most` that looks like chance and is the same each time."""
    return (n + 1) * 2_654_435_761 % 4_294_967_296 % most


def columns(keys, rows):
    """The table as lists, in pieces of at most a million rows."""
    hours = [FIRST + timedelta(hours=n) for n in range(DAYS * 24)]
    piece = 1_000_000
    for start in range(0, rows, piece):
        numbers = range(start, min(start + piece, rows))
        key = [keys[n % len(keys)] for n in numbers]
        turn = [n // len(keys) for n in numbers]
        table = {name: [""] * len(numbers) for name in COLUMNS}
        # 37 and the number of hours have no common factor: every hour comes before one repeats.
        table["hour"] = [hours[t * 37 % len(hours)] for t in turn]
        table["granularity"] = ["hour"] * len(numbers)
        table["account_id"] = [f"{111122223333 + t // len(hours) // 20:012d}" for t in turn]
        table["region"] = [k[2] for k in key]
        table["model_id"] = [k[0] for k in key]
        table["endpoint_scope"] = [k[1] for k in key]
        table["geo"] = ["us" if k[1] == "geo" else "" for k in key]
        table["service_tier"] = ["standard"] * len(numbers)
        table["prompt_band"] = [0] * len(numbers)
        table["workload"] = [f"workload-{t // len(hours) % 20}" for t in turn]
        table["requests"] = [1 + spread(n, 97) for n in numbers]
        table["input_tokens"] = [1 + spread(n, 1_000_003) for n in numbers]
        table["output_tokens"] = [1 + spread(n, 100_003) for n in numbers]
        for name in COUNTS:
            if table[name] and table[name][0] == "":
                table[name] = [0] * len(numbers)
        table["images"] = [None] * len(numbers)
        table["source"] = ["s3"] * len(numbers)
        yield table


def write_csv(path, tables):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for table in tables:
            table["hour"] = [hour.strftime("%Y-%m-%dT%H:%M:%SZ") for hour in table["hour"]]
            writer.writerows(zip(*(table[name] for name in COLUMNS)))


def write_parquet(path, tables):
    import polars as pl

    frames = []
    for table in tables:
        counts = {name: pl.Int64 for name in COUNTS + ["prompt_band"]}
        frame = pl.DataFrame(table, schema_overrides=counts)
        hour = pl.col("hour").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
        texts = [pl.col(name).replace("", None) for name in frame.columns if frame[name].dtype == pl.String]
        frames.append(frame.with_columns(hour, *texts))
    pl.concat(frames).write_parquet(path, compression="zstd")


def main():
    prices, out, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
    tables = columns(priced_keys(prices), rows)
    (write_parquet if out.endswith(".parquet") else write_csv)(out, tables)


if __name__ == "__main__":
    main()
