//! From a notice to a changed report: prices, phases and urgency by rows of the user's own.

use crate::notice::fixture;
use crate::program::{Desk, usage_table};

/// Use of Command R+ on both sides of the beginning of Extended Access, and of its end.
fn command_r_plus() -> Vec<u8> {
    let on = |day: &'static str| {
        [
            ("hour", day),
            ("model_id", "cohere.command-r-plus-v1:0"),
            ("endpoint_scope", "in-region"),
            ("geo", ""),
        ]
    };
    usage_table(&[
        &on("2026-05-18T10:00:00Z"),
        &on("2026-05-19T10:00:00Z"),
        &on("2026-08-14T10:00:00Z"),
    ])
}

/// Phase, meter, price and basis of the charges.
fn charges(desk: &Desk) -> Vec<String> {
    let rows = desk.rows("out/charges.csv");
    let keys = [
        "month",
        "phase",
        "sku_meter",
        "list_unit_price",
        "list_cost",
        "price_basis",
    ];
    rows.iter()
        .map(|row| keys.map(|key| row[key].clone()).join(" "))
        .collect()
}

#[test]
fn a_notice_changes_prices_phases_and_urgency() {
    let desk = Desk::new();
    desk.put("usage.csv", command_r_plus());
    // The end is a month later, and dearer, than the tables know.
    let notice = fixture("command-r-plus.txt")
        .replace("August 19", "September 19")
        .replace("$0.006", "$0.007");
    desk.put("notice.txt", notice);
    let report = [
        "report",
        "usage.csv",
        "--as-of",
        "2026-08-20",
        "--out",
        "out",
    ];
    desk.run(&report).expect(0);
    let without = charges(&desk);
    assert!(
        without.contains(&"2026-05 extended-access input 6 6 listed".to_owned()),
        "{without:#?}"
    );
    assert_eq!(desk.column("out/urgency.csv", "urgency"), ["expired"]);
    assert_eq!(
        desk.column("out/urgency.csv", "end_of_life"),
        ["2026-08-19"]
    );

    desk.run(&["notice", "notice.txt", "--write", "mine.toml"])
        .expect(0);
    let with = [&report[..], &["--rows", "mine.toml"]].concat();
    desk.run(&with).expect(0);
    // 1,000,000 in x 3.00 and 200,000 out x 15.00 before 2026-05-19; 7.00 and 30.00 since.
    assert_eq!(
        charges(&desk),
        [
            "2026-05 extended-access input 7 7 user",
            "2026-05 extended-access output 30 6 user",
            "2026-05 legacy input 3 3 listed",
            "2026-05 legacy output 15 3 listed",
            "2026-08 extended-access input 7 7 user",
            "2026-08 extended-access output 30 6 user",
        ]
    );
    assert_ne!(desk.column("out/urgency.csv", "urgency"), ["expired"]);
    assert_eq!(
        desk.column("out/urgency.csv", "end_of_life"),
        ["2026-09-19"]
    );
    let findings = desk.text("out/findings.csv");
    assert!(
        findings.contains("info,user-rows,mine.toml,2 price rows and 1 life-cycle row of your own"),
        "{findings}"
    );
    let used = desk.rows("out/prices_used.csv");
    assert!(used.iter().any(|row| row["price_basis"] == "user"
        && row["source"] == "notice-2026-02-19-cohere.command-r-plus-v1:0"));

    // The same through the settings, in a folder of their own, and in explain and check.
    desk.put(
        "settings/eolcast.toml",
        "[tables]\nrows = [\"../mine.toml\"]\n",
    );
    let by_settings = [&report[..], &["--settings", "settings/eolcast.toml"]].concat();
    let first = charges(&desk);
    desk.run(&by_settings).expect(0);
    assert_eq!(charges(&desk), first);
    let both = [&by_settings[..], &["--rows", "mine.toml"]].concat();
    desk.run(&both).expect(0);
    assert_eq!(charges(&desk), first);
    let explained = desk
        .run(&[
            "explain",
            "checkout",
            "usage.csv",
            "--as-of",
            "2026-08-20",
            "--rows",
            "mine.toml",
        ])
        .expect(0);
    assert!(
        explained.out.contains("user")
            && explained.out.contains("AWS life-cycle notice: Command R+"),
        "{explained:#?}"
    );
    let checked = desk.run(&["check", "--rows", "mine.toml"]);
    assert!(
        checked.out.contains("info[user-rows]: mine.toml:"),
        "{checked:#?}"
    );
}

#[test]
fn rows_that_cannot_be_right_end_the_run() {
    let desk = Desk::new();
    desk.put("usage.csv", command_r_plus());
    desk.put("a.txt", fixture("command-r-plus.txt"));
    desk.run(&["notice", "a.txt", "--write", "mine.toml"])
        .expect(0);
    let good = desk.text("mine.toml");
    for (from, to, says) in [
        ("\"30\"", "\"0\"", "is not above 0"),
        ("url  ", "ulr  ", "unknown field `ulr`"),
        ("\"6\"", "6.0", "put the value in quotes"),
        (
            "source               = \"notice-2026-02-19-cohere",
            "source               = \"notice-cohere",
            "is not in sources.toml",
        ),
    ] {
        desk.put("mine.toml", good.replacen(from, to, 1));
        desk.report(&["usage.csv", "--rows", "mine.toml"])
            .expect(2)
            .says(&["mine.toml:", says]);
    }
    desk.report(&["usage.csv", "--rows", "absent.toml"])
        .expect(2)
        .says(&["absent.toml: cannot be read", "--rows"]);
    assert!(!desk.exists("out"));
}

#[test]
fn a_price_of_a_notice_beats_the_assumed_one_from_its_day_on() {
    let desk = Desk::new();
    let on = |day: &'static str| {
        [
            ("hour", day),
            ("model_id", "anthropic.claude-opus-4-1-20250805-v1:0"),
        ]
    };
    desk.put(
        "usage.csv",
        usage_table(&[&on("2026-10-07T23:00:00Z"), &on("2026-10-08T00:00:00Z")]),
    );
    desk.put(
        "notice.txt",
        "You have used model ID anthropic.claude-opus-4-1-20250805-v1:0 in the past 30 days.\n\n\
         Important dates:\nLegacy state began: July 8, 2026\nExtended access begins: October 8, 2026\n\
         End of life: January 8, 2027\n\n\
         Updated Pricing for On Demand Inference (Effective October 8, 2026):\n\
         Input tokens: $0.025 per 1,000 tokens\nOutput tokens: $0.12 per 1,000 tokens\n\n\
         Applicable Regions:\nUS-EAST-1\n",
    );
    desk.report(&["usage.csv"]).expect(0);
    // Assumed: 15 x 2 = 30, 75 x 2 = 150.
    let assumed = [
        "2026-10 extended-access input 30 30 assumed",
        "2026-10 extended-access output 150 30 assumed",
    ];
    assert_eq!(charges(&desk)[..2], assumed);
    desk.run(&["notice", "notice.txt", "--write", "mine.toml"])
        .expect(0);
    desk.report(&["usage.csv", "--rows", "mine.toml"]).expect(0);
    assert_eq!(
        charges(&desk),
        [
            "2026-10 extended-access input 25 25 user",
            "2026-10 extended-access output 120 24 user",
            "2026-10 legacy input 15 15 listed",
            "2026-10 legacy output 75 15 listed",
        ]
    );
    // What urgency puts at stake rests on the user's price too.
    assert_eq!(desk.column("out/urgency.csv", "price_basis"), ["user"]);
    assert_eq!(desk.column("out/urgency.csv", "urgency"), ["high"]);
}
