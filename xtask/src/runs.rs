//! `cargo xtask bench` and `cargo xtask bless`, and how the tests are run.
//!
//! Invariant: whoever runs the tests runs the same ones, inside a throwaway PostgreSQL and with
//! the same variables.

use crate::pg::{self, Installation};
use crate::{browser, layout, process, tools};
use std::path::Path;
use std::process::Command;

/// Builds the server and the load generator for release and runs `aval-bench run` with the
/// arguments inside a throwaway PostgreSQL; without any, everything into the committed report.
pub fn bench(arguments: &[String]) -> Result<u8, String> {
    let installation = Installation::find_or_install()?;
    let build = [
        "build",
        "--release",
        "--locked",
        "-p",
        "aval-server",
        "-p",
        "aval-bench",
    ];
    process::must(&mut process::cargo(&build))?;
    let release = layout::target().join("release");
    let report = layout::root().join("docs/benchmarks.md");
    let everything = [
        "--full".to_owned(),
        "--report".to_owned(),
        report.display().to_string(),
    ];
    let arguments = if arguments.is_empty() {
        &everything
    } else {
        arguments
    };
    let mut command = process::command(release.join("aval-bench"));
    command
        .arg("run")
        .args(arguments)
        .env("AVAL_BIN", release.join("aval"));
    pg::run_inside(&installation, &mut command)
}

/// Runs the tests, all of them or what the arguments choose, so that they rewrite the committed
/// copies they compare with.
pub fn bless(arguments: &[String]) -> Result<u8, String> {
    let installation = Installation::find_or_install()?;
    let python = tools::python()?;
    browser::install()?;
    let mut command = tests(&python);
    if arguments.is_empty() {
        command.arg("--workspace");
    }
    command.args(arguments).env("AVAL_BLESS", "1");
    let code = pg::run_inside(&installation, &mut command)?;
    if code == 0 {
        println!("The committed copies are rewritten: look at `git diff` before you commit.");
    }
    Ok(code)
}

/// The command that runs tests to the last one whatever fails: nextest when it is there, else
/// cargo's own runner. Which packages is the caller's to add. Documentation tests are not among
/// them.
pub fn tests(python: &Path) -> Command {
    let mut command = if tools::has_nextest() {
        process::cargo(&["nextest", "run", "--locked", "--profile", "ci"])
    } else {
        let kinds = ["--lib", "--bins", "--tests"];
        let mut plain = process::cargo(&["test", "--locked", "--no-fail-fast"]);
        plain.args(kinds);
        plain
    };
    command
        .env("AVAL_TEST_PYTHON", python)
        .env("AVAL_TEST_BROWSER", layout::browser());
    command
}
