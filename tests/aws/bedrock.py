"""The control plane of Amazon Bedrock: models, inference profiles, tags, throughputs, logging.

Shapes as the service model of botocore has them (rest-json, times in ISO 8601):
  https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock.html
Nothing is there until a test puts it there (`set_state`).
"""
import threading

from errors import AwsError

PAGE = 25  # when maxResults is not given; the API documents the upper bound (1000) only
STATE = {}  # (account, Region) -> {models, profiles, tags, provisioned, logging}
LOCK = threading.Lock()


def state(account, region):
    with LOCK:
        return STATE.setdefault((account, region), {"models": [], "profiles": [], "tags": {}, "provisioned": [], "logging": None})


def set_state(account, region, given):
    """Replaces what is given of: models, profiles, tags (ARN -> {key: value}), provisioned, logging."""
    kept = state(account, region)
    for name, value in given.items():
        if name not in kept:
            raise AwsError("ValidationException", f"unknown part of the Bedrock state: {name}")
        kept[name] = value


def forget(account):
    with LOCK:
        for place in [place for place in STATE if place[0] == account]:
            del STATE[place]


def _paged(call, rows, name):
    start, most = call.input.get("nextToken") or "0", int(call.input.get("maxResults") or PAGE)
    if not 1 <= most <= 1000 or not start.isdigit():
        raise AwsError("ValidationException", "The provided request is not valid: maxResults or nextToken.")
    start = int(start)
    answer = {name: rows[start:start + most]}
    if start + most < len(rows):
        answer["nextToken"] = str(start + most)
    return answer


def list_foundation_models(call):
    """No paging: the answer has no token."""
    asked, rows = call.input, state(call.account, call.region)["models"]
    filters = {"byProvider": lambda m, v: m.get("providerName", "").lower() == v.lower(),
               "byOutputModality": lambda m, v: v in m.get("outputModalities", []),
               "byInferenceType": lambda m, v: v in m.get("inferenceTypesSupported", []),
               "byCustomizationType": lambda m, v: v in m.get("customizationsSupported", [])}
    for name, keeps in filters.items():
        if name in asked:
            rows = [row for row in rows if keeps(row, asked[name])]
    return {"modelSummaries": rows}


def get_foundation_model(call):
    wanted = call.input["modelIdentifier"]
    for row in state(call.account, call.region)["models"]:
        if wanted in (row["modelId"], row["modelArn"]):
            return {"modelDetails": row}
    raise AwsError("ResourceNotFoundException", "Could not resolve the foundation model from the provided model identifier.", 404)


def list_inference_profiles(call):
    """Without a type, the system-defined profiles only."""
    kind = call.input.get("type", "SYSTEM_DEFINED")
    if kind not in ("SYSTEM_DEFINED", "APPLICATION"):
        raise AwsError("ValidationException", f"Value '{kind}' at 'typeEquals' failed to satisfy constraint: "
                       "Member must satisfy enum value set: [SYSTEM_DEFINED, APPLICATION]")
    rows = [row for row in state(call.account, call.region)["profiles"] if row["type"] == kind]
    return _paged(call, rows, "inferenceProfileSummaries")


def get_inference_profile(call):
    wanted = call.input["inferenceProfileIdentifier"]
    for row in state(call.account, call.region)["profiles"]:
        if wanted in (row["inferenceProfileId"], row["inferenceProfileArn"]):
            return row
    raise AwsError("ResourceNotFoundException", "Could not find the inference profile.", 404)


def list_tags_for_resource(call):
    kept, arn = state(call.account, call.region), call.input.get("resourceARN", "")
    known = {row["inferenceProfileArn"] for row in kept["profiles"] if row["type"] == "APPLICATION"}
    known |= {row["provisionedModelArn"] for row in kept["provisioned"]} | set(kept["tags"])
    if arn not in known:
        raise AwsError("ResourceNotFoundException", "The specified resource ARN was not found. Check the ARN and try your request again.", 404)
    return {"tags": [{"key": key, "value": value} for key, value in kept["tags"].get(arn, {}).items()]}


def list_provisioned_model_throughputs(call):
    asked, rows = call.input, state(call.account, call.region)["provisioned"]
    if "statusEquals" in asked:
        rows = [row for row in rows if row["status"] == asked["statusEquals"]]
    if "modelArnEquals" in asked:
        rows = [row for row in rows if row["modelArn"] == asked["modelArnEquals"]]
    return _paged(call, rows, "provisionedModelSummaries")


def get_logging(call):
    """An account that never switched logging on gets an empty body."""
    kept = state(call.account, call.region)["logging"]
    return {"loggingConfig": kept} if kept else {}


def put_logging(call):
    if not isinstance(call.input.get("loggingConfig"), dict):
        raise AwsError("ValidationException", "loggingConfig is required.")
    state(call.account, call.region)["logging"] = call.input["loggingConfig"]
    return {}


def delete_logging(call):
    state(call.account, call.region)["logging"] = None
    return {}


OPERATIONS = {
    "ListFoundationModels": list_foundation_models, "GetFoundationModel": get_foundation_model,
    "ListInferenceProfiles": list_inference_profiles, "GetInferenceProfile": get_inference_profile,
    "ListTagsForResource": list_tags_for_resource,
    "ListProvisionedModelThroughputs": list_provisioned_model_throughputs,
    "GetModelInvocationLoggingConfiguration": get_logging,
    "PutModelInvocationLoggingConfiguration": put_logging,
    "DeleteModelInvocationLoggingConfiguration": delete_logging,
}
