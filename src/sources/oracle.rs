//! The slow reference reader: a record as serde_json's `Value`, read by the rules as they are
//! written down. Test code; may import `domain` and its siblings.
//!
//! Sample: what it accepts the walker must read alike; what the walker refuses it must refuse.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::log_record::RecordProblem;
use super::timestamp::unix_seconds;
use crate::domain::{CacheWrites, ServiceTier, UsageRecord};

/// A record that owns its texts.
#[derive(Debug, Default)]
pub(crate) struct Owned<'k> {
    texts: [Option<String>; 5],
    metadata: Vec<(&'k str, Cow<'static, str>)>,
    counts: UsageRecord<'static>,
}

impl Owned<'_> {
    pub(crate) fn usage(&self) -> UsageRecord<'_> {
        let text = |index: usize| self.texts[index].as_deref();
        UsageRecord {
            account_id: text(0).unwrap(),
            region: text(1).unwrap(),
            model_id: text(2).unwrap(),
            request_id: text(3),
            principal: text(4),
            metadata: &self.metadata,
            ..self.counts.clone()
        }
    }
}

/// Reads one record; `None` when serde_json finds no JSON object.
pub(crate) fn read<'k>(
    bytes: &[u8],
    keys: &'k [String],
) -> Option<Result<Owned<'k>, RecordProblem>> {
    read_value(&serde_json::from_slice(bytes).ok()?, keys)
}

/// Reads one record that is a value already; `None` when it is no object.
pub(crate) fn read_value<'k>(
    value: &Value,
    keys: &'k [String],
) -> Option<Result<Owned<'k>, RecordProblem>> {
    value.as_object().map(|record| read_object(record, keys))
}

fn read_object<'k>(
    record: &Map<String, Value>,
    keys: &'k [String],
) -> Result<Owned<'k>, RecordProblem> {
    let text = |key: &str| Some(record.get(key)?.as_str()?.to_owned()).filter(|t| !t.is_empty());
    let required = ["timestamp", "modelId", "accountId", "region"];
    let missing: Vec<&'static str> = required
        .into_iter()
        .filter(|key| text(key).is_none())
        .collect();
    match missing[..] {
        [] => {}
        [field] => return Err(RecordProblem::Missing(field)),
        _ => return Err(RecordProblem::NotALogRecord),
    }
    let timestamp = unix_seconds(&text("timestamp").unwrap()).ok_or(RecordProblem::Timestamp)?;
    let none = Value::Null;
    let input = record.get("input").unwrap_or(&none);
    let output = record.get("output").unwrap_or(&none);
    let own = |side: &Value, key: &'static str| match count(side.get(key).unwrap_or(&Value::Null)) {
        Ok(count) => Ok(count),
        Err(()) => Err(RecordProblem::Count(key)),
    };
    let tokens = own(input, "inputTokenCount")?;
    let made = own(output, "outputTokenCount")?;
    let cache_read = own(input, "cacheReadInputTokenCount")?;
    let cache_write = own(input, "cacheWriteInputTokenCount")?;
    let body = body(output.get("outputBodyJson").unwrap_or(&none));
    let apart = !body.inclusive || tokens.is_none() || tokens == body.usage[0];
    let from_body = body.usage[2].filter(|_| apart);
    let total = cache_write.or(body.usage[3]).or(body.metrics[3]);
    let mut metadata: Vec<(&str, Cow<'static, str>)> = Vec::new();
    if let Some(Value::Object(pairs)) = record.get("requestMetadata") {
        for (key, value) in pairs {
            let kept = keys.iter().find(|kept| *kept == key);
            if let (Some(key), Some(value)) = (kept, value.as_str()) {
                metadata.push((key, Cow::Owned(value.to_owned())));
            }
        }
    }
    let optimized = [record.get("performanceConfig"), body.performance.as_ref()]
        .into_iter()
        .flatten()
        .any(|config| config.get("latency") == Some(&Value::from("optimized")));
    let named = record.get("serviceTier").and_then(tier);
    // The record's own name, unless only the body's is known.
    let named = [named.clone(), body.tier.clone()]
        .into_iter()
        .flatten()
        .find(|name| ServiceTier::parse(name).is_some())
        .or(named)
        .or(body.tier);
    let known = named.as_deref().and_then(ServiceTier::parse);
    let service_tier = known.unwrap_or(if optimized {
        ServiceTier::LatencyOptimized
    } else {
        ServiceTier::Standard
    });
    Ok(Owned {
        texts: [
            text("accountId"),
            text("region").map(|region| region.to_ascii_lowercase()),
            text("modelId"),
            text("requestId"),
            record
                .get("identity")
                .and_then(|identity| identity.get("arn")?.as_str().map(str::to_owned))
                .filter(|arn| !arn.is_empty()),
        ],
        metadata,
        counts: UsageRecord {
            timestamp,
            service_tier,
            unknown_tier: named.is_some() && known.is_none(),
            failed: match record.get("errorCode") {
                None | Some(Value::Null) => false,
                Some(Value::String(code)) => !code.is_empty(),
                Some(_) => true,
            },
            input_tokens: tokens.or(body.usage[0]).or(body.metrics[0]),
            output_tokens: made.or(body.usage[1]).or(body.metrics[1]),
            cache_read_tokens: cache_read.or(from_body).or(body.metrics[2]),
            cache_writes: writes(total, body.split),
            images: body.images,
            ..UsageRecord::default()
        },
    })
}

