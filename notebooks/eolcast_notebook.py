"""What the three notebooks share: the report's folder, sums, tables and charts on the screen.

The notebooks read what `eolcast report` wrote and add it up; no price is made here. Money stays
`Decimal`, and an unknown amount stays unknown: only `draw` makes floats, for a picture. Names
from outside are escaped and stand on one line. Nothing is loaded from a network.

Sample: `open_report().table("cost")` is `eolcast-report/cost.parquet`.
"""

import base64
import html
import os
import struct
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import altair as alt
import polars as pl
import vl_convert

DEMO = "cargo run --release -- report --demo"
ROOT = Path(__file__).resolve().parent.parent

# The colours of the HTML page (src/report/html/style.css); tests/notebooks holds them equal.
PHASES = {
    "active": "#2f6db5",
    "legacy": "#7453a6",
    "extended-access": "#b5761a",
    "end-of-life": "#59636f",
    "unknown": "#868e99",
}
PREMIUM = "#c4261d"
STAY = "#c4261d"
NOW = "#14785a"
INK = "#1b2430"
QUIET = "#505d6e"
RULE = "#d5dae1"
# Okabe and Ito, for what the page has no colour for.
OTHERS = ["#0072b2", "#e69f00", "#56b4e9", "#cc79a7", "#000000", "#009e73"]
LEVELS = ["expired", "critical", "high", "medium", "low", "none"]
BASES = ["listed", "user", "assumed", "unpriced"]


class NoReport(Exception):
    """No report to read. Shown as its message alone."""

    def _render_traceback_(self):
        return [f"NoReport: {self}"]


@dataclass(frozen=True)
class Report:
    """A folder of Parquet tables, and what each of its files says of the report."""

    folder: Path
    month: str
    as_of: date
    demo: bool
    tables_hash: str

    def table(self, name):
        """One table, as the program wrote it."""
        file = self.folder / f"{name}.parquet"
        if not file.is_file():
            raise NoReport(f"{file} is missing. Write the report anew: {DEMO}")
        return pl.read_parquet(file)

    @property
    def before(self):
        """The month before the closed one."""
        year, month = map(int, self.month.split("-"))
        return f"{year - 1}-12" if month == 1 else f"{year}-{month - 1:02}"

    def _repr_html_(self):
        return f"<p>{html.escape(repr(self))}</p>"

    def __repr__(self):
        invented = "INVENTED DATA (--demo): this company does not exist. " if self.demo else ""
        return (
            f"{invented}Report of {self.month} as of {self.as_of}, price tables "
            f"{self.tables_hash[:12]}, read from {visible(str(self.folder))}"
        )


def open_report(folder=None):
    """The report in a folder; without one in that of EOLCAST_REPORT, else in eolcast-report.

    A relative folder is looked for here and in the repository, so that it does not matter
    whether a notebook runs in notebooks/ or in the repository's root.
    """
    named = folder or os.environ.get("EOLCAST_REPORT") or "eolcast-report"
    places = [Path(named).expanduser(), ROOT / Path(named).expanduser()]
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        raise NoReport(
            f"there is no folder {named}. Make it in {ROOT} with\n\n    {DEMO}\n\n"
            "or name the folder of a report of your own (its --out) in EOLCAST_REPORT."
        )
    cost = found / "cost.parquet"
    if not cost.is_file():
        raise NoReport(f"{found} holds no cost.parquet. Write it: eolcast report --format parquet")
    facts = pl.read_parquet_metadata(cost)
    if "eolcast.month" not in facts:
        raise NoReport(f"{cost} does not say its month: an older eolcast wrote it. Write it anew.")
    return Report(
        found.resolve(),
        facts["eolcast.month"],
        date.fromisoformat(facts["eolcast.as_of"]),
        facts["eolcast.demo"] == "true",
        facts["eolcast.tables_hash"],
    )


# Sums -------------------------------------------------------------------------------------------


