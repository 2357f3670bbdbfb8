//! What a file holds: one notice as e-mail text, or any number of them in AWS Health JSON.
//!
//! JSON comes as EventBridge delivers it (`detail.eventDescription[].latestDescription`), as
//! `DescribeEventDetails` answers (`successfulSet[]`), as a list of either, or one event a
//! line. Anything else is taken as the text of an e-mail. Imports nothing.
//!
//! Sample: an EventBridge event of eu-west-1 is one letter with that Region, the day it was
//! sent, the affected entities, and the text of its description.

use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use super::Refusal;

/// One notice as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Letter {
    /// Which event of the file, from 1; none for an e-mail.
    pub(super) event: Option<usize>,
    /// The text, line by line.
    pub(super) text: String,
    /// The Region that the event is about.
    pub(super) region: Option<String>,
    /// The day it was sent, if it says so.
    pub(super) sent_on: Option<NaiveDate>,
    /// What it says is affected: model ids or ARNs, perhaps.
    pub(super) entities: Vec<String>,
}

/// The notices of a file; what is none is refused, each for itself.
pub(super) fn letters(text: &str) -> Vec<Result<Letter, Refusal>> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if !(start.starts_with('{') || start.starts_with("[{") || is_list(start)) {
        return vec![email(text)];
    }
    let mut found = Vec::new();
    for value in serde_json::Deserializer::from_str(start).into_iter::<Value>() {
        match value {
            Ok(value) => collect(&value, &Envelope::default(), &mut found),
            Err(error) => {
                found.push(Err(Refusal::new(
                    error.line(),
                    format!("this is no complete JSON ({error})"),
                    "save the whole event, or the text of the notice alone",
                )));
                break;
            }
        }
    }
    if found.is_empty() {
        found.push(Err(Refusal::new(
            1,
            "this JSON holds no notice (no latestDescription)".to_owned(),
            "give it an EventBridge event or the answer of `aws health describe-event-details`",
        )));
    }
    for (at, letter) in found.iter_mut().enumerate() {
        match letter {
            Ok(letter) => letter.event = Some(at + 1),
            Err(refusal) => refusal.event = refusal.event.or(Some(at + 1)),
        }
    }
    found
}

/// `[` and then an object or a list, as no e-mail begins.
fn is_list(text: &str) -> bool {
    let inside = text.strip_prefix('[').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with(['{', '[']))
}

fn email(text: &str) -> Result<Letter, Refusal> {
    let mut sent_on = None;
    let mut subjects = 0;
    for (at, line) in text.lines().enumerate() {
        let lower = line.to_ascii_lowercase();
        let encoded = lower.strip_prefix("content-transfer-encoding:");
        if let Some(encoding) = encoded.map(str::trim)
            && ["base64", "quoted-printable"].contains(&encoding)
        {
            return Err(Refusal::new(
                at + 1,
                format!("the text of this mail is encoded ({encoding})"),
                "open it in the mail program and save its text",
            ));
        }
        if lower.starts_with("subject:") {
            subjects += 1;
            if subjects == 2 {
                return Err(Refusal::quoting(
                    at + 1,
                    "a second subject: this file holds more than one notice",
                    line,
                    "save each notice in a file of its own",
                ));
            }
        }
        if let Some(date) = lower.strip_prefix("date:").or(lower.strip_prefix("sent:")) {
            sent_on = sent_on.or(day_sent(date.trim(), line));
        }
    }
    Ok(Letter {
        text: text.to_owned(),
        sent_on,
        ..Letter::default()
    })
}

fn day_sent(lower: &str, line: &str) -> Option<NaiveDate> {
    let written = line.split_once(':').map_or("", |(_, date)| date.trim());
    let of_mail = DateTime::parse_from_rfc2822(written).ok();
    of_mail
        .map(|moment| moment.to_utc().date_naive())
        .or_else(|| NaiveDate::parse_from_str(lower.get(..10)?, "%Y-%m-%d").ok())
}

