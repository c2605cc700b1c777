//! The document of the API: served, committed, and about the routes that there are.
//!
//! Invariant: docs/api/openapi.json is what the code says; `AVAL_BLESS=1` rewrites it.

use std::collections::BTreeSet;
use std::path::Path;

use aval_api::route::ROUTES;
use aval_server::openapi;
use aval_server::sandbox;
use serde_json::{Value, json};

use crate::support::gateway::Gateway;
use crate::support::http::Request;

const COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api/openapi.json");

#[test]
fn the_committed_document_is_what_the_code_says() {
    let path = Path::new(COPY);
    let text = openapi::text();
    if std::env::var_os("AVAL_BLESS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let how = "docs/api/openapi.json is not what the code says: run `cargo xtask bless`";
    assert!(committed == text, "{how}");
}

#[test]
fn its_paths_are_the_route_table() {
    let document: Value = serde_json::from_str(&openapi::text()).unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let template: Vec<&str> = path
            .split('/')
            .map(|part| if part.starts_with('{') { "{}" } else { part })
            .collect();
        for method in item.as_object().unwrap().keys() {
            described.insert((method.to_uppercase(), template.join("/")));
        }
    }
    let routes = ROUTES
        .iter()
        .map(|row| (row.method.to_owned(), row.path.to_owned()));
    let sandbox = sandbox::ROUTES
        .iter()
        .map(|row| (row.method.to_owned(), row.path.to_owned()));
    assert_eq!(described, routes.chain(sandbox).collect());
}

#[test]
fn every_operation_has_the_headers_and_statuses_that_apply_to_it() {
    let document: Value = serde_json::from_str(&openapi::text()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            let is_sandbox = path.starts_with("/sandbox");
            let changes = method != "get" && !is_sandbox;
            let has = |name: &str| {
                let parameters = operation["parameters"].as_array().unwrap();
                parameters
                    .iter()
                    .any(|p| p["name"] == name && p["in"] == "header")
            };
            assert!(has("RequestId"), "{what}");
            assert_eq!(has("Idempotency-Key"), changes, "{what}");
            let responses = &operation["responses"];
            for (status, only) in [
                ("401", true),
                ("403", !is_sandbox),
                ("404", true),
                ("405", true),
                ("409", changes),
                ("413", true),
                ("422", changes),
                ("429", !is_sandbox),
                ("500", true),
                ("503", true),
            ] {
                assert_eq!(responses[status].is_object(), only, "{what} {status}");
            }
            for (status, response) in responses.as_object().unwrap() {
                let headers = &response["headers"];
                assert!(headers["RequestId"].is_object(), "{what} {status}");
                let is_kept = ["200", "201", "400", "404"].contains(&status.as_str());
                let replayed = headers["Idempotency-Replayed"].is_object();
                assert_eq!(replayed, changes && is_kept, "{what} {status}");
                let located = headers["Location"].is_object();
                assert_eq!(located, changes && status == "201", "{what} {status}");
            }
        }
    }
}

#[tokio::test]
async fn its_answers_have_what_every_answer_has() {
    let gateway = Gateway::sqlite().await;
    for address in [gateway.api, gateway.query] {
        for (method, status) in [("GET", 200), ("POST", 405), ("DELETE", 405)] {
            let request = Request::new(address, method, "/openapi.json");
            let answer = request.header("RequestId", "reader").send().await;
            let answer = answer.expect(status);
            assert_eq!(answer.header("requestid"), Some("reader"), "{method}");
            let kind = answer.header("content-type");
            assert_eq!(kind, Some("application/json; charset=utf-8"), "{method}");
            if status == 405 {
                assert_eq!(answer.header("allow"), Some("GET, HEAD"));
                assert_eq!(answer.json(), json!([]));
            }
            let made = Request::new(address, method, "/openapi.json").send().await;
            assert_eq!(made.header("requestid").map(str::len), Some(36));
        }
    }
    let metrics = gateway.server.telemetry.metrics.render();
    let counted = r#"aval_requests_total{route="none",status="200"} 4"#;
    assert!(metrics.contains(counted), "{metrics}");
}

#[tokio::test]
async fn it_is_served_to_everyone_on_both_listeners() {
    let gateway = Gateway::sqlite().await;
    for address in [gateway.api, gateway.query] {
        let answer = Request::new(address, "GET", "/openapi.json").send().await;
        let answer = answer.expect(200);
        assert_eq!(answer.text(), openapi::text());
        let kind = answer.header("content-type");
        assert_eq!(kind, Some("application/json; charset=utf-8"));
    }
}
