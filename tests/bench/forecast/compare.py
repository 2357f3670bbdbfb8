"""Prints MASE and coverage of eolcast beside statsforecast on the same splits.

usage: python compare.py SERIES.csv BASELINES.csv DAYS.csv SUMS.csv

MASE: mean absolute error of 90 days over the mean step from week to week inside the history.
Coverage of days is statsforecast's own; for months, parts and totals its bounds are added up,
since it gives no others.
"""

import csv
import sys

import numpy as np
import pandas as pd

KEYS = ["kind", "group", "series", "split"]
BOUNDS = ["low_80", "high_80", "low_95", "high_95"]


def read_splits(path):
    csv.field_size_limit(1 << 30)
    splits = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            values = np.array(row["values"].split(), dtype=float)
            known, after = np.split(values, [int(row["history"])])
            known = known[np.argmax(known > 0) :]
            steps = np.abs(known[7:] - known[:-7])
            scale = steps.mean() if len(steps) else 0.0
            splits[tuple(row[key] for key in KEYS)] = (after, scale)
    return splits


def mase(days, splits):
    rows = []
    for key, part in days.groupby(KEYS):
        after, scale = splits[key]
        if scale > 0:
            point = part.sort_values("day")["point"].to_numpy()
            rows.append((*key, np.abs(after - point).mean() / scale))
    return pd.DataFrame(rows, columns=[*KEYS, "mase"])


def sums_of(days):
    """Months, all three together, and totals of groups: bounds added up."""
    days = days.assign(span=(days["day"] // 30).astype(str))
    months = days.groupby([*KEYS, "span"])[["point", *BOUNDS]].sum().reset_index()
    whole = months.groupby(KEYS)[["point", *BOUNDS]].sum().reset_index().assign(span="all")
    parts = pd.concat([months, whole])
    groups = ["kind", "group", "split", "span"]
    totals = parts.groupby(groups)[["point", *BOUNDS]].sum().reset_index().assign(series="TOTAL")
    return pd.concat([parts, totals])


def covered(sums, splits):
    rows = []
    for row in sums.itertuples():
        members = [key for key in splits if (key[0], key[1], key[3]) == (row.kind, row.group, row.split)]
        if row.series == "TOTAL":
            if len(members) < 2:
                continue
        else:
            members = [(row.kind, row.group, row.series, row.split)]
        after = sum(splits[key][0] for key in members)
        actual = after.sum() if row.span == "all" else after[30 * int(row.span) :][:30].sum()
        what = ("total" if row.series == "TOTAL" else "part", "3 months" if row.span == "all" else "month")
        rows.append((row.kind, *what, row.low_80 <= actual <= row.high_80, row.low_95 <= actual <= row.high_95))
    return pd.DataFrame(rows, columns=["kind", "of", "over", "inside 80%", "inside 95%"])


def main():
    text = {key: str for key in KEYS}
    splits = read_splits(sys.argv[1])
    baselines = pd.read_csv(sys.argv[2], dtype=text)
    engine = pd.read_csv(sys.argv[3], dtype=text)
    sums = {"eolcast": pd.read_csv(sys.argv[4], dtype={**text, "span": str})}
    days = {"eolcast": engine}
    for method, part in baselines.groupby("method"):
        days[method], sums[method] = part, sums_of(part)

    pd.set_option("display.width", 160)
    errors = pd.concat(mase(part, splits).assign(method=method) for method, part in days.items())
    print("MASE over 90 days, by kind (splits, median, mean):")
    print(errors.groupby(["kind", "method"])["mase"].agg(["count", "median", "mean"]).round(3).to_string())
    errors["what"] = np.where(errors["kind"] == "real", errors["group"], errors["series"].str.rsplit("-", n=1).str[0])
    print("\nMedian MASE by series:")
    print(errors.pivot_table(index=["kind", "what"], columns="method", values="mase", aggfunc="median").round(3).to_string())
    print("\nCoverage of sums:")
    inside = pd.concat(covered(part, splits).assign(method=method) for method, part in sums.items())
    columns = ["inside 80%", "inside 95%"]
    table = inside.groupby(["kind", "of", "over", "method"])[columns].agg("mean").round(3)
    counts = inside.groupby(["kind", "of", "over", "method"]).size().rename("sums")
    print(pd.concat([counts, table], axis=1).to_string())


if __name__ == "__main__":
    main()
