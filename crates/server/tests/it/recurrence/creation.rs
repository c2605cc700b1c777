//! Making recurrences: with a first payment and without one (requirements R230 to R246).
//!
//! Invariant: there is a recurrence only when its first payment was authorized, or none was asked
//! for.

use serde_json::{Value, json};

use super::{monthly, recurring, scheduled};
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    a_first_payment_that_is_authorized_begins_a_recurrence_of_each_interval,
    a_first_payment_that_is_denied_begins_none,
    a_recurrence_may_be_scheduled_without_a_payment,
    a_scheduled_recurrence_stores_its_card_with_the_first_charge_that_is_paid,
    one_idempotency_key_makes_one_recurrence,
);

const NODE: &str = "/Payment/RecurrentPayment";

async fn a_first_payment_that_is_authorized_begins_a_recurrence_of_each_interval(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    for (interval, next) in [
        (json!(null), "2027-02-28"),
        (json!("MONTHLY"), "2027-02-28"),
        (json!("bimonthly"), "2027-03-31"),
        (json!("3"), "2027-04-30"),
        (json!(6), "2027-07-31"),
        (json!("Annual"), "2028-01-31"),
    ] {
        let node = json!({"AuthorizeNow": "true", "Interval": interval, "EndDate": "2030-1-5"});
        let sold = gateway.sell(&recurring(1, node)).await.expect(201);
        assert_eq!(sold.at("/Payment/Status"), 1);
        assert_eq!(sold.at("/Payment/Recurrent"), false);
        let shown = sold.at(NODE);
        assert_eq!(shown["NextRecurrency"], next);
        assert_eq!(shown["EndDate"], "2030-01-05");
        assert_eq!(shown["AuthorizeNow"], true);
        let again = gateway.sale(&sold.payment_id()).await.expect(200);
        assert_eq!(again.at(NODE), shown, "as GET shows it");
        let id = shown["RecurrentPaymentId"].as_str().unwrap();
        let recurrence = gateway.recurrence(id).await.expect(200);
        assert_eq!(recurrence.at("/RecurrentPayment/StartDate"), "2027-01-31");
        assert_eq!(recurrence.at("/RecurrentPayment/RecurrencyDay"), 31);
        let charges = gateway.charges(id).await;
        assert_eq!(charges.len(), 1);
        assert_eq!(charges[0].2.payment_id(), sold.payment_id());
    }
}

async fn a_first_payment_that_is_denied_begins_none(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let node = json!({"AuthorizeNow": true, "Interval": "SemiAnnual", "EndDate": "2030-01-05"});
    for ending in [2, 8] {
        let sold = gateway
            .sell(&recurring(ending, node.clone()))
            .await
            .expect(201);
        assert_eq!(sold.at("/Payment/Status"), 3);
        let expected = json!({
            "ReasonCode": 7, "ReasonMessage": "Denied", "EndDate": "2030-01-05", "Interval": 6,
            "AuthorizeNow": true,
        });
        assert_eq!(sold.at(NODE), expected);
        let again = gateway.sale(&sold.payment_id()).await.expect(200);
        assert_eq!(again.at(NODE), expected);
    }
    assert!(gateway.plans(&gateway.caller).await.is_empty());
}

async fn a_recurrence_may_be_scheduled_without_a_payment(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let body = scheduled(2, "2027-03-15").with("Payment.CreditCard.SaveCard", true);
    let made = gateway.sell(&body).await.expect(201);
    assert_eq!(made.at("/Payment/Status"), 20);
    for absent in ["PaymentId", "Links", "Tid", "ReturnCode", "ReceivedDate"] {
        assert_eq!(
            made.at(&format!("/Payment/{absent}")),
            Value::Null,
            "{absent}"
        );
    }
    assert_eq!(made.at("/Payment/CreditCard/SaveCard"), true);
    let token = made.at("/Payment/CreditCard/CardToken");
    assert_eq!(token, Value::Null, "none is made before a charge is paid");
    assert_eq!(
        made.at("/Payment/CreditCard/CardNumber"),
        "123412******1232"
    );
    let id = made.at(&format!("{NODE}/RecurrentPaymentId"));
    let address = made.at(&format!("{NODE}/Link/Href"));
    assert_eq!(made.header("location"), address.as_str());
    assert_eq!(made.at(&format!("{NODE}/Link/Rel")), "recurrentPayment");
    let shown = gateway.recurrence(id.as_str().unwrap()).await.expect(200);
    assert_eq!(shown.at("/RecurrentPayment/NextRecurrency"), "2027-03-15");
    assert_eq!(
        shown.at("/RecurrentPayment/RecurrentTransactions"),
        json!([])
    );
    let order = gateway.order(&body.order()).await;
    order.expect_error(404, 318);
}

