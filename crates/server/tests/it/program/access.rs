//! Access to the back office in a real browser, and its commands.
//!
//! Invariant: what is seen was sold over the API of the same program; a test without its browser
//! fails.

use serde_json::{Value, json};

use super::support::home::Home;
use super::support::http::{Http, Request};
use super::support::scenario;
use super::support::server::Server;

#[test]
fn on_a_desktop_one_signs_in_by_the_portal_and_every_page_is_whole() {
    play("desktop");
}

#[test]
fn in_the_dark_and_in_portuguese_every_page_is_whole() {
    play("dark");
}

#[test]
fn on_a_phone_in_portuguese_every_page_is_whole() {
    play("phone");
}

#[test]
fn on_a_phone_in_the_dark_every_page_is_whole() {
    play("phonedark");
}

#[test]
fn a_second_factor_is_set_up_and_a_recovery_code_signs_in() {
    play("factor");
}

#[test]
fn who_is_invited_chooses_a_password_and_sees_what_the_role_allows() {
    play("guest");
}

#[test]
fn with_the_keyboard_alone_one_signs_in_and_finds_the_way() {
    play("keyboard");
}

#[test]
fn without_scripts_one_signs_in_chooses_theme_and_language_and_leaves() {
    play("scriptless");
}

/// Sales of several kinds; how many.
fn sell(server: &Server, made: &Value) -> usize {
    let kinds = [
        (1, true, "Visa", 15_700),
        (1, true, "Master", 234_567),
        (4, false, "Elo", 9_900),
        (2, false, "Visa", 5_000),
        (2, false, "Visa", 7_500),
        (7, false, "Amex", 12_000),
        (1, false, "Hipercard", 4_200),
    ];
    for (at, (ending, capture, brand, amount)) in kinds.into_iter().enumerate() {
        let sale = json!({
            "MerchantOrderId": format!("2026{at:06}"),
            "Customer": {"Name": "Comprador Teste"},
            "Payment": {
                "Type": "CreditCard", "Amount": amount, "Installments": 1, "Capture": capture,
                "CreditCard": {
                    "CardNumber": format!("402400715376319{ending}"), "Holder": "Teste Holder",
                    "ExpirationDate": "12/2030", "SecurityCode": "123", "Brand": brand,
                },
            },
        });
        let request = Request::new("POST", "/1/sales")
            .header("MerchantId", text(made, "MerchantId"))
            .header("MerchantKey", text(made, "MerchantKey"))
            .body(sale.to_string());
        server.ask(&request).expect(201);
    }
    kinds.len()
}

/// Plays a scenario.
fn play(scenario: &str) {
    let home = Home::sqlite();
    let made = home
        .run(&["merchant", "create", "--name", "Loja da Ana", "--json"])
        .json();
    let server = Server::start(&home, &[]);
    let told = json!({
        "office": format!("http://{}", server.backoffice),
        "establishment": text(&made, "EstablishmentCode"),
        "user": text(&made, "User"),
        "password": text(&made, "Password"),
        "sales": sell(&server, &made),
    });
    let ran = scenario::play(&server, "access.mjs", &[scenario], &told);
    assert_eq!(ran, json!({ "done": scenario }));
}

fn text<'a>(made: &'a Value, name: &str) -> &'a str {
    made[name].as_str().unwrap()
}

#[test]
fn an_operator_gives_access_back_and_the_log_tells_of_it() {
    let home = Home::sqlite();
    let made = home
        .run(&["merchant", "create", "--name", "Loja", "--json"])
        .json();
    let id = text(&made, "MerchantId");
    let listed = home.run(&["user", "list", id, "--json"]).json();
    assert_eq!(listed["Users"][0]["User"], "admin");
    assert_eq!(listed["Users"][0]["Role"], "administrator");
    let added = home
        .run(&["user", "add", id, "Rui", "--role", "viewer", "--json"])
        .json();
    assert_eq!(added["User"], "rui");
    let server = Server::start(&home, &[]);
    let code = text(&made, "EstablishmentCode");
    assert_eq!(sign_in(&server, code, "rui", text(&added, "Password")), 303);
    let reset = home.run(&["user", "reset", id, "rui", "--json"]).json();
    assert_eq!(sign_in(&server, code, "rui", text(&added, "Password")), 422);
    assert_eq!(sign_in(&server, code, "rui", text(&reset, "Password")), 303);
    home.run(&["user", "block", id, "rui"]).ok();
    assert_eq!(sign_in(&server, code, "rui", text(&reset, "Password")), 422);
    home.run(&["user", "unblock", id, "rui"]).ok();
    assert_eq!(sign_in(&server, code, "rui", text(&reset, "Password")), 303);
    let log = home.run(&["audit", "list", id, "--json"]).json();
    let entries = log["Entries"].as_array().unwrap();
    let actions = entries.iter().map(|entry| text(entry, "Action"));
    let actions: Vec<&str> = actions.collect();
    assert_eq!(
        actions,
        [
            "sign_in",
            "user.unblock",
            "sign_in.refuse",
            "user.block",
            "sign_in",
            "sign_in.refuse",
            "user.reset",
            "sign_in",
            "user.add",
        ],
        "the newest first"
    );
    let verified = home.run(&["audit", "verify", "--json"]).json();
    assert_eq!(verified["Holds"], true);
    assert_eq!(verified["Logs"][0]["Entries"], 9);
    for secret in [&added, &reset] {
        assert!(!log.to_string().contains(text(secret, "Password")));
    }
}

