//! Every price row as a table, for people who read spreadsheets: the columns of `prices_used`,
//! a line per Region and meter.
//!
//! `*` stays `*` (all commercial Regions); the phase is the word of the price row, `normal`
//! (Active and Legacy) or `extended-access`. Prices by the hour are not multiplied with usage
//! and not in it. Imports `pricing` and `domain` only.
//!
//! Sample: `acme.alpha-v1:0,*,in-region,standard,0,normal,input,1,1000000 Tokens,,page,2026-07-24,listed`.

use super::table::{Cell, ReportError, Table};
use super::tables::prices_used_columns;
use crate::domain::{PriceBasis, SkuMeter, Text, UnitPrice};
use crate::pricing::{PriceRow, Tables};

/// The price list as a table, sorted by the words of its key columns.
pub fn price_list(tables: &Tables) -> Result<Table, ReportError> {
    let rows = tables.prices.rows();
    let mut lines: Vec<Line<'_>> = rows.iter().flat_map(Line::of).collect();
    lines.sort_by(|a, b| a.key().cmp(&b.key()));
    Ok(Table {
        name: "prices",
        columns: prices_used_columns(),
        rows: lines.iter().map(Line::cells).collect::<Result<_, _>>()?,
    })
}

struct Line<'a> {
    row: &'a PriceRow,
    region: &'a Text,
    meter: SkuMeter,
    price: UnitPrice,
}

impl<'a> Line<'a> {
    fn of(row: &'a PriceRow) -> impl Iterator<Item = Self> {
        row.regions.iter().flat_map(move |region| {
            row.prices.iter().map(move |(meter, price)| Self {
                row,
                region,
                meter: *meter,
                price: *price,
            })
        })
    }

    fn phase(&self) -> &'static str {
        if self.row.extended_access {
            "extended-access"
        } else {
            "normal"
        }
    }

    fn key(&self) -> impl Ord + use<'a> {
        (
            self.row.model.as_str(),
            &**self.region,
            self.row.scope.as_str(),
            self.row.tier.as_str(),
            self.row.prompt_above,
            self.phase(),
            self.meter.as_str(),
            self.row.effective_from,
        )
    }

    fn cells(&self) -> Result<Vec<Cell>, ReportError> {
        let row = self.row;
        let band = i64::try_from(row.prompt_above).map_err(|_| ReportError::CountTooLarge {
            table: "prices",
            column: "prompt_band",
            count: row.prompt_above,
        })?;
        Ok(vec![
            Cell::Text(row.model.text()),
            Cell::Text(self.region.clone()),
            Cell::Word(row.scope.as_str()),
            Cell::Word(row.tier.as_str()),
            Cell::Count(band),
            Cell::Word(self.phase()),
            Cell::Word(self.meter.as_str()),
            Cell::Decimal(self.price.amount()),
            Cell::Word(self.meter.pricing_unit().as_str()),
            row.effective_from.map_or(Cell::Empty, Cell::Date),
            Cell::Text(row.source.clone()),
            Cell::Date(row.checked_on),
            Cell::Word(PriceBasis::Listed.as_str()),
        ])
    }
}
