//! The dates of a notice and what each of them is the date of.
//!
//! A date has a label in its own sentence or list item, before it or after it; "sunset" and
//! "until" alone do not tell Extended Access from the end, so such a date must be one that
//! another line names plainly. A date without a label is refused, and so are two dates for one
//! thing. Imports nothing.
//!
//! Sample: `January 28, 2026: Extended access begins with premium pricing` is the beginning of
//! Extended Access.

use chrono::NaiveDate;

use super::Refusal;
use super::lines::Piece;
use super::pattern::{Pattern, found, pattern};

/// The three days of a life cycle, each with the line that names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dates {
    pub(super) legacy_from: Option<(NaiveDate, usize)>,
    pub(super) extended_access_from: Option<(NaiveDate, usize)>,
    pub(super) end_of_life: Option<(NaiveDate, usize)>,
    /// Days on which new prices take effect.
    pub(super) prices_from: Vec<(NaiveDate, usize)>,
}

/// What a date is the date of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Legacy,
    ExtendedAccess,
    EndOfLife,
    Prices,
    /// The end of a phase or a sunset: one of the above, but which is said elsewhere.
    Unclear,
}

pattern!(
    LEGACY,
    r"(?i)\blegacy\b(?: state| status| phase| date)*(?: will| has)?\s*(?:begins?|began|begun|starts?|started|from|since|on|as of|:|-|–|\(|$)|\b(?:moves?|moved|moving|enters?|entered|entering|placed|placing)\b.*\blegacy\b"
);
pattern!(
    EXTENDED_BEGINS,
    r"(?i)\bextended[- ]access\b(?: state| phase| period| date)*(?: with premium pricing)?(?: will)?(?: be)?\s*(?:begins?|began|starts?|started|available|from|since|on|as of|:|-|–|\(|$)|\b(?:moves?|moving|enters?|entering)\b.*\bextended[- ]access\b"
);
pattern!(EXTENDED, r"(?i)\bextended[- ]access\b");
pattern!(
    END,
    r"(?i)no longer be (available for use|usable|supported|accessible)|requests?\b.*\bwill fail|\bend[- ]of[- ]life\b|\beol\b"
);
pattern!(SUNSET, r"(?i)\bsunset");
pattern!(
    PRICES,
    r"(?i)\b(pricing|prices?)\b.*\beffective\b|\beffective\b.*\b(pricing|prices?)\b"
);
pattern!(UNTIL, r"(?i)\b(until|till|through)\s*(\S+\s+)?$");
pattern!(BY, r"(?i)\b(before|by)\s*$");
pattern!(
    BARE,
    r"(?i)^\W*(?:public )?(?P<what>legacy|extended[- ]access)(?: state| phase| period)?\W*$"
);
pattern!(HEADER, r"(?i)^(date|sent|received|from|to|cc):");
pattern!(REMINDER, r"(?i)\breminder\b|\bduplicate\b");
pattern!(
    SENT,
    r"(?i)\b(first|originally|previously|already|earlier) (sent|notified|announced|informed|told)\b"
);
pattern!(
    RELATIVE,
    r"(?i)\b(days?|weeks?|months?) (before|after|prior|ahead)\b|\b(prior to|ahead of)\b"
);
pattern!(
    DAY,
    r"(?P<long>\b(?P<month>[A-Z][a-z]+)\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})\b)|(?P<iso>\b\d{4}-\d{2}-\d{2}\b)|(?P<bad>\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b|\b\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December)( \d{4})?\b|\b(January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}\b|\b(January|February|March|April|June|July|August|September|October|November|December),? \d{4}\b|\bTBD\b|\b[Tt]o be (determined|announced)\b)"
);

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Reads all dates; every one must be understood.
pub(super) fn read(pieces: &[Piece]) -> Result<Dates, Refusal> {
    let mut dates = Dates::default();
    let mut unclear = Vec::new();
    for piece in pieces {
        if is_aside(&piece.text) {
            continue;
        }
        let days = days(piece)?;
        let alone = days.len() == 1;
        let mut before = 0;
        for (at, (day, start, end)) in days.iter().enumerate() {
            let next = days.get(at + 1).map_or(piece.text.len(), |next| next.1);
            let head = piece.text.get(before..*start).unwrap_or("");
            let tail = piece.text.get(*end..next).unwrap_or("");
            before = *end;
            let Some(label) = label(head, tail, alone) else {
                return Err(Refusal::quoting(
                    piece.line,
                    "a date that nothing says the meaning of",
                    &piece.text,
                    "write beside it `Legacy state begins`, `Extended access begins` or `End of life`, or take the line out",
                ));
            };
            let entry = (*day, piece.line);
            match label {
                Label::Legacy => set(&mut dates.legacy_from, entry, "Legacy", piece)?,
                Label::ExtendedAccess => set(
                    &mut dates.extended_access_from,
                    entry,
                    "Extended Access",
                    piece,
                )?,
                Label::EndOfLife => {
                    set(&mut dates.end_of_life, entry, "the end of life", piece)?;
                }
                Label::Prices => dates.prices_from.push(entry),
                Label::Unclear => unclear.push((*day, piece)),
            }
        }
    }
    settle(&mut dates, &unclear, pieces)?;
    in_order(&dates, pieces)?;
    Ok(dates)
}