fn sign_in(server: &Server, establishment: &str, user: &str, password: &str) -> u16 {
    let body = format!("establishment={establishment}&user={user}&password={password}");
    let request = Request::new("POST", "/sign-in")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(body);
    Http::new(server.backoffice).must(&request).status
}

#[test]
fn every_command_that_changes_a_merchant_is_in_its_log_as_done_by_the_command_line() {
    let home = Home::sqlite();
    let made = home
        .run(&["merchant", "create", "--name", "Loja", "--json"])
        .json();
    let id = text(&made, "MerchantId");
    let rules = home.beside().join("rules.toml");
    let rule = "[[rule]]\nname = \"a\"\nwhen = \"amount > 1\"\nthen = \"accept\"\n";
    std::fs::write(&rules, rule).unwrap();
    let rules = rules.to_str().unwrap();
    let done: &[(&[&str], &str)] = &[
        (
            &["merchant", "set", id, "recurrence_attempts=2"],
            "settings.change",
        ),
        (&["merchant", "block", id], "settings.change"),
        (&["merchant", "unblock", id], "settings.change"),
        (&["merchant", "roll-key", id], "settings.change"),
        (
            &["fraud", "list", "add", id, "negative", "ip", "10.0.0.1"],
            "fraud.lists",
        ),
        (
            &["fraud", "list", "remove", id, "ip", "10.0.0.1"],
            "fraud.lists",
        ),
        (
            &["fraud", "rules", "put", id, "--file", rules],
            "fraud.rules",
        ),
        (&["fraud", "rules", "remove", id, "a"], "fraud.rules"),
        (&["user", "add", id, "rui"], "user.add"),
        (&["user", "block", id, "rui"], "user.block"),
        (&["user", "unblock", id, "rui"], "user.unblock"),
        (&["user", "reset", id, "rui"], "user.reset"),
        (&["keys", "rotate"], "settings.change"),
    ];
    for (number, (command, _)) in done.iter().enumerate() {
        home.run(command).ok();
        let log = home.run(&["audit", "list", id, "--json"]).json();
        let entries = log["Entries"].as_array().unwrap();
        assert_eq!(entries.len(), number + 1, "{command:?}: {log}");
        assert_eq!(text(&entries[0], "Actor"), "command line", "{command:?}");
        assert_eq!(text(&entries[0], "Action"), done[number].1, "{command:?}");
    }
    // A change that changes nothing is no entry.
    home.run(&["merchant", "set", id, "recurrence_attempts=2"])
        .ok();
    let log = home.run(&["audit", "list", id, "--json"]).json();
    let entries = log["Entries"].as_array().unwrap();
    assert_eq!(entries.len(), done.len());
    let details: Vec<&str> = entries.iter().map(|entry| text(entry, "Detail")).collect();
    assert_eq!(details[0], "vault_key: 1 > 2");
    assert_eq!(details[12], "recurrence_attempts: 4 > 2");
    assert_eq!(
        home.run(&["audit", "verify", "--json"]).json()["Holds"],
        true
    );
}

#[test]
fn a_log_that_was_changed_by_hand_is_told_with_exit_1() {
    let home = Home::sqlite();
    let made = home
        .run(&["merchant", "create", "--name", "Loja", "--json"])
        .json();
    let id = text(&made, "MerchantId");
    for user in ["ana", "rui", "eva"] {
        home.run(&["user", "add", id, user]).ok();
    }
    let store = rusqlite::Connection::open(home.data().join("aval.db")).unwrap();
    let change = "UPDATE audit_entries SET subject = 'bia' WHERE number = 2";
    store.execute(change, []).unwrap();
    let verified = home.run(&["audit", "verify", "--json"]);
    assert_eq!(verified.code, 1);
    let told: Value = serde_json::from_str(&verified.out).unwrap();
    assert_eq!(told["Logs"][0]["Broken"], 2);
    assert!(verified.err.contains("broken"), "{}", verified.err);
}
