#!/usr/bin/env python3
"""Runs every notebook from scratch on several reports, and looks at what came out.

No cell may fail or warn, every chart must be a picture, the headline must be the report's own
money, and the committed notebooks must be free of outputs. Needs notebooks/requirements.txt.

Sample: run.py target/debug/eolcast [--pictures FOLDER]   (keeps the charts, to be looked at)
"""

import argparse
import asyncio
import base64
import json
import os
import re
import sys
import tempfile
import zlib
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
NAMES = ["migration_scenarios", "monthly_review", "price_and_lifecycle_explorer"]
AT_ONCE = 2
SECONDS = 120  # for one cell

sys.path.append(str(NOTEBOOKS))

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import eolcast_notebook
from reports import HOSTILE, write_all

# What a person sets in the first cell, tried on the report 'own'.
VARIABLES = {
    "migration_scenarios": {
        "WORKLOAD = None": f"WORKLOAD = {HOSTILE[3]!r}",
        "MORE_EFFORT = {}": f"MORE_EFFORT = {{{HOSTILE[3]!r}: '20000.50'}}",
    },
    "monthly_review": {"TOP = 10": "TOP = 3"},
    "price_and_lifecycle_explorer": {'ONLY = ""': 'ONLY = "Anthropic us-east-1"'},
}

wrong = []


def check(holds, words):
    if not holds:
        wrong.append(words)


# The committed files ----------------------------------------------------------------------------


def committed():
    found = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
    check(found == NAMES, f"notebooks/ holds {found}, not {NAMES}")
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        text = path.read_text()
        notebook = json.loads(text)
        nbformat.validate(notebook)
        check(text == json.dumps(notebook, indent=1, ensure_ascii=False) + "\n",
              f"{path.name} is not in the plain form of nbformat: indent 1, a line break at the end")
        check(set(notebook["metadata"]) == {"kernelspec", "language_info"}
              and set(notebook["metadata"]["language_info"]) == {"name"},
              f"{path.name}: metadata of a run; strip it")
        for cell in notebook["cells"]:
            where = f"{path.name}, cell {cell['id']}"
            check(re.fullmatch(r"[a-z]+(-[a-z]+)*", cell["id"]), f"{where}: its id is no name")
            check(not cell["metadata"], f"{where}: metadata; strip it")
            if cell["cell_type"] == "code":
                check(not cell["outputs"] and cell["execution_count"] is None,
                      f"{where}: outputs or a count; strip them")


def colours():
    """The phases have the colours of the HTML page."""
    style = (ROOT / "src/report/html/style.css").read_text()
    page = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", style.split("@media")[0]))
    same = {"extended-access": "extended", "end-of-life": "ended"}
    ours = {same.get(name, name): colour for name, colour in eolcast_notebook.PHASES.items()}
    ours |= {"premium": eolcast_notebook.PREMIUM, "stay": eolcast_notebook.STAY, "now": eolcast_notebook.NOW}
    for name, colour in ours.items():
        check(page.get(name) == colour, f"{name} is {colour} in the notebooks, {page.get(name)} on the page")


def missing(folder):
    """A folder that is not there, or holds no report, is an error that says what to do."""
    cases = {"nowhere": eolcast_notebook.DEMO, "empty": "--format parquet"}
    (folder / "empty").mkdir()
    for name, way_out in cases.items():
        try:
            eolcast_notebook.open_report(folder / name)
        except eolcast_notebook.NoReport as error:
            check(way_out in str(error), f"{name}: the error names no way out: {error}")
        else:
            check(False, f"{name}: no error")


# The runs ---------------------------------------------------------------------------------------


async def run(name, report, folder, cwd, turn):
    """The notebook with its outputs, or nothing if a cell failed. No port is opened."""
    where = f"{name}.ipynb on the report '{report}'"
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    if report == "own":
        setup = next(cell for cell in notebook.cells if cell.id == "setup")
        for old, new in VARIABLES[name].items():
            check(old in setup.source, f"{name}.ipynb, cell setup: no {old}")
            setup.source = setup.source.replace(old, new)
    environment = {**os.environ, "EOLCAST_REPORT": str(folder)}
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3",
                            resources={"metadata": {"path": str(cwd)}})
    client.create_kernel_manager()
    socket = folder.parent / f"{report}-{NAMES.index(name)}"
    client.km.transport, client.km.ip = "ipc", str(socket)
    client.km.connection_file = f"{socket}.json"
    async with turn:
        try:
            await client.async_execute(env=environment)
        except CellExecutionError as error:
            cell = next(c for c in notebook.cells if any(
                o.output_type == "error" for o in c.get("outputs", [])))
            wrong.append(f"{where}, cell {cell.id}: {error.ename}: {error.evalue}")
            return None
        except Exception as error:
            wrong.append(f"{where}: {type(error).__name__}: {error}")
            return None
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                wrong.append(f"{where}, cell {cell.id} writes: {output.text}")
    return notebook


def shown(cell):
    """What a cell shows: kind -> content."""
    bundles = [o.data for o in cell.get("outputs", []) if o.output_type in ("execute_result", "display_data")]
    return bundles[-1] if bundles else {}


def is_picture(png):
    """Whether a PNG is one and has more than its ground on it."""
    if not png.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    at, pixels = 8, b""
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            pixels += png[at + 8 : at + 8 + length]
        at += length + 12
    size = [int.from_bytes(png[n : n + 4], "big") for n in (16, 20)]
    return min(size) > 100 and len(set(zlib.decompress(pixels))) > 8


