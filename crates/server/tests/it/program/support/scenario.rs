//! Scenarios in a real browser: scripts of `browser/`, run by node.
//!
//! Invariant: why a scenario failed is said after everything else, where who reads a log looks.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::home::Ran;
use super::server::Server;
use crate::support::browser;

/// Plays a scenario against a server; what the script printed. It is given its arguments, of which
/// the first names the scenario, and what it is told in AVAL_TEST_SERVER.
pub fn play(server: &Server, script: &str, arguments: &[&str], told: &Value) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/program/browser");
    let mut node = Command::new("node");
    node.env("AVAL_TEST_BROWSER", browser::packages())
        .env("AVAL_TEST_SERVER", told.to_string())
        .arg(folder.join(script))
        .args(arguments);
    let ran = Ran::of(&mut node);
    if ran.code != 0 {
        server.say_last_lines();
        panic!("{script} {arguments:?} failed:\n{}", ran.err);
    }
    ran.json()
}
