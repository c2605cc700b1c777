//! The ten PUTs through HTTP: their rules, their effect on what is charged (requirements R257 to
//! R279).
//!
//! Invariant: a refused change changed nothing.

use aval_domain::merchant::Dialect;
use serde_json::json;

use super::{monthly, recurring, scheduled};
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Request;
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(what_is_changed_holds_from_the_next_charge_on);

#[tokio::test]
async fn the_manuals_three_examples_of_the_day_rule() {
    for (next, day, expected, after) in [
        ("2027-05-25", "10", "2027-05-10", "2027-06-10"),
        ("2027-05-25", "3", "2027-05-25", "2027-06-03"),
        ("2027-09-25", "3", "2027-09-03", "2027-10-03"),
    ] {
        let gateway = Gateway::sqlite().await;
        gateway.clock("2027-05-05T10:00:00-03:00").await;
        let id = gateway.recurs(&scheduled(1, next)).await;
        gateway.amend(&id, "RecurrencyDay", day).await.expect(200);
        let shown = async || gateway.of_recurrence(&id, "NextRecurrency").await;
        assert_eq!(shown().await, expected, "{next} {day}");
        gateway
            .days(if next == "2027-09-25" { 122 } else { 21 })
            .await;
        assert_eq!(shown().await, after, "{next} {day}");
        assert_eq!(gateway.charged_on(&id).await, [expected]);
    }
}

async fn what_is_changed_holds_from_the_next_charge_on(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let id = gateway.recurs(&monthly()).await;
    let customer = json!({"Customer": {"Name": "Outra Pessoa", "Identity": "22658954236"}});
    for (part, body) in [
        ("Amount", "\"15600\""),
        ("Installments", "3"),
        ("Interval", "\"quarterly\""),
        ("Customer", &customer.to_string()),
    ] {
        gateway.amend(&id, part, body).await.expect(200);
    }
    gateway.days(40).await;
    let shown = gateway.recurrence(&id).await.expect(200);
    assert_eq!(shown.at("/RecurrentPayment/NextRecurrency"), "2027-05-31");
    assert_eq!(shown.at("/Customer"), customer["Customer"]);
    let charges = gateway.charges(&id).await;
    let (.., first) = &charges[0];
    assert_eq!(first.at("/Payment/Amount"), 15_700);
    let (.., charge) = &charges[1];
    assert_eq!(charge.at("/Payment/Amount"), 15_600);
    assert_eq!(charge.at("/Payment/Installments"), 3);
    assert_eq!(charge.at("/Customer"), customer["Customer"]);
    gateway
        .amend(&id, "NextPaymentDate", "2027-04-10")
        .await
        .expect(200);
    gateway
        .amend(&id, "EndDate", "\"2027-04-10\"")
        .await
        .expect(200);
    gateway.days(300).await;
    assert_eq!(gateway.charged_on(&id).await[2..], ["2027-04-10"]);
    assert_eq!(gateway.of_recurrence(&id, "Status").await, 2);
    assert_eq!(gateway.of_recurrence(&id, "RecurrencyDay").await, 10);
}

/// A change, the bodies that ask for it, the member that shows it, and what it shows.
type Case = (&'static str, Vec<String>, &'static str, serde_json::Value);

/// A change by a single value, in every form in which clients send one.
fn value(part: &'static str, forms: &[&str], member: &'static str, shows: &str) -> Case {
    let shows = serde_json::from_str(shows).unwrap();
    let forms = forms.iter().map(|form| (*form).to_owned());
    (part, forms.collect(), member, shows)
}

/// Changes by single values, and by none.
fn values() -> Vec<Case> {
    let amount = [
        "156",
        "\"156\"",
        "156.00",
        "{\"amount\":\"156\"}",
        "\u{feff}156",
    ];
    let day = ["16", "\"16\"", "16.0", "{\"RecurrencyDay\":16}"];
    let end = [
        "\"2030-01-05\"",
        "2030-01-05",
        "\"2030-1-5\"",
        "{\"endDate\":\"2030-01-05\"}",
    ];
    let installments = ["3", "\"3\"", "3.0", " 3\r\n", "{\"Installments\":\"3\"}"];
    let interval = [
        "6",
        "\"6\"",
        "\"SEMIANNUAL\"",
        "SemiAnnual",
        "{\"interval\":6}",
    ];
    let next = [
        "\"2027-06-15\"",
        "2027-06-15",
        "{\"NextPaymentDate\":\"2027-6-15\"}",
    ];
    let none = ["", "\"\"", "{}", "null"];
    let shown = "/RecurrentPayment/NextRecurrency";
    vec![
        value("Amount", &amount, "/RecurrentPayment/Amount", "156"),
        value("RecurrencyDay", &day, shown, "\"2027-05-16\""),
        value(
            "EndDate",
            &end,
            "/RecurrentPayment/EndDate",
            "\"2030-01-05\"",
        ),
        value(
            "Installments",
            &installments,
            "/RecurrentPayment/Installments",
            "3",
        ),
        value(
            "Interval",
            &interval,
            "/RecurrentPayment/Interval",
            "\"SemiAnnual\"",
        ),
        value("NextPaymentDate", &next, shown, "\"2027-06-15\""),
        value("Deactivate", &none, "/RecurrentPayment/Status", "3"),
    ]
}

