//! Every table of the contract: each column's name, kind and value stand in one line.
//!
//! Nothing is computed here. Money must fit `Decimal(38,12)` and counts `Int64`, in every
//! format, so that all formats hold the same; shares are rounded half to even to 12 places,
//! as a quotient has no end.
//!
//! Imports `projection`, `usage`, `pricing`, `domain` and `diagnostic`. Sample: a charge of
//! 3.96 US dollars is `Cell::Money(3.96)` in the column `list_cost` of the table `charges`.

mod coverage;

use std::ops::Range;

use chrono::NaiveDate;
use rust_decimal::RoundingStrategy;

use self::coverage::COVERAGE;
use super::backtest::BACKTEST;
use super::parts::{Parts, Take};
use super::table::{Cell, Column, ColumnKind, ReportError, SCALE, Table, fits};
use super::tables_ahead::{PROJECTION, SCENARIOS, TIMELINE, URGENCY};
use super::tables_variance::VARIANCE;
use crate::diagnostic::Diagnostic;
use crate::domain::{
    Decimal, EndpointScope, LifecyclePhase, ModelId, Month, PriceBasis, ServiceTier, Text,
    UnitPrice, UsageRow, Usd,
};
use crate::pricing::{Charge, CostRow};
use crate::projection::{ImpactReport, PriceUsed, Scenario};
use crate::usage::{UsageCell, UsageColumn};

/// The tables of a report, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableName {
    /// The usage that was priced.
    Usage,
    /// How much of the metrics the logs explain.
    Coverage,
    /// Costs, by month and group.
    Cost,
    /// What the costs are sums of.
    Charges,
    /// The future, by scenario.
    Projection,
    /// What each scenario saves and costs once.
    Scenarios,
    /// Who must move first.
    Urgency,
    /// What happens when.
    Timeline,
    /// Why the closed month differs from the one before.
    Variance,
    /// The prices behind it.
    PricesUsed,
    /// What was left out, assumed or contradictory.
    Findings,
    /// How good the forecasts would have been; only where that was asked.
    Backtest,
}

impl TableName {
    /// The tables of every report.
    pub const ALL: [Self; 11] = [
        Self::Usage,
        Self::Coverage,
        Self::Cost,
        Self::Charges,
        Self::Projection,
        Self::Scenarios,
        Self::Urgency,
        Self::Timeline,
        Self::Variance,
        Self::PricesUsed,
        Self::Findings,
    ];

    /// The file's name without ending.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Coverage => "coverage",
            Self::Cost => "cost",
            Self::Charges => "charges",
            Self::Projection => "projection",
            Self::Scenarios => "scenarios",
            Self::Urgency => "urgency",
            Self::Timeline => "timeline",
            Self::Variance => "variance",
            Self::PricesUsed => "prices_used",
            Self::Findings => "findings",
            Self::Backtest => "backtest",
        }
    }

    /// The table of a report.
    pub fn of(self, report: &ImpactReport) -> Result<Table, ReportError> {
        self.parts(report).whole()
    }

    /// The same, to be made row by row.
    pub(super) fn parts(self, report: &ImpactReport) -> Parts<'_> {
        fn of<'r, R: Sync>(name: TableName, fields: Fields<R>, rows: &'r [R]) -> Parts<'r> {
            parts_of(name.as_str(), fields, rows)
        }
        match self {
            Self::Usage => usage_parts(&report.usage),
            Self::Coverage => of(self, COVERAGE, &report.coverage),
            Self::Cost => of(self, COST, &report.costs),
            Self::Charges => of(self, CHARGES, &report.charges),
            Self::Projection => of(self, PROJECTION, &report.projection),
            Self::Scenarios => of(self, SCENARIOS, &report.scenarios),
            Self::Urgency => of(self, URGENCY, &report.urgency),
            Self::Timeline => of(self, TIMELINE, &report.timeline),
            Self::Variance => of(self, VARIANCE, &report.variance),
            Self::PricesUsed => of(self, PRICES_USED, &report.prices_used),
            Self::Findings => of(self, FINDINGS, &report.findings),
            Self::Backtest => {
                let rows = report.backtest.as_deref().unwrap_or_default();
                of(self, BACKTEST, rows)
            }
        }
    }
}

