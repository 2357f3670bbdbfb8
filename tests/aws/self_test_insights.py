"""The query language of Logs Insights and the life of a query.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html and the pages below it.
"""
import testbed

DAY = 1_700_006_400  # 2023-11-15T00:00:00Z


def record(model, count, **more):
    return {"modelId": model, "input": {"inputTokenCount": count}, **more}


class Language(testbed.Case):
    def setUp(self):
        super().setUp()
        self.events([record("a", 1, identity={"arn": "arn:x/role-1"}), record("b", "20"), record("a", 300, errorCode="E", flag=True),
                     "Permissions are correctly set", {"modelId": "c", "list": [{"k": 5}, {"k": 6}], "odd-key": 7, "none": None}],
                    start=DAY * 1000, step=1_800_000)

    def test_sums_by_nested_fields_in_numbers_and_texts_alike(self):
        rows = self.query("stats sum(input.inputTokenCount) as total, count(*) as calls by modelId | sort modelId asc")
        self.assertEqual(rows, [{"modelId": "a", "total": "301", "calls": "2"}, {"modelId": "b", "total": "20", "calls": "1"},
                                {"modelId": "c", "total": "0", "calls": "1"}, {"total": "0", "calls": "1"}])

    def test_bins_are_times_in_utc(self):
        # bin(): "Rounds the value of @timestamp to the given time period and then truncates."
        rows = self.query("filter ispresent(modelId) | stats count(*) as n by bin(1h) as hour | sort hour asc")
        self.assertEqual(rows, [{"hour": "2023-11-15 00:00:00.000", "n": "2"}, {"hour": "2023-11-15 01:00:00.000", "n": "1"},
                                {"hour": "2023-11-15 02:00:00.000", "n": "1"}])
        self.assertEqual(self.query("stats count(*) by bin(1d)"), [{"bin(1d)": "2023-11-15 00:00:00.000", "count(*)": "5"}])
        self.assertEqual(self.query("stats count(*) by datefloor(@timestamp, 30m) as t | sort t desc | limit 1")[0]["t"], "2023-11-15 02:00:00.000")

    def test_filters(self):
        for text, wanted in [('modelId = "a"', 2), ('modelId != "a"', 2), ('modelId in ["b", "c"]', 2), ('modelId not in ["b", "c"]', 3),
                             ("input.inputTokenCount >= 20", 2), ("@message like /Permissions/", 1), ('@message like "modelId"', 4),
                             ("@message not like /Perm/", 4), ("ispresent(errorCode)", 1), ("not ispresent(errorCode)", 4),
                             ('modelId = "a" and (errorCode = "E" or input.inputTokenCount = 20)', 1), ("identity.arn =~ /role-\\d/", 1),
                             ("`odd-key` = 7", 1), ("list.1.k = 6", 1), ("flag = 1", 1), ("ispresent(none)", 0),
                             ("coalesce(cacheRead, 0) + coalesce(input.inputTokenCount, 0) * 2 > 500", 1), ("strlen(modelId) = 1", 4)]:
            with self.subTest(text):
                self.assertEqual(len(self.query(f"fields @timestamp | filter {text}")), wanted)

    def test_parse_by_glob_and_by_regular_expression(self):
        rows = self.query('parse identity.arn "arn:*/role-*" as kind, number | filter ispresent(kind) | display kind, number')
        self.assertEqual([(row["kind"], row["number"]) for row in rows], [("x", "1")])
        rows = self.query(r'parse @message /"inputTokenCount": "?(?<n>\d+)/ | stats sum(n) as n, count(n) as found')
        self.assertEqual(rows, [{"n": "321", "found": "3"}])

    def test_fields_functions_and_order(self):
        rows = self.query('fields concat(modelId, "!") as m, abs(1 - 3.5) as x, substr(modelId, 0, 1) as s, replace(modelId, "a", "z") as r, '
                          "floor(7 / 2) as f, greatest(1, 9, 4) as g, toMillis(@timestamp) as t | filter ispresent(modelId) | sort @timestamp asc | limit 1")
        self.assertEqual({k: v for k, v in rows[0].items() if k != "@ptr"},
                         {"m": "a!", "x": "2.5", "s": "a", "r": "z", "f": "3", "g": "9", "t": str(DAY * 1000)})
        self.assertIn("@ptr", rows[0])
        newest = self.query("fields @timestamp, @logStream, @log")[0]
        self.assertEqual((newest["@timestamp"], newest["@log"]), ("2023-11-15 02:00:00.000", f"{self.account}:g"))

    def test_dedup_avg_min_max_distinct(self):
        self.assertEqual(len(self.query("fields @timestamp, modelId | sort @timestamp desc | dedup modelId")), 3)
        rows = self.query("filter ispresent(input.inputTokenCount) | stats avg(input.inputTokenCount) as a, min(input.inputTokenCount) as i, "
                          "max(input.inputTokenCount) as m, count_distinct(modelId) as d, sum(input.inputTokenCount) / count(*) as q")
        self.assertEqual(rows, [{"a": "107", "i": "1", "m": "300", "d": "2", "q": "107"}])

    def test_what_cannot_be_parsed_is_refused(self):
        logs = self.client("logs")
        for text in ["nonsense", "filter", "filter modelId = ", "stats sum(x", "fields a | wat", "stats modelId", "filter sum(x) > 1", "limit 0",
                     "filter x = 'a", "fields nofunction(x)", "sort @timestamp sideways", "stats sum(x) by bin(soon)", "parse @message /(/ as x"]:
            with self.subTest(text):
                self.refused("MalformedQueryException", logs.start_query, logGroupName="g", startTime=0, endTime=1, queryString=text)

    def test_fields_beyond_the_first_two_hundred_are_not_discovered(self):
        # "CloudWatch Logs Insights can extract a maximum of 200 log event fields from a JSON log."
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
        wide = {"body": [{"t": str(at)} for at in range(199)], "kept": 1, "lost": 2}
        self.events([wide], group="wide")
        rows = self.query("stats sum(kept) as kept, count(lost) as lost", group="wide")
        self.assertEqual(rows, [{"kept": "1", "lost": "0"}])
        rows = self.query(r'parse @message /"lost": (?<lost>\d+)/ | stats sum(lost) as lost', group="wide")
        self.assertEqual(rows, [{"lost": "2"}])


