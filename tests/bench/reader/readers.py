"""The programs that are measured, as commands, and the meter that runs them."""
import collections
import pathlib
import random
import shutil
import statistics
import subprocess
import sys

import compare

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ["duckdb", "polars", "chdb"]
Sample = collections.namedtuple("Sample", "wall cpu peak")  # seconds, seconds, MB


class Bench:
    """Where things are, and the cores to use."""

    def __init__(self, eolcast, work, cores):
        self.eolcast, self.work, self.cores = eolcast, work, cores
        self.floor = work / "floor" / "release" / "floor"

    def command(self, reader, corpus, threads):
        """The command of a reader, and where it leaves its sums."""
        out = self.work / "out" / f"{reader}-{threads}"
        if reader == "eolcast":
            return self.report(corpus.logs, out), out
        if reader == "libdeflate":
            return [self.floor, "libdeflate", "--threads", threads, corpus.logs], None
        if reader == "stream":
            return [self.floor, "stream", corpus.files()[0]], None
        out = out.with_suffix(".csv")
        return [sys.executable, HERE / "peers.py", reader, corpus.logs, out, threads], out

    def report(self, source, out):
        # A fixed day, so that the result does not depend on today's.
        return [self.eolcast, "report", source, "--quiet", "--as-of", "2026-10-01", "--out", out]

    def measured(self, command, threads):
        cores = ",".join(str(core) for core in self.cores[:threads])
        meter = [sys.executable, "-I", "-S", HERE / "meter.py", cores, *(str(part) for part in command)]
        done = subprocess.run(meter, capture_output=True, text=True, cwd=self.work)
        wall, cpu, peak, status = done.stdout.split() if done.returncode == 0 else (0, 0, 0, "not started")
        if status != "0":
            raise SystemExit(f"status {status}: {' '.join(meter[5:])}\n{done.stderr}")
        return Sample(float(wall), float(cpu), int(peak) / 1024)

    def read(self, reader, corpus, threads):
        command, out = self.command(reader, corpus, threads)
        if out:
            out.parent.mkdir(exist_ok=True)
            shutil.rmtree(out, ignore_errors=True) if out.is_dir() else out.unlink(missing_ok=True)
        return self.measured(command, threads)

    def checked(self, reader, corpus, threads):
        """Reads once and compares the sums; gives the rows of eolcast's usage table."""
        self.read(reader, corpus, threads)
        out = self.command(reader, corpus, threads)[1]
        if reader == "eolcast":
            return compare.rows_if_same(corpus.truth, out / "usage.csv")
        if out and out.read_bytes() != corpus.truth.read_bytes():
            raise SystemExit(f"{reader}: {out} differs from {corpus.truth}")
        return None


class Rounds:
    """Samples of several commands, run in turn; ratios are taken within a round.

    Each round has an order of its own, the same in every run: nobody always follows the same neighbour.
    """

    def __init__(self, count, actions):
        self.samples = {name: [] for name in actions}
        names = list(actions)
        for number in range(count):
            for name in random.Random(number).sample(names, len(names)):
                self.samples[name].append(actions[name]())

    def values(self, name, field):
        return [getattr(sample, field) for sample in self.samples[name]]

    def median(self, name, field):
        return statistics.median(self.values(name, field))

    def ratios(self, over, under, field):
        return [a / b for a, b in zip(self.values(over, field), self.values(under, field))]
