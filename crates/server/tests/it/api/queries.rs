//! Queries by payment and by order, in both dialects.
//!
//! Invariant: a query shows a merchant its own sales only, and changes nothing.

use aval_domain::merchant::Dialect;
use aval_domain::time::HOUR;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    an_order_lists_its_payments_newest_first,
    a_sale_is_found_as_it_was_made,
}

/// Like `2015-04-06T10:13:39.42`: up to three decimals, no zeros behind.
fn is_iso(date: &Value) -> bool {
    let text = date.as_str().unwrap();
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "1"));
    let form: String = whole
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    let digits = decimals.bytes().all(|byte| byte.is_ascii_digit());
    form == "9999-99-99T99:99:99"
        && (1..=3).contains(&decimals.len())
        && digits
        && !decimals.ends_with('0')
}

async fn an_order_lists_its_payments_newest_first(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = Body::sale(1);
    let mut ids = Vec::new();
    for digit in ["1", "2", "4"] {
        let number = format!("123412341234123{digit}");
        let body = body.clone().with("Payment.CreditCard.CardNumber", number);
        ids.insert(0, gateway.sell(&body).await.payment_id());
        gateway.advance(HOUR).await;
    }
    let found = gateway.order(&body.order()).await.expect(200).json();
    assert_eq!(found.as_object().unwrap().len(), 1, "{found}");
    let payments = found["Payment"].as_array().unwrap();
    let listed: Vec<&Value> = payments
        .iter()
        .map(|payment| &payment["PaymentId"])
        .collect();
    assert_eq!(listed, ids.iter().collect::<Vec<_>>());
    for payment in payments {
        assert_eq!(payment.as_object().unwrap().len(), 2);
        assert!(is_iso(&payment["ReceveidDate"]), "{payment}");
    }
}

async fn a_sale_is_found_as_it_was_made(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let address = json!({
        "Street": "Rua Júlio Diniz", "Number": "123", "Complement": "AP 1", "ZipCode": "12345987",
        "City": "São Paulo", "State": "SP", "Country": "BRA", "District": "Vila Olímpia",
    });
    let body = Body::sale(1)
        .with("Customer.Name", "José da Conceição 😀")
        .with("Customer.Identity", "11225468954")
        .with("Customer.IdentityType", "CPF")
        .with("Customer.Email", "jose@teste.com")
        .with("Customer.Birthdate", "1991-01-02")
        .with("Customer.Status", "NEW")
        .with("Customer.Address", address.clone())
        .with("Customer.DeliveryAddress", address)
        .with("Payment.Interest", "ByIssuer")
        .with("Payment.Country", "USA")
        .with("Payment.Installments", 3)
        .with(
            "Payment.ExtraDataCollection",
            json!([{"Name": "Canal", "Value": "Loja"}]),
        );
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Customer"), body.0["Customer"]);
    let payment = sold.at("/Payment");
    for member in ["Interest", "Country", "Installments", "ExtraDataCollection"] {
        assert_eq!(payment[member], body.0["Payment"][member], "{member}");
    }
    let found = gateway.sale(&sold.payment_id()).await.expect(200);
    assert_eq!(found.json(), sold.json());
}

#[tokio::test]
async fn the_live_dialect_lists_an_order_under_the_plural() {
    let gateway = Gateway::speaking(Dialect::Live).await;
    let body = Body::sale(1);
    let id = gateway.sell(&body).await.payment_id();
    let found = gateway.order(&body.order()).await.expect(200).json();
    assert_eq!(found.as_object().unwrap().len(), 3, "{found}");
    assert_eq!(found["ReasonCode"], 0);
    assert_eq!(found["ReasonMessage"], "Successful");
    assert_eq!(found["Payments"][0]["PaymentId"], id);
    assert!(is_iso(&found["Payments"][0]["ReceveidDate"]));
}

#[tokio::test]
async fn what_is_not_there_is_told_as_the_dialect_tells_it() {
    let id = "24bc8366-fc31-4d6c-8555-17049a836a07";
    for (target, code) in [
        (format!("/1/sales/{id}"), 307),
        ("/1/sales/2014111706".to_owned(), 307),
        ("/1/sales?merchantOrderId=Nothing".to_owned(), 318),
        (format!("/1/card/{id}"), 180),
        ("/1/card/x".to_owned(), 180),
    ] {
        let manual = Gateway::speaking(Dialect::Manual).await;
        manual.get(&target).await.expect_error(404, code);
        let live = Gateway::speaking(Dialect::Live).await;
        let answer = live.get(&target).await.expect(404);
        assert_eq!(answer.text(), "", "{target}");
        assert!(answer.header("content-type").is_some(), "{target}");
    }
}

#[tokio::test]
async fn merchants_see_their_own_sales_only() {
    let gateway = Gateway::sqlite().await;
    let other = gateway.merchant(&[]).await;
    let body = Body::sale(1);
    let id = gateway.sell(&body).await.payment_id();
    other.sale(&id).await.expect_error(404, 307);
    other.order(&body.order()).await.expect_error(404, 318);
    let theirs = other.sell(&body).await.payment_id();
    let found = gateway.order(&body.order()).await.expect(200);
    assert_eq!(found.at("/Payment/0/PaymentId"), id);
    assert_eq!(found.at("/Payment/1"), Value::Null, "not {theirs}");
}

#[tokio::test]
async fn a_query_without_an_order_number_is_refused() {
    let gateway = Gateway::sqlite().await;
    for target in [
        "/1/sales",
        "/1/sales?",
        "/1/sales/?merchantOrderId=",
        "/1/sales?x=1",
    ] {
        let refused = gateway.get(target).await.expect_error(400, 122);
        assert_eq!(refused.at("/0/Field"), "merchantOrderId");
    }
}

#[tokio::test]
async fn names_of_the_query_are_read_in_any_case_and_values_decoded() {
    let gateway = Gateway::speaking(Dialect::Live).await;
    let body = Body::sale(1).with("MerchantOrderId", "Pedido 1/ção");
    gateway.sell(&body).await.expect(201);
    for name in ["merchantOrderId", "MerchantOrderId", "MERCHANTORDERID"] {
        let target = format!("/1/sales?{name}=Pedido+1%2F%C3%A7%C3%A3o");
        gateway.get(&target).await.expect(200);
    }
    let void = "/1/sales/OrderId/Pedido%201%2F%C3%A7%C3%A3o/void";
    gateway.put(void).await.expect(200);
}

#[tokio::test]
async fn blanks_around_an_order_number_count_nowhere() {
    let gateway = Gateway::speaking(Dialect::Live).await;
    for void in ["/1/sales/%20a%20/void", "/1/sales/OrderId/%20a%20/void"] {
        let body = Body::sale(1).with("MerchantOrderId", " a ");
        let sold = gateway.sell(&body).await.expect(201);
        assert_eq!(sold.at("/MerchantOrderId"), "a");
        let target = "/1/sales?merchantOrderId=%20a%20";
        gateway.get(target).await.expect(200);
        gateway.put(void).await.expect(200);
    }
}

#[tokio::test]
async fn a_payment_id_is_read_in_any_case() {
    let gateway = Gateway::sqlite().await;
    let id = gateway.authorized().await;
    let found = gateway.sale(&id.to_uppercase()).await.expect(200);
    assert_eq!(found.payment_id(), id);
}
