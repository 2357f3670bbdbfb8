//! The walker by itself: counts, strings, keys.

use super::json_count::Count;
use super::json_walker::{Stop, Walker};
use super::key_order::{Key, KeyOrder};
use std::borrow::Cow;

fn count(text: &str) -> Result<Count, Stop> {
    Walker::new(text.as_bytes()).count()
}

#[test]
fn counts_are_read_in_every_spelling() {
    for (text, expected) in [
        ("0 ", Count::Known(0)),
        ("12,", Count::Known(12)),
        ("\"12\"", Count::Known(12)),
        ("\" 12 \"", Count::Known(12)),
        ("12.0", Count::Known(12)),
        ("1e3", Count::Known(1000)),
        ("null", Count::Absent),
        ("\"\"", Count::Absent),
        ("-1", Count::Implausible),
        ("1.5", Count::Implausible),
        ("4294967295", Count::Known(4_294_967_295)),
        ("4294967296", Count::Implausible),
        ("99999999999999999999999", Count::Implausible),
        ("true", Count::Implausible),
        ("{\"a\":1}", Count::Implausible),
        ("\"many\"", Count::Implausible),
    ] {
        assert_eq!(count(text), Ok(expected), "{text}");
    }
    assert_eq!(count("nul"), Err(Stop::CutOff));
    assert_eq!(count("nope"), Err(Stop::Invalid));
    assert_eq!(count("-"), Err(Stop::CutOff));
}

#[test]
fn leading_zeros_end_the_number() {
    let mut walker = Walker::new(b"012");
    assert_eq!(walker.count(), Ok(Count::Known(0)));
    assert_eq!(walker.position(), 1);
}

#[test]
fn strings_end_at_the_quote_that_is_not_escaped() {
    let mut walker = Walker::new(br#""a\\\"b\\" ,"#);
    assert_eq!(walker.text(), Ok(Some(Cow::Owned(r#"a\"b\"#.to_owned()))));
    assert_eq!(walker.peek(), Ok(b','));
    assert_eq!(Walker::new(br#""open\""#).skip(), Err(Stop::CutOff));
    assert_eq!(Walker::new(b"\"raw\nbreak\"").text(), Err(Stop::Invalid));
}

/// Keys of a test: what a key means is its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Length(usize);

impl Key for Length {
    fn named(name: &[u8]) -> Self {
        Self(name.len())
    }
}

fn keys(text: &str, order: &mut KeyOrder<Length>) -> Result<Vec<usize>, Stop> {
    let mut keys = Vec::new();
    Walker::new(text.as_bytes()).known_object(order, |walker, Length(length)| {
        keys.push(length);
        walker.skip()
    })?;
    Ok(keys)
}

#[test]
fn keys_are_the_same_whatever_was_seen_before() {
    let long = "k".repeat(40);
    let texts = [
        (r#"{"a":1,"bb":"x","ccc":[1,2]}"#.to_owned(), vec![1, 2, 3]),
        (r#"{"ccc":0,"a":{},"bb":null}"#.to_owned(), vec![3, 1, 2]),
        // Blanks, escapes, a key that begins like another, one that is too long to remember.
        (r#"{ "a" :1, "bb":2,"a":3}"#.to_owned(), vec![1, 2, 1]),
        (r#"{"a":1,"bbb":2,"bb":3}"#.to_owned(), vec![1, 3, 2]),
        (format!(r#"{{"a":1,"{long}":2,"bb":3}}"#), vec![1, 40, 2]),
        ("{}".to_owned(), vec![]),
    ];
    let mut order = KeyOrder::new();
    for _ in 0..3 {
        for (text, expected) in &texts {
            assert_eq!(keys(text, &mut order).as_ref(), Ok(expected), "{text}");
            // Cut off anywhere, also inside a key that is expected.
            for end in 0..text.len() {
                assert_eq!(keys(&text[..end], &mut order), Err(Stop::CutOff), "{text}");
            }
        }
    }
}

#[test]
fn objects_with_ever_new_keys_are_read_and_not_remembered() {
    let mut order = KeyOrder::new();
    for number in 0..500 {
        let text = format!(r#"{{"{number:03}":1,"last":2}}"#);
        assert_eq!(keys(&text, &mut order), Ok(vec![3, 4]));
    }
}

#[test]
fn numbers_of_every_length_are_read_wherever_the_text_ends() {
    for digits in 1..=11 {
        let number = &"98765432109"[..digits];
        let value: u64 = number.parse().unwrap();
        let expected = match u32::try_from(value) {
            Ok(_) => Count::Known(value),
            Err(_) => Count::Implausible,
        };
        for behind in ["", ",", "}", ",\"a\":1}", " , \"aaaaaaaa\""] {
            let text = format!("{number}{behind}");
            let mut walker = Walker::new(text.as_bytes());
            assert_eq!(walker.count(), Ok(expected), "{text}");
            assert_eq!(walker.position(), digits, "{text}");
        }
    }
    assert_eq!(count("12.5e1,\"a\":1}"), Ok(Count::Known(125)));
    assert_eq!(count("0.0,\"a\":12"), Ok(Count::Known(0)));
}
