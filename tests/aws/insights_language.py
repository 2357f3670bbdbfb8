"""The query language of Logs Insights: from text to a list of commands whose expressions are functions.

Read from https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
Whatever is not understood is refused with MalformedQueryException; nothing is skipped.
"""
import re

import insights_values as values
from errors import AwsError

TOKEN = re.compile(r"""(?P<space>\s+|\#[^\n]*)|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<quoted>`[^`]+`)
    |(?P<period>\d+[a-z]+\b)|(?P<number>\d+\.?\d*|\.\d+)|(?P<name>[A-Za-z_@][\w@]*(?:\.[\w@]+)*)
    |(?P<operator>=~|!=|<=|>=|[=<>()\[\],+\-*/%^|])""", re.X)
REGEX = re.compile(r"/((?:[^/\\\n]|\\.)+)/")
COMMANDS = {"fields", "display", "filter", "stats", "sort", "limit", "parse", "dedup"}


def malformed(message, at=0):
    place = {"location": {"startCharOffset": at, "endCharOffset": at + 1}, "message": message}
    return AwsError("MalformedQueryException", message, queryCompileError=place)


class Token:
    """A piece of the query with its place."""
    __slots__ = ("kind", "text", "start", "end")

    def __init__(self, kind, text, start, end):
        self.kind, self.text, self.start, self.end = kind, text, start, end


def tokens_of(query):
    """The tokens; a slash opens a regular expression after `like`, `=~`, and in `parse`."""
    found, at, command = [], 0, None
    while at < len(query):
        last = found[-1] if found else None
        if query[at] == "/" and (command == "parse" or (last and last.text in ("like", "=~"))):
            regex = REGEX.match(query, at)
            if not regex:
                raise malformed(f"unterminated regular expression at position {at}", at)
            found.append(Token("regex", regex[1], at, regex.end()))
            at = regex.end()
            continue
        match = TOKEN.match(query, at)
        if not match:
            raise malformed(f"unexpected symbol found {query[at]} at position {at}", at)
        at = match.end()
        if match.lastgroup == "space":
            continue
        token = Token(match.lastgroup, match[0], match.start(), at)
        if token.kind == "name" and (last is None or last.text == "|"):
            command = token.text.lower()
        if token.kind == "string":
            token.text = re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), token.text[1:-1])
        elif token.kind == "quoted":
            token.text = token.text[1:-1]
        found.append(token)
    return found


