//! `cargo xtask`: the chores of this repository, each one command.
//!
//! Invariant: standard library only, so that it builds in a second on a fresh clone and can itself
//! fetch whatever the rest of the repository needs.

mod browser;
mod ci;
mod layout;
mod pg;
mod process;
mod runs;
mod tidy;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  ci [--strict-advisories]  every check, as continuous integration runs them
  tidy                      the source-tidiness check alone
  pg [-- COMMAND ARGS…]     a throwaway PostgreSQL, for COMMAND or until Enter
  bench [ARGS…]             `aval-bench run ARGS…` on release builds and a throwaway PostgreSQL
  bless [ARGS…]             run the tests, rewriting the committed copies they compare with

COMMAND sees AVAL_TEST_DATABASE_URL, AVAL_TEST_PG_DIR, AVAL_TEST_PG_BIN and AVAL_TEST_PG_USER.
The cluster lives under $TMPDIR (or /tmp) and is gone when the command ends.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command that the arguments name; the number is the exit status to end with.
fn dispatch(arguments: &[String]) -> Result<u8, String> {
    let Some((command, rest)) = arguments.split_first() else {
        return Err(format!("no command given\n{USAGE}"));
    };
    match command.as_str() {
        "ci" => ci::run(rest).map(|()| 0),
        "tidy" => tidy::run(&layout::root()).map(|()| 0),
        "pg" => pg::run(without_separator(rest)),
        "bench" => runs::bench(without_separator(rest)),
        "bless" => runs::bless(without_separator(rest)),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(0)
        }
        other => Err(format!("no such command: {other}\n{USAGE}")),
    }
}

/// `pg -- psql` and `pg psql` mean the same.
fn without_separator(arguments: &[String]) -> &[String] {
    match arguments.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => arguments,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn only_the_leading_separator_is_dropped() {
        let with = strings(&["--", "sh", "--", "x"]);
        assert_eq!(without_separator(&with), strings(&["sh", "--", "x"]));
        let without = strings(&["sh", "-c"]);
        assert_eq!(without_separator(&without), without);
        assert!(without_separator(&[]).is_empty());
    }

    #[test]
    fn an_unknown_command_names_itself_and_the_usage() {
        let problem = dispatch(&strings(&["frobnicate"])).unwrap_err();
        assert!(problem.starts_with("no such command: frobnicate\nusage:"));
    }
}
