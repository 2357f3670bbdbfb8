"""Values of Logs Insights: fields of an event, numbers, times, functions, aggregates.

Read from
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
Assumed, because no page says it: a comparison with an absent field is false, `!=` too; a JSON
boolean is 1 or 0; numbers are shown with at most four decimals; a sum of nothing is 0.
"""
import base64
import datetime
import json
import math
import re

MOST_FIELDS = 200  # "can extract a maximum of 200 log event fields from a JSON log"
UNSEEN = object()
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$")


class Time(int):
    """Epoch milliseconds that are shown as a time."""


def period(text):
    """Milliseconds of `5m`, `1h`, `2 days`; None when it is no period."""
    found = re.fullmatch(r"(\d+)\s*([a-z]+)", text)
    if not found or int(found[1]) == 0:
        return None
    unit = found[2]
    for whole, short in (("second", "s"), ("sec", "s"), ("minute", "m"), ("min", "m"), ("hour", "h"), ("hr", "h"), ("day", "d"), ("week", "w")):
        if unit in (whole, whole + "s"):
            unit = short
    return int(found[1]) * UNITS[unit] if unit in UNITS else None


class Row:
    """One event on its way through the commands, with the fields that they have made."""
    __slots__ = ("event", "group", "made", "_document", "_flat")

    def __init__(self, event=None, group=None, made=None):
        self.event, self.group, self.made = event, group, made or {}
        self._document = self._flat = UNSEEN

    def get(self, name, path):
        """A field: made by a command, of the system, or discovered in the JSON message."""
        if name in self.made:
            return self.made[name]
        if self.event is None:
            return None
        if name[0] == "@":
            return self._system(name)
        if self._document is UNSEEN:
            try:
                self._document = json.loads(self.event.message)
            except ValueError:
                self._document = None
        if not isinstance(self._document, dict):
            return None
        # Every field but the first stands behind a comma, so few commas mean that none is cut off.
        if self.event.message.count(",") < MOST_FIELDS:
            return _leaf(_look(self._document, path))
        if self._flat is UNSEEN:
            self._flat = discovered(self._document)
        return self._flat.get(name)

    def _system(self, name):
        event, account, region, group = self.event, *self.group
        if name == "@timestamp":
            return Time(event.time)
        if name == "@ingestionTime":
            return Time(event.ingested)
        if name == "@ptr":
            return base64.b64encode(f"{account}:{region}:{group}:{event.number}".encode()).decode()
        return {"@message": event.message, "@logStream": event.stream, "@log": f"{account}:{group}"}.get(name)


def discovered(document):
    """The first 200 fields in order of appearance, nested keys joined by dots, arrays by position."""
    found = {}

    def walk(value, name):
        if len(found) >= MOST_FIELDS:
            return
        if isinstance(value, (dict, list)):
            for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
                walk(inner, f"{name}.{key}" if name else str(key))
        else:
            found[name] = _leaf(value)
    walk(document, "")
    return found


def _leaf(value):
    if isinstance(value, bool):
        return int(value)
    return None if isinstance(value, (dict, list)) else value


def _look(value, path):
    """The value at a path; a key may hold dots itself."""
    if not path:
        return value
    if isinstance(value, list):
        return _look(value[int(path[0])], path[1:]) if path[0].isdigit() and int(path[0]) < len(value) else None
    if isinstance(value, dict):
        key = path[0]
        for at in range(1, len(path) + 1):
            if key in value:
                found = _look(value[key], path[at:])
                if found is not None:
                    return found
            if at < len(path):
                key += "." + path[at]
    return None


def number(value):
    """A value as a number: texts of numbers count as numbers."""
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and NUMBER.match(value):
        return float(value) if re.search(r"[.eE]", value) else int(value)
    return None


