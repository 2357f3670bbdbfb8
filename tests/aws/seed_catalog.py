"""The models that a seeded account uses: real ids of Amazon Bedrock, in every form a caller can name.

Forms (how CloudWatch and the log record name the same call):
  base      the model id in both
  geo       a system profile of the Region's geography (us., eu., apac.): bare id in CloudWatch, ARN in logs
  global    the same with `global.`
  app       an application inference profile: its bare id in CloudWatch, its ARN in logs
  reserved  provisioned throughput: its ARN in both
https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html
"""
from dataclasses import dataclass

SONNET, HAIKU = "anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"
# form, base model, share of calls, mean input, mean output, share of cached prompts, traits
FIRST = [
    ("geo", SONNET, 30, 5200, 900, 0.6, "tiers"),
    ("base", "anthropic.claude-3-haiku-20240307-v1:0", 20, 700, 150, 0.0, "legacy"),
    ("base", "amazon.nova-lite-v1:0", 12, 1200, 300, 0.2, "tiers"),
    ("app", HAIKU, 14, 2100, 500, 0.4, ""),
    ("base", "amazon.titan-embed-text-v2:0", 6, 350, 0, 0.0, ""),
    ("base", "amazon.nova-canvas-v1:0", 3, 0, 0, 0.0, "image"),
    ("global", SONNET, 10, 4200, 800, 0.5, ""),
    ("base", "meta.llama3-1-70b-instruct-v1:0", 5, 900, 250, 0.0, ""),
    ("reserved", "amazon.nova-pro-v1:0", 4, 1500, 400, 0.0, ""),
]
MORE = """
anthropic.claude-opus-4-1-20250805-v1:0 anthropic.claude-opus-4-5-20251101-v1:0 anthropic.claude-sonnet-4-20250514-v1:0
anthropic.claude-3-7-sonnet-20250219-v1:0 anthropic.claude-3-5-sonnet-20241022-v2:0 anthropic.claude-3-5-haiku-20241022-v1:0
anthropic.claude-3-5-sonnet-20240620-v1:0 anthropic.claude-3-opus-20240229-v1:0 anthropic.claude-3-sonnet-20240229-v1:0
amazon.nova-micro-v1:0 amazon.nova-pro-v1:0 amazon.nova-premier-v1:0 amazon.nova-2-lite-v1:0
amazon.titan-text-express-v1 amazon.titan-text-lite-v1 amazon.titan-text-premier-v1:0
ai21.jamba-1-5-large-v1:0 ai21.jamba-1-5-mini-v1:0 cohere.command-r-v1:0 cohere.command-r-plus-v1:0
deepseek.r1-v1:0 deepseek.v3-v1:0 google.gemma-3-12b-it google.gemma-3-27b-it google.gemma-3-4b-it
meta.llama3-1-8b-instruct-v1:0 meta.llama3-1-405b-instruct-v1:0 meta.llama3-2-1b-instruct-v1:0
meta.llama3-2-3b-instruct-v1:0 meta.llama3-2-11b-instruct-v1:0 meta.llama3-2-90b-instruct-v1:0
meta.llama3-3-70b-instruct-v1:0 meta.llama4-maverick-17b-instruct-v1:0 meta.llama4-scout-17b-instruct-v1:0
mistral.mistral-7b-instruct-v0:2 mistral.mixtral-8x7b-instruct-v0:1 mistral.mistral-large-2402-v1:0
mistral.mistral-large-2407-v1:0 mistral.mistral-small-2402-v1:0 mistral.pixtral-large-2502-v1:0
openai.gpt-oss-120b-1:0 openai.gpt-oss-20b-1:0 qwen.qwen3-32b-v1:0 qwen.qwen3-235b-a22b-2507-v1:0
qwen.qwen3-coder-30b-a3b-v1:0 qwen.qwen3-coder-480b-a35b-v1:0 writer.palmyra-x4-v1:0 writer.palmyra-x5-v1:0
minimax.minimax-m2 moonshot.kimi-k2-thinking nvidia.nemotron-nano-9b-v2
""".split()
GEOGRAPHIES = {"us": "us", "eu": "eu", "ap": "apac", "ca": "us"}


