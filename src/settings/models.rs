//! What the settings say of models and workloads, held against the tables and itself.
//!
//! People copy ids from code and bills, where they stand with a geo prefix, a context suffix
//! or as an ARN; a setting under such a name must not be lost in silence. Where two names of
//! one model are given, the one that is the id of the tables holds.
//!
//! Sample: `successor = "us.anthropic.claude-sonnet-5"` means `anthropic.claude-sonnet-5`.

use std::collections::BTreeMap;

use super::Settings;
use crate::diagnostic::Diagnostic;
use crate::domain::{ModelId, ModelNaming};
use crate::projection::{Launched, WorkloadPlan};
use crate::usage::{AllocationRule, Pattern};

impl Settings {
    /// Replaces every model name by the id of the tables, and reports those that lead nowhere.
    pub fn resolve_models(&mut self, naming: &ModelNaming) -> Vec<Diagnostic> {
        let mut unknown = Vec::new();
        for successor in self
            .plans
            .iter_mut()
            .filter_map(|plan| plan.successor.as_mut())
        {
            let resolved = naming.resolve(successor.as_str());
            if resolved.known {
                *successor = resolved.model_id;
            } else {
                unknown.push((
                    format!("successor = \"{successor}\""),
                    "the moved part has no price",
                ));
            }
        }
        self.resolve_plans(naming, &mut unknown);
        let without_effect = "it has no effect";
        for model in by_table_id(&mut self.assumptions.model_multiplier, naming) {
            unknown.push((format!("extended_access.model.\"{model}\""), without_effect));
        }
        for model in by_table_id(&mut self.assumptions.model_discount, naming) {
            unknown.push((format!("discount.model.\"{model}\""), without_effect));
        }
        let file = self.file.as_deref().unwrap_or("settings");
        let finding = |(place, effect): (String, &str)| {
            Diagnostic::warning(
                "unknown-model-in-settings",
                file,
                format!(
                    "{place} names no model that the tables know, so {effect}; write the id as the tables hold it"
                ),
            )
        };
        let mut findings: Vec<Diagnostic> = unknown.into_iter().map(finding).collect();
        findings.dedup();
        findings
    }
}

