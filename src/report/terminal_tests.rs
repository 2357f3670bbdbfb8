//! The first screen, as people see it.

use std::path::PathBuf;

use super::format::display_width;
use super::sample::{day, empty_report, report, urgency_row, usd};
use super::{Colour, Screen, render};
use crate::projection::Urgency;

fn files() -> Vec<PathBuf> {
    ["cost.csv", "findings.csv", "urgency.csv"]
        .map(|name| PathBuf::from("eolcast-report").join(name))
        .into()
}

#[test]
fn the_first_screen_says_what_it_cost_and_who_must_move() {
    let files = files();
    let screen = Screen {
        files: &files,
        ..Screen::default()
    };
    insta::assert_snapshot!(render(&report(), &screen).unwrap(), @r#"
    eolcast: 2026-10 as of 2026-11-22
    INVENTED DATA (--demo): this company does not exist

    COST OF 2026-10
                              US dollars  price basis
      list cost               $12,345.68  assumed in part
        at normal prices       $7,345.67
        Extended Access adds   $5,000.00  assumed
      left out of these sums: 1,200,000 tokens without a price

    WHAT CHANGED SINCE 2026-09 (list cost; the 2 biggest of 3)
      workload                model               before       after  difference
      all workloads                            $7,000.00  $10,012.50  +$3,012.50
        volume +$2,400.00, Extended Access +$1,200.00, mix -$600.00, new or gone +$12.50
      =HYPERLINK("http://x")  claude-opus-4-1  $7,000.00  $10,000.00  +$3,000.00
        volume +$2,400.00, Extended Access +$1,200.00, mix -$600.00
      search                  claude-opus-4-1      $0.00      $12.50     +$12.50  new
      left out: 1 row that has no price in a month

    WHAT EXTENDED ACCESS ADDS IF NOTHING MOVES
                                              expected    low       high  price basis
      2026-11 so far                           $350.00                    assumed
      2026-11 from 2026-11-22                $1,500.00  $0.00  $1,500.00  assumed
      until end of life, at most to 2026-12  $2,300.00  $0.00  $2,300.00  assumed

    NEXT MONTHS (2026-11 from 2026-11-22)
      month         stay  of it Extended Access  cannot be served  migrate now  price basis
      2026-11  $3,000.00              $1,500.00                      $1,500.00  assumed in part
      2026-12  $1,600.00                $800.00   12,500 requests    $6,000.12  assumed in part
      to 2026-12 staying costs $4,600.00 at assumed prices, $2,300.00 to $4,600.00 at their bounds

    WHAT A MOVE SAVES (best scenario of 1 of 1 workloads)
      scenario     saves to end of life  premium avoided  costs once  calls kept
      migrate-now             $1,500.00          $750.00   $1,200.50      12,500
      two-waves               $1,100.00          $750.00       $0.00      12,500
      =checkout: two-waves saves $1,100.00 to end of life; it avoids $750.00 of premium
        pays if begun by 2026-11-30; $0.00 once; a day of delay costs $50.50

    MOVE FIRST (2 of 2; all in urgency.csv)
      #  urgency   workload                              model              Region     phase
          what decides           start by    30-day cost  premium to end  basis    move to
      1  critical  =HYPERLINK("http://x")                claude-opus-4-1    us-east-1  extended-access
          ends 2026-12-05        2026-10-21   $12,345.68       $2,674.90  assumed  claude-opus-5
      2  low       家計簿サービスの要約とメールの下書き  claude-sonnet-4-5  us-east-1  active
          not before 2026-12-29  -            $12,345.68               -  assumed  -

    CALENDAR (1 of 1 dates to come)
      date        what happens  model            Region     workloads  30-day cost behind it
      2026-12-05  end-of-life   claude-opus-4-1  us-east-1          2             $12,345.68

    LEFT OUT OR ASSUMED (2 warnings, 1 info; all in findings.csv)
      warning[assumed-price] $2,674.90: anthropic.claude-opus-4-1-20250805-v1:0: no public Extended
        Access price; normal price x 2.0 assumed, set your own in eolcast.toml
      warning[unpriced-usage] 1,204,331 tokens: newco.x: no price row; add one
      info[skipped-file]: notes\u{1b}[31m.txt: is no log file

    tables 3f2a9c1be07d; prices checked 2026-07-24 to 2026-11-20 (oldest 121 days before as_of)
    phases are taken to begin at 00:00 UTC of their date: AWS names no hour
    3 files written to eolcast-report
    "#);
}

#[test]
fn without_data_the_screen_says_so() {
    insta::assert_snapshot!(render(&empty_report(), &Screen::default()).unwrap(), @r"
    eolcast: 2026-10 as of 2026-11-22

    COST OF 2026-10
      no usage in this month

    no price was used
    phases are taken to begin at 00:00 UTC of their date: AWS names no hour
    ");
}

#[test]
fn the_contracted_cost_is_shown_where_it_differs() {
    let mut report = report();
    report.costs[0].contracted_cost = usd("9000");
    let page = render(&report, &Screen::default()).unwrap();
    // 9,000 + 2,345.67
    assert!(page.contains("contracted cost"), "{page}");
    assert!(page.contains("$11,345.67"), "{page}");
}

#[test]
fn no_line_is_wider_than_the_screen() {
    let mut report = report();
    let long = "非常に長いワークロード名".repeat(20) + "\u{1b}[2J\n";
    for rank in 3..40 {
        report.urgency.push(urgency_row(rank, Urgency::High, &long));
    }
    report.findings[0].subject = long;
    for width in [40, 60, 80, 99, 100, 101, 200] {
        let screen = Screen {
            width,
            ..Screen::default()
        };
        let page = render(&report, &screen).unwrap();
        for line in page.lines() {
            assert!(display_width(line) <= width, "{width}: {line}");
        }
        assert!(!page.contains('\u{1b}'));
        assert!(page.contains("MOVE FIRST (10 of 39"), "{page}");
    }
}

#[test]
fn colour_changes_no_text() {
    let ansi = Screen {
        colour: Colour::Ansi,
        ..Screen::default()
    };
    let coloured = render(&report(), &ansi).unwrap();
    assert!(coloured.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, code)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = code.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, render(&report(), &Screen::default()).unwrap());
}

#[test]
fn lost_input_is_shown_before_what_costs_more() {
    let mut report = report();
    for _ in 0..10 {
        let costly = report.findings[0].clone();
        report.findings.insert(0, costly);
    }
    let lost = crate::diagnostic::Diagnostic::error("unreadable", "a.gz", "is cut off");
    report.findings.push(lost);
    let page = render(&report, &Screen::default()).unwrap();
    assert!(
        page.contains("error[unreadable]: a.gz: is cut off"),
        "{page}"
    );
}

#[test]
fn the_current_month_is_not_told_twice() {
    let mut report = report();
    report.as_of = day("2026-10-31");
    let page = render(&report, &Screen::default()).unwrap();
    assert!(!page.contains("so far"), "{page}");
}
