#!/usr/bin/env bash
# How long a report with a forecast takes: 12 months of days, 12 months ahead, all scenarios.
#
#   tests/bench/forecast/scale.sh [SERIES]...        default: 500 2000 8000
#
# EOLCAST names the program (default: the release build, made if need be); BENCH_DIR a folder
# for the tables and a Python environment with polars (default: a temporary one). Measures;
# asserts nothing, and no test runs it.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../../.."
if [ -z "${EOLCAST:-}" ]; then
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
    EOLCAST="${CARGO_TARGET_DIR:-$root/target}/release/eolcast"
fi
work="${BENCH_DIR:-$(mktemp -d)}"
mkdir -p "$work"
python="$work/venv/bin/python"
if [ ! -x "$python" ]; then
    python3 -m venv "$work/venv"
    "$python" -m pip install --quiet polars numpy
fi
"$EOLCAST" check --prices-csv > "$work/prices.csv"
for series in "${@:-500 2000 8000}"; do
    for count in $series; do
        table="$work/series-$count.parquet"
        [ -f "$table" ] || "$python" "$here/gen_scale.py" "$work/prices.csv" "$table" "$count"
        "$python" - "$count" "$EOLCAST" report "$table" --quiet --as-of 2026-11-22 \
            --format parquet --out "$work/out" <<'PY'
import resource, subprocess, sys, time
count, *command = sys.argv[1:]
start = time.perf_counter()
status = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
wall = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{count:>6} series {wall:8.2f} s wall {used.ru_utime + used.ru_stime:8.2f} s CPU "
      f"{used.ru_maxrss / 1024:8.0f} MB peak   status {status}")
PY
        rm -rf "$work/out"
    done
done