impl Settings {
    /// The same for scenarios and planned events; a pattern without a star is a name.
    fn resolve_plans(&mut self, naming: &ModelNaming, unknown: &mut Vec<(String, &'static str)>) {
        let events = &mut self.events;
        let waves = self.scenarios.iter_mut();
        let successors = waves.filter_map(|wave| wave.successor.as_mut()).chain(
            events
                .moves
                .iter_mut()
                .map(|planned| &mut planned.successor),
        );
        for successor in successors {
            let resolved = naming.resolve(successor.as_str());
            if resolved.known {
                *successor = resolved.model_id;
            } else {
                let place = format!("successor = \"{successor}\"");
                unknown.push((place, "the moved part has no price"));
            }
        }
        for launch in &mut events.launches {
            let Launched::Counts(counts) = &mut launch.what else {
                continue;
            };
            let resolved = naming.resolve(counts.model_id.as_str());
            if !resolved.known {
                let place = format!("[[launch]] model = \"{}\"", counts.model_id);
                unknown.push((place, "what is launched has no price"));
            }
            counts.endpoint_scope = resolved.scope.unwrap_or(counts.endpoint_scope);
            counts.model_id = resolved.model_id;
        }
        let launches = events.launches.iter_mut();
        let launched = launches.filter_map(|launch| match &mut launch.what {
            Launched::Share(selection, _) => Some(&mut selection.models),
            Launched::Counts(_) => None,
        });
        let patterns = launched
            .chain(
                self.scenarios
                    .iter_mut()
                    .map(|wave| &mut wave.selection.models),
            )
            .chain(
                events
                    .growths
                    .iter_mut()
                    .map(|growth| &mut growth.selection.models),
            )
            .chain(
                events
                    .moves
                    .iter_mut()
                    .map(|planned| &mut planned.selection.models),
            )
            .chain(
                events
                    .price_changes
                    .iter_mut()
                    .map(|change| &mut change.models),
            );
        for pattern in patterns.flatten().filter(|it| !it.text().contains('*')) {
            let resolved = naming.resolve(pattern.text());
            if resolved.known {
                *pattern = Pattern::new(resolved.model_id.as_str());
            } else {
                let place = format!("model = \"{}\"", pattern.text());
                unknown.push((place, "it fits no usage that has a price"));
            }
        }
    }
}

/// Of rules that give one name the first speaks for the workload; what a later one says
/// otherwise would never be heard. A name with captures can stand for many workloads.
pub(super) fn check_spoken_once(
    rules: &[AllocationRule],
    plans: &[WorkloadPlan],
    rule: &AllocationRule,
    plan: &WorkloadPlan,
) -> Result<(), String> {
    let first = rules.iter().position(|earlier| earlier.name == rule.name);
    let spoken = first.and_then(|at| plans.get(at));
    let silent = *plan == WorkloadPlan::default();
    match spoken {
        Some(spoken) if !silent && spoken != plan && !rule.name.contains('{') => Err(format!(
            "workload '{}' has an earlier rule with another owner, lead time, successor or token ratio, which would hold for both; write them there, or give the workloads different names",
            rule.name
        )),
        _ => Ok(()),
    }
}

/// Brings the keys to the ids of the tables; gives back those that lead nowhere.
fn by_table_id<T: Copy>(of_model: &mut BTreeMap<ModelId, T>, naming: &ModelNaming) -> Vec<ModelId> {
    let named = std::mem::take(of_model);
    let (exact, others): (Vec<_>, Vec<_>) = named
        .into_iter()
        .map(|(model, value)| (naming.resolve(model.as_str()), model, value))
        .partition(|(resolved, model, _)| resolved.model_id == *model);
    let mut unknown = Vec::new();
    for (resolved, model, value) in exact.into_iter().chain(others) {
        if resolved.known {
            of_model.entry(resolved.model_id).or_insert(value);
        } else {
            unknown.push(model);
        }
    }
    unknown.sort();
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::Tables;

    const SETTINGS: &str = r#"
[[workload]]
name = "a"
successor = "us.anthropic.claude-sonnet-5"
[[workload]]
name = "b"
successor = "anthropic.claude-nonexistent"
[extended_access.model."us.anthropic.claude-opus-4-1-20250805-v1:0"]
likely = "1.5"
[discount.model."arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-5"]
rate = "0.2"
[discount.model."global.anthropic.claude-opus-5"]
rate = "0.3"
[discount.model."anthropic.claude-opus-5"]
rate = "0.4"
[discount.model."newco.model-x"]
rate = "0.5"
"#;

    #[test]
    fn names_of_every_form_come_down_to_the_ids_of_the_tables() {
        let mut settings = Settings::parse(SETTINGS, "s.toml").unwrap();
        let findings = settings.resolve_models(&Tables::embedded().unwrap().naming());
        let id = ModelId::new;
        let first = settings.plans[0].successor.clone();
        assert_eq!(first, Some(id("anthropic.claude-sonnet-5")));
        let assumptions = &settings.assumptions;
        let opus = &assumptions.model_multiplier[&id("anthropic.claude-opus-4-1-20250805-v1:0")];
        assert_eq!(opus.likely.to_string(), "1.5");
        let discounts: Vec<_> = assumptions
            .model_discount
            .iter()
            .map(|(model, rate)| format!("{model} {rate}"))
            .collect();
        assert_eq!(
            discounts,
            [
                "anthropic.claude-opus-5 0.4",
                "anthropic.claude-sonnet-5 0.2"
            ]
        );
        let messages: Vec<_> = findings.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[0].starts_with("successor = \"anthropic.claude-nonexistent\" names no"));
        assert!(messages[1].starts_with("discount.model.\"newco.model-x\" names no model"));
    }
}
