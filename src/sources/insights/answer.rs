//! Rows of a Logs Insights answer, added up to usage rows. May import `domain`, `diagnostic`.
//!
//! Values come as texts; a field that is absent is unknown. A sum counts only where the count
//! beside it says that something was summed, so that unknown stays unknown. Numbers are read
//! exactly; one that is no whole number of calls or tokens loses its row, with a finding.
//! Names are resolved and session names cut off here, so rows that Insights kept apart add up.
//!
//! Sample: `{hour: 2026-10-03T14, modelId: us.amazon.nova-lite-v1:0, calls: 3, n_in: 3,
//! s_in: 3000, ...}` is a row of 3 requests and 3,000 input tokens.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::prelude::ToPrimitive;

use super::query::QueryShape;
use crate::diagnostic::Diagnostic;
use crate::domain::{
    Decimal, Granularity, ModelNaming, RequestMetadata, ServiceTier, Source, Text, TokenCounts,
    UsageRow, principal_without_session,
};

/// Fields of one row: name, value.
pub(super) type Fields<'a> = BTreeMap<&'a str, &'a str>;

/// Usage of one day, added up.
#[derive(Debug, Default)]
pub(super) struct Sums {
    rows: BTreeMap<UsageRow, TokenCounts>,
    /// Calls whose record lacks account, Region or hour.
    nameless: u64,
    /// Rows with a number that is none.
    odd_rows: u64,
    /// Calls that name a service tier nobody knows, and their tokens.
    unknown_tiers: (u64, u64),
}

impl Sums {
    /// Adds a row of an answer.
    pub(super) fn add(&mut self, fields: &Fields<'_>, shape: &QueryShape, naming: &ModelNaming) {
        let Some(counts) = counts(fields) else {
            self.odd_rows += 1;
            return;
        };
        let Some(row) = key(fields, shape, naming) else {
            self.nameless = self.nameless.saturating_add(counts.requests);
            return;
        };
        let tier = text(fields, "tier");
        if tier.is_some_and(|tier| ServiceTier::parse(tier).is_none()) {
            let (calls, tokens) = self.unknown_tiers;
            self.unknown_tiers = (
                calls.saturating_add(counts.requests),
                tokens.saturating_add(counts.tokens()),
            );
        }
        let sum = self.rows.entry(row).or_default();
        match sum.add(&counts) {
            Some(added) => *sum = added,
            None => self.odd_rows += 1,
        }
    }

    /// The rows, sorted, and what there is to say about them; whether all was read.
    pub(super) fn finish(self, subject: &str) -> (Vec<UsageRow>, Vec<Diagnostic>, bool) {
        let mut findings = Vec::new();
        if self.nameless > 0 {
            let records = match self.nameless {
                1 => "1 record has".to_owned(),
                count => format!("{count} records have"),
            };
            findings.push(Diagnostic::error(
                "unreadable-record",
                subject,
                format!("{records} no account, Region or readable time and cannot be counted"),
            ));
        }
        if self.odd_rows > 0 {
            findings.push(Diagnostic::error(
                "unreadable-answer",
                subject,
                format!(
                    "{} rows of the Logs Insights answer hold a count that is no whole number and \
                     are left out; read the day with --raw",
                    self.odd_rows
                ),
            ));
        }
        if let (calls @ 1.., tokens) = self.unknown_tiers {
            findings.push(Diagnostic::unknown_service_tier(subject, calls, tokens));
        }
        let rows = self.rows.into_iter().map(|(mut row, counts)| {
            row.counts = counts;
            row
        });
        (rows.collect(), findings, self.odd_rows == 0)
    }
}

fn text<'a>(fields: &Fields<'a>, name: &str) -> Option<&'a str> {
    fields.get(name).copied().filter(|value| !value.is_empty())
}

