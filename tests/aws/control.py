"""What a test tells the stand-in: `POST /stand-in/...` with JSON, answered with JSON.

  POST /stand-in/metrics       {account, region, series: [{namespace, name, dimensions, unit, points: [[epoch, values, counts]]}]}
  POST /stand-in/events        {account, region, group, events: [[ms, message, stream?]], retention?, kind?, created?: ms}
  POST /stand-in/objects       {account, region, bucket, objects: [{key, body: base64, content_type?, content_encoding?}]}
  POST /stand-in/bedrock       {account, region, models?, profiles?, tags?, provisioned?, logging?}
  POST /stand-in/organization  {account, members: [{id, name?, status?}]}
  POST /stand-in/links         {monitoring, source: [account]}
  POST /stand-in/clock         {account, now: epoch or ISO 8601; null: the real time}
  POST /stand-in/logs          {account, <settings of logs.py>, expire_tokens?}
  POST /stand-in/series-fault  {account, region?, metric?, dimensions?, kind, times?, next_token?, messages?}
  POST /stand-in/fault         {account, service?, operation?, region?, kind, times?, skip?, ...}: see faults.py
  POST /stand-in/deny          the same, short for {kind: denied}
  GET  /stand-in/faults?account=A     the rules and how often each fired
  GET  /stand-in/calls?account=A      {calls, counts, metric_queries}
  POST /stand-in/forget-calls  {account}
  POST /stand-in/forget-faults {account}
  POST /stand-in/forget        {account}: everything of that account
  GET  /stand-in/health
"""
import datetime
import json
from urllib.parse import parse_qs

import accounts
import bedrock
import buckets
import cloudwatch
import faults
import insights_queries
import logs
import organizations
import recorder
from errors import AwsError


def _metrics(given):
    cloudwatch.publish_many(given["account"], given["region"], given["series"])
    return {"series": len(given["series"])}


def _events(given):
    return {"events": logs.load(given["account"], given["region"], given["group"], given["events"],
                                retention=given.get("retention"), kind=given.get("kind", "STANDARD"),
                                created=given.get("created"))}


def _objects(given):
    return {"objects": buckets.load(given["account"], given["region"], given["bucket"], given["objects"])}


def _bedrock(given):
    account, region = given.pop("account"), given.pop("region")
    bedrock.set_state(account, region, given)
    return {}


def _organization(given):
    organizations.set_members(given["account"], given.get("members", []))
    return {}


def _links(given):
    cloudwatch.LINKS[given["monitoring"]] = set(given["source"])
    return {}


def _clock(given):
    now = given.get("now")
    if isinstance(now, str):
        now = datetime.datetime.fromisoformat(now.replace("Z", "+00:00")).timestamp()
    accounts.NOW[given["account"]] = now
    return {}


def _logs(given):
    logs.set_settings(given.pop("account"), given)
    return {}


def _series_fault(given):
    cloudwatch.set_fault(given)
    return {}


def _forget(given):
    for part in (cloudwatch, logs, insights_queries, bedrock, buckets, organizations, faults, recorder):
        part.forget(given["account"])
    accounts.NOW.pop(given["account"], None)
    return {}


POSTED = {
    "metrics": _metrics, "events": _events, "objects": _objects, "bedrock": _bedrock, "organization": _organization,
    "links": _links, "clock": _clock, "logs": _logs, "series-fault": _series_fault,
    "fault": lambda given: {"number": faults.add(given)},
    "deny": lambda given: {"number": faults.add({**given, "kind": "denied"})},
    "forget-calls": lambda given: recorder.forget(given["account"]) or {},
    "forget-faults": lambda given: faults.forget(given["account"]) or {},
    "forget": _forget,
}
ASKED = {
    "health": lambda given: {"status": "ok"},
    "calls": lambda given: recorder.listed(given["account"]),
    "faults": lambda given: {"faults": faults.listed(given["account"])},
}


def answer(environ):
    """(status, JSON bytes) of a control request."""
    name, method = environ["PATH_INFO"].removeprefix("/stand-in/"), environ["REQUEST_METHOD"]
    table = POSTED if method == "POST" else ASKED
    if name not in table:
        return 404, json.dumps({"error": f"no control {method} {name}; there are: {', '.join(sorted(table))}"}).encode()
    try:
        if method == "POST":
            given = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}")
        else:
            given = {key: values[0] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        return 200, json.dumps(table[name](given), default=str).encode()
    except (KeyError, ValueError, TypeError, AwsError) as error:
        return 400, json.dumps({"error": f"{name}: {type(error).__name__}: {error}"}).encode()
