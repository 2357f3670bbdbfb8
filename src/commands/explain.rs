//! `eolcast explain`: every charge behind a number, as quantity x price.

use std::io::Write;

use anyhow::bail;
use chrono::NaiveDate;

use super::Outcome;
use super::impact::impact;
use super::pipeline::{self, Priced};
use crate::cli::ExplainArgs;
use crate::domain::ModelId;
use crate::report::{Subject, write_explanation};
use crate::usage::Pattern;

pub(super) fn run(arguments: &ExplainArgs, today: NaiveDate) -> anyhow::Result<Outcome> {
    let (priced, ()) = pipeline::load(&arguments.usage, today, || Ok(()))?;
    let subject = Matching::find(&arguments.subject, &priced)?;
    let input_lost = priced.input_lost;
    let sources = pipeline::source_titles(&priced.tables);
    let report = impact(priced, arguments.usage.horizon, arguments.usage.demo)?;
    let mut out = std::io::stdout().lock();
    write_explanation(&report, &sources, &subject, &mut out)?;
    out.flush()?;
    if input_lost {
        eprintln!("eolcast: some input could not be read; `eolcast report` names it");
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
        let names: std::collections::BTreeSet<&str> = priced
            .usage
            .iter()
            .filter_map(|row| row.workload.as_deref())
            .collect();
        let names = names.into_iter().take(20).collect::<Vec<_>>().join(", ");
        bail!("no usage of a workload or model '{asked}'; workloads are {names}")
    }
}

impl Subject for Matching {
    fn holds(&self, workload: &str, model: &ModelId) -> bool {
        match self {
            Self::Workload(pattern) => pattern.matches(workload),
            Self::Model(pattern) => pattern.matches(model.as_str()),
        }
    }
}