/// The row without its counts; `None` when the record does not say whose it is.
fn key(fields: &Fields<'_>, shape: &QueryShape, naming: &ModelNaming) -> Option<UsageRow> {
    let resolved = naming.resolve(text(fields, "modelId")?);
    let metadata = shape.keys.iter().enumerate().filter_map(|(index, key)| {
        // A value may be empty, as in files.
        let value = fields.get(format!("m{index}").as_str())?;
        Some((Text::from(key.as_str()), Text::from(*value)))
    });
    Some(UsageRow {
        hour: hour(text(fields, "hour")?)?,
        granularity: Granularity::Hour,
        account_id: text(fields, "accountId")?.into(),
        region: text(fields, "region")?.to_ascii_lowercase().into(),
        prompt_band: prompt(fields, shape)
            .map(|tokens| naming.prompt_band(&resolved.model_id, tokens)),
        service_tier: match resolved.provisioned {
            true => ServiceTier::Provisioned,
            false => service_tier(fields),
        },
        model_id: resolved.model_id,
        endpoint_scope: resolved.scope,
        geo: resolved.geo,
        inference_profile: resolved.inference_profile,
        principal: text(fields, "principal").map(|arn| principal_without_session(arn).into()),
        metadata: RequestMetadata::new(metadata),
        workload: None,
        counts: TokenCounts::default(),
        source: Source::Logs,
    })
}

/// `2026-10-03T14`, or with a blank.
fn hour(text: &str) -> Option<DateTime<Utc>> {
    let full = format!("{}:00:00", text.get(..13)?.replace(' ', "T"));
    let moment = NaiveDateTime::parse_from_str(&full, "%Y-%m-%dT%H:%M:%S").ok()?;
    Some(moment.and_utc())
}

fn service_tier(fields: &Fields<'_>) -> ServiceTier {
    let optimized = ["latency", "body_latency"]
        .iter()
        .any(|name| text(fields, name) == Some("optimized"));
    match text(fields, "tier").and_then(ServiceTier::parse) {
        Some(tier) => tier,
        None if optimized => ServiceTier::LatencyOptimized,
        None => ServiceTier::Standard,
    }
}

/// A prompt size in the band of the row's calls; `None` when their input is unknown.
fn prompt(fields: &Fields<'_>, shape: &QueryShape) -> Option<u64> {
    let mut prompt = 0;
    for (index, threshold) in shape.thresholds.iter().enumerate() {
        if number(text(fields, &format!("b{index}"))?)? > 0 {
            prompt = threshold.saturating_add(1);
        }
    }
    Some(prompt)
}

/// The counts of a row; `None` when one is no whole number.
fn counts(fields: &Fields<'_>) -> Option<TokenCounts> {
    let flag = |name: &str| text(fields, name).and_then(number) == Some(1);
    let count = |name: &str| text(fields, name).map_or(Some(0), number);
    let sum_of = |counted: &str, summed: &str| -> Option<Option<u64>> {
        match count(counted)? {
            0 => Some(None),
            _ => number(text(fields, summed)?).map(Some),
        }
    };
    let requests = number(text(fields, "calls")?)?;
    let known = count("n_either")?;
    let error = text(fields, "error").filter(|code| *code != "null");
    // 0: OpenAI's cached tokens stand outside the input count. 1 or absent: they do not count.
    let apart = text(fields, "inside").and_then(number) == Some(0);
    let cache_read = match apart {
        true => sum_of("n_cra", "s_cra")?,
        false => sum_of("n_cr", "s_cr")?,
    };
    let written = sum_of("n_cw", "s_cw")?;
    let split = flag("split");
    let images = ["i0", "i1", "i2", "i3", "i4"]
        .iter()
        .try_fold(0u64, |sum, name| sum.checked_add(count(name)?))?;
    Some(TokenCounts {
        requests,
        failed_requests: if error.is_some() { requests } else { 0 },
        requests_without_counts: match error {
            Some(_) => 0,
            None => requests.checked_sub(known)?,
        },
        input_tokens: sum_of("n_in", "s_in")?,
        output_tokens: sum_of("n_out", "s_out")?,
        cache_read_tokens: cache_read,
        cache_write_5m_tokens: if split { Some(count("s_w5")?) } else { None },
        cache_write_1h_tokens: if split { Some(count("s_w1")?) } else { None },
        cache_write_unknown_tokens: written.filter(|_| !split),
        images: Some(images).filter(|images| *images > 0),
    })
}

