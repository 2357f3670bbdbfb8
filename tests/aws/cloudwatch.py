"""CloudWatch metrics: PutMetricData, ListMetrics, GetMetricData, with links between accounts.

Read from
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html
"""
import base64
import bisect
import json
import math
import re
import threading
from dataclasses import dataclass, field

import accounts
from cbor import Epoch
from errors import AwsError

DAY = 86_400
MOST_QUERIES, MOST_POINTS, LIST_PAGE = 500, 100_800, 500
STORE = {}  # (account, Region) -> {(namespace, name, dimensions): Series}
LINKS = {}  # monitoring account -> source accounts
FAULTS = []  # what a test wants series to answer, see `set_fault`
LOCK = threading.RLock()


@dataclass
class Datum:
    """What was published for one series at one time: a distribution, or only its sums."""
    unit: str
    count: float
    total: float
    least: float
    most: float
    values: tuple = None
    counts: tuple = None


@dataclass
class Series:
    """The data of one metric with one exact set of dimensions, in order of time."""
    times: list = field(default_factory=list)
    data: list = field(default_factory=list)

    def add(self, moment, datum):
        at = len(self.times) if not self.times or self.times[-1] <= moment else bisect.bisect_right(self.times, moment)
        self.times.insert(at, moment)
        self.data.insert(at, datum)


def _refusal(message):
    return AwsError("ValidationError", message)


def key_of(namespace, name, dimensions):
    return namespace, name, tuple(sorted(dimensions.items()))


def datum_of(values, counts=None, unit=None):
    counts = counts or [1.0] * len(values)
    return Datum(unit, sum(counts), sum(value * count for value, count in zip(values, counts)),
                 min(values), max(values), tuple(values), tuple(counts))


def publish(account, region, namespace, name, dimensions, moment, datum):
    """Adds a datum of any age."""
    with LOCK:
        store = STORE.setdefault((account, region), {})
        store.setdefault(key_of(namespace, name, dimensions), Series()).add(moment, datum)


def publish_many(account, region, rows):
    """The back door of tests: rows of {namespace, name, dimensions, unit, points: [[time, values, counts]]}."""
    with LOCK:
        for row in rows:
            for moment, values, counts in row["points"]:
                publish(account, region, row["namespace"], row["name"], row.get("dimensions", {}), moment,
                        datum_of(values, counts, row.get("unit")))


def set_fault(rule):
    """What chosen series answer: kind PartialData, InternalError or Forbidden; or top-level messages.

    {account, region, metric, dimensions, kind, times, next_token, messages: [{Code, Value}]}
    """
    FAULTS.append(dict(rule, left=rule.get("times")))


def forget(account):
    with LOCK:
        for place in [place for place in STORE if place[0] == account]:
            del STORE[place]
        LINKS.pop(account, None)
        FAULTS[:] = [rule for rule in FAULTS if rule.get("account") != account]


def _fault(call, metric, dimensions):
    with LOCK:
        for rule in FAULTS:
            if rule.get("account") not in (None, call.account) or rule.get("region") not in (None, call.region):
                continue
            if rule.get("kind") and rule.get("metric") not in (None, metric):
                continue
            if rule.get("kind") and rule.get("dimensions") not in (None, dimensions):
                continue
            if bool(rule.get("kind")) != (metric is not None) or rule["left"] == 0:
                continue
            if rule["left"] is not None:
                rule["left"] -= 1
            return rule
    return None


def put_metric_data(call):
    for given in call.input.get("MetricData", []):
        dimensions = {d["Name"]: d["Value"] for d in given.get("Dimensions", [])}
        moment, unit = given.get("Timestamp") or accounts.now(call.account), given.get("Unit")
        if "StatisticValues" in given:
            kept = given["StatisticValues"]
            datum = Datum(unit, kept["SampleCount"], kept["Sum"], kept["Minimum"], kept["Maximum"])
        else:
            values = given.get("Values") or [given["Value"]]
            datum = datum_of(values, given.get("Counts"), unit)
        publish(call.account, call.region, call.input["Namespace"], given["MetricName"], dimensions, moment, datum)
    return {}


