//! The pages of buyers in a real browser, and the shop to which they lead back.
//!
//! Invariant: a test without its browser fails.

use serde_json::json;

use super::support::home::Home;
use super::support::scenario;
use super::support::server::Server;

#[test]
fn on_a_phone_in_portuguese_every_payment_is_decided_in_every_way() {
    browse("phone");
}

#[test]
fn on_a_desktop_in_english_every_payment_is_decided_in_every_way() {
    browse("desktop");
}

#[test]
fn the_pages_can_be_read_in_the_dark() {
    browse("dark");
}

#[test]
fn with_the_keyboard_alone_a_buyer_pays_and_goes_back() {
    browse("keyboard");
}

#[test]
fn without_scripts_a_buyer_pays_and_goes_back() {
    browse("scriptless");
}

#[test]
fn after_a_decision_the_browser_goes_back_by_itself_and_a_page_opened_again_stays() {
    browse("returns");
}

#[test]
fn of_two_open_pages_the_first_decision_counts_and_the_second_is_told() {
    browse("twice");
}

#[test]
fn a_return_and_an_order_with_scripts_in_them_run_none() {
    play("hostile", &["--dialect", "live"]);
}

#[test]
fn a_buyer_can_switch_the_language() {
    browse("languages");
}

/// Plays a scenario in the browser.
fn browse(scenario: &str) {
    play(scenario, &[]);
}

/// The same for a merchant who was made with such arguments.
fn play(scenario: &str, arguments: &[&str]) {
    let home = Home::sqlite();
    let merchant = home.merchant(arguments);
    let server = Server::start(&home, &[]);
    let told = json!({
        "api": format!("http://{}", server.api),
        "query": format!("http://{}", server.query),
        "id": merchant.id,
        "key": merchant.key,
    });
    scenario::play(&server, "buyer.mjs", &[scenario], &told);
}
