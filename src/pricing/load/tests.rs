//! Tables from files, and what is refused.

use super::*;
use crate::pricing::frozen::{SONNET_4_5, tables};

fn refused(name: &str, text: &str) -> String {
    let file = TableFile {
        name: name.to_owned(),
        text: Cow::Owned(text.to_owned()),
    };
    Tables::from_files("pricing", vec![file])
        .unwrap_err()
        .to_string()
}

#[test]
fn the_embedded_tables_load_and_equal_the_folder() {
    let embedded = Tables::embedded().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pricing");
    let read = Tables::from_dir(&folder).unwrap();
    assert_eq!(embedded.hash, read.hash);
    assert_eq!(embedded.prices.rows().len(), read.prices.rows().len());
    assert!(embedded.prices.rows().len() > 1000 && embedded.hourly.len() > 10);
}

#[test]
fn what_the_build_script_wrote_is_what_the_files_say() {
    for (name, text, compiled) in embedded::FILES {
        let file = TableFile {
            name: (*name).to_owned(),
            text: Cow::Borrowed(text),
        };
        assert!(CompiledFile::read(compiled).is_ok(), "{name}");
        let rows = |compiled| format!("{:?}", rows_of("pricing", &file, compiled).unwrap());
        assert_eq!(rows(Some(compiled)), rows(None), "{name}");
    }
}

#[test]
fn what_the_build_script_cannot_read_is_read_from_the_file() {
    let file = TableFile {
        name: "prices/x.toml".to_owned(),
        text: Cow::Borrowed("\n[[price]]\nmodel = 'a.b'\n"),
    };
    for compiled in ["null", r#"{"price":[[1,{"model":"a.b"}]]}"#] {
        assert_eq!(
            rows_of("pricing", &file, Some(compiled))
                .unwrap_err()
                .to_string(),
            "pricing/prices/x.toml:2: missing field `scope`; add it to the row"
        );
    }
}

#[test]
fn the_hash_changes_with_any_byte_and_any_name() {
    let of = |name: &str, text: &str| {
        let file = TableFile {
            name: name.to_owned(),
            text: Cow::Owned(text.to_owned()),
        };
        Tables::from_files("pricing", vec![file]).unwrap().hash
    };
    let hash = of("prices/a.toml", "");
    assert_eq!(hash.len(), 64);
    assert_ne!(hash, of("prices/a.toml", " "));
    assert_ne!(hash, of("prices/b.toml", ""));
}

#[test]
fn names_come_from_the_tables() {
    let naming = tables().naming();
    assert!(naming.providers.contains("openai") && naming.providers.contains("meta"));
    assert_eq!(naming.prompt_bands[SONNET_4_5], [200_000]);
    let resolved = naming.resolve("global.anthropic.claude-sonnet-4-5");
    assert_eq!(resolved.model_id.as_str(), SONNET_4_5);
    assert!(resolved.known);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_line_and_the_way_out() {
    let row = "[[price]]\nmodel = 'a.b'\nscope = 'geo'\nregions = ['*']\ntier = 'batch'\nphase = 'normal'\n\
               unit = '1000000 Tokens'\nconfidence = 'high'\nsource = 's'\nchecked_on = '2026-07-24'\n";
    for (line, message) in [
        (
            "input = 3.30",
            "pricing/prices/x.toml:11: invalid type: floating point `3.3`, expected a string; put the value in quotes, so that no digit is lost",
        ),
        (
            "inptu = '3.30'",
            "pricing/prices/x.toml:11: unknown field `inptu`, expected one of `model`,",
        ),
        (
            "input = '3,30'",
            "pricing/prices/x.toml:11: `3,30` is no price; write a plain decimal in quotes, for example \"3.30\"",
        ),
        (
            "input = '3.30'\neffective_from = '1.10.2026'",
            "pricing/prices/x.toml:12: `1.10.2026` is no date; write it as \"YYYY-MM-DD\"",
        ),
        (
            "effective_from = '2026-10-01'",
            "pricing/prices/x.toml:1: the row prices no meter; add one (input, output, image, ...) or remove the row",
        ),
        (
            "image = '0.06'",
            "pricing/prices/x.toml:1: meter image is not counted in 1000000 Tokens; give it a row of its own with the unit 1 Image",
        ),
    ] {
        let found = refused("prices/x.toml", &format!("{row}{line}\n"));
        assert!(found.starts_with(message), "{found}");
    }
    let missing = refused("prices/x.toml", "\n[[price]]\nmodel = 'a.b'\n");
    assert_eq!(
        missing,
        "pricing/prices/x.toml:2: missing field `scope`; add it to the row"
    );
}

#[test]
fn a_folder_that_is_no_tree_says_what_one_holds() {
    let error = Tables::from_dir(Path::new("no/such/folder")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("give --pricing a folder with sources.toml")
    );
}
