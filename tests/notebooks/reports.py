"""The reports that the notebooks are run on, each written by the program.

Sample: `write_all("target/debug/eolcast", folder)["demo"]` is a folder of Parquet tables.
"""

import csv
import subprocess
from datetime import date, timedelta

import polars as pl

COLUMNS = [
    "hour", "granularity", "account_id", "region", "model_id", "endpoint_scope", "geo",
    "service_tier", "prompt_band", "inference_profile", "principal", "metadata", "workload",
    "requests", "failed_requests", "requests_without_counts", "input_tokens", "output_tokens",
    "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "cache_write_unknown_tokens", "images", "source",
]
HOSTILE = [
    '=HYPERLINK("http://x")',
    "<script>alert(1)</script>",
    'a "b", c\nd 🚀',
    "家計簿",
    "x" * 300,
]
SETTINGS = """
[discount]
all = "0.10"

[[workload]]
name = "unused"
principal = "nobody"
owner = "<b>nobody</b>"

[[scenario]]
name = "=two waves"
migrate_on = "2026-12-15"
ramp_weeks = 4
effort = "20000"
"""


def row(day, **cells):
    """A day of usage; what is not given is empty or 0."""
    plain = {
        "hour": f"{day}T00:00:00Z", "granularity": "day", "account_id": "111122223333",
        "region": "us-east-1", "model_id": "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "endpoint_scope": "geo", "geo": "us", "service_tier": "standard", "prompt_band": 0,
        "requests": 100, "failed_requests": 0, "requests_without_counts": 0,
        "input_tokens": 1_000_000, "output_tokens": 200_000, "source": "s3",
    }
    return {**dict.fromkeys(COLUMNS, ""), **plain, **cells}


def own_usage():
    """Four months of hostile names in logs, and metrics that count a little more."""
    rows = []
    for days in range(120):
        day = date(2026, 11, 20) - timedelta(days=days)
        rows += [row(day, workload=name, input_tokens=(at + 1) * 1_000_000)
                 for at, name in enumerate(HOSTILE)]
        rows.append(row(day, source="metrics", requests=510, input_tokens=15_400_000,
                        output_tokens=1_020_000))
    return rows


def unpriced_usage():
    """One day of a model that nobody knows."""
    return [row(date(2026, 10, 5), model_id="acme.unheard-of-v1:0", endpoint_scope="in-region",
                geo="", workload="lab")]


def write_usage(path, rows):
    with open(path, "w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(rows)


def write_all(eolcast, folder):
    """Name -> folder of the report."""
    def report(name, *options):
        out = folder / name
        command = [eolcast, "report", *options, "--quiet", "--format", "parquet,json", "--out", out]
        done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False)
        if done.returncode:
            raise SystemExit(f"the report {name} was not written: {done.stderr}")
        return out

    write_usage(folder / "own.csv", own_usage())
    write_usage(folder / "unpriced.csv", unpriced_usage())
    (folder / "own.toml").write_text(SETTINGS)
    reports = {
        "demo": report("demo", "--demo"),
        "own": report("own", "own.csv", "--as-of", "2026-11-21", "--settings", "own.toml"),
        # The model is not in use any more: most tables are empty, and nothing has a price.
        "unpriced": report("unpriced", "unpriced.csv", "--as-of", "2026-12-20"),
    }
    # No row in any table: the demo's, cut.
    reports["hollow"] = folder / "hollow"
    reports["hollow"].mkdir()
    for file in reports["demo"].glob("*.parquet"):
        facts = {k: v for k, v in pl.read_parquet_metadata(file).items() if k.startswith("eolcast.")}
        pl.read_parquet(file).head(0).write_parquet(reports["hollow"] / file.name, metadata=facts)
    return reports
