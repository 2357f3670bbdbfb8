//! `--print-policy`: the least IAM policy that a fetch needs, read-only.
//!
//! Actions and resources are those of the calls that `sources` make; a test compares the two.
//! Nothing here can read prompts but `logs:FilterLogEvents` (`fetch logs --raw`), `logs:StartQuery`
//! (Logs Insights reads the records on AWS's side and could be asked for them) and
//! `s3:GetObject` (`fetch s3`).

use serde_json::{Value, json};

use crate::cli::FetchSource;

/// The policy of one source, or of all.
pub(super) fn least_policy(source: Option<&FetchSource>) -> String {
    let statements: Vec<Value> = match source {
        Some(FetchSource::Metrics(_)) => vec![catalog(), metrics()],
        Some(FetchSource::Logs(logs)) if logs.raw => vec![logging(), log_groups(), events()],
        Some(FetchSource::Logs(_)) => [vec![logging(), log_groups()], insights()].concat(),
        Some(FetchSource::S3(_)) => [vec![logging()], objects()].concat(),
        Some(FetchSource::Catalog(_)) => vec![catalog()],
        None => {
            let all = [
                vec![catalog(), metrics(), log_groups()],
                insights(),
                objects(),
            ];
            all.concat()
        }
    };
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    // A value without maps that have other than text keys always prints.
    serde_json::to_string_pretty(&policy).unwrap_or_default()
}

fn statement(sid: &str, actions: &[&str], resource: Value) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource})
}

fn catalog() -> Value {
    let actions = [
        "bedrock:GetModelInvocationLoggingConfiguration",
        "bedrock:ListFoundationModels",
        "bedrock:ListInferenceProfiles",
        "bedrock:ListProvisionedModelThroughputs",
        "bedrock:ListTagsForResource",
    ];
    statement("EolcastCatalog", &actions, json!("*"))
}

fn logging() -> Value {
    let actions = ["bedrock:GetModelInvocationLoggingConfiguration"];
    statement("EolcastLogging", &actions, json!("*"))
}

fn metrics() -> Value {
    let actions = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"];
    statement("EolcastMetrics", &actions, json!("*"))
}

/// `YOUR-LOG-GROUP` stands for the group that the invocation logs go to.
fn log_groups() -> Value {
    statement("EolcastLogGroups", &["logs:DescribeLogGroups"], json!("*"))
}

const LOG_GROUP: &str = "arn:aws:logs:*:*:log-group:YOUR-LOG-GROUP:*";

fn insights() -> Vec<Value> {
    let answers = ["logs:GetQueryResults", "logs:StopQuery"];
    vec![
        statement("EolcastQueries", &["logs:StartQuery"], json!(LOG_GROUP)),
        statement("EolcastQueryResults", &answers, json!("*")),
    ]
}

fn events() -> Value {
    statement("EolcastEvents", &["logs:FilterLogEvents"], json!(LOG_GROUP))
}

/// Sidecars below `data/` hold nothing but bodies: they stay out of reach.
fn objects() -> Vec<Value> {
    let logs = "arn:aws:s3:::YOUR-BUCKET/*AWSLogs/*/BedrockModelInvocationLogs/*";
    let sidecars = "arn:aws:s3:::YOUR-BUCKET/*AWSLogs/*/BedrockModelInvocationLogs/*/data/*";
    vec![
        statement(
            "EolcastListObjects",
            &["s3:ListBucket"],
            json!("arn:aws:s3:::YOUR-BUCKET"),
        ),
        statement("EolcastObjects", &["s3:GetObject"], json!(logs)),
        json!({"Sid": "EolcastNoBodies", "Effect": "Deny", "Action": ["s3:GetObject"], "Resource": sidecars}),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::from_str;

    use super::*;

    fn actions(policy: &str) -> BTreeSet<String> {
        let policy: Value = from_str(policy).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        let allowed = statements.iter().filter(|one| one["Effect"] == "Allow");
        let actions = allowed.flat_map(|one| one["Action"].as_array().unwrap().clone());
        actions
            .map(|action| action.as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn every_action_only_reads() {
        let reading = ["Get", "List", "Describe", "StartQuery", "StopQuery"];
        for action in actions(&least_policy(None)) {
            let (_, verb) = action.split_once(':').unwrap();
            assert!(
                reading.iter().any(|read| verb.starts_with(read)),
                "{action}"
            );
            assert!(
                !action.contains('*') && !verb.contains("Invoke"),
                "{action}"
            );
        }
    }

    #[test]
    fn reading_events_is_not_in_the_policy_for_everything() {
        assert!(!actions(&least_policy(None)).contains("logs:FilterLogEvents"));
    }
}