/// A sunset is the end where nothing speaks of Extended Access; else it must repeat a date
/// that has a plain label.
fn settle(
    dates: &mut Dates,
    unclear: &[(NaiveDate, &Piece)],
    pieces: &[Piece],
) -> Result<(), Refusal> {
    let extended = pieces.iter().any(|piece| found(&EXTENDED, &piece.text));
    for (day, piece) in unclear {
        let known = [dates.extended_access_from, dates.end_of_life];
        if known.iter().flatten().any(|(known, _)| known == day) {
            continue;
        }
        if dates.end_of_life.is_none() && !extended && found(&SUNSET, &piece.text) {
            dates.end_of_life = Some((*day, piece.line));
            continue;
        }
        return Err(Refusal::quoting(
            piece.line,
            &format!(
                "it is not clear whether {day} is the beginning of Extended Access or the end of life"
            ),
            &piece.text,
            "write `Extended access begins` or `End of life` beside the date",
        ));
    }
    Ok(())
}

fn set(
    slot: &mut Option<(NaiveDate, usize)>,
    entry: (NaiveDate, usize),
    what: &str,
    piece: &Piece,
) -> Result<(), Refusal> {
    match slot {
        Some((known, line)) if *known != entry.0 => Err(Refusal::quoting(
            piece.line,
            &format!(
                "two dates for {what}: {known} on line {line} and {}",
                entry.0
            ),
            &piece.text,
            "keep the right one; dates that differ by Region go into a notice for each set of Regions",
        )),
        Some(_) => Ok(()),
        None => {
            *slot = Some(entry);
            Ok(())
        }
    }
}

/// Legacy, Extended Access, end: anything else contradicts itself.
fn in_order(dates: &Dates, pieces: &[Piece]) -> Result<(), Refusal> {
    let steps = [
        ("Legacy", dates.legacy_from),
        ("Extended Access", dates.extended_access_from),
        ("the end of life", dates.end_of_life),
    ];
    let known: Vec<_> = steps
        .into_iter()
        .filter_map(|(what, date)| Some((what, date?)))
        .collect();
    for pair in known.windows(2) {
        if let [(first, (earlier, _)), (second, (later, line))] = pair
            && earlier >= later
        {
            let text = pieces.iter().find(|piece| piece.line == *line);
            return Err(Refusal::quoting(
                *line,
                &format!("{second} on {later} does not come after {first} on {earlier}"),
                text.map_or("", |piece| &piece.text),
                "correct the dates from the model's page",
            ));
        }
    }
    if let (Some((end, _)), Some((from, line))) = (
        dates.end_of_life,
        dates
            .prices_from
            .iter()
            .find(|(from, _)| dates.end_of_life.is_some_and(|(end, _)| *from >= end)),
    ) {
        return Err(Refusal::new(
            *line,
            format!("new prices on {from} would come after the end of life on {end}"),
            "correct the dates from the model's page",
        ));
    }
    Ok(())
}

