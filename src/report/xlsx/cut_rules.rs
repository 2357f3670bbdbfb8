//! How each table is cut where a workbook cannot show all its rows: which rows matter most, and
//! how the others are added up.
//!
//! Imports nothing. Sample: of `charges` the rows with the greatest `list_cost` are shown; the
//! others become one row for each month, phase, meter, unit and price basis.

use crate::report::TableName;

/// The rule of a table; columns by their names.
pub(super) struct Rule {
    /// Columns whose sum says how much a row matters; none: the first rows do.
    pub(super) rank: &'static [&'static str],
    /// What the others are added up by.
    pub(super) keys: &'static [&'static str],
    /// Columns that may be added up; the others stay empty.
    pub(super) sums: &'static [&'static str],
    /// Where it is said that a row stands for others.
    pub(super) label: &'static str,
    /// Where it is said for how many.
    pub(super) count: &'static str,
    /// Columns that say in the finding how much the others are.
    pub(super) weight: &'static [&'static str],
}

/// The column by which a scenario is told from another: their money must not be added up.
pub(super) const SCENARIO: &str = "scenario";

const BY_ORDER: Rule = Rule {
    rank: &[],
    keys: &[],
    sums: &[],
    label: "workload",
    count: "workload",
    weight: &[],
};

const TOKENS: &[&str] = &[
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_write_unknown_tokens",
];

/// The rule of a table.
pub(super) const fn rule(table: TableName) -> Rule {
    match table {
        TableName::Usage => Rule {
            rank: TOKENS,
            keys: &["hour", "source"],
            sums: &[
                "requests",
                "failed_requests",
                "requests_without_counts",
                "input_tokens",
                "output_tokens",
                "cache_read_tokens",
                "cache_write_5m_tokens",
                "cache_write_1h_tokens",
                "cache_write_unknown_tokens",
                "images",
            ],
            count: "account_id",
            weight: TOKENS,
            ..BY_ORDER
        },
        TableName::Coverage => Rule {
            rank: &["metrics_tokens", "log_tokens"],
            keys: &["day"],
            sums: &[
                "metrics_tokens",
                "log_tokens",
                "explained_tokens",
                "unexplained_tokens",
            ],
            label: "model_id",
            count: "account_id",
            weight: &["metrics_tokens"],
        },
        TableName::Cost => Rule {
            rank: &["list_cost"],
            keys: &["month", "phase", "price_basis"],
            sums: &[
                "requests",
                "input_tokens",
                "output_tokens",
                "cache_read_tokens",
                "cache_write_tokens",
                "images",
                "list_cost",
                "normal_cost",
                "extended_access_premium",
                "contracted_cost",
            ],
            count: "account_id",
            weight: &["list_cost"],
            ..BY_ORDER
        },
        TableName::Charges => Rule {
            rank: &["list_cost"],
            keys: &["month", "phase", "sku_meter", "pricing_unit", "price_basis"],
            sums: &["consumed_quantity", "pricing_quantity", "list_cost"],
            count: "account_id",
            weight: &["list_cost"],
            ..BY_ORDER
        },
        TableName::Projection => Rule {
            rank: &["cost", "stranded_cost"],
            keys: &["month", SCENARIO, "phase", "price_basis"],
            sums: &[
                "tokens",
                "requests",
                "cost",
                "cost_assumed_low",
                "cost_assumed_high",
                "extended_access_premium",
                "stranded_requests",
                "stranded_cost",
            ],
            count: "account_id",
            weight: &["cost"],
            ..BY_ORDER
        },
        TableName::Scenarios => Rule {
            rank: &["cost_to_end_of_life"],
            keys: &[SCENARIO],
            sums: &[
                "cost_to_end_of_life",
                "saving_to_end_of_life",
                "premium_avoided",
                "stranded_requests_avoided",
                "one_off_cost",
            ],
            count: "account_id",
            weight: &["cost_to_end_of_life"],
            ..BY_ORDER
        },
        TableName::Urgency => Rule {
            keys: &["urgency"],
            sums: &["cost_last_30_days", "premium_to_end_of_life"],
            count: "account_id",
            weight: &["cost_last_30_days"],
            ..BY_ORDER
        },
        TableName::Timeline => Rule {
            rank: &["cost_per_month_affected"],
            keys: &["event"],
            label: "model_id",
            count: "region",
            ..BY_ORDER
        },
        TableName::Variance => Rule {
            rank: &["cost_before", "cost_after"],
            keys: &["change"],
            sums: &[
                "cost_before",
                "cost_after",
                "volume_effect",
                "mix_effect",
                "price_effect",
                "extended_access_effect",
                "new_or_gone_effect",
            ],
            count: "model_id",
            weight: &["cost_after"],
            ..BY_ORDER
        },
        TableName::PricesUsed => Rule {
            keys: &["price_basis"],
            label: "model_id",
            count: "region",
            ..BY_ORDER
        },
        TableName::Findings => Rule {
            keys: &["severity", "code"],
            label: "subject",
            count: "message",
            ..BY_ORDER
        },
        TableName::Backtest => BY_ORDER,
    }
}
