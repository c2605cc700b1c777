//! Voids and refunds: whole, in part, by payment and by order (decisions D13 and D14).
//!
//! Invariant: after every refusal the sale is as it was before.

use aval_domain::merchant::Dialect;
use aval_domain::time::{DAY, HOUR};
use serde_json::json;

use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    an_authorized_sale_is_voided_whole_or_not_at_all,
    parts_add_up_to_a_void_and_never_beyond,
    only_the_newest_sale_of_an_order_is_voided_by_its_number,
    later_than_24_hours_a_void_is_a_refund,
}

/// Status, CapturedAmount and VoidedAmount of a sale.
async fn standing(caller: &Caller, id: &str) -> serde_json::Value {
    let payment = caller.sale(id).await.expect(200).at("/Payment");
    json!([
        payment["Status"],
        payment["CapturedAmount"],
        payment["VoidedAmount"]
    ])
}

async fn an_authorized_sale_is_voided_whole_or_not_at_all(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let id = gateway.authorized().await;
    for amount in ["100", "15701", "0", "x", "", "%20", "1.5"] {
        let query = format!("?amount={amount}");
        let refused = gateway.void(&id, &query).await.expect_error(400, 309);
        assert_eq!(refused.at("/0/Field"), "amount", "{query}");
    }
    assert_eq!(standing(&gateway, &id).await, json!([1, null, null]));
    let voided = gateway.void(&id, "?amount=15700").await.expect(200);
    assert_eq!(voided.at("/Status"), 10);
    assert_eq!(voided.at("/ReturnCode"), "9");
    assert_eq!(
        voided.at("/Links/1"),
        json!(null),
        "self is all that is left"
    );
    assert_eq!(standing(&gateway, &id).await, json!([10, null, 15_700]));
    gateway.void(&id, "").await.expect_error(400, 309);
    gateway.capture(&id, "").await.expect_error(400, 308);
}

async fn parts_add_up_to_a_void_and_never_beyond(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let id = gateway.captured().await;
    let first = gateway.void(&id, "?amount=5000").await.expect(200);
    assert_eq!(first.at("/Status"), 2);
    let rels = json!([first.at("/Links/0/Rel"), first.at("/Links/1/Rel")]);
    assert_eq!(rels, json!(["self", "void"]));
    assert_eq!(standing(&gateway, &id).await, json!([2, 15_700, 5_000]));
    for amount in ["10701", "0", "-5", ""] {
        let query = format!("?amount={amount}");
        let refused = gateway.void(&id, &query).await.expect_error(400, 309);
        assert_eq!(refused.at("/0/Field"), "amount", "{query}");
    }
    gateway.void(&id, "?amount=700").await.expect(200);
    assert_eq!(standing(&gateway, &id).await, json!([2, 15_700, 5_700]));
    let last = gateway.void(&id, "?amount=10000").await.expect(200);
    assert_eq!(last.at("/Status"), 10);
    assert_eq!(standing(&gateway, &id).await, json!([10, 15_700, 15_700]));
    gateway.void(&id, "?amount=1").await.expect_error(400, 309);
}

async fn only_the_newest_sale_of_an_order_is_voided_by_its_number(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = Body::sale(1);
    let order = body.order();
    let old = gateway.sell(&body).await.payment_id();
    // Ids and order of arrival follow the clock's milliseconds.
    gateway.advance(HOUR).await;
    let new = gateway.sell(&body).await.payment_id();
    let voided = gateway.void(&order, "").await.expect(200);
    assert!(voided.at("/Links/0/Href").as_str().unwrap().ends_with(&new));
    let by_order = format!("/1/sales/OrderId/{order}/void");
    for again in [format!("/1/sales/{order}/void"), by_order.clone()] {
        gateway.put(&again).await.expect_error(400, 309);
    }
    assert_eq!(standing(&gateway, &old).await, json!([1, null, null]));
    gateway.advance(HOUR).await;
    let denied = body.with("Payment.CreditCard.CardNumber", "1234123412341232");
    gateway.sell(&denied).await.expect(201);
    gateway.put(&by_order).await.expect_error(400, 309);
    assert_eq!(standing(&gateway, &old).await, json!([1, null, null]));
}