fn writes(total: Option<u64>, split: Option<[u64; 3]>) -> CacheWrites {
    let sum = split.map(|split| split.iter().sum::<u64>());
    let sum = sum.filter(|sum| *sum <= 4_294_967_295);
    let total = total.or(sum);
    if let (Some([five, hour, 0]), true) = (split, total == sum && total.unwrap_or(0) > 0) {
        return CacheWrites {
            five_minutes: Some(five),
            one_hour: Some(hour),
            unknown: None,
        };
    }
    CacheWrites {
        unknown: total,
        ..CacheWrites::default()
    }
}

#[derive(Default)]
struct Body {
    /// Input, output, cache read, cache write.
    usage: [Option<u64>; 4],
    metrics: [Option<u64>; 4],
    /// Five minutes, one hour, other.
    split: Option<[u64; 3]>,
    inclusive: bool,
    /// As it is named.
    tier: Option<String>,
    performance: Option<Value>,
    images: Option<u64>,
}

fn body(value: &Value) -> Body {
    let mut body = Body::default();
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| part(element, &mut body)),
        other => part(other, &mut body),
    }
    body
}

fn part(value: &Value, body: &mut Body) {
    if !value.is_object() {
        return;
    }
    let get = |key: &str| known(value.get(key));
    let results = value.get("results").and_then(Value::as_array).map(|all| {
        let counts: Vec<u64> = all
            .iter()
            .filter_map(|r| known(r.get("tokenCount")))
            .collect();
        Some(counts.iter().sum::<u64>()).filter(|sum| !counts.is_empty() && *sum <= 4_294_967_295)
    });
    let plain_input = get("inputTextTokenCount").or(get("prompt_token_count"));
    let plain_output = results
        .flatten()
        .or(get("totalOutputTextTokenCount"))
        .or(get("generation_token_count"));
    later(&mut body.usage, [plain_input, plain_output, None, None]);
    let inside = |key: &str| value.get(key).and_then(|inner| inner.get("usage"));
    for usage in [inside("message"), inside("metadata"), value.get("usage")] {
        let Some(usage @ Value::Object(_)) = usage else {
            continue;
        };
        let first = |keys: [&str; 3]| keys.into_iter().find_map(|key| known(usage.get(key)));
        let mut input = first(["inputTokens", "input_tokens", "prompt_tokens"]);
        let output = first(["outputTokens", "output_tokens", "completion_tokens"]);
        let mut read = first([
            "cacheReadInputTokens",
            "cacheReadInputTokenCount",
            "cache_read_input_tokens",
        ]);
        let write = first([
            "cacheWriteInputTokens",
            "cacheWriteInputTokenCount",
            "cache_creation_input_tokens",
        ]);
        let cached = ["prompt_tokens_details", "input_tokens_details"]
            .into_iter()
            .find_map(|key| known(usage.get(key)?.get("cached_tokens")));
        if let (None, Some(cached)) = (read, cached) {
            read = Some(cached);
            input = input.map(|prompt| prompt.saturating_sub(cached));
            body.inclusive = true;
        }
        later(&mut body.usage, [input, output, read, write]);
        body.split = split(usage).or(body.split);
    }
    if let Some(metrics @ Value::Object(_)) = value.get("amazon-bedrock-invocationMetrics") {
        let counts = [
            "inputTokenCount",
            "outputTokenCount",
            "cacheReadInputTokenCount",
            "cacheWriteInputTokenCount",
        ];
        later(&mut body.metrics, counts.map(|key| known(metrics.get(key))));
    }
    if let Some(name) = value.get("serviceTier").and_then(tier) {
        let is_known = |name: &String| ServiceTier::parse(name).is_some();
        if is_known(&name) || !body.tier.as_ref().is_some_and(is_known) {
            body.tier = Some(name);
        }
    }
    let optimized = Value::from("optimized");
    if value
        .get("performanceConfig")
        .and_then(|c| c.get("latency"))
        == Some(&optimized)
    {
        body.performance = value.get("performanceConfig").cloned();
    }
    let images = value.get("images").and_then(Value::as_array);
    body.images = images.map(|images| images.len() as u64).or(body.images);
}

fn later(counts: &mut [Option<u64>; 4], over: [Option<u64>; 4]) {
    for (count, over) in counts.iter_mut().zip(over) {
        *count = over.or(*count);
    }
}

fn split(usage: &Value) -> Option<[u64; 3]> {
    if let Some(Value::Array(details)) = usage.get("cacheDetails") {
        let mut split = [0; 3];
        for detail in details.iter().filter(|detail| detail.is_object()) {
            let place = match detail.get("ttl").and_then(Value::as_str) {
                Some("5m") => 0,
                Some("1h") => 1,
                _ => 2,
            };
            split[place] += known(detail.get("inputTokens")).unwrap_or(0);
        }
        return Some(split);
    }
    let creation = usage.get("cache_creation")?;
    let five = known(creation.get("ephemeral_5m_input_tokens"));
    let hour = known(creation.get("ephemeral_1h_input_tokens"));
    (five.is_some() || hour.is_some()).then(|| [five.unwrap_or(0), hour.unwrap_or(0), 0])
}

fn tier(value: &Value) -> Option<String> {
    let name = value.get("type")?.as_str()?.to_owned();
    Some(name).filter(|name| !name.is_empty())
}

fn known(value: Option<&Value>) -> Option<u64> {
    count(value?).unwrap_or(None)
}

/// A count; an error where it is implausible.
fn count(value: &Value) -> Result<Option<u64>, ()> {
    let number = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    };
    match number {
        Some(n) if (0.0..=4_294_967_295.0).contains(&n) && n.fract() == 0.0 => Ok(Some(n as u64)),
        _ => Err(()),
    }
}
