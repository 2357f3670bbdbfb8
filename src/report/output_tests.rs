//! Report files appear whole or not at all.

use std::fs;
use std::path::Path;

use polars::prelude::{ParquetReader, SerReader};

use super::sample::report;
use super::{Format, ReportFiles};
use crate::domain::Usd;
use crate::projection::ImpactReport;

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The message with its causes, the folder written as `DIR`.
fn message(error: &dyn std::error::Error, dir: &Path) -> String {
    let cause = error.source().map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default()).replace(&dir.display().to_string(), "DIR")
}

#[test]
fn all_tables_stand_in_all_formats_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("deep/report");
    let files = ReportFiles::open(&target, &Format::ALL).unwrap();
    let written = files.commit(&report()).unwrap();
    assert_eq!(written.len(), 28);
    assert!(written.iter().all(|path| path.is_file()));
    assert_eq!(
        names(&target),
        [
            "charges.csv",
            "charges.parquet",
            "cost.csv",
            "cost.parquet",
            "coverage.csv",
            "coverage.parquet",
            "eolcast.html",
            "eolcast.ics",
            "eolcast.json",
            "eolcast.xlsx",
            "findings.csv",
            "findings.parquet",
            "focus.csv",
            "focus.parquet",
            "prices_used.csv",
            "prices_used.parquet",
            "projection.csv",
            "projection.parquet",
            "scenarios.csv",
            "scenarios.parquet",
            "timeline.csv",
            "timeline.parquet",
            "urgency.csv",
            "urgency.parquet",
            "usage.csv",
            "usage.parquet",
            "variance.csv",
            "variance.parquet",
        ]
    );
}

#[test]
fn a_target_folder_that_is_a_file_fails_before_the_work() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("report");
    fs::write(&target, "mine").unwrap();
    for path in [target.clone(), target.join("below")] {
        let error = ReportFiles::open(&path, &Format::ALL).unwrap_err();
        let text = message(&error, dir.path());
        assert!(text.starts_with("DIR/report"), "{text}");
        assert!(
            text.contains(": cannot be created; choose another folder with --out: "),
            "{text}"
        );
    }
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    assert_eq!(names(dir.path()), ["report"]);
}

#[test]
fn a_target_file_that_is_a_folder_fails_before_the_work() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("cost.csv")).unwrap();
    let error = ReportFiles::open(dir.path(), &[Format::Csv]).unwrap_err();
    assert_eq!(
        message(&error, dir.path()),
        "DIR/cost.csv: cannot be created; choose another folder with --out: is a directory"
    );
    assert_eq!(names(dir.path()), ["cost.csv"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written_fails_before_the_work() {
    // Not even the superuser makes folders or files there.
    for place in ["/proc/eolcast-report", "/proc"] {
        let error = ReportFiles::open(Path::new(place), &[Format::Csv]).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("/proc/"), "{text}");
        assert!(text.contains(": cannot be created"), "{text}");
    }
}

#[test]
fn dropped_before_the_end_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    drop(ReportFiles::open(&dir.path().join("a/b"), &Format::ALL).unwrap());
    assert!(names(dir.path()).is_empty());
    // A folder that was there before stays.
    let there = dir.path().join("there");
    fs::create_dir(&there).unwrap();
    drop(ReportFiles::open(&there, &Format::ALL).unwrap());
    assert!(names(&there).is_empty());
}

#[test]
fn a_second_run_replaces_and_a_failed_one_leaves_the_old_files() {
    let dir = tempfile::tempdir().unwrap();
    let read = |name: &str| fs::read(dir.path().join(name)).unwrap();
    let run = |report: &ImpactReport| {
        ReportFiles::open(dir.path(), &Format::ALL)
            .unwrap()
            .commit(report)
    };
    run(&report()).unwrap();
    let first = (read("cost.csv"), read("usage.parquet"), names(dir.path()));

    // The eighth table fails when seven are written.
    let mut broken = report();
    broken.costs.clear();
    broken.findings[0].tokens_affected = Some(u64::MAX);
    run(&broken).unwrap_err();
    assert_eq!(
        (read("cost.csv"), read("usage.parquet"), names(dir.path())),
        first
    );

    let mut other = report();
    other.costs[0].list_cost = Some(Usd::ZERO);
    run(&other).unwrap();
    assert_ne!(read("cost.csv"), first.0);
    assert_eq!(read("usage.parquet"), first.1);
    assert_eq!(names(dir.path()), first.2);
}

