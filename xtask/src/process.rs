//! Running other programs.
//!
//! Invariant: a program that fails becomes one line that names the command and how it ended.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// A command in the repository's root, with what `cargo run` sets for this program alone taken
/// away: build scripts that watch those variables would otherwise run again on each change of
/// caller.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(crate::layout::root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// A cargo command, by the very cargo that runs this program.
pub fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = command(program);
    command.args(arguments);
    command
}

/// Runs it to the end; anything but success is the error.
pub fn must(command: &mut Command) -> Result<(), String> {
    let status = status(command)?;
    if status.success() {
        return Ok(());
    }
    Err(format!("`{}` {}", describe(command), ending(status)))
}

/// Runs it to the end and says how it ended.
pub fn status(command: &mut Command) -> Result<ExitStatus, String> {
    command
        .status()
        .map_err(|error| format!("`{}` did not start: {error}", describe(command)))
}

/// Runs it for its standard output, trimmed; anything but success is the error.
pub fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("`{}` did not start: {error}", describe(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said
            .lines()
            .rfind(|line| !line.trim().is_empty())
            .unwrap_or_default();
        return Err(format!(
            "`{}` {}: {last}",
            describe(command),
            ending(output.status)
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The command as one would type it, the program by its bare name.
pub fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The exit status as a shell would give it on: a signal is 128 and its number.
pub fn code(status: ExitStatus) -> u8 {
    let number = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    number
        .and_then(|number| u8::try_from(number).ok())
        .unwrap_or(1)
}

fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit status {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended in an unknown way".to_owned(),
    }
}

/// The program's path when `$PATH` has it. Root's own directories are looked through as well:
/// a plain user's `$PATH` on Debian lacks them.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let extra = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    let mut places = std::env::split_paths(&path).chain(extra);
    places.find_map(|place| {
        let candidate = place.join(program);
        is_executable(&candidate).then_some(candidate)
    })
}

/// Whether this is a file that may be run.
pub fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Whether this runs as root.
pub fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_its_status() {
        let problem = must(Command::new("/bin/sh").args(["-c", "exit 7"])).unwrap_err();
        assert_eq!(problem, "`sh -c exit 7` ended with exit status 7");
    }

    #[test]
    fn output_gives_the_last_line_of_what_went_wrong() {
        let problem = output(Command::new("sh").args(["-c", "echo one >&2; echo two >&2; exit 1"]));
        assert!(
            problem
                .unwrap_err()
                .ends_with("ended with exit status 1: two")
        );
    }

    #[test]
    fn a_signal_is_128_and_its_number() {
        let status = status(Command::new("sh").args(["-c", "kill -TERM $$"])).unwrap();
        assert_eq!(code(status), 143);
        assert_eq!(ending(status), "was ended by signal 15");
    }

    #[test]
    fn finds_programs_by_the_path() {
        assert!(find("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(find("no-such-program-anywhere"), None);
    }
}
