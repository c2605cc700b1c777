//! Payments in doubt through a kill of the server (decision D15).
//!
//! Invariant: an attempt is durable before the acquirer is asked, so a kill between the two leaves
//! a payment that is found out, never one that nobody knows.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::eventually;
use super::support::home::{Home, Merchant};
use super::support::http::{Http, Request};
use super::support::server::Server;

const SOON: Duration = Duration::from_secs(20);

mod on_sqlite {
    #[test]
    fn a_kill_between_attempt_and_answer_leaves_a_payment_that_is_found_out() {
        super::killed_between(&super::Home::sqlite());
    }
}
mod on_postgresql {
    #[test]
    fn a_kill_between_attempt_and_answer_leaves_a_payment_that_is_found_out() {
        super::killed_between(&super::Home::postgres());
    }
}

/// Sets a fault over the sandbox API.
fn fault(home: &Home, server: &Server, merchant: &Merchant, fault: &str) {
    let token = std::fs::read_to_string(home.data().join("admin-token")).unwrap();
    let body = json!({ "MerchantId": merchant.id, "Fault": fault, "DelayMs": 60_000 });
    let set = Request::new("PUT", "/sandbox/faults")
        .header("Authorization", &format!("Bearer {token}"))
        .body(body.to_string());
    Http::new(server.backoffice).must(&set).expect(200);
}

/// The only payment of an order, once there is one.
fn payment(server: &Server, merchant: &Merchant, order: &str) -> String {
    let list = merchant.request("GET", format!("/1/sales?merchantOrderId={order}"));
    let found = eventually("the attempt is durable", SOON, || {
        let answer = Http::new(server.query).must(&list);
        (answer.status == 200).then(|| answer.json())
    });
    let payments = found["Payment"].as_array().unwrap();
    assert_eq!(payments.len(), 1, "{found}");
    payments[0]["PaymentId"].as_str().unwrap().to_owned()
}

fn status(server: &Server, merchant: &Merchant, payment: &str) -> Value {
    let look = merchant.request("GET", format!("/1/sales/{payment}"));
    let answer = Http::new(server.query).must(&look).expect(200);
    answer.json()["Payment"]["Status"].clone()
}

fn killed_between(home: &Home) {
    let merchant = home.merchant(&[]);
    let server = Server::start(home, &[]);
    fault(home, &server, &merchant, "LostAfter");
    let sold = server.ask(&merchant.sale("approved", 100)).expect(201);
    assert_eq!(sold.json()["Payment"]["Status"], 0);
    fault(home, &server, &merchant, "Delay");
    let sale = merchant.sale("asking", 100);
    let api = server.api;
    let waiting = std::thread::spawn(move || Http::new(api).send(&sale).is_err());
    let asking = payment(&server, &merchant, "asking");
    server.kill();
    assert!(waiting.join().unwrap(), "it was answered");
    let server = Server::start(home, &[]);
    let approved = payment(&server, &merchant, "approved");
    home.run(&["clock", "advance", "5m"]).ok();
    // The answer was lost, the authorization was not; the other was never asked for.
    assert_eq!(status(&server, &merchant, &approved), 1);
    assert_eq!(status(&server, &merchant, &asking), 3);
    fault(home, &server, &merchant, "LostAfter");
    server.ask(&merchant.sale("soon", 100)).expect(201);
    let soon = payment(&server, &merchant, "soon");
    eventually("the server finds out by itself", SOON, || {
        (status(&server, &merchant, &soon) == 1).then_some(())
    });
    let history = home
        .run(&["merchant", "history", &merchant.id, "--json"])
        .json();
    assert_eq!(history["Changes"], json!([]));
    home.run(&["merchant", "set", &merchant.id, "credit=false"])
        .ok();
    let history = home
        .run(&["merchant", "history", &merchant.id, "--json"])
        .json();
    let change = &history["Changes"][0];
    let told = [
        &change["By"],
        &change["Key"],
        &change["From"],
        &change["To"],
    ];
    assert_eq!(told, ["cli", "credit", "true", "false"]);
    home.run(&[
        "merchant",
        "history",
        "24bc8366-fc31-4d6c-8555-17049a836a07",
    ])
    .refused();
    server.stop();
}
