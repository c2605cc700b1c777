//! The browser of the page tests: Chromium, Node.js to drive it, the packages that do, and what
//! reads what it shows: bar codes and PDFs.
//!
//! Invariant: as in `tools`: what is missing is installed by an ordinary package client and
//! announced. The packages live in the target directory, never in the repository or the program.

use crate::tools::apt_install;
use crate::{layout, process};
use std::fs;
use std::path::Path;

/// The files that name the packages and their checksums.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// Makes sure that the tests find a browser and its driver.
pub fn install() -> Result<(), String> {
    for (program, what, packages) in [
        ("chromium", "Chromium", ["chromium"].as_slice()),
        ("node", "Node.js", &["nodejs"]),
        ("npm", "npm", &["npm"]),
        ("zbarimg", "zbar, which reads bar codes", &["zbar-tools"]),
        ("pdftotext", "Poppler, which reads PDFs", &["poppler-utils"]),
    ] {
        if process::find(program).is_none() {
            apt_install(what, packages)?;
        }
    }
    let version = process::output(process::command("chromium").arg("--version"))?;
    println!("browser: {version}");
    packages(&layout::browser())
}

/// Installs the packages of the lock file, unless they are there.
fn packages(place: &Path) -> Result<(), String> {
    let wanted = layout::root().join("xtask/browser");
    let is_same = |name: &str| {
        let there = fs::read(place.join("installed").join(name));
        fs::read(wanted.join(name)).is_ok_and(|ours| there.is_ok_and(|theirs| theirs == ours))
    };
    let names = "puppeteer-core, axe-core and brazilian-utils";
    if FILES.iter().all(|name| is_same(name)) {
        println!("page tests: {names} (there already)");
        return Ok(());
    }
    println!("page tests: installing the npm packages {names}");
    copy(&wanted, place)?;
    let mut npm = process::command("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .arg("--prefix")
        .arg(place);
    process::must(&mut npm)?;
    // Noted last, so that an installation that broke off is made again.
    copy(&wanted, &place.join("installed"))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let told = |error: std::io::Error| format!("{}: {error}", to.display());
    fs::create_dir_all(to).map_err(told)?;
    for name in FILES {
        fs::copy(from.join(name), to.join(name)).map_err(told)?;
    }
    Ok(())
}
