//! The text of a Logs Insights query: pure, from the day, the metadata keys and the
//! long-context thresholds. Imports nothing but the standard library.
//!
//! The query reads what `log_record` and `body_usage` read, in the same order of trust, as far
//! as its language can: the record's own counter, then the body's `usage`, then the body's
//! invocation metrics. Only functions of AWS's list of operations and functions are used
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html>).
//!
//! - Insights finds at most 200 fields in an event, in their order, so counts and identity
//!   that follow a large body are missing. Each is therefore also looked for in the text,
//!   anchored on the structure around it: quotes inside a body's texts are escaped, so no
//!   prompt can pass for a field there. Such a field counts only where the first is missing.
//! - What a single call decides cannot be decided from sums. So the long-context band, whether
//!   the parts of the cache writes add up to their total (`split`), and whether OpenAI's cached
//!   tokens lie inside the record's own input count (`inside`) are grouped by.
//! - The hour is that of the record's own `timestamp`, as in files; `@timestamp`, the time of
//!   the event, only chooses what is scanned.
//! - Names of `parse` and `fields` never repeat: Insights refuses that.
//!
//! Untried against AWS itself. Not seen: more than two `cacheDetails`, two `results`, five images of one call; metadata
//! values with escapes in records of more than 200 fields; records whose own `modelId`,
//! `timestamp`, account or Region stand behind a large body (they stand before it in every
//! record that is known), or that count in the body only, in the words of Titan or Llama.
//!
//! Sample: key `team`, threshold 200,000: `... by hour, modelId, ..., b0, m0 | limit 100000`.

use std::fmt::Write;

/// The longest query that AWS takes, in characters.
pub(super) const LONGEST_QUERY: usize = 10_000;
/// Above every prompt: a band of its own where no model has one, so that calls without an
/// input count are still told from calls in the lowest band.
const NO_THRESHOLD: u64 = 4_294_967_295;

/// What a query depends on besides its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueryShape {
    /// Kept request-metadata keys that Insights can name.
    pub(super) keys: Vec<String>,
    /// All long-context thresholds, ascending, never none.
    pub(super) thresholds: Vec<u64>,
    /// At most so many rows.
    pub(super) row_limit: u32,
}

impl QueryShape {
    /// Takes the thresholds of all models, in any order.
    pub(super) fn new(
        keys: Vec<String>,
        thresholds: impl IntoIterator<Item = u64>,
        row_limit: u32,
    ) -> Self {
        let mut thresholds: Vec<u64> = thresholds.into_iter().collect();
        thresholds.sort_unstable();
        thresholds.dedup();
        if thresholds.is_empty() {
            thresholds.push(NO_THRESHOLD);
        }
        Self {
            keys,
            thresholds,
            row_limit,
        }
    }

    /// The query for calls of one day (`2026-10-03`) among events before `end`, in seconds
    /// since 1970. The end time of StartQuery is inclusive, so the text repeats it.
    pub(super) fn text(&self, day: &str, end: i64) -> String {
        let mut text = format!(
            "filter @timestamp < {}\n| filter ispresent(modelId) and timestamp like /^{day}/\n",
            end.saturating_mul(1_000)
        );
        text.push_str(PARSES);
        let (mut groups, mut bands) = (String::new(), String::new());
        for (index, key) in self.keys.iter().enumerate() {
            // Writing to a text cannot fail.
            let _ = writeln!(
                text,
                "| parse @message /\"requestMetadata\":\\{{[^{{}}]*\"{}\":\"(?<q{index}>[^\"\\\\]*)\"/",
                escaped(key)
            );
            let _ = writeln!(
                text,
                "| fields coalesce(`requestMetadata.{key}`, q{index}) as m{index}"
            );
            let _ = write!(groups, ", m{index}");
        }
        text.push_str(FIELDS);
        for (index, threshold) in self.thresholds.iter().enumerate() {
            let above = threshold.saturating_add(1);
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(
                bands,
                "{comma} least(1, floor(prompt / {above})) as b{index}"
            );
            let _ = write!(groups, ", b{index}");
        }
        let _ = writeln!(text, "| fields{bands}");
        text.push_str(STATS);
        text.push_str(&groups);
        let _ = write!(text, "\n| limit {}", self.row_limit);
        text
    }
}

/// Whether Insights can name a metadata key between backticks.
pub(super) fn can_be_named(key: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b" :_@$#=/+,.-".contains(&byte);
    !key.is_empty() && key.bytes().all(allowed)
}