/// What a row holds in a column.
pub(super) type Value<R> = fn(&R) -> Raw;

/// A column's name, kind and value.
pub(super) type Field<R> = (&'static str, ColumnKind, Value<R>);

/// A value before it is checked against what tables can hold.
pub(super) enum Raw {
    Cell(Cell),
    Count(u64),
    Share(Decimal),
}

/// The columns of `prices_used`, which the price list shares.
pub(super) fn prices_used_columns() -> Vec<Column> {
    columns(PRICES_USED)
}

pub(super) fn columns<R>(fields: &[Field<R>]) -> Vec<Column> {
    let column = |(name, kind, _): &Field<R>| Column { name, kind: *kind };
    fields.iter().map(column).collect()
}

/// The columns of a table of ours.
type Fields<R> = &'static [Field<R>];

/// A table of rows in memory.
pub(super) fn parts_of<'r, R: Sync>(
    name: &'static str,
    fields: Fields<R>,
    rows: &'r [R],
) -> Parts<'r> {
    let visit = move |range: Range<usize>, wanted: &[usize], take: Take<'_>| {
        let mut cells = Vec::with_capacity(wanted.len());
        let fields: Vec<&Field<R>> = wanted.iter().filter_map(|at| fields.get(*at)).collect();
        for row in rows.get(range).unwrap_or_default() {
            row_of(name, &fields, row, &mut cells)?;
            take(&cells)?;
        }
        Ok(())
    };
    Parts::new(name, columns(fields), rows.len(), visit)
}

/// The cells of a row, in place of those of the row before.
pub(super) fn row_of<R>(
    name: &'static str,
    fields: &[&Field<R>],
    row: &R,
    cells: &mut Vec<Cell>,
) -> Result<(), ReportError> {
    cells.clear();
    for (column, _, value) in fields {
        push_checked(cells, name, column, value(row))?;
    }
    Ok(())
}

fn usage_parts(rows: &[UsageRow]) -> Parts<'_> {
    let name = TableName::Usage.as_str();
    let columns = UsageColumn::ALL.map(|column| Column {
        name: column.as_str(),
        kind: match column {
            UsageColumn::Hour => ColumnKind::Timestamp,
            column if column.is_count() => ColumnKind::Count,
            _ => ColumnKind::Text,
        },
    });
    let visit = move |range: Range<usize>, wanted: &[usize], take: Take<'_>| {
        let mut cells = Vec::with_capacity(wanted.len());
        for row in rows.get(range).unwrap_or_default() {
            cells.clear();
            for column in wanted.iter().filter_map(|at| UsageColumn::ALL.get(*at)) {
                push_checked(&mut cells, name, column.as_str(), usage_cell(*column, row))?;
            }
            take(&cells)?;
        }
        Ok(())
    };
    Parts::new(name, columns.to_vec(), rows.len(), visit)
}

fn usage_cell(column: UsageColumn, row: &UsageRow) -> Raw {
    match column.cell(row) {
        UsageCell::Empty => Raw::Cell(Cell::Empty),
        UsageCell::Word(word) => Raw::Cell(Cell::Word(word)),
        UsageCell::Shared(text) => Raw::Cell(Cell::Text(text.clone())),
        UsageCell::Text(text) => Raw::Cell(Cell::Text(Text::from(&*text))),
        UsageCell::Count(count) => Raw::Count(count),
        UsageCell::Moment(moment) => Raw::Cell(Cell::Timestamp(moment)),
        UsageCell::Day(day) => Raw::Cell(Cell::Date(day)),
    }
}

