//! Days in and out of a store, and every state that a cut-off run can leave.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDate, Utc};
use tempfile::TempDir;

use super::{Again, Store, StoreError, StoreRead, read_catalogs, read_store};
use crate::diagnostic::Diagnostic;
use crate::domain::{
    Catalog, DaySignals, DaySink, Decimal, EndpointScope, FetchedDay, Granularity, ModelId,
    ModelNaming, RequestMetadata, ServiceTier, Source, TokenCounts, UsageRow, Usd,
};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";

fn at(moment: &str) -> DateTime<Utc> {
    moment.parse().unwrap()
}

fn day(day: &str) -> NaiveDate {
    day.parse().unwrap()
}

fn row(source: Source, day: NaiveDate, input: u64) -> UsageRow {
    UsageRow {
        hour: day.and_time(chrono::NaiveTime::MIN).and_utc(),
        granularity: Granularity::Day,
        account_id: ACCOUNT.into(),
        region: REGION.into(),
        model_id: ModelId::new("amazon.nova-lite-v1:0"),
        endpoint_scope: Some(EndpointScope::Geo),
        geo: Some("us".into()),
        service_tier: ServiceTier::Standard,
        prompt_band: None,
        inference_profile: Some("arn:aws:bedrock:x:1:application-inference-profile/abcd".into()),
        principal: None,
        metadata: RequestMetadata::default(),
        workload: None,
        counts: TokenCounts {
            requests: 1,
            input_tokens: Some(input),
            ..TokenCounts::default()
        },
        source,
    }
}

fn fetched(source: Source, of: &str, input: &[u64]) -> FetchedDay {
    let rows = input.iter().map(|input| row(source, day(of), *input));
    FetchedDay {
        source,
        account_id: ACCOUNT.into(),
        region: REGION.into(),
        day: day(of),
        rows: rows.collect(),
        signals: DaySignals::default(),
        query: "Sum by 86400".to_owned(),
        findings: Vec::new(),
        whole: true,
    }
}

const NOW: &str = "2026-11-03T09:00:00Z";

fn open(folder: &Path) -> Store {
    Store::open(folder, at(NOW)).unwrap()
}

fn read(folder: &Path) -> StoreRead {
    read_store(folder, "store", &ModelNaming::default()).unwrap()
}

fn inputs(read: &StoreRead) -> Vec<u64> {
    let rows = read.input.rows.iter();
    rows.map(|row| row.counts.input_tokens.unwrap()).collect()
}

fn codes(read: &StoreRead) -> Vec<&str> {
    read.findings.iter().map(|finding| &*finding.code).collect()
}

const PLACE: &str = "logs/111122223333/us-east-1/2026-10-01.parquet";

#[test]
fn a_day_comes_back_with_its_rows_signals_and_findings() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let mut first = fetched(Source::Logs, "2026-10-01", &[5]);
    first.signals.delivery_failures = [("S3".to_owned(), 3)].into();
    let finding = Diagnostic::warning("late", "us-east-1", "was late")
        .with_tokens(7)
        .with_cost(Usd::new(Decimal::new(125, 3)));
    first.findings = vec![finding.clone()];
    store.take(first.clone()).unwrap();
    store
        .take(fetched(Source::Logs, "2026-10-02", &[]))
        .unwrap();

    assert!(folder.path().join(PLACE).exists());
    assert!(!folder.path().join(PLACE.replace("-01.", "-02.")).exists());
    let read = read(folder.path());
    assert_eq!(read.input.rows, first.rows);
    assert_eq!(read.findings, [finding]);
    assert_eq!(read.signals.len(), 1);
    assert_eq!(read.signals[0].signals, first.signals);
    assert_eq!(read.signals[0].day, day("2026-10-01"));
    assert_eq!(
        store.names_seen(Some(ACCOUNT)).unwrap(),
        ["abcd".to_owned(), "us.amazon.nova-lite-v1:0".to_owned()].into()
    );
    assert!(store.names_seen(Some("9")).unwrap().is_empty());
    let query = store.query_of(Source::Logs, ACCOUNT, REGION, day("2026-10-01"));
    assert_eq!(query.as_deref(), Some("Sum by 86400"));
}

