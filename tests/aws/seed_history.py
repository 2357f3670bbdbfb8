"""The history of a seeded account: calls drawn from a seed, the records that log them, their metrics.

Names and forms as in
  https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html
  https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
"""
import collections
import datetime
import hashlib
import json
import random
from dataclasses import dataclass

DAY = 86_400
USERS = ["role/checkout", "role/search", "role/batch", "user/ci"]
FAILURES = [(0.010, "ThrottlingException"), (0.020, "ValidationException"), (0.025, "InternalServerException")]
FAILED_METRICS = {"ThrottlingException": "InvocationThrottles", "ValidationException": "InvocationClientErrors"}


@dataclass
class Invocation:
    """One call of a model."""
    time: int  # epoch ms
    model: object
    user: str
    request: str
    operation: str
    error: str = None
    input: int = 0
    output: int = 0
    read: int = 0
    write: int = 0
    write_1h: int = 0
    images: int = 0
    latency: int = 0
    tier: tuple = None
    logged: bool = True
    twice: bool = False
    wide: bool = False
    sidecar: bool = False

    @property
    def day(self):
        return datetime.datetime.fromtimestamp(self.time // 1000, datetime.timezone.utc).strftime("%Y-%m-%d")

    @property
    def identity(self):
        kind, name = self.user.split("/")
        if kind == "user":
            return f"arn:aws:iam::{self.model.account}:user/{name}"
        return f"arn:aws:sts::{self.model.account}:assumed-role/{name}/session-{self.request[:4]}"

    @property
    def principal(self):
        return f"arn:aws:iam::{self.model.account}:{self.user}"


def draw(given, by_region, start, end, quiet_since):
    """All calls in order of time. `given` are the options of seed.py."""
    source, found = random.Random(given.seed), []
    regions = list(by_region)
    weights = [2 if at == 0 else 1 for at in range(len(regions))]
    unlogged_days = set(filter(None, given.unlogged_days.split(",")))
    for number in range(given.calls):
        chosen = by_region[source.choices(regions, weights)[0]]
        at = source.choices(range(len(chosen)), [model.share for model in chosen])[0]
        model = chosen[at]
        until = min(end, quiet_since) if at >= len(chosen) - given.silent else end
        moment = start + int((until - start) * 1000 * source.random()) / 1000
        if number % 50 == 49:  # calls of the last minute of a day, which are delivered on the next
            late = moment // DAY * DAY + DAY - 30
            moment = late if start <= late < until else moment
        call = Invocation(int(moment * 1000), model, source.choice(USERS), hashlib.md5(f"{given.seed}-{number}".encode()).hexdigest(), "Converse")
        _fill(source, call, given)
        call.logged = call.day not in unlogged_days and source.random() >= given.unlogged
        found.append(call)
    found.sort(key=lambda call: (call.time, call.request))
    return found


def _fill(source, call, given):
    model, chance = call.model, source.random()
    call.error = next((code for bound, code in FAILURES if chance < bound), None)
    share = (source.random(), source.random(), source.random(), source.random(), source.random(), source.random())
    call.twice, call.wide, call.sidecar = share[0] < given.duplicates, share[1] < given.wide, share[2] < given.sidecars
    anthropic = model.base.startswith("anthropic")
    if "image" in model.traits or model.mean_output == 0:
        call.operation = "InvokeModel"
    elif anthropic and share[3] < 0.4:
        call.operation = "InvokeModel" if share[3] < 0.25 else "InvokeModelWithResponseStream"
    elif share[3] > 0.85:
        call.operation = "ConverseStream"
    if call.error:
        return
    if "image" in model.traits:
        call.images = 1 + int(share[4] * 3)
    call.input = int(model.mean_input * (0.3 + 1.4 * source.random()))
    call.output = int(model.mean_output * (0.3 + 1.4 * source.random()))
    if share[4] < model.cached:
        call.read = int(model.mean_input * source.random())
        call.write = 0 if call.read % 3 else int(model.mean_input * 0.2) + 1
        call.write_1h = call.write // 4 if anthropic and call.write % 2 else 0
    call.latency = 400 + int(call.output * 12 * (0.5 + source.random()))
    if "tiers" in model.traits and share[5] < given.tiers:
        asked = source.choice(["priority", "flex", "reserved"])
        call.tier = (asked, "default" if asked == "reserved" and source.random() < 0.5 else asked)


def record(call, bodies, pad):
    """The log record of a call, as JSON text. Half of them put the schema last, as newer ones do."""
    model, request = call.model, call.request
    seconds = datetime.datetime.fromtimestamp(call.time // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    schema = {"schemaType": "ModelInvocationLog", "schemaVersion": "1.0"}
    first = int(request[0], 16) < 8
    made = {**(schema if first else {}), "timestamp": seconds, "accountId": model.account, "region": model.region,
            "requestId": "-".join((request[:8], request[8:12], request[12:16], request[16:20], request[20:])),
            "operation": call.operation, "modelId": model.log_id}
    identity = {"arn": call.identity}
    if first:
        made["identity"] = identity
    if model.form == "geo" and not call.error:
        made["inferenceRegion"] = model.region if int(request[1], 16) < 8 else "us-west-2"
    if call.user == "role/search":
        made["requestMetadata"] = {"team": "search"}
    made["input"] = _input(call, bodies, pad)
    if call.error:
        made["errorCode"] = call.error
    else:
        made["output"] = _output(call, bodies, pad)
    if not first:
        made["identity"] = identity
        made.update(schema)
    return json.dumps(made, separators=(",", ":"))


def _input(call, bodies, pad):
    """The counts come after the body: in a wide record beyond the 200 fields that Insights sees."""
    made = {"inputContentType": "application/json"}
    if bodies and call.sidecar:
        made["inputBodyS3Path"] = f"s3://{{bucket}}/{{data}}/{call.request}_input.json.gz"
    elif bodies:
        turns = 120 if call.wide else 1
        made["inputBodyJson"] = {"messages": [{"role": "user", "content": [{"text": "x" * pad}]} for _ in range(turns)]}
    if call.error:
        return made
    if call.images == 0:
        made["inputTokenCount"] = call.input
    # Non-streaming InvokeModel carries the cache counts in its body only.
    if call.operation != "InvokeModel":
        made.update({"cacheReadInputTokenCount": call.read} if call.read else {})
        made.update({"cacheWriteInputTokenCount": call.write} if call.write else {})
    return made


def _output(call, bodies, pad):
    made = {"outputContentType": "application/json"}
    if bodies:
        made["outputBodyJson"] = _body(call, pad)
    if call.model.mean_output:
        made["outputTokenCount"] = call.output
    return made


def _body(call, pad):
    if call.operation.startswith("Converse"):
        usage = {"inputTokens": call.input, "outputTokens": call.output, "totalTokens": call.input + call.output}
        if call.read:
            usage["cacheReadInputTokens"] = call.read
        if call.write:
            usage["cacheWriteInputTokens"] = call.write
        if call.write_1h:
            usage["cacheDetails"] = [{"ttl": "1h", "inputTokens": call.write_1h}, {"ttl": "5m", "inputTokens": call.write - call.write_1h}]
        return {"output": {"message": {"role": "assistant", "content": [{"text": "y" * pad}]}}, "stopReason": "end_turn",
                "metrics": {"latencyMs": call.latency}, "usage": usage}
    if call.images:
        return {"images": ["aW1hZ2U="] * call.images}
    if not call.model.mean_output:
        return {"embedding": [0.5, 0.25], "inputTextTokenCount": call.input}
    usage = {"input_tokens": call.input, "cache_read_input_tokens": call.read, "cache_creation_input_tokens": call.write,
             "cache_creation": {"ephemeral_5m_input_tokens": call.write - call.write_1h, "ephemeral_1h_input_tokens": call.write_1h}}
    if call.operation == "InvokeModel":
        return {"type": "message", "content": [{"type": "text", "text": "y" * pad}], "usage": {**usage, "output_tokens": call.output}}
    return [{"type": "message_start", "message": {"usage": {**usage, "output_tokens": 1}}},
            {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "y" * pad}},
            {"type": "message_delta", "usage": {"output_tokens": call.output}},
            {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": call.input, "outputTokenCount": call.output,
                                                                          "invocationLatency": call.latency, "firstByteLatency": 300}}]