/// Changes by a whole node: as it is, under its name, with other letters, blanks and nulls.
fn nodes() -> Vec<Case> {
    let buyer = r#"{"Name":"Ana","Birthdate":"1999-12-12"}"#;
    let lower = r#"{"name":"Ana","birthDate":"1999-12-12","email":null,"address":null}"#;
    let named = format!("{{\"Customer\":{buyer}}}");
    let payment = |number: &str| {
        format!(
            r#"{{"type":"creditcard","amount":"77","installments":3.0,"provider":null,
            "creditCard":{{"cardNumber":"{number}","expirationDate":"12/2035","brand":"MASTER",
            "securityCode":null,"holder":null}}}}"#
        )
    };
    let (plain, spaced) = (payment("1234123412341234"), payment("1234 1234-1234.1234"));
    let under = format!("{{\"Payment\":{plain}}}");
    vec![
        value("Customer", &[buyer, lower, &named], "/Customer", buyer),
        value(
            "Payment",
            &[&plain, &spaced, &under],
            "/RecurrentPayment/Amount",
            "77",
        ),
    ]
}

/// Sends a change to one listener or the other, in one of the ways in which clients write its
/// address, with a content type or without; it is answered as clients want it.
async fn put(gateway: &Gateway, at: usize, id: &str, part: &str, body: &str) {
    let address = if at.is_multiple_of(2) {
        gateway.api
    } else {
        gateway.query
    };
    let target = match at % 3 {
        0 => format!("/1/RecurrentPayment/{id}/{part}"),
        1 => format!("/1/recurrentpayment/{}/{part}/", id.to_uppercase()),
        _ => format!("//1/RecurrentPayment/{id}/{}?", part.to_lowercase()),
    };
    let mut request = Request::new(address, "PUT", &target)
        .header("MerchantId", &gateway.id)
        .header("MerchantKey", &gateway.key);
    if at % 2 == 1 {
        request = request.header("Content-Type", "text/json");
    }
    let answer = request.body(body).send().await;
    let case = format!("{target} {body}: {}", answer.text());
    assert_eq!((answer.status, answer.text()), (200, ""), "{case}");
    let kind = answer.header("content-type").unwrap_or("");
    assert!(kind.starts_with("text/plain"), "{case} {kind}");
}

