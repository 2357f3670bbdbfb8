//! The dates as a calendar (RFC 5545): `eolcast.ics`, an all-day event for every phase change
//! of a model in use and for every day by which a workload has to start its move.
//!
//! An event keeps its UID from report to report: it is a hash of what happens to whom, without
//! date or money, and SEQUENCE rises with `as_of`, so that a file imported again moves and
//! updates the events of the one before. Times of making are `as_of`. Text is escaped, its
//! control characters made visible, lines end in CRLF and are folded at 75 octets between
//! characters.
//!
//! Imports `projection` and `domain`. Sample: 2026-12-05, `End of life: claude-opus-4-1 in
//! us-east-1`; 2026-10-21, `Start moving checkout off claude-opus-4-1`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::format::{short_model, visible};
use super::table::ReportError;
use crate::domain::{PriceBasis, Usd, next_day};
use crate::projection::{ImpactReport, TimelineEvent, TimelineRow, UrgencyRow};

/// Octets of a line, its CRLF not counted.
const WIDTH: usize = 75;

/// Writes the calendar.
pub(super) fn write_calendar(
    report: &ImpactReport,
    path: &Path,
    output: &mut (dyn Write + Send + '_),
) -> Result<(), ReportError> {
    let text = calendar(report);
    output
        .write_all(text.as_bytes())
        .map_err(|source| ReportError::write(path, source))
}

/// An entry of the calendar.
#[derive(Debug)]
struct Event {
    day: NaiveDate,
    /// What happens to whom; never when or for how much.
    identity: Vec<String>,
    category: &'static str,
    summary: String,
    /// Lines.
    description: Vec<String>,
}

fn calendar(report: &ImpactReport) -> String {
    let mut events: Vec<Event> = phase_changes(report).chain(starts(report)).collect();
    // Should the same thing happen twice, the second has its own UID, the first keeps its.
    events.sort_by(|a, b| (a.day, &a.identity).cmp(&(b.day, &b.identity)));
    let mut seen: BTreeMap<Vec<String>, u32> = BTreeMap::new();
    let mut lines = Lines::default();
    lines.add("BEGIN", "VCALENDAR");
    lines.add("VERSION", "2.0");
    lines.add("PRODID", "-//eolcast//eolcast 1//EN");
    lines.add("CALSCALE", "GREGORIAN");
    lines.add("METHOD", "PUBLISH");
    lines.add("X-WR-CALNAME", "Bedrock model end of life");
    for event in events {
        let times = seen.entry(event.identity.clone()).or_default();
        *times = times.saturating_add(1);
        event.write(*times, report.as_of, &mut lines);
    }
    lines.add("END", "VCALENDAR");
    lines.0
}

impl Event {
    fn write(&self, times: u32, as_of: NaiveDate, lines: &mut Lines) {
        lines.add("BEGIN", "VEVENT");
        lines.add("UID", &uid(&self.identity, times));
        lines.add("DTSTAMP", &format!("{}T000000Z", as_of.format("%Y%m%d")));
        lines.add("SEQUENCE", &as_of.to_epoch_days().max(0).to_string());
        let day = |day: NaiveDate| day.format("%Y%m%d").to_string();
        lines.add("DTSTART;VALUE=DATE", &day(self.day));
        lines.add("DTEND;VALUE=DATE", &day(next_day(self.day)));
        lines.add("SUMMARY", &escaped(&self.summary));
        let description: Vec<String> = self.description.iter().map(|line| escaped(line)).collect();
        lines.add("DESCRIPTION", &description.join("\\n"));
        lines.add("CATEGORIES", self.category);
        lines.add("STATUS", "CONFIRMED");
        lines.add("TRANSP", "TRANSPARENT");
        lines.add("END", "VEVENT");
    }
}

fn phase_changes(report: &ImpactReport) -> impl Iterator<Item = Event> {
    report.timeline.iter().filter_map(|row| {
        let (category, what) = match row.event {
            TimelineEvent::Legacy => ("Legacy", "Legacy begins"),
            TimelineEvent::ExtendedAccess => ("Extended Access", "Extended Access begins"),
            TimelineEvent::EndOfLife => ("End of life", "End of life"),
            // Per workload, from the urgency table.
            TimelineEvent::StartBy => return None,
        };
        let model = visible(&short_model(&row.model_id));
        Some(Event {
            day: row.date,
            identity: identity([row.event.as_str(), row.model_id.as_str(), &row.region]),
            category,
            summary: format!("{what}: {model} in {}", visible(&row.region)),
            description: phase_text(row, report.as_of),
        })
    })
}

fn phase_text(row: &TimelineRow, as_of: NaiveDate) -> Vec<String> {
    let workloads: Vec<String> = row.workloads.iter().map(|name| visible(name)).collect();
    vec![
        format!("Workloads ({}): {}", workloads.len(), workloads.join("; ")),
        format!(
            "Cost of their last 30 days: {}",
            money(row.cost_per_month_affected)
        ),
        format!("Model: {}", visible(row.model_id.as_str())),
        format!(
            "Source of the date: {}. As of {as_of}.",
            visible(&row.source)
        ),
    ]
}

fn starts(report: &ImpactReport) -> impl Iterator<Item = Event> {
    report.urgency.iter().filter_map(|row| {
        let day = row.start_by?;
        let parts = [
            TimelineEvent::StartBy.as_str(),
            row.model_id.as_str(),
            &row.region,
            &row.workload,
            &row.account_id,
        ];
        let workload = visible(&row.workload);
        let model = visible(&short_model(&row.model_id));
        Some(Event {
            day,
            identity: identity(parts),
            category: "Start by",
            summary: format!("Start moving {workload} off {model}"),
            description: start_text(row, report.as_of),
        })
    })
}

fn start_text(row: &UrgencyRow, as_of: NaiveDate) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", row.urgency, visible(&row.reason))];
    if let Some(end) = row.end_of_life {
        let end = end.date();
        lines.push(format!(
            "End of life {end}, lead time {} days",
            row.lead_time_days
        ));
    }
    lines.push(format!(
        "Cost of the last 30 days: {}",
        money(row.cost_last_30_days)
    ));
    let assumed = match row.price_basis {
        PriceBasis::Assumed => " (assumed price)",
        PriceBasis::Unpriced => " (a part has no price)",
        PriceBasis::Listed | PriceBasis::User => "",
    };
    lines.push(format!(
        "Extended Access premium to the end: {}{assumed}",
        money(row.premium_to_end_of_life)
    ));
    if let Some(successor) = &row.successor {
        lines.push(format!(
            "Move to: {}, {} for 30 days",
            visible(successor.as_str()),
            money(row.successor_cost_per_month)
        ));
    }
    if let Some(owner) = &row.owner {
        lines.push(format!("Owner: {}", visible(owner)));
    }
    lines.push(format!(
        "Model: {}; account {}; {}. As of {as_of}.",
        visible(row.model_id.as_str()),
        visible(&row.account_id),
        visible(&row.region),
    ));
    lines
}