async fn a_scheduled_recurrence_stores_its_card_with_the_first_charge_that_is_paid(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let (lost, off) = (gateway.merchant(&[]).await, gateway.merchant(&[]).await);
    let body = || scheduled(1, "2027-02-28").with("Payment.CreditCard.SaveCard", true);
    let (ours, theirs) = (gateway.recurs(&body()).await, lost.recurs(&body()).await);
    let never = off.recurs(&body()).await;
    gateway
        .set(off.merchant_id(), &[("protected_card", "false")])
        .await;
    gateway.fault(&gateway.caller, "Refused").await;
    gateway.fault(&lost, "LostAfter").await;
    gateway.server.app.merchants.forget_all();
    gateway.days(28).await;
    gateway.fault(&gateway.caller, "None").await;
    gateway.days(35).await;
    let card = |charge: &crate::support::http::Answer| {
        let card = charge.at("/Payment/CreditCard");
        let token = card
            .get("CardToken")
            .map(|token| token.as_str().unwrap().to_owned());
        (card["SaveCard"] == true, token)
    };
    for (shop, id, denied) in [(&gateway.caller, &ours, 1), (&lost, &theirs, 0)] {
        let charges = shop.charges(id).await;
        assert_eq!(charges.len(), denied + 2);
        for (.., charge) in &charges[..denied] {
            assert_eq!(charge.at("/Payment/Status"), 3);
            let (_, token) = card(charge);
            if let Some(token) = token {
                shop.get(&format!("/1/card/{token}")).await.expect(404);
            }
        }
        let (saved, token) = card(&charges[denied].2);
        assert!(saved, "{}", charges[denied].2.text());
        let token = token.unwrap();
        let stored = shop.get(&format!("/1/card/{token}")).await.expect(200);
        assert_eq!(stored.at("/CardNumber"), "123412******1231");
        shop.sell(&Body::token_sale(&token)).await.expect(201);
        assert_eq!(card(&charges[denied + 1].2), (false, None), "once");
    }
    for (.., charge) in off.charges(&never).await {
        assert_eq!(charge.at("/Payment/Status"), 2);
        assert_eq!(card(&charge), (false, None), "the merchant may store none");
    }
}

#[tokio::test]
async fn a_new_payment_stores_its_card_with_the_charge_after_it() {
    let gateway = Gateway::sqlite().await;
    gateway.clock("2027-01-31T10:00:00-03:00").await;
    let id = gateway.recurs(&monthly()).await;
    let payment = json!({
        "Type": "CreditCard", "Amount": 1, "Installments": 1,
        "CreditCard": {
            "CardNumber": "1234123412341234", "ExpirationDate": "12/2035", "Brand": "Visa",
            "SaveCard": true,
        },
    });
    gateway
        .amend(&id, "Payment", &payment.to_string())
        .await
        .expect(200);
    gateway.days(60).await;
    let charges = gateway.charges(&id).await;
    let token = charges[1].2.at("/Payment/CreditCard/CardToken");
    let target = format!("/1/card/{}", token.as_str().unwrap());
    let stored = gateway.get(&target).await.expect(200);
    assert_eq!(stored.at("/CardNumber"), "123412******1234");
    assert_eq!(charges[2].2.at("/Payment/CreditCard/SaveCard"), false);
}

async fn one_idempotency_key_makes_one_recurrence(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    for (key, body) in [("a", monthly()), ("b", scheduled(1, "2031-01-01"))] {
        let selling = gateway.selling(&body).key(key);
        let first = selling.send().await.expect(201);
        let second = selling.send().await.expect(201);
        assert_eq!(second.header("idempotency-replayed"), Some("true"));
        assert_eq!(first.text(), second.text());
    }
    assert_eq!(gateway.plans(&gateway.caller).await.len(), 2);
    let id = gateway.plans(&gateway.caller).await[0].id.to_string();
    let target = format!("/1/RecurrentPayment/{id}/Amount");
    let changing = gateway.request("PUT", &target).body("99").key("c");
    changing.send().await.expect(200);
    gateway.amend(&id, "Amount", "77").await.expect(200);
    let again = changing.send().await.expect(200);
    assert_eq!(again.text(), "");
    assert_eq!(gateway.of_recurrence(&id, "Amount").await, 77, "done once");
}

