"""The work of run.sh: corpora, one checked read of each by everybody, rounds in turn, the tables."""
import argparse
import importlib.metadata
import os
import pathlib
import re
import subprocess

from corpora import Corpora
from readers import PEERS, Bench, Rounds
from result import Bars, print_readers

ROOT = pathlib.Path(__file__).resolve().parents[3]
FLOOR = ["libdeflate-sys", "flate2", "zlib-rs"]
# How many times faster than each peer.
FASTER = {"large": {"duckdb": 5, "polars": 3, "chdb": 2}, "off": {"duckdb": 3.5, "polars": 4, "chdb": 3.5}}
KINDS = {"large": "large bodies", "off": "bodies off", "many": "many small files", "few": "few large files", "one": "one large gzip file"}
EOLCAST, SINGLE = ("eolcast", 2), ("eolcast", 1)
FLOOR_2, FLOOR_1, STREAM = ("libdeflate", 2), ("libdeflate", 1), ("stream", 1)


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/reader/run.sh", description="The log reader beside its floor and its peers.")
    parser.add_argument("eolcast", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("work", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--scale", type=float, default=1.0, help="how much of each corpus to make [default: 1.0]")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is run [default: 5]")
    parser.add_argument("--volume", type=float, metavar="GB", help="also the memory at so many GB against that at a tenth")
    parser.add_argument("--huge", type=float, metavar="GB", help="also one gzip file that unpacks to so many GB")
    parser.add_argument("--prepare", action="store_true", help="make the corpora and stop")
    return parser.parse_args()


def locked(path):
    text = path.read_text(encoding="utf-8")
    return {name: re.findall(rf'name = "{name}"\nversion = "([^"]+)"', text) for name in FLOOR}


def two_cores():
    """The first two cores this process may use, no two of them halves of one."""
    chosen = {}
    for cpu in sorted(os.sched_getaffinity(0)):
        about = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu}/topology")
        core = tuple((about / name).read_text() for name in ("physical_package_id", "core_id")) if about.is_dir() else cpu
        chosen.setdefault(core, cpu)
    if len(chosen) < 2:
        raise SystemExit("tests/bench/reader/run.sh: a second core is missing: everything is measured on one and on two")
    return list(chosen.values())[:2]


def machine(cores):
    about = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"model name\s*: (.*)", about)
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(encoding="utf-8")).group(1))
    return f"{name.group(1) if name else os.uname().machine}, {len(cores)} of {os.cpu_count()} cores used, {memory / 2**20:.0f} GiB"


