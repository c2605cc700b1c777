//! The commands of the program, beside a running server and alone.
//!
//! Invariant: what a command changes holds for a running server within two seconds; what it refuses
//! is one line, exit code 2, and nothing changed; a key is printed when it is made and never again.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::support::eventually;
use super::support::home::{Home, Merchant, Ran};
use super::support::http::Answer;
use super::support::server::Server;

/// Within which a change must hold.
const HOLDS: Duration = Duration::from_secs(2);

/// Makes of each function a test on SQLite and one on PostgreSQL.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test]
            fn $name() {
                super::$name(&super::Home::sqlite());
            })*
        }
        mod on_postgresql {
            $(#[test]
            fn $name() {
                super::$name(&super::Home::postgres());
            })*
        }
    };
}

on_both_engines![
    the_first_start_prints_a_merchant_and_a_curl_that_works_and_the_second_none,
    a_merchant_made_beside_a_server_sells_within_two_seconds,
    settings_and_blocks_hold_within_two_seconds,
    a_wrong_setting_changes_nothing,
    the_old_key_holds_a_day_beside_the_new_one,
    the_clock_moves_beside_a_server,
];

fn the_first_start_prints_a_merchant_and_a_curl_that_works_and_the_second_none(home: &Home) {
    let server = Server::start(home, &[]);
    let said = server.out();
    let (_, curl) = said.split_once("\ncurl ").expect("a curl");
    let ran = Ran::of(Command::new("sh").args(["-c", &format!("curl -sS {curl}")]));
    let answer = ran.ok();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let merchant = demonstration(&said);
    server
        .ask(&merchant.request("GET", "/1/sales?merchantOrderId=2014111703"))
        .expect(200);
    server.stop();
    let server = Server::start(home, &[]);
    assert_eq!(server.out(), "");
    server.ask(&merchant.sale("again", 100)).expect(201);
}

/// The merchant that a first start tells of.
fn demonstration(said: &str) -> Merchant {
    let word = |label: &str| {
        let line = said
            .lines()
            .find_map(|line| line.trim().strip_prefix(label));
        line.expect(label).trim().to_owned()
    };
    Merchant {
        id: word("MerchantId "),
        key: word("MerchantKey "),
    }
}

/// Who begins with the printed sale goes on with its card.
#[test]
fn the_card_of_the_first_curl_is_sold_by_and_stored_in_both_dialects() {
    for dialect in ["manual", "live"] {
        let home = Home::sqlite();
        let server = Server::start(&home, &["--dialect", dialect]);
        let said = server.out();
        let merchant = demonstration(&said);
        let (_, sale) = said.split_once("-d '").unwrap();
        let (sale, _) = sale.split_once('\'').unwrap();
        let sold = merchant.request("POST", "/1/sales").body(sale);
        let sold = server.ask(&sold).expect(201).json();
        assert_eq!(sold["Payment"]["Status"], 1, "{dialect}");
        let sale: Value = serde_json::from_str(sale).unwrap();
        let mut card = sale["Payment"]["CreditCard"].clone();
        card["CustomerName"] = sale["Customer"]["Name"].clone();
        let stored = merchant.request("POST", "/1/card").body(card.to_string());
        server.ask(&stored).expect(201);
    }
}

fn a_merchant_made_beside_a_server_sells_within_two_seconds(home: &Home) {
    let server = Server::start(home, &[]);
    let create = [
        "merchant",
        "create",
        "--name",
        "Padaria",
        "--dialect",
        "live",
    ];
    let made = home.run(&[&create[..], &["--json"]].concat()).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let merchant = Merchant {
        id: text("MerchantId"),
        key: text("MerchantKey"),
    };
    assert_eq!(text("EstablishmentCode").len(), 10);
    assert!(merchant.key.len() == 40 && merchant.key.bytes().all(|b| b.is_ascii_uppercase()));
    holds(&server, &merchant, 201, "");
    let listed = home.run(&["merchant", "list", "--json"]).json();
    assert_eq!(listed.as_object().unwrap().len(), 1, "{listed}");
    let listed = listed["Merchants"].as_array().unwrap().iter();
    let mut found = listed.filter(|one| one["MerchantId"] == merchant.id.as_str());
    let one = found.next().unwrap();
    assert_eq!(
        (&one["Name"], &one["Dialect"]),
        (&"Padaria".into(), &"live".into())
    );
    let told = home.run(&create).ok();
    assert!(
        told.contains("MerchantId:") && told.contains("MerchantKey:"),
        "{told}"
    );
    for arguments in [
        &["merchant", "list"][..],
        &["merchant", "list", "--json"],
        &["merchant", "show", &merchant.id],
        &["merchant", "show", &merchant.id, "--json"],
        &["merchant", "set", &merchant.id, "debit=false"],
        &["merchant", "block", &merchant.id],
        &["merchant", "unblock", &merchant.id],
        &["keys", "status"],
    ] {
        let told = home.run(arguments).ok();
        assert!(!told.contains(&merchant.key), "{arguments:?}: {told}");
    }
}

