//! Requests that documents and guides print, sent as they stand there.
//!
//! Invariant: what somebody pastes works.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::body::Body;
use crate::support::gateway::Gateway;

/// Where requests are printed.
const FOLDERS: [&str; 3] = [
    "../..",
    "../../docs",
    "templates/backoffice/developer/guides",
];

fn texts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = FOLDERS.into_iter().flat_map(|folder| {
        let files = std::fs::read_dir(root.join(folder)).unwrap();
        files.map(|file| file.unwrap().path())
    });
    let is_read = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        matches!(ending, Some("md" | "html"))
    };
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    files.filter(is_read).map(read).collect()
}

/// The sales of a text: bodies of POST /1/sales that need nothing from the shell.
fn sales(text: &str) -> Vec<Value> {
    let mut sales = Vec::new();
    let mut command = "";
    for (at, part) in text.split("-d '").enumerate() {
        let (body, rest) = part.split_once('\'').unwrap_or((part, ""));
        let call = command.rsplit("curl").next().unwrap_or_default();
        let call = call.rsplit("api ").next().unwrap_or_default();
        let is_sale = call.contains("/1/sales") && !call.contains("PUT");
        // A variable of the shell stands between two quotation marks.
        if at > 0 && is_sale && !rest.starts_with('"') {
            sales.push(serde_json::from_str(body).unwrap_or_else(|why| panic!("{why}: {body}")));
        }
        command = if at == 0 { part } else { rest };
    }
    sales
}

#[tokio::test]
async fn every_sale_that_a_document_prints_is_accepted() {
    let gateway = Gateway::sqlite().await;
    let (mut sent, mut analysed) = (0, 0);
    for (path, text) in texts() {
        for sale in sales(&text) {
            let answer = gateway.sell(&Body(sale.clone())).await;
            let said = answer.text();
            assert_eq!(answer.status, 201, "{}: {sale} {said}", path.display());
            sent += 1;
            if path.ends_with("antifraud.md") {
                let payment = answer.json()["Payment"].clone();
                assert_eq!(payment["Status"], 1, "{payment}");
                assert_eq!(payment["FraudAnalysis"]["Status"], 1, "{payment}");
                analysed += 1;
            }
        }
    }
    assert!(sent >= 10, "{sent}");
    assert_eq!(analysed, 1);
}
