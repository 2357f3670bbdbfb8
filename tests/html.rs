//! The page through the whole program: hostile names, nothing loaded, whole or not at all.

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