/// The days of a piece with where they stand, in order.
fn days(piece: &Piece) -> Result<Vec<(NaiveDate, usize, usize)>, Refusal> {
    let mut days = Vec::new();
    let groups = ["month", "day", "year", "iso", "bad"];
    for (whole, [month, day, year, iso, bad]) in DAY.groups(&piece.text, groups) {
        let text = |part: Option<std::ops::Range<usize>>| {
            part.and_then(|part| piece.text.get(part)).unwrap_or("")
        };
        let written = text(Some(whole.clone()));
        let day = if bad.is_some() {
            None
        } else if iso.is_some() {
            written.parse().ok()
        } else {
            long_day(text(month), text(day), text(year))
        };
        let Some(day) = day else {
            return Err(Refusal::quoting(
                piece.line,
                &format!("'{}' is no date that can be read without guessing", written),
                &piece.text,
                "write it as `Month D, YYYY`, for example January 28, 2026",
            ));
        };
        days.push((day, whole.start, whole.end));
    }
    Ok(days)
}

fn long_day(month: &str, day: &str, year: &str) -> Option<NaiveDate> {
    let is_month = |name: &str| name == month || (month.len() == 3 && name.starts_with(month));
    let month = MONTHS.iter().position(|name| is_month(name))?;
    let month = u32::try_from(month + 1).ok()?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, month, day.parse().ok()?)
}

/// A line about the notice itself, of which no date is one of the model's.
fn is_aside(text: &str) -> bool {
    let of_model = found(&LEGACY, text) || found(&EXTENDED, text) || found(&END, text);
    found(&HEADER, text) || ((found(&REMINDER, text) || found(&SENT, text)) && !of_model)
}

/// The label of a date from the words before it, else (where it is the only one) after it.
fn label(head: &str, tail: &str, alone: bool) -> Option<Label> {
    let until = found(&UNTIL, head);
    let both = format!("{head} {tail}");
    if found(&SENT, &both) || found(&RELATIVE, &both) {
        return None;
    }
    if found(&PRICES, head) || (alone && found(&PRICES, &both)) {
        return Some(Label::Prices);
    }
    if found(&BY, head) {
        return Some(Label::Unclear);
    }
    if until {
        // What ends then is said before the date; what begins then, after it.
        return Some(match (found(&EXTENDED, tail), found(&END, tail)) {
            (true, false) => Label::ExtendedAccess,
            (false, true) => Label::EndOfLife,
            _ => Label::Unclear,
        });
    }
    plain(head).or_else(|| after(tail).filter(|_| alone || head.trim().len() < 8))
}

/// What the words after a date name: there a bare `Legacy state` must be all of them.
fn after(words: &str) -> Option<Label> {
    let bare = BARE.groups(words, ["what"]).into_iter().next();
    match bare.and_then(|(_, [what])| words.get(what?)) {
        Some(what) if what.eq_ignore_ascii_case("legacy") => Some(Label::Legacy),
        Some(_) => Some(Label::ExtendedAccess),
        None => plain(&format!("{words} ;")),
    }
}

/// What some words name: the end wins over the Extended Access that it ends only where the two
/// are not said at once.
fn plain(words: &str) -> Option<Label> {
    let extended = found(&EXTENDED_BEGINS, words);
    let end = found(&END, words);
    match (extended, end) {
        (true, true) => Some(nearest(words)),
        (true, false) => Some(Label::ExtendedAccess),
        (false, true) => Some(Label::EndOfLife),
        _ if found(&LEGACY, words) => Some(Label::Legacy),
        _ if found(&SUNSET, words) => Some(Label::Unclear),
        _ => None,
    }
}

/// Of two labels before a date the last one holds.
fn nearest(words: &str) -> Label {
    let last = |pattern: &Pattern| pattern.spans(words).last().map(|span| span.end);
    if last(&END) > last(&EXTENDED) {
        Label::EndOfLife
    } else {
        Label::ExtendedAccess
    }
}