def versions(eolcast):
    own = subprocess.run([eolcast, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    floor = [f"{name} {version[0]}" for name, version in locked(ROOT / "Cargo.lock").items()]
    peers = [f"{name} {importlib.metadata.version(name)}" for name in [*PEERS, "chdb-core"]]
    return ", ".join([own, *floor, *peers])


def prepared(corpora, asked):
    """All corpora by name; those that are not there yet are made."""
    made = {name: corpora.named(name) for name in ["large", "off", "many", "few", "traps"]}
    made["one"] = corpora.one_file("one", made["few"])
    made["line"] = corpora.long_line()
    made["small"] = corpora.small()
    if asked.volume:
        made["tenth"], made["volume"] = corpora.busy(asked.volume / 10), corpora.busy(asked.volume)
    if asked.huge:
        made["huge"] = corpora.huge(asked.huge)
    return made


class Run:
    def __init__(self, bench, corpora, rounds):
        self.bench, self.corpora, self.rounds, self.bars = bench, corpora, rounds, Bars()

    def check(self, name, readers=("eolcast",)):
        """Each reads the corpus once (so it is in the page cache) and must have the true sums."""
        return [self.bench.checked(reader, self.corpora[name], 2) for reader in readers][0]

    def reading(self, name, reader):
        return lambda: self.bench.read(reader[0], self.corpora[name], reader[1])

    def in_turn(self, name, readers, most=None):
        count = min(self.rounds, most or self.rounds)
        return Rounds(count, {reader: self.reading(name, reader) for reader in readers})

    def against_peers(self, name):
        kind, bars = KINDS[name], self.bars
        rows = self.check(name, ["eolcast", *PEERS])
        rounds = self.in_turn(name, [EOLCAST, FLOOR_2, SINGLE, FLOOR_1, *((peer, 2) for peer in PEERS)])
        print_readers(kind, self.corpora[name], rows, rounds, EOLCAST)
        if name == "large":
            bars.most(f"{kind}: CPU / libdeflate, 1 thread", 1.25, rounds.ratios(SINGLE, FLOOR_1, "cpu"))
            bars.most(f"{kind}: CPU / libdeflate, 2 threads", 1.25, rounds.ratios(EOLCAST, FLOOR_2, "cpu"))
        else:
            bars.most(f"{kind}: wall / libdeflate, 2 threads", 2.0, rounds.ratios(EOLCAST, FLOOR_2, "wall"))
            bars.shown(f"{kind}: CPU / libdeflate, 2 threads", rounds.ratios(EOLCAST, FLOOR_2, "cpu"))
        for peer, bar in FASTER[name].items():
            bars.least(f"{kind}: wall of {peer} / eolcast", bar, rounds.ratios((peer, 2), EOLCAST, "wall"))
        bars.least(f"{kind}: wall, 1 thread / 2 threads", 1.85, rounds.ratios(SINGLE, EOLCAST, "wall"))
        bars.peak(f"{kind}: peak", 64, rounds.values(EOLCAST, "peak"))
        self.after_reading(name)

    def after_reading(self, name):
        """The report of the usage table that the report of the logs wrote: all but reading and grouping."""
        out = self.bench.work / "out"
        table = (out / "eolcast-2" / "usage.parquet").replace(out / f"{name}.parquet")
        rounds = Rounds(self.rounds, {
            "logs": self.reading(name, EOLCAST), "table": lambda: self.bench.measured(self.bench.report(table, out / "table"), 2)})
        what = f"{KINDS[name]}: report of its usage table / of the logs"
        self.bars.most(f"{what}, CPU", 0.10, rounds.ratios("table", "logs", "cpu"))
        self.bars.shown(f"{what}, wall", rounds.ratios("table", "logs", "wall"))

    def other_shapes(self):
        for name in ["many", "few"]:
            kind, rows = KINDS[name], self.check(name)
            rounds = self.in_turn(name, [EOLCAST, FLOOR_2, SINGLE, FLOOR_1])
            print_readers(kind, self.corpora[name], rows, rounds, EOLCAST)
            self.bars.shown(f"{kind}: CPU / libdeflate, 2 threads", rounds.ratios(EOLCAST, FLOOR_2, "cpu"))
            self.bars.shown(f"{kind}: wall, 1 thread / 2 threads", rounds.ratios(SINGLE, EOLCAST, "wall"))
            self.bars.peak(f"{kind}: peak", 64, rounds.values(EOLCAST, "peak"))
        kind, rows = KINDS["one"], self.check("one")
        rounds = self.in_turn("one", [EOLCAST, STREAM])
        print_readers(kind, self.corpora["one"], rows, rounds, EOLCAST)
        self.bars.most(f"{kind}: wall / streaming gunzip", 1.1, rounds.ratios(EOLCAST, STREAM, "wall"))
        self.bars.peak(f"{kind}: peak", 200, rounds.values(EOLCAST, "peak"))

    def extremes(self):
        self.check("traps", ["eolcast", *PEERS])
        self.check("line")
        self.bars.peak("a line of 32 MB: peak", 200, self.in_turn("line", [EOLCAST]).values(EOLCAST, "peak"))
        if "volume" in self.corpora:
            tenth, whole = self.check("tenth"), self.check("volume")
            rounds = Rounds(min(3, self.rounds), {name: self.reading(name, EOLCAST) for name in ("tenth", "volume")})
            kind = f"{self.corpora['volume'].packed() / 1e9:.2f} GB gzip in ordinary objects, {whole} usage rows"
            self.bars.peak(f"{kind}: peak", 64, rounds.values("volume", "peak"))
            self.bars.most(f"the same: peak / that of a tenth ({tenth} rows)", 1.10, rounds.ratios("volume", "tenth", "peak"))
        if "huge" in self.corpora:
            self.check("huge")
            rounds = self.in_turn("huge", [EOLCAST, STREAM], most=3)
            kind = f"one file of {self.corpora['huge'].packed() / 1e9:.2f} GB gzip"
            self.bars.peak(f"{kind}: peak", 200, rounds.values(EOLCAST, "peak"))
            self.bars.shown(f"{kind}: wall / streaming gunzip", rounds.ratios(EOLCAST, STREAM, "wall"))

    def start_up(self):
        self.check("small")
        version = [self.bench.eolcast, "--version"]
        rounds = Rounds(max(20, self.rounds), {
            "version": lambda: self.bench.measured(version, 2), "small": self.reading("small", EOLCAST)})
        self.bars.milliseconds("start-up: --version", 30, rounds.values("version", "wall"))
        self.bars.milliseconds("start-up: report on one small file", 60, rounds.values("small", "wall"))


def main():
    asked = arguments()
    if locked(ROOT / "Cargo.lock") != locked(pathlib.Path(__file__).parent / "floor" / "Cargo.lock"):
        raise SystemExit("tests/bench/reader/run.sh: the floor's decompressors are not those of eolcast: bring floor/Cargo.lock up to Cargo.lock")
    cores = two_cores()
    corpora = prepared(Corpora(asked.work, asked.scale), asked)
    if asked.prepare:
        return
    run = Run(Bench(asked.eolcast, asked.work, cores), corpora, asked.rounds)
    print(machine(cores))
    print(versions(asked.eolcast))
    print(f"scale {asked.scale:g}, {asked.rounds} rounds in turn; ratios within a round: median [least-most]; all files in the page cache")
    if asked.scale < 1:
        print("below scale 1 what every start costs weighs too much: a trial of the bench, not a measurement")
    unseen = run.bench.measured(["/bin/true"], 1).peak
    print(f"the meter sees no peak below its own {unseen:.0f} MB; peaks in the tables of readers are the most of all rounds")
    run.against_peers("large")
    run.against_peers("off")
    run.other_shapes()
    run.extremes()
    run.start_up()
    print("\nThe true sums: from every reader on large bodies, bodies off and traps; from eolcast on every corpus.\n")
    run.bars.print()


main()