fn settings_and_blocks_hold_within_two_seconds(home: &Home) {
    let merchant = home.merchant(&[]);
    let server = Server::start(home, &[]);
    let id = merchant.id.as_str();
    // The server has the merchant at hand when it is changed.
    holds(&server, &merchant, 201, "");
    home.run(&[
        "merchant",
        "set",
        id,
        "credit=false",
        "capture_window_days=7",
        "tariff=authorization=40,query=1",
    ])
    .ok();
    holds(&server, &merchant, 400, "\"Code\":173,");
    home.run(&["merchant", "block", id]).ok();
    holds(&server, &merchant, 400, "\"Code\":116,");
    home.run(&["merchant", "set", id, "credit=true"]).ok();
    home.run(&["merchant", "unblock", id]).ok();
    holds(&server, &merchant, 201, "");
    let shown = home.run(&["merchant", "show", id, "--json"]).json();
    assert_eq!(shown["Settings"]["capture_window_days"], 7);
    let tariff = shown["Settings"]["tariff"].as_str().unwrap();
    assert!(tariff.starts_with("authorization=40,capture="), "{tariff}");
    assert!(tariff.contains(",query=1,"), "{tariff}");
    assert_eq!(shown["Blocked"], false);
}

fn a_wrong_setting_changes_nothing(home: &Home) {
    let merchant = home.merchant(&[]);
    let id = merchant.id.as_str();
    let show = || home.run(&["merchant", "show", id]).ok();
    let before = show();
    for settings in [
        &["colour=red"][..],
        &["credit=perhaps"],
        &["capture_window_days=31"],
        &["capture_window_days=0"],
        &["debit=false", "colour=red"],
        &["debit=false", "credit="],
        &["debit"],
        &["ip_allow_list=nowhere"],
        &["tariff=sale=40"],
        &[],
    ] {
        home.run(&[&["merchant", "set", id], settings].concat())
            .refused();
    }
    let nobody = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    for of in [nobody, "nobody"] {
        for command in ["show", "block", "unblock", "roll-key"] {
            home.run(&["merchant", command, of]).refused();
        }
        home.run(&["merchant", "set", of, "debit=false"]).refused();
    }
    assert_eq!(show(), before);
}

fn the_old_key_holds_a_day_beside_the_new_one(home: &Home) {
    let old = home.merchant(&[]);
    let server = Server::start(home, &[]);
    holds(&server, &old, 201, "");
    let rolled = home
        .run(&["merchant", "roll-key", &old.id, "--json"])
        .json();
    let new = Merchant {
        id: old.id.clone(),
        key: rolled["MerchantKey"].as_str().unwrap().to_owned(),
    };
    assert_ne!(new.key, old.key);
    holds(&server, &new, 201, "");
    holds(&server, &old, 201, "");
    home.run(&["clock", "advance", "23h"]).ok();
    holds(&server, &old, 201, "");
    home.run(&["clock", "advance", "2h"]).ok();
    holds(&server, &old, 400, "\"Code\":132,");
    holds(&server, &new, 201, "");
}