#[tokio::test]
async fn each_change_is_read_in_every_form_and_by_either_listener() {
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        gateway.clock("2027-05-05T10:00:00-03:00").await;
        for (part, bodies, member, shows) in values().into_iter().chain(nodes()) {
            for (at, body) in bodies.iter().enumerate() {
                let id = gateway.recurs(&scheduled(1, "2027-05-25")).await;
                put(&gateway, at, &id, part, body).await;
                let shown = gateway.recurrence(&id).await.expect(200);
                assert_eq!(shown.at(member), shows, "{dialect:?} {part} {body}");
                if part == "Deactivate" {
                    put(&gateway, at, &id, "Reactivate", body).await;
                    assert_eq!(gateway.of_recurrence(&id, "Status").await, 1);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_recurrence_that_was_stopped_goes_on_at_the_next_date_of_its_schedule() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let id = gateway.recurs(&monthly()).await;
    gateway.amend(&id, "Deactivate", "").await.expect(200);
    for (part, body) in [
        ("Deactivate", ""),
        ("Amount", "1"),
        ("EndDate", "2031-01-01"),
        ("NextPaymentDate", "2031-01-01"),
        ("RecurrencyDay", "1"),
        ("Interval", "1"),
        ("Installments", "1"),
        ("Customer", "{\"Name\":\"A\"}"),
    ] {
        gateway.amend(&id, part, body).await.expect_error(400, 169);
    }
    assert_eq!(gateway.days(100).await["Recurrences"], 0);
    gateway.amend(&id, "Reactivate", "").await.expect(200);
    gateway.amend(&id, "Reactivate", "{}").await.expect(200);
    assert_eq!(
        gateway.of_recurrence(&id, "NextRecurrency").await,
        "2027-05-31"
    );
    assert_eq!(gateway.days(30).await["Recurrences"], 1);
    let numbers: Vec<u64> = gateway
        .charges(&id)
        .await
        .iter()
        .map(|charge| charge.0)
        .collect();
    assert_eq!(numbers, [0, 1]);
}

#[tokio::test]
async fn a_recurrence_that_ended_goes_on_when_it_is_given_another_end() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let node = json!({"AuthorizeNow": true, "EndDate": "2027-03-31"});
    let ids = [
        gateway.recurs(&recurring(1, node.clone())).await,
        gateway.recurs(&recurring(1, node)).await,
    ];
    gateway.days(70).await;
    for id in &ids {
        assert_eq!(gateway.of_recurrence(id, "Status").await, 2);
        let late = gateway.amend(id, "EndDate", "2027-12-31").await;
        late.expect_error(400, 169);
        gateway.amend(id, "Reactivate", "").await.expect(200);
        let next = gateway.of_recurrence(id, "NextRecurrency").await;
        assert_eq!(next, "2027-04-30");
    }
    let [longer, same] = ids;
    let before = gateway.amend(&longer, "EndDate", "2027-04-29").await;
    before.expect_error(400, 321);
    gateway
        .amend(&longer, "EndDate", "2027-05-31")
        .await
        .expect(200);
    gateway.days(80).await;
    for (id, months) in [(&longer, 5), (&same, 3)] {
        assert_eq!(
            gateway.charged_on(id).await.len(),
            months,
            "never after the end"
        );
        assert_eq!(gateway.of_recurrence(id, "Status").await, 2);
    }
}

#[tokio::test]
async fn nobody_knows_a_recurrence_that_is_none() {
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        for id in ["24bc8366-fc31-4d6c-8555-17049a836a07", "7"] {
            for (part, body) in [("Deactivate", ""), ("Amount", "5"), ("Reactivate", "")] {
                let answer = gateway.amend(id, part, body).await;
                let status = if dialect == Dialect::Live { 400 } else { 404 };
                answer.expect_error(status, 313);
            }
            let got = gateway.recurrence(id).await.expect(404);
            assert_eq!(got.text().is_empty(), dialect == Dialect::Live);
        }
    }
}

#[tokio::test]
async fn a_new_payment_is_checked_as_that_of_a_sale_is() {
    let gateway = Gateway::sqlite().await;
    let id = gateway.recurs(&monthly()).await;
    let new = |kind: &str, number: &str| {
        let card = json!({"CardNumber": number, "ExpirationDate": "12/2030", "Brand": "Visa"});
        json!({"Type": kind, "Amount": 77, "Installments": 99, "CreditCard": card})
    };
    let put =
        async |body: serde_json::Value| gateway.amend(&id, "Payment", &body.to_string()).await;
    let other = put(new("Boleto", "1234123412341231")).await;
    assert_eq!(other.expect_error(400, 186).at("/0/Field"), "Payment.Type");
    let wrong = put(new("CreditCard", "123")).await;
    let wrong = wrong.expect_error(400, 213);
    assert_eq!(wrong.at("/0/Field"), "Payment.CreditCard.CardNumber");
    let kinds = put(json!({"Amount": "x", "CreditCard": 7})).await;
    assert_eq!(kinds.expect(400).codes(), [102, 123, 184, 184]);
    put(json!({})).await.expect(400);
    assert_eq!(gateway.of_recurrence(&id, "Amount").await, 15_700);
    let under = json!({"Payment": new("creditcard", "1234 1234 1234 1234")});
    put(under).await.expect(200);
    assert_eq!(gateway.of_recurrence(&id, "Amount").await, 77);
    assert_eq!(gateway.of_recurrence(&id, "Installments").await, 99);
}

#[tokio::test]
async fn an_end_that_lies_before_the_next_date_is_refused_wherever_it_comes_from() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-05-05T10:00:00-03:00").await;
    let node = json!({"AuthorizeNow": false, "StartDate": "2027-05-25", "EndDate": "2027-05-28"});
    let id = gateway.recurs(&recurring(1, node)).await;
    for (part, body, code) in [
        ("EndDate", "2027-05-24", 321),
        ("NextPaymentDate", "2027-05-29", 321),
        ("NextPaymentDate", "2027-05-04", 316),
        ("RecurrencyDay", "31", 321),
        ("RecurrencyDay", "0", 317),
        ("RecurrencyDay", "\"x\"", 317),
    ] {
        gateway.amend(&id, part, body).await.expect_error(400, code);
    }
    assert_eq!(
        gateway.of_recurrence(&id, "NextRecurrency").await,
        "2027-05-25"
    );
    gateway
        .amend(&id, "EndDate", "2027-05-25")
        .await
        .expect(200);
}