fn money(amount: Option<Usd>) -> String {
    amount.map_or_else(|| "not known".to_owned(), Usd::in_words)
}

fn identity<const N: usize>(parts: [&str; N]) -> Vec<String> {
    parts.map(str::to_owned).to_vec()
}

/// Parts are counted in, so that no two lists of parts run into one another.
fn uid(identity: &[String], times: u32) -> String {
    let mut hash = Sha256::new();
    for part in identity {
        hash.update(format!("{}:{part}", part.len()));
    }
    hash.update(times.to_string());
    let hex: String = hash
        .finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{hex}@eolcast")
}

/// A TEXT value: no control character is left in it by [`visible`].
fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | ';' | ',') {
            value.push('\\');
        }
        value.push(c);
    }
    value
}

/// Content lines, folded.
#[derive(Debug, Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: &str) {
        let mut octets = 0;
        for c in format!("{name}:{value}").chars() {
            if octets + c.len_utf8() > WIDTH {
                // The space of a folded line is one of its octets.
                self.0.push_str("\r\n ");
                octets = 1;
            }
            octets += c.len_utf8();
            self.0.push(c);
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{day, empty_report, report, usd};
    use super::*;

    /// The file with its folds undone.
    fn unfolded(report: &ImpactReport) -> String {
        calendar(report).replace("\r\n ", "")
    }

    fn values<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
        let start = |line: &'t str| line.strip_prefix(name)?.strip_prefix(':');
        text.split("\r\n").filter_map(start).collect()
    }

    #[test]
    fn a_phase_change_and_a_start_by_date_are_all_day_events() {
        let text = unfolded(&report());
        // The move starts 45 days before 2026-12-05; the floor of the second row is no event.
        assert_eq!(
            values(&text, "DTSTART;VALUE=DATE"),
            ["20261021", "20261205"]
        );
        assert_eq!(values(&text, "DTEND;VALUE=DATE"), ["20261022", "20261206"]);
        assert_eq!(
            values(&text, "SUMMARY"),
            [
                "Start moving =HYPERLINK(\"http://x\") off claude-opus-4-1",
                "End of life: claude-opus-4-1 in us-east-1",
            ]
        );
        let descriptions = values(&text, "DESCRIPTION");
        assert!(descriptions[0].contains("Cost of the last 30 days: $12\\,345.68\\n"));
        assert!(descriptions[0].contains("premium to the end: $2\\,674.90 (assumed price)"));
        assert!(
            descriptions[1].starts_with("Workloads (2): =HYPERLINK(\"http://x\")\\; search\\n")
        );
        assert_eq!(values(&text, "DTSTAMP"), ["20261122T000000Z"; 2]);
    }

    #[test]
    fn a_later_report_updates_the_same_events() {
        let before = unfolded(&report());
        let mut later = report();
        later.as_of = day("2026-12-02");
        later.timeline[0].date = day("2027-01-05");
        later.timeline[0].cost_per_month_affected = usd("1");
        later.timeline[0].workloads.pop();
        later.urgency[0].start_by = Some(day("2026-11-21"));
        let after = unfolded(&later);
        assert_eq!(values(&before, "UID"), values(&after, "UID"));
        // 20,779 days from 1970-01-01 to 2026-11-22, ten more to 2026-12-02.
        assert_eq!(values(&before, "SEQUENCE"), ["20779"; 2]);
        assert_eq!(values(&after, "SEQUENCE"), ["20789"; 2]);
    }

    #[test]
    fn what_differs_in_one_part_of_its_name_is_another_event() {
        let uids = [["a", "bc"], ["ab", "c"], ["a", "b"]].map(|parts| uid(&identity(parts), 1));
        assert!(uids[0] != uids[1] && uids[1] != uids[2] && uids[0] != uids[2]);
        let mut twice = report();
        twice.timeline.push(twice.timeline[0].clone());
        let text = unfolded(&twice);
        let uids = values(&text, "UID");
        assert_eq!(uids.len(), 3);
        assert_ne!(uids[1], uids[2]);
    }

    #[test]
    fn no_line_is_longer_than_75_octets_and_no_character_is_cut() {
        let mut hostile = report();
        let name = format!("{}END:VEVENT\r\nBEGIN:VALARM,;\\", "家計簿🚀".repeat(30));
        hostile.urgency[0].workload = name.as_str().into();
        let text = calendar(&hostile);
        assert!(text.ends_with("END:VCALENDAR\r\n"));
        for line in text.split_terminator("\r\n") {
            assert!(
                line.len() <= WIDTH && !line.contains(['\r', '\n']),
                "{line}"
            );
            assert!(!line.starts_with("BEGIN:VALARM"));
        }
        let text = unfolded(&hostile);
        let summary = values(&text, "SUMMARY")[0];
        assert!(summary.contains(&"家計簿🚀".repeat(30)), "{summary}");
        // The line break is shown as `\r\n`, and its backslashes are escaped.
        assert!(
            summary.contains("END:VEVENT\\\\r\\\\nBEGIN:VALARM\\,\\;\\\\"),
            "{summary}"
        );
    }

    #[test]
    fn a_report_without_dates_is_a_calendar_without_events() {
        let text = calendar(&empty_report());
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
        assert!(!text.contains("VEVENT"));
    }
}