fn the_clock_moves_beside_a_server(home: &Home) {
    let merchant = home.merchant(&[]);
    let server = Server::start(home, &[]);
    let day = |day: &str| {
        let sold_on = |answer: &Answer| {
            let body = answer.clone().expect(201).json();
            body["Payment"]["ReceivedDate"]
                .as_str()
                .unwrap()
                .starts_with(day)
        };
        eventually(day, HOLDS, || {
            sold_on(&server.ask(&merchant.sale("clock", 100))).then_some(())
        });
    };
    let show = || home.run(&["clock", "show", "--json"]).json();
    assert_eq!(show()["Offset"], 0);
    home.run(&["clock", "set", "2031-01-31T10:00:00-03:00"])
        .ok();
    day("2031-01-31 10:0");
    home.run(&["clock", "advance", "31d"]).ok();
    day("2031-03-03 10:0");
    home.run(&["clock", "advance", "12h30m"]).ok();
    day("2031-03-03 22:3");
    home.run(&["clock", "set", "2020-02-29T23:00:00-03:00"])
        .ok();
    day("2020-02-29 23:0");
    let shown = show();
    assert!(
        shown["Now"]
            .as_str()
            .unwrap()
            .starts_with("2020-02-29T23:0"),
        "{shown}"
    );
    assert!(shown["Offset"].as_i64().unwrap() < 0, "{shown}");
    for wrong in [
        &["advance", "soon"][..],
        &["advance", "-1d"],
        &["advance", ""],
        &["set", "tomorrow"],
        &["set", "2020-02-30T10:00:00-03:00"],
        &["advance", "100000000d"],
        &["advance", "3650000d"],
        &["advance", "999999999999999d"],
        &["set", "9999-12-01T00:00:00Z"],
        &["set", "-000001-01-01T00:00:00Z"],
    ] {
        home.run(&[&["clock"], wrong].concat()).refused();
    }
    assert_eq!(show()["Offset"], shown["Offset"], "nothing was changed");
    let set = ["clock", "set", "1900-01-01T12:00:00Z", "--json"];
    let long_ago = home.run(&set).json();
    let now = long_ago["Now"].as_str().unwrap();
    assert!(now.starts_with("1900-01-01T08:54:"), "{now}");
    assert!(now.ends_with("-03:06"), "{now}");
    home.run(&["clock", "reset"]).ok();
    assert_eq!(show()["Offset"], 0);
    eventually("real time again", HOLDS, || {
        let sold = server.ask(&merchant.sale("clock", 100)).json();
        let date: Value = sold["Payment"]["ReceivedDate"].clone();
        (!date.as_str().unwrap().starts_with("2020")).then_some(())
    });
}

#[test]
fn every_command_that_prints_something_prints_one_object_when_asked() {
    let home = Home::sqlite();
    let merchant = home.merchant(&[]);
    let id = merchant.id.as_str();
    let json = |command: &[&str]| home.run(&[command, &["--json"]].concat()).json();
    assert!(json(&["clock", "advance", "1d"])["Offset"].as_i64() >= Some(86_400));
    assert!(json(&["clock", "set", "2031-01-31T10:00:00-03:00"])["Now"].is_string());
    assert_eq!(json(&["clock", "reset"])["Offset"], 0);
    assert_eq!(json(&["keys", "rotate"])["Version"], 2);
    let keys = json(&["keys", "status"]);
    let newest = serde_json::json!({"Version": 2, "DataKeys": 1, "Newest": true});
    let found = keys["Keys"].as_array().unwrap();
    assert!(found.contains(&newest), "{keys}");
    let header = r#"notification_headers={"Authorization":"Bearer hunter2"}"#;
    let set = [
        "merchant",
        "set",
        id,
        "debit=false",
        "boleto_convenio=0123456",
    ];
    let changed = json(&[&set[..], &["rate_limit_per_second=9", header]].concat());
    assert_eq!(changed["MerchantId"], id);
    assert_eq!(json(&["merchant", "block", id])["Blocked"], true);
    assert_eq!(json(&["merchant", "unblock", id])["Blocked"], false);
    let shown = json(&["merchant", "show", id]);
    assert_eq!(shown["Settings"]["debit"], false);
    assert_eq!(shown["Settings"]["credit"], true);
    assert_eq!(shown["Settings"]["rate_limit_per_second"], 9);
    assert_eq!(shown["Settings"]["boleto_convenio"], "0123456");
    assert_eq!(shown["Settings"]["dialect"], "manual");
    assert_eq!(
        shown["Settings"]["notification_headers"],
        "Authorization: ***"
    );
    let text = home.run(&["merchant", "show", id]).ok();
    assert!(text.contains("Authorization: ***") && !text.contains("hunter2"));
    let wrong = r#"notification_headers={"Authorization":["hunter2"]}"#;
    let line = home.run(&["merchant", "set", id, wrong]).refused();
    assert!(
        line.contains("notification_headers") && !line.contains("hunter2"),
        "{line}"
    );
    let made = json(&["cert", "dev", "--out", "certs", "--host", "localhost"]);
    for file in made["Files"].as_array().unwrap() {
        assert!(
            home.beside().join(file.as_str().unwrap()).is_file(),
            "{file}"
        );
    }
}

/// A sale is answered so, within the time.
fn holds(server: &Server, merchant: &Merchant, status: u16, words: &str) {
    let what = format!("a sale is answered {status} {words}");
    eventually(&what, HOLDS, || {
        let answer = server.ask(&merchant.sale("holds", 100));
        (answer.status == status && answer.body.contains(words)).then_some(())
    });
}
