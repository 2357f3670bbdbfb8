"""Loads one drawn history of Bedrock usage into the stand-in and writes what a right tool must find.

    python seed.py --endpoint http://127.0.0.1:PORT --account 000000000001 --truth truth.json ...

Metrics, log events and S3 objects all come from one list of calls, so they agree with each other
and with the truth. The same options give the same history.
"""
import argparse
import base64
import collections
import datetime
import gzip
import json
import sys
import time
import urllib.request

import seed_catalog
import seed_history

DAY = 86_400
WELCOME = "Permissions are correctly set for Amazon Bedrock logs."


def options():
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = made.add_argument
    add("--endpoint", required=True)
    add("--account", default="123456789012")
    add("--truth", help="file for the truth; - for standard output")
    add("--seed", type=int, default=7)
    add("--calls", type=int, default=2000)
    add("--days", type=int, default=10, help="the history ends at --end and is this long")
    add("--end", help="ISO 8601; default: the last full hour. With it the account's clock stands at --now")
    add("--now", help="what time the account thinks it is; default with --end: two hours after it")
    add("--regions", default="us-east-1", help="comma-separated; the first gets twice the calls of each other")
    add("--models", type=int, default=8)
    add("--silent", type=int, default=0, help="so many of the last models made no call in the 15 days before now")
    add("--tiers", type=float, default=0.3, help="share of the calls of a tiered model that name a tier")
    add("--mantle", type=int, default=0, help="calls of the bedrock-mantle endpoint, in each Region")
    add("--unlogged", type=float, default=0.0, help="share of calls whose log delivery failed")
    add("--unlogged-days", default="", help="comma-separated days without logging")
    add("--duplicates", type=float, default=0.0, help="share of records delivered twice")
    add("--wide", type=float, default=0.0, help="share of records with more than 200 JSON fields")
    add("--sidecars", type=float, default=0.0, help="share of records whose input body lies in data/ of S3")
    add("--no-bodies", action="store_true", help="metadata only, as with text delivery off")
    add("--pad", type=int, default=40, help="characters of each text in a body")
    add("--log-group", default="bedrock/invocations")
    add("--retention", type=int, help="retentionInDays of the log group")
    add("--bucket", default="bedrock-logs", help="followed by account and Region")
    add("--prefix", default="bedrock")
    add("--per-object", type=int, default=500)
    add("--only", default="metrics,logs,s3,config", help="what to load")
    return made.parse_args()


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def stamp(seconds, form):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(form)


class Loader:
    """Speaks to the controls of the stand-in and counts what it has loaded."""

    def __init__(self, given):
        self.given, self.loaded = given, collections.Counter()

    def post(self, name, **body):
        data = json.dumps({"account": self.given.account, **body}).encode()
        request = urllib.request.Request(f"{self.given.endpoint}/stand-in/{name}", data=data, method="POST")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def metrics(self, region, rows):
        self.loaded["data"] += sum(len(row["points"]) for row in rows)
        for at in range(0, len(rows), 500):
            self.post("metrics", region=region, series=rows[at:at + 500])

    def logs(self, region, texts, start):
        events = [[int(start * 1000), WELCOME]] + [[call.time, text] for call, text in texts]
        self.loaded["events"] += len(texts)
        for at in range(0, len(events), 20_000):
            self.post("events", region=region, group=self.given.log_group, events=events[at:at + 20_000], retention=self.given.retention)

    def objects(self, region, texts):
        """Objects lie in the hour of their delivery, one to three minutes after the call."""
        given, bucket = self.given, bucket_of(self.given, region)
        base = f"{given.prefix.strip('/') + '/' if given.prefix else ''}AWSLogs/{given.account}/BedrockModelInvocationLogs/"
        hours = collections.defaultdict(list)
        for call, text in texts:
            delivered = call.time // 1000 + 60 + int(call.request[:2], 16) % 120
            hours[stamp(delivered, "%Y/%m/%d/%H")].append((delivered, call, text))
        made = [{"key": base + "amazon-bedrock-logs-permission-check", "body": _base64(WELCOME.encode()), "content_type": "text/plain"}]
        for hour, rows in sorted(hours.items()):
            for at in range(0, len(rows), given.per_object):
                part = rows[at:at + given.per_object]
                body = "\n".join(text for _, _, text in part) + "\n"
                name = stamp(max(row[0] for row in part), "%Y%m%dT%H%M%S") + f"000Z_{part[0][1].request[:16]}.json.gz"
                made.append(_packed(f"{base}{region}/{hour}/{name}", body))
                for _, call, text in part:
                    if call.sidecar and "S3Path" in text:
                        made.append(_packed(f"{base}{region}/{hour}/data/{call.request}_input.json.gz", json.dumps({"messages": []})))
        self.loaded["objects"] += len(made)
        for at in range(0, len(made), 1000):
            self.post("objects", region=region, bucket=bucket, objects=made[at:at + 1000])


def _base64(raw):
    return base64.b64encode(raw).decode()


def _packed(key, text):
    return {"key": key, "body": _base64(gzip.compress(text.encode(), 1, mtime=0)), "content_type": "application/json", "content_encoding": "gzip"}