def known_sum(column):
    """The sum of what is known; unknown where nothing is (a plain sum would say 0)."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum()).alias(column)


def weakest(amount):
    """The weakest price basis of the rows of which the amount is known; `unpriced` where none is."""
    basis = pl.col("price_basis").filter(pl.col(amount).is_not_null())
    return basis.cast(pl.Enum(BASES)).max().cast(pl.String).fill_null("unpriced").alias("price_basis")


def with_model(frame, column="model_id"):
    """Adds `model`: the id without provider, release date and `-v1:0`, if that still tells apart."""
    ids = frame[column].drop_nulls().unique().to_list()
    short = {name: short_model(name) for name in ids}
    clear = {name: s if list(short.values()).count(s) == 1 else name for name, s in short.items()}
    return frame.with_columns(
        pl.col(column).replace_strict(clear, default=None, return_dtype=pl.String).alias("model")
        if ids
        else pl.lit(None, pl.String).alias("model")
    )


def short_model(name):
    """`anthropic.claude-sonnet-4-5-20250929-v1:0` is `claude-sonnet-4-5`, as the program says."""
    if "/" in name:
        return "…/" + name.rsplit("/", 1)[1]
    _, _, rest = name.partition(".")
    is_version = rest[:1] == "v" and rest[1:2].isdigit()
    rest = name if not rest or is_version else rest
    rest = rest.removesuffix("-v1:0").removesuffix(":0")
    parts = [part for part in rest.split("-") if not (len(part) == 8 and part.isdigit())]
    return "-".join(parts)


# Words ------------------------------------------------------------------------------------------


def money(amount):
    """92169.676929245 is `$92,169.68`; rounded here and nowhere else."""
    if amount is None:
        return "not known"
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return f"{'-' if cents < 0 else ''}${abs(cents):,}"


def known_money(amount):
    """The same, and nothing where there is no amount to know."""
    return "" if amount is None else money(amount)


def change(amount):
    """The same with its sign: `+$7,352.67`."""
    shown = money(amount)
    return shown if amount is None or amount <= 0 or shown == "$0.00" else f"+{shown}"


def exact(amount):
    """All digits that are not trailing zeros: a unit price."""
    return "not known" if amount is None else f"{amount.normalize():,f}"


def percent(part, whole=1):
    """A share in percent. A little is never shown as nothing, nor nearly all as all."""
    if part is None or not whole:
        return "not known"
    share = Decimal(part) * 100 / Decimal(whole)
    shown = share.quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    if share and not shown:
        return "<0.1%"
    return ">99.9%" if shown == 100 and share < 100 else f"{shown}%"


def visible(text):
    """Text from outside on one line, every control character visible."""
    return "".join(c if c.isprintable() or c == "\u200d" else repr(c)[1:-1] for c in text)


def brief(column, most=36):
    """A name as far as it fits beside others on an axis."""
    text = pl.col(column)
    cut = text.str.slice(0, most - 1) + "…"
    return pl.when(text.str.len_chars() > most).then(cut).otherwise(text)


def cell_words(value, words=None):
    """A cell as a person reads it."""
    if words is not None:
        return words(value)
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else visible(str(value))


# On the screen ----------------------------------------------------------------------------------


class Shown:
    """HTML in a notebook, text elsewhere."""

    def __init__(self, page, text):
        self.page, self.text = page, text

    def _repr_html_(self):
        return self.page

    def __repr__(self):
        return self.text


NARROW = "white-space:pre"
WIDE = "white-space:normal;min-width:22em;max-width:44em;overflow-wrap:anywhere"


def say(words):
    """A sentence."""
    return Shown(f"<p>{html.escape(words)}</p>", words)


def show(frame, heads, caption, nothing="Nothing.", words=None):
    """A table: `heads` names the columns and their headings, `words` how some are written."""
    if frame.is_empty():
        return say(nothing)
    number = {n for n in heads if frame[n].dtype.is_numeric()}
    # An unknown amount says so; another empty cell is empty.
    words = {n: money for n in number if frame[n].dtype.is_decimal()} | (words or {})
    rows = [[cell_words(row[n], words.get(n)) for n in heads] for row in frame.iter_rows(named=True)]
    side = ["right" if n in number else "left" for n in heads]

    def line(tag, cells):
        made = (
            f'<{tag} style="text-align:{at};vertical-align:top;padding:.2em .7em;'
            f'{NARROW if len(cell) <= 52 else WIDE}">{html.escape(cell)}</{tag}>'
            for at, cell in zip(side, cells)
        )
        return f"<tr>{''.join(made)}</tr>"

    page = (
        f'<table><caption style="text-align:left">{html.escape(caption)}'
        f"</caption><thead>{line('th', heads.values())}</thead>"
        f"<tbody>{''.join(line('td', row) for row in rows)}</tbody></table>"
    )
    text = [caption, " | ".join(heads.values()), *(" | ".join(row) for row in rows)]
    return Shown(page, "\n".join(text))


def draw(make, frame, value, title, note="", nothing="Nothing to draw."):
    """A chart of the rows of which `value` is known; `make` gets the frame with floats for money."""
    known = frame.filter(pl.col(value).is_not_null())
    if known.is_empty():
        return say(nothing)
    unknown = frame.height - known.height
    notes = [note] if note else []
    if unknown:
        notes.append(f"Not known, so not drawn: {unknown} of {frame.height} rows.")
    decimals = [n for n, dtype in known.schema.items() if dtype.is_decimal()]
    texts = [n for n, dtype in known.schema.items() if dtype == pl.String]
    plain = known.with_columns(
        pl.col(decimals).cast(pl.Float64),
        pl.col(texts).map_elements(visible, return_dtype=pl.String),
    )
    return make(plain).properties(title=alt.Title(visible(title), **({"subtitle": notes} if notes else {})))


def as_of_line(report):
    """A dashed line at the day of the report, for a chart over days."""
    day = pl.DataFrame({"day": [report.as_of], "words": [f"as of {report.as_of}"]})
    base = alt.Chart(day).encode(x="day:T")
    rule = base.mark_rule(color=INK, strokeDash=[3, 3])
    name = base.mark_text(align="left", dx=4, y=-6, color=INK).encode(text="words:N")
    return rule + name


# The look of charts and their renderer ----------------------------------------------------------

VERSION = alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]  # of Vega-Lite: 6.4


@alt.theme.register("eolcast", enable=True)
def _look():
    axis = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": INK, "titleColor": QUIET,
            "titleFontWeight": "normal", "gridColor": RULE, "domainColor": RULE,
            "tickColor": RULE, "labelLimit": 210}
    legend = {"labelFontSize": 12, "titleFontSize": 12, "titleColor": QUIET, "labelColor": INK,
              "titleFontWeight": "normal", "orient": "top", "labelLimit": 240, "titleLimit": 600}
    title = {"fontSize": 15, "anchor": "start", "color": INK, "offset": 14, "frame": "group", "limit": 680,
             "subtitleFontSize": 12, "subtitleColor": QUIET, "subtitlePadding": 5}
    return {"config": {
        "background": "#ffffff",
        "font": "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK JP', sans-serif",
        "axis": axis, "legend": legend, "title": title, "view": {"stroke": None},
        "padding": 12, "range": {"category": OTHERS},
        "text": {"fontSize": 12, "color": INK},
    }}


def _picture(spec, **_):
    """The chart for viewers that know Vega-Lite, else in the browser's fonts, else as a picture."""
    png = vl_convert.vegalite_to_png(spec, scale=2, vl_version=VERSION)
    width, height = struct.unpack(">II", png[16:24])
    size = {"image/png": {"width": width // 2, "height": height // 2}}
    bundle = {
        f"application/vnd.vegalite.v{VERSION.split('.')[0]}+json": spec,
        "image/svg+xml": vl_convert.vegalite_to_svg(spec, vl_version=VERSION),
        "image/png": base64.b64encode(png).decode(),
        "text/plain": "<chart>",
    }
    return bundle, size


alt.renderers.register("eolcast", _picture)
alt.renderers.enable("eolcast")
