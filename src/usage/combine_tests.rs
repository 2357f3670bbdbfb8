//! What may lie side by side, what is refused, and who wins.

use chrono::NaiveDate;

use super::{Combined, NOT_IN_LOGS, UsageInput, combine};
use crate::domain::{
    Granularity, ModelId, RequestMetadata, ServiceTier, Source, TokenCounts, UsageRow,
};

fn row(day: &str, model: &str, input: u64, source: Source) -> UsageRow {
    let day: NaiveDate = day.parse().unwrap();
    UsageRow {
        hour: day.and_hms_opt(0, 0, 0).unwrap().and_utc(),
        granularity: Granularity::Day,
        account_id: "111122223333".into(),
        region: "us-east-1".into(),
        model_id: ModelId::new(model),
        endpoint_scope: None,
        geo: None,
        service_tier: ServiceTier::Standard,
        prompt_band: None,
        inference_profile: None,
        principal: None,
        metadata: RequestMetadata::default(),
        workload: None,
        counts: TokenCounts {
            requests: 1,
            input_tokens: Some(input),
            ..Default::default()
        },
        source,
    }
}

fn input(name: &str, raw_logs: bool, rows: Vec<UsageRow>) -> UsageInput {
    UsageInput {
        name: name.into(),
        also: Vec::new(),
        raw_logs,
        rows,
    }
}

#[test]
fn a_day_from_two_sources_is_refused_until_one_is_preferred() {
    let inputs = || {
        vec![
            input("logs", true, vec![row("2026-10-01", "m", 5, Source::Files)]),
            input(
                "usage.csv",
                false,
                vec![
                    row("2026-10-01", "m", 7, Source::S3),
                    row("2026-10-02", "m", 9, Source::S3),
                ],
            ),
        ]
    };
    let message = combine(inputs(), None).unwrap_err().to_string();
    assert_eq!(
        message,
        "account 111122223333, us-east-1, 2026-10-01 comes from raw logs (logs) and from source s3 by day (usage.csv); name the one to keep with --prefer SOURCE (or --prefer INPUT)"
    );
    let tokens = |prefer| -> Vec<u64> {
        let Combined { rows, .. } = combine(inputs(), Some(prefer)).unwrap();
        rows.iter()
            .map(|row| row.counts.input_tokens.unwrap())
            .collect()
    };
    assert_eq!(tokens("s3"), [7, 9]);
    assert_eq!(tokens("files"), [5, 9]);
    assert_eq!(
        tokens("logs"),
        [5, 9],
        "no row has the source logs, so it is the input of that name"
    );
    assert_eq!(tokens("usage.csv"), [7, 9]);
    assert!(
        combine(inputs(), Some("bucket"))
            .unwrap_err()
            .to_string()
            .contains("no such source or input")
    );
}

#[test]
fn a_table_split_into_two_files_is_one_table() {
    let Combined { rows, findings, .. } = combine(
        vec![
            input("b.csv", false, vec![row("2026-10-01", "m2", 7, Source::S3)]),
            input("a.csv", false, vec![row("2026-10-01", "m1", 5, Source::S3)]),
        ],
        None,
    )
    .unwrap();
    assert_eq!(
        rows.iter()
            .map(|row| row.model_id.as_str())
            .collect::<Vec<_>>(),
        ["m1", "m2"]
    );
    assert!(findings.is_empty());
}

#[test]
fn a_table_given_twice_counts_once_and_contradicting_tables_are_refused() {
    let table = |name, tokens| {
        input(
            name,
            false,
            vec![row("2026-10-01", "m", tokens, Source::S3)],
        )
    };
    let Combined { rows, findings, .. } =
        combine(vec![table("a.csv", 5), table("b.csv", 5)], None).unwrap();
    assert_eq!((rows.len(), &*findings[0].code), (1, "repeated-usage"));
    let message = combine(vec![table("a.csv", 5), table("b.csv", 6)], None)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("a.csv and in b.csv with different counts"),
        "{message}"
    );
    let Combined { rows, .. } =
        combine(vec![table("a.csv", 5), table("b.csv", 6)], Some("b.csv")).unwrap();
    assert_eq!(rows[0].counts.input_tokens, Some(6));
}

#[test]
fn the_mantle_endpoint_is_usage_of_its_own() {
    let both = vec![
        input("logs", true, vec![row("2026-10-01", "m", 5, Source::Files)]),
        input(
            "mantle.csv",
            false,
            vec![row("2026-10-01", "m", 7, Source::Mantle)],
        ),
    ];
    assert_eq!(combine(both, None).unwrap().rows.len(), 2);
}

