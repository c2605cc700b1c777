//! The page of a payment, its forms, and blocks in a real browser.
//!
//! Invariant: a test without its browser fails.

use serde_json::json;

use super::support::home::Home;
use super::support::scenario;
use super::support::server::Server;

#[test]
fn on_a_phone_in_portuguese_payments_and_blocks_are_operated() {
    browse("phone");
}

#[test]
fn on_a_desktop_in_english_payments_and_blocks_are_operated() {
    browse("desktop");
}

#[test]
fn in_the_dark_payments_and_blocks_are_operated() {
    browse("dark");
}

#[test]
fn in_the_dark_on_a_phone_payments_and_blocks_are_operated() {
    browse("dark-phone");
}

#[test]
fn without_scripts_a_block_is_checked_confirmed_and_followed() {
    browse("scriptless");
}

#[test]
fn a_page_that_shows_a_running_block_comes_to_its_end_by_itself() {
    browse("progress");
}

#[test]
fn with_the_keyboard_alone_a_payment_is_captured() {
    browse("keyboard");
}

#[test]
fn with_the_keyboard_alone_payments_are_selected_and_captured_in_block() {
    browse("keyboard-block");
}

#[test]
fn a_buyers_text_does_nothing_in_a_browser() {
    browse("evil");
}

/// Plays a scenario in the browser.
fn browse(scenario: &str) {
    let home = Home::sqlite();
    let create = ["merchant", "create", "--name", "Loja da Ana", "--json"];
    let merchant = home.run(&create).json();
    let server = Server::start(&home, &[]);
    let told = json!({
        "api": format!("http://{}", server.api),
        "query": format!("http://{}", server.query),
        "office": format!("http://{}", server.backoffice),
        "id": merchant["MerchantId"],
        "key": merchant["MerchantKey"],
        "establishment": merchant["EstablishmentCode"],
        "user": merchant["User"],
        "password": merchant["Password"],
    });
    scenario::play(&server, "operate.mjs", &[scenario], &told);
}
