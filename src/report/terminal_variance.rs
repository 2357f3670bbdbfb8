//! Why the month cost more or less than the one before: the whole in two lines, then the
//! biggest movers, two lines each, the second one with what moved them, the biggest first.
//!
//! Imports `projection` and `domain`. Sample: `checkout  claude-opus-4-1  $60.00  $123.00
//! +$63.00` and below it `mix +$36.00, volume +$30.00, price -$6.00, Extended Access +$3.00`.

use std::cmp::Reverse;

use super::format::{short_model, truncated, wrapped};
use super::grid::{Align, Colour, Grid};
use crate::domain::{Decimal, MoneyOverflow, PriceBasis, Usd};
use crate::projection::{Change, Effects, VarianceRow, VarianceTotal};

/// Rows shown.
const MOVERS: usize = 5;

/// A space at which no line breaks: an effect stays beside its amount.
const TOGETHER: &str = "\u{a0}";

/// The lines, and how many rows they show.
pub(super) fn variance_lines(
    rows: &[VarianceRow],
    width: usize,
    colour: Colour,
) -> Result<(Vec<String>, usize), MoneyOverflow> {
    let total = VarianceTotal::of(rows)?;
    let movers = movers(rows);
    let mut grid = Grid::new([
        ("workload", Align::Flexible),
        ("model", Align::Flexible),
        ("before", Align::Right),
        ("after", Align::Right),
        ("difference", Align::Right),
        ("", Align::Left),
    ]);
    let whole = total.after.subtract(total.before)?;
    grid.row([
        "all workloads".to_owned(),
        String::new(),
        total.before.in_words(),
        total.after.in_words(),
        whole.change_in_words(),
        String::new(),
    ]);
    let mut reasons = vec![reasons(&total.effects)];
    for (row, difference) in &movers {
        let money = |cost: Option<Usd>| cost.unwrap_or_default().in_words();
        grid.row([
            row.workload.to_string(),
            short_model(&row.model_id),
            money(row.cost_before),
            money(row.cost_after),
            difference.change_in_words(),
            note(row),
        ]);
        // The one effect of what is new or gone is the difference itself.
        reasons.push(match row.change {
            Some(_) => String::new(),
            None => self::reasons(&row.effects.unwrap_or_default()),
        });
    }
    let mut lines = grid.lines(width, 2, colour).into_iter();
    let mut page: Vec<String> = lines.next().into_iter().collect();
    for (line, reasons) in lines.zip(reasons) {
        page.push(line);
        if !reasons.is_empty() {
            let lines = wrapped(&reasons, width.saturating_sub(4), 2);
            let shown = |line: String| format!("    {}", line.replace(TOGETHER, " "));
            page.extend(lines.into_iter().map(shown));
        }
    }
    let unknown = match total.unknown {
        0 => None,
        1 => Some("  left out: 1 row that has no price in a month".to_owned()),
        rows => Some(format!(
            "  left out: {rows} rows that have no price in a month"
        )),
    };
    page.extend(unknown.map(|line| truncated(&line, width)));
    Ok((page, movers.len()))
}

/// The rows that moved most, up or down; rows that did not move are none.
pub(super) fn movers(rows: &[VarianceRow]) -> Vec<(&VarianceRow, Usd)> {
    let mut movers: Vec<(&VarianceRow, Usd)> = rows
        .iter()
        .filter_map(|row| Some((row, row.difference()?)))
        .filter(|(_, difference)| *difference != Usd::ZERO)
        .collect();
    movers.sort_by_key(|(_, difference)| Reverse(size(*difference)));
    movers.truncate(MOVERS);
    movers
}

fn size(amount: Usd) -> Decimal {
    amount.amount().abs()
}

/// The effects that reach a cent, the biggest first.
pub(super) fn reasons(effects: &Effects) -> String {
    let mut named: Vec<_> = effects
        .named()
        .into_iter()
        .filter(|(_, effect)| effect.in_words() != Usd::ZERO.in_words())
        .collect();
    named.sort_by_key(|(_, effect)| Reverse(size(*effect)));
    let words: Vec<String> = named
        .iter()
        .map(|(name, effect)| {
            let words = format!("{name} {}", effect.change_in_words());
            words.replace(' ', TOGETHER)
        })
        .collect();
    words.join(", ")
}

pub(super) fn note(row: &VarianceRow) -> String {
    let change = row.change.map(Change::as_str);
    let unpriced = (row.price_basis == PriceBasis::Unpriced).then_some("unpriced in part");
    let words: Vec<&str> = change.into_iter().chain(unpriced).collect();
    words.join(", ")
}
