//! Renova Fácil (manual lines 3742 to 3984, decision D36).

use serde_json::{Value, json};

use super::{FIRST, payment};
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Answer;
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    a_recurring_sale_with_a_replaced_card_is_denied_and_told_the_new_one,
}

const NEW: &str = "4000000000000010";

async fn replace(gateway: &Gateway, body: &Value) -> Answer {
    let path = "/sandbox/cards/replace";
    gateway.sandbox("POST", path, &body.to_string()).await
}

fn replacing(gateway: &Gateway, number: &str) -> Value {
    json!({
        "MerchantId": gateway.id,
        "CardNumber": "1234123412341231",
        "NewCard": {"CardNumber": number, "ExpirationDate": "10/2031", "Brand": "visa"},
    })
}

async fn a_recurring_sale_with_a_replaced_card_is_denied_and_told_the_new_one(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let entered = replace(&gateway, &replacing(&gateway, NEW))
        .await
        .expect(200);
    assert_eq!(entered.at("/CardNumber"), "123412******1231");
    assert_eq!(entered.at("/NewCard/CardNumber"), "400000******0010");
    assert!(!entered.text().contains(NEW));
    let body = Body::sale(1).with("Payment.Recurrent", true);
    let selling = gateway.selling(&body).key("renewed");
    let sold = selling.send().await.expect(201);
    let told = json!({
        "CardNumber": NEW, "ExpirationDate": "10/2031", "SaveCard": false, "Brand": "Visa",
    });
    assert_eq!(sold.at("/Payment/Status"), 3);
    assert_eq!(sold.at("/Payment/ReturnCode"), "KA");
    assert_eq!(sold.at("/Payment/ReturnMessage"), "Autorizacao negada");
    assert_eq!(sold.at("/Payment/Eci"), "0");
    assert_eq!(sold.at("/Payment/NewCard"), told);
    let again = selling.send().await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.text(), sold.text(), "also when it is given again");
    let shown = payment(&gateway, &sold.payment_id()).await;
    assert_eq!(shown["NewCard"], told, "the query tells it too");
    let requests = format!("/sandbox/requests?MerchantId={}", gateway.id);
    let log = gateway.sandbox("GET", &requests, "").await.expect(200);
    assert!(log.text().contains("NewCard") && !log.text().contains(NEW));
    let once = gateway.sell(&Body::sale(1)).await.expect(201);
    assert_eq!(once.at("/Payment/Status"), 1, "a sale that does not recur");
    let other = gateway.merchant(&[]).await;
    let sold = other.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 1, "another merchant's register");
}

#[tokio::test]
async fn a_card_can_be_replaced_again_and_renova_facil_can_be_off() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1).with("Payment.Recurrent", true);
    for number in [NEW, "5111111111111118"] {
        replace(&gateway, &replacing(&gateway, number))
            .await
            .expect(200);
        let sold = gateway.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/NewCard/CardNumber"), number);
    }
    gateway
        .set(gateway.merchant_id(), &[("renova_facil", "false")])
        .await;
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 1);
    assert_eq!(sold.at("/Payment/NewCard"), Value::Null);
}

#[tokio::test]
async fn an_expired_card_ending_in_three_is_replaced_by_one_that_pays() {
    let gateway = Gateway::sqlite().await;
    let expired = |ending| {
        Body::sale(ending)
            .with("Payment.CreditCard.ExpirationDate", "01/2020")
            .with("Payment.Recurrent", true)
    };
    let sold = gateway.sell(&expired(3)).await.expect(201);
    assert_eq!(sold.at("/Payment/ReturnCode"), "KA");
    let new = sold.at("/Payment/NewCard");
    let mut next = Body::sale(1).with("Payment.Recurrent", true);
    for member in ["CardNumber", "ExpirationDate", "Brand"] {
        let path = format!("Payment.CreditCard.{member}");
        next = next.with(&path, new[member].clone());
    }
    let paid = gateway.sell(&next).await.expect(201);
    assert_eq!(paid.at("/Payment/Status"), 1, "{new}");
    let other = gateway.sell(&expired(1)).await.expect(201);
    assert_eq!(
        other.at("/Payment/Status"),
        1,
        "a sandbox sale takes any date"
    );
    let current = Body::sale(3).with("Payment.Recurrent", true);
    let denied = gateway.sell(&current).await.expect(201);
    assert_eq!(denied.at("/Payment/ReturnCode"), "57");
}

#[tokio::test]
async fn a_notification_masks_the_new_card() {
    let gateway = Gateway::sqlite().await;
    let url = "http://127.0.0.1:1/";
    gateway
        .set(gateway.merchant_id(), &[("notification_url", url)])
        .await;
    replace(&gateway, &replacing(&gateway, NEW))
        .await
        .expect(200);
    let body = Body::sale(1).with("Payment.Recurrent", true);
    gateway.sell(&body).await.expect(201);
    let storage = &gateway.server.app.storage;
    let written = storage
        .notifications(gateway.merchant_id(), FIRST, 10)
        .await
        .unwrap();
    let body = &written.first().unwrap().body;
    assert!(
        body.contains("400000******0010") && !body.contains(NEW),
        "{body}"
    );
}

#[tokio::test]
async fn what_is_no_card_is_not_entered() {
    let gateway = Gateway::sqlite().await;
    let right = replacing(&gateway, NEW);
    let with = |path: &str, value: Value| {
        let mut body = right.clone();
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    for (body, field) in [
        (with("/MerchantId", json!("x")), "MerchantId"),
        (with("/CardNumber", json!("12")), "CardNumber"),
        (with("/NewCard", json!(1)), "NewCard"),
        (
            with("/NewCard/CardNumber", json!("x")),
            "NewCard.CardNumber",
        ),
        (
            with("/NewCard/ExpirationDate", json!("13/2030")),
            "NewCard.ExpirationDate",
        ),
        (with("/NewCard/Brand", json!("Cielo")), "NewCard.Brand"),
    ] {
        let refused = replace(&gateway, &body).await.expect_error(400, 9010);
        assert_eq!(refused.at("/0/Field"), field);
    }
    let unknown = with("/MerchantId", json!("24bc8366-fc31-4d6c-8555-17049a836a07"));
    replace(&gateway, &unknown).await.expect_error(404, 115);
}