#[tokio::test]
async fn an_order_number_that_may_be_used_once_is_used_by_its_recurrence() {
    let gateway = Gateway::sqlite().await;
    let shop = gateway
        .merchant(&[("duplicate_orders_refused", "true")])
        .await;
    let body = scheduled(1, "2031-01-01");
    shop.recurs(&body).await;
    shop.sell(&body).await.expect_error(400, 302);
    let sale = Body::sale(1).with("MerchantOrderId", body.order());
    shop.sell(&sale).await.expect_error(400, 302);
    let begun = monthly();
    let id = shop.recurs(&begun).await;
    assert_eq!(gateway.days(31).await["Recurrences"], 1);
    assert_eq!(
        shop.charges(&id).await.len(),
        2,
        "its charges keep its order"
    );
}

#[tokio::test]
async fn a_card_is_taken_from_a_token_and_may_be_stored_too() {
    let gateway = Gateway::sqlite().await;
    let token = gateway.token().await;
    let by_token = Body::token_sale(&token).with("Payment.RecurrentPayment.AuthorizeNow", true);
    let by_token = gateway.recurs(&by_token).await;
    let stored = monthly().with("Payment.CreditCard.SaveCard", true);
    let sold = gateway.sell(&stored).await.expect(201);
    let made = sold.at("/Payment/CreditCard/CardToken");
    gateway
        .get(&format!("/1/card/{}", made.as_str().unwrap()))
        .await
        .expect(200);
    let legacy = "6fb7a669aca457a9e43009b3d66baef8bdefb49aa85434a5adb906d3f920bfeA";
    let by_legacy = Body::token_sale(legacy).with("Payment.RecurrentPayment.AuthorizeNow", true);
    let by_legacy = gateway.recurs(&by_legacy).await;
    assert_eq!(gateway.days(31).await["Recurrences"], 3);
    for (id, token) in [(by_token, token), (by_legacy, legacy.to_owned())] {
        let (.., charge) = &gateway.charges(&id).await[1];
        assert_eq!(charge.at("/Payment/Status"), 2);
        assert_eq!(charge.at("/Payment/CreditCard/CardToken"), token);
    }
    let id = sold.at(&format!("{NODE}/RecurrentPaymentId"));
    let (.., charge) = &gateway.charges(id.as_str().unwrap()).await[1];
    assert_eq!(charge.at("/Payment/CreditCard/CardToken"), Value::Null);
    assert_eq!(
        charge.at("/Payment/CreditCard/CardNumber"),
        "123412******1231"
    );
    let nobody = Body::token_sale("24bc8366-fc31-4d6c-8555-17049a836a07").with(
        "Payment.RecurrentPayment",
        json!({"AuthorizeNow": false, "StartDate": "2031-01-01"}),
    );
    gateway.sell(&nobody).await.expect_error(400, 180);
}

#[tokio::test]
async fn a_key_of_a_wallet_neither_begins_a_recurrence_nor_pays_it_later() {
    let gateway = Gateway::sqlite().await;
    let id = gateway.recurs(&monthly()).await;
    for wallet in [
        json!({"Type": "VisaCheckout", "WalletKey": "1"}),
        json!({"Type": "MasterPass", "AdditionalData": {"CaptureCode": "104"}}),
    ] {
        for node in [
            json!({"AuthorizeNow": true}),
            json!({"AuthorizeNow": false, "StartDate": "2031-01-01"}),
        ] {
            let body = recurring(1, node).without("Payment.CreditCard");
            let body = body.with("Payment.Wallet", wallet.clone());
            let refused = gateway.sell(&body).await.expect_error(400, 186);
            assert_eq!(refused.at("/0/Field"), "Payment.Wallet");
        }
        let payment = json!({
            "Type": "CreditCard", "Amount": 1, "Installments": 1, "Wallet": wallet,
        });
        let put = gateway.amend(&id, "Payment", &payment.to_string()).await;
        let refused = put.expect_error(400, 186);
        assert_eq!(refused.at("/0/Field"), "Payment.Wallet");
    }
    assert_eq!(gateway.of_recurrence(&id, "Amount").await, 15_700);
    // The type of a wallet alone marks a card that is sent.
    let marked = monthly().with("Payment.Wallet", json!({"Type": "VisaCheckout"}));
    gateway.recurs(&marked).await;
}

#[tokio::test]
async fn nothing_is_shown_of_another_merchants_recurrence() {
    let gateway = Gateway::sqlite().await;
    let other = gateway.merchant(&[]).await;
    let id = gateway.recurs(&monthly()).await;
    other.recurrence(&id).await.expect_error(404, 313);
    other.amend(&id, "Amount", "1").await.expect_error(404, 313);
    assert_eq!(gateway.of_recurrence(&id, "Amount").await, 15_700);
}
