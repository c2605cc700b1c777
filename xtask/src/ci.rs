//! `cargo xtask ci`: every check of the repository, the same here as in continuous integration.
//!
//! Invariant: nothing is passed over in silence. A step runs, or its failure ends the run, or the
//! output and the last line say what could not be checked and why.

use crate::pg::{self, Installation};
use crate::{browser, layout, process, runs, tidy, tools};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long the advisory database may take to arrive.
const FETCH_SECONDS: &str = "180";

/// What the steps need and leave for the last line.
struct Run {
    strict_advisories: bool,
    python: PathBuf,
    deny: PathBuf,
    postgres: Option<Installation>,
    unchecked: Vec<String>,
}

type Step = (&'static str, fn(&mut Run) -> Result<(), String>);

/// The documentation tests come before the others so that the run closes with the count of the
/// largest set.
const STEPS: [Step; 9] = [
    ("tools", install_tools),
    ("format", |_| {
        process::must(&mut process::cargo(&["fmt", "--all", "--check"]))
    }),
    ("tidy", |_| tidy::run(&layout::root())),
    ("lint", |_| lint()),
    ("fuzz targets", |_| fuzz_targets()),
    ("licences, bans and sources", |run| check_dependencies(run)),
    ("advisories", check_advisories),
    ("documentation tests", |run| {
        process::must(&mut documentation_tests(run))
    }),
    ("tests", |run| {
        test(run, runs::tests(&run.python).arg("--workspace"))
    }),
];

/// Runs all steps, stopping at the first that fails.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut run = Run {
        strict_advisories: strict(
            arguments,
            std::env::var("AVAL_CI_ADVISORIES").ok().as_deref(),
        )?,
        python: PathBuf::new(),
        deny: PathBuf::new(),
        postgres: None,
        unchecked: Vec::new(),
    };
    let begun = Instant::now();
    for (number, (name, step)) in (1..).zip(STEPS) {
        println!("\n==> {number}/{} {name}", STEPS.len());
        let step_begun = Instant::now();
        let unchecked = run.unchecked.len();
        step(&mut run).map_err(|problem| format!("ci failed at the step `{name}`: {problem}"))?;
        let end = if run.unchecked.len() == unchecked {
            "passed in"
        } else {
            "NOT CHECKED, after"
        };
        println!("<== {name}: {end} {}", duration(step_begun.elapsed()));
    }
    println!("\n{}", closing(begun.elapsed(), &run.unchecked));
    Ok(())
}

fn strict(arguments: &[String], variable: Option<&str>) -> Result<bool, String> {
    let by_variable = match variable {
        None | Some("") => false,
        Some("required") => true,
        Some(other) => return Err(format!("AVAL_CI_ADVISORIES is `{other}`, not `required`")),
    };
    match arguments {
        [] => Ok(by_variable),
        [flag] if flag == "--strict-advisories" => Ok(true),
        [other, ..] => Err(format!("ci does not take `{other}`")),
    }
}

fn install_tools(run: &mut Run) -> Result<(), String> {
    let postgres = Installation::find_or_install()?;
    println!("PostgreSQL: {}", postgres.bin.display());
    run.postgres = Some(postgres);
    run.python = tools::python()?;
    browser::install()?;
    run.deny = tools::cargo_deny()?;
    let runner = if tools::has_nextest() {
        "cargo nextest"
    } else {
        "cargo test (no nextest)"
    };
    println!("test runner: {runner}");
    Ok(())
}

fn lint() -> Result<(), String> {
    let arguments = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ];
    process::must(&mut process::cargo(&arguments))
}

/// They are a workspace of their own and are run on other toolchains, but they build on ours; with
/// the versions of the repository, whose lock is theirs.
fn fuzz_targets() -> Result<(), String> {
    let (root, target) = (layout::root(), layout::target().join("fuzz"));
    let fuzz = root.join("fuzz");
    std::fs::copy(root.join("Cargo.lock"), fuzz.join("Cargo.lock"))
        .map_err(|error| format!("the lock of the fuzz targets cannot be written: {error}"))?;
    let mut check = process::cargo(&["check", "--manifest-path"]);
    check.arg(fuzz.join("Cargo.toml"));
    process::must(check.arg("--target-dir").arg(target))
}