/// What an outer object says of the events in it.
#[derive(Debug, Clone, Default)]
struct Envelope {
    region: Option<String>,
    sent_on: Option<NaiveDate>,
    entities: Vec<String>,
}

fn collect(value: &Value, outer: &Envelope, found: &mut Vec<Result<Letter, Refusal>>) {
    match value {
        Value::Array(values) => {
            for value in values {
                collect(value, outer, found);
            }
        }
        Value::Object(object) => {
            let service = object.get("service").and_then(Value::as_str);
            let inner = ["event", "detail"].iter().find_map(|key| object.get(*key));
            let of_inner = inner.and_then(|event| event.get("service")?.as_str());
            if let Some(service) = service.or(of_inner)
                && !service.eq_ignore_ascii_case("bedrock")
            {
                found.push(Err(Refusal::quoting(
                    0,
                    "this event is not about Amazon Bedrock: service",
                    service,
                    "leave it out",
                )));
                return;
            }
            let envelope = outer.within(value, inner);
            if let Some(text) = description(value) {
                found.push(Ok(Letter {
                    event: None,
                    text: text.to_owned(),
                    region: envelope.region,
                    sent_on: envelope.sent_on,
                    entities: envelope.entities,
                }));
                return;
            }
            for key in ["detail", "successfulSet", "Records", "events"] {
                if let Some(value) = object.get(key) {
                    collect(value, &envelope, found);
                }
            }
            let failed = object.get("failedSet").and_then(Value::as_array);
            for failed in failed.into_iter().flatten() {
                found.push(Err(Refusal::quoting(
                    0,
                    "AWS Health could not describe an event",
                    &failed.to_string(),
                    "ask for it again, or save the notice from the mail",
                )));
            }
        }
        _ => {}
    }
}

/// The text of an event: the English one, or else the first.
fn description(value: &Value) -> Option<&str> {
    let holder = value.get("eventDescription").unwrap_or(value);
    let in_english = |one: &&Value| {
        let language = one.get("language").and_then(Value::as_str);
        language.is_some_and(|language| language.starts_with("en"))
    };
    let one = match holder.as_array() {
        Some(all) => all.iter().find(in_english).or(all.first())?,
        None => holder,
    };
    one.get("latestDescription")?.as_str()
}

impl Envelope {
    /// What is known inside an object: its own words, else those around it.
    fn within(&self, value: &Value, inner: Option<&Value>) -> Self {
        let text = |key: &str| {
            let own = value.get(key).and_then(Value::as_str);
            own.or_else(|| inner?.get(key)?.as_str())
        };
        // The outer Region of an EventBridge event says where it was delivered only.
        let delivered = value.get("detail-type").is_some();
        let region = match text("eventRegion") {
            Some(region) => Some(region),
            None if delivered => None,
            None => text("region"),
        };
        let region = region.filter(|region| !region.eq_ignore_ascii_case("global"));
        let sent = ["lastUpdatedTime", "startTime", "time"];
        let own = if delivered {
            text("time").and_then(day)
        } else {
            None
        };
        let entities = value
            .get("affectedEntities")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let mut entities: Vec<String> = entities
            .filter_map(|entity| Some(entity.get("entityValue")?.as_str()?.to_owned()))
            .collect();
        if entities.is_empty() {
            entities.clone_from(&self.entities);
        }
        Self {
            region: region.map(str::to_owned).or_else(|| self.region.clone()),
            sent_on: own
                .or(self.sent_on)
                .or_else(|| sent.into_iter().find_map(|key| day(text(key)?))),
            entities,
        }
    }
}

/// RFC 3339, or the RFC 1123 form inside `detail`.
fn day(text: &str) -> Option<NaiveDate> {
    let moment = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text));
    moment.ok().map(|moment| moment.to_utc().date_naive())
}
