"""CloudWatch: which series are listed, which points are right, in which pages, for whom.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
"""
import datetime
import time
import urllib.error
import urllib.request

import cbor
import testbed

HOUR = 3600
NOW = 1_763_200_800  # 2025-11-15T10:00:00Z


def at(epoch):
    return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)


def query(name="Invocations", number="q1", period=HOUR, stat="Sum", **more):
    dimensions = [{"Name": key, "Value": value} for key, value in more.pop("dimensions", {"ModelId": "m"}).items()]
    return {"Id": number, "MetricStat": {"Metric": {"Namespace": "AWS/Bedrock", "MetricName": name, "Dimensions": dimensions},
                                         "Period": period, "Stat": stat}, **more}


class Metrics(testbed.Case):
    def setUp(self):
        super().setUp()
        self.control("clock", now=NOW)
        self.cloudwatch = self.client("cloudwatch")

    def data(self, *queries, start=NOW - 30 * 86_400, end=NOW, **more):
        return self.cloudwatch.get_metric_data(MetricDataQueries=list(queries), StartTime=at(start), EndTime=at(end), **more)

    def test_a_series_is_an_exact_set_of_dimensions(self):
        # "Each dimension set is its own metric": a total must not add the sets up.
        self.series("Invocations", [[NOW - HOUR, 5]], ModelId="m")
        self.series("Invocations", [[NOW - HOUR, 3]], ModelId="m", ServiceTier="flex", ResolvedServiceTier="flex")
        self.series("Invocations", [[NOW - HOUR, 9]])
        result = self.data(query(), query(number="q2", dimensions={}), query(number="q3", dimensions={"ModelId": "other"}))["MetricDataResults"]
        self.assertEqual([r["Values"] for r in result], [[5.0], [9.0], []])
        self.assertEqual([r["StatusCode"] for r in result], ["Complete"] * 3)
        self.assertEqual(result[0]["Label"], "Invocations")
        listed = self.cloudwatch.list_metrics(Namespace="AWS/Bedrock")["Metrics"]
        self.assertEqual(sorted(len(m["Dimensions"]) for m in listed), [0, 1, 3])
        # A filter on a dimension's name also returns the metrics that have more dimensions.
        named = self.cloudwatch.list_metrics(Namespace="AWS/Bedrock", Dimensions=[{"Name": "ModelId"}])["Metrics"]
        self.assertEqual(sorted(len(m["Dimensions"]) for m in named), [1, 3])

    def test_buckets_are_aligned_the_start_inclusive_and_the_end_exclusive(self):
        day = NOW // 86_400 * 86_400
        self.series("Invocations", [[day - 60, 1], [day, 2], [day + 3599, 4], [day + HOUR, 8]], ModelId="m")
        result = self.data(query(), start=day, end=day + HOUR, ScanBy="TimestampAscending")["MetricDataResults"][0]
        self.assertEqual((result["Timestamps"], result["Values"]), ([at(day)], [6.0]))
        result = self.data(query(period=86_400))["MetricDataResults"][0]  # newest first by default
        self.assertEqual((result["Timestamps"], result["Values"]), ([at(day), at(day - 86_400)], [14.0, 1.0]))

    def test_statistics(self):
        rows = [{"namespace": "AWS/Bedrock", "name": "Invocations", "dimensions": {"ModelId": "m"}, "points": [[NOW - HOUR, [10, 20], [1, 3]]]}]
        self.control("metrics", region="us-east-1", series=rows)
        for stat, wanted in (("Sum", 70), ("SampleCount", 4), ("Average", 17.5), ("Minimum", 10), ("Maximum", 20), ("p50", 20)):
            with self.subTest(stat):
                self.assertEqual(self.data(query(stat=stat))["MetricDataResults"][0]["Values"], [wanted])

    def test_limits_are_refused(self):
        with self.assertRaisesRegex(Exception, "ValidationError"):
            self.data(query(), start=NOW, end=NOW - 1)
        for queries in ([query(), query()], [query(period=7)], [query(number=f"q{n}") for n in range(501)], [{"Id": "q1", "Expression": "SELECT 1"}]):
            with self.assertRaisesRegex(Exception, "ValidationError"):
                self.data(*queries)

    def test_retention_and_hiding(self):
        # 60 s data for 15 days, 300 s for 63, 3600 s for 455; ListMetrics hides what was silent for two weeks.
        self.series("Invocations", [[NOW - 20 * 86_400, 1]], ModelId="m")
        values = [len(self.data(query(period=p), start=NOW - 25 * 86_400)["MetricDataResults"][0]["Values"]) for p in (60, 300, HOUR)]
        self.assertEqual(values, [0, 1, 1])
        self.assertEqual(self.cloudwatch.list_metrics(Namespace="AWS/Bedrock")["Metrics"], [])
        self.series("Invocations", [[NOW - 4 * HOUR, 1]], ModelId="n")
        self.assertEqual(len(self.cloudwatch.list_metrics()["Metrics"]), 1)
        self.assertEqual(self.cloudwatch.list_metrics(RecentlyActive="PT3H")["Metrics"], [])

    def test_pages_by_points(self):
        self.series("Invocations", [[NOW - n * HOUR, n] for n in range(1, 11)], ModelId="m")
        self.series("Invocations", [[NOW - HOUR, 100]], ModelId="n")
        queries = [query(), query(number="q2", dimensions={"ModelId": "n"})]
        page = self.data(*queries, MaxDatapoints=6)
        self.assertEqual([(r["StatusCode"], len(r["Values"])) for r in page["MetricDataResults"]], [("PartialData", 6), ("PartialData", 0)])
        page = self.data(*queries, MaxDatapoints=6, NextToken=page["NextToken"])
        self.assertEqual([(r["StatusCode"], len(r["Values"])) for r in page["MetricDataResults"]], [("Complete", 4), ("Complete", 1)])
        self.assertNotIn("NextToken", page)

    def test_list_metrics_pages_of_500(self):
        self.control("metrics", region="us-east-1", series=[{"namespace": "AWS/Bedrock", "name": "Invocations", "dimensions": {"ModelId": f"m{number}"},
                                                             "points": [[NOW - HOUR, [1], [1]]]} for number in range(501)])
        pages = [len(page["Metrics"]) for page in self.cloudwatch.get_paginator("list_metrics").paginate(Namespace="AWS/Bedrock")]
        self.assertEqual(pages, [500, 1])

    def test_ordered_faults_of_a_series(self):
        # StatusCode: Complete | InternalError | PartialData | Forbidden; "Retry your request using NextToken, if present."
        self.series("Invocations", [[NOW - n * HOUR, n] for n in range(1, 11)], ModelId="m")
        self.control("series-fault", metric="Invocations", kind="PartialData", times=1)
        page = self.data(query())
        self.assertEqual((page["MetricDataResults"][0]["StatusCode"], len(page["MetricDataResults"][0]["Values"])), ("PartialData", 5))
        rest = self.data(query(), NextToken=page["NextToken"])["MetricDataResults"][0]
        self.assertEqual((rest["StatusCode"], len(rest["Values"])), ("Complete", 5))
        for kind in ("InternalError", "Forbidden"):
            self.control("series-fault", metric="Invocations", dimensions={"ModelId": "m"}, kind=kind, times=1, messages=[{"Code": kind, "Value": "x"}])
            result = self.data(query())["MetricDataResults"][0]
            self.assertEqual((result["StatusCode"], result["Values"], result["Messages"]), (kind, [], [{"Code": kind, "Value": "x"}]))
        self.control("series-fault", kind="InternalError", metric="Invocations", times=1, next_token=True)
        page = self.data(query())
        self.assertEqual(len(self.data(query(), NextToken=page["NextToken"])["MetricDataResults"][0]["Values"]), 10)
        self.control("series-fault", messages=[{"Code": "Slow", "Value": "y"}], times=1)
        self.assertEqual(self.data(query())["Messages"], [{"Code": "Slow", "Value": "y"}])
        self.assertEqual(self.data(query())["Messages"], [])

    def test_linked_accounts(self):
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
        source = str(int(self.account) + 500_000)
        self.control("clock", account=source, now=NOW)
        self.series("Invocations", [[NOW - HOUR, 5]], ModelId="m")
        self.series("Invocations", [[NOW - HOUR, 7]], account=source, ModelId="m")
        foreign = query(number="q2", AccountId=source)
        denied = self.data(query(), foreign)
        self.assertEqual([(r["StatusCode"], r["Values"]) for r in denied["MetricDataResults"]], [("Complete", [5.0]), ("Forbidden", [])])
        self.assertEqual(denied["Messages"][0]["Code"], "Forbidden")
        testbed.ask("POST", "/stand-in/links", {"monitoring": self.account, "source": [source]})
        self.assertEqual([r["Values"] for r in self.data(query(), foreign)["MetricDataResults"]], [[5.0], [7.0]])
        listed = self.cloudwatch.list_metrics(IncludeLinkedAccounts=True)
        self.assertEqual((len(listed["Metrics"]), listed["OwningAccounts"]), (2, [self.account, source]))
        self.assertEqual(self.cloudwatch.list_metrics(IncludeLinkedAccounts=True, OwningAccount=source)["OwningAccounts"], [source])
        self.assertNotIn("OwningAccounts", self.cloudwatch.list_metrics())

    def test_cbor_as_the_sdk_for_rust_speaks_it(self):
        # https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
        self.series("Invocations", [[NOW - HOUR, 5]], ModelId="m")

        def post(operation, body, account):
            scope = f"AWS4-HMAC-SHA256 Credential=AKIA{account}TEST/20251115/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0"
            url = f"{testbed.endpoint()}/service/GraniteServiceVersion20100801/operation/{operation}"
            request = urllib.request.Request(url, data=cbor.encode(body), headers={
                "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor", "authorization": scope})
            return urllib.request.urlopen(request)

        given = {"MetricDataQueries": [query()], "StartTime": cbor.Epoch(NOW - 86_400), "EndTime": cbor.Epoch(NOW)}
        with post("GetMetricData", given, self.account) as answer:
            self.assertEqual(answer.headers["smithy-protocol"], "rpc-v2-cbor")
            result = cbor.decode(answer.read())["MetricDataResults"][0]
        self.assertEqual((result["Values"], result["Timestamps"], result["StatusCode"]), ([5.0], [float(NOW - HOUR)], "Complete"))
        with self.assertRaises(urllib.error.HTTPError) as caught:
            post("GetMetricData", {**given, "EndTime": cbor.Epoch(0)}, self.account)
        error = cbor.decode(caught.exception.read())
        self.assertTrue(error["__type"].endswith("#ValidationError"), error)
        self.assertEqual(caught.exception.headers["x-amzn-query-error"], "ValidationError;Sender")

    def test_a_month_of_sixty_models_in_three_regions_is_fast(self):
        self.seed("--calls", "4000", "--models", "60", "--days", "31", "--end", "2025-11-15T00:00:00Z", "--regions", "us-east-1,eu-west-1,us-west-2",
                  "--only", "metrics")
        began, values = time.time(), 0
        for region in ("us-east-1", "eu-west-1", "us-west-2"):
            cloudwatch = self.client("cloudwatch", region)
            listed = [m for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace="AWS/Bedrock") for m in page["Metrics"]]
            self.assertGreater(len(listed), 200)
            for first in range(0, len(listed), 500):
                queries = [{"Id": f"q{n}", "MetricStat": {"Metric": m, "Period": HOUR, "Stat": "Sum"}} for n, m in enumerate(listed[first:first + 500])]
                answer = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=at(NOW - 32 * 86_400), EndTime=at(NOW))
                values += sum(len(r["Values"]) for r in answer["MetricDataResults"])
        self.assertGreater(values, 15_000)
        self.assertLess(time.time() - began, 10)
        self.assertGreater(self.calls()["metric_queries"], 600)
