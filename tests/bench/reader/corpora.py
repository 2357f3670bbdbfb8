"""The corpora of the reader bench: made once by tests/corpus/gen_logs.py, kept in the work folder."""
import csv
import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import sys
import zlib

GENERATOR = pathlib.Path(__file__).resolve().parents[2] / "corpus" / "gen_logs.py"
LONGEST_LINE = 32 << 20
# Bytes of JSON of a record with a body, as the generator makes them.
RECORD = 8400

# Name: records, files, further options. `large`, `off`, `traps` and `few` are those of the first measurements.
CORPORA = {
    "large": (180_000, 800, []),
    "off": (1_200_000, 400, ["--bodies", "off"]),
    "few": (60_000, 3, []),
    "many": (60_000, 20_000, []),
    "traps": (20_000, 20, ["--traps", "0.5"]),
}


class Corpus:
    """A folder of logs, and their true sums beside it."""

    def __init__(self, folder):
        self.folder, self.logs, self.truth = folder, folder / "AWSLogs", folder / "truth.csv"

    def files(self):
        return sorted(self.logs.rglob("*.gz"))

    def packed(self):
        return sum(file.stat().st_size for file in self.files())

    def records(self):
        with open(self.truth, newline="", encoding="utf-8") as file:
            return sum(int(row["records"]) for row in csv.DictReader(file))


class Corpora:
    def __init__(self, work, scale):
        self.home, self.scale = work / "corpora", scale
        self.home.mkdir(exist_ok=True)

    def ready(self, name, options, make):
        """The corpus of that name and those options; `make` fills a folder when there is none yet."""
        wanted = hashlib.sha256(repr(options).encode() + GENERATOR.read_bytes()).hexdigest()[:12]
        folder = self.home / f"{name}-{wanted}"
        if not folder.exists():
            print(f"making corpus {name}", file=sys.stderr, flush=True)
            part = self.home / f"{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            make(part)
            part.rename(folder)
        return Corpus(folder)

    def generated(self, name, records, files, *options):
        options = ["--records", str(records), "--files", str(files), *options]
        command = [sys.executable, GENERATOR, *options]
        return self.ready(name, options, lambda part: subprocess.run(
            [*command, "--out", part], check=True, stdout=subprocess.DEVNULL))

    def named(self, name):
        records, files, options = CORPORA[name]
        # Objects keep their size; three large files stay three.
        files = files if files < 10 else max(2, round(files * self.scale))
        return self.generated(name, max(100, round(records * self.scale)), files, *options)

    def busy(self, gigabytes):
        """Three days of an account that logs that much: the same hours and callers, whatever the volume."""
        records = round(gigabytes * 1e9 / RECORD)
        return self.generated(f"busy-{gigabytes:g}", records, max(2, records // 225), "--days", "3")

    def one_file(self, name, source):
        """The records of `source` as one gzip member."""
        def make(part):
            (part / "AWSLogs").mkdir()
            join(source.files(), part / "AWSLogs" / "one.json.gz")
            shutil.copy(source.truth, part)
        return self.ready(name, [source.folder.name, "one"], make)

    def huge(self, gigabytes):
        """One gzip file that unpacks to that much; what it was made from is removed."""
        def make(part):
            records = round(gigabytes * 1e9 / RECORD)
            source = self.generated("huge-source", records, max(2, records // 225))
            (part / "AWSLogs").mkdir()
            join(source.files(), part / "AWSLogs" / "one.json.gz")
            shutil.copy(source.truth, part)
            shutil.rmtree(source.folder)
        return self.ready("huge", [gigabytes, RECORD], make)

    def small(self):
        """A file of fifty records."""
        return self.generated("small", 50, 1, "--days", "1", "--pool", "200000")

    def long_line(self):
        """A line of 32 MB between two ordinary ones."""
        return self.ready("line", [LONGEST_LINE], write_long_line)


def join(files, target):
    """All files as one gzip member, a megabyte at a time."""
    packing = zlib.compressobj(6, zlib.DEFLATED, 31, 9)
    with open(target, "wb") as out:
        for path in files:
            unpacking = zlib.decompressobj(31)
            with open(path, "rb") as file:
                while block := file.read(1 << 20):
                    out.write(packing.compress(unpacking.decompress(block)))
        out.write(packing.flush())


def write_long_line(part):
    def record(number, text):
        return json.dumps({
            "schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": f"2026-09-01T00:00:0{number}Z",
            "accountId": "111122223333", "identity": {"arn": "arn:aws:iam::111122223333:user/writer"}, "region": "us-east-1",
            "requestId": f"00000000-0000-4000-8000-00000000000{number}", "operation": "Converse",
            "modelId": "amazon.nova-lite-v1:0",
            "input": {"inputContentType": "application/json", "inputBodyJson": {"text": text}, "inputTokenCount": 1000 + number},
            "output": {"outputContentType": "application/json", "outputTokenCount": 10 + number}},
            separators=(",", ":")).encode()

    chance = random.Random(32)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvwy", k=chance.randint(2, 9))) for _ in range(2000)] + ['"quoted"', "{[", "back\\slash"]
    around = len(record(2, ""))
    text = " ".join(chance.choices(words, k=LONGEST_LINE // 8))
    # What escapes add is cut off again.
    while (over := len(json.dumps(text)) - 2 + around - LONGEST_LINE) > 0:
        text = text[:-over]
    text += "x" * -over
    lines = [record(1, "before"), record(2, text), record(3, "after")]
    assert len(lines[1]) == LONGEST_LINE, len(lines[1])
    folder = part / "AWSLogs"
    folder.mkdir()
    packing = zlib.compressobj(6, zlib.DEFLATED, 31, 9)
    (folder / "line.json.gz").write_bytes(packing.compress(b"\n".join(lines) + b"\n") + packing.flush())
    (part / "truth.csv").write_text(
        "hour,account,region,model,arn,records,errors,input,cache_read,cache_write,output\n"
        "2026-09-01T00,111122223333,us-east-1,amazon.nova-lite-v1:0,arn:aws:iam::111122223333:user/writer,3,0,3006,0,0,36\n",
        encoding="utf-8")
