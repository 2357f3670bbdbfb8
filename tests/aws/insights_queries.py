"""StartQuery, GetQueryResults, StopQuery: queries that take a few polls, and their rows in pages.

Read from
  https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
  https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html
"""
import hashlib
import itertools
import threading
import uuid

import accounts
import insights_values as values
import logs
from errors import AwsError
from insights_language import Parser

PAGE, DEFAULT_LIMIT, MOST_LIMIT = 10_000, 10_000, 100_000
QUERIES = {}
NUMBERS = itertools.count(1)
LOCK = threading.Lock()


class Query:
    """A started query; its rows are worked out when the first poll wants them."""

    def __init__(self, call, groups, commands):
        self.id = str(uuid.UUID(int=next(NUMBERS) | 4 << 76 | 8 << 60))
        self.account, self.region = call.account, call.region
        self.groups, self.commands, self.input = groups, commands, call.input
        self.polls = logs.setting(call.account, "polls")
        self.end = _ending(call.account)
        self.status, self.rows, self.statistics = "Scheduled", None, {}

    def work(self):
        if self.rows is not None:
            return
        # "The range is inclusive": both ends, in seconds.
        start, end = self.input["startTime"] * 1000, self.input["endTime"] * 1000
        rows, size = [], 0
        with logs.LOCK:
            for group in self.groups:
                events = group.between(start, end, int(accounts.now(self.account) * 1000))
                place = (self.account, self.region, group.name)
                rows += [values.Row(event, place) for event in events]
                size += sum(len(event.message) for event in events)
        scanned = len(rows)
        # Without `sort`, the newest come first.
        rows.sort(key=lambda row: (row.event.time, row.event.number), reverse=True)
        self.rows, matched = execute(self.commands, rows, self.input.get("limit"))
        self.statistics = {"recordsMatched": float(matched), "recordsScanned": float(scanned), "bytesScanned": float(size)}


def _ending(account):
    """How the next query of an account ends; a wish for `query_end_times` queries wears off."""
    with LOCK:
        end, times = logs.setting(account, "query_end"), logs.setting(account, "query_end_times")
        if end == "Complete" or times == 0:
            return "Complete"
        if times is not None:
            logs.set_settings(account, {"query_end_times": times - 1})
        return end


def execute(commands, rows, most=None):
    """(rows as lists of {field, value}, how many events matched)."""
    shown, matched, limit, grouped = [], len(rows), None, False
    for name, given in commands:
        if name == "filter":
            rows = [row for row in rows if given(row) not in (None, False, 0, "")]
            matched = matched if grouped else len(rows)
        elif name in ("fields", "display"):
            for alias, made in given:
                for row in rows:
                    row.made[alias] = made(row)
            names = [alias for alias, _ in given]
            shown = names if name == "display" else shown + [alias for alias in names if alias not in shown]
        elif name == "parse":
            _parse(rows, *given)
        elif name == "sort":
            rows = _sorted(rows, given)
        elif name == "dedup":
            rows = _dedup(rows, given)
        elif name == "limit":
            limit, rows = given, rows[:given]
        elif name == "stats":
            rows, shown = _stats(rows, *given)
            grouped = True
    if limit is None:
        rows = rows[:most or DEFAULT_LIMIT]
    return [_result(row, shown) for row in rows], matched


def _result(row, shown):
    """Absent fields are absent; an event carries its @ptr."""
    names = shown or (["@timestamp", "@message"] if row.event else list(row.made))
    found = [{"field": name, "value": values.shown(value)} for name in names
             if (value := row.get(name, tuple(name.split(".")))) is not None]
    if row.event:
        found.append({"field": "@ptr", "value": row.get("@ptr", None)})
    return found


def _parse(rows, source, pattern, names):
    for row in rows:
        text = source(row)
        found = pattern.search(values.shown(text)) if text is not None else None
        if found:
            row.made.update(zip(names, found.groups()) if names else found.groupdict())


def _sorted(rows, keys):
    """By the last key first, as sorts are stable; numbers before texts, absent values last either way."""
    for made, descending in reversed(keys):
        present, absent = [], []
        for row in rows:
            value = made(row)
            if value is None:
                absent.append(row)
            else:
                found = values.number(value)
                present.append(((0, found, "") if found is not None else (1, 0, values.shown(value)), row))
        present.sort(key=lambda pair: pair[0], reverse=descending)
        rows = [row for _, row in present] + absent
    return rows


