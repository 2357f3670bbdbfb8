//! The models of a notice: by id, bare or in quotes, or by a name that only one model has.
//!
//! A notice names its replacement too, so ids count where the notice says what was used or
//! what moves into Legacy; all others only where nothing says more. Imports `domain`.
//!
//! Sample: `because you have used model ID "meta.llama3-2-11b-instruct-v1:0" [1] in the past 30
//! days` names one model.

use std::collections::BTreeSet;

use super::lines::Piece;
use super::pattern::{found, pattern};
use super::{Knowledge, Refusal};
use crate::domain::{ModelId, Text};

pattern!(
    SUBJECT,
    r"(?i)(?:deprecation|lifecycle|life cycle|retirement|end[- ]of[- ]life)[a-z ]* (?:–|—|-)\s*(?P<name>.+?)\s*(?:\[aws account.*)?$"
);
pattern!(
    MOVING,
    r"(?i)\bmoving (?:the )?(?P<name>.+?)(?: model)?(?: \(.*\))? (?:in)?to (?:the |a )?legacy"
);
pattern!(
    USED,
    r"(?i)\bused\b|\bpast 30 days\b|\bmodel ids?\b|\bmoving\b.*\blegacy\b|^subject:"
);
pattern!(
    INSTEAD,
    r"(?i)\b(recommend|suggest|replac|migrat|transition|upgrade|switch|instead|alternativ|successor|newer|latest)"
);

/// The ids of the models, in their order; none is a refusal.
pub(super) fn read(
    pieces: &[Piece],
    entities: &[String],
    known: &Knowledge<'_>,
) -> Result<Vec<ModelId>, Refusal> {
    let mut used = Vec::new();
    let mut others = Vec::new();
    for piece in pieces {
        let into = match (found(&USED, &piece.text), found(&INSTEAD, &piece.text)) {
            (true, _) => &mut used,
            (false, false) => &mut others,
            (false, true) => continue,
        };
        into.extend(ids(&piece.text, known).map(|id| (id, piece)));
    }
    let mut found = if used.is_empty() { others } else { used };
    if found.is_empty() {
        let place = pieces.first();
        let of_event = entities.iter().flat_map(|entity| ids(entity, known));
        found = of_event.zip(place.into_iter().cycle()).collect();
    }
    let mut models = Vec::new();
    for (id, piece) in found {
        let resolved = known.naming.resolve(&id);
        if !resolved.known && known.kind.is_none() {
            return Err(Refusal::quoting(
                piece.line,
                &format!("no table knows the model {id}, nor what it makes"),
                &piece.text,
                "correct the id, or say what it makes with --kind text (embedding, image, ...)",
            ));
        }
        if !models.contains(&resolved.model_id) {
            models.push(resolved.model_id);
        }
    }
    if models.is_empty() {
        models.push(by_name(pieces, known)?);
    }
    Ok(models)
}

/// Words that are ids: a provider, a dot, and the rest; with or without a profile prefix.
fn ids(text: &str, known: &Knowledge<'_>) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| c.is_whitespace() || "\"'`“”‘’(),;[]<>".contains(c));
    words
        .filter(|word| !word.contains('@'))
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .map(|word| word.trim_end_matches(['.', ':', '!', '?']))
        .filter(|word| is_id(word, known))
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
}

fn is_id(word: &str, known: &Knowledge<'_>) -> bool {
    let mut labels = word.split('.');
    let first = labels.next().unwrap_or("");
    let second = labels.next().unwrap_or("");
    let providers = &known.naming.providers;
    let has_provider = providers.contains(first) || providers.contains(second);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:_".contains(c);
    has_provider
        && !second.is_empty()
        && word.chars().all(plain)
        && (word.contains('-') || known.naming.resolve(word).known)
}

/// The one model whose name the subject, or the sentence about Legacy, gives.
fn by_name(pieces: &[Piece], known: &Knowledge<'_>) -> Result<ModelId, Refusal> {
    let mut tried: Option<(&Piece, String)> = None;
    for piece in pieces {
        for pattern in [&SUBJECT, &MOVING] {
            let groups = pattern.groups(&piece.text, ["name"]).into_iter().next();
            let Some((_, [Some(name)])) = groups else {
                continue;
            };
            let name = piece.text.get(name).unwrap_or("").to_owned();
            let models = named(&name, known);
            match models.len() {
                1 => {
                    if let Some(model) = models.into_iter().next() {
                        return Ok(ModelId::new(model));
                    }
                }
                0 => tried = tried.or(Some((piece, format!("no model is called '{name}'")))),
                _ => {
                    let models: Vec<&str> = models.iter().map(|model| &**model).collect();
                    let what = format!("'{name}' can be {}", models.join(" or "));
                    tried = tried.or(Some((piece, what)));
                }
            }
        }
    }
    let way_out =
        "write the model's id into the text, for example `model ID cohere.command-r-plus-v1:0`";
    Err(match tried {
        Some((piece, what)) => Refusal::quoting(piece.line, &what, &piece.text, way_out),
        None => {
            let first = pieces.first();
            let line = first.map_or(1, |piece| piece.line);
            let text = first.map_or("", |piece| &*piece.text);
            Refusal::quoting(line, "no model is named; the text begins", text, way_out)
        }
    })
}

/// The ids of models with that very name, with or without the provider before it.
fn named(name: &str, known: &Knowledge<'_>) -> BTreeSet<Text> {
    let wanted = plain_name(name);
    let rows = known.tables.lifecycle.rows().iter();
    rows.filter(|row| {
        let own = plain_name(&row.name);
        let provider = row.id.as_str().split('.').next().unwrap_or("");
        let without = |name: &str| {
            let name = name.strip_prefix(provider).unwrap_or(name);
            name.trim_start_matches("'s").trim().to_owned()
        };
        own == wanted || without(&own) == without(&wanted)
    })
    .map(|row| row.id.text())
    .collect()
}

fn plain_name(name: &str) -> String {
    let name = name.split(['(', '"', '“']).next().unwrap_or(name);
    name.trim_matches(|c: char| c.is_whitespace() || ".:,'".contains(c))
        .to_lowercase()
}
