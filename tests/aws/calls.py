"""Which call a request is: service, operation, account, Region, protocol, input.

The account comes from the access key, the Region from the credential scope of the signature
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
"""
import gzip
import io
import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

import accounts
import cbor
from errors import AwsError

SCOPE = re.compile(r"Credential=([^/\s]+)/[^/]+/([^/]+)/([^/]+)/aws4_request")
CBOR_PATH = re.compile(r".*/service/([^/]+)/operation/([^/]+)$")
TARGETS = {"GraniteServiceVersion20100801": "cloudwatch", "Logs_20140328": "logs",
           "AWSOrganizationsV20161128": "organizations"}
SIGNING_NAMES = {"monitoring": "cloudwatch"}
BEDROCK = [  # method, path, operation
    ("GET", r"/foundation-models", "ListFoundationModels"),
    ("GET", r"/foundation-models/(?P<modelIdentifier>.+)", "GetFoundationModel"),
    ("GET", r"/inference-profiles", "ListInferenceProfiles"),
    ("GET", r"/inference-profiles/(?P<inferenceProfileIdentifier>.+)", "GetInferenceProfile"),
    ("POST", r"/listTagsForResource", "ListTagsForResource"),
    ("GET", r"/provisioned-model-throughputs", "ListProvisionedModelThroughputs"),
    ("GET", r"/logging/modelinvocations", "GetModelInvocationLoggingConfiguration"),
    ("PUT", r"/logging/modelinvocations", "PutModelInvocationLoggingConfiguration"),
    ("DELETE", r"/logging/modelinvocations", "DeleteModelInvocationLoggingConfiguration"),
]


@dataclass
class Call:
    """One call of an AWS operation."""
    service: str
    operation: str
    account: str
    region: str
    protocol: str
    input: dict = field(default_factory=dict)

    def matches(self, rule):
        """Whether a rule of a test is about this call: every key it names must fit."""
        return all(rule.get(key) in (None, getattr(self, key)) for key in ("account", "service", "operation", "region"))


def body_of(environ):
    """The body of a request, read once; the WSGI input is left as it was."""
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) if environ.get("CONTENT_LENGTH") else b""
    environ["wsgi.input"] = io.BytesIO(raw)
    return gzip.decompress(raw) if environ.get("HTTP_CONTENT_ENCODING") == "gzip" else raw


def identify(environ):
    """The call that a request is."""
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    key, region, signing = scope.groups() if scope else ("", "us-east-1", "s3")
    account = accounts.account_of(key)
    service = SIGNING_NAMES.get(signing, signing)

    def call(service, operation, protocol, given):
        return Call(service, operation, account, region, protocol, given)

    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        path = CBOR_PATH.match(environ["PATH_INFO"])
        raw = body_of(environ)
        return call(TARGETS.get(path[1], path[1]), path[2], "cbor", cbor.decode(raw) if raw else {})
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        prefix, _, operation = target.partition(".")
        return call(TARGETS.get(prefix, service), operation, "json", _json(body_of(environ)))
    if service == "bedrock":
        operation, given = _bedrock(environ)
        return call(service, operation, "rest-json", given)
    if service == "s3":
        return call(service, _s3(environ), "rest-xml", {"path": environ["PATH_INFO"], "query": environ.get("QUERY_STRING", "")})
    given = {name: values[0] for name, values in parse_qs(body_of(environ).decode("utf-8", "replace")).items()}
    return call(service, given.get("Action", "Unknown"), "query", given)


def _json(raw):
    try:
        return json.loads(raw or b"{}")
    except ValueError:
        raise AwsError("SerializationException", "could not parse the request body as JSON") from None


def _bedrock(environ):
    # An ARN holds '/' and ':', which clients escape in a path; WSGI has unescaped PATH_INFO already.
    path, method = unquote(environ["PATH_INFO"]), environ["REQUEST_METHOD"]
    given = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    if method in ("POST", "PUT"):
        given.update(_json(body_of(environ)))
    for wanted, pattern, operation in BEDROCK:
        found = re.fullmatch(pattern, path.rstrip("/"))
        if method == wanted and found:
            return operation, {**given, **found.groupdict()}
    return f"{method} {path}", given


def _s3(environ):
    method, query = environ["REQUEST_METHOD"], environ.get("QUERY_STRING", "")
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    given = parse_qs(query, keep_blank_values=True)
    if not bucket:
        return "ListBuckets"
    if key:
        return {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}.get(method, method)
    if method == "GET":
        for name, operation in (("list-type", "ListObjectsV2"), ("location", "GetBucketLocation"),
                                ("versions", "ListObjectVersions"), ("encryption", "GetBucketEncryption")):
            if name in given:
                return operation
        return "ListObjects"
    return {"HEAD": "HeadBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(method, method)
