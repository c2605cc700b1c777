//! The page of a slip in a real browser, and its bars read from the screen and from paper.
//!
//! Invariant: each scenario ends with the slip paid, which the API tells; a test without its
//! browser fails.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use super::support::home::{Home, Merchant};
use super::support::http::{Http, Request};
use super::support::scenario;
use super::support::server::Server;
use crate::support::browser;

#[test]
fn on_a_phone_in_portuguese_a_slip_is_paid_and_its_bars_are_read_from_the_screen() {
    let played = play("phone");
    played.reads("phone.png");
    played.reads_nothing("phone-paid.png");
}

#[test]
fn on_a_desktop_light_and_dark_a_slip_is_paid_and_its_bars_are_read_from_the_screen() {
    let played = play("desktop");
    for picture in ["desktop.png", "desktop-dark.png"] {
        played.reads(picture);
    }
    played.reads_nothing("desktop-paid.png");
}

#[test]
fn a_slip_past_its_due_date_says_so_and_is_paid() {
    let played = play_with("late", Some("2026-01-05"), None);
    for picture in ["late-phone.png", "late-desktop.png"] {
        played.reads(picture);
    }
}

#[test]
fn a_slip_that_is_paid_in_part_says_what_is_left_and_takes_it() {
    let played = play_with("part", None, Some(10_000));
    for picture in ["part-phone.png", "part-desktop.png"] {
        played.reads(picture);
    }
}

#[test]
fn printed_on_paper_a_slip_is_one_page_and_its_bars_are_read() {
    let played = play("paper");
    let paper = played.home.beside().join("paper.pdf");
    let told = browser::read(Command::new("pdfinfo").arg(&paper));
    assert!(told.contains("Pages:           1"), "{told}");
    let mut draw = Command::new("pdftoppm");
    draw.args(["-r", "200", "-png", "-singlefile"]).arg(&paper);
    browser::read(draw.arg(played.home.beside().join("paper")));
    played.reads("paper.png");
    let text = browser::read(
        Command::new("pdftotext")
            .arg("-layout")
            .arg(&paper)
            .arg("-"),
    );
    assert!(
        text.contains(played.sold["DigitableLine"].as_str().unwrap()),
        "{text}"
    );
    for hidden in ["Pagar boleto", "Baixar PDF"] {
        assert!(!text.contains(hidden), "{hidden} is printed");
    }
}

#[test]
fn with_the_keyboard_alone_the_line_is_copied_and_a_slip_is_paid() {
    play("keyboard");
}

#[test]
fn without_scripts_a_slip_is_paid() {
    play("scriptless");
}

#[test]
fn a_slip_that_is_open_twice_is_paid_once() {
    play("twice");
}

/// A scenario that was played.
struct Played {
    home: Home,
    sold: Value,
}

impl Played {
    /// Fails unless a bar code reader finds the slip's bars in a picture.
    fn reads(&self, picture: &str) {
        let code = self.sold["BarCodeNumber"].as_str().unwrap();
        let read = browser::bar_codes(&self.home.beside().join(picture));
        assert_eq!(read, BTreeSet::from([code.to_owned()]), "{picture}");
    }

    /// Fails when there is a bar code in a picture.
    fn reads_nothing(&self, picture: &str) {
        let picture = self.home.beside().join(picture);
        assert!(picture.exists(), "{}", picture.display());
        assert_eq!(browser::bar_codes(&picture), BTreeSet::new());
    }
}

/// Plays a scenario in the browser with a slip of its own.
fn play(scenario: &str) -> Played {
    play_with(scenario, None, None)
}

/// The same with a slip that is due on a day, and of which so many cents came before.
fn play_with(scenario: &str, due: Option<&str>, came: Option<u32>) -> Played {
    let home = Home::sqlite();
    let shop = home.merchant(&[]);
    let server = Server::start(&home, &[]);
    let sold = sell(&server, &shop, due);
    if let Some(cents) = came {
        let token = std::fs::read_to_string(home.data().join("admin-token")).unwrap();
        let path = format!(
            "/sandbox/payments/{}/pay",
            sold["PaymentId"].as_str().unwrap()
        );
        let request = Request::new("POST", &path)
            .header("Authorization", &format!("Bearer {}", token.trim()))
            .body(json!({ "Amount": cents }).to_string());
        Http::new(server.backoffice).must(&request).expect(200);
    }
    let slip = sold["Url"].as_str().unwrap();
    let arguments = [scenario, slip, home.beside().to_str().unwrap()];
    let told = scenario::play(&server, "slip.mjs", &arguments, &Value::Null);
    assert_eq!(told, json!({ "done": scenario }));
    let path = format!("/1/sales/{}", sold["PaymentId"].as_str().unwrap());
    let now = server.ask(&call(&shop, "GET", &path)).expect(200).json();
    assert_eq!(now["Payment"]["Status"], 2);
    assert_eq!(now["Payment"]["ReceivedAmount"], sold["Amount"], "once");
    Played { home, sold }
}

fn call(shop: &Merchant, method: &'static str, path: &str) -> Request {
    Request::new(method, path)
        .header("MerchantId", &shop.id)
        .header("MerchantKey", &shop.key)
}

fn sell(server: &Server, shop: &Merchant, due: Option<&str>) -> Value {
    let body = json!({
        "MerchantOrderId": "2014111706",
        "Customer": {
            "Name": "Comprador Teste Boleto",
            "Identity": "12345678909",
            "Address": {
                "Street": "Av Marechal Camara", "Number": "160", "ZipCode": "22750012",
                "City": "Rio de Janeiro", "State": "RJ", "Country": "BRA", "District": "Centro",
            },
        },
        "Payment": {
            "Type": "Boleto",
            "Amount": 15_700,
            "Provider": "Bradesco",
            "ExpirationDate": due,
            "Assignor": "Empresa Teste",
            "Address": "Rua Teste, 10 – Rio de Janeiro / RJ",
            "Identification": "12345678000195",
            "Demonstrative": "Pedido 2014111706 – frete incluso",
            "Instructions": "Aceitar somente até a data de vencimento.\n\
                             Após essa data, juros de 1% ao dia.",
        },
    });
    let request = call(shop, "POST", "/1/sales").body(body.to_string());
    server.ask(&request).expect(201).json()["Payment"].clone()
}
