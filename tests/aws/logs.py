"""CloudWatch Logs: groups, events of any age, and FilterLogEvents with its uneven pages.

Read from
  https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
  https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
  https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""
import base64
import bisect
import json
import threading
from dataclasses import dataclass, field

import accounts
import filter_patterns
from errors import AwsError

DAY_MS = 86_400_000
PAGE_EVENTS, PAGE_BYTES = 10_000, 1 << 20
OVERHEAD = 26  # bytes that AWS counts for each event beside its message (PutLogEvents)
STORE = {}  # (account, Region) -> {name: Group}
SETTINGS = {}  # account -> how a test wants Logs to behave, see DEFAULTS
DEFAULTS = {
    "empty_pages": True,  # every third page of FilterLogEvents is empty, the first among them
    "page_bytes": PAGE_BYTES,
    "token_age": 0,  # raising it makes every token handed out before invalid
    "polls": 1,  # answers of GetQueryResults that say Running before the last one
    "query_end": "Complete",  # or Failed, Timeout, Cancelled
    "query_end_times": None,  # how many queries end like that; None: all
    "concurrent_queries": 100,
}
LOCK = threading.RLock()


@dataclass(slots=True)
class Event:
    """One log event; `size` is what AWS counts."""
    time: int
    ingested: int
    number: int
    stream: str
    message: str

    @property
    def size(self):
        return len(self.message.encode()) + OVERHEAD


@dataclass
class Group:
    """A log group; events in order of time, ingestion and arrival."""
    name: str
    created: int
    kind: str = "STANDARD"
    retention: int = None
    streams: dict = field(default_factory=dict)
    events: list = field(default_factory=list)
    times: list = field(default_factory=list)
    stored: int = 0
    sorted: bool = True

    def add(self, rows, ingested):
        """Rows of (time in ms, message, stream)."""
        number = len(self.events)
        for moment, message, stream in rows:
            self.streams.setdefault(stream, self.created)
            self.events.append(Event(moment, ingested, number, stream, message))
            self.stored += len(message) + OVERHEAD
            number += 1
        self.sorted = False

    def between(self, start, end, now):
        """Events from start to end, both inclusive, that retention has left."""
        if not self.sorted:
            self.events.sort(key=lambda event: (event.time, event.ingested, event.number))
            self.times = [event.time for event in self.events]
            self.sorted = True
        if self.retention:
            start = max(start, now - self.retention * DAY_MS)
        return self.events[bisect.bisect_left(self.times, start):bisect.bisect_right(self.times, end)]


def setting(account, name):
    return SETTINGS.get(account, {}).get(name, DEFAULTS[name])


def set_settings(account, given):
    """Changes how Logs behaves for an account; `expire_tokens` ages every token handed out."""
    with LOCK:
        kept = SETTINGS.setdefault(account, {})
        if given.pop("expire_tokens", False):
            kept["token_age"] = kept.get("token_age", 0) + 1
        for name, value in given.items():
            if name not in DEFAULTS:
                raise AwsError("ValidationException", f"unknown setting: {name}; known: {', '.join(DEFAULTS)}")
            kept[name] = value


def load(account, region, name, events, stream="aws/bedrock/modelinvocations", retention=None, kind="STANDARD", created=None):
    """The back door of tests: [[time in ms, message]] of any age into a group that is made when absent.

    Without `created` the group is a year older than now or its first event, whichever is earlier.
    """
    with LOCK:
        born = created or min([_now(account)] + [event[0] for event in events]) - 365 * DAY_MS
        group = STORE.setdefault((account, region), {}).setdefault(name, Group(name, born, kind))
        group.retention = retention or group.retention
        group.add([(event[0], event[1], event[2] if len(event) > 2 else stream) for event in events], _now(account))
    return len(events)


def forget(account):
    with LOCK:
        for place in [place for place in STORE if place[0] == account]:
            del STORE[place]
        SETTINGS.pop(account, None)


def _now(account):
    return int(accounts.now(account) * 1000)


def group_arn(account, region, name):
    return f"arn:aws:logs:{region}:{account}:log-group:{name}"


def group_of(call, name, identifier=None):
    """The group that a call names, by name or by ARN without the `:*` at its end."""
    if name and identifier:
        raise AwsError("InvalidParameterException", "LogGroup name and identifier cannot be specified together.")
    given = identifier or name
    if not given:
        raise AwsError("InvalidParameterException", "1 validation error detected: Value at 'logGroupName' failed to satisfy constraint: Member must not be null")
    if given.startswith("arn:"):
        given = given.split(":log-group:", 1)[1]
    group = STORE.get((call.account, call.region), {}).get(given)
    if group is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return group


def create_log_group(call):
    groups, name = STORE.setdefault((call.account, call.region), {}), call.input["logGroupName"]
    if name in groups:
        raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
    groups[name] = Group(name, _now(call.account), call.input.get("logGroupClass", "STANDARD"))
    return {}


def create_log_stream(call):
    group_of(call, call.input["logGroupName"]).streams.setdefault(call.input["logStreamName"], _now(call.account))
    return {}


def delete_log_group(call):
    group_of(call, call.input["logGroupName"])
    del STORE[call.account, call.region][call.input["logGroupName"]]
    return {}


def put_retention_policy(call):
    group_of(call, call.input["logGroupName"]).retention = call.input["retentionInDays"]
    return {}


def put_log_events(call):
    """As AWS: in order, one day at most, nothing older than 14 days or 2 hours ahead."""
    group, stream = group_of(call, call.input["logGroupName"]), call.input["logStreamName"]
    if stream not in group.streams:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
    events, now = call.input["logEvents"], _now(call.account)
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        raise AwsError("InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.")
    if times and times[-1] - times[0] > DAY_MS:
        raise AwsError("InvalidParameterException", "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    if len(events) > PAGE_EVENTS or sum(len(e["message"].encode()) + OVERHEAD for e in events) > PAGE_BYTES:
        raise AwsError("InvalidParameterException", "Upload too large: a batch holds at most 10,000 events and 1,048,576 bytes.")
    good = [e for e in events if now - 14 * DAY_MS <= e["timestamp"] <= now + 2 * 3_600_000]
    with LOCK:
        group.add([(e["timestamp"], e["message"], stream) for e in good], now)
    answer = {"nextSequenceToken": str(len(group.events))}
    old = sum(moment < now - 14 * DAY_MS for moment in times)
    late = sum(moment > now + 2 * 3_600_000 for moment in times)
    if old or late:
        answer["rejectedLogEventsInfo"] = {**({"tooOldLogEventEndIndex": old} if old else {}),
                                           **({"tooNewLogEventStartIndex": len(events) - late} if late else {})}
    return answer


def describe_log_groups(call):
    asked, found = call.input, []
    for name, group in sorted(STORE.get((call.account, call.region), {}).items()):
        if not name.startswith(asked.get("logGroupNamePrefix", "")) or asked.get("logGroupNamePattern", "") not in name:
            continue
        if asked.get("logGroupClass") not in (None, group.kind):
            continue
        row = {"logGroupName": name, "creationTime": group.created, "metricFilterCount": 0, "storedBytes": group.stored,
               "arn": group_arn(call.account, call.region, name) + ":*", "logGroupClass": group.kind,
               "logGroupArn": group_arn(call.account, call.region, name)}
        if group.retention:
            row["retentionInDays"] = group.retention
        found.append(row)
    start, most = int(asked.get("nextToken") or 0), int(asked.get("limit") or 50)
    answer = {"logGroups": found[start:start + most]}
    if start + most < len(found):
        answer["nextToken"] = str(start + most)
    return answer


def describe_log_streams(call):
    group = group_of(call, call.input.get("logGroupName"), call.input.get("logGroupIdentifier"))
    arn = group_arn(call.account, call.region, group.name)
    rows = []
    for stream, created in sorted(group.streams.items()):
        times = [event.time for event in group.events if event.stream == stream]
        row = {"logStreamName": stream, "creationTime": created, "arn": f"{arn}:log-stream:{stream}", "storedBytes": 0}
        if times:
            row.update(firstEventTimestamp=min(times), lastEventTimestamp=max(times))
        rows.append(row)
    return {"logStreams": rows}


def _token(account, group, at, page):
    kept = {"age": setting(account, "token_age"), "group": group, "at": at, "page": page}
    return base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()


def _read_token(account, group, token):
    try:
        kept = json.loads(base64.urlsafe_b64decode(token))
        if kept["age"] == setting(account, "token_age") and kept["group"] == group:
            return kept["at"], kept["page"]
    except (ValueError, KeyError, TypeError):
        pass
    raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")


def filter_log_events(call):
    """Pages of up to 1 MB or 10,000 events; "a returned page might only be partially full, or even empty"."""
    asked = call.input
    group = group_of(call, asked.get("logGroupName"), asked.get("logGroupIdentifier"))
    if asked.get("logStreamNames") and asked.get("logStreamNamePrefix"):
        raise AwsError("InvalidParameterException", "logStreamNames and logStreamNamePrefix cannot be specified together.")
    most = int(asked.get("limit") or PAGE_EVENTS)
    if not 1 <= most <= PAGE_EVENTS:
        raise AwsError("InvalidParameterException", f"1 validation error detected: Value '{most}' at 'limit' failed to satisfy constraint: "
                       "Member must have value less than or equal to 10000")
    keeps = filter_patterns.parse(asked.get("filterPattern", ""))
    streams, prefix = asked.get("logStreamNames"), asked.get("logStreamNamePrefix")
    # "Events with a timestamp later than this time are not returned": the end is inclusive.
    start, end = asked.get("startTime", 0), asked.get("endTime", 1 << 62)
    with LOCK:
        events = group.between(start, end, _now(call.account))
    at, page = _read_token(call.account, group.name, asked["nextToken"]) if asked.get("nextToken") else (0, 0)
    if setting(call.account, "empty_pages") and page % 3 == 0:
        return {"events": [], "searchedLogStreams": [], "nextToken": _token(call.account, group.name, at, page + 1)}
    room, found = setting(call.account, "page_bytes"), []
    while at < len(events):
        event = events[at]
        if (not streams or event.stream in streams) and (not prefix or event.stream.startswith(prefix)) and keeps(event.message):
            size = event.size
            if found and (size > room or len(found) == most):
                break
            room -= size
            found.append({"logStreamName": event.stream, "timestamp": event.time, "message": event.message,
                          "ingestionTime": event.ingested, "eventId": f"{event.time:020d}{event.number:036d}"})
        at += 1
    answer = {"events": found, "searchedLogStreams": []}
    if at < len(events):
        answer["nextToken"] = _token(call.account, group.name, at, page + 1)
    return answer


OPERATIONS = {
    "CreateLogGroup": create_log_group, "CreateLogStream": create_log_stream, "DeleteLogGroup": delete_log_group,
    "PutRetentionPolicy": put_retention_policy, "PutLogEvents": put_log_events,
    "DescribeLogGroups": describe_log_groups, "DescribeLogStreams": describe_log_streams,
    "FilterLogEvents": filter_log_events,
}
