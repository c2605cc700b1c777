//! The examples that check a signature, each run where its runtime is at hand.
//!
//! Invariant: each takes what the product signs, and refuses what was changed or is too old.

use std::path::Path;
use std::process::{Command, Stdio};

const SECRET: &str = "segredo é";
const BODY: &str = r#"{"PaymentId":"24bc8366-fc31-4d6c-8555-17049a836a07","ChangeType":1}"#;
const MOMENT: i64 = 1_800_000_000;

/// The command of each, and whether it must be at hand.
const EXAMPLES: [(&[&str], bool); 5] = [
    (&["python3", "verify.py"], true),
    (&["node", "verify.js"], false),
    (&["php", "verify.php"], false),
    (&["java", "Verify.java"], false),
    (&["go", "run", "verify.go"], false),
];

#[test]
fn every_example_whose_runtime_is_at_hand_tells_the_genuine_from_the_forged() {
    let signed = aval_vault::sign_notification(SECRET, MOMENT, BODY.as_bytes());
    let header = format!("t={MOMENT},v1={signed}");
    let other = aval_vault::sign_notification("other", MOMENT, BODY.as_bytes());
    let forged = format!("t={MOMENT},v1={other}");
    let moved = header.replace("1800000000", "1800000001");
    let cases = [
        (header.as_str(), MOMENT + 299, BODY, "genuine"),
        (header.as_str(), MOMENT - 299, BODY, "genuine"),
        (header.as_str(), MOMENT + 301, BODY, "forged"),
        (header.as_str(), MOMENT, "{}", "forged"),
        (forged.as_str(), MOMENT, BODY, "forged"),
        (moved.as_str(), MOMENT, BODY, "forged"),
        ("t=1800000000", MOMENT, BODY, "forged"),
    ];
    let mut ran = Vec::new();
    for (command, must_run) in EXAMPLES {
        let is_there = Command::new("which").arg(command[0]).output().unwrap();
        if !is_there.status.success() {
            assert!(!must_run, "{} is not at hand", command[0]);
            continue;
        }
        for (header, now, body, expected) in cases {
            let told = run(command, [SECRET, header, &now.to_string()], body);
            assert_eq!(told, expected, "{command:?} {header} {now} {body}");
        }
        ran.push(command[0]);
    }
    crate::program::support::say(&format!("examples run: {}", ran.join(", ")));
}

fn run(command: &[&str], arguments: [&str; 3], body: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("../../docs/examples/verify-signature");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), body).unwrap();
    let ran = Command::new(command[0])
        .args(&command[1..])
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::from(std::fs::File::open(file.path()).unwrap()))
        .output()
        .unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    let err = String::from_utf8_lossy(&ran.stderr);
    let code = if out.trim() == "genuine" { 0 } else { 1 };
    assert_eq!(ran.status.code(), Some(code), "{command:?}: {err}");
    out.trim().to_owned()
}
