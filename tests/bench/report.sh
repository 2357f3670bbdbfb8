#!/usr/bin/env bash
# How long a whole report on a year of many models and workloads takes, format by format.
#
#   tests/bench/report.sh [CASE]...        default: sparse pairs full
#
#   sparse  500 models x 50 workloads, each pair on about one day a month
#   pairs   100 models x 20 workloads, each pair on every day
#   full    500 models x 50 workloads, each pair on every day: 9.1 million rows
#
# A model is an id of the price list in one scope and Region (see forecast/gen_scale.py). Prints
# for each format alone, and for all together, wall clock, CPU time and peak memory, the rows of
# the usage table and of every table of the report, and the size of what was written.
#
# EOLCAST names the program (default: the release build, made if need be); BENCH_DIR a folder
# for tables and a Python environment with polars (default: a temporary one, removed at the
# end); FORMATS the formats to measure alone (default: all). Measures; asserts nothing, and no
# test runs it.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../.."

if [ -z "${EOLCAST:-}" ]; then
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
    EOLCAST="${CARGO_TARGET_DIR:-$root/target}/release/eolcast"
fi
if [ -n "${BENCH_DIR:-}" ]; then
    work="$BENCH_DIR"
    mkdir -p "$work"
else
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
fi
python="$work/venv/bin/python"
if [ ! -x "$python" ]; then
    python3 -m venv "$work/venv"
    "$python" -m pip install --quiet polars numpy
fi

# Wall clock, CPU and peak memory of a report in some formats, and what it wrote: one line.
timed() {
    rm -rf "$work/out"
    "$python" - "$2" "$work/out" "$EOLCAST" report "$1" --quiet --as-of 2026-11-22 \
        --format "$2" --out "$work/out" <<'PY'
import os, resource, subprocess, sys, time
formats, out, *command = sys.argv[1:]
start = time.perf_counter()
status = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
wall = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
files = os.listdir(out) if os.path.isdir(out) else []
size = sum(os.path.getsize(os.path.join(out, name)) for name in files)
label = "all together" if formats.count(",") > 2 else formats
print(f"{label:<14}{wall:8.1f} s wall {used.ru_utime + used.ru_stime:8.1f} s CPU "
      f"{used.ru_maxrss / 1024:8.0f} MB peak {size / 1e6:9.1f} MB in {len(files)} files   status {status}",
      flush=True)
PY
}

# The rows of every table.
rows() {
    "$python" - "$work/out" <<'PY'
import pathlib, sys
import polars as pl
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.parquet")):
    print(f"  {path.stem:<12}{pl.scan_parquet(path).select(pl.len()).collect().item():>12,} rows")
PY
}

"$EOLCAST" check --prices-csv > "$work/prices.csv"
for case in "${@:-sparse pairs full}"; do
    for name in $case; do
        case $name in
            sparse) size="500x50 12" ;;
            pairs) size="100x20" ;;
            full) size="500x50" ;;
            *) echo "no such case: $name" >&2; exit 2 ;;
        esac
        table="$work/$name.parquet"
        # shellcheck disable=SC2086
        [ -f "$table" ] || "$python" "$here/forecast/gen_scale.py" "$work/prices.csv" "$table" $size
        echo "== $name: $size, $(du -h "$table" | cut -f1) of Parquet"
        for format in ${FORMATS:-csv parquet xlsx html json focus ics}; do
            timed "$table" "$format"
        done
        timed "$table" csv,parquet,xlsx,html,json,focus,ics
        rows
    done
done
rm -rf "$work/out"
