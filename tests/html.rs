//! The page through the whole program: hostile names, nothing loaded, whole or not at all.

use eolcast::domain::Usd;
use rust_decimal::Decimal;

use crate::program::{Desk, usage_table};

/// What the browser shows for a text: the few references that the page uses.
fn shown(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

#[test]
fn hostile_names_are_text_in_the_page() {
    // The name in the input, and as it can be read in the page.
    let names = [
        ("=HYPERLINK(\"http://x\")", "=HYPERLINK(\"http://x\")"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        (
            "</title></style><img src=x onerror=alert(1)>",
            "</title></style><img src=x onerror=alert(1)>",
        ),
        (
            "\"><svg/onload=alert(1)> a, 'b' & \"c\"",
            "\"><svg/onload=alert(1)> a, 'b' & \"c\"",
        ),
        ("two\nlines \u{1f680}", "two\\nlines \u{1f680}"),
        ("\u{5bb6}\u{8a08}\u{7c3f}", "\u{5bb6}\u{8a08}\u{7c3f}"),
        ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
        ("&lt;b&gt;", "&lt;b&gt;"),
    ];
    let desk = Desk::new();
    let rows = names.map(|(name, _)| {
        [
            ("workload", name),
            ("model_id", "anthropic.claude-opus-4-1-20250805-v1:0"),
        ]
    });
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(|row| &row[..]).collect();
    desk.put("usage.csv", usage_table(&rows));
    desk.report(&["usage.csv", "--format", "html"]).expect(0);
    assert_eq!(
        desk.files("out").into_keys().collect::<Vec<_>>(),
        ["eolcast.html"]
    );

    let page = desk.text("out/eolcast.html");
    for forbidden in ["<script", "<img", "<svg/", "<b>", "\u{202e}"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    // Every end is that of a beginning of the page's own.
    assert_eq!(
        page.matches("</title>").count(),
        page.matches("<title>").count()
    );
    assert_eq!(page.matches("</style>").count(), 1);
    for (_, name) in names {
        // Once in the ranked list, and in its own section.
        let cells = page
            .split("<bdi>")
            .skip(1)
            .filter_map(|part| part.split("</bdi>").next());
        let seen = cells.filter(|cell| shown(cell) == name).count();
        assert!(seen >= 2, "{name}: {seen}");
    }
}

#[test]
fn the_page_of_the_demo_loads_nothing_and_allows_nothing() {
    let desk = Desk::new();
    desk.run(&["report", "--demo", "--format", "html", "--out", "out"])
        .expect(0);
    let page = desk.text("out/eolcast.html");
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-";
    assert_eq!(shown(&page).matches(policy).count(), 1);
    for resource in [
        "http:", "https:", "//", " src=", "url(", "@import", "<link", "<script",
    ] {
        let found = page.find(resource);
        assert!(
            found.is_none(),
            "{resource}: {:?}",
            found.map(|at| &page[at.saturating_sub(40)..at + 40])
        );
    }
    // The sums of the first screen, to the cent.
    for amount in ["$92,169.68", "$5,965.20", "$193,944.52"] {
        assert!(page.contains(amount), "{amount}");
    }
}

#[test]
fn the_page_and_the_terminal_say_the_same_money() {
    let desk = Desk::new();
    let run = desk
        .run(&["report", "--demo", "--format", "html", "--out", "out"])
        .expect(0);
    let page = desk.text("out/eolcast.html");
    let amounts: Vec<&str> = run
        .out
        .lines()
        .skip_while(|line| !line.starts_with("COST OF"))
        .take_while(|line| !line.starts_with("CALENDAR"))
        .flat_map(|line| line.split_whitespace())
        .filter(|word| word.starts_with('$'))
        .map(|word| word.trim_end_matches([',', ';', '.']))
        .collect();
    assert!(amounts.len() > 40, "{run:#?}");
    for amount in amounts {
        assert!(page.contains(amount), "{amount}");
    }
}

/// What stands between the tags, each time.
fn between<'a>(page: &'a str, open: &'a str, close: &'a str) -> Vec<&'a str> {
    let parts = page.split(open).skip(1);
    parts.filter_map(|part| part.split(close).next()).collect()
}

#[test]
fn the_waterfall_of_the_demo_says_what_the_table_variance_says() {
    let desk = Desk::new();
    desk.run(&["report", "--demo", "--format", "html,csv", "--out", "out"])
        .expect(0);
    let page = desk.text("out/eolcast.html");
    let section = between(&page, "id=\"changed\"", "</section>")[0];
    let rows = desk.rows("out/variance.csv");
    let sum = |column: &str, change: Option<&str>| -> Decimal {
        let of = rows
            .iter()
            .filter(|row| !row["volume_effect"].is_empty())
            .filter(|row| change.is_none_or(|change| row["change"] == change));
        of.map(|row| row[column].parse::<Decimal>().unwrap()).sum()
    };
    let mut cost = sum("cost_before", None);
    let words = |amount| Usd::new(amount).in_words();
    let mut hover = vec![format!("2026-09: {}", words(cost))];
    let mut table = vec![format!("2026-09||{}", words(cost))];
    for (name, column, change) in [
        ("volume", "volume_effect", None),
        ("mix", "mix_effect", None),
        ("price", "price_effect", None),
        ("Extended Access", "extended_access_effect", None),
        ("new", "new_or_gone_effect", Some("new")),
        ("gone", "new_or_gone_effect", Some("gone")),
    ] {
        let effect = sum(column, change);
        cost += effect;
        let change = Usd::new(effect).change_in_words();
        hover.push(format!("{name}: {change}, to {}", words(cost)));
        table.push(format!("{name}|{change}|{}", words(cost)));
    }
    // To the last digit, and what the page begins with.
    assert_eq!(cost, sum("cost_after", None));
    assert_eq!(words(cost), "$92,169.68");
    hover.push(format!("2026-10: {}", words(cost)));
    table.push(format!("2026-10||{}", words(cost)));
    assert_eq!(between(section, "<title>", "</title>"), hover);

    let numbers = between(section, "<details class=\"numbers\">", "</details>")[0];
    let body = between(numbers, "<tbody>", "</tbody>")[0];
    let seen: Vec<String> = between(body, "<tr>", "</tr>")
        .into_iter()
        .map(|row| {
            let cells = between(row, "<td class=\"number\">", "</td>");
            let name = between(row, "<th scope=\"row\">", "</th>");
            [name, cells].concat().join("|")
        })
        .collect();
    assert_eq!(seen, table);
}

#[test]
fn the_band_of_the_outlook_is_that_of_the_workbook() {
    use calamine::{Data, Reader, Xlsx, open_workbook};

    let desk = Desk::new();
    desk.run(&["report", "--demo", "--format", "html,xlsx", "--out", "out"])
        .expect(0);
    let page = desk.text("out/eolcast.html");
    let outlook = between(&page, "id=\"outlook\"", "</section>")[0];
    assert!(outlook.contains("class=\"band volume\""));
    let mut book: Xlsx<_> = open_workbook(desk.path("out").join("eolcast.xlsx")).unwrap();
    let sheet = book.worksheet_range("chart_data").unwrap();
    let mut rows = sheet.rows();
    let header = rows.next().unwrap();
    let first = header.iter().position(|cell| *cell == *"month_ahead");
    let first = first.unwrap();
    let mut months = 0;
    for row in rows {
        let (Data::String(month), Data::Float(low), Data::Float(width)) =
            (&row[first], &row[first + 1], &row[first + 2])
        else {
            continue;
        };
        months += 1;
        let words = |value: f64| {
            let cents: Decimal = format!("{value:.2}").parse().unwrap();
            Usd::new(cents).in_words()
        };
        let bounds = [words(*low), words(low + width)];
        let name = format!("<th scope=\"row\">{month}</th>");
        let of_month = between(outlook, &name, "</tr>")[0];
        let cells = between(of_month, "<td class=\"number\">", "</td>");
        // Counted, staying, of it the premium, and the bounds.
        assert_eq!(cells[3..5], bounds, "{month}");
        if months > 1 {
            // The first month's mark has the days so far in it.
            let hover = format!(
                "{month}, staying: {}; 80% {} to {}<",
                cells[1], cells[3], cells[4]
            );
            assert!(outlook.contains(&hover), "{hover}");
        }
    }
    assert_eq!(months, 13);
}

#[test]
fn a_page_that_cannot_be_put_in_its_place_fails_before_the_work() {
    let desk = Desk::new();
    desk.put("out/eolcast.html/mine.txt", "mine");
    desk.run(&["report", "--demo", "--format", "csv,html", "--out", "out"])
        .expect(2)
        .says(&["eolcast.html: cannot be created"]);
    assert_eq!(desk.text("out/eolcast.html/mine.txt"), "mine");
    assert!(!desk.exists("out/cost.csv"));
}
