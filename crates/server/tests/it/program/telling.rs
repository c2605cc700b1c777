//! What merchants are told through kills of the server, and of what commands change.
//!
//! Invariant: the record of a change stands in its commit, so a kill before its delivery loses
//! none, and it is delivered by whoever runs later.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::support::home::Home;
use super::support::http::{Http, Request};
use super::support::load::{Ends, Load, Sale};
use super::support::random::Random;
use super::support::server::Server;
use super::support::{eventually, say};
use crate::notifications::receiver::{Posted, Receiver, Reply};

/// Times the server is killed.
const CYCLES: u64 = 3;
/// How long a killed server's lease holds, and then some.
const LEASE_OVER: Duration = Duration::from_secs(60);

mod on_sqlite {
    #[test]
    fn a_server_that_ends_leaves_what_it_was_delivering_to_the_next() {
        super::ended(&super::Home::sqlite());
    }

    #[test]
    fn kills_between_commit_and_delivery_lose_no_notification() {
        super::killed(&super::Home::sqlite());
    }

    #[test]
    fn what_a_command_changes_is_told_by_the_next_server() {
        super::changed_by_a_command(&super::Home::sqlite());
    }
}
mod on_postgresql {
    #[test]
    fn a_server_that_ends_leaves_what_it_was_delivering_to_the_next() {
        super::ended(&super::Home::postgres());
    }

    #[test]
    fn kills_between_commit_and_delivery_lose_no_notification() {
        super::killed(&super::Home::postgres());
    }

    #[test]
    fn what_a_command_changes_is_told_by_the_next_server() {
        super::changed_by_a_command(&super::Home::postgres());
    }
}

/// The versions of each payment, in the order in which they were told first.
fn told(posted: &[Posted]) -> HashMap<String, Vec<u32>> {
    let mut told: HashMap<String, Vec<u32>> = HashMap::new();
    for post in posted {
        let payment = post.json()["Payment"]["PaymentId"].clone();
        let versions = told
            .entry(payment.as_str().unwrap().to_owned())
            .or_default();
        let version = post.header("aval-payment-version").parse().unwrap();
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    told
}

fn killed(home: &Home) {
    let mut random = Random::new("kills and notifications");
    let runtime = Runtime::new().unwrap();
    let receiver = runtime.block_on(Receiver::answering(vec![]));
    let merchant = home.merchant(&[]);
    let url = format!("notification_url={}", receiver.url());
    home.run(&["merchant", "set", &merchant.id, &url]).ok();
    let (mut sales, mut late) = (Vec::new(), 0);
    for cycle in 0..CYCLES {
        let server = Server::start(home, &[]);
        let load = Load {
            api: server.api,
            merchant: &merchant,
            prefix: format!("k{cycle}"),
            ends: Ends::Lost,
            clients: 8,
        };
        let work = random.between(20, 150);
        let sold = load.run(&mut random, |progress| {
            progress.advance(work);
            server.kill();
        });
        let told = told(&receiver.posted());
        let untold = |sale: &&Sale| sale.id.as_ref().is_some_and(|id| !told.contains_key(id));
        late += sold.iter().filter(untold).count();
        sales.extend(sold.into_iter().filter_map(|sale| sale.id));
    }
    assert!(late > 0, "no kill came before a delivery");
    say(&format!("{} sales, {late} not told at a kill", sales.len()));
    let server = Server::start(home, &[]);
    let told = eventually("everything is told", LEASE_OVER, || {
        let told = told(&receiver.posted());
        sales.iter().all(|id| told.contains_key(id)).then_some(told)
    });
    for (payment, versions) in &told {
        assert!(
            versions.is_sorted() && versions[0] == 1,
            "{payment}: {versions:?}"
        );
    }
    server.stop();
}

fn ended(home: &Home) {
    let runtime = Runtime::new().unwrap();
    let receiver = runtime.block_on(Receiver::answering(vec![Reply::Hang]));
    let merchant = home.merchant(&[]);
    let url = format!("notification_url={}", receiver.url());
    home.run(&["merchant", "set", &merchant.id, &url]).ok();
    let server = Server::start(home, &[]);
    server.ask(&merchant.sale("hangs", 100)).expect(201);
    runtime.block_on(receiver.wait_for(1));
    server.stop();
    let server = Server::start(home, &[]);
    // Sooner than a lease ends.
    let again = runtime.block_on(receiver.wait_for(2));
    assert_eq!(again[0].body, again[1].body);
    server.stop();
}

fn changed_by_a_command(home: &Home) {
    let runtime = Runtime::new().unwrap();
    let receiver = runtime.block_on(Receiver::answering(vec![]));
    let merchant = home.merchant(&[]);
    let url = format!("notification_url={}", receiver.url());
    home.run(&["merchant", "set", &merchant.id, &url]).ok();
    let server = Server::start(home, &[]);
    let token = std::fs::read_to_string(home.data().join("admin-token")).unwrap();
    let body = json!({ "MerchantId": merchant.id, "Fault": "LostAfter" });
    let fault = Request::new("PUT", "/sandbox/faults")
        .header("Authorization", &format!("Bearer {token}"))
        .body(body.to_string());
    Http::new(server.backoffice).must(&fault).expect(200);
    let sold = server.ask(&merchant.sale("lost", 100)).expect(201).json();
    assert_eq!(sold["Payment"]["Status"], 0);
    let query = server.query;
    server.stop();
    home.run(&["clock", "advance", "1m"]).ok();
    assert!(receiver.posted().is_empty(), "no server runs");
    let server = Server::start(home, &[]);
    let posted = runtime.block_on(receiver.wait_for(1)).remove(0).json();
    assert_eq!(posted["Payment"]["Status"], 1);
    let id = sold["Payment"]["PaymentId"].as_str().unwrap();
    assert_eq!(posted["Payment"]["PaymentId"], id);
    let link = &posted["Payment"]["Links"][0]["Href"];
    let expected = format!("http://{query}/1/sales/{id}");
    assert_eq!(*link, Value::from(expected), "as the server is reached");
    server.stop();
}
