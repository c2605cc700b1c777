//! Statement, recurrences, developer area and reviews in a real browser.
//!
//! Invariant: every page is looked at in both languages and themes, on a phone and a desktop; a
//! test without its browser fails.

use aval_server::backoffice::route::{ROUTES, Row};
use serde_json::{Value, json};

use super::support::home::Home;
use super::support::http::Request;
use super::support::scenario;
use super::support::server::Server;

#[test]
fn on_a_desktop_in_english_every_page_is_read_and_every_action_done() {
    play("desktop");
}

#[test]
fn on_a_desktop_in_the_dark_in_portuguese_every_page_is_read() {
    play("dark");
}

#[test]
fn on_a_phone_in_portuguese_every_page_is_read() {
    play("phone");
}

#[test]
fn on_a_phone_in_the_dark_in_english_every_page_is_read() {
    play("night");
}

#[test]
fn without_scripts_a_recurrence_is_configured_and_a_sale_reviewed() {
    play("scriptless");
}

#[test]
fn on_a_phone_and_a_desktop_no_page_is_wider_than_the_screen() {
    play("fits");
}

/// Every page of who is signed in, by the table of routes: places in a path as here, that of a
/// block as the browser makes one. What is no page is a file, which its name tells.
fn pages(places: &[(&str, &str)]) -> Vec<String> {
    let is_page = |row: &&Row| row.method == "GET" && row.permission().is_some();
    let is_file = |row: &&Row| row.path.contains('.') || row.path.ends_with("{file}");
    let rows = ROUTES.iter().filter(is_page).filter(|row| !is_file(row));
    let path = |row: &Row| {
        let mut path = row.path.to_owned();
        for (place, value) in places {
            path = path.replace(&format!("{{{place}}}"), value);
        }
        let rest = path.replace("/jobs/{job}", "");
        assert!(!rest.contains('{'), "nobody knows what to put into {path}");
        path
    };
    let mut pages: Vec<String> = rows.map(path).collect();
    pages.push("/transactions?q=amount%3E1&columns=received,status,amount,tid,id,fraud".to_owned());
    pages.push("/rules?edit=a_rule_with_quite_a_long_name".to_owned());
    pages.push("/audit?verify=1".to_owned());
    pages
}

/// Plays a scenario with a shop that has a recurrence, a slip, a sale that waits and a denial.
fn play(scenario: &str) {
    let home = Home::sqlite();
    let made = home
        .run(&["merchant", "create", "--name", "Loja da Ana", "--json"])
        .json();
    let server = Server::start(&home, &[]);
    let sell = |body: &Value| {
        let request = Request::new("POST", "/1/sales")
            .header("MerchantId", text(&made, "MerchantId"))
            .header("MerchantKey", text(&made, "MerchantKey"))
            .body(body.to_string());
        server.ask(&request).expect(201).json()
    };
    sell(&sale("1", json!({"Capture": true})));
    sell(&sale("2", json!({})));
    let monthly = json!({"RecurrentPayment": {"AuthorizeNow": true, "Interval": "Monthly"}});
    let open = sell(&sale("1", json!({})));
    let plan = sell(&sale("1", monthly));
    let waiting = json!({"FraudAnalysis": {
        "Sequence": "AuthorizeFirst",
        "Browser": {"IpAddress": "200.190.150.35", "Email": "ana@mailinator.com"},
    }});
    let mut waiting = sale("1", waiting);
    waiting["Payment"]["CreditCard"]["Holder"] = json!("Teste review");
    waiting["Customer"]["Email"] = json!("ana@mailinator.com");
    let waiting = sell(&waiting);
    let slip = sell(&json!({
        "MerchantOrderId": "20260005",
        "Customer": {
            "Name": "Ana Souza", "Identity": "11225468954", "IdentityType": "CPF",
            "Address": {
                "Street": "Alameda Xingu", "Number": "512", "ZipCode": "06455030",
                "District": "Alphaville", "City": "Barueri", "State": "SP", "Country": "BRA",
            },
        },
        "Payment": {"Type": "Boleto", "Amount": 15_700, "Provider": "Bradesco"},
    }));
    let id = |sale: &Value| text(&sale["Payment"], "PaymentId").to_owned();
    let plan_id = text(&plan["Payment"]["RecurrentPayment"], "RecurrentPaymentId");
    let paths = pages(&[
        ("payment", &id(&open)),
        ("review", &id(&waiting)),
        ("plan", plan_id),
        ("user", "admin"),
        ("function", "authorization"),
        ("guide", "notifications"),
        ("call", "post-1-sales"),
    ]);
    let told = json!({
        "paths": paths,
        "open": id(&open),
        "office": format!("http://{}", server.backoffice),
        "establishment": text(&made, "EstablishmentCode"),
        "user": text(&made, "User"),
        "password": text(&made, "Password"),
        "merchant": text(&made, "MerchantId"),
        "key": text(&made, "MerchantKey"),
        "plan": plan["Payment"]["RecurrentPayment"]["RecurrentPaymentId"],
        "review": waiting["Payment"]["PaymentId"],
        "slip": slip["Payment"]["PaymentId"],
    });
    let ran = scenario::play(&server, "office.mjs", &[scenario], &told);
    assert_eq!(ran, json!({ "done": scenario }));
}

/// A card sale with members of its payment.
fn sale(ending: &str, members: Value) -> Value {
    let mut payment = json!({
        "Type": "CreditCard", "Amount": 15_700, "Installments": 1,
        "CreditCard": {
            "CardNumber": format!("402400715376319{ending}"), "Holder": "Ana Souza",
            "ExpirationDate": "12/2035", "SecurityCode": "123", "Brand": "Visa",
        },
    });
    let added = members.as_object().unwrap().clone();
    payment.as_object_mut().unwrap().extend(added);
    json!({
        "MerchantOrderId": format!("2026000{ending}"),
        "Customer": {"Name": "Ana Souza"},
        "Payment": payment,
    })
}

fn text<'a>(made: &'a Value, name: &str) -> &'a str {
    made[name].as_str().unwrap()
}