def shown(value):
    """The text of a value in a result."""
    if isinstance(value, Time):
        moment = datetime.datetime.fromtimestamp(value / 1000, datetime.timezone.utc)
        return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{value % 1000:03d}"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def compare(operator, left, right):
    if left is None or right is None:
        return False
    numbers = number(left), number(right)
    if None not in numbers:
        left, right = numbers
    else:
        left, right = shown(left), shown(right)
    return {"=": left == right, "!=": left != right, "<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator]


def calculate(operator, left, right):
    left, right = number(left), number(right)
    if left is None or right is None:
        return None
    try:
        return {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right, "/": lambda: left / right,
                "%": lambda: math.fmod(left, right), "^": lambda: left ** right}[operator]()
    except (ZeroDivisionError, OverflowError, ValueError):
        return None


def _numeric(function):
    def applied(*values):
        numbers = [number(value) for value in values]
        return None if None in numbers else function(*numbers)
    return applied


def _text(function):
    def applied(*values):
        return None if None in values else function(*map(shown, values))
    return applied


def _part(text, start, length=None):
    start = int(float(start))
    return text[start:] if length is None else text[start:start + int(float(length))]


def _floor(value, size):
    return None if value is None else Time(int(value) // size * size)


# name -> (fewest arguments, most, function of the values)
FUNCTIONS = {
    "abs": (1, 1, _numeric(abs)), "ceil": (1, 1, _numeric(math.ceil)), "floor": (1, 1, _numeric(math.floor)),
    "sqrt": (1, 1, _numeric(lambda v: math.sqrt(v) if v >= 0 else None)), "log": (1, 1, _numeric(lambda v: math.log(v) if v > 0 else None)),
    "greatest": (1, 99, _numeric(max)), "least": (1, 99, _numeric(min)),
    "coalesce": (1, 99, lambda *values: next((value for value in values if value is not None), None)),
    "ispresent": (1, 1, lambda value: value is not None),
    "isempty": (1, 1, lambda value: value is None or shown(value) == ""),
    "isblank": (1, 1, lambda value: value is None or shown(value).strip() == ""),
    "concat": (1, 99, lambda *values: "".join(shown(value) for value in values if value is not None)),
    "strlen": (1, 1, _text(len)), "toupper": (1, 1, _text(str.upper)), "tolower": (1, 1, _text(str.lower)),
    "trim": (1, 2, _text(str.strip)), "ltrim": (1, 2, _text(str.lstrip)), "rtrim": (1, 2, _text(str.rstrip)),
    "substr": (2, 3, _text(_part)), "replace": (3, 3, _text(str.replace)),
    "strcontains": (2, 2, _text(lambda text, part: int(part in text))),
    "toMillis": (1, 1, lambda value: None if value is None else int(value)),
    "fromMillis": (1, 1, lambda value: None if number(value) is None else Time(number(value))),
    "datefloor": (2, 2, _floor),
    "dateceil": (2, 2, lambda value, size: None if value is None else Time(-(-int(value) // size) * size)),
}
FUNCTIONS = {name.lower(): found for name, found in FUNCTIONS.items()}


def _percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share / 100 * len(ordered)) - 1))] if ordered else None


def aggregate(name, values, extra):
    """One aggregate over the values of its argument in a group; None: it counts whole rows."""
    present = [value for value in values if value is not None]
    if name == "count":
        return len(present)
    if name == "count_distinct":
        return len({shown(value) for value in present})
    if name in ("earliest", "latest"):
        return present[-1 if name == "earliest" else 0] if present else None
    numbers = [found for found in map(number, present) if found is not None]
    if name == "sum":
        return sum(numbers)
    if not numbers:
        return None
    if name == "avg":
        return sum(numbers) / len(numbers)
    if name == "pct":
        return _percentile(numbers, extra)
    return {"min": min, "max": max, "median": lambda found: _percentile(found, 50)}[name](numbers)


AGGREGATES = {"sum", "avg", "min", "max", "count", "count_distinct", "pct", "median", "earliest", "latest"}
