"""Faults on the wire, denials in every protocol, and the notes of the recorder."""
import base64
import socket
import time

from botocore.exceptions import (ClientError, ConnectionClosedError, FlexibleChecksumError, HTTPClientError, IncompleteReadError,
                                 ReadTimeoutError, ResponseStreamingError)

import testbed


class Faults(testbed.Case):
    def fired(self):
        return [rule["fired"] for rule in testbed.ask("GET", f"/stand-in/faults?account={self.account}")["faults"]]

    def test_denials_have_the_shape_of_their_protocol(self):
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
        given = {"logs": "describe_log_groups", "cloudwatch": "list_metrics", "bedrock": "list_foundation_models", "organizations": "list_accounts",
                 "sts": "get_caller_identity", "s3": "list_buckets"}
        for service, operation in given.items():
            with self.subTest(service):
                self.control("deny", service=service)
                code = "AccessDenied" if service in ("sts", "s3", "cloudwatch") else "AccessDeniedException"
                error = self.refused(code, getattr(self.client(service), operation))
                self.assertIn(f"arn:aws:iam::{self.account}:user/analyst is not authorized to perform: {service}:", str(error))
        self.control("forget-faults")
        self.control("deny", service="logs", region="eu-west-1", message="own words")
        self.client("logs").describe_log_groups()
        self.assertIn("own words", str(self.refused("AccessDeniedException", self.client("logs", "eu-west-1").describe_log_groups)))

    def test_s3_says_when_the_key_of_kms_is_denied(self):
        # https://repost.aws/knowledge-center/s3-access-denied-error-kms
        bucket = f"b-{self.account}"
        s3 = self.client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
        self.control("fault", service="s3", operation="GetObject", kind="kms_denied")
        error = self.refused("AccessDenied", s3.get_object, Bucket=bucket, Key="k")
        self.assertIn("kms:Decrypt", str(error))
        self.assertEqual(len(s3.list_objects_v2(Bucket=bucket)["Contents"]), 1)

    def test_errors_by_number_of_times(self):
        self.control("fault", service="logs", operation="DescribeLogGroups", kind="throttled", times=2, skip=1)
        logs = self.client("logs")
        logs.describe_log_groups()
        for _ in range(2):
            self.refused("ThrottlingException", logs.describe_log_groups)
        logs.describe_log_groups()
        self.assertEqual(self.fired(), [2])
        for service, operation, codes in (("cloudwatch", "list_metrics", ["Throttling", "ExpiredToken"]), ("s3", "list_buckets", ["SlowDown", "ExpiredToken"]),
                                          ("sts", "get_caller_identity", ["Throttling", "ExpiredToken"]),
                                          ("bedrock", "list_foundation_models", ["ThrottlingException", "ExpiredTokenException"])):
            for kind, code in zip(("throttled", "expired"), codes):
                with self.subTest(f"{service} {kind}"):
                    self.control("fault", service=service, kind=kind, times=1)
                    self.refused(code, getattr(self.client(service), operation))
        for kind, status in (("internal", 500), ("unavailable", 503)):
            self.control("fault", service="bedrock", kind=kind, times=1)
            with self.assertRaises(ClientError) as caught:
                self.client("bedrock").list_foundation_models()
            self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], status)

    def test_connections_break_for_real(self):
        self.control("fault", service="logs", kind="reset", times=1)
        with self.assertRaises((ConnectionClosedError, HTTPClientError)):
            self.client("logs").describe_log_groups()
        self.client("logs").describe_log_groups()
        # The raw socket sees a reset, not an orderly end.
        self.control("fault", service="logs", kind="reset", times=1)
        with socket.create_connection(("127.0.0.1", testbed.PORT)) as raw:
            raw.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Logs_20140328.DescribeLogGroups\r\nContent-Length: 2\r\nAuthorization: AWS4-HMAC-SHA256 "
                        f"Credential=AKIA{self.account}TEST/20250101/us-east-1/logs/aws4_request\r\n\r\n{{}}".encode())
            with self.assertRaises(ConnectionResetError):
                raw.recv(100)

    def test_bodies_are_cut(self):
        bucket, body = f"b-{self.account}", b"0123456789" * 1000
        s3 = self.client("s3")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="k", Body=body)
        self.control("fault", service="s3", operation="GetObject", kind="broken_off", times=1, fraction=0.3)
        with self.assertRaises((IncompleteReadError, ResponseStreamingError)):
            s3.get_object(Bucket=bucket, Key="k")["Body"].read()
        self.control("objects", region="us-east-1", bucket=bucket, objects=[{"key": "seeded", "body": base64.b64encode(body).decode()}])
        self.control("fault", service="s3", operation="GetObject", kind="truncated", times=1, fraction=0.3)
        with self.assertRaises(FlexibleChecksumError):
            s3.get_object(Bucket=bucket, Key="seeded")["Body"].read()
        self.assertEqual(s3.get_object(Bucket=bucket, Key="seeded")["Body"].read(), body)
        self.control("fault", service="s3", operation="HeadObject", kind="denied", times=1)
        self.refused("403", s3.head_object, Bucket=bucket, Key="k")
        self.control("fault", service="s3", operation="GetObject", kind="truncated", times=1, fraction=0.3)
        self.assertEqual(s3.get_object(Bucket=bucket, Key="k")["ContentLength"], 3000)
        self.assertEqual(s3.get_object(Bucket=bucket, Key="k")["Body"].read(), body)
        self.events(["x"] * 50)
        self.control("fault", service="logs", kind="truncated", times=1)
        # boto3 takes half a JSON body for an empty answer; the SDK for Rust reports it.
        self.assertNotIn("events", self.client("logs").filter_log_events(logGroupName="g"))

    def test_slow_and_silent_and_a_region_down(self):
        self.control("fault", service="logs", kind="slow", seconds=0.5, times=1)
        began = time.time()
        self.client("logs").describe_log_groups()
        self.assertGreater(time.time() - began, 0.5)
        self.control("fault", service="logs", kind="silent", times=1)
        with self.assertRaises(ReadTimeoutError):
            self.client("logs", read_timeout=1).describe_log_groups()
        self.control("fault", region="eu-west-1", kind="reset")
        self.client("bedrock").list_foundation_models()
        for service, operation in (("bedrock", "list_foundation_models"), ("cloudwatch", "list_metrics")):
            with self.assertRaises((ConnectionClosedError, HTTPClientError)):
                getattr(self.client(service, "eu-west-1"), operation)()

    def test_calls_are_noted(self):
        self.client("logs").describe_log_groups(logGroupNamePrefix="b")
        self.client("cloudwatch", "eu-west-1").list_metrics()
        self.refused("ResourceNotFoundException", self.client("logs").filter_log_events, logGroupName="absent")
        noted = self.calls()
        self.assertEqual(noted["counts"]["cloudwatch.ListMetrics@eu-west-1"], 1)
        self.assertEqual([(c["service"], c["operation"], c["error"]) for c in noted["calls"]],
                         [("logs", "DescribeLogGroups", None), ("cloudwatch", "ListMetrics", None), ("logs", "FilterLogEvents", "ResourceNotFoundException")])
        self.assertEqual(noted["calls"][0]["input"], {"logGroupNamePrefix": "b"})
        self.control("forget-calls")
        self.assertEqual(self.calls()["calls"], [])
