//! The plan of the house: who may import whom, how long a file may be, what stands at the top.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Room -> rooms it may import. `domain` and `diagnostic` are open to everybody.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("diagnostic", &[]),
    ("sources", &[]),
    ("usage", &[]),
    ("pricing", &[]),
    ("projection", &["usage", "pricing"]),
    ("report", &["projection", "usage", "pricing"]),
    ("cli", &["projection", "report"]),
    ("settings", &["cli", "usage", "pricing", "projection"]),
    (
        "commands",
        &[
            "cli",
            "settings",
            "sources",
            "usage",
            "pricing",
            "projection",
            "report",
        ],
    ),
];

/// The only files that may speak polars: those that read or write columns.
const POLARS_FILES: &[&str] = &["src/report/parquet.rs", "src/usage/table_parquet.rs"];

const MOST_LINES: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder, but for hidden folders (the notebooks' `.venv`).
fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_entry(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    found.sort();
    found
}

fn name_of(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap()
        .to_string_lossy()
        .into_owned()
}

/// The lines of a file that are no comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn every_room_imports_only_what_the_plan_allows() {
    let import = Regex::new(r"\bcrate::(\w+)|\bcrate::\{([^}]*)\}").unwrap();
    let mut wrong = Vec::new();
    for path in files_below(&root().join("src"), "rs") {
        let name = name_of(&path);
        let room = name
            .trim_start_matches("src/")
            .trim_end_matches(".rs")
            .split('/')
            .next()
            .unwrap()
            .to_owned();
        if room == "lib" || room == "main" {
            continue;
        }
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(known, _)| *known == room) else {
            wrong.push(format!(
                "{name}: the plan of the house has no room '{room}'"
            ));
            continue;
        };
        for found in import.captures_iter(&code(&path)) {
            let inner = found.get(1).or_else(|| found.get(2)).unwrap().as_str();
            for target in inner
                .split(',')
                .map(|part| part.trim().split("::").next().unwrap())
            {
                let open = ["domain", "diagnostic", &room].contains(&target);
                if !open && !allowed.contains(&target) && !target.is_empty() {
                    wrong.push(format!("{name} imports {target}"));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports against the flow (see src/lib.rs):\n{}",
        wrong.join("\n")
    );
}

#[test]
fn polars_stays_in_the_files_that_read_or_write_columns() {
    let wrong: Vec<String> = files_below(&root().join("src"), "rs")
        .iter()
        .filter(|path| !name_of(path).ends_with("_tests.rs") && code(path).contains("polars::"))
        .map(|path| name_of(path))
        .filter(|name| !POLARS_FILES.iter().any(|known| name == known))
        .collect();
    assert!(
        wrong.is_empty(),
        "{wrong:?} use polars; add them to the plan only if they read or write columns"
    );
}

#[test]
fn the_clock_is_read_in_the_binary_only() {
    let wrong: Vec<String> = files_below(&root().join("src"), "rs")
        .iter()
        .filter(|path| {
            Regex::new(r"Utc::now|Local::now|SystemTime::now")
                .unwrap()
                .is_match(&code(path))
        })
        .map(|path| name_of(path))
        .filter(|name| name != "src/main.rs")
        .collect();
    assert!(
        wrong.is_empty(),
        "{wrong:?} read the clock; as_of is an argument"
    );
}

#[test]
fn no_file_is_longer_than_the_cap() {
    let mut long = Vec::new();
    for (folder, extension) in [
        ("src", "rs"),
        ("tests", "rs"),
        ("tests", "py"),
        ("tests", "sh"),
        ("notebooks", "py"),
    ] {
        for path in files_below(&root().join(folder), extension) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > MOST_LINES {
                long.push(format!("{}: {lines} lines", name_of(&path)));
            }
        }
    }
    assert!(
        long.is_empty(),
        "more than {MOST_LINES} lines; split by job:\n{}",
        long.join("\n")
    );
}

#[test]
fn every_source_file_says_what_it_is() {
    let silent: Vec<String> = files_below(&root().join("src"), "rs")
        .iter()
        .filter(|path| !fs::read_to_string(path).unwrap().starts_with("//!"))
        .map(|path| name_of(path))
        .collect();
    assert!(silent.is_empty(), "no module header: {silent:?}");
}

#[test]
fn every_integration_module_is_part_of_the_binary() {
    let listed = fs::read_to_string(root().join("tests/integration.rs")).unwrap();
    let forgotten: Vec<String> = fs::read_dir(root().join("tests"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|stem| stem != "integration" && !listed.contains(&format!("mod {stem};")))
        .collect();
    assert!(
        forgotten.is_empty(),
        "not in tests/integration.rs: {forgotten:?}"
    );
}

#[test]
fn the_top_level_stays_as_it_was_drawn() {
    let drawn: BTreeSet<&str> = [
        ".ci",
        ".git",
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "notebooks",
        "pricing",
        "src",
        "tests",
    ]
    .into();
    // What builds and reports leave behind is ignored by git, and here.
    let left_behind = [
        "target",
        "eolcast-report",
        "eolcast-store",
        "proptest-regressions",
    ];
    let extra: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !drawn.contains(name.as_str()) && !left_behind.contains(&name.as_str()))
        .collect();
    assert!(extra.is_empty(), "not in the plan of the house: {extra:?}");
}
