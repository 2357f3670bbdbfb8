//! The price block of a notice: `Updated Pricing for On Demand Inference (Effective DATE):` and
//! a price per 1,000 tokens for each meter, made a price per 1,000,000 exactly. Imports `domain`.
//!
//! Sample: `Input tokens: $0.006 per 1,000 tokens` is 6 per 1,000,000.

use std::collections::BTreeMap;

use super::Refusal;
use super::lines::Piece;
use super::pattern::{found, pattern};
use crate::domain::{Decimal, ServiceTier, SkuMeter, UnitPrice};

/// The prices of one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PriceBlock {
    pub(super) line: usize,
    pub(super) tier: ServiceTier,
    pub(super) meters: BTreeMap<SkuMeter, UnitPrice>,
}

pattern!(
    PRICE,
    r"(?i)(?:\$|usd)\s*(?P<amount>\d+(?:\.\d+)?|\.\d+)\s*(?:usd\s*)?(?:per|/)\s*(?P<unit>1,000,000|1000000|1 million|million|1m|1,000|1000|1k|thousand)\s+(?P<after>(?:input |output )?)tokens?\b"
);
pattern!(MONEY, r"(?i)\$\s*\d|\busd\s*\d");
pattern!(
    OTHER_TERMS,
    r"(?i)\bprovisioned|\breserved|\bcustom model|\bprivate\b"
);
pattern!(HEADING, r"(?i)\b(pricing|prices?)\b");

/// Reads all prices; every amount of money must be understood.
pub(super) fn read(pieces: &[Piece]) -> Result<Vec<PriceBlock>, Refusal> {
    let mut blocks: Vec<PriceBlock> = Vec::new();
    let mut tier = ServiceTier::Standard;
    for piece in pieces {
        let text = &*piece.text;
        let lower = text.to_ascii_lowercase();
        if found(&HEADING, text) && (lower.contains("effective") || text.ends_with(':')) {
            tier = if lower.contains("batch") {
                ServiceTier::Batch
            } else {
                ServiceTier::Standard
            };
            if found(&OTHER_TERMS, text)
                && !lower.contains("on demand")
                && !lower.contains("on-demand")
            {
                return Err(not_understood(
                    piece,
                    "prices that are not for on-demand inference",
                ));
            }
        }
        let mut before = 0;
        for (whole, groups) in PRICE.groups(text, ["amount", "unit", "after"]) {
            let [amount, unit, after] =
                groups.map(|part| part.and_then(|part| text.get(part)).unwrap_or(""));
            let head = text.get(before..whole.start).unwrap_or("");
            if found(&MONEY, head) {
                return Err(not_understood(piece, "a price in a form that is not known"));
            }
            before = whole.end;
            let meter = meter(&format!("{head} {after}"))
                .ok_or_else(|| not_understood(piece, "a price whose meter is not clear"))?;
            let price = per_million(amount, unit)
                .ok_or_else(|| not_understood(piece, "an amount that cannot be read exactly"))?;
            let block = match blocks.iter_mut().find(|block| block.tier == tier) {
                Some(block) => block,
                None => {
                    blocks.push(PriceBlock {
                        line: piece.line,
                        tier,
                        meters: BTreeMap::new(),
                    });
                    match blocks.last_mut() {
                        Some(block) => block,
                        None => continue,
                    }
                }
            };
            if block
                .meters
                .insert(meter, price)
                .is_some_and(|known| known != price)
            {
                return Err(not_understood(piece, &format!("two prices for {meter}")));
            }
        }
        let rest = text.get(before..).unwrap_or("");
        if found(&MONEY, rest) {
            return Err(not_understood(piece, "a price in a form that is not known"));
        }
    }
    Ok(blocks)
}

fn not_understood(piece: &Piece, what: &str) -> Refusal {
    Refusal::quoting(
        piece.line,
        what,
        &piece.text,
        "write it like `Input tokens: $0.006 per 1,000 tokens`, or take the line out and write the [[price]] row by hand",
    )
}

/// The meter that some words name, if they name one.
fn meter(words: &str) -> Option<SkuMeter> {
    let words = words.to_ascii_lowercase();
    let cache = words.contains("cache");
    let one = [
        (cache && words.contains("read"), SkuMeter::CacheRead),
        (
            cache && words.contains("write") && words.contains("5-minute"),
            SkuMeter::CacheWrite5m,
        ),
        (
            cache && words.contains("write") && words.contains("1-hour"),
            SkuMeter::CacheWrite1h,
        ),
        (!cache && words.contains("input"), SkuMeter::Input),
        (!cache && words.contains("output"), SkuMeter::Output),
    ];
    let mut named = one
        .into_iter()
        .filter_map(|(is, meter)| is.then_some(meter));
    let meter = named.next()?;
    named.next().is_none().then_some(meter)
}

fn per_million(amount: &str, unit: &str) -> Option<UnitPrice> {
    let amount = Decimal::from_str_exact(amount).ok()?;
    let per_thousand = ["1,000", "1000", "1k", "thousand"].contains(&&*unit.to_ascii_lowercase());
    let factor = match per_thousand {
        true => Decimal::ONE_THOUSAND,
        false => Decimal::ONE,
    };
    amount
        .checked_mul(factor)
        .map(|price| UnitPrice::new(price.normalize()))
}
