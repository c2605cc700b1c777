//! What is taken away is noted, and the log itself can be taken to be verified elsewhere.
//!
//! Invariant: files are found by the table of routes, so that one that is added is tested by that;
//! the chain is followed from the file alone.

use std::process::Command;

use aval_domain::audit::Act;
use aval_domain::user::{Permission, Role};
use aval_gateway::audit;
use aval_server::backoffice::route::{ROUTES, Row};

use super::routes::Things;
use crate::support::gateway::Gateway;
use crate::support::office;

/// Rows whose answer is a file of data.
fn files() -> impl Iterator<Item = &'static Row> {
    let is_file = |path: &str| {
        [".csv", ".xlsx", ".pdf"]
            .iter()
            .any(|end| path.ends_with(end))
    };
    ROUTES.iter().filter(move |row| is_file(row.path))
}

#[tokio::test]
async fn every_file_of_data_is_noted_with_who_took_it_and_what_was_asked_for() {
    let gateway = Gateway::sqlite().await;
    let things = Things::of(&gateway, &gateway.caller).await;
    let ours = gateway.merchant_id();
    let mut admin = office::signed_in(&gateway, ours, Role::Administrator).await;
    let storage = &gateway.server.app.storage;
    assert_eq!(files().count(), 6, "the table has files");
    for row in files() {
        let path = things.path(row);
        let asked = format!("{path}?q=status%3Apaid&month=2020-01&from=2020-01-01");
        admin.get(&asked).await.expect(200);
        let last = storage.last_entry(ours).await.unwrap().unwrap().act;
        assert!(last.action.ends_with(".export"), "{path}: {last:?}");
        assert_eq!(last.actor, "administrator", "{path}");
        assert_eq!(last.address, "127.0.0.1", "{path}");
        let ending = row.path.rsplit('.').next().unwrap();
        assert_eq!(last.detail, format!("format={ending}"), "{path}");
        let what = match last.action.as_str() {
            "transactions.export" => "status:paid".to_owned(),
            "statement.export" => "2020-01".to_owned(),
            "audit.export" => "from-2020-01-01".to_owned(),
            "job.export" => things.job.clone(),
            other => panic!("nobody knows what {other} is"),
        };
        assert_eq!(last.subject, what, "{path}");
    }
}

#[test]
fn no_file_of_data_is_for_who_only_looks() {
    for row in files() {
        let asked = row.permission().unwrap();
        assert!(!Role::Viewer.may(asked), "{}", row.path);
    }
    let result = files().find(|row| row.path == "/jobs/{job}/result.csv");
    let asked = result.and_then(Row::permission).unwrap();
    assert_eq!(asked, Permission::TakeResult);
    for role in [Role::Operator, Role::Finance, Role::Administrator] {
        assert!(role.may(asked), "{role:?}");
    }
}

/// The cells of a line of CSV, as any reader gives them.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => cell.push(signs.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            sign => cell.push(sign),
        }
    }
    cells.push(cell);
    cells
}