/// Adds a cell, if the contract can hold its value.
#[inline]
fn push_checked(
    cells: &mut Vec<Cell>,
    table: &'static str,
    column: &'static str,
    raw: Raw,
) -> Result<(), ReportError> {
    let cell = match raw {
        Raw::Count(count) => match i64::try_from(count) {
            Ok(count) => Cell::Count(count),
            Err(_) => {
                return Err(ReportError::CountTooLarge {
                    table,
                    column,
                    count,
                });
            }
        },
        Raw::Share(share) => Cell::Decimal(
            share.round_dp_with_strategy(SCALE, RoundingStrategy::MidpointNearestEven),
        ),
        Raw::Cell(cell) => cell,
    };
    match cell.decimal() {
        Some(amount) if !fits(amount) => {
            return Err(ReportError::AmountDoesNotFit {
                table,
                column,
                amount,
            });
        }
        _ => cells.push(cell),
    }
    Ok(())
}

pub(super) fn word(word: &'static str) -> Raw {
    Raw::Cell(Cell::Word(word))
}

pub(super) fn text(text: &Text) -> Raw {
    Raw::Cell(Cell::Text(text.clone()))
}

pub(super) fn scenario(scenario: &Scenario) -> Raw {
    Raw::Cell(Cell::Text(Text::from(scenario.as_str())))
}

pub(super) fn optional_text(value: Option<&Text>) -> Raw {
    value.map_or(EMPTY, text)
}

pub(super) fn model(id: &ModelId) -> Raw {
    Raw::Cell(Cell::Text(id.text()))
}

pub(super) fn scope(scope: Option<EndpointScope>) -> Raw {
    scope.map_or(EMPTY, |scope| word(scope.as_str()))
}

fn tier(tier: ServiceTier) -> Raw {
    word(tier.as_str())
}

pub(super) fn phase(phase: LifecyclePhase) -> Raw {
    word(phase.as_str())
}

pub(super) fn basis(basis: PriceBasis) -> Raw {
    word(basis.as_str())
}

fn count(count: Option<u64>) -> Raw {
    count.map_or(EMPTY, Raw::Count)
}

pub(super) fn signed(count: Option<i64>) -> Raw {
    count.map_or(EMPTY, |count| Raw::Cell(Cell::Count(count)))
}

pub(super) fn money(amount: Option<Usd>) -> Raw {
    amount.map_or(EMPTY, |amount| Raw::Cell(Cell::Money(amount)))
}

fn unit_price(price: Option<UnitPrice>) -> Raw {
    price.map_or(EMPTY, |price| Raw::Cell(Cell::Decimal(price.amount())))
}

pub(super) fn month(month: Month) -> Raw {
    Raw::Cell(Cell::Month(month))
}

pub(super) fn date(date: Option<NaiveDate>) -> Raw {
    date.map_or(EMPTY, |date| Raw::Cell(Cell::Date(date)))
}

pub(super) const EMPTY: Raw = Raw::Cell(Cell::Empty);

const COST: &[Field<CostRow>] = &[
    ("month", ColumnKind::Month, |r| month(r.month)),
    ("workload", ColumnKind::Text, |r| text(&r.workload)),
    ("account_id", ColumnKind::Text, |r| text(&r.account_id)),
    ("region", ColumnKind::Text, |r| text(&r.region)),
    ("model_id", ColumnKind::Text, |r| model(&r.model_id)),
    ("endpoint_scope", ColumnKind::Text, |r| {
        scope(r.endpoint_scope)
    }),
    ("service_tier", ColumnKind::Text, |r| tier(r.service_tier)),
    ("phase", ColumnKind::Text, |r| phase(r.phase)),
    ("requests", ColumnKind::Count, |r| {
        Raw::Count(r.counts.requests)
    }),
    ("input_tokens", ColumnKind::Count, |r| {
        count(r.counts.input_tokens)
    }),
    ("output_tokens", ColumnKind::Count, |r| {
        count(r.counts.output_tokens)
    }),
    ("cache_read_tokens", ColumnKind::Count, |r| {
        count(r.counts.cache_read_tokens)
    }),
    ("cache_write_tokens", ColumnKind::Count, |r| {
        count(r.counts.cache_write_tokens())
    }),
    ("images", ColumnKind::Count, |r| count(r.counts.images)),
    ("list_cost", ColumnKind::Money, |r| money(r.list_cost)),
    ("normal_cost", ColumnKind::Money, |r| money(r.normal_cost)),
    ("extended_access_premium", ColumnKind::Money, |r| {
        money(r.extended_access_premium)
    }),
    ("contracted_cost", ColumnKind::Money, |r| {
        money(r.contracted_cost)
    }),
    ("price_basis", ColumnKind::Text, |r| basis(r.price_basis)),
];

