"""The seeded history: three sources that agree with the truth, and the traps that are in them."""
import collections
import datetime
import gzip
import json

import testbed

END, REGIONS = "2026-10-15T00:00:00Z", ("us-east-1", "eu-west-1")
TRAPS = ["--calls", "500", "--models", "12", "--days", "28", "--end", END, "--regions", ",".join(REGIONS), "--silent", "2", "--wide", "0.05",
         "--duplicates", "0.05", "--sidecars", "0.05", "--unlogged", "0.04", "--unlogged-days", "2026-09-20,2026-09-21", "--mantle", "40"]


def epoch(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class Seeded(testbed.Case):
    @classmethod
    def setUpClass(cls):
        """One account for all: these tests only read."""
        cls.shared = f"{next(testbed.NUMBERS):012d}"

    def setUp(self):
        self.account = self.shared
        if not hasattr(type(self), "truth"):
            type(self).truth = self.seed(*TRAPS)
            self.control("logs", empty_pages=False)

    def records(self, region):
        """The JSON records of the log group."""
        logs, token, found = self.client("logs", region), {}, []
        while True:
            page = logs.filter_log_events(logGroupName="bedrock/invocations", **token)
            found += [json.loads(e["message"]) for e in page["events"] if e["message"].startswith("{")]
            if "nextToken" not in page:
                return found
            token = {"nextToken": page["nextToken"]}

    def objects(self, region):
        """(key, text) of every object of the bucket."""
        bucket, s3, token = self.truth["destinations"][region]["bucket"], self.client("s3", region), {}
        while True:
            page = s3.list_objects_v2(Bucket=bucket, **token)
            for row in page["Contents"]:
                body = s3.get_object(Bucket=bucket, Key=row["Key"])["Body"].read()
                yield row["Key"], gzip.decompress(body).decode() if row["Key"].endswith(".gz") else body.decode()
            if not page["IsTruncated"]:
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def test_the_three_sources_agree_with_the_truth(self):
        stored, delivered_late = [], 0
        for region in REGIONS:
            for key, text in self.objects(region):
                if "/data/" in key or "permission-check" in key:
                    continue
                day = "-".join(key.split(f"/{region}/")[1].split("/")[:3])
                made = [json.loads(line) for line in text.splitlines()]
                delivered_late += sum(not record["timestamp"].startswith(day) for record in made)
                stored += made
        logged = [record for region in REGIONS for record in self.records(region)]
        self.assertGreater(delivered_late, 0)
        self.assertEqual(sorted(r["requestId"] for r in stored), sorted(r["requestId"] for r in logged))
        single = {r["requestId"]: r for r in logged}
        self.assertLess(len(single), len(logged))  # some came twice
        sums = self.truth["logged_total"]
        self.assertEqual(len(single), sums["calls"])
        self.assertEqual(sum(r["input"].get("inputTokenCount", 0) for r in single.values()), sums["input"])
        self.assertEqual(sum("errorCode" in r for r in single.values()), sums["failed"])
        days = collections.Counter(r["timestamp"][:10] for r in logged)
        self.assertNotIn("2026-09-20", days)
        total = self.truth["total"]
        metrics = self.metric_sums()
        for metric, name in (("InputTokenCount", "input"), ("OutputTokenCount", "output"), ("CacheReadInputTokens", "cache_read"),
                             ("CacheWriteInputTokens", "cache_write"), ("OutputImageCount", "images"), ("Invocations", "invocations")):
            self.assertEqual(metrics[metric], total[name], metric)
        unlogged = sum(row["input"] for row in self.truth["unlogged"].values())
        self.assertEqual(unlogged + sums["input"], total["input"])

    def metric_sums(self):
        """Sums by metric over the exact {ModelId} series of the models that the truth names."""
        found = collections.Counter()
        for region in REGIONS:
            models = [m["cloudwatch_id"] for m in self.truth["models"] if m["region"] == region]
            names = ["InputTokenCount", "OutputTokenCount", "CacheReadInputTokens", "CacheWriteInputTokens", "OutputImageCount", "Invocations"]
            pairs = [(model, name) for model in models for name in names]
            queries = [{"Id": f"q{at}", "MetricStat": {"Period": 86_400, "Stat": "Sum", "Metric": {
                "Namespace": "AWS/Bedrock", "MetricName": name, "Dimensions": [{"Name": "ModelId", "Value": model}]}}} for at, (model, name) in enumerate(pairs)]
            start, end = (datetime.datetime.fromisoformat(self.truth[name].replace("Z", "+00:00")) for name in ("start", "end"))
            answer = self.client("cloudwatch", region).get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=end)
            for (_, name), result in zip(pairs, answer["MetricDataResults"]):
                found[name] += sum(result["Values"])
        return found

    def test_insights_loses_the_counts_of_wide_records(self):
        logs, found = self.client("logs"), {}
        for name, text in (("fields", "filter ispresent(input.inputTokenCount) | stats count(*) as n"),
                           ("text", r"filter @message like /inputTokenCount/ | stats count(*) as n")):
            number = logs.start_query(logGroupName="bedrock/invocations", startTime=epoch(self.truth["start"]), endTime=epoch(END), queryString=text)["queryId"]
            while (answer := logs.get_query_results(queryId=number))["status"] != "Complete":
                pass
            found[name] = int(answer["results"][0][0]["value"])
        self.assertLess(found["fields"], found["text"])

    def test_series_of_every_kind_are_there_and_silent_models_are_hidden(self):
        listed = collections.defaultdict(set)
        for namespace in ("AWS/Bedrock", "AWS/BedrockMantle"):
            for page in self.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace=namespace):
                for metric in page["Metrics"]:
                    listed[metric["MetricName"]].add(tuple(sorted(d["Name"] for d in metric["Dimensions"])))
        self.assertEqual(listed["InputTokenCount"], {(), ("ModelId",), ("ModelId", "ResolvedServiceTier", "ServiceTier")})
        self.assertEqual(listed["OutputImageCount"], {(), ("ModelId",), ("BucketedStepSize", "ImageSize", "ModelId")})
        self.assertEqual(listed["ModelInvocationLogsS3DeliveryFailure"], {()})
        self.assertIn("LegacyModelInvocations", listed)
        self.assertEqual(listed["Inferences"], {(), ("Model",), ("Project",), ("Model", "Project")})
        self.assertEqual(listed["InputTokens"], {("Model", "Project")})
        silent = [m["cloudwatch_id"] for m in self.truth["models"] if m["region"] == "us-east-1"][-2:]
        shown = {d["Value"] for page in self.client("cloudwatch").get_paginator("list_metrics").paginate() for m in page["Metrics"] for d in m["Dimensions"]}
        self.assertFalse(shown & set(silent))
        self.assertTrue(any(key.endswith(silent[0]) for key in self.truth["by_region_day_model"]))
        self.assertEqual(sum(row["inferences"] for row in self.truth["mantle"].values()), 80)

    def test_the_same_options_give_the_same_history(self):
        self.account = f"{next(testbed.NUMBERS):012d}"
        again = self.seed(*TRAPS, "--only", "metrics")
        other = json.loads(json.dumps(again).replace(self.account, self.shared))
        self.assertEqual({**other, "loaded": 0}, {**self.truth, "loaded": 0})

    def test_the_control_plane_knows_the_models(self):
        bedrock = self.client("bedrock")
        own = bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
        self.assertEqual([p["inferenceProfileId"] for p in own], ["abcd1234efgh"])
        self.assertTrue(bedrock.list_tags_for_resource(resourceARN=own[0]["inferenceProfileArn"])["tags"])
        config = bedrock.get_model_invocation_logging_configuration()["loggingConfig"]
        self.assertEqual(config["cloudWatchConfig"]["logGroupName"], "bedrock/invocations")
        self.assertEqual(len(bedrock.list_provisioned_model_throughputs()["provisionedModelSummaries"]), 1)
