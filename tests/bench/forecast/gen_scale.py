"""Writes a usage table of a year of days as Parquet (needs polars and numpy), in the order in
which eolcast writes one.

usage: gen_scale.py PRICES.csv OUT.parquet SERIES
       gen_scale.py PRICES.csv OUT.parquet MODELSxWORKLOADS [DAYS]

The first form makes SERIES daily series: a workload on a model, each model once a workload.
The second lets every workload use every one of MODELS, on every day, or on DAYS days of the
year (12: about once a month). A model there is an id of the price list in one scope and
Region; all ids come before one comes in a second Region. Ids, scopes and Regions are those of
the list, so every row has a price to be looked up. Levels, weeks and noise look like chance
and are the same each time; few series are large and most are small.
"""

import csv
import sys
from datetime import datetime, timedelta

import numpy as np
import polars as pl

FIRST, DAYS = datetime(2025, 11, 22), 365
TEXTS = ["account_id", "region", "model_id", "endpoint_scope", "geo", "workload"]


def priced_models(path, most):
    """Model, scope and Region of standard output prices: each model once, then again."""
    keys = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            wanted = row["service_tier"] == "standard" and row["sku_meter"] == "output"
            if wanted and row["prompt_band"] == "0" and not row["region"].startswith(("us-gov-", "cn-")):
                region = "us-east-1" if row["region"] == "*" else row["region"]
                keys[(row["model_id"], row["endpoint_scope"], region)] = None
    places = {}
    for key in keys:
        places.setdefault(key[0], []).append(key)
    turns = range(max(len(of_model) for of_model in places.values()))
    ordered = [of_model[turn] for turn in turns for of_model in places.values() if turn < len(of_model)]
    return ordered[:most], len(places)


def main():
    prices, out, size = sys.argv[1], sys.argv[2], sys.argv[3]
    if "x" in size:
        most, workloads = (int(part) for part in size.split("x"))
        models, _ = priced_models(prices, most)
        if len(models) < most:
            sys.exit(f"the price list has {len(models)} models by scope and Region only")
        count = most * workloads
        spread = 2.0
    else:
        models, ids = priced_models(prices, None)
        models, count, spread = models[:ids], int(size), 1.0
    days_used = int(sys.argv[4]) if len(sys.argv) > 4 else DAYS
    random = np.random.default_rng(7)
    keys = []
    for number in range(count):
        model, scope, region = models[number % len(models)]
        account = f"{111122223333 + number % 10:012d}"
        geo = "us" if scope == "geo" else None
        keys.append((account, region, model, scope, geo, f"workload-{number // len(models):02}"))
    keys.sort(key=lambda key: tuple(part or "" for part in key))
    series = pl.DataFrame(keys, schema={name: pl.String for name in TEXTS}, orient="row")
    week = np.exp(random.normal(0, 0.3, (7, count)))
    level = np.exp(random.normal(13, spread, count))
    frames = []
    for day in range(DAYS):
        level = level * np.exp(random.normal(0, 0.01, count))
        tokens = np.rint(level * week[day % 7] * random.lognormal(0, 0.2, count)).astype(np.int64) + 1
        used = pl.Series(random.random(count) * DAYS < days_used)
        counts = pl.DataFrame({"tokens": tokens})
        frame = pl.concat([series, counts], how="horizontal").filter(used)
        whole = pl.col("tokens")
        none = pl.lit(None, dtype=pl.String)
        zero = pl.lit(0, dtype=pl.Int64)
        frames.append(
            frame.select(
                hour=pl.lit(FIRST + timedelta(days=day)).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"),
                granularity=pl.lit("day"),
                account_id="account_id",
                region="region",
                model_id="model_id",
                endpoint_scope="endpoint_scope",
                geo="geo",
                service_tier=pl.lit("standard"),
                prompt_band=zero,
                inference_profile=none,
                principal=none,
                metadata=none,
                workload="workload",
                requests=whole // 900 + 1,
                failed_requests=zero,
                requests_without_counts=zero,
                input_tokens=whole,
                output_tokens=whole // 8,
                cache_read_tokens=whole // 2,
                cache_write_5m_tokens=whole // 20,
                cache_write_1h_tokens=zero,
                cache_write_unknown_tokens=zero,
                images=pl.lit(None, dtype=pl.Int64),
                source=pl.lit("s3"),
            )
        )
    pl.concat(frames).write_parquet(out, compression="zstd", row_group_size=1 << 17)


if __name__ == "__main__":
    main()