def list_metrics(call):
    asked, rows = call.input, []
    linked = bool(asked.get("IncludeLinkedAccounts"))
    owners = [call.account]
    if linked:
        owners += sorted(LINKS.get(call.account, ()))
        if asked.get("OwningAccount"):
            owners = [owner for owner in owners if owner == asked["OwningAccount"]]
    if asked.get("RecentlyActive") not in (None, "PT3H"):
        raise _refusal("The parameter RecentlyActive must be PT3H.")
    # "ListMetrics doesn't return information about metrics if those metrics haven't reported data
    # in the past two weeks."
    since = accounts.now(call.account) - (3 * 3600 if asked.get("RecentlyActive") else 14 * DAY)
    with LOCK:
        for owner in owners:
            store = STORE.get((owner, call.region), {})
            for key in sorted(store):
                if _listed(key, asked) and store[key].times[-1] >= since:
                    rows.append((owner, key))
    start = _token(asked.get("NextToken")) or 0
    page = rows[start:start + LIST_PAGE]
    answer = {"Metrics": [{"Namespace": key[0], "MetricName": key[1],
                           "Dimensions": [{"Name": name, "Value": value} for name, value in key[2]]} for _, key in page]}
    if linked:
        answer["OwningAccounts"] = [owner for owner, _ in page]
    if start + LIST_PAGE < len(rows):
        answer["NextToken"] = _as_token(start + LIST_PAGE)
    return answer


def _listed(key, asked):
    """A filter on a dimension's name also returns metrics that have further dimensions."""
    if asked.get("Namespace") not in (None, key[0]) or asked.get("MetricName") not in (None, key[1]):
        return False
    dimensions = dict(key[2])
    return all(f["Name"] in dimensions and f.get("Value", dimensions[f["Name"]]) == dimensions[f["Name"]]
               for f in asked.get("Dimensions", []))


def _as_token(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def _token(token):
    if token is None:
        return None
    try:
        return json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.") from None


def get_metric_data(call):
    asked = call.input
    queries = asked.get("MetricDataQueries") or []
    if len(queries) > MOST_QUERIES:
        raise _refusal(f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}.")
    ids = [query["Id"] for query in queries]
    for given in ids:
        if not re.fullmatch(r"[a-z][A-Za-z0-9_]*", given):
            raise _refusal(f"The value {given} for parameter MetricDataQueries.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$")
    if len(set(ids)) != len(ids):
        raise _refusal("The values for parameter id in MetricDataQueries are not unique.")
    start, end = float(asked["StartTime"]), float(asked["EndTime"])
    if start >= end:
        raise _refusal("The parameter StartTime must be less than the parameter EndTime.")
    newest_first = (asked.get("ScanBy") or "TimestampDescending") == "TimestampDescending"
    page = _token(asked.get("NextToken"))
    results, messages = [], []
    for query in queries:
        results += _answers(call, query, start, end, page, messages)
    for result in results:
        result["points"] = sorted(result["points"].items(), reverse=newest_first)
    most = min(int(asked.get("MaxDatapoints") or MOST_POINTS), MOST_POINTS)
    answer = _paged(results, page or [0] * len(results), most)
    top = _fault(call, None, None)
    answer["Messages"] = messages + (top.get("messages", []) if top else [])
    return answer


def _answers(call, query, start, end, page, messages):
    """The results of one query: one, or one a series for SEARCH."""
    if "Expression" in query:
        if "MetricStat" in query:
            raise _refusal("MetricDataQueries.member.1: specify either Expression or MetricStat but not both.")
        return _search(call, query, start, end)
    if "MetricStat" not in query:
        raise _refusal("The parameter MetricDataQueries.member.1.MetricStat is required.")
    stat = query["MetricStat"]
    metric = stat["Metric"]
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])}
    result = {"Id": query["Id"], "Label": query.get("Label") or metric["MetricName"], "points": {}, "status": None}
    owner = query.get("AccountId") or call.account
    if owner != call.account and owner not in LINKS.get(call.account, ()):
        # "Forbidden" is one of the StatusCode values of a result; the text names the account.
        result["status"] = "Forbidden"
        messages.append({"Code": "Forbidden", "Value": f"Not authorized to read metrics of account {owner}."})
        return [result]
    rule = _fault(call, metric["MetricName"], dimensions) if page is None else None
    result["fault"] = rule
    if rule and rule["kind"] in ("InternalError", "Forbidden"):
        result["status"] = rule["kind"]
        result["Messages"] = rule.get("messages")
    key = key_of(metric["Namespace"], metric["MetricName"], dimensions)
    result["points"] = _points(call, owner, key, int(stat["Period"]), stat["Stat"], stat.get("Unit"), start, end)
    return [result] if query.get("ReturnData", True) is not False else []


