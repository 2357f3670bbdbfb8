//! Holds `eolcast.schema.json` to the tables: what the file says of every column is made from
//! the tables themselves, and compared.
//!
//! Imports nothing but this room. `EOLCAST_WRITE_SCHEMA=1 cargo test --lib json_schema` writes
//! the file anew. Sample: a money column is
//! `{"type": ["string", "null"], "pattern": "^-?[0-9]+([.][0-9]+)?$"}`.

use serde_json::{Map, Value, json};

use super::json::SCHEMA;
use super::sample::report;
use super::table::ColumnKind;
use super::tables::TableName;

const FILE: &str = "src/report/eolcast.schema.json";

fn cell(kind: ColumnKind) -> Value {
    let definition = match kind {
        ColumnKind::Text => "text",
        ColumnKind::Count => "count",
        ColumnKind::SignedCount => "signedCount",
        ColumnKind::Money | ColumnKind::Decimal | ColumnKind::Share => "decimal",
        ColumnKind::Date => "date",
        ColumnKind::Month => "month",
        ColumnKind::Timestamp => "timestamp",
    };
    reference(definition)
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

/// An object with exactly these keys.
fn object(properties: Vec<(&str, Value)>) -> Value {
    let required: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = properties
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn tables() -> Value {
    let report = report();
    let table = |name: TableName| {
        let columns = name.of(&report).unwrap().columns;
        let columns = columns
            .iter()
            .map(|column| (column.name, cell(column.kind)));
        let rows = json!({ "type": "array", "items": object(columns.collect()) });
        (name.as_str(), rows)
    };
    object(TableName::ALL.into_iter().map(table).collect())
}

fn definitions() -> Value {
    let text = |pattern: &str| json!({ "type": ["string", "null"], "pattern": pattern });
    let month_cost = object(vec![
        ("list_cost", reference("decimal")),
        ("normal_cost", reference("decimal")),
        ("extended_access_premium", reference("decimal")),
        ("contracted_cost", reference("decimal")),
        ("unpriced_tokens", reference("count")),
        ("price_basis", reference("priceBasis")),
        ("premium_price_basis", reference("priceBasis")),
    ]);
    let outlook = object(vec![
        ("expected", reference("decimal")),
        ("low", reference("decimal")),
        ("high", reference("decimal")),
        ("price_basis", reference("priceBasis")),
    ]);
    let month = object(vec![
        ("month", reference("month")),
        ("stay", reference("decimal")),
        ("stay_extended_access_premium", reference("decimal")),
        ("stay_price_basis", reference("priceBasis")),
        ("stranded_requests", reference("count")),
        ("migrate_now", reference("decimal")),
    ]);
    json!({
        "text": { "type": ["string", "null"] },
        "count": { "type": ["integer", "null"], "minimum": 0 },
        "signedCount": { "type": ["integer", "null"] },
        "decimal": text("^-?[0-9]+([.][0-9]+)?$"),
        "date": text("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        "month": text("^[0-9]{4}-[0-9]{2}$"),
        "timestamp": text("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"),
        "priceBasis": { "enum": ["listed", "user", "assumed", "unpriced", null] },
        "monthCost": month_cost,
        "outlook": outlook,
        "monthOutlook": month,
    })
}

fn schema() -> Value {
    let headline = object(vec![
        ("closed_month", reference("monthCost")),
        (
            "month_so_far",
            json!({ "anyOf": [reference("monthCost"), { "type": "null" }] }),
        ),
        ("premium_rest_of_month", reference("outlook")),
        ("premium_to_end_of_life", reference("outlook")),
        ("cost_if_nothing_moves", reference("outlook")),
        (
            "months",
            json!({ "type": "array", "items": reference("monthOutlook") }),
        ),
    ]);
    let checked = object(vec![
        ("oldest", reference("date")),
        ("newest", reference("date")),
    ]);
    let mut schema = object(vec![
        ("schema", json!({ "const": SCHEMA })),
        ("as_of", json!({ "type": "string", "format": "date" })),
        (
            "month",
            json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$" }),
        ),
        ("horizon", json!({ "type": "integer", "minimum": 1 })),
        ("tables_hash", json!({ "type": "string" })),
        ("demo", json!({ "type": "boolean" })),
        (
            "prices_checked",
            json!({ "anyOf": [checked, { "type": "null" }] }),
        ),
        ("headline", headline),
        ("tables", tables()),
    ]);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(SCHEMA);
    schema["description"] = json!(
        "A report of eolcast. Decimals are strings (exact US dollars, prices per unit, quantities, \
         shares), counts whole numbers up to 2^63-1, null is not known."
    );
    schema["$defs"] = definitions();
    schema
}

#[test]
fn the_schema_in_the_repository_is_that_of_the_tables() {
    let wanted = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("EOLCAST_WRITE_SCHEMA").is_some() {
        std::fs::write(FILE, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        found == wanted,
        "{FILE} is not that of the tables; if the change is meant, see the header of json_schema.rs"
    );
}
