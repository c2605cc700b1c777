//! Rotating the vault's key.
//!
//! Invariant: nobody notices; a rotation that was killed is finished by the next one, and every
//! card opens at every moment.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::support::home::{Home, Merchant, sale_body};
use super::support::http::Http;
use super::support::load::{Ends, Load};
use super::support::random::Random;
use super::support::server::Server;
use super::support::{check, say};

/// Merchants whose keys are wrapped anew.
const MERCHANTS: usize = 200;
/// Rotations that are killed half-way.
const KILLS: u32 = 3;

#[test]
fn rotating_while_cards_are_sold_with_fails_no_request_on_sqlite() {
    rotated_under_load(&Home::sqlite());
}

#[test]
fn rotating_while_cards_are_sold_with_fails_no_request_on_postgresql() {
    rotated_under_load(&Home::postgres());
}

#[test]
fn a_killed_rotation_is_finished_by_the_next_on_sqlite() {
    killed_rotation(&Home::sqlite());
}

#[test]
fn a_killed_rotation_is_finished_by_the_next_on_postgresql() {
    killed_rotation(&Home::postgres());
}

#[test]
fn rotations_at_once_lose_no_key_on_sqlite() {
    rotated_at_once(&Home::sqlite());
}

#[test]
fn rotations_at_once_lose_no_key_on_postgresql() {
    rotated_at_once(&Home::postgres());
}

/// Two operators, or two servers' timers, that rotate at the same moment.
fn rotated_at_once(home: &Home) {
    let merchants: Vec<Merchant> = (0..10).map(|_| home.merchant(&[])).collect();
    let server = Server::start(home, &[]);
    let mut http = Http::new(server.api);
    let tokens: Vec<String> = merchants.iter().map(|one| token(&mut http, one)).collect();
    let mut done = 0;
    for _ in 0..8 {
        let rotate = || home.run(&["keys", "rotate"]);
        let ran = std::thread::scope(|scope| {
            let all = [(); 4].map(|()| scope.spawn(rotate));
            all.map(|one| one.join().unwrap())
        });
        for one in ran {
            let refused = one.code == 1 && one.err.contains("another rotation is running");
            assert!(one.code == 0 || refused, "{one:?}");
            done += u32::from(one.code == 0);
        }
        let fresh = Server::start(home, &[]);
        let mut http = Http::new(fresh.api);
        for (merchant, token) in merchants.iter().zip(&tokens) {
            opens(&mut http, merchant, token);
        }
    }
    assert!(done >= 8, "in each round one rotates");
}

fn rotated_under_load(home: &Home) {
    let mut random = Random::new("rotation");
    let merchant = home.merchant(&[]);
    let server = Server::start(home, &[]);
    let load = Load {
        api: server.api,
        merchant: &merchant,
        prefix: "r".to_owned(),
        ends: Ends::Never,
        clients: 8,
    };
    let sales = load.run(&mut random, |progress| {
        for version in 2..=4 {
            progress.advance(100);
            let told = home.run(&["keys", "rotate"]).ok();
            assert!(
                told.starts_with(&format!("new key: version {version} now")),
                "{told}"
            );
        }
        // So long that the server has to read the merchant anew, more than once.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            progress.advance(10);
        }
    });
    let tokens: Vec<&String> = sales
        .iter()
        .filter_map(|sale| sale.token.as_ref())
        .collect();
    assert!(!tokens.is_empty());
    assert_eq!(versions(home), BTreeMap::from([(4, 1)]));
    let fresh = Server::start(home, &[]);
    check::all(fresh.api, &merchant, &sales);
    for server in [server, fresh] {
        let mut http = Http::new(server.api);
        for token in tokens.iter().take(100) {
            opens(&mut http, &merchant, token);
        }
    }
}

fn killed_rotation(home: &Home) {
    let mut random = Random::new("killed rotation");
    let merchants = merchants(home);
    let server = Server::start(home, &[]);
    let mut http = Http::new(server.api);
    let tokens: Vec<String> = merchants.iter().map(|one| token(&mut http, one)).collect();
    let mut halfway = 0;
    for _ in 0..200 {
        let mut rotation = home
            .command(&["keys", "rotate"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(random.between(5, 300)));
        rotation.kill().unwrap();
        rotation.wait().unwrap();
        let used = versions(home);
        assert_eq!(used.values().sum::<usize>(), MERCHANTS, "{used:?}");
        halfway += u32::from(used.len() > 1);
        // A card of each kind opens, for a server that has nothing in memory.
        let fresh = Server::start(home, &[]);
        let mut http = Http::new(fresh.api);
        for (merchant, token) in merchants.iter().zip(&tokens).step_by(20) {
            opens(&mut http, merchant, token);
        }
        if halfway == KILLS {
            break;
        }
    }
    assert_eq!(halfway, KILLS, "no kill came half-way");
    say(&format!("versions after the kills: {:?}", versions(home)));
    let told = home.run(&["keys", "rotate"]).ok();
    assert!(
        told.starts_with("finished an interrupted rotation: "),
        "{told}"
    );
    assert_eq!(versions(home).len(), 1);
    let left = std::fs::read_dir(home.data()).unwrap();
    let left = left.map(|file| file.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = left.filter(|name| name.ends_with(".new")).collect();
    assert!(left.is_empty(), "keys lie about: {left:?}");
    let told = home.run(&["keys", "rotate"]).ok();
    assert!(
        told.contains(&format!("wraps {MERCHANTS} more data keys")),
        "{told}"
    );
    for server in [server, Server::start(home, &[])] {
        let mut http = Http::new(server.api);
        for (merchant, token) in merchants.iter().zip(&tokens) {
            opens(&mut http, merchant, token);
        }
    }
}

fn merchants(home: &Home) -> Vec<Merchant> {
    let (next, made) = (AtomicUsize::new(0), Mutex::new(vec![home.merchant(&[])]));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < MERCHANTS - 1 {
                    let merchant = home.merchant(&[]);
                    made.lock().unwrap().push(merchant);
                }
            });
        }
    });
    made.into_inner().unwrap()
}

fn token(http: &mut Http, merchant: &Merchant) -> String {
    let body = r#"{"CustomerName":"Comprador","CardNumber":"1234123412341231",
        "Holder":"Teste Holder","ExpirationDate":"12/2030","Brand":"Visa"}"#;
    let made = http
        .must(&merchant.request("POST", "/1/card").body(body))
        .expect(201);
    made.json()["CardToken"].as_str().unwrap().to_owned()
}

/// A sale with a token opens the card.
fn opens(http: &mut Http, merchant: &Merchant, token: &str) {
    let card = format!(r#""CardToken":"{token}","Brand":"Visa""#);
    let body = sale_body("opens", 100, &card);
    http.must(&merchant.request("POST", "/1/sales").body(body))
        .expect(201);
}

/// How many data keys each version wraps, of those that wrap any.
fn versions(home: &Home) -> BTreeMap<u32, usize> {
    let told = home.run(&["keys", "status"]).ok();
    let lines = told.lines().skip(1).map(|line| {
        let mut words = line.split_whitespace();
        let mut number = || words.next().unwrap().parse::<usize>().unwrap();
        (u32::try_from(number()).unwrap(), number())
    });
    lines.filter(|(_, count)| *count > 0).collect()
}