def encodings(spec):
    """The encodings of a chart and of its layers: (channel, what is drawn in it)."""
    for channel, drawn in spec.get("encoding", {}).items():
        yield from ((channel, one) for one in (drawn if isinstance(drawn, list) else [drawn]))
    for layer in spec.get("layer", []):
        yield from encodings(layer)


def lacks(spec):
    """What keeps a chart from being read: no title, an axis without one, a column that is not there."""
    drawn = list(encodings(spec))
    columns = {name for rows in spec["datasets"].values() for row in rows for name in row}
    if not spec["title"]["text"]:
        yield "no title"
    for axis in ("x", "y"):
        if not any("title" in one for channel, one in drawn if channel == axis):
            yield f"no title on its {axis} axis"
    for channel, one in drawn:
        if "field" in one and one["field"] not in columns:
            yield f"{channel} draws {one['field']}, which is no column"


def look_at(name, report, notebook, pictures):
    """Every chart is a picture that can be read; where there is nothing to draw, a sentence."""
    for cell in notebook.cells:
        if not re.search(r"^draw\(", cell.source, re.MULTILINE):
            continue
        where = f"{name}.ipynb on the report '{report}', cell {cell.id}"
        data = shown(cell)
        if "image/png" in data:
            png = base64.b64decode(data["image/png"])
            check(is_picture(png), f"{where}: the chart is empty")
            spec = next(v for k, v in data.items() if k.startswith("application/vnd.vegalite"))
            for lack in lacks(spec):
                check(False, f"{where}: {lack}")
            if pictures:
                (pictures / f"{report}-{name}-{cell.id}.png").write_bytes(png)
        else:
            check(data.get("text/plain"), f"{where}: neither a chart nor a sentence")
            check(report != "demo" or cell.id == "coverage-chart", f"{where}: the demo has no chart")


def words(amount):
    """Money as the headline should have it, by a way of its own."""
    if amount is None:
        return "not known"
    return f"${Decimal(amount).quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"


def headline(report, folder, notebook):
    """The headline says what the program's own headline says."""
    cell = next(c for c in notebook.cells if c.id == "headline")
    text = shown(cell)["text/plain"]
    said = dict(line.rsplit(" | ", 1) for line in text.splitlines()[2:])
    own = json.loads((folder / "eolcast.json").read_text())
    closed, ahead = own["headline"]["closed_month"], own["headline"]["premium_to_end_of_life"]
    wanted = [
        (f"list cost of {own['month']}", closed["list_cost"]),
        ("  at normal prices", closed["normal_cost"]),
        ("  Extended Access adds", closed["extended_access_premium"]),
        ("  after your discounts", closed["contracted_cost"]),
        ("Extended Access to come", ahead["expected"]),
        ("  at the low bound", ahead["low"]),
        ("  at the high bound", ahead["high"]),
    ]
    for begin, amount in wanted:
        lines = {value for key, value in said.items() if key.startswith(begin)}
        check(lines == {words(amount)},
              f"monthly_review.ipynb on the report '{report}', cell headline: {begin.strip()} is {lines}, "
              f"the program says {words(amount)}")
    tokens = next(value for key, value in said.items() if key.startswith("tokens without"))
    check(tokens.startswith(f"{closed['unpriced_tokens']:,} "), f"'{report}': tokens without a price: {tokens}")


def hostile(name, notebook):
    """Names from outside run nowhere and stand on one line."""
    kinds = ("text/html", "image/svg+xml")
    pages = "".join(shown(cell).get(kind, "") for cell in notebook.cells for kind in kinds)
    check("<script" not in pages and "<b>" not in pages, f"{name}.ipynb lets a name be markup")
    check("http" not in re.sub(r"http://x\b|http://www\.w3\.org/[12]\d\d\d/\w+", "", pages),
          f"{name}.ipynb loads from a network")
    if name != "price_and_lifecycle_explorer":
        for wanted in ["=HYPERLINK(&quot;http://x&quot;)", "&lt;script&gt;", r"c\nd 🚀", HOSTILE[3], HOSTILE[4]]:
            check(wanted in pages, f"{name}.ipynb does not show {wanted}")


async def run_all(reports):
    # From the repository's root and from notebooks/, as people start them.
    places = {"demo": NOTEBOOKS, "own": ROOT, "unpriced": NOTEBOOKS, "hollow": ROOT}
    turn = asyncio.Semaphore(AT_ONCE)
    plan = [(name, report) for report in reports for name in NAMES]
    runs = (run(name, report, reports[report], places[report], turn) for name, report in plan)
    return dict(zip(plan, await asyncio.gather(*runs)))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("eolcast", type=Path)
    options.add_argument("--pictures", type=Path)
    options = options.parse_args()
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    committed()
    colours()
    with tempfile.TemporaryDirectory(prefix="nb") as folder:
        folder = Path(folder)
        # Nothing of this machine's Jupyter and IPython, and nothing left behind there.
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            os.environ[name] = str(folder / name.lower())
        missing(folder)
        reports = write_all(options.eolcast.resolve(), folder)
        done = asyncio.run(run_all(reports))
        for (name, report), notebook in done.items():
            if notebook is None:
                continue
            look_at(name, report, notebook, options.pictures)
            if report == "own":
                hostile(name, notebook)
            if name == "monthly_review" and report != "hollow":
                headline(report, reports[report], notebook)
    for problem in wrong:
        print(f"notebooks: {problem}", file=sys.stderr)
    if wrong:
        raise SystemExit(1)
    charts = sum("image/png" in shown(c) for n in done.values() for c in n.cells)
    print(f"notebooks: {len(done)} runs of {len(NAMES)} notebooks, {charts} charts")


if __name__ == "__main__":
    main()
