"""Writes a usage table of N daily series over 365 days as Parquet (needs polars).

usage: gen_scale.py PRICES.csv OUT.parquet SERIES

A series is a workload on a model, in one Region. Levels, weeks and noise look like chance and
are the same each time.
"""

import csv
import sys
from datetime import datetime, timedelta

import numpy as np
import polars as pl

FIRST, DAYS = datetime(2025, 11, 22), 365


def main():
    prices, out, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    keys = {}
    with open(prices, newline="") as file:
        for row in csv.DictReader(file):
            wanted = row["service_tier"] == "standard" and row["sku_meter"] == "output"
            if wanted and row["prompt_band"] == "0" and not row["region"].startswith(("us-gov-", "cn-")):
                region = "us-east-1" if row["region"] == "*" else row["region"]
                keys[(row["model_id"], row["endpoint_scope"], region)] = None
    models = {}
    for model, scope, region in keys:
        models.setdefault(model, (model, scope, region))
    models = list(models.values())
    random = np.random.default_rng(7)
    hours = [FIRST + timedelta(days=day) for day in range(DAYS)]
    frames = []
    for number in range(count):
        model, scope, region = models[number % len(models)]
        week = np.exp(random.normal(0, 0.3, 7))
        level = np.exp(random.normal(13, 1)) * np.exp(np.cumsum(random.normal(0, 0.01, DAYS)))
        tokens = np.rint(level * week[np.arange(DAYS) % 7] * random.lognormal(0, 0.2, DAYS)).astype(int)
        frames.append(
            pl.DataFrame({"hour": hours}).with_columns(
                pl.col("hour").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC"),
                granularity=pl.lit("day"),
                account_id=pl.lit(f"{111122223333 + number % 10:012d}"),
                region=pl.lit(region),
                model_id=pl.lit(model),
                endpoint_scope=pl.lit(scope),
                geo=pl.lit("us" if scope == "geo" else None, dtype=pl.String),
                service_tier=pl.lit("standard"),
                prompt_band=pl.lit(0, dtype=pl.Int64),
                inference_profile=pl.lit(None, dtype=pl.String),
                principal=pl.lit(None, dtype=pl.String),
                metadata=pl.lit(None, dtype=pl.String),
                workload=pl.lit(f"workload-{number // len(models)}"),
                requests=pl.Series(tokens // 900 + 1),
                failed_requests=pl.lit(0, dtype=pl.Int64),
                requests_without_counts=pl.lit(0, dtype=pl.Int64),
                input_tokens=pl.Series(tokens),
                output_tokens=pl.Series(tokens // 8),
                cache_read_tokens=pl.Series(tokens // 2),
                cache_write_5m_tokens=pl.Series(tokens // 20),
                cache_write_1h_tokens=pl.lit(0, dtype=pl.Int64),
                cache_write_unknown_tokens=pl.lit(0, dtype=pl.Int64),
                images=pl.lit(None, dtype=pl.Int64),
                source=pl.lit("s3"),
            )
        )
    pl.concat(frames).write_parquet(out, compression="zstd")


if __name__ == "__main__":
    main()
