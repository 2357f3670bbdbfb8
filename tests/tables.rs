//! Usage tables as input: what is refused and where, and who wins beside logs.

use crate::program::{AS_OF, Desk, lines, record, usage_table};

/// A table whose only row differs in these cells.
fn refused(changes: &[(&str, &str)], parts: &[&str]) {
    let desk = Desk::new();
    let fine: &[(&str, &str)] = &[("workload", "search")];
    desk.put("usage.csv", usage_table(&[fine, changes]));
    desk.put("logs.jsonl", lines(&[record("r-1", 3)]));
    let run = desk.report(&["usage.csv", "logs.jsonl"]).expect(2);
    assert!(run.out.is_empty(), "{run:#?}");
    run.says(parts);
    assert!(!desk.exists("out"));
}

#[test]
fn a_bad_cell_is_named_with_row_and_column() {
    refused(
        &[("input_tokens", "1e6")],
        &["usage.csv:3: input_tokens: '1e6' is not a whole count"],
    );
    refused(
        &[("input_tokens", "-5")],
        &["usage.csv:3: input_tokens: ", "-5"],
    );
    refused(
        &[("input_tokens", "1,204")],
        &["usage.csv:3: input_tokens: '1,204'"],
    );
    refused(
        &[("hour", "20/09/2026")],
        &["usage.csv:3: hour: '20/09/2026'", "YYYY-MM-DD"],
    );
    refused(
        &[("hour", "2026-09-20T10:30:00Z")],
        &["usage.csv:3: hour: "],
    );
    refused(
        &[("endpoint_scope", "regional")],
        &["usage.csv:3: endpoint_scope: ", "in-region, geo, global"],
    );
    refused(
        &[("source", "excel")],
        &["usage.csv:3: source: ", "metrics"],
    );
    refused(&[("account_id", "")], &["usage.csv:3: account_id: "]);
    refused(&[("metadata", "team=x")], &["usage.csv:3: metadata: "]);
    refused(
        &[("failed_requests", "11")],
        &["usage.csv:3: failed_requests: "],
    );
    refused(
        &[("workload", "search")],
        &["usage.csv:3: repeats the key of row 2"],
    );
}

#[test]
fn counts_that_no_sum_holds_are_named_by_their_usage() {
    let desk = Desk::new();
    let most = i64::MAX.to_string();
    let row = |workload: &'static str| {
        let counts = ("input_tokens", &*most);
        [("workload", workload), counts, ("output_tokens", "0")]
    };
    let rows = [row("ingest"), row("search"), row("audit")];
    desk.put("usage.csv", usage_table(&[&rows[0], &rows[1], &rows[2]]));
    let run = desk.report(&["usage.csv"]).expect(2);
    run.says(&[
        "9,223,372,036,854,775,807 tokens of workload ",
        " in us-east-1, account 111122223333, on 2026-",
        "look for a token count that cannot be right",
    ]);
}

#[test]
fn a_bad_header_or_row_is_named() {
    let desk = Desk::new();
    let table = String::from_utf8(usage_table(&[&[]])).unwrap();
    for (text, parts) in [
        (
            table.replace("input_tokens", "tokens_in"),
            "unknown column 'tokens_in'",
        ),
        (
            table.replace("granularity,", ""),
            "column 'granularity' is missing",
        ),
        (
            table.replace("workload,", "metadata,"),
            "column 'metadata' stands twice",
        ),
        (
            table.clone() + "2026-09-01T00:00:00Z,hour\n",
            "usage.csv:3: has 2 cells where the header has 24",
        ),
    ] {
        desk.put("usage.csv", text);
        desk.report(&["usage.csv"])
            .expect(2)
            .says(&["usage.csv", parts]);
    }
    assert!(!desk.exists("out"));
}

#[test]
fn columns_may_stand_in_any_order() {
    let desk = Desk::new();
    let table = usage_table(&[&[]]);
    let mut reader = csv::Reader::from_reader(&*table);
    let header = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    let turned = |cells: &csv::StringRecord| cells.iter().rev().collect::<Vec<_>>().join(",");
    desk.put(
        "turned.csv",
        format!("{}\n{}\n", turned(&header), turned(&row)),
    );
    desk.report(&["turned.csv"]).expect(0);
    assert_eq!(desk.column("out/cost.csv", "list_cost"), ["6.6"]);
}

