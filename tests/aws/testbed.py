"""What the self-tests share: the served stand-in, boto3 clients, controls, raw calls."""
import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = os.path.dirname(os.path.abspath(__file__))
PORT = None
NUMBERS = itertools.count(200_000_000_001)


@contextlib.contextmanager
def served():
    """Starts the stand-in; it ends when its standard input is closed."""
    global PORT
    with tempfile.TemporaryDirectory() as folder:
        port_file = os.path.join(folder, "port")
        child = subprocess.Popen([sys.executable, os.path.join(HERE, "stand_in.py"), "--port-file", port_file],
                                 stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            deadline = time.time() + 30
            while not os.path.exists(port_file):
                if time.time() > deadline or child.poll() is not None:
                    raise SystemExit("the stand-in did not start")
                time.sleep(0.02)
            with open(port_file, encoding="utf-8") as file:
                PORT = int(file.read())
            yield
        finally:
            child.stdin.close()
            child.wait(10)


def endpoint():
    return f"http://127.0.0.1:{PORT}"


class Case(unittest.TestCase):
    """A test with an account of its own."""

    def setUp(self):
        self.account = f"{next(NUMBERS):012d}"

    def client(self, service, region="us-east-1", account=None, **more):
        return boto3.client(service, endpoint_url=endpoint(), region_name=region, aws_access_key_id=f"AKIA{account or self.account}TEST",
                            aws_secret_access_key="secret", config=Config(retries={"total_max_attempts": 1}, **{"read_timeout": 20, **more}))

    def control(self, name, account=None, **body):
        return ask("POST", f"/stand-in/{name}", {"account": account or self.account, **body})

    def calls(self):
        return ask("GET", f"/stand-in/calls?account={self.account}")

    def seed(self, *arguments):
        done = subprocess.run([sys.executable, os.path.join(HERE, "seed.py"), "--endpoint", endpoint(), "--account", self.account,
                               "--truth", "-", *arguments], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return json.loads(done.stdout)

    def refused(self, code, function, **arguments):
        """Asserts that a call is refused with this code; the error."""
        with self.assertRaises(ClientError) as caught:
            function(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception

    def series(self, name, points, region="us-east-1", account=None, **dimensions):
        """Publishes [[epoch, value]] of one metric of AWS/Bedrock."""
        rows = [{"namespace": "AWS/Bedrock", "name": name, "unit": "Count", "dimensions": dimensions,
                 "points": [[moment, [value], [1]] for moment, value in points]}]
        self.control("metrics", account, region=region, series=rows)

    def events(self, messages, region="us-east-1", group="g", start=1_700_000_000_000, step=1000):
        rows = [[start + step * at, message if isinstance(message, str) else json.dumps(message)] for at, message in enumerate(messages)]
        self.control("events", region=region, group=group, events=rows)

    def query(self, text, start=1_600_000_000, end=1_900_000_000, group="g", **more):
        """The rows of an Insights query, each a dict."""
        logs = self.client("logs")
        number = logs.start_query(logGroupName=group, startTime=start, endTime=end, queryString=text, **more)["queryId"]
        while (answer := logs.get_query_results(queryId=number))["status"] in ("Scheduled", "Running"):
            pass
        self.assertEqual(answer["status"], "Complete")
        return [{field["field"]: field["value"] for field in row} for row in answer["results"]]


def ask(method, path, body=None):
    request = urllib.request.Request(endpoint() + path, data=json.dumps(body or {}).encode() if method == "POST" else None, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from error
