//! How the program ends before a command has run.
//!
//! Invariant: what goes to standard error is one line, and it repeats no value that may be
//! secret: flags are named without their values, other words only when they look like names.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The exit code for a wrong flag, key, value or file.
const USAGE: u8 = 2;

/// The exit code for what no argument could mend.
const FAILURE: u8 = 1;

/// The longest word that an error repeats.
const WORD_CHARS_MAX: usize = 40;

/// An end of the program: what to print, where, and the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    code: u8,
    text: String,
}

impl Exit {
    /// The end because of a wrong flag, key, value or file: one line and exit code 2.
    pub fn usage(what: &str) -> Self {
        Self {
            code: USAGE,
            text: format!("aval: {}\n", one_line(what)),
        }
    }

    /// The end because of anything else, such as a store out of reach: one line and exit code 1.
    pub fn failure(what: &str) -> Self {
        Self {
            code: FAILURE,
            text: format!("aval: {}\n", one_line(what)),
        }
    }

    /// What is printed: on standard output with exit code 0, else on standard error.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// Prints the text and gives the exit code for `main` to return.
    pub fn print(&self) -> ExitCode {
        // A reader that has gone away is no reason to end in another way.
        if self.code == 0 {
            let _ = io::stdout().write_all(self.text.as_bytes());
        } else {
            complain(self.text.clone());
        }
        ExitCode::from(self.code)
    }
}

/// Writes to standard error, and waits a second at the most: a full pipe that nobody reads must not
/// keep alive what has failed.
fn complain(text: String) {
    let (writes, written) = mpsc::channel::<()>();
    let writer = thread::Builder::new().spawn(move || {
        let _ = io::stderr().write_all(text.as_bytes());
        drop(writes);
    });
    if writer.is_ok() {
        // Closed when all is written; nothing else comes.
        let _ = written.recv_timeout(Duration::from_secs(1));
    }
}

/// Turns what clap found wrong into an exit.
pub(super) fn condensed(error: &clap::Error, mut command: Command, args: &[OsString]) -> Exit {
    let kind = error.kind();
    if kind == ErrorKind::DisplayHelp || kind == ErrorKind::DisplayVersion {
        return Exit {
            code: 0,
            text: error.render().to_string(),
        };
    }
    command.build();
    let (command, path) = innermost(&command, args);
    Exit::usage(&format!(
        "{}; try '{path} --help'",
        complaint(error, command, &path)
    ))
}

fn complaint(error: &clap::Error, command: &Command, path: &str) -> String {
    let kind = error.kind();
    let arg = || name(&context(error, ContextKind::InvalidArg));
    if kind == ErrorKind::UnknownArgument {
        unknown_argument(error)
    } else if kind == ErrorKind::InvalidSubcommand {
        let word = context(error, ContextKind::InvalidSubcommand);
        let meant = meant(error, ContextKind::SuggestedSubcommand);
        format!("unknown command{} after {path}{meant}", quoted_name(&word))
    } else if kind == ErrorKind::MissingSubcommand
        || kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    {
        let names = command.get_subcommands().map(Command::get_name);
        let names: Vec<&str> = names.filter(|name| *name != "help").collect();
        format!("{path} needs a command: {}", names.join(", "))
    } else if kind == ErrorKind::MissingRequiredArgument {
        format!("missing {}", context(error, ContextKind::InvalidArg))
    } else if kind == ErrorKind::InvalidValue || kind == ErrorKind::TooFewValues {
        // No flag has a list of values for clap to check, so this is always a missing one.
        format!("{} needs a value", arg())
    } else if kind == ErrorKind::TooManyValues {
        format!("{} takes no value", arg())
    } else if kind == ErrorKind::ArgumentConflict {
        format!("{} is given more than once", arg())
    } else if let (ErrorKind::ValueValidation, Some(source)) = (kind, error.source()) {
        format!("{}: {source}", arg())
    } else {
        kind.to_string()
    }
}

fn unknown_argument(error: &clap::Error) -> String {
    let arg = context(error, ContextKind::InvalidArg);
    if arg.starts_with('-') {
        let meant = meant(error, ContextKind::SuggestedArg);
        format!("unknown flag {}{meant}", name(&arg))
    } else {
        format!("unexpected argument{}", quoted_name(&arg))
    }
}

fn meant(error: &clap::Error, kind: ContextKind) -> String {
    let names: Vec<String> = match error.get(kind) {
        Some(ContextValue::String(text)) => vec![name(text)],
        Some(ContextValue::Strings(texts)) => texts.iter().map(|text| name(text)).collect(),
        _ => Vec::new(),
    };
    if names.is_empty() {
        return String::new();
    }
    format!(" (did you mean {}?)", names.join(" or "))
}

