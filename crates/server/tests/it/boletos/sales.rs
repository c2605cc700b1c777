//! Boletos by the API: the printed example, numbers, credentials, due dates, production.
//!
//! Invariant: what is printed in the manual comes out as printed, but for what a decision or a
//! contradiction (Xnnn) names.

use std::collections::BTreeSet;

use aval_domain::merchant::Dialect;
use aval_gateway::app::Environment;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::compare::{Allowed, Form, differences};
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    a_slip_is_found_as_it_was_made,
    numbers_that_are_drawn_are_all_different,
);

/// The printed exchange, by json and by curl.
const PRINTED: [[&str; 2]; 2] = [
    [
        include_str!("../api/contracts/10-creating-a-bank-slip-sale.request.json"),
        include_str!("../api/contracts/10-creating-a-bank-slip-sale.response.json"),
    ],
    [
        include_str!("../api/contracts/10-creating-a-bank-slip-sale.curl.request.json"),
        include_str!("../api/contracts/10-creating-a-bank-slip-sale.curl.response.json"),
    ],
];

#[tokio::test]
async fn the_printed_example_is_answered_as_printed_in_the_manual_dialect() {
    printed_example(Dialect::Manual).await;
}

#[tokio::test]
async fn the_printed_example_is_answered_as_printed_in_the_live_dialect() {
    printed_example(Dialect::Live).await;
}

fn text(answer: &Answer, path: &str) -> String {
    answer.at(path).as_str().unwrap().to_owned()
}

async fn printed_example(dialect: Dialect) {
    let gateway = Gateway::speaking(dialect).await;
    for [request, answer] in PRINTED {
        let sent: Value = serde_json::from_str(request).unwrap();
        let mut printed: Value = serde_json::from_str(answer).unwrap();
        let sending = gateway.request("POST", "/1/sales/").body(request);
        let answer = sending.send().await.expect(201);
        let told = answer.json();
        let payment = told["Payment"]["PaymentId"].as_str().unwrap().to_owned();
        // The answer is of another request (X104), whose identity is not answered (X174), and the
        // address of the curl example is printed empty (X119).
        printed["Customer"] = sent["Customer"].clone();
        let url = told["Payment"]["Url"].as_str().unwrap().to_owned();
        let page = format!("http://{}/post/pagador/reenvia.asp/{payment}?", gateway.api);
        assert!(url.starts_with(&page) && url.len() < 256, "{url}");
        printed["Payment"]["Url"] = json!(url);
        let own = format!("http://{}/1/sales/{payment}", gateway.query);
        printed["Payment"]["Links"][0]["Href"] = json!(own);
        assert_eq!(answer.header("location"), Some(own.as_str()));
        if dialect == Dialect::Live {
            let payment = printed["Payment"].as_object_mut().unwrap();
            let number = payment.remove("Number").unwrap();
            payment.insert("BoletoNumber".to_owned(), number);
            payment.insert("Provider".to_owned(), json!("Simulado"));
            payment.remove("ExtraDataCollection");
        }
        let allowed = Allowed {
            varying: vec![("/Payment/PaymentId", Form::Guid)],
            added: vec![
                ("/Payment/ReceivedDate", Form::Date),
                ("/Payment/IsSplitted", Form::False),
            ],
        };
        let found = differences(&printed, &told, &allowed);
        assert!(found.is_empty(), "{}\n{told}", found.join("\n"));
    }
}

async fn a_slip_is_found_as_it_was_made(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = Body::boleto()
        .with("Payment.BoletoNumber", "131")
        .with(
            "Payment.Instructions",
            "Não receber após o vencimento.\nObrigado.",
        )
        .with(
            "Payment.ExtraDataCollection",
            json!([{"Name": "a", "Value": "b"}]),
        );
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/Number"), "131-3");
    assert_eq!(sold.at("/Payment/Status"), 1);
    let payment = sold.payment_id();
    let found = gateway.sale(&payment).await.expect(200);
    assert_eq!(found.json(), sold.json());
    let listed = gateway.order(&body.order()).await.expect(200);
    assert_eq!(listed.at("/Payment/0/PaymentId"), payment.as_str());
    for refused in [
        gateway.capture(&payment, "").await,
        gateway.capture(&payment, "?amount=1").await,
        gateway.void(&payment, "").await,
        gateway.void(&payment, "?amount=1").await,
        gateway.void(&body.order(), "").await,
    ] {
        refused.expect_error(400, 310);
    }
    let found = gateway.sale(&payment).await.expect(200);
    assert_eq!(found.json(), sold.json(), "nothing was changed");
}

async fn numbers_that_are_drawn_are_all_different(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let mut numbers = BTreeSet::new();
    for _ in 0..20 {
        let sold = gateway.sell(&Body::boleto()).await.expect(201);
        let number = sold.at("/Payment/Number").as_str().unwrap().to_owned();
        let (digits, check) = number.split_once('-').unwrap();
        assert_eq!((digits.len(), check.len()), (10, 1), "{number}");
        let code = sold.at("/Payment/BarCodeNumber");
        assert_eq!(&code.as_str().unwrap()[26..36], digits);
        assert!(numbers.insert(number));
    }
    // What a shop sends may repeat, also when it was drawn before.
    let drawn = numbers.first().unwrap().split('-').next().unwrap();
    for _ in 0..2 {
        let own = Body::boleto().with("Payment.BoletoNumber", drawn);
        gateway.sell(&own).await.expect(201);
    }
}