#[test]
fn each_parquet_file_says_of_which_report_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let files = ReportFiles::open(dir.path(), &[Format::Parquet, Format::Focus]).unwrap();
    files.commit(&report()).unwrap();
    for name in ["cost.parquet", "findings.parquet", "focus.parquet"] {
        let file = fs::File::open(dir.path().join(name)).unwrap();
        let mut reader = ParquetReader::new(file);
        let metadata = reader.get_metadata().unwrap().key_value_metadata().clone();
        let facts: Vec<String> = metadata
            .unwrap()
            .into_iter()
            .filter(|fact| fact.key.starts_with("eolcast."))
            .map(|fact| format!("{} {}", fact.key, fact.value.unwrap()))
            .collect();
        assert_eq!(
            facts,
            [
                "eolcast.month 2026-10",
                "eolcast.as_of 2026-11-22",
                "eolcast.horizon 12",
                "eolcast.tables_hash 3f2a9c1be07d4455aa",
                "eolcast.demo true",
            ],
            "{name}"
        );
    }
}

#[cfg(unix)]
#[test]
fn files_are_as_readable_as_any_other_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("plain"), "").unwrap();
    let files = ReportFiles::open(dir.path(), &[Format::Csv]).unwrap();
    files.commit(&report()).unwrap();
    let mode = |name: &str| {
        fs::metadata(dir.path().join(name))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode("cost.csv"), mode("plain"));
}

#[test]
fn only_a_workbook_has_something_to_say_of_a_long_table() {
    let dir = tempfile::tempdir().unwrap();
    let mut long = report();
    long.charges = vec![super::sample::charge("a", Some("1")); 50_001];
    let said = |formats: &[Format], report: &ImpactReport| {
        let mut files = ReportFiles::open(&dir.path().join("report"), formats).unwrap();
        files.findings(report).unwrap()
    };
    let found = said(&Format::ALL, &long);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&*found[0].code, &*found[0].subject),
        ("workbook-rows-added-up", "charges")
    );
    assert!(said(&[Format::Csv, Format::Parquet, Format::Json], &long).is_empty());
    assert!(said(&Format::ALL, &report()).is_empty());
}

#[test]
fn a_count_that_no_table_holds_names_the_same_place_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let mut broken = report();
    broken.usage[0].counts.input_tokens = Some(u64::MAX);
    for format in [Format::Csv, Format::Parquet] {
        let files = ReportFiles::open(dir.path(), &[format]).unwrap();
        let error = files.commit(&broken).unwrap_err().to_string();
        assert!(
            error.starts_with("usage: input_tokens: 18446744073709551615 is more than"),
            "{error}"
        );
    }
    assert!(names(dir.path()).is_empty());
}

#[test]
fn short_tables_stand_as_they_are_and_long_ones_are_compressed_and_both_are_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut long = report();
    let finding = long.findings[0].clone();
    let size_of = |report: &ImpactReport| {
        let files = ReportFiles::open(dir.path(), &[Format::Parquet]).unwrap();
        files.commit(report).unwrap();
        let path = dir.path().join("findings.parquet");
        let file = fs::File::open(&path).unwrap();
        let read = ParquetReader::new(file).finish().unwrap();
        assert_eq!(read.height(), report.findings.len());
        let subjects = read.column("subject").unwrap().str().unwrap();
        let written = report
            .findings
            .iter()
            .map(|finding| Some(&*finding.subject));
        assert!(subjects.iter().eq(written));
        fs::metadata(&path).unwrap().len()
    };
    // Subjects that differ, so that no dictionary holds them.
    let grown = |report: &mut ImpactReport, rows: usize| {
        report.findings = (0..rows)
            .map(|row| {
                let mut finding = finding.clone();
                finding.subject = format!("a subject that is told apart at its end only {row}");
                finding
            })
            .collect();
    };
    grown(&mut long, 1_000);
    let plain = size_of(&long);
    grown(&mut long, 1_001);
    let compressed = size_of(&long);
    assert!(plain > 3 * compressed, "{plain} {compressed}");
}