#[test]
fn a_later_fetch_of_a_day_replaces_it_and_an_empty_one_removes_its_file() {
    let folder = TempDir::new().unwrap();
    open(folder.path())
        .take(fetched(Source::Logs, "2026-10-01", &[5]))
        .unwrap();
    open(folder.path())
        .take(fetched(Source::Logs, "2026-10-01", &[6]))
        .unwrap();
    assert_eq!(inputs(&read(folder.path())), [6]);
    open(folder.path())
        .take(fetched(Source::Logs, "2026-10-01", &[]))
        .unwrap();
    assert!(inputs(&read(folder.path())).is_empty());
    assert!(!folder.path().join(PLACE).exists());
}

#[test]
fn the_same_fetch_gives_the_same_bytes() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for folder in [&one, &other] {
        let store = open(folder.path());
        store
            .take(fetched(Source::Logs, "2026-10-01", &[5]))
            .unwrap();
    }
    for file in [PLACE, "manifest.jsonl"] {
        let bytes = |folder: &TempDir| fs::read(folder.path().join(file)).unwrap();
        assert_eq!(bytes(&one), bytes(&other), "{file}");
    }
}

#[test]
fn each_way_of_asking_again_wants_its_days() {
    let folder = TempDir::new().unwrap();
    // The run began in the middle of 2026-11-03: the 2nd is settled, the 3rd is not over.
    let store = open(folder.path());
    let days = ["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-03"].map(day);
    store
        .take(fetched(Source::Logs, "2026-10-30", &[1]))
        .unwrap();
    let mut torn = fetched(Source::Logs, "2026-11-01", &[1]);
    torn.whole = false;
    store.take(torn).unwrap();
    store
        .take(fetched(Source::Logs, "2026-11-03", &[1]))
        .unwrap();
    for store in [store, open(folder.path())] {
        let wanted = |again| store.wanted(Source::Logs, ACCOUNT, REGION, &days, again);
        assert_eq!(wanted(Again::All), days);
        assert_eq!(wanted(Again::Missing), days[1..3]);
        assert_eq!(wanted(Again::Unsettled), days[1..]);
        let elsewhere = store.wanted(Source::Logs, ACCOUNT, "eu-west-1", &days, Again::Missing);
        assert_eq!(elsewhere, days);
    }
    let read = read(folder.path());
    assert_eq!(codes(&read), ["day-not-whole", "day-not-settled"]);
    assert!(
        read.findings[0]
            .message
            .starts_with("2026-11-01 was not read whole")
    );
}

#[test]
fn a_day_is_settled_three_hours_after_its_end_and_not_a_second_before() {
    for (now, settled) in [
        ("2026-11-03T02:59:59Z", false),
        ("2026-11-03T03:00:00Z", true),
    ] {
        let folder = TempDir::new().unwrap();
        let store = Store::open(folder.path(), at(now)).unwrap();
        store
            .take(fetched(Source::Logs, "2026-11-02", &[1]))
            .unwrap();
        let days = [day("2026-11-02")];
        let wanted = store.wanted(Source::Logs, ACCOUNT, REGION, &days, Again::Unsettled);
        assert_eq!(wanted.is_empty(), settled, "{now}");
    }
}

#[test]
fn a_day_of_metrics_is_there_when_mantle_is_too() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let days = [day("2026-10-01")];
    let wanted = || store.wanted(Source::Metrics, ACCOUNT, REGION, &days, Again::Missing);
    store
        .take(fetched(Source::Metrics, "2026-10-01", &[1]))
        .unwrap();
    assert_eq!(wanted(), days);
    store
        .take(fetched(Source::Mantle, "2026-10-01", &[]))
        .unwrap();
    assert!(wanted().is_empty());
}