def _search(call, query, start, end):
    """`SEARCH('{Namespace,Dimension} MetricName="x"', 'Sum', 86400)`; every other expression is refused."""
    found = re.fullmatch(r"\s*SEARCH\(\s*'\{([^}]*)\}\s*(.*?)'\s*,\s*'(\w[\w.]*)'\s*(?:,\s*(\d+)\s*)?\)\s*", query["Expression"], re.S)
    if not found:
        raise _refusal(f"Error in expression '{query['Id']}': not supported by this stand-in: {query['Expression']}")
    namespace, *names = [part.strip().strip('"') for part in found[1].split(",")]
    wanted = dict(re.findall(r'(\w+)\s*=\s*"?([^"\s]+)"?', found[2]))
    name = wanted.pop("MetricName", None)
    period, results = int(found[4] or query.get("Period") or 300), []
    since = accounts.now(call.account) - 14 * DAY
    with LOCK:
        keys = sorted(STORE.get((call.account, call.region), {}).items())
    for key, series in keys:
        dimensions = dict(key[2])
        if key[0] != namespace or sorted(dimensions) != sorted(names) or name not in (None, key[1]):
            continue
        if any(dimensions.get(n) != v for n, v in wanted.items()) or series.times[-1] < since:
            continue
        points = _points(call, call.account, key, period, found[3], None, start, end)
        results.append({"Id": query["Id"], "Label": " ".join([*dimensions.values(), key[1]]), "points": points, "status": None})
    return results


def _points(call, owner, key, period, stat, unit, start, end):
    if period not in (1, 5, 10, 20, 30) and (period < 60 or period % 60):
        raise _refusal(f"The parameter MetricDataQueries.member.1.MetricStat.Period must be 1, 5, 10, 20, 30, or a multiple of 60: {period}")
    # Retention: 60 s for 15 days, 300 s for 63 days, 3600 s for 455 days.
    kept = (455 if period % 3600 == 0 else 63 if period % 300 == 0 else 15) * DAY
    first = max(math.floor(start / period) * period, accounts.now(call.account) - kept)
    with LOCK:
        series = STORE.get((owner, call.region), {}).get(key)
        if series is None:
            return {}
        low, high = bisect.bisect_left(series.times, first), bisect.bisect_left(series.times, end)
        times, data = series.times[low:high], series.data[low:high]
    buckets = {}
    for moment, datum in zip(times, data):
        # "If you omit Unit, all data that was collected with any unit is returned."
        if unit in (None, datum.unit):
            buckets.setdefault(math.floor(moment / period) * period, []).append(datum)
    points = {bucket: _statistic(stat, data) for bucket, data in buckets.items()}
    return {bucket: value for bucket, value in points.items() if value is not None}


def _statistic(stat, data):
    if stat == "Sum":
        return float(sum(datum.total for datum in data))
    if stat == "SampleCount":
        return float(sum(datum.count for datum in data))
    if stat == "Average":
        count = sum(datum.count for datum in data)
        return sum(datum.total for datum in data) / count if count else None
    if stat == "Minimum":
        return float(min(datum.least for datum in data))
    if stat == "Maximum":
        return float(max(datum.most for datum in data))
    percentile = re.fullmatch(r"p(\d{1,2}(?:\.\d+)?|100)", stat)
    if not percentile:
        raise _refusal(f"The value {stat} for parameter MetricDataQueries.member.1.MetricStat.Stat is not supported.")
    if any(datum.values is None for datum in data):
        return None  # "Percentile statistics are not available for metrics published as statistic sets."
    ordered = sorted(v for datum in data for v, count in zip(datum.values, datum.counts) for _ in range(int(count)))
    rank = float(percentile[1]) / 100 * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (rank - low))


def _paged(results, done, most):
    """One page: at most `most` points; the token says how far each result has come."""
    if len(done) != len(results):
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    left, answers, reached = most, [], []
    for result, offset in zip(results, done):
        points, rule = result["points"], result.get("fault")
        stop = min(offset + left, len(points))
        if rule and rule["kind"] == "PartialData":
            stop = min(stop, offset + len(points) // 2)
        if result["status"]:
            stop = offset
        left -= stop - offset
        whole = stop == len(points)
        answer = {"Id": result["Id"], "Label": result["Label"], "StatusCode": result["status"] or ("Complete" if whole else "PartialData"),
                  "Timestamps": [Epoch(moment) for moment, _ in points[offset:stop]],
                  "Values": [value for _, value in points[offset:stop]]}
        if result.get("Messages"):
            answer["Messages"] = result["Messages"]
        answers.append(answer)
        # A result that failed is done, unless the test wants it to be asked again by the token.
        again = result["status"] and rule and rule.get("next_token")
        reached.append(len(points) if result["status"] and not again else stop)
    answer = {"MetricDataResults": answers}
    if any(stop < len(result["points"]) for stop, result in zip(reached, results)):
        answer["NextToken"] = _as_token(reached)
    return answer


OPERATIONS = {"PutMetricData": put_metric_data, "ListMetrics": list_metrics, "GetMetricData": get_metric_data}
