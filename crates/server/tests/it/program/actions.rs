//! Settings, credentials, lists, users, second factors, notifications, recurrences and files in a
//! real browser: what no other scenario does by clicks.
//!
//! Invariant: every action is a click or a key on what a page shows, and is looked up afterwards; a
//! test without its browser fails.

use serde_json::{Value, json};

use super::support::home::Home;
use super::support::http::Request;
use super::support::scenario;
use super::support::server::Server;

#[test]
fn settings_are_corrected_and_saved_and_whole_in_both_languages_themes_and_widths() {
    play("settings");
}

#[test]
fn without_scripts_settings_are_corrected_and_saved() {
    play("scriptless");
}

#[test]
fn recurrences_notifications_lists_rules_and_searches_are_changed_by_clicks() {
    play("shop");
}

#[test]
fn credentials_faults_and_cards_are_changed_by_clicks() {
    play("credentials");
}

#[test]
fn users_and_second_factors_are_changed_by_clicks() {
    play("users");
}

#[test]
fn every_file_is_downloaded_by_a_click() {
    play("files");
}

/// Plays a scenario with a shop that has a recurrence and a payment that is told of.
fn play(scenario: &str) {
    let home = Home::sqlite();
    let made = home
        .run(&["merchant", "create", "--name", "Loja da Ana", "--json"])
        .json();
    let told = "notification_url=http://127.0.0.1:1/told";
    home.run(&["merchant", "set", text(&made, "MerchantId"), told]);
    let server = Server::start(&home, &[]);
    let sell = |members: Value| {
        let mut payment = json!({
            "Type": "CreditCard", "Amount": 15_700, "Installments": 1,
            "CreditCard": {
                "CardNumber": "4024007153763191", "Holder": "Ana Souza",
                "ExpirationDate": "12/2035", "SecurityCode": "123", "Brand": "Visa",
            },
        });
        let members = members.as_object().unwrap().clone();
        payment.as_object_mut().unwrap().extend(members);
        let sale = json!({
            "MerchantOrderId": "2026000", "Customer": {"Name": "Ana Souza"}, "Payment": payment,
        });
        let request = Request::new("POST", "/1/sales")
            .header("MerchantId", text(&made, "MerchantId"))
            .header("MerchantKey", text(&made, "MerchantKey"))
            .body(sale.to_string());
        server.ask(&request).expect(201).json()
    };
    let paid = sell(json!({"Capture": true}));
    let monthly = json!({"RecurrentPayment": {"AuthorizeNow": true, "Interval": "Monthly"}});
    let plan = sell(monthly);
    let told = json!({
        "office": format!("http://{}", server.backoffice),
        "establishment": text(&made, "EstablishmentCode"),
        "user": text(&made, "User"),
        "password": text(&made, "Password"),
        "payment": paid["Payment"]["PaymentId"],
        "plan": plan["Payment"]["RecurrentPayment"]["RecurrentPaymentId"],
        "folder": home.beside(),
    });
    let ran = scenario::play(&server, "actions.mjs", &[scenario], &told);
    assert_eq!(ran, json!({ "done": scenario }));
}

fn text<'a>(made: &'a Value, name: &str) -> &'a str {
    made[name].as_str().unwrap()
}