#[test]
fn a_torn_day_does_not_replace_one_that_is_whole_and_settled() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    store
        .take(fetched(Source::Logs, "2026-10-01", &[5]))
        .unwrap();
    let mut torn = fetched(Source::Logs, "2026-10-01", &[2]);
    torn.whole = false;
    store.take(torn.clone()).unwrap();
    assert_eq!(inputs(&read(folder.path())), [5]);
    // A damaged one it does replace.
    fs::write(folder.path().join(PLACE), "x").unwrap();
    store.take(torn).unwrap();
    assert_eq!(inputs(&read(folder.path())), [2]);
}

#[test]
fn names_that_leave_the_store_and_rows_of_another_day_are_refused() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder.path().join("store"));
    let mut outside = fetched(Source::Logs, "2026-10-01", &[]);
    outside.region = "../../x".into();
    assert!(store.take(outside).is_err());
    let mut mixed = fetched(Source::Logs, "2026-10-01", &[1]);
    mixed.day = day("2026-10-02");
    assert!(store.take(mixed).is_err());
    assert!(read(&folder.path().join("store")).input.rows.is_empty());
}

/// What is on the disk after a kill at each point, and the next run.
#[test]
fn a_run_that_is_cut_off_anywhere_is_continued() {
    let days = [day("2026-10-01")];
    let wanted =
        |folder: &Path| open(folder).wanted(Source::Logs, ACCOUNT, REGION, &days, Again::Unsettled);
    let finished = TempDir::new().unwrap();
    open(finished.path())
        .take(fetched(Source::Logs, "2026-10-01", &[5]))
        .unwrap();
    let file = fs::read(finished.path().join(PLACE)).unwrap();
    let line = fs::read(finished.path().join("manifest.jsonl")).unwrap();

    type Leave = fn(&Path, &[u8], &[u8]);
    let states: [(&str, Leave); 5] = [
        ("the temporary file half written", |folder, file, _| {
            fs::write(folder.join("unfinished/.tmpA"), &file[..9]).unwrap();
        }),
        ("the temporary file whole", |folder, file, _| {
            fs::write(folder.join("unfinished/.tmpA"), file).unwrap();
        }),
        ("renamed, without a line", |folder, file, _| {
            fs::create_dir_all(folder.join(PLACE).parent().unwrap()).unwrap();
            fs::write(folder.join(PLACE), file).unwrap();
        }),
        ("renamed, the line torn", |folder, file, line| {
            fs::create_dir_all(folder.join(PLACE).parent().unwrap()).unwrap();
            fs::write(folder.join(PLACE), file).unwrap();
            fs::write(folder.join("manifest.jsonl"), &line[..40]).unwrap();
        }),
        (
            "the line without its file (power cut)",
            |folder, _, line| {
                fs::write(folder.join("manifest.jsonl"), line).unwrap();
            },
        ),
    ];
    for (state, leave) in states {
        let folder = TempDir::new().unwrap();
        drop(open(folder.path()));
        leave(folder.path(), &file, &line);
        assert!(read(folder.path()).input.rows.is_empty(), "{state}");
        assert_eq!(wanted(folder.path()), days, "{state}");
        open(folder.path())
            .take(fetched(Source::Logs, "2026-10-01", &[5]))
            .unwrap();
        assert!(wanted(folder.path()).is_empty(), "{state}");
        let read = read(folder.path());
        assert_eq!(
            (inputs(&read), read.findings.len()),
            (vec![5], 0),
            "{state}"
        );
        assert_eq!(
            fs::read(folder.path().join(PLACE)).unwrap(),
            file,
            "{state}"
        );
    }
}

#[test]
fn a_new_file_under_an_old_line_counts_as_missing() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    store
        .take(fetched(Source::Logs, "2026-10-01", &[5]))
        .unwrap();
    fs::write(folder.path().join(PLACE), "PAR1").unwrap();
    let days = [day("2026-10-01")];
    let wanted = store.wanted(Source::Logs, ACCOUNT, REGION, &days, Again::Missing);
    assert_eq!(wanted, days);
    let read = read(folder.path());
    assert_eq!(
        (inputs(&read).len(), codes(&read)),
        (0, vec!["store-day-damaged"])
    );
}