#[test]
fn other_tables_of_a_folder_are_skipped() {
    let desk = Desk::new();
    desk.put("store/usage.csv", usage_table(&[&[]]));
    desk.put(
        "store/sums.csv",
        "hour,account,records\n2026-09-01T00,1,2\n",
    );
    let run = desk.report(&["store"]).expect(0);
    assert!(
        run.out
            .contains("info[skipped-file]: store: skipped 1 file, for example sums.csv"),
        "{run:#?}"
    );
}

#[test]
fn a_usage_table_may_come_through_a_pipe() {
    let desk = Desk::new();
    let piped = ["report", "-", "--as-of", AS_OF, "--out", "out"];
    let table = usage_table(&[&[]]);
    desk.run_with_input(&piped, &table).expect(0);
    assert_eq!(desk.column("out/cost.csv", "list_cost"), ["6.6"]);
    let files = desk.files("out");
    desk.run_with_input(&piped, &files["usage.parquet"])
        .expect(0);
    assert!(desk.files("out") == files);
    let bad = usage_table(&[&[("requests", "many")]]);
    desk.run_with_input(&piped, &bad)
        .expect(2)
        .says(&["standard input:2: requests: 'many'"]);
}

#[test]
fn a_report_below_its_own_input_is_not_read_again() {
    let desk = Desk::new();
    desk.put("logs.jsonl", lines(&[record("r-1", 20)]));
    let again = ["report", ".", "--as-of", AS_OF];
    desk.run(&again).expect(0);
    let first = desk.text("eolcast-report/cost.csv");
    desk.run(&again).expect(0);
    assert_eq!(desk.text("eolcast-report/cost.csv"), first);
    assert!(
        desk.text("eolcast-report/findings.csv")
            .contains("the usage of an earlier report")
    );
    // Named itself, it is a usage table like any other.
    desk.report(&["eolcast-report"]).expect(0);
    assert_eq!(desk.text("out/cost.csv"), first);
}

/// Logs and a table of the same account, Region and day.
fn rivals() -> Desk {
    let desk = Desk::new();
    desk.put("logs.jsonl", lines(&[record("r-1", 20), record("r-2", 21)]));
    desk.put(
        "usage.csv",
        usage_table(&[&[("input_tokens", "5000000"), ("output_tokens", "0")]]),
    );
    desk
}

#[test]
fn the_same_day_from_logs_and_a_table_is_refused() {
    let desk = rivals();
    for inputs in [["logs.jsonl", "usage.csv"], ["usage.csv", "logs.jsonl"]] {
        desk.report(&inputs).expect(2).says(&[
            "account 111122223333, us-east-1, 2026-09-20 comes from raw logs (logs.jsonl) and from source s3 by hour (usage.csv)",
            "--prefer",
        ]);
    }
    assert!(!desk.exists("out"));
}

#[test]
fn prefer_names_the_winner_by_source_or_by_input() {
    let desk = rivals();
    let cost = |prefer| {
        desk.report(&["logs.jsonl", "usage.csv", "--prefer", prefer])
            .expect(0);
        desk.column("out/cost.csv", "list_cost").join(" and ")
    };
    // The 21st comes from the logs alone: 0.66. The 20th: 0.66 of logs, or 5 x 3.30 = 16.50.
    let (logs, table) = ("1.32", "16.5 and 0.66");
    assert_eq!(cost("files"), logs);
    assert_eq!(cost("logs.jsonl"), logs);
    assert_eq!(cost("s3"), table);
    assert_eq!(cost("usage.csv"), table);
    assert_eq!(cost("./usage.csv"), table);
    desk.report(&["logs.jsonl", "usage.csv", "--prefer", "nobody"])
        .expect(2)
        .says(&[
            "--prefer nobody: no such source or input",
            "logs.jsonl, usage.csv",
        ]);
}

#[test]
fn a_preferred_source_that_both_have_counts_nothing_twice() {
    let desk = rivals();
    desk.put("usage.csv", usage_table(&[&[("source", "files")]]));
    desk.report(&["logs.jsonl", "usage.csv", "--prefer", "files"])
        .expect(2)
        .says(&["--prefer files names more than one of them; name the input"]);
}
