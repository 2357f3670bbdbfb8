//! The build script: the TOML files under `pricing/` as JSON, which a start reads several times
//! as fast. Imports its sibling `hash`.
//!
//! Each row stands with the byte at which it begins, so that places in messages stay the same.
//! What is no list of rows, or holds what no row may hold (a bare float), becomes `null`: then
//! the TOML itself is read, and its errors are those of any folder of tables. The hash of all
//! files is made here too, so that no start has to make it.
//!
//! Sample: `[[price]]` and `model = "a.b"` become `{"price":[[0,{"model":"a.b"}]]}`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

mod hash;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=pricing");
    println!("cargo::rerun-if-changed=src/pricing/compile.rs");
    println!("cargo::rerun-if-changed=src/pricing/hash.rs");
    let from = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("pricing");
    let to = PathBuf::from(env::var("OUT_DIR")?);
    let mut texts = BTreeMap::new();
    for folder in ["", "lifecycle", "prices"] {
        fs::create_dir_all(to.join(folder))?;
        for entry in fs::read_dir(from.join(folder))? {
            let path = entry?.path();
            if path.extension().is_none_or(|ending| ending != "toml") {
                continue;
            }
            let text = fs::read_to_string(&path)?;
            let rows = rows(&text).map_or(Value::Null, Value::Object);
            let name = path.strip_prefix(&from)?;
            fs::write(to.join(name.with_extension("json")), rows.to_string())?;
            let name = name.to_string_lossy().replace('\\', "/");
            if !name.ends_with(".example.toml") {
                texts.insert(name, text);
            }
        }
    }
    let texts = texts.iter().map(|(name, text)| (&**name, &**text));
    fs::write(to.join("hash"), hash::hash(texts))?;
    Ok(())
}

/// The rows of a file by their kind.
fn rows(text: &str) -> Option<Map<String, Value>> {
    let file = DeTable::parse(text).ok()?;
    let kinds = file.get_ref().iter().map(|(kind, rows)| {
        let rows = rows.get_ref().as_array()?.iter().map(|row| {
            let begins = row.span().start;
            Some(Value::from(vec![begins.into(), value(row.get_ref())?]))
        });
        Some((kind.get_ref().to_string(), rows.collect::<Option<Value>>()?))
    });
    kinds.collect()
}

fn value(of: &DeValue<'_>) -> Option<Value> {
    Some(match of {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) if number.radix() == 10 => {
            number.as_str().parse::<i64>().ok()?.into()
        }
        DeValue::Boolean(answer) => (*answer).into(),
        DeValue::Array(values) => {
            let values = values.iter().map(|it| value(it.get_ref()));
            values.collect::<Option<Value>>()?
        }
        DeValue::Table(table) => {
            let pairs = table
                .iter()
                .map(|(key, it)| Some((key.get_ref().to_string(), value(it.get_ref())?)));
            Value::Object(pairs.collect::<Option<_>>()?)
        }
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => return None,
    })
}
