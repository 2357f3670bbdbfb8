"""Errors, worded in the protocol of the call that they answer.

Where each protocol keeps the code and the message:
  awsJson    https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
  rest-json  https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
  query      https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#operation-error-serialization
  S3         https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
CloudWatch answers CBOR and repeats the code of its older query protocol in a header:
  https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
"""
import json
from xml.sax.saxutils import escape

import cbor

REQUEST_ID = "00000000-0000-4000-8000-000000000000"

# One kind of failure has another name in the older XML protocols.
XML_CODES = {
    "AccessDeniedException": "AccessDenied",
    "ExpiredTokenException": "ExpiredToken",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "ThrottlingException": "Throttling",
}
S3_CODES = {**XML_CODES, "ThrottlingException": "SlowDown", "UnrecognizedClientException": "InvalidAccessKeyId",
            "ServiceUnavailableException": "ServiceUnavailable", "InternalFailure": "InternalError"}


class AwsError(Exception):
    """What a service refuses: code, message, HTTP status, and members of the error's own."""

    def __init__(self, code, message, status=400, **members):
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.members = code, message, status, members


def own_code(code, protocol):
    """The code as this protocol spells it."""
    if protocol == "query":
        return XML_CODES.get(code, code)
    return S3_CODES.get(code, code) if protocol == "rest-xml" else code


def rendered(error, protocol, service=None):
    """(status, headers, body) of an error."""
    code, message = own_code(error.code, protocol), error.message
    side = "Sender" if error.status < 500 else "Receiver"
    older = [("x-amzn-query-error", f"{XML_CODES.get(code, code)};{side}")] if service == "cloudwatch" else []
    if protocol == "cbor":
        body = cbor.encode({"__type": f"com.amazonaws.cloudwatch#{code}", "message": message, **error.members})
        return error.status, [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"), *older], body
    if protocol == "json":
        body = json.dumps({"__type": code, "message": message, **error.members}).encode()
        return error.status, [("Content-Type", "application/x-amz-json-1.1"), *older], body
    if protocol == "rest-json":
        body = json.dumps({"message": message, **error.members}).encode()
        return error.status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)], body
    if protocol == "query":
        body = (f"<ErrorResponse><Error><Type>{side}</Type><Code>{escape(code)}</Code><Message>{escape(message)}"
                f"</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>")
        return error.status, [("Content-Type", "text/xml")], body.encode()
    body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{escape(code)}</Code><Message>{escape(message)}'
            f"</Message><RequestId>{REQUEST_ID}</RequestId><HostId>stand-in</HostId></Error>")
    return error.status, [("Content-Type", "application/xml")], body.encode()
