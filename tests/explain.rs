//! `eolcast explain`: what it answers to, and what it says when it cannot.

use crate::program::{AS_OF, Desk, usage_table};

fn explain(subject: &str) -> crate::program::Run {
    let desk = Desk::new();
    let other: &[(&str, &str)] = &[
        ("workload", "search"),
        ("model_id", "amazon.nova-lite-v1:0"),
    ];
    desk.put("usage.csv", usage_table(&[&[], other]));
    desk.run(&["explain", subject, "usage.csv", "--as-of", AS_OF])
}

/// 1,000,000 x 3.30 + 200,000 x 16.50, per million.
const TOTAL: &str = "total of 2026-09: list 6.6 = normal 6.6 + Extended Access 0";

#[test]
fn a_workload_is_explained_as_quantity_times_price() {
    let run = explain("checkout").expect(0);
    assert!(
        run.out
            .contains("input            1,000,000 / 1,000,000 x 3.3 = 3.3   listed"),
        "{run:#?}"
    );
    assert!(
        run.out
            .contains("output           200,000 / 1,000,000 x 16.5 = 3.3   listed"),
        "{run:#?}"
    );
    assert!(run.out.contains(TOTAL), "{run:#?}");
    assert!(!run.out.contains("nova"), "{run:#?}");
}

#[test]
fn a_model_answers_to_each_of_its_names() {
    let expected = explain("anthropic.claude-sonnet-4-5-20250929-v1:0")
        .expect(0)
        .out;
    assert!(expected.contains(TOTAL), "{expected}");
    for name in [
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
        "anthropic.claude-sonnet-*",
        // As the summary shows it.
        "claude-sonnet-4-5",
    ] {
        assert_eq!(explain(name).expect(0).out, expected, "{name}");
    }
}

#[test]
fn part_of_a_name_is_no_name() {
    for name in [
        "check",
        "claude-sonnet-4",
        "anthropic.claude-sonnet-4",
        "nobody",
    ] {
        explain(name).expect(2).says(&[
            &format!("no usage of a workload or model '{name}'"),
            "workloads are checkout, search",
            "models are amazon.nova-lite-v1:0, anthropic.claude-sonnet-4-5-20250929-v1:0",
        ]);
    }
}

#[test]
fn a_subject_without_use_in_the_month_is_told_apart_from_one_that_cost_nothing() {
    let desk = Desk::new();
    let august: &[(&str, &str)] = &[("hour", "2026-08-20T10:00:00Z"), ("workload", "gone")];
    desk.put("usage.csv", usage_table(&[&[], august]));
    let run = desk
        .run(&["explain", "gone", "usage.csv", "--as-of", AS_OF])
        .expect(0);
    assert!(
        run.out
            .contains("no usage in 2026-09; there is usage in 2026-08 (--month)"),
        "{run:#?}"
    );
    assert!(!run.out.contains("total of"), "{run:#?}");
}

#[test]
fn lost_input_is_said_and_gives_1() {
    let desk = Desk::new();
    desk.put("usage.csv", usage_table(&[&[]]));
    let run = desk.run(&[
        "explain",
        "checkout",
        "usage.csv",
        "gone.jsonl",
        "--as-of",
        AS_OF,
    ]);
    run.expect(1).says(&["gone.jsonl: does not exist"]);
}

#[test]
fn every_number_of_the_demo_can_be_explained() {
    let desk = Desk::new();
    for subject in ["*", "claude-opus-4-1", "support-chat"] {
        let run = desk.run(&["explain", subject, "--demo"]).expect(0);
        assert!(run.out.contains("total of 2026-10: list "), "{subject}");
        assert!(run.err.is_empty());
    }
}
