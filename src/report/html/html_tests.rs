//! The page as text: escaping, policy, structure.

use super::super::sample::{empty_report, report, total};
use super::*;
use crate::diagnostic::Diagnostic;

fn page() -> String {
    html_page(&report()).unwrap()
}

#[test]
fn the_page_carries_the_policy_of_its_own_style() {
    let page = page();
    let policy = content_security_policy(STYLE).replace('\'', "&#39;");
    let head = page.split("</head>").next().unwrap();
    let plain = content_security_policy(STYLE);
    assert!(head.contains(&policy) || head.contains(&plain), "{head}");
    // What stands between the tags is what was hashed.
    assert!(head.contains(&format!("<style>{STYLE}</style>")));
    // No style beside the sheet: the policy would refuse it.
    assert!(!page.contains(" style="));
}

#[test]
fn the_page_runs_and_loads_nothing() {
    let page = page();
    for forbidden in [
        "<script",
        "<link",
        "<img",
        "<iframe",
        "<object",
        "<embed",
        "<base",
        "<form",
        " src=",
        "@import",
        "url(",
        "srcset",
        "xlink",
        "javascript:",
        " onload",
        " onclick",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    for part in page.split("href=\"").skip(1) {
        assert!(part.starts_with('#'), "{}", &part[..40]);
    }
}

#[test]
fn names_from_outside_stay_text() {
    let mut hostile = report();
    let evil = "</title></style><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    hostile.urgency[0].workload = evil.into();
    hostile.urgency[0].reason = format!("{evil}\u{202e}gpj");
    hostile.urgency[0].owner = Some(evil.into());
    hostile.timeline[0].workloads = vec![evil.into()];
    hostile.timeline[0].region = evil.into();
    hostile.costs[0].workload = evil.into();
    hostile.charges[0].workload = evil.into();
    hostile.charges[0].price_source = Some(evil.into());
    hostile.findings.push(Diagnostic::warning("x", evil, evil));
    let page = html_page(&hostile).unwrap();
    assert!(!page.contains("<script") && !page.contains("<img"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;"));
    assert_eq!(
        page.matches("</title></head>").count() + page.matches("</title><style>").count(),
        1
    );
    assert!(page.contains("\\u{202e}gpj") && !page.contains('\u{202e}'));
}

#[test]
fn names_stay_readable() {
    let page = page();
    assert!(page.contains("=HYPERLINK(&quot;http://x&quot;)"));
    assert!(page.contains("家計簿サービスの要約とメールの下書き"));
}

#[test]
fn the_headline_has_the_numbers_of_the_summary() {
    let page = page();
    let headline = page.split("</h1>").next().unwrap();
    // 10,000.005 + 2,345.67, rounded half to even; 1,500 + 800 of premium.
    assert!(headline.contains("<strong>$12,345.68</strong> in October 2026"));
    assert!(headline.contains("<strong>$2,300.00</strong> by December 2026"));
}

#[test]
fn the_outlook_has_the_band_of_the_volumes() {
    let mut with = report();
    with.totals = vec![total("2026-12", "1200", "1600", "2100.5")];
    let page = html_page(&with).unwrap();
    let outlook = page.split("id=\"outlook\"").nth(1).unwrap();
    let outlook = outlook.split("</section>").next().unwrap();
    assert!(outlook.contains("<path class=\"band volume\""));
    assert!(outlook.contains("Staying, 80% of volumes"));
    let hover = "<title>2026-12, staying: $1,600.00; 80% $1,200.00 to $2,100.50</title>";
    assert!(outlook.contains(hover), "{outlook}");
    for cell in [
        "<td class=\"number\">$1,200.00</td>",
        "<td class=\"number\">$2,100.50</td>",
    ] {
        assert!(outlook.contains(cell), "{cell}");
    }
    // Without a forecast there is none.
    assert!(!self::page().contains("band volume"));
}

#[test]
fn the_waterfall_leads_from_month_to_month() {
    let page = page();
    let changed = page.split("id=\"changed\"").nth(1).unwrap();
    let changed = changed.split("</section>").next().unwrap();
    // 7,000 to 10,000.005: volume four fifths of 3,000.005, mix one fifth less, Extended Access
    // two fifths more; and a new row of 12.50.
    for title in [
        "2026-09: $7,000.00",
        "volume: +$2,400.00, to $9,400.00",
        "mix: -$600.00, to $8,800.00",
        "price: $0.00, to $8,800.00",
        "Extended Access: +$1,200.00, to $10,000.00",
        "new: +$12.50, to $10,012.50",
        "gone: $0.00, to $10,012.50",
        "2026-10: $10,012.50",
    ] {
        assert!(
            changed.contains(&format!("<title>{title}</title>")),
            "{title}: {changed}"
        );
    }
    assert!(changed.contains("Left out: 1 row that has no price in a month."));
}

#[test]
fn every_id_is_there_once_and_every_link_has_its_target() {
    let page = page();
    let ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|part| part.split('"').next())
        .collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
    let targets = page
        .split("href=\"#")
        .skip(1)
        .chain(page.split("aria-labelledby=\"").skip(1));
    for part in targets {
        let target = part.split('"').next().unwrap();
        assert!(ids.contains(&target), "{target}");
    }
}

#[test]
fn a_report_with_nothing_in_it_says_so_and_shows_no_zero() {
    let page = html_page(&empty_report()).unwrap();
    assert!(page.contains("No priced usage in October 2026"));
    assert!(page.contains("there is nothing to rank"));
    let tile = page.split("id=\"tile-premium\"").nth(1).unwrap();
    assert!(
        tile.split("</section>")
            .next()
            .unwrap()
            .contains("not known")
    );
    assert!(!page.contains("<svg"));
}

#[test]
fn the_same_report_makes_the_same_bytes() {
    assert_eq!(page(), page());
}
