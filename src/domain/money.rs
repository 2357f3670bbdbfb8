//! Money: exact decimals to the end.
//!
//! The name of the type is the currency. A cost is `tokens x price / 1,000,000`, and a price
//! has at most 12 places once the zeros of its unit are counted (a rule of the tables), so
//! every list cost is exact at scale 12. Only values that carry a rate (a discount, an assumed
//! multiplier) are rounded, by [`Rate::apply`], to 12 places. Display rounding is the
//! report's business.
//!
//! Sample: `UnitPrice::new("3.30")` of 1,200,000 tokens gives `Usd` 3.96.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

use super::amount::Amount;

/// Places kept where a rate is applied, and the scale of money in Parquet.
pub(crate) const MONEY_SCALE: u32 = 12;

/// A sum or product that does not fit 28 significant digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount of money does not fit 28 digits; look for a token count that cannot be right")]
pub struct MoneyOverflow;

/// A cost in US dollars, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Usd(Amount);

impl Usd {
    /// No cost at all, counted as such (unknown is `Option::None`, never this).
    pub const ZERO: Self = Self::new(Decimal::ZERO);

    /// Takes an exact amount.
    pub const fn new(amount: Decimal) -> Self {
        Self(Amount::new(amount))
    }

    /// The exact amount.
    pub const fn amount(self) -> Decimal {
        self.0.get()
    }

    /// Adds, or says that the sum does not fit.
    #[allow(
        clippy::should_implement_trait,
        reason = "the operator could only panic where this says that the sum does not fit"
    )]
    pub fn add(self, other: Self) -> Result<Self, MoneyOverflow> {
        self.amount()
            .checked_add(other.amount())
            .map(Self::new)
            .ok_or(MoneyOverflow)
    }

    /// Subtracts, or says that the difference does not fit.
    pub fn subtract(self, other: Self) -> Result<Self, MoneyOverflow> {
        self.amount()
            .checked_sub(other.amount())
            .map(Self::new)
            .ok_or(MoneyOverflow)
    }

    /// Divides by a count of days or requests, rounded to 12 places; `None` for zero.
    pub fn per(self, count: u64) -> Option<Self> {
        let quotient = self.amount().checked_div(Decimal::from(count))?;
        Some(Self::new(round_places(quotient, MONEY_SCALE)))
    }

    /// Multiplies by a count, or says that the product does not fit.
    pub fn times(self, count: u64) -> Result<Self, MoneyOverflow> {
        self.amount()
            .checked_mul(Decimal::from(count))
            .map(Self::new)
            .ok_or(MoneyOverflow)
    }

    /// What `to` units cost when `from` units cost this amount, rounded half to even at 12
    /// places; exact where the price of one unit is.
    pub fn rescaled(self, from: u64, to: u64) -> Result<Self, MoneyOverflow> {
        let exact = || {
            let zeros = MONEY_SCALE.checked_sub(self.amount().scale())?;
            let mantissa = self
                .amount()
                .mantissa()
                .checked_mul(10i128.checked_pow(zeros)?)?;
            let product = mantissa.checked_mul(to.into())?;
            let (whole, rest) = (
                product.checked_div(from.into())?,
                product.checked_rem(from.into())?,
            );
            let up = match rest.abs().checked_mul(2)?.cmp(&from.into()) {
                Ordering::Less => 0,
                Ordering::Equal => whole % 2,
                Ordering::Greater => 1,
            };
            let rounded = whole + up.abs() * rest.signum();
            Decimal::try_from_i128_with_scale(rounded, MONEY_SCALE).ok()
        };
        // Beyond 38 digits the quotient is rounded first.
        let rounded = || {
            let factor = Decimal::from(to).checked_div(Decimal::from(from))?;
            Some(round_places(
                self.amount().checked_mul(factor)?,
                MONEY_SCALE,
            ))
        };
        exact().or_else(rounded).map(Self::new).ok_or(MoneyOverflow)
    }

    /// The amount with its sign, for differences: `+$5.00`, `-$5.00`, `$0.00`.
    pub fn change_in_words(self) -> String {
        let words = self.in_words();
        match self.amount().is_sign_positive() && words != "$0.00" {
            true => format!("+{words}"),
            false => words,
        }
    }

    /// The amount as people read it: `$1,234.56`, rounded half to even at two places, with
    /// thousands separators. The one display rounding of money in words.
    pub fn in_words(self) -> String {
        let cents = round_places(self.amount(), 2);
        let text = format!("{:.2}", cents.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
        let sign = if cents.is_sign_negative() && !cents.is_zero() {
            "-"
        } else {
            ""
        };
        format!("{sign}${}.{fraction}", grouped(whole))
    }

    /// Adds up all amounts; the empty sum is zero.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyOverflow> {
        amounts.into_iter().try_fold(Self::ZERO, Self::add)
    }
}

