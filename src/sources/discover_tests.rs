//! Finding the input. Test code.
//!
//! Sample: a folder with a log, a sidecar and a picture gives one log and two findings.

use std::path::{Path, PathBuf};

use super::discover::{Found, discover};

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

fn names<'a>(root: &Path, paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let root = format!("{}/", root.display());
    paths.map(|path| path.replace(&root, "")).collect()
}

fn logs(root: &Path, found: &Found) -> Vec<String> {
    names(root, found.logs.iter().map(|log| log.name.as_str()))
}

#[test]
fn a_folder_gives_its_logs_in_order_and_says_what_it_skips() {
    let deep = "AWSLogs/1/BedrockModelInvocationLogs/r/2026/10/01/00";
    let (object, sidecar, check) = (
        format!("{deep}/b.json.gz"),
        format!("{deep}/data/id_input.json.gz"),
        format!("{deep}/amazon-bedrock-logs-permission-check"),
    );
    let folder = folder(&[
        (&object, b"x"),
        (&sidecar, b"x"),
        (&check, b"x"),
        ("data/a.JSONL", b"x"),
        ("c.ndjson", b"x"),
        ("d.log.gz", b"x"),
        ("notes.txt", b"x"),
        ("picture.png", b"x"),
        (
            "usage.csv",
            b"hour,granularity,account_id,region,model_id\n",
        ),
        ("cost.csv", b"month,workload\n"),
        (
            "usage.parquet",
            b"PAR1 hour requests_without_counts \x22\0\0\0PAR1",
        ),
        ("cost.parquet", b"PAR1 month workload \x10\0\0\0PAR1"),
    ]);
    let root = folder.path();
    let found = discover(&[root.to_owned()]);
    assert_eq!(
        logs(root, &found),
        [object.as_str(), "c.ndjson", "d.log.gz", "data/a.JSONL"]
    );
    let tables = found.usage_tables.iter().map(|table| table.name.as_str());
    assert_eq!(names(root, tables), ["usage.csv", "usage.parquet"]);
    let findings: Vec<String> = found
        .findings
        .iter()
        .map(|finding| finding.to_string().replace(root.to_str().unwrap(), "DIR"))
        .collect();
    let beginnings = [
        "info[skipped-sidecar]: DIR: skipped 2 files, for example AWSLogs/1/",
        "info[skipped-file]: DIR: skipped 2 files, for example notes.txt: in a folder only ",
        "info[skipped-file]: DIR: skipped 2 files, for example cost.csv: the table is not",
    ];
    assert_eq!(findings.len(), beginnings.len(), "{findings:?}");
    for (finding, beginning) in findings.iter().zip(beginnings) {
        assert!(finding.starts_with(beginning), "{finding}");
    }
}

#[test]
fn a_named_file_is_read_whatever_its_ending_and_told_apart_by_what_it_holds() {
    let folder = folder(&[
        ("log.txt", b"{}"),
        (
            "table.log",
            b"\xEF\xBB\xBFhour,granularity,account_id,region,model_id\n",
        ),
        ("table.bin", b"PAR1 requests_without_counts \x1f\0\0\0PAR1"),
        ("other.parquet", b"PAR1 month \x10\0\0\0PAR1"),
    ]);
    let root = folder.path();
    let inputs: Vec<PathBuf> = ["log.txt", "table.log", "table.bin", "other.parquet", "gone"]
        .iter()
        .map(|name| root.join(name))
        .collect();
    let found = discover(&inputs);
    assert_eq!(logs(root, &found), ["log.txt"]);
    let tables: Vec<_> = found.usage_tables.iter().map(|table| &table.path).collect();
    assert_eq!(tables, [&root.join("table.log"), &root.join("table.bin")]);
    let codes: Vec<_> = found
        .findings
        .iter()
        .map(|f| (&*f.code, &*f.subject))
        .collect();
    let (other, gone) = (root.join("other.parquet"), root.join("gone"));
    assert_eq!(
        codes,
        [
            ("not-a-usage-table", other.to_str().unwrap()),
            ("unreadable-file", gone.to_str().unwrap()),
        ]
    );
}

#[test]
fn a_file_that_is_reached_twice_is_read_once() {
    let folder = folder(&[("a/x.json", b"{}"), ("a/y.json", b"{}")]);
    let root = folder.path();
    let inputs = [
        root.join("a"),
        root.join("a/x.json"),
        root.to_owned(),
        root.join("a/../a"),
    ];
    assert_eq!(discover(&inputs).logs.len(), 2);
    assert_eq!(discover(&["-".into(), "-".into()]).logs.len(), 1);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_end() {
    let folder = folder(&[("a/x.json", b"{}")]);
    let root = folder.path();
    std::os::unix::fs::symlink(root, root.join("a/loop")).unwrap();
    std::os::unix::fs::symlink(root.join("a"), root.join("c")).unwrap();
    std::os::unix::fs::symlink(root.join("a/x.json"), root.join("z.json")).unwrap();
    std::os::unix::fs::symlink(root.join("nowhere"), root.join("broken.json")).unwrap();
    let found = discover(&[root.to_owned()]);
    assert_eq!(logs(root, &found), ["a/x.json"]);
    assert_eq!(found.findings.len(), 1, "{:?}", found.findings);
    assert_eq!(found.findings[0].code, "unreadable-file");
}

#[test]
fn a_folder_that_a_fetch_filled_is_named_and_not_searched() {
    let line = b"{\"tool\":\"eolcast 0.1.0\",\"version\":1}\n";
    let folder = folder(&[
        // Sorted before the manifest.
        ("in/a/a.json", b"{}"),
        ("in/a/events/b.json", b"{}"),
        ("in/a/manifest.jsonl", line),
        (
            "in/a/metrics/1/us-east-1/2026-10-01.csv",
            b"hour,account_id,region,model_id\n",
        ),
        ("in/empty/manifest.jsonl", b""),
        ("in/empty/manifest.lock", b""),
        ("in/torn/manifest.jsonl", &line[..7]),
        ("in/torn/manifest.lock", b""),
        // Somebody's log of that name is no manifest.
        (
            "in/logs/manifest.jsonl",
            b"{\"schemaType\":\"ModelInvocationLog\"}\n",
        ),
    ]);
    let root = folder.path();
    let below = |name: &str| root.join("in").join(name);
    let found = discover(&[below("a"), root.join("in")]);
    assert_eq!(found.stores, [below("a"), below("empty"), below("torn")]);
    assert_eq!(logs(root, &found), ["in/logs/manifest.jsonl"]);
    assert!(found.usage_tables.is_empty() && found.findings.is_empty());
}