const CHARGES: &[Field<Charge>] = &[
    ("month", ColumnKind::Month, |r| month(r.month)),
    ("workload", ColumnKind::Text, |r| text(&r.workload)),
    ("account_id", ColumnKind::Text, |r| text(&r.account_id)),
    ("region", ColumnKind::Text, |r| text(&r.region)),
    ("model_id", ColumnKind::Text, |r| model(&r.model_id)),
    ("endpoint_scope", ColumnKind::Text, |r| {
        scope(r.endpoint_scope)
    }),
    ("service_tier", ColumnKind::Text, |r| tier(r.service_tier)),
    ("prompt_band", ColumnKind::Count, |r| count(r.prompt_band)),
    ("phase", ColumnKind::Text, |r| phase(r.phase)),
    ("sku_meter", ColumnKind::Text, |r| {
        word(r.sku_meter.as_str())
    }),
    ("consumed_quantity", ColumnKind::Count, |r| {
        Raw::Count(r.consumed_quantity)
    }),
    ("pricing_quantity", ColumnKind::Decimal, |r| {
        Raw::Cell(Cell::Decimal(r.pricing_quantity))
    }),
    ("pricing_unit", ColumnKind::Text, |r| {
        word(r.sku_meter.pricing_unit().as_str())
    }),
    ("list_unit_price", ColumnKind::Decimal, |r| {
        unit_price(r.list_unit_price)
    }),
    ("list_cost", ColumnKind::Money, |r| money(r.list_cost)),
    ("price_basis", ColumnKind::Text, |r| basis(r.price_basis)),
    ("price_effective_from", ColumnKind::Date, |r| {
        date(r.price_effective_from)
    }),
    ("price_source", ColumnKind::Text, |r| {
        optional_text(r.price_source.as_ref())
    }),
];

const PRICES_USED: &[Field<PriceUsed>] = &[
    ("model_id", ColumnKind::Text, |r| model(&r.model_id)),
    ("region", ColumnKind::Text, |r| text(&r.region)),
    ("endpoint_scope", ColumnKind::Text, |r| {
        word(r.endpoint_scope.as_str())
    }),
    ("service_tier", ColumnKind::Text, |r| tier(r.service_tier)),
    ("prompt_band", ColumnKind::Count, |r| {
        Raw::Count(r.prompt_band)
    }),
    ("phase", ColumnKind::Text, |r| phase(r.phase)),
    ("sku_meter", ColumnKind::Text, |r| {
        word(r.sku_meter.as_str())
    }),
    ("list_unit_price", ColumnKind::Decimal, |r| {
        unit_price(Some(r.list_unit_price))
    }),
    ("pricing_unit", ColumnKind::Text, |r| {
        word(r.sku_meter.pricing_unit().as_str())
    }),
    ("effective_from", ColumnKind::Date, |r| {
        date(r.effective_from)
    }),
    ("source", ColumnKind::Text, |r| text(&r.source)),
    ("checked_on", ColumnKind::Date, |r| date(Some(r.checked_on))),
    ("price_basis", ColumnKind::Text, |r| basis(r.price_basis)),
];

const FINDINGS: &[Field<Diagnostic>] = &[
    ("severity", ColumnKind::Text, |r| word(r.severity.as_str())),
    ("code", ColumnKind::Text, |r| {
        Raw::Cell(Cell::Text(r.code.as_ref().into()))
    }),
    ("subject", ColumnKind::Text, |r| {
        Raw::Cell(Cell::Text(Text::from(&*r.subject)))
    }),
    ("message", ColumnKind::Text, |r| {
        Raw::Cell(Cell::Text(Text::from(&*r.message)))
    }),
    ("tokens_affected", ColumnKind::Count, |r| {
        count(r.tokens_affected)
    }),
    ("cost_affected", ColumnKind::Money, |r| {
        money(r.cost_affected)
    }),
];
