#!/usr/bin/env bash
# How fast tables load and usage is priced. Measures; asserts nothing, and no test runs it.
#
#   tests/bench/pricing.sh [ROWS]...        default: 1000000 10000000
#
# EOLCAST names the program (default: the release build, made if need be); BENCH_DIR a folder
# for the tables and a Python environment with polars (default: a temporary one, removed at
# the end). Needs Python 3 with venv; without polars the tables are CSV.
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
    "$python" -m pip install --quiet polars || echo "no polars: the tables are CSV" >&2
fi
ending=csv
"$python" -c 'import polars' 2>/dev/null && ending=parquet

# Wall clock, CPU and peak memory of a command: one line.
timed() {
    "$python" - "$@" <<'PY'
import os, resource, subprocess, sys, time
label, *command = sys.argv[1:]
start = time.perf_counter()
status = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
wall = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{label:<34}{wall:8.2f} s wall {used.ru_utime + used.ru_stime:8.2f} s CPU "
      f"{used.ru_maxrss / 1024:8.0f} MB peak   status {status}")
PY
}

echo "== load and validate the whole tree: eolcast check, 50 times"
(cd "$work" && "$python" - "$EOLCAST" <<'PY'
import statistics, subprocess, sys, time
program = sys.argv[1]
def times(arguments):
    taken = []
    for _ in range(50):
        start = time.perf_counter()
        subprocess.run([program, *arguments], stdout=subprocess.DEVNULL, check=True)
        taken.append((time.perf_counter() - start) * 1000)
    return taken
for label, arguments in [("start of the program (--version)", ["--version"]), ("check", ["check"])]:
    taken = times(arguments)
    print(f"{label:<34}median {statistics.median(taken):6.1f} ms   least {min(taken):6.1f} ms")
PY
)

"$EOLCAST" check --prices-csv > "$work/prices.csv"
for rows in "${@:-1000000 10000000}"; do
    for count in $rows; do
        table="$work/usage-$count.$ending"
        [ -f "$table" ] || "$python" "$here/gen_usage.py" "$work/prices.csv" "$table" "$count"
        echo "== report on $count usage rows ($(du -h "$table" | cut -f1) $ending)"
        timed "report --format csv" "$EOLCAST" report "$table" --quiet --as-of 2026-11-01 \
            --month 2026-10 --format csv --out "$work/out"
        rm -rf "$work/out"
    done
done
