//! `ListInferenceProfiles` of both types, and the tags of the application profiles. Imports
//! `domain` and its siblings.
//!
//! Sample: `us.anthropic.claude-haiku-4-5-20251001-v1:0` with three model ARNs;
//! `abcd1234efgh`, called `checkout`, with the tag `team=payments`.

use std::collections::BTreeMap;

use aws_sdk_bedrock::types::{InferenceProfileSummary, InferenceProfileType};
use futures_util::{StreamExt, stream};

use super::{Missing, is_denied};
use crate::domain::CatalogProfile;
use crate::sources::aws::{Access, AwsFailure};

pub(super) const OPERATION: &str = "bedrock:ListInferenceProfiles";
pub(super) const TAGS: &str = "bedrock:ListTagsForResource";
/// The most that the API gives a call.
const PAGE: i32 = 1000;
/// Profiles whose tags are asked for at a time.
const AT_A_TIME: usize = 4;
/// Refusals after which nobody else's tags are asked for, if none could be read.
const REFUSALS: usize = 4;

/// All profiles of the Region, sorted by id.
pub(super) async fn profiles(
    access: &Access,
    missing: &mut Missing,
) -> Result<Vec<CatalogProfile>, AwsFailure> {
    let mut all = Vec::new();
    for (kind, part) in [
        (InferenceProfileType::SystemDefined, "system profiles"),
        (InferenceProfileType::Application, "application profiles"),
    ] {
        all.extend(missing.or_default(part, of_type(access, &kind).await)?);
    }
    all.sort_by(|a, b| (&a.id, &a.arn).cmp(&(&b.id, &b.arn)));
    all.dedup();
    let of_application = all.iter_mut().filter(|profile| profile.application);
    add_tags(access, of_application.collect(), missing).await?;
    Ok(all)
}

async fn of_type(
    access: &Access,
    kind: &InferenceProfileType,
) -> Result<Vec<CatalogProfile>, AwsFailure> {
    let client = access.bedrock();
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let ask = || {
            client
                .list_inference_profiles()
                .type_equals(kind.clone())
                .max_results(PAGE)
                .set_next_token(token.clone())
                .send()
        };
        let page = access.call(OPERATION, ask).await?;
        all.extend(page.inference_profile_summaries().iter().map(profile));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(all);
        }
    }
}

fn profile(summary: &InferenceProfileSummary) -> CatalogProfile {
    let application = *summary.r#type() == InferenceProfileType::Application;
    let models = summary.models().iter();
    let mut model_arns: Vec<String> = models
        .filter_map(|model| model.model_arn())
        .map(str::to_owned)
        .collect();
    model_arns.sort();
    model_arns.dedup();
    CatalogProfile {
        id: summary.inference_profile_id().to_owned(),
        arn: summary.inference_profile_arn().to_owned(),
        name: summary.inference_profile_name().to_owned(),
        application,
        model_arns,
        tags: BTreeMap::new(),
        // Nobody needs the tags of a profile that AWS made.
        tags_known: !application,
    }
}

/// Asks for the tags of each profile. What may not be read is one finding for all.
async fn add_tags(
    access: &Access,
    profiles: Vec<&mut CatalogProfile>,
    missing: &mut Missing,
) -> Result<(), AwsFailure> {
    let arns: Vec<String> = profiles.iter().map(|profile| profile.arn.clone()).collect();
    let asked = arns.iter().map(|arn| tags(access, arn));
    let mut answers = stream::iter(asked).buffered(AT_A_TIME);
    let mut refused: Option<AwsFailure> = None;
    let (mut refusals, mut known) = (0, 0);
    for profile in profiles {
        if known == 0 && refusals >= REFUSALS {
            refusals += 1;
            continue;
        }
        match answers.next().await {
            Some(Ok(tags)) => {
                profile.tags = tags;
                profile.tags_known = true;
                known += 1;
            }
            Some(Err(failure)) if is_denied(&failure) => {
                refusals += 1;
                refused.get_or_insert(failure);
            }
            // Deleted since it was listed.
            Some(Err(failure)) if failure.kind == crate::sources::aws::FailureKind::NotFound => {}
            Some(Err(failure)) => return Err(failure),
            None => {}
        }
    }
    if let Some(failure) = refused {
        let part = match refusals {
            1 => "the tags of 1 application profile".to_owned(),
            count => format!("the tags of {count} application profiles"),
        };
        missing.add(&part, &failure);
    }
    Ok(())
}

async fn tags(access: &Access, arn: &str) -> Result<BTreeMap<String, String>, AwsFailure> {
    let client = access.bedrock();
    let ask = || client.list_tags_for_resource().resource_arn(arn).send();
    let answer = access.call(TAGS, ask).await?;
    let tags = answer.tags().iter();
    Ok(tags
        .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
        .collect())
}
