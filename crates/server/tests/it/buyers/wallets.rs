//! Wallets (manual lines 5253 to 5575, decision D20).

use serde_json::{Value, json};

use super::{decide, payment};
use crate::support::body::{Body, RETURN_URL};
use crate::support::gateway::Gateway;

fn visa_checkout(key: &str) -> Value {
    json!({"Type": "visacheckout", "WalletKey": key})
}

fn masterpass(code: &str) -> Value {
    json!({"Type": "MasterPass", "AdditionalData": {"CaptureCode": code}})
}

#[tokio::test]
async fn the_last_digit_of_a_key_decides_and_the_sale_is_captured_and_voided_like_any() {
    let gateway = Gateway::sqlite().await;
    let without = Body::sale(1).without("Payment.CreditCard");
    for (digit, status, code) in [
        (1, 1, "4"),
        (2, 3, "2"),
        (4, 1, "4"),
        (7, 3, "77"),
        (8, 3, "70"),
    ] {
        for node in [
            visa_checkout(&format!("99{digit}")),
            masterpass(&format!("99{digit}")),
        ] {
            let body = without.clone().with("Payment.Wallet", node);
            let sold = gateway.sell(&body).await.expect(201);
            assert_eq!(sold.at("/Payment/Status"), status);
            assert_eq!(sold.at("/Payment/ReturnCode"), code);
        }
    }
    let body = without.with("Payment.Wallet", visa_checkout("1"));
    let id = gateway.sell(&body).await.expect(201).payment_id();
    gateway.capture(&id, "").await.expect(200);
    gateway.void(&id, "").await.expect(200);
    let now = payment(&gateway, &id).await;
    assert_eq!(now["Status"], 10);
    let shown = json!({"Type": "VisaCheckout", "WalletKey": "1", "Eci": 0});
    assert_eq!(now["Wallet"], shown);
    assert_eq!(
        now["CreditCard"],
        json!({"SaveCard": false, "Brand": "Undefined"})
    );
}

#[tokio::test]
async fn masterpass_tells_its_card_and_the_type_alone_marks_a_card_that_is_sent() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1).without("Payment.CreditCard");
    let body = body.with("Payment.Wallet", masterpass("4"));
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(
        sold.at("/Payment/CreditCard/CardNumber"),
        "000000******0004"
    );
    assert_eq!(sold.at("/Payment/Wallet/Type"), "Masterpass");
    let marked = Body::sale(1).with("Payment.Wallet", json!({"Type": "VisaCheckout"}));
    let sold = gateway.sell(&marked).await.expect(201);
    assert_eq!(
        sold.at("/Payment/CreditCard/CardNumber"),
        "123412******1231"
    );
    assert_eq!(
        sold.at("/Payment/Wallet"),
        json!({"Type": "VisaCheckout", "Eci": 0})
    );
    let both = marked.with("Payment.Wallet.WalletKey", "2");
    let sold = gateway.sell(&both).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 1, "the card that is sent pays");
}

#[tokio::test]
async fn a_debit_wallet_needs_a_return_which_may_stand_in_the_card() {
    let gateway = Gateway::sqlite().await;
    let body = Body::debit(1)
        .without("Payment.ReturnUrl")
        .with("Payment.Wallet", visa_checkout("1"));
    let bare = body.clone().with("Payment.DebitCard", json!({}));
    gateway.sell(&bare).await.expect_error(400, 163);
    let body = body.with("Payment.DebitCard", json!({"ReturnUrl": RETURN_URL}));
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/ReturnUrl"), RETURN_URL);
    let id = sold.payment_id();
    let known = decide(&gateway, &id, "authenticate", "").await.expect(200);
    assert_eq!(known.at("/Payment/Status"), 2);
    assert_eq!(known.at("/Payment/Wallet/WalletKey"), "1");
}

#[tokio::test]
async fn a_wallet_beside_the_payment_counts_when_there_is_none_inside() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1).without("Payment.CreditCard");
    let beside = body.with("Wallet", visa_checkout("2"));
    let sold = gateway.sell(&beside).await.expect(201);
    assert_eq!(sold.at("/Payment/ReturnCode"), "2");
    let both = beside.with("Payment.Wallet", visa_checkout("1"));
    let sold = gateway.sell(&both).await.expect(201);
    assert_eq!(sold.at("/Payment/ReturnCode"), "4");
}
