//! Every seed passes its target: the small form of a fuzz run, which needs no engine. Test code.
//!
//! Sample: `seeds/record/converse` is given to `record::check`.

use std::fs;
use std::path::Path;

fn all(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target);
    let mut seeds = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&fs::read(path).unwrap());
        seeds += 1;
    }
    assert!(seeds > 0);
    check(b"");
}

#[test]
fn seeds_of_record() {
    all("record", crate::record::check);
}

#[test]
fn seeds_of_text() {
    all("text", crate::text::check);
}

#[test]
fn seeds_of_assembled() {
    all("assembled", crate::assembled::check);
}

#[test]
fn seeds_of_scan() {
    all("scan", crate::scan::check);
}

#[test]
fn seeds_of_gzip() {
    all("gzip", crate::gzip::check);
}
