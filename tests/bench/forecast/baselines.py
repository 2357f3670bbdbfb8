"""Forecasts of statsforecast for the splits of series.py.

usage: python baselines.py SERIES.csv OUT.csv

A row of OUT is `method,kind,group,series,split,day,point,low_80,high_80,low_95,high_95`, with
the days counted from 0.
"""

import csv
import sys
import warnings

import numpy as np
import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import MSTL, AutoETS, SeasonalNaive

HORIZON = 90


def main():
    warnings.filterwarnings("ignore")
    csv.field_size_limit(1 << 30)
    with open(sys.argv[1], newline="") as file:
        splits = list(csv.DictReader(file))
    frames = []
    for split in splits:
        known = int(split["history"])
        values = np.array(split["values"].split(), dtype=float)[:known]
        name = "|".join(split[key] for key in ("kind", "group", "series", "split"))
        frames.append(pd.DataFrame({"unique_id": name, "ds": np.arange(known), "y": values}))
    models = [
        SeasonalNaive(season_length=7, alias="SeasonalNaive"),
        AutoETS(season_length=7, alias="AutoETS"),
        MSTL(season_length=7, alias="MSTL"),
    ]
    fleet = StatsForecast(models=models, freq=1, n_jobs=2, fallback_model=SeasonalNaive(season_length=7))
    answer = fleet.forecast(df=pd.concat(frames), h=HORIZON, level=[80, 95])
    with open(sys.argv[2], "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow("method,kind,group,series,split,day,point,low_80,high_80,low_95,high_95".split(","))
        for name, part in answer.groupby("unique_id", sort=True):
            for method in ("SeasonalNaive", "AutoETS", "MSTL"):
                columns = [method, f"{method}-lo-80", f"{method}-hi-80", f"{method}-lo-95", f"{method}-hi-95"]
                for day, row in enumerate(part[columns].to_numpy()):
                    rows.writerow([method, *name.split("|"), day, *(f"{value:.6g}" for value in row)])


if __name__ == "__main__":
    main()