def bucket_of(given, region):
    return f"{given.bucket}-{given.account}-{region}"


def logging_of(given, region):
    role = f"arn:aws:iam::{given.account}:role/BedrockLogging"
    return {"cloudWatchConfig": {"logGroupName": given.log_group, "roleArn": role},
            "s3Config": {"bucketName": bucket_of(given, region), "keyPrefix": given.prefix},
            "textDataDeliveryEnabled": not given.no_bodies, "imageDataDeliveryEnabled": not given.no_bodies,
            "embeddingDataDeliveryEnabled": not given.no_bodies}


def texts_of(given, calls, region):
    """(call, record) of every delivery: what was logged, some of it twice."""
    data = f"AWSLogs/{given.account}/BedrockModelInvocationLogs/{region}/data"
    found = []
    for call in calls:
        if call.logged:
            text = seed_history.record(call, not given.no_bodies, given.pad).replace("{bucket}", bucket_of(given, region)).replace("{data}", data)
            found += [(call, text)] * (2 if call.twice else 1)
    return found


def sums_of(call):
    return collections.Counter(
        calls=1, failed=int(bool(call.error)), invocations=sum(v for n, v, _ in seed_history.metrics(call) if n == "Invocations"),
        input=call.input, output=call.output, cache_read=call.read, cache_write=call.write, cache_write_1h=call.write_1h, images=call.images)


def truth_of(given, calls, by_region, mantle):
    total, logged = collections.Counter(), collections.Counter()
    by = {name: collections.defaultdict(collections.Counter)
          for name in ("by_region_day_model", "by_day", "by_principal", "by_region_day_principal_model", "unlogged", "tiers")}
    for call in calls:
        sums, place = sums_of(call), f"{call.model.region}|{call.day}|"
        model = call.model.cloudwatch_id
        total.update(sums)
        by["by_region_day_model"][place + model].update(sums)
        by["by_day"][call.day].update(sums)
        if call.logged:
            logged.update(sums)
            by["by_principal"][call.principal].update(sums)
            by["by_region_day_principal_model"][f"{place}{call.principal}|{model}"].update(sums)
        else:
            by["unlogged"][place + model].update(sums)
        if call.tier:
            by["tiers"][f"{place}{model}|{call.tier[0]}|{call.tier[1]}"].update(sums)
    return {
        "account": given.account, "seed": given.seed, "total": total, "logged_total": logged, **by, "mantle": mantle,
        "models": [{"region": m.region, "form": m.form, "cloudwatch_id": m.cloudwatch_id, "log_id": m.log_id, "base_model": m.base}
                   for chosen in by_region.values() for m in chosen],
        "destinations": {region: {"log_group": given.log_group, "bucket": bucket_of(given, region), "prefix": given.prefix} for region in by_region}}


def main():
    given = options()
    began, only = time.time(), given.only.split(",")
    end = moment(given.end) if given.end else time.time() // 3600 * 3600
    start = end - given.days * DAY
    now = moment(given.now) if given.now else end + 7200 if given.end else None
    loader = Loader(given)
    if now:
        loader.post("clock", now=now)
    by_region = {region: seed_catalog.models(given.models, region, given.account) for region in given.regions.split(",")}
    quiet_since = (now or time.time()) - 15 * DAY
    if given.silent and quiet_since <= start:
        sys.exit("seed.py: --silent needs a history that begins more than 15 days before now")
    calls = seed_history.draw(given, by_region, start, end, quiet_since)
    destinations = [name for name, step in (("CloudWatch", "logs"), ("S3", "s3")) if step in only]
    unlogged_days, mantle = set(given.unlogged_days.split(",")), {}
    for region, chosen in by_region.items():
        own = [call for call in calls if call.model.region == region]
        if "metrics" in only:
            # Without logging there are no deliveries, failed or not.
            delivered = [call for call in own if call.day not in unlogged_days]
            silent = [call for call in own if call.day in unlogged_days]
            loader.metrics(region, seed_history.series(delivered, destinations))
            loader.metrics(region, seed_history.series(silent, []))
            rows, sums = seed_history.mantle(given, region, start, end)
            loader.metrics(region, rows)
            mantle.update(sums)
        texts = texts_of(given, own, region) if destinations else []
        if "logs" in only:
            loader.logs(region, texts, start)
        if "s3" in only:
            loader.objects(region, texts)
        if "config" in only:
            loader.post("bedrock", region=region, **seed_catalog.bedrock_state(chosen, logging_of(given, region)))
    truth = truth_of(given, calls, by_region, mantle)
    truth.update(start=stamp(start, "%Y-%m-%dT%H:%M:%SZ"), end=stamp(end, "%Y-%m-%dT%H:%M:%SZ"), now=stamp(now, "%Y-%m-%dT%H:%M:%SZ") if now else None,
                 loaded=loader.loaded)
    text = json.dumps(truth, indent=1, sort_keys=True)
    if given.truth == "-":
        print(text)
    elif given.truth:
        with open(given.truth, "w", encoding="utf-8") as file:
            file.write(text)
    print(f"seeded {len(calls)} calls in {time.time() - began:.1f} s: {dict(loader.loaded)}", file=sys.stderr)


if __name__ == "__main__":
    main()
