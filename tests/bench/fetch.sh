#!/usr/bin/env bash
# A month of invocations through each source of `fetch`: calls, time, peak memory, and the totals
# beside the truth. Measures against the stand-in of tests/aws; asserts nothing, no test runs it.
#
#   tests/bench/fetch.sh [CALLS]        default: 100000
#
# EOLCAST names the program (default: the release build, made if need be); EOLCAST_TEST_PYTHON a
# Python with tests/aws/requirements.txt (default: that of tests/run).
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../.."
calls="${1:-100000}"

if [ -z "${EOLCAST:-}" ]; then
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
    EOLCAST="${CARGO_TARGET_DIR:-$root/target}/release/eolcast"
fi
python="${EOLCAST_TEST_PYTHON:-${CARGO_TARGET_DIR:-$root/target}/test-python/bin/python}"
[ -x "$python" ] || { echo "tests/bench/fetch.sh: no Python of the stand-in; run tests/run once" >&2; exit 1; }

PYTHONDONTWRITEBYTECODE=1 exec "$python" "$here/fetch.py" "$EOLCAST" "$root/tests/aws" "$calls"