impl fmt::Display for Usd {
    /// The plain decimal without trailing zeros, as CSV and JSON hold it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.amount().normalize())
    }
}

/// A price per pricing unit (1,000,000 tokens, one image, ...), exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPrice(Amount);

impl UnitPrice {
    /// Takes an exact price.
    pub const fn new(price: Decimal) -> Self {
        Self(Amount::new(price))
    }

    /// The exact price.
    pub const fn amount(self) -> Decimal {
        self.0.get()
    }

    /// Price times quantity, the quantity being in pricing units.
    pub fn cost_of(self, pricing_quantity: Decimal) -> Result<Usd, MoneyOverflow> {
        self.amount()
            .checked_mul(pricing_quantity)
            .map(Usd::new)
            .ok_or(MoneyOverflow)
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.amount().normalize())
    }
}

/// A dimensionless factor: a discount, an assumed multiplier, a token ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(Decimal);

impl Rate {
    /// The factor that changes nothing.
    pub const ONE: Self = Self(Decimal::ONE);
    /// The default guess for Extended Access without a public price: 2.0, the ratio of every
    /// published case (AWS pricing page of 2026-07-24).
    pub const TWO: Self = Self(Decimal::TWO);

    /// Takes an exact factor.
    pub const fn new(factor: Decimal) -> Self {
        Self(factor)
    }

    /// The exact factor.
    pub const fn factor(self) -> Decimal {
        self.0
    }

    /// `1 - self`: what is left of a price after a discount.
    pub fn complement(self) -> Option<Self> {
        Decimal::ONE.checked_sub(self.0).map(Self)
    }

    /// The cost times this rate, rounded half to even at 12 places.
    pub fn apply(self, cost: Usd) -> Result<Usd, MoneyOverflow> {
        let product = cost.amount().checked_mul(self.0).ok_or(MoneyOverflow)?;
        Ok(Usd::new(round_places(product, MONEY_SCALE)))
    }

    /// The unit price times this rate, rounded half to even so that costs stay exact at 12
    /// places: `unit_zeros` is 6 for a price per 1,000,000 tokens.
    pub fn apply_to_price(
        self,
        price: UnitPrice,
        unit_zeros: u32,
    ) -> Result<UnitPrice, MoneyOverflow> {
        let product = price.amount().checked_mul(self.0).ok_or(MoneyOverflow)?;
        Ok(UnitPrice::new(round_places(
            product,
            MONEY_SCALE.saturating_sub(unit_zeros),
        )))
    }

    /// A count times this rate, rounded half up to a whole count; `None` if it does not fit.
    pub fn apply_to_count(self, count: u64) -> Option<u64> {
        let product = Decimal::from(count).checked_mul(self.0)?;
        let whole = product.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        u64::try_from(whole).ok()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.normalize())
    }
}

impl FromStr for Rate {
    type Err = rust_decimal::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Decimal::from_str_exact(text).map(Self)
    }
}

/// A count as people read it, with thousands separators: `1,204,331`.
pub fn count_in_words(count: u64) -> String {
    grouped(&count.to_string())
}

fn grouped(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The one place where money is rounded before display.
fn round_places(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven)
}

/// Where the price of a money row comes from.
///
/// The order is the order of weakness: a row that sums several carries the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceBasis {
    /// A row of the price tables with a published source.
    Listed,
    /// A row of the user's own (private pricing, a notice).
    User,
    /// Extended Access without a public price: normal price times the assumed multiplier.
    Assumed,
    /// No price is known; the cost is not part of any total.
    Unpriced,
}

impl PriceBasis {
    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::User => "user",
            Self::Assumed => "assumed",
            Self::Unpriced => "unpriced",
        }
    }
}