#[tokio::test]
async fn a_due_date_that_is_not_sent_is_some_days_from_now_by_dialect() {
    for (dialect, days) in [(Dialect::Manual, 5), (Dialect::Live, 3)] {
        let gateway = Gateway::speaking(dialect).await;
        let today = gateway.server.app.clock.now().day();
        let due = today.checked_add(jiff::Span::new().days(days)).unwrap();
        for body in [
            Body::boleto(),
            Body::boleto().with("Payment.ExpirationDate", ""),
        ] {
            let sold = gateway.sell(&body).await.expect(201);
            assert_eq!(sold.at("/Payment/ExpirationDate"), due.to_string().as_str());
        }
    }
}

#[tokio::test]
async fn due_dates_are_read_in_both_forms_and_a_number_may_be_a_number() {
    let gateway = Gateway::sqlite().await;
    for sent in ["22/2/2025", "22/02/2025", "2025-02-22", "2025-2-22"] {
        let body = Body::boleto()
            .with("Payment.ExpirationDate", sent)
            .with("Payment.BoletoNumber", 123);
        let sold = gateway.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/ExpirationDate"), "2025-02-22", "{sent}");
        let code = text(&sold, "/Payment/BarCodeNumber");
        assert_eq!(&code[5..9], "1000", "the factors begin again");
        assert_eq!(sold.at("/Payment/Number"), "123-2");
    }
}

#[tokio::test]
async fn providers_are_taken_in_any_case_and_answered_by_dialect() {
    for (sent, manual) in [
        ("Cielo", "Bradesco"),
        ("bradesco", "Bradesco"),
        ("BancodoBrasil", "BancodoBrasil"),
        ("BancoDoBrasil", "BancodoBrasil"),
        ("Bradesco2", "Bradesco2"),
        ("BancoDoBrasil2", "BancodoBrasil2"),
        ("Simulado", "Simulado"),
    ] {
        for (dialect, answered) in [(Dialect::Manual, manual), (Dialect::Live, "Simulado")] {
            let gateway = Gateway::speaking(dialect).await;
            let body = Body::boleto().with("Payment.Provider", sent);
            let sold = gateway.sell(&body).await.expect(201);
            assert_eq!(sold.at("/Payment/Provider"), answered, "{sent}");
            let code = text(&sold, "/Payment/BarCodeNumber");
            assert!(code.starts_with("0009"), "{sent}: {code}");
        }
    }
}

const OWN: [(&str, &str); 4] = [
    ("boleto_agency", "1234"),
    ("boleto_account", "7654321"),
    ("boleto_wallet", "9"),
    ("boleto_convenio", "1122334"),
];

fn of_bank(provider: &str) -> Body {
    Body::boleto()
        .with("Payment.Provider", provider)
        .with("Payment.BoletoNumber", "45")
        .with("Payment.ExpirationDate", "2027-05-10")
        .with("Customer.Identity", "12345678909")
}

#[tokio::test]
async fn a_merchants_own_credential_is_in_the_bar_code_and_the_sandbox_stays_bank_000() {
    let gateway = Gateway::sqlite().await;
    let shop = gateway.merchant(&OWN).await;
    for (provider, free) in [
        ("Bradesco", "1234090000000004576543210"),
        ("BancodoBrasil", "0000001122334000000004509"),
    ] {
        let sold = shop.sell(&of_bank(provider)).await.expect(201);
        let code = text(&sold, "/Payment/BarCodeNumber");
        assert_eq!((&code[..4], &code[19..]), ("0009", free), "{provider}");
    }
}

#[tokio::test]
async fn production_issues_at_the_bank_from_the_merchants_credential() {
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::with(Setup {
            environment: Environment::Production,
            dialect,
            ..Setup::default()
        })
        .await;
        let shop = gateway.merchant(&OWN).await;
        for (provider, bank, answered, free) in [
            ("Cielo", "2379", "Bradesco", "1234090000000004576543210"),
            ("Bradesco", "2379", "Bradesco", "1234090000000004576543210"),
            (
                "BancodoBrasil",
                "0019",
                "BancodoBrasil",
                "0000001122334000000004509",
            ),
        ] {
            let sold = shop.sell(&of_bank(provider)).await.expect(201);
            let code = text(&sold, "/Payment/BarCodeNumber");
            assert_eq!((&code[..4], &code[19..]), (bank, free), "{provider}");
            assert_eq!(sold.at("/Payment/Provider"), answered);
            assert_eq!(sold.at("/Payment/Status"), 1);
        }
    }
}

#[tokio::test]
async fn a_retry_with_its_key_makes_one_slip() {
    let gateway = Gateway::sqlite().await;
    let body = Body::boleto();
    let send = async || {
        let request = gateway.selling(&body).header("Idempotency-Key", "slip");
        request.send().await.expect(201)
    };
    let (first, again) = (send().await, send().await);
    assert_eq!(first.text(), again.text());
    let listed = gateway.order(&body.order()).await.expect(200).json();
    assert_eq!(listed["Payment"].as_array().unwrap().len(), 1);
}
