//! The server on SQLite, killed under load.
//!
//! Invariant: what was acknowledged is there after a kill, once; what was asked for again by its
//! Idempotency-Key happened once.

use std::time::Duration;

use rusqlite::Connection;

use super::support::home::Home;
use super::support::http::Http;
use super::support::load::{Ends, Load, Sale};
use super::support::random::Random;
use super::support::server::Server;
use super::support::{check, say};

/// Times the server is killed.
const CYCLES: u64 = 50;

#[test]
fn fifty_kills_lose_nothing_that_was_acknowledged_and_double_nothing() {
    let mut random = Random::new("crash on SQLite");
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let mut all: Vec<Sale> = Vec::new();
    let (mut doubts, mut server) = (0, Server::start(&home, &[]));
    for cycle in 0..CYCLES {
        let load = Load {
            api: server.api,
            merchant: &merchant,
            prefix: format!("k{cycle}"),
            ends: Ends::Lost,
            clients: 8,
        };
        let (work, moment) = (random.between(1, 150), random.below(4_000));
        let mut sales = load.run(&mut random, |progress| {
            progress.advance(work);
            std::thread::sleep(Duration::from_micros(moment));
            server.kill();
        });
        server = Server::start(&home, &[]);
        doubts += sales.iter().filter(|sale| sale.doubt.is_some()).count();
        let mut http = Http::new(server.api);
        sales.iter_mut().for_each(|sale| sale.resolve(&mut http));
        check::all(server.api, &merchant, &sales);
        all.append(&mut sales);
    }
    let found = check::all(server.api, &merchant, &all);
    server.stop();
    let sales = all.len();
    say(&format!(
        "{sales} sales, {found} found, {doubts} requests cut off"
    ));
    assert!(doubts > 0, "no kill hit a request in flight");
    stored_soundly(&home, found);
}

/// The file itself: sound, with these sales, one for each order.
fn stored_soundly(home: &Home, sales: usize) {
    let database = Connection::open(home.data().join("aval.db")).unwrap();
    let text = |sql: &str| -> String { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(text("PRAGMA integrity_check"), "ok");
    let counted = text("SELECT count(*) || ' ' || count(DISTINCT order_id) FROM sales");
    assert_eq!(counted, format!("{sales} {sales}"));
    let beyond = "SELECT count(*) || '' FROM sales WHERE captured > amount OR voided > captured";
    assert_eq!(text(beyond), "0");
}
