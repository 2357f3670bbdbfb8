"""Which calls each account has made, so that a test can count them."""
import threading

CALLS = {}
LOCK = threading.Lock()
# Inputs above this are left out: a call with 500 metric queries would fill the memory of a run.
MOST_INPUT = 4_000


def begin(call):
    """Notes a call before it is answered; the note gets its outcome later."""
    note = {"service": call.service, "operation": call.operation, "account": call.account, "region": call.region,
            "status": None, "error": None}
    if call.operation == "GetMetricData":
        note["queries"] = len(call.input.get("MetricDataQueries") or [])
        note["start"], note["end"] = call.input.get("StartTime"), call.input.get("EndTime")
        note["token"] = "NextToken" in call.input
    elif len(str(call.input)) <= MOST_INPUT:
        note["input"] = call.input
    with LOCK:
        CALLS.setdefault(call.account, []).append(note)
    return note


def listed(account):
    with LOCK:
        calls = list(CALLS.get(account, []))
    counts = {}
    for note in calls:
        for name in (f"{note['service']}.{note['operation']}", f"{note['service']}.{note['operation']}@{note['region']}"):
            counts[name] = counts.get(name, 0) + 1
    queries = sum(note.get("queries", 0) for note in calls)
    return {"calls": calls, "counts": counts, "metric_queries": queries}


def forget(account):
    with LOCK:
        CALLS.pop(account, None)
