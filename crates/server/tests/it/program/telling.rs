//! What merchants are told through kills of the server, and of what commands change.
//!
//! Invariant: the record of a change stands in its commit, so a kill before its delivery loses
//! none, and it is delivered by whoever runs later.

use std::collections::HashMap;
use std::time::Duration;

use aval_domain::time::Timestamp;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::support::home::{Home, Merchant};
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
    fn a_server_that_ends_lets_a_post_end_and_records_it() {
        super::let_end(&super::Home::sqlite());
    }

    #[test]
    fn a_clock_moved_by_a_command_waits_for_every_retry_that_a_server_makes() {
        super::moved_by_a_command(&super::Home::sqlite());
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
    fn a_server_that_ends_lets_a_post_end_and_records_it() {
        super::let_end(&super::Home::postgres());
    }

    #[test]
    fn a_clock_moved_by_a_command_waits_for_every_retry_that_a_server_makes() {
        super::moved_by_a_command(&super::Home::postgres());
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
    let server = Server::start(home, &["--drain-seconds", "2"]);
    server.ask(&merchant.sale("hangs", 100)).expect(201);
    runtime.block_on(receiver.wait_for(1));
    server.stop();
    let server = Server::start(home, &[]);
    // Sooner than a lease ends.
    let again = runtime.block_on(receiver.wait_for(2));
    assert_eq!(again[0].body, again[1].body);
    server.stop();
}

/// The log of notifications of a merchant.
fn log(home: &Home, server: &Server, merchant: &Merchant) -> Value {
    let token = std::fs::read_to_string(home.data().join("admin-token")).unwrap();
    let path = format!("/sandbox/notifications?MerchantId={}", merchant.id);
    let look = Request::new("GET", path).header("Authorization", &format!("Bearer {token}"));
    Http::new(server.backoffice).must(&look).expect(200).json()
}

fn let_end(home: &Home) {
    let runtime = Runtime::new().unwrap();
    let late = Reply::Late(Duration::from_millis(1_500), 200);
    let receiver = runtime.block_on(Receiver::answering(vec![late]));
    let merchant = home.merchant(&[]);
    let url = format!("notification_url={}", receiver.url());
    home.run(&["merchant", "set", &merchant.id, &url]).ok();
    let server = Server::start(home, &[]);
    server.ask(&merchant.sale("late", 100)).expect(201);
    runtime.block_on(receiver.wait_for(1));
    server.stop();
    let server = Server::start(home, &[]);
    let log = log(home, &server, &merchant);
    assert_eq!(log["Notifications"][0]["State"], "Delivered", "{log}");
    assert_eq!(log["Deliveries"][0]["Status"], 200);
    server.stop();
    assert_eq!(receiver.posted().len(), 1, "it is sent once");
}

fn moved_by_a_command(home: &Home) {
    let runtime = Runtime::new().unwrap();
    let failing = || Reply::Status(500, String::new());
    let replies = (0..7).map(|_| failing()).collect();
    let receiver = runtime.block_on(Receiver::answering(replies));
    let merchant = home.merchant(&[]);
    let url = format!("notification_url={}", receiver.url());
    home.run(&["merchant", "set", &merchant.id, &url]).ok();
    let server = Server::start(home, &[]);
    server.ask(&merchant.sale("fails", 100)).expect(201);
    runtime.block_on(receiver.wait_for(1));
    let moved = home.run(&["clock", "advance", "20d", "--json"]).json();
    assert_eq!(receiver.posted().len(), 7, "all that is due is done");
    assert_eq!(moved["Ran"]["Notifications"], 6, "{moved}");
    let log = log(home, &server, &merchant);
    assert_eq!(log["Notifications"][0]["State"], "GivenUp", "{log}");
    let seconds = |at: usize| {
        let text = log["Deliveries"][at]["At"].as_str().unwrap();
        Timestamp::parse_rfc3339(text).unwrap().micros() / 1_000_000
    };
    // To the second, as they are shown, and as long as an attempt took.
    for (at, minutes) in [1, 5, 30, 120, 360, 1440].into_iter().enumerate() {
        let late = seconds(at + 1) - seconds(at) - minutes * 60;
        assert!((-1..30).contains(&late), "{at}: {late} s late: {log}");
    }
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
    let first = runtime.block_on(receiver.wait_for(1)).remove(0).json();
    assert_eq!(first["Payment"]["Status"], 0, "that it is in doubt is told");
    let query = server.query;
    server.stop();
    let moved = home.run(&["clock", "advance", "1m", "--json"]).json();
    assert_eq!(moved["Ran"]["Resolved"], 1);
    assert_eq!(receiver.posted().len(), 1, "no server runs");
    let server = Server::start(home, &[]);
    let posted = runtime.block_on(receiver.wait_for(2)).remove(1).json();
    assert_eq!(posted["Payment"]["Status"], 1);
    let id = sold["Payment"]["PaymentId"].as_str().unwrap();
    assert_eq!(posted["Payment"]["PaymentId"], id);
    let link = &posted["Payment"]["Links"][0]["Href"];
    let expected = format!("http://{query}/1/sales/{id}");
    assert_eq!(*link, Value::from(expected), "as the server is reached");
    server.stop();
}

/// A slip: what production can sell.
fn slip(merchant: &Merchant) -> Request {
    let body = json!({
        "MerchantOrderId": "2014111706",
        "Customer": {"Name": "Comprador", "Identity": "1234567890", "Address": {
            "Street": "Av Marechal Camara", "Number": "160", "ZipCode": "22750012",
            "City": "Rio de Janeiro", "State": "RJ", "Country": "BRA", "District": "Centro",
        }},
        "Payment": {
            "Type": "Boleto", "Amount": 15_700, "Provider": "Bradesco", "BoletoNumber": "123",
            "ExpirationDate": "2040-01-05",
        },
    });
    let request = merchant.request("POST", "/1/sales/");
    let request = request.header("Content-Type", "application/json");
    request.body(body.to_string())
}

#[test]
fn production_posts_to_no_private_address_unless_it_is_told_to() {
    const PRODUCTION: [&str; 2] = ["--environment", "production"];
    let home = Home::sqlite();
    std::fs::create_dir(home.data()).unwrap();
    let key = format!("1:{}=", "A".repeat(43));
    std::fs::write(home.data().join("vault.key"), key).unwrap();
    let runtime = Runtime::new().unwrap();
    let receiver = runtime.block_on(Receiver::answering(vec![]));
    let merchant = home.merchant(&PRODUCTION);
    let url = format!("notification_url={}", receiver.url());
    let set = ["merchant", "set", &merchant.id, &url, "boleto_agency=1234"];
    let set = [
        &set[..],
        &["boleto_account=76543", "boleto_wallet=9"],
        &PRODUCTION,
    ]
    .concat();
    home.run(&set).ok();
    let told = |server: &Server, outcome: &str| {
        let line = format!("aval_notifications_total{{outcome=\"{outcome}\"}} 1");
        eventually(&line, Duration::from_secs(20), || {
            let metrics = server.look("/metrics").expect(200);
            metrics.body.contains(&line).then_some(())
        });
    };
    let server = Server::start(&home, &PRODUCTION);
    server.ask(&slip(&merchant)).expect(201);
    told(&server, "failed");
    // What is logged is written a moment after it is counted.
    eventually("it is logged why", Duration::from_secs(20), || {
        let log = server.log();
        log.contains("the receiver has no public address")
            .then_some(())
    });
    server.stop();
    assert_eq!(receiver.connections(), 0);

    let allowing = [
        "--environment",
        "production",
        "--allow-private-notifications",
    ];
    let server = Server::start(&home, &allowing);
    server.ask(&slip(&merchant)).expect(201);
    told(&server, "delivered");
    server.stop();
    assert_eq!(receiver.posted().len(), 1);
}