/// A key as a regular expression between slashes.
fn escaped(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for character in key.chars() {
        if matches!(character, '$' | '+' | '.' | '/' | '-') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

/// What a large body hides: own counts stand at the end of `input` and `output`; a `usage`
/// object is looked for behind the start of `output`, the last one first.
const PARSES: &str = r#"| parse @message /"inputTokenCount":(?<p_in>\d+)[^{}]*\},"(?:output":\{"output|output":null|errorCode|identity|schemaType)/
| parse @message /"cacheReadInputTokenCount":(?<p_cr>\d+)[^{}]*\},"(?:output":\{"output|output":null|errorCode|identity|schemaType)/
| parse @message /"cacheWriteInputTokenCount":(?<p_cw>\d+)[^{}]*\},"(?:output":\{"output|output":null|errorCode|identity|schemaType)/
| parse @message /.*"outputTokenCount":(?<p_out>\d+)\}(?:,"|\}$)/
| parse @message /"output":\{"output.*"usage":\{(?:[^{}]|\{[^{}]*\})*?"(?:inputTokens|input_tokens)":(?<u_in>\d+)/
| parse @message /"output":\{"output.*"usage":\{(?:[^{}]|\{[^{}]*\})*?"(?:outputTokens|output_tokens|completion_tokens)":(?<u_out>\d+)/
| parse @message /"output":\{"output.*"usage":\{(?:[^{}]|\{[^{}]*\})*?"(?:cacheReadInputTokens|cache_read_input_tokens)":(?<u_cr>\d+)/
| parse @message /"output":\{"output.*"usage":\{(?:[^{}]|\{[^{}]*\})*?"(?:cacheWriteInputTokens|cache_creation_input_tokens)":(?<u_cw>\d+)/
| parse @message /"output":\{"output.*"usage":\{(?:[^{}]|\{[^{}]*\})*?"prompt_tokens":(?<u_prompt>\d+)/
| parse @message /"output":\{"output.*"(?:prompt|input)_tokens_details":\{[^{}]*"cached_tokens":(?<u_cached>\d+)/
| parse @message /"output":\{"output.*"cache_creation":\{[^{}]*"ephemeral_5m_input_tokens":(?<u_5m>\d+)/
| parse @message /"output":\{"output.*"cache_creation":\{[^{}]*"ephemeral_1h_input_tokens":(?<u_1h>\d+)/
| parse @message /"cacheDetails":\[[^\]]*"ttl":"5m","inputTokens":(?<k_5m>\d+)/
| parse @message /"cacheDetails":\[[^\]]*"inputTokens":(?<l_5m>\d+),"ttl":"5m"/
| parse @message /"cacheDetails":\[[^\]]*"ttl":"1h","inputTokens":(?<k_1h>\d+)/
| parse @message /"cacheDetails":\[[^\]]*"inputTokens":(?<l_1h>\d+),"ttl":"1h"/
| parse @message /"outputBodyJson":\{"images":\[(?<g0>")/
| parse @message /"outputBodyJson":\{"images":\["[^"]*",(?<g1>")/
| parse @message /"outputBodyJson":\{"images":\[(?:"[^"]*",){2}(?<g2>")/
| parse @message /"outputBodyJson":\{"images":\[(?:"[^"]*",){3}(?<g3>")/
| parse @message /"outputBodyJson":\{"images":\[(?:"[^"]*",){4}(?<g4>")/
| parse @message /"output":\{"output.*"serviceTier":\{"type":"(?<u_tier>[a-z]+)"/
| parse @message /"output":\{"output.*"performanceConfig":\{"latency":"(?<u_latency>[a-z]+)"/
| parse @message /"amazon-bedrock-invocationMetrics":\{[^{}]*"inputTokenCount":(?<v_in>\d+)/
| parse @message /"amazon-bedrock-invocationMetrics":\{[^{}]*"outputTokenCount":(?<v_out>\d+)/
| parse @message /"amazon-bedrock-invocationMetrics":\{[^{}]*"cacheReadInputTokenCount":(?<v_cr>\d+)/
| parse @message /"amazon-bedrock-invocationMetrics":\{[^{}]*"cacheWriteInputTokenCount":(?<v_cw>\d+)/
| parse @message /"modelId":"[^"]*","errorCode":"(?<p_error>[^"]+)"/
| parse @message /\},"errorCode":"(?<r_error>[^"]+)"(?:\}$|,"(?:identity|schemaType|requestMetadata|inferenceRegion)":|,"output":\{"outputContentType":"[^"]*"\})/
| parse @message /"identity":\{[^{}]*"arn":"(?<p_arn>[^"]+)"/
| parse @message /"identity":\{[^{}]*"arn":"(?<p_role>arn:[^:"]*:[^:"]*:[^:"]*:[^:"]*:assumed-role\/[^\/"]+)/
| parse identity.arn /^(?<f_role>arn:[^:]*:[^:]*:[^:]*:[^:]*:assumed-role\/[^\/]+)/
"#;

const FIELDS: &str = r#"| fields substr(timestamp, 0, 13) as hour,
  coalesce(f_role, identity.arn, p_role, p_arn) as principal,
  coalesce(errorCode, p_error, r_error) as error,
  coalesce(serviceTier.type, output.outputBodyJson.serviceTier.type, u_tier) as tier,
  performanceConfig.latency as latency, coalesce(output.outputBodyJson.performanceConfig.latency, u_latency) as body_latency,
  coalesce(input.inputTokenCount, p_in) as own_in,
  coalesce(`output.outputBodyJson.usage.prompt_tokens_details.cached_tokens`, `output.outputBodyJson.usage.input_tokens_details.cached_tokens`, u_cached) as cached,
  coalesce(output.outputBodyJson.usage.inputTokens, `output.outputBodyJson.usage.input_tokens`, `output.outputBodyJson.usage.prompt_tokens`, u_prompt) as usage_in,
  coalesce(input.cacheReadInputTokenCount, p_cr, output.outputBodyJson.usage.cacheReadInputTokens, output.outputBodyJson.usage.cacheReadInputTokenCount, `output.outputBodyJson.usage.cache_read_input_tokens`, u_cr, `output.outputBodyJson.0.message.usage.cache_read_input_tokens`, v_cr) as tcr,
  coalesce(`output.outputBodyJson.usage.cache_creation.ephemeral_5m_input_tokens`, u_5m, `output.outputBodyJson.0.message.usage.cache_creation.ephemeral_5m_input_tokens`) as c5,
  coalesce(`output.outputBodyJson.usage.cache_creation.ephemeral_1h_input_tokens`, u_1h, `output.outputBodyJson.0.message.usage.cache_creation.ephemeral_1h_input_tokens`) as c1,
  output.outputBodyJson.usage.cacheDetails.0.inputTokens * strcontains(output.outputBodyJson.usage.cacheDetails.0.ttl, "5m") as d05,
  output.outputBodyJson.usage.cacheDetails.1.inputTokens * strcontains(output.outputBodyJson.usage.cacheDetails.1.ttl, "5m") as d15,
  output.outputBodyJson.usage.cacheDetails.0.inputTokens * strcontains(output.outputBodyJson.usage.cacheDetails.0.ttl, "1h") as d01,
  output.outputBodyJson.usage.cacheDetails.1.inputTokens * strcontains(output.outputBodyJson.usage.cacheDetails.1.ttl, "1h") as d11
| fields usage_in - coalesce(cached, 0) as body_in,
  coalesce(d05 + d15, d05, k_5m, l_5m, c5) as w5, coalesce(d01 + d11, d01, k_1h, l_1h, c1) as w1,
  coalesce(output.outputBodyJson.images.0, g0) as h0, coalesce(output.outputBodyJson.images.1, g1) as h1,
  coalesce(output.outputBodyJson.images.2, g2) as h2, coalesce(output.outputBodyJson.images.3, g3) as h3,
  coalesce(output.outputBodyJson.images.4, g4) as h4
| fields coalesce(own_in, body_in, u_in, `output.outputBodyJson.0.message.usage.input_tokens`, output.outputBodyJson.inputTextTokenCount, `output.outputBodyJson.prompt_token_count`, v_in) as tin,
  coalesce(output.outputTokenCount, p_out, output.outputBodyJson.usage.outputTokens, `output.outputBodyJson.usage.output_tokens`, `output.outputBodyJson.usage.completion_tokens`, u_out, output.outputBodyJson.results.0.tokenCount + output.outputBodyJson.results.1.tokenCount, output.outputBodyJson.results.0.tokenCount, output.outputBodyJson.totalOutputTextTokenCount, `output.outputBodyJson.generation_token_count`, v_out) as tout,
  coalesce(w5 + w1, w5, w1) as parts,
  least(1, abs(coalesce(own_in, body_in) - body_in)) + 0 * cached as inside
| fields coalesce(input.cacheWriteInputTokenCount, p_cw, output.outputBodyJson.usage.cacheWriteInputTokens, output.outputBodyJson.usage.cacheWriteInputTokenCount, `output.outputBodyJson.usage.cache_creation_input_tokens`, u_cw, `output.outputBodyJson.0.message.usage.cache_creation_input_tokens`, v_cw, parts) as tcw,
  coalesce(tcr, cached) as tcr_apart, coalesce(tin, tout) as either
| fields (1 - least(1, abs(tcw - parts))) * least(1, tcw) as split,
  tin + coalesce(tcr, (1 - inside) * cached, 0) + coalesce(tcw, 0) as prompt
"#;

const STATS: &str = r#"| stats count(*) as calls, count(either) as n_either,
  count(tin) as n_in, sum(tin) as s_in, count(tout) as n_out, sum(tout) as s_out,
  count(tcr) as n_cr, sum(tcr) as s_cr, count(tcr_apart) as n_cra, sum(tcr_apart) as s_cra,
  count(tcw) as n_cw, sum(tcw) as s_cw, sum(w5) as s_w5, sum(w1) as s_w1,
  count(h0) as i0, count(h1) as i1, count(h2) as i2, count(h3) as i3, count(h4) as i4
  by hour, modelId, accountId, region, principal, error, tier, latency, body_latency, split, inside"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(keys: &[&str], thresholds: &[u64]) -> QueryShape {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        QueryShape::new(keys, thresholds.iter().copied(), 100_000)
    }

    #[test]
    fn bands_begin_above_their_threshold_and_keys_stand_in_backticks() {
        let text = shape(&["cost-centre", "team"], &[272_000, 200_000, 200_000])
            .text("2026-10-03", 1_791_158_400);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "filter @timestamp < 1791158400000");
        assert_eq!(
            lines[1],
            "| filter ispresent(modelId) and timestamp like /^2026-10-03/"
        );
        let ends: Vec<&str> = lines
            .iter()
            .filter(|line| line.contains("m0") || line.contains("b0") || line.contains("q1"))
            .copied()
            .collect();
        insta::assert_snapshot!(ends.join("\n"), @r#"
        | fields coalesce(`requestMetadata.cost-centre`, q0) as m0
        | parse @message /"requestMetadata":\{[^{}]*"team":"(?<q1>[^"\\]*)"/
        | fields coalesce(`requestMetadata.team`, q1) as m1
        | fields least(1, floor(prompt / 200001)) as b0, least(1, floor(prompt / 272001)) as b1
          by hour, modelId, accountId, region, principal, error, tier, latency, body_latency, split, inside, m0, m1, b0, b1
        "#);
        assert_eq!(lines.last(), Some(&"| limit 100000"));
    }

    #[test]
    fn no_name_is_defined_twice() {
        let text = shape(&["a", "b"], &[200_000]).text("2026-10-03", 0);
        let named = regex::Regex::new(r"\(\?<(\w+)>| as (\w+)").unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for found in named.captures_iter(&text) {
            let name = found.get(1).or_else(|| found.get(2)).unwrap().as_str();
            assert!(seen.insert(name), "{name} twice");
        }
        assert!(seen.contains("p_in") && seen.contains("tcw") && seen.contains("calls"));
    }

    #[test]
    fn sixteen_keys_fit_and_forty_do_not() {
        let key = "k".repeat(20);
        let keys: Vec<&str> = std::iter::repeat_n(key.as_str(), 40).collect();
        let length = |keys: &[&str]| shape(keys, &[200_000]).text("2026-10-03", 0).len();
        // AWS takes sixteen keys of a call.
        assert!(
            length(&keys[..16]) < LONGEST_QUERY,
            "{} without keys",
            length(&[])
        );
        assert!(length(&keys) > LONGEST_QUERY);
    }

    #[test]
    fn keys_that_could_end_the_quotes_cannot_be_named() {
        for key in ["team", "cost:centre/a+b=c@d", "a.b", "A B"] {
            assert!(can_be_named(key), "{key}");
        }
        for key in ["", "a`b", "a|b", "a\"b", "a\nb", "größe", "a(b", "a\\b"] {
            assert!(!can_be_named(key), "{key}");
        }
        assert_eq!(escaped("a.b/c+d$"), r"a\.b\/c\+d\$");
    }

    #[test]
    fn the_expressions_find_what_stands_behind_a_large_body() {
        let record = concat!(
            r#"{"timestamp":"2026-10-03T00:00:00Z","accountId":"111122223333","region":"us-east-1","requestId":"r","#,
            r#""operation":"InvokeModel","modelId":"m","input":{"inputContentType":"application/json","inputBodyJson":"#,
            r#"{"text":"\"inputTokenCount\":999},\"output\":{\"output"},"inputTokenCount":41},"output":{"outputContentType":"#,
            r#""application/json","outputBodyJson":{"content":[{"text":"\"usage\":{\"input_tokens\":9"}],"usage":{"input_tokens":41,"#,
            r#""cache_creation_input_tokens":10,"cache_read_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":4,"#,
            r#""ephemeral_1h_input_tokens":6},"output_tokens":5}},"outputTokenCount":5},"#,
            r#""identity":{"arn":"arn:aws:sts::111122223333:assumed-role/checkout/i-0abc"},"schemaType":"ModelInvocationLog"}"#
        );
        let expected = [
            ("p_in", Some("41")),
            ("p_out", Some("5")),
            ("p_cr", None),
            ("u_in", Some("41")),
            ("u_out", Some("5")),
            ("u_cr", Some("7")),
            ("u_cw", Some("10")),
            ("u_5m", Some("4")),
            ("u_1h", Some("6")),
            ("v_in", None),
            ("k_5m", None),
            ("g0", None),
            ("p_error", None),
            (
                "p_arn",
                Some("arn:aws:sts::111122223333:assumed-role/checkout/i-0abc"),
            ),
            (
                "p_role",
                Some("arn:aws:sts::111122223333:assumed-role/checkout"),
            ),
        ];
        for (name, value) in expected {
            assert_eq!(found(name, record).as_deref(), value, "{name}");
        }
    }

    #[test]
    fn the_last_counts_of_a_stream_stand() {
        let record = concat!(
            r#"{"modelId":"m","input":{"inputBodyJson":{}},"output":{"outputContentType":"x","outputBodyJson":["#,
            r#"{"type":"message_start","message":{"usage":{"input_tokens":3,"cache_read_input_tokens":2,"output_tokens":1}}},"#,
            r#"{"type":"message_delta","usage":{"output_tokens":64}},"#,
            r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3,"outputTokenCount":64}}]}}"#
        );
        for (name, value) in [
            ("u_in", Some("3")),
            ("u_out", Some("64")),
            ("u_cr", Some("2")),
            ("v_out", Some("64")),
            // The metrics' count is not the record's own.
            ("p_out", None),
            ("p_in", None),
        ] {
            assert_eq!(found(name, record).as_deref(), value, "{name}");
        }
    }

    #[test]
    fn errors_are_found_on_the_record_and_not_in_a_body() {
        for (record, value) in [
            (
                r#"{"modelId":"m","input":{"n":1},"errorCode":"E","schemaType":"x"}"#,
                Some("E"),
            ),
            (
                r#"{"modelId":"m","input":{"n":1},"errorCode":"E"}"#,
                Some("E"),
            ),
            (
                r#"{"input":{"n":1},"errorCode":"E","output":{"outputContentType":"x"}}"#,
                Some("E"),
            ),
            (r#"{"input":{"tool":{"n":{},"errorCode":"E","n":1}}}"#, None),
            (r#"{"input":{"tool":"},\"errorCode\":\"E\"}"}}"#, None),
        ] {
            assert_eq!(found("r_error", record).as_deref(), value, "{record}");
        }
        let first = r#"{"modelId":"m","errorCode":"E","input":{}}"#;
        assert_eq!(found("p_error", first).as_deref(), Some("E"));
    }

    #[test]
    fn cache_details_are_found_in_either_order_and_images_one_by_one() {
        let converse = r#"{"usage":{"cacheDetails":[{"ttl":"1h","inputTokens":6},{"inputTokens":4,"ttl":"5m"}]}}"#;
        for (name, value) in [
            ("k_1h", Some("6")),
            ("l_5m", Some("4")),
            ("k_5m", None),
            ("l_1h", None),
        ] {
            assert_eq!(found(name, converse).as_deref(), value, "{name}");
        }
        let images = r#"{"outputContentType":"x","outputBodyJson":{"images":["aW1h","Z2U="]}}"#;
        assert!(found("g0", images).is_some() && found("g1", images).is_some());
        assert_eq!(found("g2", images), None);
    }

    /// What the expression with this name finds.
    fn found(name: &str, record: &str) -> Option<String> {
        let line = PARSES
            .lines()
            .find(|line| line.contains(&format!("(?<{name}>")))
            .unwrap();
        let (_, expression) = line.split_once(" /").unwrap();
        let expression = expression.strip_suffix('/').unwrap().replace(r"\/", "/");
        let found = regex::Regex::new(&expression).unwrap().captures(record)?;
        Some(found[name].to_owned())
    }
}