def metrics(call):
    """(metric, value, unit) of a call. `Invocations` counts what was accepted: no throttled or invalid call."""
    if call.error:
        yield FAILED_METRICS.get(call.error, "InvocationServerErrors"), 1, "Count"
        if call.error == "InternalServerException":
            yield "Invocations", 1, "Count"
        return
    yield "Invocations", 1, "Count"
    yield "InvocationLatency", call.latency, "Milliseconds"
    if "legacy" in call.model.traits:
        yield "LegacyModelInvocations", 1, "Count"
    for name, value in (("InputTokenCount", call.input), ("OutputTokenCount", call.output), ("CacheReadInputTokens", call.read),
                        ("CacheWriteInputTokens", call.write), ("OutputImageCount", call.images)):
        if value:
            yield name, value, "Count"


def series(calls, logging):
    """The series of one Region: exact model, across all models, tier, image size, and log deliveries."""
    kept = collections.defaultdict(lambda: collections.defaultdict(list))

    def put(name, unit, dimensions, minute, value, namespace="AWS/Bedrock"):
        kept[namespace, name, unit, tuple(sorted(dimensions.items()))][minute].append(value)

    for call in calls:
        minute, own = call.time // 60_000 * 60, {"ModelId": call.model.cloudwatch_id}
        for name, value, unit in metrics(call):
            put(name, unit, own, minute, value)
            put(name, unit, {}, minute, value)
            if call.tier:
                put(name, unit, {**own, "ServiceTier": call.tier[0], "ResolvedServiceTier": call.tier[1]}, minute, value)
            if name == "OutputImageCount":
                put(name, unit, {**own, "ImageSize": "1024x1024", "BucketedStepSize": "0-50"}, minute, value)
        for destination in logging:
            outcome = "Success" if call.logged else "Failure"
            put(f"ModelInvocationLogs{destination}Delivery{outcome}", "Count", {}, minute // 3600 * 3600, 1)
    return _rows(kept)


def mantle(given, region, start, end):
    """Calls of the other endpoint: (series, sums by day and model). It publishes four levels by itself."""
    source = random.Random(f"{given.seed}-mantle-{region}")
    kept, sums = collections.defaultdict(lambda: collections.defaultdict(list)), collections.defaultdict(collections.Counter)
    for _ in range(given.mantle):
        moment = start + int((end - start) * source.random())
        model, project = source.choice(["openai.gpt-oss-120b", "anthropic.claude-opus-4-7"]), source.choice(["default", "proj-a"])
        values = {"input": 100 + int(2000 * source.random()), "output": 50 + int(800 * source.random())}
        both = {"Project": project, "Model": model}
        for dimensions in ({}, {"Project": project}, {"Model": model}, both):
            level = tuple(sorted(dimensions.items()))
            kept["AWS/BedrockMantle", "Inferences", "Count", level][moment // 60 * 60].append(1)
            if dimensions != both:
                kept["AWS/BedrockMantle", "TotalInputTokens", "Count", level][moment // 60 * 60].append(values["input"])
                kept["AWS/BedrockMantle", "TotalOutputTokens", "Count", level][moment // 60 * 60].append(values["output"])
            else:
                kept["AWS/BedrockMantle", "InputTokens", "Count", level][moment // 60 * 60].append(values["input"])
                kept["AWS/BedrockMantle", "OutputTokens", "Count", level][moment // 60 * 60].append(values["output"])
        day = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%d")
        sums[f"{region}|{day}|{model}"].update(inferences=1, **values)
    return _rows(kept), sums


def _rows(kept):
    rows = []
    for (namespace, name, unit, dimensions), minutes in sorted(kept.items()):
        points = []
        for minute, values in sorted(minutes.items()):
            counted = sorted(collections.Counter(values).items())
            points.append([minute, [value for value, _ in counted], [count for _, count in counted]])
        rows.append({"namespace": namespace, "name": name, "unit": unit, "dimensions": dict(dimensions), "points": points})
    return rows
