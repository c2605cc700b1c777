//! What each listener serves beside the API, and the log of requests.
//!
//! Invariant: health, readiness and metrics are on the back-office listener alone, the description
//! of the API is on all; a request is one line of the log.

use std::net::SocketAddr;

use serde_json::Value;

use super::support::home::{Home, Merchant};
use super::support::http::{Answer, Http, Request};
use super::support::server::Server;
use super::support::{SOON, eventually};

fn get(address: SocketAddr, path: &str) -> Answer {
    Http::new(address).must(&Request::new("GET", path))
}

#[test]
fn each_listener_serves_what_belongs_to_it() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    for path in ["/healthz", "/readyz", "/metrics"] {
        get(server.backoffice, path).expect(200);
        get(server.api, path).expect(404);
        get(server.query, path).expect(404);
    }
    let documents = [server.api, server.query, server.backoffice].map(|address| {
        let document = get(address, "/openapi.json").expect(200);
        assert!(document.header("requestid").is_some());
        document.json()
    });
    assert!(
        documents[0]["paths"]["/1/sales"].is_object(),
        "{}",
        documents[0]
    );
    assert!(documents.iter().all(|document| *document == documents[0]));
    for address in [server.api, server.query] {
        Http::new(address)
            .must(&merchant.sale("both", 100))
            .expect(201);
    }
    Http::new(server.backoffice)
        .must(&merchant.sale("none", 100))
        .expect(404);
}

#[test]
fn what_the_back_office_does_not_have_is_told_like_everywhere() {
    let home = Home::sqlite();
    let server = Server::start(&home, &[]);
    for (method, path, status, allowed) in [
        ("GET", "/nothing", 404, None),
        ("POST", "/nothing", 404, None),
        ("POST", "/", 405, Some("GET,HEAD")),
        ("POST", "/healthz", 405, Some("GET,HEAD")),
        ("DELETE", "/metrics", 405, Some("GET,HEAD")),
        ("DELETE", "/register", 405, Some("GET,HEAD,POST")),
    ] {
        let request = Request::new(method, path).header("RequestId", "reader");
        let answer = Http::new(server.backoffice).must(&request).expect(status);
        assert_eq!(answer.header("requestid"), Some("reader"), "{path}");
        let kind = answer.header("content-type");
        assert_eq!(kind, Some("application/json; charset=utf-8"), "{path}");
        assert_eq!(answer.header("allow"), allowed, "{path}");
        assert_eq!(answer.json(), serde_json::json!([]), "{path}");
    }
}

#[test]
fn metrics_count_requests_by_route_and_status() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    for order in ["one", "two", "three"] {
        server.ask(&merchant.sale(order, 100)).expect(201);
    }
    server.ask(&merchant.sale("none", 0)).expect(400);
    let metrics = server.look("/metrics").expect(200);
    let kind = metrics.header("content-type").unwrap();
    assert!(kind.starts_with("text/plain"), "{kind}");
    let count = |status: &str| {
        let has = |line: &&str| {
            let named = line.starts_with("aval_requests_total{");
            named && line.contains("create_sale") && line.contains(status)
        };
        let line = metrics.body.lines().find(has);
        line.and_then(|line| line.rsplit(' ').next())
            .map(str::to_owned)
    };
    assert_eq!(count("201").as_deref(), Some("3"), "{}", metrics.body);
    assert_eq!(count("400").as_deref(), Some("1"), "{}", metrics.body);
}

#[test]
fn a_request_is_one_line_of_the_text_log() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    for (id, line) in asked(&server, &merchant) {
        let fields = [
            format!("request_id=\"{}\"", id.request),
            id.merchant
                .map_or(String::new(), |merchant| format!("merchant={merchant}")),
            format!("route=\"{}\"", id.route),
            format!("status={}", id.status),
            "micros=".to_owned(),
        ];
        for field in fields {
            assert!(line.contains(&field), "{field} in {line}");
        }
    }
}

#[test]
fn a_request_is_one_object_of_the_json_log() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let server = Server::start(&home, &["--log-format", "json"]);
    for (id, line) in asked(&server, &merchant) {
        let object: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(object["request_id"], id.request, "{line}");
        assert_eq!(
            object["merchant"].as_str(),
            id.merchant.as_deref(),
            "{line}"
        );
        assert_eq!(object["route"], id.route, "{line}");
        assert_eq!(object["status"], id.status, "{line}");
        assert!(
            object["micros"].as_u64().is_some_and(|micros| micros > 0),
            "{line}"
        );
    }
    let lines = server.log();
    let is_object = |line: &str| serde_json::from_str::<Value>(line).is_ok_and(|v| v.is_object());
    assert!(lines.lines().all(is_object), "{lines}");
}

/// What the log of a request must tell.
struct Told {
    request: &'static str,
    merchant: Option<String>,
    route: &'static str,
    status: u16,
}

/// Asks for this and that; gives what the log must tell of it and the one line that does.
fn asked(server: &Server, merchant: &Merchant) -> Vec<(Told, String)> {
    let known = Some(merchant.id.clone());
    let stranger = Request::new("POST", "/1/sales");
    let requests = [
        (
            merchant.sale("one", 100),
            "first-request",
            &known,
            "create_sale",
            201,
        ),
        (
            merchant.sale("two", 0),
            "second-request",
            &known,
            "create_sale",
            400,
        ),
        (
            merchant.request("GET", "/1/nothing"),
            "third-request",
            &None,
            "none",
            404,
        ),
        (stranger, "fourth-request", &None, "create_sale", 400),
    ];
    let told = requests.map(|(request, id, merchant, route, status)| {
        let answer = server.ask(&request.header("RequestId", id)).expect(status);
        assert_eq!(answer.header("requestid"), Some(id));
        Told {
            request: id,
            merchant: merchant.clone(),
            route,
            status,
        }
    });
    told.into_iter()
        .map(|told| {
            let lines = eventually("the request is logged", SOON, || {
                let log = server.log();
                let lines = log.lines().filter(|line| line.contains(told.request));
                let lines: Vec<String> = lines.map(str::to_owned).collect();
                (!lines.is_empty()).then_some(lines)
            });
            assert_eq!(lines.len(), 1, "{lines:?}");
            (told, lines[0].clone())
        })
        .collect()
}
