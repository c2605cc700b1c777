//! Stored cards: POST and GET /1/card, SaveCard, and paying with a token.
//!
//! Invariant: no answer shows a whole number or a security code, and a token is its merchant's.

use aval_domain::merchant::Dialect;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    a_stored_card_pays_and_shows_no_number,
    save_card_makes_a_token_that_pays,
    the_token_of_another_merchant_is_unknown,
}

async fn a_stored_card_pays_and_shows_no_number(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let stored = gateway.tokenize(&Body::card()).await.expect(201);
    let token = stored.at("/CardToken").as_str().unwrap().to_owned();
    let href = stored.at("/Links/Href");
    let links = json!({"Method": "GET", "Rel": "self", "Href": href});
    assert_eq!(stored.at("/Links"), links, "an object here, not a list");
    assert!(
        href.as_str()
            .unwrap()
            .ends_with(&format!("/1/card/{token}"))
    );
    assert_eq!(stored.header("location"), href.as_str());
    let shown = gateway.get(&format!("/1/card/{token}")).await.expect(200);
    let masked = json!({
        "CardNumber": "402400******1191",
        "Holder": "Comprador T Cielo",
        "ExpirationDate": "12/2030",
    });
    assert_eq!(shown.json(), masked);
    let sold = gateway.sell(&Body::token_sale(&token)).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 1);
    let card = sold.at("/Payment/CreditCard");
    assert_eq!(card["CardToken"], token);
    assert_eq!(card["Brand"], "Visa");
    assert_eq!(card["SaveCard"], false);
    for member in ["CardNumber", "Holder", "ExpirationDate", "SecurityCode"] {
        assert_eq!(card[member], Value::Null, "{member}");
    }
    let found = gateway.sale(&sold.payment_id()).await.expect(200);
    assert_eq!(found.json(), sold.json());
}

async fn save_card_makes_a_token_that_pays(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = Body::sale(4).with("Payment.CreditCard.SaveCard", true);
    let sold = gateway.sell(&body).await.expect(201);
    let card = sold.at("/Payment/CreditCard");
    assert_eq!(card["SaveCard"], true);
    assert_eq!(card["CardNumber"], "123412******1234");
    let token = card["CardToken"].as_str().unwrap().to_owned();
    let paid = gateway.sell(&Body::token_sale(&token)).await.expect(201);
    assert_eq!(paid.at("/Payment/Status"), 1);
    let shown = gateway.get(&format!("/1/card/{token}")).await.expect(200);
    assert_eq!(shown.at("/CardNumber"), "123412******1234");
}

async fn the_token_of_another_merchant_is_unknown(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let other = gateway.merchant(&[]).await;
    let live = gateway.merchant(&[("dialect", "live")]).await;
    let token = gateway.token().await;
    let target = format!("/1/card/{token}");
    other.get(&target).await.expect_error(404, 180);
    assert_eq!(live.get(&target).await.expect(404).text(), "");
    let body = Body::token_sale(&token);
    let refused = other.sell(&body).await.expect_error(400, 180);
    assert_eq!(refused.at("/0/Field"), "Payment.CreditCard.CardToken");
    live.sell(&body).await.expect_error(400, 130);
    gateway.sell(&body).await.expect(201);
}

#[tokio::test]
async fn a_denied_sale_saves_no_card() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(2).with("Payment.CreditCard.SaveCard", true);
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 3);
    assert_eq!(sold.at("/Payment/CreditCard/CardToken"), Value::Null);
    let found = gateway.sale(&sold.payment_id()).await.expect(200);
    assert_eq!(found.at("/Payment/CreditCard/CardToken"), Value::Null);
}