class Life(testbed.Case):
    def test_both_ends_of_the_range_are_inclusive_in_seconds(self):
        # startTime, endTime: "The range is inclusive".
        self.events(["a", "b", "c"], start=DAY * 1000, step=1000)
        self.assertEqual(len(self.query("fields @message", start=DAY, end=DAY + 2)), 3)
        self.assertEqual(len(self.query("fields @message", start=DAY + 1, end=DAY + 1)), 1)

    def test_results_come_in_pages_up_to_the_limit(self):
        # limit: default 10,000, maximum 100,000; GetQueryResults: up to 10,000 a page.
        self.events(["x"] * 10_050, step=1)
        logs = self.client("logs")
        for limit, wanted in ((None, [10_000]), (10_020, [10_000, 20]), (5, [5])):
            with self.subTest(limit):
                text = "fields @message" + (f" | limit {limit}" if limit else "")
                number = logs.start_query(logGroupName="g", startTime=1_600_000_000, endTime=1_900_000_000, queryString=text)["queryId"]
                logs.get_query_results(queryId=number)
                pages, token = [], {}
                while True:
                    answer = logs.get_query_results(queryId=number, **token)
                    pages.append(len(answer["results"]))
                    if not answer.get("nextToken"):
                        break
                    token = {"nextToken": answer["nextToken"]}
                self.assertEqual(pages, wanted)
                self.assertEqual(answer["statistics"]["recordsScanned"], 10_050)

    def test_a_running_query_has_partial_results(self):
        self.events(["a", "b", "c", "d"])
        self.control("logs", polls=2)
        logs = self.client("logs")
        number = logs.start_query(logGroupName="g", startTime=1_600_000_000, endTime=1_900_000_000, queryString="fields @message")["queryId"]
        seen = [logs.get_query_results(queryId=number) for _ in range(3)]
        self.assertEqual([(a["status"], len(a["results"])) for a in seen], [("Running", 2), ("Running", 2), ("Complete", 4)])
        number = logs.start_query(logGroupName="g", startTime=0, endTime=1, queryString="fields @message")["queryId"]
        self.assertTrue(logs.stop_query(queryId=number)["success"])
        self.assertEqual(logs.get_query_results(queryId=number)["status"], "Cancelled")

    def test_queries_fail_and_hit_the_limit_when_a_test_wants_it(self):
        self.events(["a"])
        logs = self.client("logs")
        given = {"logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": "fields @message"}
        self.control("logs", polls=0, query_end="Failed", query_end_times=1)
        self.assertEqual(logs.get_query_results(queryId=logs.start_query(**given)["queryId"])["status"], "Failed")
        self.assertEqual(logs.get_query_results(queryId=logs.start_query(**given)["queryId"])["status"], "Complete")
        self.control("logs", concurrent_queries=1)
        logs.start_query(**given)
        self.refused("LimitExceededException", logs.start_query, **given)
        self.refused("ResourceNotFoundException", logs.start_query, **{**given, "logGroupName": "absent"})