/// What a cell stands for, as docs/back-office.md says.
fn field(cell: &str) -> String {
    if cell.starts_with('"') {
        return serde_json::from_str(cell).unwrap();
    }
    cell.to_owned()
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Follows the chain from a file alone; the numbers that hold.
fn verified(csv: &str) -> Vec<u64> {
    let mut lines = csv.lines();
    let head = cells(lines.next().unwrap());
    let mut before: Option<Vec<u8>> = None;
    let mut numbers = Vec::new();
    for line in lines {
        let row = cells(line);
        let cell = |name: &str| &row[head.iter().position(|one| one == name).unwrap()];
        let number: u64 = cell("Number").parse().unwrap();
        let at: i64 = cell("AtMicros").parse().unwrap();
        let merchant = bytes(&cell("MerchantId").replace('-', ""));
        let texts = ["Actor", "Action", "Subject", "Detail", "Address"];
        let mut fields = vec![
            merchant,
            number.to_be_bytes().to_vec(),
            at.to_be_bytes().to_vec(),
        ];
        fields.extend(texts.map(|name| field(cell(name)).into_bytes()));
        let hash_before = bytes(cell("HashBefore"));
        if before.is_some_and(|before| before != hash_before) {
            break;
        }
        let mut hashed = hash_before;
        for field in fields {
            hashed.extend(u64::try_from(field.len()).unwrap().to_be_bytes());
            hashed.extend(field);
        }
        let hash = bytes(cell("Hash"));
        if aval_vault::audit_hash(&hashed).to_vec() != hash {
            break;
        }
        before = Some(hash);
        numbers.push(number);
    }
    numbers
}

/// What the program that docs/back-office.md prints says of a file.
fn by_the_docs(csv: &str) -> String {
    const DOCS: &str = include_str!("../../../../../docs/back-office.md");
    let (_, rest) = DOCS.split_once("```python\n").unwrap();
    let program = rest.split_once("```").unwrap().0;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.csv");
    std::fs::write(&file, csv).unwrap();
    let mut python = Command::new("python3");
    let ran = python.arg("-c").arg(program).arg(&file).output().unwrap();
    let (said, wrong) = (ran.stdout, String::from_utf8(ran.stderr).unwrap());
    let said = String::from_utf8(said).unwrap() + &wrong;
    let known = ["the chain holds", "the chain is broken"];
    let found = known.into_iter().find(|known| said.starts_with(known));
    found.map(str::to_owned).unwrap_or(said)
}

#[tokio::test]
async fn the_log_is_taken_as_a_file_from_which_somebody_outside_follows_the_chain() {
    let gateway = Gateway::sqlite().await;
    let ours = gateway.merchant_id();
    let mut admin = office::signed_in(&gateway, ours, Role::Administrator).await;
    // What people type comes back byte for byte, and is no formula.
    let payload = "=cmd|' /C calc'!A0;=1+1,\"<img src=x>\"\r\n\\";
    let act = Act::new("=ana", "search.save", payload).with("\"quoted\"");
    let app = &gateway.server.app;
    audit::commit(app, ours, &act, Vec::new()).await.unwrap();
    for _ in 0..510 {
        admin.get("/statement/export.csv").await.expect(200);
    }
    let answer = admin.get("/audit/export.csv").await.expect(200);
    let csv = answer.text();
    let last = app.storage.last_entry(ours).await.unwrap().unwrap();
    assert_eq!(
        last.act.action, "audit.export",
        "that it was taken is its end"
    );
    let all: Vec<u64> = (1..=last.number).collect();
    assert_eq!(verified(csv), all);
    assert!(
        csv.lines()
            .all(|line| !line.contains(",=") && !line.contains(",\"="))
    );
    let told = csv.lines().find(|line| line.contains("search.save"));
    let told = cells(told.unwrap());
    let told = [4, 6, 7].map(|at| field(&told[at]));
    assert_eq!(told, ["=ana", payload, "\"quoted\""]);
    assert_eq!(by_the_docs(csv), "the chain holds");
    // A cell that somebody changed is found.
    let changed = csv.replacen("statement.export", "statement.exporT", 1);
    assert!(verified(&changed).len() < all.len());
    assert_eq!(by_the_docs(&changed), "the chain is broken");
    // A period: days of which there is nothing, and today's.
    let day = gateway.server.app.clock.now().day();
    let none = admin
        .get("/audit/export.csv?to=2020-01-01")
        .await
        .expect(200);
    assert_eq!(
        none.text().lines().count(),
        1,
        "only the names of the columns"
    );
    let some = format!("/audit/export.csv?from={day}&to={day}");
    let some = admin.get(&some).await.expect(200);
    assert_eq!(verified(some.text()).len(), all.len() + 2);
    let name = some.header("content-disposition").unwrap();
    assert!(name.contains(&format!("{day}-to-{day}.csv")), "{name}");
}
