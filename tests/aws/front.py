"""The front of the stand-in: notes each call, lets ordered faults strike, and has it answered.

CloudWatch, Logs, Bedrock and Organizations are answered here, in the protocol that was asked in;
everything else (S3, STS) goes to moto.
"""
import http.client
import json

import bedrock
import calls
import cbor
import cloudwatch
import control
import errors
import faults
import insights_queries
import logs
import organizations
import recorder
from errors import AwsError

OWN = {"cloudwatch": cloudwatch.OPERATIONS, "logs": {**logs.OPERATIONS, **insights_queries.OPERATIONS},
       "bedrock": bedrock.OPERATIONS, "organizations": organizations.OPERATIONS}
CONTENT = {"cbor": "application/cbor", "json": "application/x-amz-json-1.1", "rest-json": "application/json"}


class Front:
    """The WSGI application; `moto` is the one behind it."""

    def __init__(self, moto):
        self.moto = moto

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if path.startswith("/stand-in/"):
            status, body = control.answer(environ)
            return _send(start_response, status, [("Content-Type", "application/json")], body)
        if path.startswith("/moto-api"):
            return self.moto(environ, start_response)
        try:
            call = calls.identify(environ)
        except AwsError as error:
            return _send(start_response, *errors.rendered(error, "json"))
        note = recorder.begin(call)
        rule = faults.due(call)
        if rule:
            note["fault"] = rule["kind"]
            faults.before(rule, environ)
        status, headers, body = self._answer(environ, call, rule, note)
        if rule:
            status, headers, body = faults.spoiled(rule, environ, status, headers, body)
        note["status"] = status
        return _send(start_response, status, headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else body, len(body))

    def _answer(self, environ, call, rule, note):
        try:
            error = faults.error_of(rule, call) if rule else None
            if error:
                raise error
            if call.service in OWN:
                return self._own(call)
        except AwsError as error:
            note["error"] = error.code
            return errors.rendered(error, call.protocol, call.service)
        return self._behind(environ)

    @staticmethod
    def _own(call):
        operation = OWN[call.service].get(call.operation)
        if operation is None:
            raise AwsError("UnknownOperationException", f"not in this stand-in: {call.service} {call.operation}", 404)
        try:
            found = operation(call)
        except KeyError as missing:
            raise AwsError("ValidationException", f"a required member is missing: {missing}") from missing
        headers = [("Content-Type", CONTENT[call.protocol]), ("x-amzn-RequestId", errors.REQUEST_ID)]
        if call.protocol == "cbor":
            return 200, [*headers, ("smithy-protocol", "rpc-v2-cbor")], cbor.encode(found)
        return 200, headers, json.dumps(found).encode()

    def _behind(self, environ):
        kept = {}

        def start_response(status, headers, _=None):
            kept.update(status=int(status.split()[0]), headers=headers)

        parts = self.moto(environ, start_response)
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        if environ["REQUEST_METHOD"] == "HEAD":
            return kept["status"], kept["headers"], body
        return kept["status"], [h for h in kept["headers"] if h[0].lower() != "content-length"], body


def _send(start_response, status, headers, body, length=None):
    names = {name.lower() for name, _ in headers}
    if "content-length" not in names:
        headers = [*headers, ("Content-Length", str(len(body) if length is None else length))]
    start_response(f"{status} {http.client.responses.get(status, '')}", headers)
    return [body]