@dataclass(frozen=True)
class Model:
    """One way of naming a model in one Region."""
    form: str
    base: str
    share: int
    mean_input: int
    mean_output: int
    cached: float
    traits: str
    region: str
    account: str

    @property
    def profile(self):
        """The id of the profile or throughput; for a base model its own id."""
        if self.form == "geo":
            return f"{GEOGRAPHIES.get(self.region[:2], 'us')}.{self.base}"
        if self.form == "global":
            return f"global.{self.base}"
        return {"app": "abcd1234efgh", "reserved": "pt12345abcde"}.get(self.form, self.base)

    def arn(self, kind):
        return f"arn:aws:bedrock:{self.region}:{self.account}:{kind}/{self.profile}"

    @property
    def cloudwatch_id(self):
        return self.arn("provisioned-model") if self.form == "reserved" else self.profile

    @property
    def log_id(self):
        kind = {"geo": "inference-profile", "global": "inference-profile", "app": "application-inference-profile",
                "reserved": "provisioned-model"}.get(self.form)
        return self.arn(kind) if kind else self.base

    @property
    def base_arn(self):
        return f"arn:aws:bedrock:{self.region}::foundation-model/{self.base}"


def models(count, region, account):
    """The first `count` models of a Region; above the list of bases, geo profiles of the Anthropic ones."""
    rows = list(FIRST)
    for base in MORE:
        rows.append(("base", base, 1, 800, 200, 0.0, ""))
    for base in [b for b in MORE if b.startswith(("anthropic", "meta"))]:
        rows.append(("geo", base, 1, 1500, 300, 0.3 if base.startswith("anthropic") else 0.0, ""))
    if count > len(rows):
        raise SystemExit(f"seed.py: at most {len(rows)} models")
    return [Model(*row, region, account) for row in rows[:count]]


def bedrock_state(chosen, logging):
    """What the control plane of a Region shows for these models."""
    summaries, profiles, tags, provisioned = {}, [], {}, []
    for model in chosen:
        legacy = "legacy" in model.traits
        life = {"status": "LEGACY" if legacy else "ACTIVE", "startOfLifeTime": "2024-03-13T00:00:00Z"}
        if legacy:
            life.update(legacyTime="2026-03-10T00:00:00Z", publicExtendedAccessTime="2026-06-10T00:00:00Z",
                        endOfLifeTime="2027-03-10T00:00:00Z")
        embeds, paints = "embed" in model.base, "image" in model.traits
        summaries[model.base] = {
            "modelArn": model.base_arn, "modelId": model.base, "modelName": model.base.split(".", 1)[1],
            "providerName": model.base.split(".")[0].title(), "inputModalities": ["TEXT"],
            "outputModalities": ["EMBEDDING" if embeds else "IMAGE" if paints else "TEXT"],
            "responseStreamingSupported": not (embeds or paints), "customizationsSupported": [],
            "inferenceTypesSupported": ["INFERENCE_PROFILE" if model.form in ("geo", "global") else "ON_DEMAND"],
            "modelLifecycle": life}
        if model.form in ("geo", "global", "app"):
            profiles.append(_profile(model))
        if model.form == "app":
            tags[model.log_id] = {"team": "search", "cost-center": "4711"}
        if model.form == "reserved":
            provisioned.append({
                "provisionedModelName": "reserved-pro", "provisionedModelArn": model.cloudwatch_id, "modelArn": model.base_arn,
                "desiredModelArn": model.base_arn, "foundationModelArn": model.base_arn, "modelUnits": 1, "desiredModelUnits": 1,
                "status": "InService", "commitmentDuration": "OneMonth", "commitmentExpirationTime": "2027-01-01T00:00:00Z",
                "creationTime": "2026-01-01T00:00:00Z", "lastModifiedTime": "2026-01-01T00:00:00Z"})
    return {"models": list(summaries.values()), "profiles": profiles, "tags": tags, "provisioned": provisioned, "logging": logging}


def _profile(model):
    """A profile; a global one names its model without a Region too."""
    destinations = [model.base_arn]
    if model.form == "geo":
        destinations = [f"arn:aws:bedrock:{region}::foundation-model/{model.base}" for region in sorted({model.region, "us-east-1", "us-west-2"})]
    if model.form == "global":
        destinations.append(f"arn:aws:bedrock:::foundation-model/{model.base}")
    return {"inferenceProfileName": "Search team" if model.form == "app" else model.profile, "inferenceProfileArn": model.log_id,
            "inferenceProfileId": model.profile, "models": [{"modelArn": arn} for arn in destinations], "status": "ACTIVE",
            "type": "APPLICATION" if model.form == "app" else "SYSTEM_DEFINED",
            "createdAt": "2025-10-01T00:00:00Z", "updatedAt": "2025-10-01T00:00:00Z"}
