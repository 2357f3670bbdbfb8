//! `ListFoundationModels`. Imports `domain` and its siblings.
//!
//! Sample: `anthropic.claude-3-haiku-20240307-v1:0`, status `LEGACY`, Legacy from
//! 2026-03-10T00:00:00Z.

use aws_sdk_bedrock::types::{FoundationModelLifecycle, FoundationModelSummary};

use super::moment;
use crate::domain::{CatalogLifecycle, CatalogModel};
use crate::sources::aws::{Access, AwsFailure};

pub(super) const OPERATION: &str = "bedrock:ListFoundationModels";

/// All models of the Region, sorted by id.
pub(super) async fn models(access: &Access) -> Result<Vec<CatalogModel>, AwsFailure> {
    let client = access.bedrock();
    let ask = || client.list_foundation_models().send();
    let answer = access.call(OPERATION, ask).await?;
    let mut models: Vec<CatalogModel> = answer.model_summaries().iter().map(model).collect();
    models.sort_by(|a, b| a.model_id.cmp(&b.model_id));
    models.dedup();
    Ok(models)
}

fn model(summary: &FoundationModelSummary) -> CatalogModel {
    let modalities = summary.output_modalities().iter();
    let types = summary.inference_types_supported().iter();
    CatalogModel {
        model_id: summary.model_id().to_owned(),
        name: summary.model_name().map(str::to_owned),
        provider: summary.provider_name().map(str::to_owned),
        output_modalities: modalities.map(|word| word.as_str().to_owned()).collect(),
        inference_types: types.map(|word| word.as_str().to_owned()).collect(),
        lifecycle: summary.model_lifecycle().map(lifecycle),
    }
}

fn lifecycle(lifecycle: &FoundationModelLifecycle) -> CatalogLifecycle {
    CatalogLifecycle {
        status: lifecycle.status().as_str().to_owned(),
        start_of_life: lifecycle.start_of_life_time().and_then(moment),
        legacy_from: lifecycle.legacy_time().and_then(moment),
        extended_access_from: lifecycle.public_extended_access_time().and_then(moment),
        end_of_life: lifecycle.end_of_life_time().and_then(moment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_bedrock::types::{FoundationModelLifecycleStatus, InferenceType};
    use aws_smithy_types::DateTime;

    #[test]
    fn words_that_nobody_knows_yet_are_kept_and_moments_stay_inside_their_day() {
        let dates = FoundationModelLifecycle::builder()
            .status(FoundationModelLifecycleStatus::from("RETIRING"))
            .legacy_time(DateTime::from_secs(1_790_768_700))
            .build()
            .unwrap();
        let summary = FoundationModelSummary::builder()
            .model_arn("arn:aws:bedrock:us-east-1::foundation-model/x.y-v1:0")
            .model_id("x.y-v1:0")
            .inference_types_supported(InferenceType::from("INFERENCE_PROFILE"))
            .model_lifecycle(dates)
            .build()
            .unwrap();
        let model = model(&summary);
        assert_eq!(model.inference_types, ["INFERENCE_PROFILE"]);
        let dates = model.lifecycle.unwrap();
        assert_eq!(dates.status, "RETIRING");
        // 1,790,768,700 s = 2026-09-30 11:45:00 UTC
        let legacy = dates.legacy_from.unwrap().to_string();
        assert_eq!(legacy, "2026-09-30 11:45:00 UTC");
        assert_eq!(dates.end_of_life, None);
    }
}
