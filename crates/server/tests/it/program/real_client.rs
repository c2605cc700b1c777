//! A public client library, unchanged, against the program.
//!
//! Invariant: what its users call works: sale, capture, void, query and token.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::home::{Home, Ran};
use super::support::server::Server;

#[test]
fn the_python_library_sells_captures_voids_queries_and_makes_tokens() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = script.join("tests/it/program/clients/cielo_client.py");
    let urls = [server.api, server.query].map(|address| format!("http://{address}"));
    let mut client = Command::new(python());
    client
        .env("PYTHONWARNINGS", "ignore")
        .arg(script)
        .args(urls);
    client.args([&merchant.id, &merchant.key]);
    let told = Ran::of(&mut client).json();

    let sold = &told["sold"]["Payment"];
    assert_eq!(
        (&sold["Status"], &sold["ReturnCode"]),
        (&1.into(), &"4".into()),
        "{told}"
    );
    assert_eq!(sold["CreditCard"]["CardNumber"], "000000******0001");
    assert_eq!(told["captured"]["Status"], 2);
    assert_eq!(told["part_voided"]["Status"], 2);
    let queried = &told["queried"];
    assert_eq!(queried["MerchantOrderId"], "python1");
    assert_eq!(queried["Payment"]["PaymentId"], sold["PaymentId"]);
    for (name, amount) in [
        ("Amount", 15700),
        ("CapturedAmount", 15000),
        ("VoidedAmount", 5000),
    ] {
        assert_eq!(queried["Payment"][name], amount, "{name}: {told}");
    }
    assert_eq!(told["voided"]["Status"], 10);
    assert_eq!(told["denied"]["Payment"]["Status"], 3);
    let token = told["token"]["CardToken"].as_str().unwrap();
    assert_eq!(token.len(), 36);
    let by_token = &told["sold_by_token"]["Payment"];
    assert_eq!(
        (&by_token["Status"], &by_token["Amount"]),
        (&1.into(), &200.into())
    );
    assert_eq!(by_token["CreditCard"]["CardToken"], token);
    let refused = told["refused"]
        .as_str()
        .expect("a second capture is refused");
    assert!(refused.contains("[308]"), "{refused}");
}

/// The interpreter that has the library.
fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("AVAL_TEST_PYTHON") {
        return PathBuf::from(python);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join("target/ci/venv/bin/python");
    assert!(
        python.exists(),
        "AVAL_TEST_PYTHON is not set and {} is not there: run the tests by `cargo xtask ci`",
        python.display()
    );
    python
}
