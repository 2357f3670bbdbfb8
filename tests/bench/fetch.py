"""The work of fetch.sh: starts the stand-in, loads a month, fetches it from each source."""
import collections
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ACCOUNT = "111122223333"
FETCHES = [("metrics", []), ("logs", []), ("logs", ["--raw"]), ("s3", [])]
COLUMNS = {
    "requests": ["requests"], "input": ["input_tokens"], "output": ["output_tokens"], "cache_read": ["cache_read_tokens"],
    "cache_write": ["cache_write_5m_tokens", "cache_write_1h_tokens", "cache_write_unknown_tokens"]}


def start(scripts, work):
    port_file = work / "port"
    server = subprocess.Popen([sys.executable, scripts / "stand_in.py", "--port", "0", "--port-file", port_file],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    while not port_file.exists():
        time.sleep(0.05)
    return server, f"http://127.0.0.1:{port_file.read_text()}"


def environment(endpoint, work):
    empty = work / "empty"
    empty.touch()
    return {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": f"AKIA{ACCOUNT}TEST", "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": str(empty),
            "AWS_SHARED_CREDENTIALS_FILE": str(empty), "PATH": os.environ["PATH"]}


def measured(command, **options):
    """Wall seconds, CPU seconds and peak megabytes of a command."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    return printed, os.waitstatus_to_exitcode(status), time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def totals(program, store, work):
    """Sums of the usage that a report of the store sees, without the bedrock-mantle endpoint."""
    out = work / "out"
    subprocess.run([program, "report", store, "--as-of", "2026-11-01", "--out", out, "--format", "csv", "-q"], check=False)
    sums = collections.Counter()
    with open(out / "usage.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["source"] != "mantle":
                for name, columns in COLUMNS.items():
                    sums[name] += sum(int(row[column] or 0) for column in columns)
    return dict(sums)


def main():
    program, scripts, calls = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        server, endpoint = start(scripts, work)
        try:
            subprocess.run([sys.executable, scripts / "seed.py", "--endpoint", endpoint, "--account", ACCOUNT, "--calls", calls,
                            "--days", "31", "--end", "2026-11-01T00:00:00Z", "--pad", "2000", "--per-object", "200",
                            "--truth", work / "truth.json"], check=True)
            truth = json.loads((work / "truth.json").read_text())["total"]
            print("truth:", {"requests": truth["calls"], "of them in Invocations": truth["invocations"],
                             **{name: truth[name] for name in ("input", "output", "cache_read", "cache_write")}})
            for source, flags in FETCHES:
                store = work / ("-".join([source, *flags]))
                command = [program, "fetch", source, "--month", "2026-10", "--store", store, *flags]
                printed, status, wall, cpu, peak = measured(command, env=environment(endpoint, work))
                label = " ".join([source, *flags])
                print(f"{label:<12}{wall:8.2f} s wall {cpu:8.2f} s CPU {peak:6.0f} MB peak   status {status}")
                print("  ", totals(program, store, work))
                print("  " + "\n  ".join(printed[printed.index("calls made"):].splitlines()))
        finally:
            server.stdin.close()
            server.wait(timeout=30)


if __name__ == "__main__":
    main()
