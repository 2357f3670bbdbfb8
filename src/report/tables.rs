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
use super::parts::{Parts, RowSink};
use super::table::{Column, ColumnKind, ReportError, SCALE, Table, View, fits};
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
pub(super) type Value<R> = fn(&R) -> Raw<'_>;

/// A column's name, kind and value.
pub(super) type Field<R> = (&'static str, ColumnKind, Value<R>);

/// A value before it is checked against what tables can hold.
pub(super) enum Raw<'v> {
    View(View<'v>),
    /// A text of this row alone.
    Made(String),
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
    let visit = move |range: Range<usize>, wanted: &[usize], sink: &mut dyn RowSink| {
        let fields: Vec<&Field<R>> = wanted.iter().filter_map(|at| fields.get(*at)).collect();
        for row in rows.get(range).unwrap_or_default() {
            row_of(name, &fields, row, sink)?;
        }
        Ok(())
    };
    Parts::new(name, columns(fields), rows.len(), visit)
}

/// The values of a row.
pub(super) fn row_of<R>(
    name: &'static str,
    fields: &[&Field<R>],
    row: &R,
    sink: &mut dyn RowSink,
) -> Result<(), ReportError> {
    for (column, _, value) in fields {
        give_checked(sink, name, column, value(row))?;
    }
    sink.end_row()
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
    let visit = move |range: Range<usize>, wanted: &[usize], sink: &mut dyn RowSink| {
        let wanted = wanted.iter().filter_map(|at| UsageColumn::ALL.get(*at));
        let wanted: Vec<UsageColumn> = wanted.copied().collect();
        for row in rows.get(range).unwrap_or_default() {
            for column in &wanted {
                match column.cell(row) {
                    UsageCell::Empty => sink.value(View::Empty),
                    UsageCell::Word(word) => sink.value(View::Word(word)),
                    UsageCell::Shared(text) => sink.value(View::Shared(text)),
                    UsageCell::Text(text) => sink.value(View::Text(&text)),
                    UsageCell::Count(count) => give_count(sink, name, column.as_str(), count),
                    UsageCell::Moment(moment) => sink.value(View::Timestamp(moment)),
                    UsageCell::Day(day) => sink.value(View::Date(day)),
                }?;
            }
            sink.end_row()?;
        }
        Ok(())
    };
    Parts::new(name, columns.to_vec(), rows.len(), visit)
}

/// Hands a value over, if the contract can hold it.
#[inline]
fn give_checked(
    sink: &mut dyn RowSink,
    table: &'static str,
    column: &'static str,
    raw: Raw<'_>,
) -> Result<(), ReportError> {
    let view = match raw {
        Raw::View(view) => view,
        Raw::Made(text) => return sink.value(View::Text(&text)),
        Raw::Count(count) => return give_count(sink, table, column, count),
        Raw::Share(share) => View::Decimal(
            share.round_dp_with_strategy(SCALE, RoundingStrategy::MidpointNearestEven),
        ),
    };
    match view.decimal() {
        Some(amount) if !fits(amount) => Err(ReportError::AmountDoesNotFit {
            table,
            column,
            amount,
        }),
        _ => sink.value(view),
    }
}

#[inline]
fn give_count(
    sink: &mut dyn RowSink,
    table: &'static str,
    column: &'static str,
    count: u64,
) -> Result<(), ReportError> {
    match i64::try_from(count) {
        Ok(count) => sink.value(View::Count(count)),
        Err(_) => Err(ReportError::CountTooLarge {
            table,
            column,
            count,
        }),
    }
}

pub(super) fn word(word: &'static str) -> Raw<'static> {
    Raw::View(View::Word(word))
}

pub(super) fn text(text: &Text) -> Raw<'_> {
    Raw::View(View::Shared(text))
}

pub(super) fn scenario(scenario: &Scenario) -> Raw<'_> {
    Raw::View(View::Text(scenario.as_str()))
}

pub(super) fn optional_text(value: Option<&Text>) -> Raw<'_> {
    value.map_or(EMPTY, text)
}

pub(super) fn model(id: &ModelId) -> Raw<'_> {
    Raw::View(View::Shared(id.as_text()))
}

pub(super) fn scope(scope: Option<EndpointScope>) -> Raw<'static> {
    scope.map_or(EMPTY, |scope| word(scope.as_str()))
}

fn tier(tier: ServiceTier) -> Raw<'static> {
    word(tier.as_str())
}

pub(super) fn phase(phase: LifecyclePhase) -> Raw<'static> {
    word(phase.as_str())
}

pub(super) fn basis(basis: PriceBasis) -> Raw<'static> {
    word(basis.as_str())
}

fn count(count: Option<u64>) -> Raw<'static> {
    count.map_or(EMPTY, Raw::Count)
}

pub(super) fn signed(count: Option<i64>) -> Raw<'static> {
    count.map_or(EMPTY, |count| Raw::View(View::Count(count)))
}

pub(super) fn money(amount: Option<Usd>) -> Raw<'static> {
    amount.map_or(EMPTY, |amount| Raw::View(View::Money(amount)))
}

fn unit_price(price: Option<UnitPrice>) -> Raw<'static> {
    price.map_or(EMPTY, |price| Raw::View(View::Decimal(price.amount())))
}

pub(super) fn month(month: Month) -> Raw<'static> {
    Raw::View(View::Month(month))
}

pub(super) fn date(date: Option<NaiveDate>) -> Raw<'static> {
    date.map_or(EMPTY, |date| Raw::View(View::Date(date)))
}

pub(super) const EMPTY: Raw<'static> = Raw::View(View::Empty);

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
        Raw::View(View::Decimal(r.pricing_quantity))
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
        Raw::View(View::Text(r.code.as_ref()))
    }),
    ("subject", ColumnKind::Text, |r| {
        Raw::View(View::Text(&r.subject))
    }),
    ("message", ColumnKind::Text, |r| {
        Raw::View(View::Text(&r.message))
    }),
    ("tokens_affected", ColumnKind::Count, |r| {
        count(r.tokens_affected)
    }),
    ("cost_affected", ColumnKind::Money, |r| {
        money(r.cost_affected)
    }),
];
