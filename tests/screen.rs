//! The program on a terminal: a real one (a pseudo-terminal), of a width that the test chooses.
//! And the help in the forms that shells and `man` read.

use std::fs::File;
use std::io::Read;
use std::os::fd::{FromRawFd, OwnedFd};
use std::process::Stdio;

use crate::program::Desk;

/// Both ends of a terminal: what the program writes to the second comes out of the first.
fn terminal(columns: u16) -> (File, OwnedFd) {
    let size = libc::winsize {
        ws_row: 40,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let (mut ours, mut theirs) = (-1, -1);
    let nothing = std::ptr::null_mut();
    // SAFETY: the two numbers are written before the call returns, and the size outlives it.
    let status = unsafe {
        libc::openpty(
            &raw mut ours,
            &raw mut theirs,
            nothing,
            nothing.cast(),
            (&raw const size).cast_mut(),
        )
    };
    assert_eq!(status, 0, "no pseudo-terminal");
    // SAFETY: both were just opened, and nobody else owns them.
    unsafe { (File::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) }
}

/// What a terminal of a width shows of a run.
fn shown(desk: &Desk, columns: u16, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let (mut ours, theirs) = terminal(columns);
    let mut command = desk.command(arguments);
    command
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(theirs)
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // The command holds the other end; the screen ends when the program's is the last.
    drop(command);
    let mut bytes = Vec::new();
    // Linux says EIO where others say that it is the end.
    let _ = ours.read_to_end(&mut bytes);
    assert!(child.wait().unwrap().success());
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

/// The text without colours.
fn plain(text: &str) -> String {
    let code = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    code.replace_all(text, "").into_owned()
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap()
}

const DEMO: [&str; 4] = ["report", "--demo", "--format", "csv"];

#[test]
fn the_screen_is_as_wide_as_the_terminal_and_the_same_in_every_pipe() {
    let desk = Desk::new();
    let piped = desk.run(&DEMO).expect(0).out;
    assert_eq!(widest(&piped), 100);
    // A person's settings do not reach a pipe.
    let mut command = desk.command(&DEMO);
    command.env("COLUMNS", "200").env("CLICOLOR_FORCE", "1");
    assert_eq!(desk.finish(command, b"").expect(0).out, piped);

    let of = |columns| shown(&desk, columns, &DEMO, &[]);
    assert_eq!(plain(&of(100)), piped);
    // A terminal that does not say.
    assert_eq!(plain(&of(0)), piped);
    let (narrow, wide) = (plain(&of(80)), plain(&of(200)));
    assert!(widest(&narrow) <= 80, "{narrow}");
    assert!((101..=160).contains(&widest(&wide)), "{wide}");
    assert_eq!(plain(&of(40)), narrow, "below 80 the terminal wraps");
    // Narrow or wide: the same headings, and every amount of the closed month.
    for part in [
        "COST OF 2026-10",
        "$92,169.68",
        "MOVE FIRST",
        "WHAT CHANGED",
    ] {
        assert!(narrow.contains(part) && wide.contains(part), "{part}");
    }
    // No amount is cut; findings are quoted in part on every screen.
    let cut = regex::Regex::new(r"\$[0-9,.]*…").unwrap();
    let (numbers, _) = narrow.split_once("LEFT OUT OR ASSUMED").unwrap();
    assert!(!cut.is_match(numbers), "{narrow}");
    // Nothing is cut that fits.
    assert!(
        !wide
            .lines()
            .any(|line| line.contains("…") && !line.contains("["))
    );
}

#[test]
fn colour_is_for_terminals_and_not_against_no_color() {
    let desk = Desk::new();
    let coloured = shown(&desk, 100, &DEMO, &[]);
    assert!(coloured.contains("\u{1b}[1m"));
    assert_eq!(
        shown(&desk, 100, &DEMO, &[("NO_COLOR", "1")]),
        plain(&coloured)
    );
    // The empty value is no wish.
    assert_eq!(shown(&desk, 100, &DEMO, &[("NO_COLOR", "")]), coloured);
    assert!(!desk.run(&DEMO).expect(0).out.contains('\u{1b}'));
}

#[test]
fn quiet_shows_nothing() {
    let quiet = [&DEMO[..], &["--quiet"]].concat();
    assert_eq!(shown(&Desk::new(), 100, &quiet, &[]), "");
}

#[test]
fn every_shell_gets_its_completions() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = desk.run(&["completions", shell]).expect(0).out;
        for word in ["report", "explain", "as-of", "fail-on", "metrics"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    desk.run(&["completions", "dos"])
        .expect(2)
        .says(&["dos", "possible values: bash"]);
}

#[test]
fn the_man_page_tells_what_the_help_tells() {
    let desk = Desk::new();
    let root = desk.run(&["man"]).expect(0).out;
    for part in [".TH eolcast 1", "SUBCOMMANDS", "eolcast\\-report(1)"] {
        assert!(root.contains(part), "{part}: {root}");
    }
    let report = desk.run(&["man", "report"]).expect(0).out;
    for part in [
        ".TH eolcast-report 1",
        "\"eolcast 0.",
        "\\-\\-fail\\-on",
        "Example: ",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    let metrics = desk.run(&["man", "fetch", "metrics"]).expect(0).out;
    assert!(metrics.contains("\\-\\-plan"), "{metrics}");
    // No path and no date of the machine.
    assert!(!root.contains("/home") && !root.contains("20"), "{root}");
    desk.run(&["man", "reprot"])
        .expect(2)
        .says(&["there is no command 'reprot'; eolcast has report, explain, fetch"]);
    desk.run(&["man", "report", "all"])
        .expect(2)
        .says(&["has no commands of its own"]);
}
