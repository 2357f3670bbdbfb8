//! Moves that cannot be made as they are, or not at all, and plans that nothing fits.
//!
//! Codes: `no-successor`, `successor-must-move`, `successor-unpriced`,
//! `successor-priced-elsewhere`, `scenario-moves-nothing`, `scenario-date-past`,
//! `plan-without-effect`, `re-embedding-not-counted`.
//! Imports `pricing`, `domain` and `diagnostic`.
//!
//! Sample: `warning[no-successor]: search, claude-x in us-east-1: no successor is known ...`.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::events::{Launched, Selection};
use super::findings::name;
use super::history::{Cell, History, Series};
use super::impact::Scenario;
use super::migration::{has_price, target};
use super::price_path::PriceKey;
use super::project::Stage;
use super::scenario::{Move, Outlook, leads_to_a_dying_model};
use crate::diagnostic::Diagnostic;
use crate::domain::{ModelId, ModelKind};
use crate::pricing::Pricer;

/// Code, subject and message: each is said once.
type Said = BTreeSet<(&'static str, String, String)>;

/// Moves that cannot be made as they are, or not at all.
pub(crate) fn moves(stage: &Stage<'_, '_>, pricer: &Pricer<'_>) -> Vec<Diagnostic> {
    let mut said = Said::new();
    for planned in stage.plans {
        let cell = &planned.plan.cell;
        let Some(outlook) = stage.outlooks.get(&cell.series) else {
            continue;
        };
        if outlook.must_move {
            built_in(stage, cell, outlook, pricer, &mut said);
        }
        own(stage, cell, outlook, pricer, &mut said);
        for part in &planned.moved {
            let place = format!("{}, planned move", name(&cell.series));
            said.extend(landing(pricer, cell, &part.to, part.on, &place));
        }
    }
    said.into_iter()
        .map(|(code, subject, message)| match code {
            "successor-priced-elsewhere" | "re-embedding-not-counted" => {
                Diagnostic::info(code, subject, message)
            }
            _ => Diagnostic::warning(code, subject, message),
        })
        .collect()
}

fn built_in(
    stage: &Stage<'_, '_>,
    cell: &Cell,
    outlook: &Outlook<'_>,
    pricer: &Pricer<'_>,
    said: &mut Said,
) {
    let (series, options) = (&cell.series, stage.options);
    let kind = pricer.lifecycle().model(&series.model_id);
    if kind.is_some_and(|row| row.kind == ModelKind::Embedding)
        && !options.stored_tokens.contains_key(&series.workload)
    {
        let message = format!(
            "its stored vectors must be made again on a move; how many tokens that takes is not known, so no cost of it is counted: set \"{}\" under [embedding.stored_tokens]",
            series.workload
        );
        said.insert(("re-embedding-not-counted", name(series), message));
    }
    let Some(successor) = &outlook.successor else {
        let message = "no successor is known, so it stays in every scenario; name one in the settings (successor)";
        said.insert(("no-successor", name(series), message.to_owned()));
        return;
    };
    if successor.dying {
        let message = format!(
            "{}, set as successor, must itself move before the horizon; choose another",
            successor.model_id
        );
        said.insert(("successor-must-move", name(series), message));
    }
    let moving = outlook.moving(&Scenario::MigrateNow, series, pricer, options);
    let on = moving.map_or(options.as_of, |moving| moving.on);
    said.extend(landing(
        pricer,
        cell,
        &successor.model_id,
        on,
        &name(series),
    ));
}

/// The same for the user's own scenarios, where they lead elsewhere than the built-in ones.
fn own(
    stage: &Stage<'_, '_>,
    cell: &Cell,
    outlook: &Outlook<'_>,
    pricer: &Pricer<'_>,
    said: &mut Said,
) {
    let (series, options) = (&cell.series, stage.options);
    for scenario in stage.scenarios {
        let Scenario::Own(of) = scenario else {
            continue;
        };
        let Some(moving) = outlook.moving(scenario, series, pricer, options) else {
            continue;
        };
        let usual = outlook.successor.as_ref().map(|known| &known.model_id);
        if outlook.must_move && usual == Some(&moving.to) {
            continue;
        }
        let place = format!("{}, scenario {of}", name(series));
        if leads_to_a_dying_model(&moving, series, pricer, options) {
            let message = format!(
                "{}, the scenario's successor, must itself move before the horizon; choose another",
                moving.to
            );
            said.insert(("successor-must-move", place.clone(), message));
        }
        said.extend(landing(pricer, cell, &moving.to, moving.on, &place));
    }
}

/// What is not as before on the successor.
fn landing(
    pricer: &Pricer<'_>,
    cell: &Cell,
    successor: &ModelId,
    on: NaiveDate,
    place: &str,
) -> Option<(&'static str, String, String)> {
    let (from, to) = (PriceKey::of(cell)?, target(pricer, cell, successor, on)?);
    if !has_price(pricer, &to, on) {
        let message = format!("{successor} has no price there; the moved part is unpriced");
        return Some(("successor-unpriced", place.to_owned(), message));
    }
    let mut changes = Vec::new();
    if from.scope != to.scope {
        changes.push(format!("scope {} instead of {}", to.scope, from.scope));
    }
    if from.tier != to.tier {
        changes.push(format!("tier {} instead of {}", to.tier, from.tier));
    }
    if let (Some(before), Some(0)) = (from.prompt_band.filter(|band| *band > 0), to.prompt_band) {
        changes.push(format!("the base price for prompts above {before} tokens"));
    }
    (!changes.is_empty()).then(|| {
        let message = format!(
            "{successor} has no price for the same way of calling; the move is priced at {}",
            changes.join(", ")
        );
        ("successor-priced-elsewhere", place.to_owned(), message)
    })
}

/// Scenarios and events that fit no usage, or whose day is past.
pub(crate) fn without_effect(
    stage: &Stage<'_, '_>,
    pricer: &Pricer<'_>,
    history: &History,
) -> Vec<Diagnostic> {
    let options = stage.options;
    let mut findings = Vec::new();
    for (at, wave) in options.scenarios.iter().enumerate() {
        let scenario = Scenario::Own(wave.name.clone());
        let moves = |(series, outlook): (&Series, &Outlook<'_>)| -> Option<Move> {
            let moving = outlook.moving(&scenario, series, pricer, options)?;
            (moving.wave == Some(at)).then_some(moving)
        };
        let subject = format!("scenario {}", wave.name);
        let in_use = stage.plans.iter().filter_map(|planned| {
            let series = &planned.plan.cell.series;
            Some((series, stage.outlooks.get(series)?))
        });
        if !in_use.into_iter().any(|pair| moves(pair).is_some()) {
            let message = "it moves nothing: its workloads, models and regions hold no usage that must move before the horizon and has a successor (a model pattern of its own moves what needs not move, too)";
            findings.push(Diagnostic::warning(
                "scenario-moves-nothing",
                subject,
                message,
            ));
        } else if let Some(on) = wave.migrate_on.filter(|on| *on < options.as_of) {
            let message = format!(
                "migrate_on {on} is past; it is projected to begin on {}",
                options.as_of
            );
            findings.push(Diagnostic::warning("scenario-date-past", subject, message));
        }
    }
    findings.extend(idle_plans(stage, history));
    findings
}

fn idle_plans(stage: &Stage<'_, '_>, history: &History) -> Vec<Diagnostic> {
    let options = stage.options;
    let events = &options.events;
    let fits = |selection: &Selection| {
        let mut plans = stage.plans.iter();
        plans.any(|planned| selection.holds(&planned.plan.cell.series))
    };
    let mut idle = Vec::new();
    for (at, growth) in (1..).zip(&events.growths) {
        if !fits(&growth.selection) {
            idle.push((format!("[[growth]] {at}"), "fits no usage"));
        } else if growth.to.is_some_and(|to| to <= options.as_of) {
            idle.push((format!("[[growth]] {at}"), "is over"));
        }
    }
    for (at, launch) in (1..).zip(&events.launches) {
        let place = format!("[[launch]] {at}");
        match &launch.what {
            Launched::Share(selection, _) if !fits(selection) => {
                idle.push((place, "fits no usage"))
            }
            _ if launch.to.is_some_and(|to| to <= options.as_of) => idle.push((place, "is over")),
            _ if launch.from < options.as_of => {
                idle.push((place, "began before as_of and is in the history already"));
            }
            _ if launch.from >= options.end() => idle.push((place, "begins after the horizon")),
            _ => {}
        }
    }
    for (at, planned) in (1..).zip(&events.moves) {
        if !fits(&planned.selection) {
            idle.push((format!("[[migration]] {at}"), "fits no usage"));
        } else if planned.is_over(options.as_of) {
            idle.push((format!("[[migration]] {at}"), "is over"));
        }
    }
    for workload in options.stored_tokens.keys() {
        if !history
            .seen
            .keys()
            .any(|series| series.workload == *workload)
        {
            let place = format!("[embedding.stored_tokens] \"{workload}\"");
            idle.push((place, "names no workload in use"));
        }
    }
    idle.into_iter()
        .map(|(place, why)| {
            let message = format!("it {why}, so it changes nothing");
            Diagnostic::warning("plan-without-effect", place, message)
        })
        .collect()
}