async fn later_than_24_hours_a_void_is_a_refund(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let strict = gateway.merchant(&[("refunds_enabled", "false")]).await;
    let (id, refused) = (gateway.captured().await, strict.captured().await);
    let (part, in_time) = (gateway.captured().await, strict.captured().await);
    gateway.advance(24 * HOUR - 60_000_000).await;
    let voided = strict.void(&in_time, "").await.expect(200);
    assert_eq!(voided.at("/Status"), 10);
    gateway.advance(HOUR).await;
    strict.void(&refused, "").await.expect_error(400, 311);
    let refused_part = strict.void(&refused, "?amount=1").await;
    refused_part.expect_error(400, 311);
    assert_eq!(standing(&strict, &refused).await, json!([2, 15_700, null]));
    let refunded = gateway.void(&id, "").await.expect(200);
    assert_eq!(refunded.at("/Status"), 11);
    assert_eq!(refunded.at("/ReturnCode"), "9");
    assert_eq!(standing(&gateway, &id).await, json!([11, 15_700, 15_700]));
    gateway.void(&part, "?amount=700").await.expect(200);
    gateway.advance(360 * DAY).await;
    gateway.void(&part, "").await.expect_error(400, 312);
    assert_eq!(standing(&gateway, &part).await, json!([2, 15_700, 700]));
}

#[tokio::test]
async fn the_age_of_a_refund_counts_from_the_capture() {
    let gateway = Gateway::sqlite().await;
    let id = gateway.authorized().await;
    gateway.advance(4 * DAY).await;
    gateway.capture(&id, "").await.expect(200);
    gateway.advance(HOUR).await;
    let voided = gateway.void(&id, "").await.expect(200);
    assert_eq!(voided.at("/Status"), 10);
}

#[tokio::test]
async fn voiding_the_whole_authorized_amount_after_a_part_capture_voids_the_sale() {
    let gateway = Gateway::sqlite().await;
    let id = gateway.authorized().await;
    gateway.capture(&id, "?amount=5000").await.expect(200);
    gateway
        .void(&id, "?amount=5001")
        .await
        .expect_error(400, 309);
    let voided = gateway.void(&id, "?amount=15700").await.expect(200);
    assert_eq!(voided.at("/Status"), 10);
    assert_eq!(standing(&gateway, &id).await, json!([10, 5_000, 5_000]));
}

#[tokio::test]
async fn a_void_answers_code_9_in_the_manual_and_0_in_the_live_dialect() {
    for (dialect, code) in [(Dialect::Manual, "9"), (Dialect::Live, "0")] {
        let gateway = Gateway::speaking(dialect).await;
        let id = gateway.captured().await;
        for amount in ["?amount=100", ""] {
            let voided = gateway.void(&id, amount).await.expect(200);
            assert_eq!(voided.at("/ReturnCode"), code);
            assert_eq!(voided.at("/ProviderReturnCode"), code);
            assert_eq!(voided.at("/ReturnMessage"), "Operation Successful");
            assert_eq!(voided.at("/ReasonCode"), 0);
            assert_eq!(voided.at("/ReasonMessage"), "Successful");
            let found = gateway.sale(&id).await.at("/Payment/ReturnCode");
            assert_eq!(found, code);
        }
    }
}

#[tokio::test]
async fn nobody_voids_the_sale_of_another_merchant() {
    let gateway = Gateway::sqlite().await;
    let other = gateway.merchant(&[]).await;
    let body = Body::sale(1);
    let id = gateway.sell(&body).await.payment_id();
    for name in [
        id.clone(),
        body.order(),
        format!("OrderId/{}", body.order()),
    ] {
        other.void(&name, "").await.expect_error(404, 307);
    }
    assert_eq!(standing(&gateway, &id).await, json!([1, null, null]));
}

#[tokio::test]
async fn unknown_payments_and_orders_are_not_found_in_either_dialect() {
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        let guid = "24bc8366-fc31-4d6c-8555-17049a836a07";
        for name in [guid, "Nothing", "OrderId/Nothing", "a%20b"] {
            gateway.void(name, "").await.expect_error(404, 307);
        }
    }
}

#[tokio::test]
async fn a_guid_is_a_payment_in_the_first_form_and_an_order_in_the_second() {
    let gateway = Gateway::speaking(Dialect::Live).await;
    let guid = "24bc8366-fc31-4d6c-8555-17049a836a07";
    let body = Body::sale(1).with("MerchantOrderId", guid);
    let id = gateway.sell(&body).await.expect(201).payment_id();
    gateway.void(guid, "").await.expect_error(404, 307);
    let by_order = gateway.put(&format!("/1/sales/orderid/{guid}/VOID")).await;
    assert_eq!(by_order.expect(200).at("/Status"), 10);
    assert_eq!(standing(&gateway, &id).await, json!([10, null, 15_700]));
}
