//! Bank transfers (manual lines 2136 to 2227, decision D24).

use serde_json::{Value, json};

use super::{decide, look, page_of, payment, press};
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    a_transfer_is_paid_refused_or_kept_pending_at_the_bank,
    of_a_payment_and_a_refusal_at_once_one_wins,
}

async fn a_transfer_is_paid_refused_or_kept_pending_at_the_bank(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    for (provider, shown) in [
        ("bradesco", "Bradesco"),
        ("Bradesco2", "Bradesco"),
        ("BancoDoBrasil", "BancodoBrasil"),
        ("BancodoBrasil2", "BancodoBrasil"),
    ] {
        let body = Body::transfer().with("Payment.Provider", provider);
        let sold = gateway.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/Provider"), shown);
        assert_eq!(sold.at("/Payment/Status"), 0);
        assert_eq!(sold.at("/Payment/ReturnCode"), Value::Null);
    }
    for (decision, status) in [("pay", 2), ("refuse", 3), ("pending", 12)] {
        let sold = gateway.sell(&Body::transfer()).await.expect(201);
        let (id, page) = (sold.payment_id(), page_of(&gateway, &sold));
        press(&gateway, &page, decision).await.expect(200);
        let now = payment(&gateway, &id).await;
        assert_eq!(now["Status"], status, "{decision}");
        let taken = if status == 2 {
            json!(15_700)
        } else {
            Value::Null
        };
        assert_eq!(now["CapturedAmount"], taken);
        assert_eq!(now["Links"].as_array().unwrap().len(), 1, "itself alone");
        gateway.capture(&id, "").await.expect_error(400, 310);
        gateway.void(&id, "").await.expect_error(400, 310);
    }
}

async fn of_a_payment_and_a_refusal_at_once_one_wins(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    for _ in 0..4 {
        let sold = gateway.sell(&Body::transfer()).await.expect(201);
        let page = page_of(&gateway, &sold);
        let (paid, refused) = tokio::join!(
            press(&gateway, &page, "pay"),
            press(&beside, &page, "refuse"),
        );
        let told = [paid.expect(200), refused.expect(200)];
        let late = told
            .iter()
            .filter(|page| page.text().contains("was not used"));
        assert_eq!(late.count(), 1);
        let status = payment(&gateway, &sold.payment_id()).await["Status"].clone();
        assert!(status == 2 || status == 3, "{status}");
    }
}

#[tokio::test]
async fn a_pending_transfer_can_still_be_paid_or_refused_and_stays_pending_once() {
    let gateway = Gateway::sqlite().await;
    for (decision, status) in [("pay", 2), ("refuse", 3)] {
        let sold = gateway.sell(&Body::transfer()).await.expect(201);
        let (id, page) = (sold.payment_id(), page_of(&gateway, &sold));
        for _ in 0..2 {
            let shown = press(&gateway, &page, "pending").await.expect(200);
            assert!(shown.text().contains("Transfer pending"));
        }
        let again = look(&gateway, &page).await.expect(200);
        assert!(again.text().contains("value=\"pay\""), "it can be decided");
        press(&gateway, &page, decision).await.expect(200);
        assert_eq!(payment(&gateway, &id).await["Status"], status);
        let shown = look(&gateway, &page).await.expect(200);
        assert!(shown.text().contains("already decided"));
        assert!(!shown.text().contains("name=\"decision\""));
    }
}

#[tokio::test]
async fn the_sandbox_api_pays_and_refuses_whole_transfers_once() {
    let gateway = Gateway::sqlite().await;
    let begin = async || {
        gateway
            .sell(&Body::transfer())
            .await
            .expect(201)
            .payment_id()
    };
    let id = begin().await;
    for body in [
        r#"{"Amount":0}"#,
        r#"{"Amount":"15700"}"#,
        r#"{"Amount":100}"#,
    ] {
        let refused = decide(&gateway, &id, "pay", body)
            .await
            .expect_error(400, 9010);
        assert_eq!(refused.at("/0/Field"), "Amount");
    }
    decide(&gateway, &id, "pay", "x")
        .await
        .expect_error(400, 184);
    decide(&gateway, &id, "authenticate", "")
        .await
        .expect_error(400, 310);
    let paid = decide(&gateway, &id, "pay", r#"{"amount":15700}"#)
        .await
        .expect(200);
    assert_eq!(paid.at("/Payment/Status"), 2);
    decide(&gateway, &id, "pay", "")
        .await
        .expect_error(400, 9011);
    decide(&gateway, &id, "deny", "")
        .await
        .expect_error(400, 9011);
    let id = begin().await;
    let denied = decide(&gateway, &id, "deny", "{}").await.expect(200);
    assert_eq!(denied.at("/Payment/Status"), 3);
}

#[tokio::test]
async fn a_transfer_is_listed_by_its_order_and_its_key_makes_one() {
    let gateway = Gateway::sqlite().await;
    let body = Body::transfer();
    let selling = gateway.selling(&body).key("one");
    let first = selling.send().await.expect(201);
    let again = selling.send().await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.text(), first.text());
    let listed = gateway.order(&body.order()).await.expect(200);
    let found = listed.at("/Payment");
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["PaymentId"], first.payment_id());
    let own = gateway
        .merchant(&[("duplicate_orders_refused", "true")])
        .await;
    own.sell(&body).await.expect(201);
    own.sell(&body).await.expect_error(400, 302);
}
