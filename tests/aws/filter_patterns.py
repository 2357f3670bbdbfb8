"""Filter patterns of CloudWatch Logs: words, phrases, `?a ?b`, `-a`, and `{ $.json = "pattern" }`.

Read from https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
What is not known here (`%regex%`, `[space, delimited]`) is refused: a pattern that silently
matched everything would let a wrong program pass.
"""
import fnmatch
import json
import re

from errors import AwsError

TOKEN = re.compile(r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<path>\$(?:\.(?:[\w@-]+|\*)|\[(?:\d+|\*|'[^']*'|"[^"]*")\])+)
    |(?P<operator>&&|\|\||<=|>=|!=|=|<|>|\(|\))|(?P<word>[^\s()=<>!&|"]+))""", re.X)
TERM = re.compile(r'([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))')
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")


def _refused(pattern):
    return AwsError("InvalidParameterException", f"Invalid filter pattern: {pattern}")


def parse(pattern):
    """A function from a message to whether the pattern matches it."""
    text = pattern.strip()
    if not text:
        return lambda message: True
    if text.startswith("{"):
        if not text.endswith("}"):
            raise _refused(pattern)
        return _Json(text[1:-1], pattern).matcher()
    if text.startswith(("[", "%")):
        raise _refused(f"not supported by this stand-in: {pattern}")
    return _terms(text, pattern)


def _terms(text, pattern):
    must, may, never = [], [], []
    at = 0
    while at < len(text):
        found = TERM.match(text, at)
        if not found:
            raise _refused(pattern)
        sign, phrase, word = found.groups()
        # "terms that include non-alphanumeric characters must be put inside double quotation marks"
        if phrase is None and not re.fullmatch(r"[\w.@/:*-]+", word):
            raise _refused(pattern)
        if phrase is None and "*" in word:
            raise _refused(f"not supported by this stand-in: {pattern}")
        term = word if phrase is None else re.sub(r"\\(.)", r"\1", phrase)
        {"": must, "?": may, "-": never}[sign].append(term)
        at = found.end()
        while at < len(text) and text[at].isspace():
            at += 1
    if may and (must or never):
        raise _refused(f"not supported by this stand-in: {pattern}")
    return lambda message: (all(_has(message, term) for term in must) and not any(_has(message, term) for term in never)
                            and (not may or any(_has(message, term) for term in may)))


def _has(message, term):
    """Terms are case-sensitive and match anywhere in the message, as whole words."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(term)}(?![A-Za-z0-9])", message) is not None


class _Json:
    """The pattern between the braces: conditions with && (binds tighter) and ||, and parentheses."""

    def __init__(self, text, whole):
        self.whole, self.tokens, at = whole, [], 0
        text = text.rstrip()
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found or not found[0].strip():
                raise _refused(whole)
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()

    def matcher(self):
        keeps = self._or()
        if self.tokens:
            raise _refused(self.whole)

        def matches(message):
            try:
                document = json.loads(message)
            except ValueError:
                return False
            return isinstance(document, dict) and keeps(document)
        return matches

    def _next(self, *kinds):
        if not self.tokens or (kinds and self.tokens[0][0] not in kinds):
            raise _refused(self.whole)
        return self.tokens.pop(0)

    def _take(self, text):
        if self.tokens and self.tokens[0][1] == text and self.tokens[0][0] != "string":
            self.tokens.pop(0)
            return True
        return False

    def _or(self):
        parts = [self._and()]
        while self._take("||"):
            parts.append(self._and())
        return lambda document: any(part(document) for part in parts)

    def _and(self):
        parts = [self._condition()]
        while self._take("&&"):
            parts.append(self._condition())
        return lambda document: all(part(document) for part in parts)

    def _condition(self):
        if self._take("("):
            inside = self._or()
            if not self._take(")"):
                raise _refused(self.whole)
            return inside
        steps = _steps(self._next("path")[1])
        if self._take("NOT"):
            if not self._take("EXISTS"):
                raise _refused(self.whole)
            return lambda document: not _found(document, steps)
        if self._take("EXISTS"):
            return lambda document: bool(_found(document, steps))
        if self._take("IS"):
            word = self._next("word")[1]
            if word not in ("NULL", "TRUE", "FALSE"):
                raise _refused(self.whole)
            wanted = {"NULL": None, "TRUE": True, "FALSE": False}[word]
            return lambda document: any(value is wanted for value in _found(document, steps))
        operator = self._next("operator")[1]
        kind, text = self._next("string", "word")
        return self._compared(steps, operator, kind, text)

    def _compared(self, steps, operator, kind, text):
        if kind == "word" and NUMBER.match(text):
            wanted = float(text)
            test = {"=": lambda v: v == wanted, "!=": lambda v: v != wanted, "<": lambda v: v < wanted, ">": lambda v: v > wanted,
                    "<=": lambda v: v <= wanted, ">=": lambda v: v >= wanted}.get(operator)
            if test is None:
                raise _refused(self.whole)
            return lambda document: any(isinstance(v, (int, float)) and not isinstance(v, bool) and test(v) for v in _found(document, steps))
        if operator not in ("=", "!="):
            raise _refused(self.whole)  # strings are only equal or not
        if kind == "word" and text.startswith("%"):
            raise _refused(f"not supported by this stand-in: {self.whole}")
        wanted = re.sub(r"\\(.)", r"\1", text[1:-1]) if kind == "string" else text
        # `*` is a wildcard; `?` and `[` of fnmatch are not.
        shape = re.compile(fnmatch.translate(wanted.replace("[", "[[]").replace("?", "[?]")))

        def holds(document):
            texts = [value for value in _found(document, steps) if isinstance(value, str)]
            return any((shape.match(value) is not None) == (operator == "=") for value in texts)
        return holds


def _steps(path):
    """`$.input.counts[0].x` as keys and positions."""
    steps = []
    for found in re.finditer(r"\.([\w@-]+|\*)|\[(\d+|\*|'[^']*'|\"[^\"]*\")\]", path):
        step = found[1] or found[2]
        if found[2] and found[2].isdigit():
            step = int(step)
        elif found[2] and step[0] in "'\"":
            step = step[1:-1]
        steps.append(step)
    return steps


def _found(document, steps):
    """The values at a path: none, one, or several when there is a `*`."""
    values = [document]
    for step in steps:
        following = []
        for value in values:
            if step == "*" and isinstance(value, (list, dict)):
                following += list(value.values()) if isinstance(value, dict) else value
            elif isinstance(step, int) and isinstance(value, list) and step < len(value):
                following.append(value[step])
            elif isinstance(step, str) and isinstance(value, dict) and step in value:
                following.append(value[step])
        values = following
    return values