#[test]
fn old_orphans_are_removed_and_young_ones_may_be_another_run() {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path()));
    let orphan = folder.path().join("unfinished/.tmpA");
    fs::write(&orphan, "x").unwrap();
    let age = |hours: u64| {
        let modified = SystemTime::from(at(NOW)) - Duration::from_secs(hours * 3600);
        let file = fs::File::options().write(true).open(&orphan).unwrap();
        file.set_modified(modified).unwrap();
        drop(open(folder.path()));
        orphan.exists()
    };
    assert!(age(23));
    assert!(!age(25));
}

#[test]
fn two_runs_at_once_leave_only_lines_that_match_their_files() {
    let folder = TempDir::new().unwrap();
    // Four runs, each its own view of the store, write the same ten days at once.
    std::thread::scope(|scope| {
        for run in 1..=4u64 {
            let folder = folder.path();
            scope.spawn(move || {
                let store = open(folder);
                for of in 1..=10 {
                    let name = format!("2026-10-{of:02}");
                    let input = vec![run; 1];
                    store.take(fetched(Source::Logs, &name, &input)).unwrap();
                }
            });
        }
    });
    let read = read(folder.path());
    assert_eq!((read.input.rows.len(), codes(&read)), (10, vec![]));
    let manifest = fs::read_to_string(folder.path().join("manifest.jsonl")).unwrap();
    assert_eq!(manifest.lines().count(), 40);
    let left = fs::read_dir(folder.path().join("unfinished")).unwrap();
    assert_eq!(left.count(), 0);
}

#[test]
fn a_store_of_a_later_version_is_refused() {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path()));
    let line = "{\"tool\":\"eolcast 9.0.0\",\"version\":2,\"when\":1}\n";
    fs::write(folder.path().join("manifest.jsonl"), line).unwrap();
    let error = Store::open(folder.path(), at(NOW)).unwrap_err();
    assert!(matches!(error, StoreError::Newer { ref tool, .. } if tool == "eolcast 9.0.0"));
    assert_eq!(codes(&read(folder.path())), ["store-is-newer"]);
}

#[test]
fn catalogs_replace_each_other_and_come_sorted() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path());
    let catalog = |region: &str, fetched_at: &str| Catalog {
        account_id: ACCOUNT.to_owned(),
        region: region.to_owned(),
        fetched_at: at(fetched_at),
        models: Vec::new(),
        profiles: Vec::new(),
        provisioned: Vec::new(),
        logging: None,
    };
    for (region, moment) in [
        ("us-east-1", "2026-10-01T00:00:00Z"),
        ("eu-west-1", "2026-10-01T00:00:00Z"),
        ("us-east-1", "2026-10-02T00:00:00Z"),
    ] {
        store.keep_catalog(&catalog(region, moment)).unwrap();
    }
    let expected = [
        catalog("eu-west-1", "2026-10-01T00:00:00Z"),
        catalog("us-east-1", "2026-10-02T00:00:00Z"),
    ];
    assert_eq!(store.catalogs().unwrap(), expected);
    assert_eq!(read_catalogs(folder.path()).unwrap(), expected);
    assert!(store.keep_catalog(&catalog("../x", NOW)).is_err());
    fs::write(
        folder.path().join("catalog/111122223333/us-east-1.json"),
        "{",
    )
    .unwrap();
    assert!(matches!(store.catalogs(), Err(StoreError::Catalog { .. })));
}

#[test]
fn files_of_others_in_the_folder_are_named() {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path()));
    fs::write(folder.path().join("usage.csv"), "x").unwrap();
    let read = read(folder.path());
    assert_eq!(codes(&read), ["skipped-file"]);
    assert!(read.findings[0].message.contains("for example usage.csv"));
}
