//! `eolcast explain`: every charge behind a number, as quantity x price.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::bail;
use chrono::NaiveDate;

use super::Outcome;
use super::impact::{Backtest, impact};
use super::pipeline::{self, Priced};
use crate::cli::ExplainArgs;
use crate::diagnostic::Severity;
use crate::domain::ModelId;
use crate::report::{Subject, short_model, visible, write_explanation};
use crate::usage::Pattern;

/// Names that a message lists.
const NAMES: usize = 20;

pub(super) fn run(arguments: &ExplainArgs, today: NaiveDate) -> anyhow::Result<Outcome> {
    let (priced, ()) = pipeline::load(&arguments.usage, today, || Ok(()))?;
    let subject = Matching::find(&arguments.subject, &priced)?;
    let input_lost = priced.input_lost;
    let lost: Vec<String> = priced
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    let sources = pipeline::source_titles(&priced.tables);
    let report = impact(priced, &arguments.usage, Backtest::NotAsked)?;
    let mut out = std::io::stdout().lock();
    write_explanation(&report, &sources, &subject, &mut out)?;
    out.flush()?;
    for finding in lost {
        eprintln!("{}", visible(&finding));
    }
    Ok(if input_lost {
        Outcome::Incomplete
    } else {
        Outcome::Complete
    })
}

/// What was asked for: workloads of that name, else models.
enum Matching {
    Workload(Pattern),
    Model(Pattern),
    /// A model under the short name that the summary shows.
    ShortModel(String),
}

impl Matching {
    fn find(asked: &str, priced: &Priced) -> anyhow::Result<Self> {
        let pattern = Pattern::new(asked);
        let is_workload = |name: &str| pattern.matches(name);
        if priced
            .usage
            .iter()
            .any(|row| row.workload.as_deref().is_some_and(is_workload))
        {
            return Ok(Self::Workload(pattern));
        }
        // A model may be asked for under any of its names.
        let resolved = priced.tables.naming().resolve(asked).model_id;
        for pattern in [pattern, Pattern::new(resolved.as_str())] {
            if priced
                .usage
                .iter()
                .any(|row| pattern.matches(row.model_id.as_str()))
            {
                return Ok(Self::Model(pattern));
            }
        }
        if priced
            .usage
            .iter()
            .any(|row| short_model(&row.model_id) == asked)
        {
            return Ok(Self::ShortModel(asked.to_owned()));
        }
        let workloads = priced
            .usage
            .iter()
            .filter_map(|row| row.workload.as_deref());
        let models = priced.usage.iter().map(|row| row.model_id.as_str());
        bail!(
            "no usage of a workload or model '{}'; workloads are {}; models are {}",
            asked.escape_debug(),
            some_of(workloads),
            some_of(models)
        )
    }
}

/// The first names in the order of the alphabet.
fn some_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: BTreeSet<&str> = names.collect();
    let shown: Vec<String> = names
        .iter()
        .take(NAMES)
        .map(|name| name.escape_debug().to_string())
        .collect();
    match names.len().checked_sub(NAMES) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

impl Subject for Matching {
    fn holds(&self, workload: &str, model: &ModelId) -> bool {
        match self {
            Self::Workload(pattern) => pattern.matches(workload),
            Self::Model(pattern) => pattern.matches(model.as_str()),
            Self::ShortModel(name) => short_model(model) == *name,
        }
    }
}
