//! The real tree.
use super::*;
use crate::diagnostic::Severity;

#[test]
fn the_real_tables_have_no_error() {
    let tables = Tables::embedded().unwrap();
    let errors = validate(&tables, Some("2026-11-22".parse().unwrap()));
    println!(
        "{}",
        errors.iter().map(|e| format!("{e}\n")).collect::<String>()
    );
    let errors: Vec<_> = errors
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