/// A whole number, exactly: `1234`, `1234.0`, `1.234E3`.
fn number(text: &str) -> Option<u64> {
    let value = match text.contains(['e', 'E']) {
        true => Decimal::from_scientific(text).ok()?,
        false => Decimal::from_str_exact(text)
            .or_else(|_| Decimal::from_str(text))
            .ok()?,
    };
    if !value.fract().is_zero() {
        return None;
    }
    value.to_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> QueryShape {
        QueryShape::new(vec!["team".to_owned()], [200_000, 272_000], 100)
    }

    fn naming() -> ModelNaming {
        ModelNaming {
            providers: ["amazon".into()].into(),
            models: ["amazon.nova-lite-v1:0".into()].into(),
            prompt_bands: [("amazon.nova-lite-v1:0".into(), vec![200_000])].into(),
            ..ModelNaming::default()
        }
    }

    fn fields<'a>(more: &[(&'a str, &'a str)]) -> Fields<'a> {
        let mut fields: Fields<'a> = [
            ("hour", "2026-10-03T14"),
            ("modelId", "us.amazon.nova-lite-v1:0"),
            ("accountId", "111122223333"),
            ("region", "us-east-1"),
            ("calls", "3"),
            ("n_either", "3"),
        ]
        .into();
        fields.extend(more.iter().copied());
        fields
    }

    fn rows(answers: &[Fields<'_>]) -> Vec<UsageRow> {
        let mut sums = Sums::default();
        for answer in answers {
            sums.add(answer, &shape(), &naming());
        }
        let (rows, findings, whole) = sums.finish("group");
        assert_eq!((findings, whole), (vec![], true));
        rows
    }

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        for (text, value) in [
            ("1234", Some(1_234)),
            ("0", Some(0)),
            ("12.000", Some(12)),
            ("1.234E7", Some(12_340_000)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("1.5", None),
            ("-1", None),
            ("1E-1", None),
            ("many", None),
            ("", None),
            ("99999999999999999999999999", None),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
    }

    #[test]
    fn a_sum_over_nothing_is_unknown_and_a_counted_zero_is_zero() {
        let found = rows(&[fields(&[
            ("n_in", "3"),
            ("s_in", "0"),
            ("n_out", "0"),
            ("s_out", "0"),
            ("n_cr", "0"),
            ("s_cr", "0"),
        ])]);
        let counts = &found[0].counts;
        assert_eq!((counts.input_tokens, counts.output_tokens), (Some(0), None));
        assert_eq!(counts.cache_read_tokens, None);
        assert_eq!(counts.cache_write_tokens(), None);
        assert_eq!((counts.images, counts.requests_without_counts), (None, 0));
    }

    #[test]
    fn rows_of_one_key_add_up_and_failed_calls_are_counted() {
        let found = rows(&[
            fields(&[("n_in", "3"), ("s_in", "3000"), ("b0", "0"), ("b1", "0")]),
            fields(&[
                ("error", "ThrottlingException"),
                ("n_in", "3"),
                ("s_in", "30"),
                ("b0", "0"),
                ("b1", "0"),
                ("n_either", "0"),
            ]),
        ]);
        assert_eq!(found.len(), 1);
        let counts = &found[0].counts;
        // 3 good and 3 failed calls; 3,000 + 30 tokens
        assert_eq!((counts.requests, counts.failed_requests), (6, 3));
        assert_eq!(
            (counts.input_tokens, counts.requests_without_counts),
            (Some(3_030), 0)
        );
        assert_eq!(found[0].prompt_band, Some(0));
        assert_eq!(found[0].geo.as_deref(), Some("us"));
    }

    #[test]
    fn a_band_of_another_model_is_not_this_model_s() {
        let band = |b0: &str, b1: &str| {
            rows(&[fields(&[("b0", b0), ("b1", b1)])])[0]
                .prompt_band
                .unwrap()
        };
        assert_eq!(
            [band("0", "0"), band("1", "0"), band("1", "1")],
            [0, 200_000, 200_000]
        );
        assert_eq!(rows(&[fields(&[])])[0].prompt_band, None);
    }

    #[test]
    fn cache_writes_are_split_only_where_every_call_of_the_row_can_be() {
        let writes = [
            ("n_cw", "3"),
            ("s_cw", "10"),
            ("s_w5", "4"),
            ("s_w1", "6"),
            ("split", "1"),
        ];
        let split = rows(&[fields(&writes)]).remove(0).counts;
        assert_eq!(
            (split.cache_write_5m_tokens, split.cache_write_1h_tokens),
            (Some(4), Some(6))
        );
        assert_eq!(split.cache_write_unknown_tokens, None);
        let unknown = rows(&[fields(&writes[..4])]).remove(0).counts;
        assert_eq!(
            (unknown.cache_write_5m_tokens, unknown.cache_write_1h_tokens),
            (None, None)
        );
        assert_eq!(unknown.cache_write_unknown_tokens, Some(10));
    }

    #[test]
    fn cached_tokens_count_only_outside_the_input_count() {
        let reads = [("n_cr", "0"), ("s_cr", "0"), ("n_cra", "3"), ("s_cra", "9")];
        let of = |inside: &'static str| {
            let mut more = reads.to_vec();
            more.push(("inside", inside));
            rows(&[fields(&more)])[0].counts.cache_read_tokens
        };
        assert_eq!((of("0"), of("1")), (Some(9), None));
    }

    #[test]
    fn sessions_are_cut_off_tiers_and_metadata_are_read() {
        let found = rows(&[fields(&[
            (
                "principal",
                "arn:aws:sts::111122223333:assumed-role/checkout/i-0abc",
            ),
            ("tier", "flex"),
            ("m0", "search"),
        ])]);
        assert_eq!(
            found[0].principal.as_deref(),
            Some("arn:aws:sts::111122223333:assumed-role/checkout")
        );
        assert_eq!(found[0].service_tier, ServiceTier::Flex);
        assert_eq!(found[0].metadata.to_string(), r#"{"team":"search"}"#);
        let latency = rows(&[fields(&[("body_latency", "optimized")])]);
        assert_eq!(latency[0].service_tier, ServiceTier::LatencyOptimized);
    }

    #[test]
    fn a_tier_that_nobody_knows_is_a_finding() {
        let mut sums = Sums::default();
        let sizes = [("n_in", "3"), ("s_in", "30")];
        for tier in ["", "default", "flex", "new", "newer"] {
            let fields = fields(&[("tier", tier), sizes[0], sizes[1]]);
            sums.add(&fields, &shape(), &naming());
        }
        let (rows, findings, whole) = sums.finish("group, 2026-10-03");
        assert!(whole && rows.len() == 2);
        // Two rows of 3 calls and 30 tokens each.
        assert_eq!(
            findings[0].to_string(),
            "warning[unknown-service-tier]: group, 2026-10-03: 6 records name service tiers that are not known; they are kept as standard, so their prices may be wrong"
        );
        assert_eq!(findings[0].tokens_affected, Some(60));
    }

    #[test]
    fn what_cannot_be_counted_is_a_finding() {
        let mut sums = Sums::default();
        let mut nameless = fields(&[]);
        nameless.remove("accountId");
        sums.add(&nameless, &shape(), &naming());
        sums.add(
            &fields(&[("n_in", "3"), ("s_in", "1.5")]),
            &shape(),
            &naming(),
        );
        let (rows, findings, whole) = sums.finish("group, 2026-10-03");
        assert!(rows.is_empty() && !whole);
        assert_eq!(
            findings.iter().map(|f| &*f.code).collect::<Vec<_>>(),
            ["unreadable-record", "unreadable-answer"]
        );
        assert!(findings[0].message.starts_with("3 records have no account"));
    }
}
