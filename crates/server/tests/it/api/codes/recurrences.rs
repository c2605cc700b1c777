//! Codes of recurrences: of the node in a sale, and of the calls that change one.
//!
//! Invariant: each code of [`CODES`] is caused here with its message; the rules behind them are
//! tested with the recurrences themselves.

use aval_domain::recurrence::Attempts;
use aval_gateway::app::Environment;
use aval_storage::{Changes, RecurrenceWrite, Write};
use serde_json::json;

use crate::recurrence::{monthly, recurring, scheduled};
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};

use super::{Case, assert_one, refused, sale};

/// The codes that are caused here.
pub const CODES: [u64; 9] = [166, 168, 169, 313, 315, 316, 317, 320, 321];

const NODE: &str = "Payment.RecurrentPayment";
const NOW: &str = "Payment.RecurrentPayment.AuthorizeNow";
const START: &str = "Payment.RecurrentPayment.StartDate";
const END: &str = "Payment.RecurrentPayment.EndDate";
const INTERVAL: &str = "Payment.RecurrentPayment.Interval";
const NAME: &str = "Payment.RecurrentPayment.RecurrentPaymentId";

fn members() -> Vec<Case> {
    let node = |name, value| sale(name, NODE, value);
    vec![
        node("no AuthorizeNow", json!({"Interval": "Monthly"})).causes(166, NOW),
        node(
            "AuthorizeNow no boolean",
            json!({"AuthorizeNow": "perhaps"}),
        )
        .causes(184, NOW),
        node("no start", json!({"AuthorizeNow": false})).causes(184, START),
        node(
            "start no date",
            json!({"AuthorizeNow": false, "StartDate": "soon"}),
        )
        .causes(184, START),
        node(
            "long end",
            json!({"AuthorizeNow": true, "EndDate": "2030-13-010"}),
        )
        .causes(0, END)
        .causes(184, END),
        node(
            "interval of nobody",
            json!({"AuthorizeNow": true, "Interval": "Fortnightly"}),
        )
        .causes(0, INTERVAL)
        .causes(184, INTERVAL),
        node(
            "no name of a recurrence",
            json!({"AuthorizeNow": true, "RecurrentPaymentId": "7"}),
        )
        .causes(168, NAME),
        node(
            "the name of none",
            json!({
                "AuthorizeNow": true,
                "RecurrentPaymentId": "24bc8366-fc31-4d6c-8555-17049a836a07",
            }),
        )
        .causes(168, NAME),
        node(
            "everything",
            json!({"Interval": 4, "EndDate": "x", "StartDate": {"a": 1}}),
        )
        .with("Payment.Installments", 2)
        .of(&[("recurrence", "false")])
        .causes(166, NOW)
        .causes(179, "Payment.Installments")
        .causes(184, START)
        .causes(184, END)
        .causes(184, INTERVAL)
        .causes(319, NODE),
    ]
}

#[tokio::test]
async fn members_of_a_recurrence_are_checked_one_by_one() {
    let gateway = Gateway::sqlite().await;
    refused(&gateway, members(), Caller::sell).await;
}

#[tokio::test]
async fn a_sale_that_names_a_recurrence_begins_no_second_one() {
    let gateway = Gateway::sqlite().await;
    let (active, stopped) = (
        gateway.recurs(&monthly()).await,
        gateway.recurs(&monthly()).await,
    );
    gateway.amend(&stopped, "Deactivate", "").await.expect(200);
    let other = gateway.merchant(&[]).await;
    for (shop, id, code) in [
        (&gateway.caller, &active, 186),
        (&gateway.caller, &stopped, 169),
        (&other, &active, 168),
    ] {
        for node in [
            json!({"AuthorizeNow": true, "RecurrentPaymentId": id}),
            json!({"AuthorizeNow": false, "StartDate": "2031-01-01", "RecurrentPaymentId": id}),
        ] {
            let answer = shop.sell(&recurring(1, node)).await;
            assert_one(answer, 400, code, NAME);
        }
    }
    assert_eq!(gateway.plans(&gateway.caller).await.len(), 2);
    for nothing in [
        json!(null),
        json!(""),
        json!("00000000-0000-0000-0000-000000000000"),
    ] {
        let node = json!({"AuthorizeNow": true, "RecurrentPaymentId": nothing});
        gateway.recurs(&recurring(1, node)).await;
    }
}

#[tokio::test]
async fn changes_of_a_recurrence_have_codes() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-05-05T10:00:00-03:00").await;
    let ends = json!({"AuthorizeNow": false, "StartDate": "2027-05-25", "EndDate": "2028-01-01"});
    let id = gateway.recurs(&recurring(1, ends)).await;
    for (part, body, code, field) in [
        ("Amount", "x", 184, "Amount"),
        ("Amount", "-1", 108, "Amount"),
        ("Amount", "1000000000000000", 0, "Amount"),
        ("Installments", "0", 123, "Installments"),
        ("Installments", "100", 0, "Installments"),
        ("Interval", "5", 184, "Interval"),
        ("EndDate", "", 184, "EndDate"),
        ("NextPaymentDate", "{}", 184, "NextPaymentDate"),
        ("RecurrencyDay", "32", 317, "RecurrencyDay"),
        ("NextPaymentDate", "2027-05-04", 316, ""),
        ("EndDate", "2027-05-04", 321, ""),
        ("Customer", "{}", 121, "Customer"),
        ("Customer", "", 184, ""),
        ("Payment", "", 184, ""),
        ("Payment", "{\"Type\":\"DebitCard\"}", 186, "Payment.Type"),
    ] {
        let answer = gateway.amend(&id, part, body).await;
        assert_one(answer, 400, code, field);
    }
    let unknown = gateway.amend("24bc8366-fc31-4d6c-8555-17049a836a07", "Reactivate", "");
    assert_one(unknown.await, 404, 313, "");
    let tried = gateway.recurs(&scheduled(8, "2027-05-06")).await;
    let plan = gateway.plan(&gateway.caller, &tried).await.unwrap();
    let attempts = Attempts {
        most: 4,
        days_apart: 1,
    };
    let today = plan.next;
    let denied = plan.denied(true, attempts, today);
    let changes = Changes {
        merchant: gateway.merchant_id(),
        writes: vec![Write::Recurrence(RecurrenceWrite::UpdatePlan(Box::new(
            denied,
        )))],
    };
    gateway.server.app.storage.commit(changes).await.unwrap();
    let pending = gateway.amend(&tried, "NextPaymentDate", "2027-06-01").await;
    assert_one(pending, 400, 315, "");
    gateway.amend(&tried, "Deactivate", "").await.expect(200);
    let inactive = gateway.amend(&tried, "Amount", "1").await;
    assert_one(inactive, 400, 169, "");
}

#[tokio::test]
async fn without_an_acquirer_nothing_is_scheduled_and_no_payment_replaced() {
    let gateway = Gateway::sqlite().await;
    let id = gateway.recurs(&monthly()).await;
    let setup = Setup {
        environment: Environment::Production,
        ..Setup::default()
    };
    let production = gateway.beside_as(setup).await;
    let none = production.sell(&scheduled(1, "2031-01-01")).await;
    assert_one(none, 400, 129, "");
    let payment = json!({
        "Type": "CreditCard", "Amount": 1, "Installments": 1,
        "CreditCard": {
            "CardNumber": "1234123412341231", "ExpirationDate": "12/2030", "Brand": "Visa",
        },
    });
    let put = production.amend(&id, "Payment", &payment.to_string()).await;
    assert_one(put, 400, 320, "");
    production.amend(&id, "Amount", "5").await.expect(200);
}