def _dedup(rows, keys):
    seen, kept = set(), []
    for row in rows:
        key = tuple(made(row) for made in keys)
        if None not in key and key not in seen:
            seen.add(key)
            kept.append(row)
    return kept


def _stats(rows, wanted, by):
    groups = {}
    for row in rows:
        key = tuple(made(row) for _, made in by)
        groups.setdefault(key, []).append(row)
    made = []
    for key, members in groups.items():
        found = {name: value for (name, _), value in zip(by, key)}
        for name, (aggregates, expression) in wanted:
            found[name] = expression([values.aggregate(kind, members if argument is None else [argument(row) for row in members], extra)
                                      for kind, argument, extra in aggregates])
        made.append(values.Row(made=found))
    # No order is promised without `sort`: one that looks like none, but repeats.
    made.sort(key=lambda row: hashlib.md5(repr(list(row.made.items())).encode()).digest())
    return made, [name for name, _ in by] + [name for name, _ in wanted]


def start_query(call):
    given = call.input
    named = [name for name in ("logGroupName", "logGroupNames", "logGroupIdentifiers") if given.get(name)]
    if len(named) != 1:
        raise AwsError("InvalidParameterException", "Exactly one of logGroupName, logGroupNames, logGroupIdentifiers is required.")
    names = given[named[0]] if isinstance(given[named[0]], list) else [given[named[0]]]
    if len(names) > 50:
        raise AwsError("InvalidParameterException", "At most 50 log groups can be queried.")
    if given["endTime"] < given["startTime"]:
        raise AwsError("InvalidParameterException", "End time should not be before start time.")
    if not 1 <= int(given.get("limit") or 1) <= MOST_LIMIT:
        raise AwsError("InvalidParameterException", f"The limit must be between 1 and {MOST_LIMIT}.")
    if len(given["queryString"]) > 10_000:
        raise AwsError("InvalidParameterException", "The query string is longer than 10,000 characters.")
    groups = [logs.group_of(call, None, name) for name in names]
    commands = Parser(given["queryString"]).commands()
    with LOCK:
        under_way = sum(query.account == call.account and query.region == call.region and query.status in ("Scheduled", "Running")
                        for query in QUERIES.values())
    if under_way >= logs.setting(call.account, "concurrent_queries"):
        raise AwsError("LimitExceededException", "Account maximum query concurrency limit of "
                       f"[{logs.setting(call.account, 'concurrent_queries')}] reached.")
    query = Query(call, groups, commands)
    with LOCK:
        QUERIES[query.id] = query
    return {"queryId": query.id}


def _query(call):
    query = QUERIES.get(call.input["queryId"])
    if query is None or (query.account, query.region) != (call.account, call.region):
        raise AwsError("ResourceNotFoundException", f"The specified query does not exist: {call.input['queryId']}")
    return query


def get_query_results(call):
    query, most = _query(call), int(call.input.get("maxItems") or PAGE)
    if not 1 <= most <= PAGE:
        raise AwsError("InvalidParameterException", f"maxItems must be between 1 and {PAGE}.")
    if query.status in ("Scheduled", "Running"):
        query.status = "Running"
        if query.polls > 0:
            query.polls -= 1
            query.work()
            # "If the value of the Status field in the output is Running, this operation returns only partial results."
            return {"results": query.rows[:min(len(query.rows) // 2, PAGE)], "statistics": query.statistics, "status": "Running"}
        query.status = query.end
    if query.status != "Complete":
        return {"results": [], "statistics": query.statistics, "status": query.status}
    query.work()
    start = _start(query, call.input.get("nextToken"))
    answer = {"results": query.rows[start:start + most], "statistics": query.statistics, "status": "Complete", "queryLanguage": "CWLI"}
    if start + most < len(query.rows):
        answer["nextToken"] = f"{query.id}:{start + most}:{logs.setting(query.account, 'token_age')}"
    return answer


def _start(query, token):
    if token is None:
        return 0
    number, start, age = (token.split(":") + ["", ""])[:3]
    if number != query.id or not start.isdigit() or age != str(logs.setting(query.account, "token_age")):
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    return int(start)


def stop_query(call):
    query = _query(call)
    if query.status not in ("Scheduled", "Running"):
        raise AwsError("InvalidParameterException", "Query is not running.")
    query.status = "Cancelled"
    return {"success": True}


def forget(account):
    with LOCK:
        for number in [number for number, query in QUERIES.items() if query.account == account]:
            del QUERIES[number]


OPERATIONS = {"StartQuery": start_query, "GetQueryResults": get_query_results, "StopQuery": stop_query}