impl fmt::Display for PriceBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).unwrap()
    }

    #[test]
    fn cost_is_price_times_quantity_exactly() {
        // 1,200,000 tokens = 1.2 units of 1,000,000; 1.2 x 3.30 = 3.96
        let cost = UnitPrice::new(decimal("3.30"))
            .cost_of(decimal("1.200000"))
            .unwrap();
        assert_eq!(cost.to_string(), "3.96");
    }

    #[test]
    fn a_rate_rounds_half_to_even_at_twelve_places() {
        // 0.000000000001 x 0.5 = 0.0000000000005 -> 0 (even); 0.000000000003 x 0.5 -> 0.000000000002
        let half = Rate::new(decimal("0.5"));
        assert_eq!(
            half.apply(Usd::new(decimal("0.000000000001"))).unwrap(),
            Usd::ZERO
        );
        assert_eq!(
            half.apply(Usd::new(decimal("0.000000000003")))
                .unwrap()
                .to_string(),
            "0.000000000002"
        );
    }

    #[test]
    fn counts_in_words_have_separators() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_204_331, "1,204,331"),
        ] {
            assert_eq!(count_in_words(count), text);
        }
    }

    #[test]
    fn money_in_words_has_cents_and_thousands_and_rounds_half_to_even() {
        for (exact, words) in [
            ("0", "$0.00"),
            ("0.125", "$0.12"),
            ("999.995", "$1,000.00"),
            ("1234567.891", "$1,234,567.89"),
            ("-41000.5", "-$41,000.50"),
            ("-0.001", "$0.00"),
        ] {
            assert_eq!(Usd::new(decimal(exact)).in_words(), words);
        }
    }

    #[test]
    fn a_cost_is_rescaled_exactly_and_rounded_half_to_even() {
        let usd = |text: &str| Usd::new(decimal(text));
        // 3.30 x 1.2 = 3.96 of 1,200,000 tokens; of 7 tokens 0.0000231.
        assert_eq!(usd("3.96").rescaled(1_200_000, 7), Ok(usd("0.0000231")));
        // 1 / 3, 2 / 3, and halves of the last place, to the even side of both signs.
        assert_eq!(usd("1").rescaled(3, 1), Ok(usd("0.333333333333")));
        assert_eq!(usd("2").rescaled(3, 1), Ok(usd("0.666666666667")));
        for (cost, half) in [("1", "0"), ("3", "2"), ("5", "2"), ("7", "4")] {
            for sign in ["", "-"] {
                let cost = usd(&format!("{sign}0.00000000000{cost}"));
                assert_eq!(
                    cost.rescaled(2, 1),
                    Ok(usd(&format!("{sign}0.00000000000{half}")))
                );
            }
        }
        assert_eq!(usd("1").rescaled(0, 1), Err(MoneyOverflow));
        // More than 38 digits on the way: still the right amount.
        let much = usd("99999999999999.999999999999");
        assert_eq!(much.rescaled(u64::MAX, u64::MAX), Ok(much));
        let most = Usd::new(Decimal::MAX);
        assert_eq!(most.rescaled(1, u64::MAX), Err(MoneyOverflow));
    }

    #[test]
    fn differences_have_a_sign() {
        for (exact, words) in [("5", "+$5.00"), ("-5", "-$5.00"), ("0", "$0.00")] {
            assert_eq!(Usd::new(decimal(exact)).change_in_words(), words);
        }
        assert_eq!(Usd::new(decimal("0.001")).change_in_words(), "$0.00");
    }

    #[test]
    fn overflow_is_an_error_and_not_a_panic() {
        let most = Usd::new(Decimal::MAX);
        assert_eq!(most.add(most), Err(MoneyOverflow));
        assert_eq!(
            UnitPrice::new(Decimal::MAX).cost_of(decimal("2")),
            Err(MoneyOverflow)
        );
    }

    #[test]
    fn a_token_ratio_rounds_half_up_to_whole_tokens() {
        let ratio = Rate::new(decimal("1.35"));
        assert_eq!(ratio.apply_to_count(10), Some(14)); // 13.5
        assert_eq!(ratio.apply_to_count(0), Some(0));
    }

    #[test]
    fn the_weakest_basis_is_the_greatest() {
        assert!(PriceBasis::Unpriced > PriceBasis::Assumed);
        assert!(PriceBasis::Assumed > PriceBasis::User);
        assert!(PriceBasis::User > PriceBasis::Listed);
    }
}
