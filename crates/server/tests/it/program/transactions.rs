//! The transaction search in a real browser.
//!
//! Invariant: what is found was sold over the API of the same program; a test without its browser
//! fails.

use serde_json::{Value, json};

use super::support::home::Home;
use super::support::http::Request;
use super::support::scenario;
use super::support::server::Server;

#[test]
fn on_a_desktop_light_and_dark_transactions_are_searched_by_words_and_by_fields() {
    play("desktop");
}

#[test]
fn on_a_phone_in_portuguese_transactions_are_searched() {
    play("phone");
}

#[test]
fn with_the_keyboard_alone_rows_are_moved_through_selected_and_searched() {
    play("keyboard");
}

#[test]
fn without_scripts_transactions_are_searched_and_a_search_is_saved() {
    play("scriptless");
}

/// Plays a scenario with sales of several kinds, two of them captured.
fn play(scenario: &str) {
    let home = Home::sqlite();
    let made = home
        .run(&["merchant", "create", "--name", "Loja da Ana", "--json"])
        .json();
    let server = Server::start(&home, &[]);
    let kinds = [
        (1, true, "Comprador Teste", "Visa"),
        (1, true, "Ana Lúcia de Souza", "Master"),
        (4, false, "José <b>Antônio</b>", "Elo"),
        (2, false, "=1+1", "Visa"),
        (7, false, "Maria", "Amex"),
        (
            1,
            false,
            "Um nome de comprador bastante comprido para a coluna",
            "Hipercard",
        ),
    ];
    for (at, (ending, capture, name, brand)) in kinds.into_iter().enumerate() {
        let amount = [15_700, 1_234_567, 99, 5_000, 100, 42][at];
        let sale = sale(at, (ending, capture), (name, brand), amount);
        let request = Request::new("POST", "/1/sales")
            .header("MerchantId", text(&made, "MerchantId"))
            .header("MerchantKey", text(&made, "MerchantKey"))
            .body(sale.to_string());
        server.ask(&request).expect(201);
    }
    let told = json!({
        "office": format!("http://{}", server.backoffice),
        "establishment": text(&made, "EstablishmentCode"),
        "user": text(&made, "User"),
        "password": text(&made, "Password"),
        "sales": kinds.len(),
        "paid": 2,
    });
    let ran = scenario::play(&server, "transactions.mjs", &[scenario], &told);
    assert_eq!(ran, json!({ "done": scenario }));
}

fn sale(
    number: usize,
    (ending, capture): (u8, bool),
    (name, brand): (&str, &str),
    amount: u32,
) -> Value {
    json!({
        "MerchantOrderId": format!("2026{number:06}"),
        "Customer": {"Name": name},
        "Payment": {
            "Type": "CreditCard", "Amount": amount, "Installments": 1, "Capture": capture,
            "CreditCard": {
                "CardNumber": format!("402400715376319{ending}"), "Holder": "Teste Holder",
                "ExpirationDate": "12/2030", "SecurityCode": "123", "Brand": brand,
            },
        },
    })
}

fn text<'a>(made: &'a Value, name: &str) -> &'a str {
    made[name].as_str().unwrap()
}