fn check_dependencies(run: &Run) -> Result<(), String> {
    let arguments = [
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ];
    process::must(deny(&run.deny).args(arguments))
}

/// Against the RustSec database, which has to be fetched for it.
fn check_advisories(run: &mut Run) -> Result<(), String> {
    let mut fetch = process::command("timeout");
    fetch
        .arg(FETCH_SECONDS)
        .arg(&run.deny)
        .args(["--locked", "fetch", "db"]);
    // Git must fail rather than wait for someone to type a password.
    let fetched = fetch
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .map_err(|error| format!("`{}` did not start: {error}", process::describe(&fetch)))?;
    if fetched.status.success() {
        return process::must(deny(&run.deny).args(["check", "advisories"]));
    }
    let reason = fetch_failure(&String::from_utf8_lossy(&fetched.stderr));
    let notice =
        format!("advisories and yanked crates cannot be checked: no RustSec database ({reason})");
    if run.strict_advisories {
        return Err(notice);
    }
    println!("{notice}");
    run.unchecked
        .push("advisories and yanked crates".to_owned());
    Ok(())
}

/// The line that tells why: git's own, else cargo-deny's.
fn fetch_failure(stderr: &str) -> String {
    let starting = |mark: &str| {
        stderr
            .lines()
            .find(|line| line.contains(mark))
            .map(str::trim)
    };
    let line = starting("fatal: ").or_else(|| starting("[ERROR]"));
    line.or_else(|| stderr.lines().last())
        .unwrap_or("no answer in time")
        .to_owned()
}

fn deny(program: &Path) -> Command {
    let mut command = process::command(program);
    command.arg("--locked");
    command
}

fn documentation_tests(run: &Run) -> Command {
    let mut command = process::cargo(&["test", "--doc", "--workspace", "--locked"]);
    command.env("AVAL_TEST_PYTHON", &run.python);
    command
}

fn test(run: &Run, command: &mut Command) -> Result<(), String> {
    let postgres = run
        .postgres
        .as_ref()
        .ok_or("PostgreSQL was not looked for")?;
    match pg::run_inside(postgres, command)? {
        0 => Ok(()),
        code => Err(format!(
            "`{}` ended with exit status {code}",
            process::describe(command)
        )),
    }
}

fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds}.{} s", time.subsec_millis() / 100),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

fn closing(time: Duration, unchecked: &[String]) -> String {
    let time = duration(time);
    if unchecked.is_empty() {
        return format!("Everything passed in {time}.");
    }
    format!(
        "Everything that could be checked passed in {time}; not checked: {}.",
        unchecked.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strictness_comes_from_the_flag_or_the_variable() {
        let flag = ["--strict-advisories".to_owned()];
        assert_eq!(strict(&[], None), Ok(false));
        assert_eq!(strict(&[], Some("")), Ok(false));
        assert_eq!(strict(&[], Some("required")), Ok(true));
        assert_eq!(strict(&flag, None), Ok(true));
        assert!(strict(&[], Some("optional")).is_err());
        assert!(strict(&["--fast".to_owned()], None).is_err());
    }

    #[test]
    fn the_last_line_says_what_was_not_checked() {
        let time = Duration::from_millis(61_500);
        assert_eq!(closing(time, &[]), "Everything passed in 1 min 1 s.");
        let unchecked = ["advisories".to_owned()];
        assert!(closing(time, &unchecked).ends_with("; not checked: advisories."));
    }

    #[test]
    fn durations_are_readable() {
        assert_eq!(duration(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(3_600)), "60 min 0 s");
    }

    #[test]
    fn the_reason_is_gits_own_line_when_it_gave_one() {
        let both = "2026 [ERROR] failed to fetch\nCloning\nfatal: no such host\n\n";
        assert_eq!(fetch_failure(both), "fatal: no such host");
        assert_eq!(
            fetch_failure("2026 [ERROR] failed\n"),
            "2026 [ERROR] failed"
        );
        assert_eq!(fetch_failure(""), "no answer in time");
    }
}