// The command the arguments had reached when they went wrong, with the words that lead to it.
fn innermost<'a>(command: &'a Command, args: &[OsString]) -> (&'a Command, String) {
    let mut command = command;
    let mut path = command.get_name().to_owned();
    let mut words = args.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        if word.starts_with('-') {
            if takes_next_word(command, &word) {
                words.next();
            }
        } else if let Some(inner) = command.find_subcommand(word.as_ref()) {
            command = inner;
            path = format!("{path} {word}");
        } else {
            break;
        }
    }
    (command, path)
}

fn takes_next_word(command: &Command, flag: &str) -> bool {
    command
        .get_arguments()
        .find(|arg| arg.get_long().is_some() && arg.get_long() == flag.strip_prefix("--"))
        .is_some_and(|arg| arg.get_action().takes_values() && !arg.is_require_equals_set())
}

fn context(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    }
}

// `--api-addr` of `--api-addr <HOST:PORT>` or `--api-addr=VALUE`; `ID` of `<ID>`.
fn name(arg: &str) -> String {
    let text = match arg.strip_prefix('<') {
        Some(positional) => positional.split('>').next(),
        None => arg.split([' ', '=', '[']).next(),
    };
    text.unwrap_or(arg).to_owned()
}

// A word in the wrong place may be anything, even a password that slipped; repeat names only.
fn quoted_name(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if word.chars().count() <= WORD_CHARS_MAX && word.chars().all(plain) {
        format!(" {word:?}")
    } else {
        String::new()
    }
}

fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let line = lines.join("; ");
    line.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    fn refusal(line: &str) -> String {
        let exit = parse(line.split(' ')).unwrap_err();
        assert_eq!(exit.code(), 2, "{line}");
        let text = exit.text();
        let text = text
            .strip_prefix("aval: ")
            .unwrap_or_else(|| panic!("{text}"));
        let text = text.strip_suffix('\n').unwrap_or_else(|| panic!("{text}"));
        assert!(!text.contains('\n'), "{text}");
        text.to_owned()
    }

    #[test]
    fn what_is_wrong_fits_one_line() {
        let cases = [
            (
                "aval",
                "aval needs a command: serve, config, merchant, user, audit, clock, listen, fraud, \
                 recurrence, keys, backup, cert; try 'aval --help'",
            ),
            (
                "aval clock",
                "aval clock needs a command: show, set, advance, reset; try 'aval clock --help'",
            ),
            (
                "aval merchnt list",
                "unknown command \"merchnt\" after aval (did you mean merchant?); \
                 try 'aval --help'",
            ),
            (
                "aval serv",
                "unknown command \"serv\" after aval (did you mean user or serve?); \
                 try 'aval --help'",
            ),
            (
                "aval serve --foo",
                "unknown flag --foo; try 'aval serve --help'",
            ),
            (
                "aval --data-dir clock serve --api-adr x",
                "unknown flag --api-adr (did you mean --api-addr?); try 'aval serve --help'",
            ),
            (
                "aval serve --api-addr",
                "--api-addr needs a value; try 'aval serve --help'",
            ),
            (
                "aval serve --seed 1 --seed 2",
                "--seed is given more than once; try 'aval serve --help'",
            ),
            (
                "aval serve --strict-hosts no",
                "unexpected argument \"no\"; try 'aval serve --help'",
            ),
            (
                "aval merchant list --json=yes",
                "--json takes no value; try 'aval merchant list --help'",
            ),
            (
                "aval merchant create",
                "missing --name <NAME>; try 'aval merchant create --help'",
            ),
            (
                "aval clock advance 31",
                "DURATION: \"31\": 31 has no unit; units are d, h, m and s; \
                 try 'aval clock advance --help'",
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(refusal(line), expected, "{line}");
        }
    }

    #[test]
    fn no_value_that_may_be_secret_is_repeated() {
        for line in [
            "aval serve --databse-url=postgres://aval:hunter2@host/aval",
            "aval serve --databse-url postgres://aval:hunter2@host/aval",
            "aval serve postgres://aval:hunter2@host/aval",
            "aval postgres://aval:hunter2@host/aval",
            "aval merchant set M hunter2",
            "aval merchant set M =hunter2",
            "aval merchant show M notification_secret=hunter2",
            "aval merchant list --json=hunter2",
            "aval serve --database-url hunter2:a --database-url hunter2:b",
        ] {
            let text = refusal(line);
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert!(!refusal("aval --a\u{1b}[31m\nb").contains('\u{1b}'));
    }
}
