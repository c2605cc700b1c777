//! Captures: whole, in part, once, within the window, by their owner (decision D12).
//!
//! Invariant: after every refusal the sale is as it was before.

use aval_domain::time::DAY;
use serde_json::Value;

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    a_capture_takes_the_whole_amount,
    a_capture_takes_a_part_once,
    captures_end_with_the_merchants_window,
}

async fn a_capture_takes_the_whole_amount(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let sold = gateway.sell(&Body::sale(1)).await.expect(201);
    let id = sold.payment_id();
    let captured = gateway.capture(&id, "").await.expect(200);
    assert_eq!(captured.at("/Status"), 2);
    assert_eq!(captured.at("/ReturnCode"), "6");
    assert_eq!(captured.at("/ReturnMessage"), "Operation Successful");
    for marks in ["Tid", "AuthorizationCode"] {
        let before = sold.at(&format!("/Payment/{marks}"));
        assert_eq!(captured.at(&format!("/{marks}")), before, "{marks} stays");
    }
    let proof = captured.at("/ProofOfSale");
    assert_ne!(
        proof,
        sold.at("/Payment/ProofOfSale"),
        "a capture has its own"
    );
    let payment = gateway.sale(&id).await.expect(200).at("/Payment");
    assert_eq!(payment["Status"], 2);
    assert_eq!(payment["CapturedAmount"], 15_700);
    assert_eq!(payment["ProofOfSale"], proof);
    assert_eq!(payment["ReturnCode"], "6");
    assert!(payment["CapturedDate"].is_string());
    gateway.capture(&id, "").await.expect_error(400, 308);
}

async fn a_capture_takes_a_part_once(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let id = gateway.authorized().await;
    gateway.capture(&id, "?amount=5000").await.expect(200);
    let payment = gateway.sale(&id).await.at("/Payment");
    assert_eq!(payment["CapturedAmount"], 5_000);
    assert_eq!(payment["Amount"], 15_700);
    for more in ["?amount=5000", "?amount=1", ""] {
        gateway.capture(&id, more).await.expect_error(400, 308);
    }
    let captured = gateway.sale(&id).await.at("/Payment/CapturedAmount");
    assert_eq!(captured, 5_000);
}

async fn captures_end_with_the_merchants_window(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let patient = gateway.merchant(&[("capture_window_days", "7")]).await;
    let (late, kept) = (gateway.authorized().await, patient.authorized().await);
    let in_time = gateway.authorized().await;
    gateway.advance(5 * DAY - 3_600_000_000).await;
    gateway.capture(&in_time, "").await.expect(200);
    gateway.advance(7_200_000_000).await;
    gateway.capture(&late, "").await.expect_error(400, 308);
    assert_eq!(gateway.sale(&late).await.at("/Payment/Status"), 1);
    patient.capture(&kept, "").await.expect(200);
}

#[tokio::test]
async fn capture_outside_one_to_the_authorized_amount_is_refused() {
    let gateway = Gateway::sqlite().await;
    let id = gateway.authorized().await;
    let huge = "?amount=99999999999999999999";
    for amount in [
        "?amount=15701",
        "?amount=0",
        "?amount=-1",
        "?amount=1.5",
        "?amount=abc",
        "?amount=",
        "?amount=%20",
        "?amount",
        huge,
    ] {
        let refused = gateway.capture(&id, amount).await;
        let refused = refused.expect_error(400, 308);
        assert_eq!(refused.at("/0/Field"), "amount", "{amount}");
    }
    let payment = gateway.sale(&id).await.at("/Payment");
    assert_eq!(payment["Status"], 1);
    assert_eq!(payment["CapturedAmount"], Value::Null);
    gateway.capture(&id, "?amount=15700").await.expect(200);
}

#[tokio::test]
async fn no_amount_means_the_whole_and_names_are_read_in_any_case() {
    let gateway = Gateway::sqlite().await;
    for (query, captured) in [
        ("?", 15_700),
        ("?AMOUNT=100", 100),
        ("?amount=9&Amount=200", 200),
        ("?amount=%31%30", 10),
    ] {
        let id = gateway.authorized().await;
        gateway.capture(&id, query).await.expect(200);
        let taken = gateway.sale(&id).await.at("/Payment/CapturedAmount");
        assert_eq!(taken, captured, "{query}");
    }
}

#[tokio::test]
async fn a_service_tax_replaces_the_one_of_the_sale() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1).with("Payment.ServiceTaxAmount", 100);
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/ServiceTaxAmount"), 100);
    let id = sold.payment_id();
    for tax in ["", "-1", "x", "15701", "1000000000000000"] {
        let query = format!("?serviceTaxAmount={tax}");
        let refused = gateway.capture(&id, &query).await.expect_error(400, 308);
        assert_eq!(refused.at("/0/Field"), "serviceTaxAmount", "{tax}");
    }
    let query = "?amount=5000&serviceTaxAmount=40";
    gateway.capture(&id, query).await.expect(200);
    let payment = gateway.sale(&id).await.at("/Payment");
    assert_eq!(payment["ServiceTaxAmount"], 40);
    assert_eq!(payment["CapturedAmount"], 5_000, "the tax is not added");
}

#[tokio::test]
async fn a_service_tax_is_bound_by_the_amount_of_the_sale_kept_or_replaced() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1).with("Payment.ServiceTaxAmount", 15_700);
    for query in ["?amount=5000", "?amount=5000&serviceTaxAmount=15700"] {
        let id = gateway.sell(&body).await.expect(201).payment_id();
        let above = format!("/1/sales/{id}/capture?amount=5000&serviceTaxAmount=15701");
        let refused = gateway.put(&above).await.expect_error(400, 308);
        assert_eq!(refused.at("/0/Field"), "serviceTaxAmount");
        gateway.capture(&id, query).await.expect(200);
        let payment = gateway.sale(&id).await.at("/Payment");
        assert_eq!(payment["CapturedAmount"], 5_000, "{query}");
        assert_eq!(payment["ServiceTaxAmount"], 15_700, "{query}");
    }
}

#[tokio::test]
async fn nobody_captures_the_sale_of_another_merchant() {
    let gateway = Gateway::sqlite().await;
    let other = gateway.merchant(&[]).await;
    let id = gateway.authorized().await;
    other.capture(&id, "").await.expect_error(404, 307);
    gateway.capture(&id, "").await.expect(200);
}

#[tokio::test]
async fn unknown_payments_cannot_be_captured_in_either_dialect() {
    for (dialect, id) in [
        ("manual", "24bc8366-fc31-4d6c-8555-17049a836a07"),
        ("live", "24bc8366-fc31-4d6c-8555-17049a836a07"),
        ("manual", "2014111706"),
        ("live", "2014111706"),
    ] {
        let gateway = Gateway::sqlite().await;
        let caller = gateway.merchant(&[("dialect", dialect)]).await;
        caller.capture(id, "").await.expect_error(404, 307);
    }
}
