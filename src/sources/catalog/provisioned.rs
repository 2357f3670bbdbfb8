//! `ListProvisionedModelThroughputs`. Imports `domain` and its siblings.
//!
//! Sample: `arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abcd1234efgh`, 2 units,
//! `SixMonths`.

use aws_sdk_bedrock::types::ProvisionedModelSummary;

use super::moment;
use crate::domain::CatalogProvisioned;
use crate::sources::aws::{Access, AwsFailure};

pub(super) const OPERATION: &str = "bedrock:ListProvisionedModelThroughputs";
/// The most that the API gives a call.
const PAGE: i32 = 1000;

/// All provisioned throughput of the account in the Region, sorted by ARN.
pub(super) async fn provisioned(access: &Access) -> Result<Vec<CatalogProvisioned>, AwsFailure> {
    let client = access.bedrock();
    let mut all: Vec<CatalogProvisioned> = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let ask = || {
            client
                .list_provisioned_model_throughputs()
                .max_results(PAGE)
                .set_next_token(token.clone())
                .send()
        };
        let page = access.call(OPERATION, ask).await?;
        all.extend(page.provisioned_model_summaries().iter().map(one));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            all.sort_by(|a, b| a.arn.cmp(&b.arn));
            all.dedup();
            return Ok(all);
        }
    }
}

fn one(summary: &ProvisionedModelSummary) -> CatalogProvisioned {
    CatalogProvisioned {
        arn: summary.provisioned_model_arn().to_owned(),
        name: summary.provisioned_model_name().to_owned(),
        foundation_model_arn: summary.foundation_model_arn().to_owned(),
        model_units: u32::try_from(summary.model_units()).unwrap_or(0),
        commitment: summary
            .commitment_duration()
            .map(|word| word.as_str().to_owned()),
        commitment_ends: summary.commitment_expiration_time().and_then(moment),
        created: moment(summary.creation_time()),
        status: summary.status().as_str().to_owned(),
    }
}