class Parser:
    """Reads a query; `commands()` gives (name, arguments) in order."""

    def __init__(self, query):
        self.query, self.tokens, self.at = query, tokens_of(query), 0
        self.aggregates = None  # those of the expression being read, inside `stats`

    # -- tokens
    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else Token("end", "", len(self.query), len(self.query))

    def next(self):
        token = self.peek()
        self.at += 1
        return token

    def take(self, *texts):
        """Takes an operator or a word, if it is next."""
        token = self.peek()
        if token.kind in ("operator", "name") and token.text.lower() in texts:
            self.at += 1
            return token.text.lower()
        return None

    def need(self, text):
        if not self.take(text):
            self.wrong()

    def wrong(self):
        token = self.peek()
        raise malformed(f"unexpected symbol found {token.text or 'end of query'} at position {token.start}", token.start)

    # -- commands
    def commands(self):
        found = []
        while True:
            token = self.next()
            if token.kind != "name" or token.text.lower() not in COMMANDS:
                raise malformed(f"unknown command, or one that this stand-in lacks: {token.text or 'nothing'} at position {token.start}", token.start)
            name = token.text.lower()
            found.append((name, getattr(self, "_" + name)()))
            if self.peek().kind == "end":
                return found
            self.need("|")

    def _columns(self, reader):
        """Expressions with their names: an alias, or the text as written."""
        found = []
        while True:
            start = self.peek().start
            made = reader()
            text = self.query[start:self.tokens[self.at - 1].end].strip()
            if self.tokens[self.at - 1].kind == "quoted" and text.startswith("`"):
                text = text[1:-1]
            found.append((self._alias() if self.take("as") else text, made))
            if not self.take(","):
                return found

    def _alias(self):
        token = self.next()
        if token.kind not in ("name", "quoted"):
            self.at -= 1
            self.wrong()
        return token.text

    def _fields(self):
        return self._columns(self._expression)

    _display = _fields

    def _filter(self):
        return self._expression()

    def _stats(self):
        def aggregated():
            self.aggregates = []
            made = self._expression()
            found, self.aggregates = self.aggregates, None
            if not found:
                raise malformed("stats needs an aggregate function", self.peek().start)
            return found, made
        wanted = self._columns(aggregated)
        return wanted, self._columns(self._expression) if self.take("by") else []

    def _sort(self):
        found = []
        while True:
            made = self._expression()
            found.append((made, (self.take("asc", "desc") or "asc") == "desc"))
            if not self.take(","):
                return found

    def _limit(self):
        token = self.next()
        if token.kind != "number" or not token.text.isdigit() or not 1 <= int(token.text) <= 100_000:
            raise malformed(f"limit must be between 1 and 100000: {token.text}", token.start)
        return int(token.text)

    def _dedup(self):
        return [made for _, made in self._columns(self._expression)]

    def _parse(self):
        source = self._field("@message")
        if self.peek().kind in ("name", "quoted"):
            source = self._field(self.next().text)
        token = self.next()
        if token.kind not in ("string", "regex"):
            self.at -= 1
            self.wrong()
        names = []
        if self.take("as"):
            names.append(self._alias())
            while self.take(","):
                names.append(self._alias())
        if token.kind == "regex":
            pattern = self._compiled(token)
            if not names and not pattern.groupindex:
                raise malformed("parse with a regular expression needs named groups", token.start)
            return source, pattern, names or None
        # Glob: each `*` is one field.
        parts = token.text.split("*")
        if len(parts) - 1 != len(names) or not names:
            raise malformed(f"parse: {len(parts) - 1} wildcards for {len(names)} names", token.start)
        text = "(.*?)".join(re.escape(part) for part in parts)
        return source, re.compile(text + ("$" if token.text.endswith("*") else ""), re.S), names

    def _compiled(self, token):
        try:
            return re.compile(re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", token.text.replace("\\/", "/")))
        except re.error as error:
            raise malformed(f"invalid regular expression: {error}", token.start) from None

    # -- expressions, weakest first: a function from a row to a value
    def _expression(self):
        left = self._and()
        while self.take("or"):
            left = (lambda one, other: lambda row: _true(one(row)) or _true(other(row)))(left, self._and())
        return left

    def _and(self):
        left = self._not()
        while self.take("and"):
            left = (lambda one, other: lambda row: _true(one(row)) and _true(other(row)))(left, self._not())
        return left

    def _not(self):
        if self.take("not"):
            inner = self._not()
            return lambda row: not _true(inner(row))
        return self._comparison()

    def _comparison(self):
        left = self._sum()
        operator = self.take("=", "!=", "<", ">", "<=", ">=")
        if operator:
            right = self._sum()
            return lambda row: values.compare(operator, left(row), right(row))
        negated = bool(self.take("not"))
        if self.take("in"):
            wanted = self._list()
            return lambda row: any(values.compare("=", left(row), value) for value in wanted) != negated
        if self.take("like") or (not negated and self.take("=~")):
            holds = self._like()
            return lambda row: (left(row) is not None and holds(values.shown(left(row)))) != negated
        if negated:
            self.wrong()
        return left

    def _list(self):
        self.need("[")
        found = []
        while True:
            minus = bool(self.take("-"))
            token = self.next()
            if token.kind not in ("string", "number") or (minus and token.kind == "string"):
                self.at -= 1
                self.wrong()
            found.append(token.text if token.kind == "string" else values.number(("-" if minus else "") + token.text))
            if self.take("]"):
                return found
            self.need(",")

    def _like(self):
        token = self.next()
        if token.kind == "string":
            return lambda text: token.text in text
        if token.kind != "regex":
            self.at -= 1
            self.wrong()
        pattern = self._compiled(token)
        return lambda text: pattern.search(text) is not None

    def _binary(self, operand, *operators):
        left = operand()
        while operator := self.take(*operators):
            left = (lambda one, other, sign: lambda row: values.calculate(sign, one(row), other(row)))(left, operand(), operator)
        return left

    def _sum(self):
        return self._binary(self._product, "+", "-")

    def _product(self):
        return self._binary(self._power, "*", "/", "%")

    def _power(self):
        return self._binary(self._unary, "^")

    def _unary(self):
        if self.take("-"):
            inner = self._unary()
            return lambda row: values.calculate("-", 0, inner(row))
        return self._primary()

    def _primary(self):
        token = self.next()
        if token.kind == "string":
            return lambda row: token.text
        if token.kind == "number":
            constant = values.number(token.text)
            return lambda row: constant
        if token.text == "(" and token.kind == "operator":
            inner = self._expression()
            self.need(")")
            return inner
        if token.kind == "name" and self.peek().text == "(" and self.peek().kind == "operator":
            self.at += 1
            return self._call(token)
        if token.kind in ("name", "quoted") and token.text.lower() not in ("by", "as", "and", "or", "in", "like"):
            if self.aggregates is not None:
                raise malformed(f"stats: {token.text} is not inside an aggregate function", token.start)
            return self._field(token.text)
        self.at -= 1
        return self.wrong()

    @staticmethod
    def _field(name):
        path = tuple(name.split("."))
        return lambda row: row.get(name, path)

    def _period(self):
        token = self.next()
        text = token.text
        if token.kind == "number" and self.peek().kind == "name":
            text += self.next().text
        size = values.period(text)
        if size is None:
            raise malformed(f"invalid period: {text}", token.start)
        self.need(")")
        return size

    def _call(self, token):
        name = token.text.lower()
        if name in values.AGGREGATES:
            return self._aggregate(name, token)
        if name == "bin":
            size, moment = self._period(), self._field("@timestamp")
            return lambda row: values.FUNCTIONS["datefloor"][2](moment(row), size)
        if name in ("datefloor", "dateceil"):
            moment = self._expression()
            self.need(",")
            size, function = self._period(), values.FUNCTIONS[name][2]
            return lambda row: function(moment(row), size)
        if name not in values.FUNCTIONS:
            raise malformed(f"unknown function, or one that this stand-in lacks: {token.text}", token.start)
        fewest, most, function = values.FUNCTIONS[name]
        arguments = self._arguments()
        if not fewest <= len(arguments) <= most:
            raise malformed(f"wrong number of arguments: {token.text}", token.start)
        return lambda row: function(*[argument(row) for argument in arguments])

    def _arguments(self):
        found = []
        if not self.take(")"):
            found.append(self._expression())
            while self.take(","):
                found.append(self._expression())
            self.need(")")
        return found

    def _aggregate(self, name, token):
        """Aggregates stand in `stats` only, and not in each other; their place in the list is their value's."""
        if self.aggregates is None:
            raise malformed(f"{token.text} is an aggregate function and needs stats", token.start)
        kept, self.aggregates = self.aggregates, None
        extra = None
        if name == "count" and (self.take("*") or self.peek().text == ")"):
            argument = None
            self.need(")")
        else:
            argument = self._expression()
            if name == "pct":
                self.need(",")
                extra = values.number(self.next().text)
            self.need(")")
        self.aggregates = kept
        place = len(kept)
        kept.append((name, argument, extra))
        return lambda results: results[place]


def _true(value):
    return value is not None and value is not False and value != 0 and value != ""
