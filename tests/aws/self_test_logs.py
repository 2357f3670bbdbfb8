"""FilterLogEvents: pages, bounds, tokens, patterns; groups; old and new events.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""
import time

import testbed

START = 1_700_000_000_000


class Pages(testbed.Case):
    def pages(self, **given):
        logs, found, token = self.client("logs"), [], {}
        while True:
            page = logs.filter_log_events(logGroupName="g", **given, **token)
            found.append(len(page["events"]))
            if not page.get("nextToken"):
                return found
            token = {"nextToken": page["nextToken"]}

    def test_pages_hold_10_000_events_or_1_mb_and_some_are_empty(self):
        # "Each page returned can contain up to 1 MB of log events or up to 10,000 log events.
        # A returned page might only be partially full, or even empty."
        self.events(["x"] * 25_000, step=1)
        self.assertEqual(self.pages(), [0, 10_000, 10_000, 0, 5_000])
        self.control("logs", empty_pages=False)
        self.assertEqual(self.pages(), [10_000, 10_000, 5_000])
        self.assertEqual(self.pages(limit=9_000), [9_000, 9_000, 7_000])
        self.events(["y" * 1_000] * 2_000, start=START + 10_000_000, step=1)
        self.assertEqual(self.pages(startTime=START + 10_000_000), [1_022, 978])  # 26 bytes more an event

    def test_both_bounds_are_inclusive(self):
        # "Events with a timestamp before startTime", "later than endTime are not returned".
        self.control("logs", empty_pages=False)
        self.events(["a", "b", "c"], start=START, step=1000)
        self.assertEqual(self.pages(startTime=START, endTime=START + 2000), [3])
        self.assertEqual(self.pages(startTime=START + 1000, endTime=START + 1000), [1])
        self.assertEqual(self.pages(startTime=START + 1, endTime=START + 999), [0])

    def test_tokens_expire(self):
        # nextToken: "The token expires after 24 hours."
        self.events(["x"] * 3)
        logs = self.client("logs")
        token = logs.filter_log_events(logGroupName="g")["nextToken"]
        self.assertEqual(len(logs.filter_log_events(logGroupName="g", nextToken=token)["events"]), 3)
        self.control("logs", expire_tokens=True)
        error = self.refused("InvalidParameterException", logs.filter_log_events, logGroupName="g", nextToken=token)
        self.assertIn("The specified nextToken is invalid.", str(error))
        self.refused("InvalidParameterException", logs.filter_log_events, logGroupName="g", nextToken="bogus")

    def test_a_hundred_thousand_events_load_fast(self):
        began = time.time()
        self.events(['{"modelId":"m","input":{"inputTokenCount":5}}' + " " * 350] * 100_000, step=1)
        self.assertLess(time.time() - began, 10)
        self.assertEqual(sum(self.pages(limit=10_000, startTime=START + 90_000)), 10_000)


class Patterns(testbed.Case):
    def setUp(self):
        super().setUp()
        self.control("logs", empty_pages=False)
        self.events([{"modelId": "m1", "input": {"inputTokenCount": 5}, "list": [{"k": "a"}, {"k": "b"}], "none": None, "yes": True},
                     {"modelId": "m2", "input": {"inputTokenCount": 500}, "text": "ERROR disk full"},
                     {"modelId": "other", "errorCode": "E"}, "plain ERROR text, not JSON"])

    def found(self, pattern):
        return len(self.client("logs").filter_log_events(logGroupName="g", filterPattern=pattern)["events"])

    def test_json_patterns(self):
        for pattern, wanted in [
                ('{ $.modelId = "m1" }', 1), ('{ $.modelId = "m*" }', 2), ("{ $.modelId = m* }", 2), ('{ $.modelId != "m1" }', 2), ("{ $.input.inputTokenCount > 5 }", 1),
                ("{ $.input.inputTokenCount >= 5 }", 2), ("{ $.input.inputTokenCount = 5e2 }", 1), ('{ $.modelId = "m2" && $.input.inputTokenCount > 100 }', 1),
                ('{ ($.modelId = "m2") || ($.errorCode = "E") }', 2), ("{ $.errorCode NOT EXISTS }", 2), ("{ $.none IS NULL }", 1), ("{ $.yes IS TRUE }", 1),
                ('{ $.list[1].k = "b" }', 1), ('{ $.list[*].k = "a" }', 1), ('{ $.modelId = "m1" || $.modelId = "m2" && $.input.inputTokenCount < 5 }', 1)]:
            with self.subTest(pattern):
                self.assertEqual(self.found(pattern), wanted)

    def test_terms(self):
        for pattern, wanted in [("", 4), ("ERROR", 2), ("error", 0), ('"disk full"', 1), ("ERROR plain", 1), ("?disk ?plain", 2), ("ERROR -plain", 1)]:
            with self.subTest(pattern):
                self.assertEqual(self.found(pattern), wanted)

    def test_what_is_not_understood_is_refused(self):
        logs = self.client("logs")
        for pattern in ["{ $.a }", "{ $.a = }", "{ modelId = 1 }", '{ $.a > "x" }', "{ $.a = 1 && }", "%regex%", "[a, b]", "{ $.a IS MAYBE }", "{ $.a = 1"]:
            with self.subTest(pattern):
                self.refused("InvalidParameterException", logs.filter_log_events, logGroupName="g", filterPattern=pattern)


class Groups(testbed.Case):
    def test_groups_show_class_retention_and_size(self):
        logs = self.client("logs")
        logs.create_log_group(logGroupName="bedrock/a")
        logs.create_log_group(logGroupName="bedrock/b", logGroupClass="INFREQUENT_ACCESS")
        logs.put_retention_policy(logGroupName="bedrock/a", retentionInDays=30)
        self.events(["hello"], group="bedrock/a")
        groups = logs.describe_log_groups(logGroupNamePrefix="bedrock/")["logGroups"]
        self.assertEqual([(g["logGroupName"], g.get("retentionInDays"), g["logGroupClass"], g["storedBytes"]) for g in groups],
                         [("bedrock/a", 30, "STANDARD", 31), ("bedrock/b", None, "INFREQUENT_ACCESS", 0)])
        self.assertTrue(groups[0]["arn"].endswith(":log-group:bedrock/a:*"))
        self.refused("ResourceNotFoundException", logs.filter_log_events, logGroupName="absent")
        by_arn = logs.filter_log_events(logGroupIdentifier=groups[1]["logGroupArn"])
        self.assertEqual(by_arn["events"], [])

    def test_events_that_put_log_events_refuses(self):
        # "None of the log events can be more than 2 hours in the future"; nor older than 14 days.
        self.control("clock", now=START / 1000)
        logs = self.client("logs")
        logs.create_log_group(logGroupName="g")
        logs.create_log_stream(logGroupName="g", logStreamName="s")
        old = START - 15 * 86_400_000
        answer = logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": old, "message": "a"}])
        self.assertEqual(answer["rejectedLogEventsInfo"], {"tooOldLogEventEndIndex": 1})
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": START, "message": "b"}])
        self.events(["back door"], start=old)
        logs.filter_log_events(logGroupName="g")
        self.control("logs", empty_pages=False)
        self.assertEqual([e["message"] for e in logs.filter_log_events(logGroupName="g")["events"]], ["back door", "b"])
        logs.put_retention_policy(logGroupName="g", retentionInDays=7)
        self.assertEqual([e["message"] for e in logs.filter_log_events(logGroupName="g")["events"]], ["b"])
