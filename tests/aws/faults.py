"""Faults that a test orders: throttling, 5xx, resets, cut bodies, expired keys, denials, silence.

A rule is JSON: {account, service, operation, region} (each may be absent: any), `kind`, `times`
(absent: always), `skip` (calls to let pass first), and what the kind needs:
  throttled, unavailable, internal, expired, denied (message), kms_denied, error (code, message, status)
  reset       the connection is reset instead of an answer; with `fraction`, after a part of the body
  truncated   half a body (`fraction`) under a valid Content-Length
  broken_off  a full Content-Length, a part of the body (`fraction`), then the end of the connection
  slow        `seconds` of delay, then the answer
  silent      no answer at all (until the client hangs up, at most 10 minutes)
A whole Region that is down is `{"region": R, "kind": "reset"}`: the Region is the signature's.
"""
import itertools
import os
import select
import socket
import struct
import threading
import time

from errors import AwsError

RULES = []
NUMBERS = itertools.count(1)
LOCK = threading.Lock()
KINDS = {"throttled", "unavailable", "internal", "expired", "denied", "kms_denied", "error", "reset", "truncated",
         "broken_off", "slow", "silent"}
SILENCE = 600
# What an operation of S3 needs, where the action has another name.
S3_ACTIONS = {"ListObjectsV2": "ListBucket", "ListObjects": "ListBucket", "HeadBucket": "ListBucket", "HeadObject": "GetObject",
              "ListBuckets": "ListAllMyBuckets"}


def add(rule):
    """Adds a rule; its number."""
    if rule.get("kind") not in KINDS:
        raise AwsError("ValidationException", f"unknown kind of fault: {rule.get('kind')}; known: {', '.join(sorted(KINDS))}")
    with LOCK:
        kept = dict(rule, number=next(NUMBERS), fired=0, passed=0)
        RULES.append(kept)
        return kept["number"]


def listed(account):
    """The rules of an account and how often each fired."""
    with LOCK:
        return [dict(rule) for rule in RULES if rule.get("account") == account]


def forget(account):
    with LOCK:
        RULES[:] = [rule for rule in RULES if rule.get("account") != account]


def due(call):
    """The first rule that applies to this call now."""
    with LOCK:
        for rule in RULES:
            if not call.matches(rule) or (rule.get("times") is not None and rule["fired"] >= rule["times"]):
                continue
            if rule["passed"] < rule.get("skip", 0):
                rule["passed"] += 1
                continue
            rule["fired"] += 1
            return rule
    return None


def error_of(rule, call):
    """The error that a rule answers with, or None when it acts on the connection."""
    kind, s3 = rule["kind"], call.protocol == "rest-xml"
    if kind == "error":
        return AwsError(rule["code"], rule.get("message", ""), rule.get("status", 400))
    if kind == "throttled":
        # S3 says SlowDown with 503; the others ThrottlingException (query: Throttling) with 400.
        return AwsError("ThrottlingException", "Please reduce your request rate." if s3 else "Rate exceeded", 503 if s3 else 429 if call.service == "bedrock" else 400)
    if kind == "unavailable":
        return AwsError("ServiceUnavailableException", "The service is currently unavailable.", 503)
    if kind == "internal":
        return AwsError("InternalFailure", "We encountered an internal error. Please try again.", 500)
    if kind == "expired":
        # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (ExpiredToken, 400)
        text = "The provided token has expired." if s3 else "The security token included in the request is expired"
        return AwsError("ExpiredTokenException", text, 403 if call.protocol in ("rest-json", "query") else 400)
    if kind == "denied":
        return AwsError("AccessDeniedException", rule.get("message") or denial(call), 400 if call.protocol in ("json",) else 403)
    if kind == "kms_denied":
        # https://repost.aws/knowledge-center/s3-access-denied-error-kms
        text = (f"User: {principal(call)} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:{call.region}:{call.account}"
                ":key/11111111-2222-4333-8444-555555555555 because no identity-based policy allows the kms:Decrypt action")
        return AwsError("AccessDeniedException", rule.get("message") or text, 403)
    return None


def principal(call):
    return f"arn:aws:iam::{call.account}:user/analyst"


def denial(call):
    """A denial as IAM words it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    action = S3_ACTIONS.get(call.operation, call.operation) if call.service == "s3" else call.operation
    resource = "*"
    if call.service == "s3":
        bucket, _, key = call.input["path"].strip("/").partition("/")
        resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket or '*'}"
    elif call.service == "logs":
        group = call.input.get("logGroupName") or (call.input.get("logGroupNames") or [""])[0]
        resource = f"arn:aws:logs:{call.region}:{call.account}:log-group:{group}:log-stream:"
    return (f"User: {principal(call)} is not authorized to perform: {call.service}:{action} on resource: {resource}"
            f" because no identity-based policy allows the {call.service}:{action} action")


def before(rule, environ):
    """Acts on the connection instead of an answer; returns when the answer shall go on."""
    if rule["kind"] == "reset" and "fraction" not in rule:
        reset(environ)
    elif rule["kind"] == "slow":
        time.sleep(rule.get("seconds", 1))
    elif rule["kind"] == "silent":
        connection = environ["stand_in.handler"].connection
        deadline = time.monotonic() + SILENCE
        while time.monotonic() < deadline:
            if select.select([connection], [], [], 1)[0] and not connection.recv(1, socket.MSG_PEEK):
                break
            time.sleep(0.05)
        reset(environ)


def reset(environ):
    """Resets the connection: closing it with no time to linger sends RST instead of FIN."""
    handler = environ["stand_in.handler"]
    handler.close_connection = True
    connection = handler.connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
    raise ConnectionResetError("ordered by a test")


def spoiled(rule, environ, status, headers, body):
    """The answer as this rule leaves it; `broken_off` and a late `reset` do not return."""
    part = body[:int(len(body) * rule.get("fraction", 0.5))]
    if rule["kind"] == "truncated":
        return status, headers, part
    if rule["kind"] == "broken_off" or (rule["kind"] == "reset" and "fraction" in rule):
        handler = environ["stand_in.handler"]
        lines = [f"HTTP/1.1 {status} Cut", *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}", "", ""]
        handler.connection.sendall("\r\n".join(lines).encode("latin-1") + part)
        if rule["kind"] == "reset":
            reset(environ)
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError("ordered by a test")
    return status, headers, body