#[test]
fn a_source_that_names_both_sides_is_no_answer() {
    let inputs = || {
        vec![
            input("logs", true, vec![row("2026-10-01", "m", 5, Source::Files)]),
            input(
                "usage.csv",
                false,
                vec![row("2026-10-01", "m2", 7, Source::Files)],
            ),
        ]
    };
    let message = combine(inputs(), Some("files")).unwrap_err().to_string();
    assert_eq!(
        message,
        "account 111122223333, us-east-1, 2026-10-01 comes from source files by day (usage.csv) and from raw logs (logs), and --prefer files names more than one of them; name the input to keep with --prefer INPUT"
    );
    assert_eq!(combine(inputs(), Some("usage.csv")).unwrap().rows.len(), 1);
}

#[test]
fn an_input_answers_to_each_path_it_was_given_by() {
    let logs = UsageInput {
        also: vec!["october/".into(), "november.jsonl".into()],
        ..input(
            "invocation logs",
            true,
            vec![row("2026-10-01", "m", 5, Source::Files)],
        )
    };
    let table = input(
        "usage.csv",
        false,
        vec![row("2026-10-01", "m", 7, Source::Metrics)],
    );
    for given in ["october", "./october", "november.jsonl", "invocation logs"] {
        let Combined { rows, .. } =
            combine(vec![logs.clone(), table.clone()], Some(given)).unwrap();
        assert_eq!(rows[0].counts.input_tokens, Some(5), "{given}");
    }
}

#[test]
fn hours_and_days_of_one_input_are_told_to_be_parted_and_not_preferred() {
    let day = row("2026-10-01", "m", 5, Source::S3);
    let hour = UsageRow {
        granularity: Granularity::Hour,
        ..day.clone()
    };
    let message = combine(vec![input("u.csv", false, vec![day, hour])], None)
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "u.csv holds account 111122223333, us-east-1, 2026-10-01 as source s3 by day and as source s3 by hour; that usage would count twice, so take one of the two out of it"
    );
}

#[test]
fn metrics_beside_one_kind_of_logs_are_no_conflict_and_beside_anything_else_they_are() {
    let fits = |rows: [(Source, bool); 2]| {
        let inputs = rows.map(|(source, raw)| {
            input(
                source.as_str(),
                raw,
                vec![row("2026-10-01", "m", 5, source)],
            )
        });
        combine(inputs.into(), None).is_ok()
    };
    for logs in [Source::Logs, Source::S3, Source::Files] {
        assert!(fits([(Source::Metrics, false), (logs, false)]), "{logs}");
        assert!(fits([(logs, true), (Source::Metrics, false)]), "{logs}");
    }
    for other in [Source::Athena, Source::Bill, Source::Demo] {
        assert!(!fits([(Source::Metrics, false), (other, false)]), "{other}");
    }
    assert!(!fits([(Source::Logs, false), (Source::S3, false)]));
    let mut hourly = row("2026-10-01", "m", 5, Source::Metrics);
    hourly.granularity = Granularity::Hour;
    let both = vec![row("2026-10-01", "m2", 5, Source::Metrics), hourly];
    assert!(combine(vec![input("a", false, both)], None).is_err());
}

#[test]
fn what_an_earlier_comparison_left_fits_its_logs_but_neither_raw_logs_nor_metrics() {
    let left = UsageRow {
        workload: Some(NOT_IN_LOGS.into()),
        ..row("2026-10-01", "m", 5, Source::Metrics)
    };
    let fits = |other: UsageRow, raw: bool| {
        let inputs = vec![
            input("usage.csv", false, vec![left.clone()]),
            input("other", raw, vec![other]),
        ];
        combine(inputs, None).is_ok()
    };
    assert!(fits(row("2026-10-01", "m", 7, Source::Files), false));
    assert!(!fits(row("2026-10-01", "m", 7, Source::Files), true));
    assert!(!fits(row("2026-10-01", "m", 7, Source::Metrics), false));
    assert!(fits(row("2026-10-02", "m", 7, Source::Metrics), false));
}

#[test]
fn preferring_an_input_with_metrics_and_logs_keeps_both() {
    let store = vec![
        row("2026-10-01", "m", 9, Source::Metrics),
        row("2026-10-01", "m", 5, Source::Logs),
    ];
    let inputs = vec![
        input("store", false, store),
        input(
            "usage.csv",
            false,
            vec![row("2026-10-01", "m", 7, Source::S3)],
        ),
    ];
    let combined = combine(inputs, Some("store")).unwrap();
    assert_eq!(combined.rows.len(), 2);
    assert_eq!(combined.chosen.len(), 1);
}

#[test]
fn one_input_comes_out_sorted() {
    let rows = vec![
        row("2026-10-02", "m", 1, Source::S3),
        row("2026-10-01", "m", 2, Source::S3),
    ];
    let combined = combine(vec![input("a", false, rows.clone())], None).unwrap();
    assert_eq!(combined.rows, [rows[1].clone(), rows[0].clone()]);
}
