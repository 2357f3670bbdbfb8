//! The plain reader against the TOML library.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    On(String),
    Off,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Option<String>,
    count: Option<u64>,
    #[serde(default)]
    list: Vec<String>,
    choice: Option<Choice>,
    table: Option<BTreeMap<String, i64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    row: Vec<Spanned<Entry>>,
    #[serde(default)]
    other: Vec<Spanned<Entry>>,
}

impl OfRows for File {
    fn take(&mut self, kind: &str, row: Row<'_, '_>) -> Result<(), NotPlain> {
        match kind {
            "row" => row.add_to(&mut self.row),
            "other" => row.add_to(&mut self.other),
            _ => Err(NotPlain),
        }
    }
}

impl File {
    fn rows(&self) -> Vec<(usize, &Entry)> {
        let all = self.row.iter().chain(&self.other);
        all.map(|row| (row.span().start, row.get_ref())).collect()
    }
}

/// What is read is what the library reads.
fn agrees(text: &str) -> bool {
    let plain: Option<File> = read(text);
    let library: Result<File, _> = toml::from_str(text);
    match plain {
        None => true,
        Some(plain) => library.is_ok_and(|library| library.rows() == plain.rows()),
    }
}

#[test]
fn the_plain_form_is_read_as_the_library_reads_it() {
    for text in [
        "",
        "# nothing\n\n",
        "[[row]]",
        "# é\n[[row]] # a\nid = \"x é 🚀\" # b\n\n  count=12\n[[other]]\n[[row]]\nid=''",
        "[[row]]\nlist = []\nchoice = \"off\"\n",
        "[[row]]\nlist = [ # one\n  'a\\b', # two\n\n \"b\",\n]\nchoice = {on=\"x\" }",
        "[[row]]\nid = \"\\\"a\\\\ \\\"\\\"\"\nlist = [\"\\\"\"]",
        "[[row]]\ntable = { a = 1, b = 23 }\n[[row]]\ntable = {}",
    ] {
        assert!(read::<File>(text).is_some() && agrees(text), "{text}");
    }
}

#[test]
fn what_is_not_plain_is_left_to_the_library() {
    for text in [
        "id = 'a'",
        "[row]",
        "[[row]]\r\n",
        "[[rows]]",
        "[[row]]\nid = \"a\\n\"",
        "[[row]]\nid = \"\"\"a\"\"\"",
        "[[row]]\nid = ",
        "[[row]]\nid = 'a' 'b'",
        "[[row]]\nid = 'a\u{7}'",
        "[[row]]\nid = 'a' # \u{7}",
        "[[row]] # \u{7f}\n",
        "[[row]]\nid = 'a'\nid = 'a'",
        "[[row]]\nid = 1.5",
        "[[row]]\ncount = 012",
        "[[row]]\ncount = 1_000",
        "[[row]]\ncount = 1e3",
        "[[row]]\ncount = 99999999999999999999",
        "[[row]]\ncount = 2026-10-01",
        "[[row]]\n'id' = 'a'",
        "[[row]]\ntable.a = 1",
        "[[row]]\n[row.table]\na = 1",
        "[[row]]\nlist = ['a' 'b']",
        "[[row]]\nlist = [, 'a']",
        "[[row]]\nlist = ['a',, 'b']",
        "[[row]]\nlist = ['a'",
        "[[row]]\ntable = { a = 1, }",
        "[[row]]\ntable = { a = 1, a = 1 }\nmore = 1",
        "[[row]]\ntable = { a = 1\n }",
        "[[row]]\nchoice = { on = 'x', off = 'y' }",
        "[[row]]\nchoice = { off = 'y' }",
        "[[row]]\nchoice = 'on'",
        "[[row]]\nmore = 1",
        "[[row]]\nid",
        "[[row]]\nid = ",
        "[[row]]\n= 1",
        "[[row]",
        "\u{feff}[[row]]",
    ] {
        assert!(read::<File>(text).is_none(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_pieces_are_read_as_the_library_reads_them(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("[[row]]\n"), Just("[[other]]"), Just("\n"), Just("id = "), Just("count="),
                Just("list = ["), Just("]"), Just("'a'"), Just("\"b\""), Just("choice = "),
                Just("{ on = "), Just("}"), Just("'off'"), Just("table = {"), Just("a = 1"),
                Just(","), Just("# c\n"), Just(" "), Just("12"), Just("0"), Just("\\"), Just("\\\""),
                Just("\""), Just("'"), Just("\r\n"), Just("\t"), Just("é"), Just("[row]"),
            ],
            0..14,
        ),
    ) {
        let text = pieces.concat();
        prop_assert!(agrees(&text), "{}", text);
        let within = format!("[[row]]\n{text}");
        prop_assert!(agrees(&within), "{}", within);
    }
}
