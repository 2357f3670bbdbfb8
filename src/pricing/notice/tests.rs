//! Sentences of the reader; the eight variants and the refusals are in `tests/notice.rs`.

use super::*;
use crate::pricing::load::Tables;

fn options() -> NoticeOptions {
    NoticeOptions {
        regions: vec!["us-east-1".to_owned()],
        kind: None,
        today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
    }
}

fn first(text: &str) -> Result<NoticeRows, Refusal> {
    let tables = Tables::embedded().unwrap();
    read_notices(text, &tables, &options()).remove(0)
}

/// Legacy, Extended Access and the end of a notice with these lines.
fn dates(lines: &str) -> Result<String, String> {
    let pieces = lines::pieces(lines);
    let dates = dates::read(&pieces).map_err(|refusal| refusal.to_string())?;
    let day = |date: Option<(NaiveDate, usize)>| {
        date.map_or_else(|| "-".to_owned(), |(day, _)| day.to_string())
    };
    Ok(format!(
        "{} {} {}",
        day(dates.legacy_from),
        day(dates.extended_access_from),
        day(dates.end_of_life)
    ))
}

#[test]
fn labels_stand_before_or_after_their_date() {
    for (text, expected) in [
        ("Legacy state begins October 28, 2025", "2025-10-28 - -"),
        ("October 28, 2025 - Legacy state", "2025-10-28 - -"),
        (
            "Extended access will begin on\nJanuary 28, 2026.",
            "- 2026-01-28 -",
        ),
        (
            "January 28, 2026: Model sunset date; extended access available with premium pricing",
            "- 2026-01-28 -",
        ),
        (
            "It will stay in the Legacy state until January 28, 2026, when the model will enter the Extended Access state.",
            "- 2026-01-28 -",
        ),
        (
            "On April 28, 2026, the the model will reach end-of-life.",
            "- - 2026-04-28",
        ),
        (
            "The provider has decided to sunset this model on April 28, 2026.",
            "- - 2026-04-28",
        ),
        (
            "On October 28, 2025 it enters the Legacy state.\n\nPlease move before April 28, 2026. End of life: 2026-04-28",
            "2025-10-28 - 2026-04-28",
        ),
        (
            "Legacy state begins: October 28, 2025\nExtended access begins: January 28, 2026\nEnd-of-life: April 28, 2026",
            "2025-10-28 2026-01-28 2026-04-28",
        ),
        (
            "[This is a reminder of a notice first sent on July 1, 2025.]\nEOL: April 28, 2026",
            "- - 2026-04-28",
        ),
        ("Legacy state begins:\nOctober 28, 2025", "2025-10-28 - -"),
    ] {
        assert_eq!(dates(text), Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn no_date_is_guessed() {
    for text in [
        "While it is Legacy, limits cannot rise, and the last review is March 1, 2026.",
        "You may ask us for extended access terms; the last day is March 1, 2026.",
        "Opt in to extended access by March 1, 2026.",
        "We told you first on March 1, 2026.",
        "90 days before end-of-life, March 1, 2026, we write again.",
        "The provider will sunset it on March 1, 2026. Extended access comes at a higher price.",
        "It will stay in the Legacy state until March 1, 2026.",
        "Legacy state begins in March 2026",
        "Legacy state begins March 1, 2026, and then March 2, 2026.",
        "End of life: Marhc 1, 2026",
        "Extended access begins: TBD",
    ] {
        let read = dates(text);
        assert!(read.is_err(), "{text}: {read:?}");
    }
}

#[test]
fn regions_are_read_in_all_spellings() {
    let known = ["us-east-1", "us-west-2", "us-gov-west-1"].map(str::to_owned);
    let read = |text: &str| {
        regions::read(&lines::pieces(text), &known.clone().into())
            .map(|regions| regions.join(" "))
            .map_err(|refusal| refusal.to_string())
    };
    for (text, expected) in [
        (
            "Applicable Regions:\nUS-WEST-2\nUS-EAST-1\n\nThank you.",
            "us-east-1 us-west-2",
        ),
        (
            "Applicable Regions:\n\n- US-WEST-2,\n- us-gov-west-1\n",
            "us-gov-west-1 us-west-2",
        ),
        (
            "Applicable Regions: us-east-1, us-west-2",
            "us-east-1 us-west-2",
        ),
        (
            "It is Legacy in us-east-1,\nus-west-2.",
            "us-east-1 us-west-2",
        ),
        ("It is Legacy in the US-EAST-1 region.", "us-east-1"),
        ("It ends in all AWS Regions.", "*"),
        ("Applicable Regions:\nAll AWS Regions\n", "*"),
        ("It ends on a day.", ""),
    ] {
        assert_eq!(read(text), Ok(expected.to_owned()), "{text}");
    }
    for text in [
        "Applicable Regions:\nUS-EAST-1\nUSWEST2\n",
        "Applicable Regions:\nUS East (N. Virginia)\n",
        "It ends in mars-north-1.",
        "It ends in all Regions, except us-east-1.",
        "It remains available in us-east-1.",
    ] {
        assert!(read(text).is_err(), "{text}: {:?}", read(text));
    }
}

#[test]
fn prices_per_thousand_become_prices_per_million_exactly() {
    let read = |text: &str| prices::read(&lines::pieces(text));
    let shown = |text: &str| {
        let blocks = read(text).unwrap();
        let meters = blocks[0].meters.iter();
        meters
            .map(|(meter, price)| format!("{meter} {price}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    // 0.00013 x 1000 = 0.13; 0.030 x 1000 = 30
    assert_eq!(
        shown("Input tokens: $0.00013 per 1,000 tokens\nOutput tokens: $0.030 per 1,000 tokens"),
        "input 0.13, output 30"
    );
    assert_eq!(
        shown("Input $0.006 / 1K tokens, output $0.03 / 1K tokens"),
        "input 6, output 30"
    );
    assert_eq!(shown("$6 per 1 million input tokens"), "input 6");
    for text in [
        "Tokens: $0.006 per 1,000 tokens",
        "Input: $6 a month",
        "Cache write: $0.006 per 1,000 tokens",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn a_model_that_no_table_knows_needs_its_kind() {
    let text = "You have used model ID anthropic.claude-new-9-v1:0.\nEnd of life: April 28, 2027";
    let refusal = first(text).unwrap_err();
    assert!(
        refusal.problem.contains("anthropic.claude-new-9-v1:0"),
        "{refusal}"
    );
    let told = NoticeOptions {
        kind: Some(ModelKind::Image),
        ..options()
    };
    let tables = Tables::embedded().unwrap();
    let rows = read_notices(text, &tables, &told).remove(0).unwrap();
    assert_eq!(rows.lifecycle[0].kind, ModelKind::Image);
}

#[test]
fn a_replacement_is_no_model_of_the_notice() {
    let rows = first("You have used anthropic.claude-3-7-sonnet-20250219-v1:0.\nWe recommend anthropic.claude-sonnet-4-5-20250929-v1:0 instead.\nEnd of life: April 28, 2026").unwrap();
    assert_eq!(rows.lifecycle.len(), 1);
    assert_eq!(
        rows.lifecycle[0].id.as_str(),
        "anthropic.claude-3-7-sonnet-20250219-v1:0"
    );
}

#[test]
fn extended_access_without_a_known_legacy_date_is_refused() {
    let refusal = first("You have used anthropic.claude-haiku-4-5-20251001-v1:0.\nExtended access begins: April 28, 2027").unwrap_err();
    assert!(refusal.way_out.contains("Legacy state begins"), "{refusal}");
}

#[test]
fn a_quote_is_short_and_holds_no_account_number() {
    let quote = lines::shortened(
        "[AWS Account: 111122223333] and much more than fits into one line of a message that people are willing to read",
    );
    assert!(
        !quote.contains("111122223333") && quote.ends_with("..."),
        "{quote}"
    );
}