/// Counted in the store, since a card whose token nobody was told cannot be asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vault_holds_the_cards_of_authorized_sales_only() {
    let gateway = Gateway::start(Store::postgres().await, Setup::default()).await;
    let store = gateway.store.client().await;
    let cards = async || -> i64 {
        let counted = store.query_one("SELECT count(*) FROM cards", &[]).await;
        counted.unwrap().get(0)
    };
    for (digit, kept) in [(2, 0), (6, 0), (1, 1), (3, 1), (4, 2)] {
        let body = Body::sale(digit).with("Payment.CreditCard.SaveCard", true);
        gateway.sell(&body).await.expect(201);
        assert_eq!(cards().await, kept, "{digit}");
    }
    gateway.sell(&Body::sale(1)).await.expect(201);
    assert_eq!(
        cards().await,
        2,
        "a sale that does not ask for it saves none"
    );
}

#[tokio::test]
async fn paying_with_a_token_saves_no_card_again() {
    let gateway = Gateway::sqlite().await;
    let token = gateway.token().await;
    let body = Body::token_sale(&token).with("Payment.CreditCard.SaveCard", true);
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/CreditCard/SaveCard"), false);
    assert_eq!(sold.at("/Payment/CreditCard/CardToken"), token);
}

#[tokio::test]
async fn the_same_card_stored_twice_has_two_tokens() {
    let gateway = Gateway::sqlite().await;
    assert_ne!(gateway.token().await, gateway.token().await);
}

#[tokio::test]
async fn the_digit_of_the_stored_card_decides() {
    let gateway = Gateway::sqlite().await;
    let card = Body::card().with("CardNumber", "0000000000000008");
    let stored = gateway.tokenize(&card).await.expect(201);
    let token = stored.at("/CardToken").as_str().unwrap().to_owned();
    let sold = gateway.sell(&Body::token_sale(&token)).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 3);
    assert_eq!(sold.at("/Payment/ReturnCode"), "70");
}

#[tokio::test]
async fn the_brand_of_the_stored_card_is_shown_whatever_was_sent() {
    let gateway = Gateway::sqlite().await;
    let token = gateway.token().await;
    let other = Body::token_sale(&token).with("Payment.CreditCard.Brand", "Master");
    let none = Body::token_sale(&token).without("Payment.CreditCard.Brand");
    for body in [other, none] {
        let sold = gateway.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/CreditCard/Brand"), "Visa");
    }
}

#[tokio::test]
async fn the_name_of_the_buyer_may_be_called_name() {
    let gateway = Gateway::sqlite().await;
    let body = Body::card()
        .without("CustomerName")
        .with("Name", "Comprador");
    gateway.tokenize(&body).await.expect(201);
}

#[tokio::test]
async fn only_the_live_dialect_checks_the_check_digit_of_a_card_to_store() {
    let body = Body::card().with("CardNumber", "4532117080573700");
    let manual = Gateway::speaking(Dialect::Manual).await;
    manual.tokenize(&body).await.expect(201);
    let live = Gateway::speaking(Dialect::Live).await;
    live.tokenize(&body).await.expect_error(400, 177);
    live.tokenize(&Body::card()).await.expect(201);
    live.sell(&Body::sale(1)).await.expect(201);
}

#[tokio::test]
async fn no_answer_shows_a_card_number_or_a_security_code() {
    let gateway = Gateway::sqlite().await;
    let number = "4024007153761191";
    let body = Body::sale(1)
        .with("Payment.CreditCard.CardNumber", number)
        .with("Payment.CreditCard.SecurityCode", "8642")
        .with("Payment.CreditCard.SaveCard", true);
    let sold = gateway.sell(&body).await.expect(201);
    let found = gateway.sale(&sold.payment_id()).await.expect(200);
    let wrong = body.with("Payment.CreditCard.ExpirationDate", number);
    let refused = gateway.sell(&wrong).await.expect(400);
    let stored = gateway.tokenize(&Body::card()).await.expect(201);
    let token = stored.at("/CardToken").as_str().unwrap().to_owned();
    let shown = gateway.get(&format!("/1/card/{token}")).await.expect(200);
    for answer in [sold, found, refused, stored, shown] {
        let heads = format!("{:?}", answer.headers);
        for text in [answer.text(), &heads] {
            assert!(!text.contains(number) && !text.contains("8642"), "{text}");
        }
    }
}
