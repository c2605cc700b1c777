//! The server on PostgreSQL, with one or the other killed under load.
//!
//! Invariant: what was acknowledged is there afterwards, once; a server whose database was away
//! goes on by itself when it is back.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::support::home::{Home, Merchant};
use super::support::http::Http;
use super::support::load::{Ends, Load, Progress, Sale};
use super::support::postgres::{self, Cluster};
use super::support::random::Random;
use super::support::server::Server;
use super::support::{SOON, check, eventually, say};

/// Times each is killed.
const CYCLES: u64 = 10;

#[test]
fn kills_of_the_server_lose_nothing_that_was_acknowledged_and_double_nothing() {
    let mut random = Random::new("crash on PostgreSQL");
    let home = Home::postgres();
    let merchant = home.merchant(&[]);
    let (mut all, mut doubts) = (Vec::new(), 0);
    let mut server = Server::start(&home, &[]);
    for cycle in 0..CYCLES {
        let load = load(&server, &merchant, cycle, Ends::Lost);
        let (work, moment) = (random.between(1, 120), random.below(4_000));
        let mut sales = load.run(&mut random, |progress| {
            progress.advance(work);
            std::thread::sleep(Duration::from_micros(moment));
            server.kill();
        });
        server = Server::start(&home, &[]);
        doubts += settle(&server, &merchant, &mut sales);
        all.append(&mut sales);
    }
    let found = check::all(server.api, &merchant, &all);
    let sales = all.len();
    say(&format!(
        "{sales} sales, {found} found, {doubts} requests cut off"
    ));
    assert!(doubts > 0, "no kill hit a request in flight");
    server.stop();
}

#[test]
fn kills_of_postgresql_lose_nothing_and_the_server_recovers_by_itself() {
    let mut random = Random::new("crash of PostgreSQL");
    let mut cluster = Cluster::start();
    let url = cluster.database();
    let home = Home::with_database(url.clone());
    let merchant = home.merchant(&[]);
    let (mut all, mut doubts) = (Vec::new(), 0);
    let mut server = Server::start(&home, &[]);
    for cycle in 0..CYCLES {
        let load = load(&server, &merchant, cycle, Ends::Unavailable);
        let (work, moment) = (random.between(1, 120), random.below(4_000));
        let mut sales = load.run(&mut random, |progress| {
            progress.advance(work);
            std::thread::sleep(Duration::from_micros(moment));
            cluster.kill();
            while_away(&server, progress);
            cluster.restart();
            progress.advance(20);
        });
        assert!(server.runs());
        doubts += settle(&server, &merchant, &mut sales);
        all.append(&mut sales);
    }
    let found = check::all(server.api, &merchant, &all);
    let sales = all.len();
    say(&format!(
        "{sales} sales, {found} found, {doubts} requests in doubt"
    ));
    let counted = "SELECT count(*) || ' ' || count(DISTINCT order_id) FROM sales";
    assert_eq!(
        postgres::sql(&url, counted).trim(),
        format!("{found} {found}")
    );
    server.stop();
}

fn load<'a>(server: &Server, merchant: &'a Merchant, cycle: u64, ends: Ends) -> Load<'a> {
    Load {
        api: server.api,
        merchant,
        prefix: format!("k{cycle}"),
        ends,
        clients: 8,
    }
}

/// Without its database the server lives, says that it is not ready, and refuses work.
fn while_away(server: &Server, progress: &Progress) {
    eventually("clients are told 503", SOON, || {
        (progress.unavailable.load(Ordering::Relaxed) > 0).then_some(())
    });
    server.look("/healthz").expect(200);
    server.look("/readyz").expect(503);
}

/// Asks again where that is safe, and checks; gives how many requests were in doubt.
fn settle(server: &Server, merchant: &Merchant, sales: &mut [Sale]) -> usize {
    let doubts = sales.iter().filter(|sale| sale.doubt.is_some()).count();
    let mut http = Http::new(server.api);
    sales.iter_mut().for_each(|sale| sale.resolve(&mut http));
    check::all(server.api, merchant, sales);
    doubts
}
