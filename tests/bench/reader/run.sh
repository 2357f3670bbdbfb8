#!/usr/bin/env bash
# The log reader beside gunzip, DuckDB, Polars and ClickHouse: time, memory, the same sums.
# Builds what it needs, prints a table with the bars. Fails only if something is missing or a
# reader's sums are wrong; a bar that is not met is marked. No test runs it.
#
#   tests/bench/reader/run.sh [--scale S] [--rounds N] [--volume GB] [--huge GB] [--prepare]
#
# EOLCAST names the program (default: the release build, made if need be); BENCH_DIR a folder for
# the Python environment, the corpora and the floor (default: reader-bench in the target folder).
# See README.md beside it.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../../.."

need() {
    command -v "$1" >/dev/null 2>&1 || { echo "tests/bench/reader/run.sh: $1 is missing: $2" >&2; exit 1; }
}
[ "$(uname -s)" = Linux ] || { echo "tests/bench/reader/run.sh: Linux is missing: cores are pinned and memory is metered as it does" >&2; exit 1; }
need cargo "install Rust 1.94 or newer from https://rustup.rs"
need cc "install a C compiler (Debian: apt-get install gcc)"
need python3 "install Python 3.10 or newer (Debian: apt-get install python3 python3-venv)"

target="${CARGO_TARGET_DIR:-$root/target}"
work="${BENCH_DIR:-$target/reader-bench}"
mkdir -p "$work"
work="$(cd "$work" && pwd)"

if [ -z "${EOLCAST:-}" ]; then
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
    EOLCAST="$target/release/eolcast"
fi
[ -x "$EOLCAST" ] || { echo "tests/bench/reader/run.sh: $EOLCAST is no program; EOLCAST names it" >&2; exit 1; }

CARGO_TARGET_DIR="$work/floor" cargo build --quiet --release --locked --manifest-path "$here/floor/Cargo.toml" ||
    { echo "tests/bench/reader/run.sh: the floor could not be built: it needs a C compiler and the crate registry" >&2; exit 1; }

wanted="$(cksum <"$here/requirements.txt") $(python3 --version)"
if [ ! -x "$work/venv/bin/python" ] || [ "$(cat "$work/venv/stamp" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$work/venv"
    python3 -m venv "$work/venv" &&
        "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt" &&
        echo "$wanted" >"$work/venv/stamp" ||
        { echo "tests/bench/reader/run.sh: the peers could not be installed in $work/venv: they need python3 3.10 or newer with venv, and pip with a package index" >&2; exit 1; }
fi

PYTHONDONTWRITEBYTECODE=1 "$work/venv/bin/python" -u "$here/run.py" "$(realpath "$EOLCAST")" "$work" "$@" | tee "$work/result.txt"
