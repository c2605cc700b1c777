//! Authenticated credit and debit (decisions D11, D13 and D24).

use aval_domain::merchant::Dialect;
use aval_domain::time::HOUR;
use serde_json::{Value, json};

use super::{decide, look, page_of, payment, press};
use crate::support::body::{Body, RETURN_URL};
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    a_buyer_who_is_known_has_the_card_authorized,
    a_debit_that_is_approved_is_paid_and_can_be_given_back,
    of_two_decisions_at_once_one_wins,
    a_card_to_be_saved_is_saved_when_the_buyer_is_known,
}

async fn a_buyer_who_is_known_has_the_card_authorized(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    for (capture, status, code) in [(false, 1, "4"), (true, 2, "6")] {
        let body = Body::authenticated(1).with("Payment.Capture", capture);
        let sold = gateway.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/Status"), 0);
        assert_eq!(sold.at("/Payment/ReturnCode"), "0");
        assert_eq!(sold.at("/Payment/Authenticate"), true);
        for absent in ["ReturnMessage", "ProofOfSale", "AuthorizationCode", "Eci"] {
            let path = format!("/Payment/{absent}");
            assert_eq!(sold.at(&path), Value::Null, "{absent}");
        }
        assert_eq!(sold.at("/Payment/Links").as_array().unwrap().len(), 1);
        let tid = sold.at("/Payment/Tid");
        let page = page_of(&gateway, &sold);
        look(&gateway, &page).await.expect(200);
        press(&gateway, &page, "approve").await.expect(200);
        let now = payment(&gateway, &sold.payment_id()).await;
        assert_eq!(now["Status"], status);
        assert_eq!(now["ReturnCode"], code);
        assert_eq!(now["Eci"], "05");
        assert_eq!(now["Tid"], tid, "the Tid stays");
        assert_eq!(now["AuthorizationCode"].as_str().unwrap().len(), 6);
        assert_eq!(now["CapturedAmount"].is_null(), !capture);
        let links = now["Links"].as_array().unwrap().len();
        assert_eq!(links, if capture { 2 } else { 3 });
    }
}

async fn a_debit_that_is_approved_is_paid_and_can_be_given_back(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let paid = async || {
        let sold = gateway.sell(&Body::debit(1)).await.expect(201);
        assert_eq!(sold.at("/Payment/Status"), 0);
        assert_eq!(sold.at("/Payment/ReturnUrl"), RETURN_URL);
        let id = sold.payment_id();
        gateway.capture(&id, "").await.expect_error(400, 308);
        gateway.void(&id, "").await.expect_error(400, 309);
        press(&gateway, &page_of(&gateway, &sold), "approve")
            .await
            .expect(200);
        id
    };
    let id = paid().await;
    let now = payment(&gateway, &id).await;
    assert_eq!(
        (&now["Status"], &now["CapturedAmount"]),
        (&json!(2), &json!(15_700))
    );
    assert_eq!(
        (&now["Eci"], &now["ReturnCode"]),
        (&json!("05"), &json!("6"))
    );
    for absent in ["Installments", "Interest", "Capture", "CreditCard"] {
        assert!(now[absent].is_null(), "{absent} is of credit alone");
    }
    gateway.capture(&id, "").await.expect_error(400, 308);
    gateway.void(&id, "?amount=700").await.expect(200);
    let part = payment(&gateway, &id).await;
    assert_eq!(
        (&part["Status"], &part["VoidedAmount"]),
        (&json!(2), &json!(700))
    );
    assert_eq!(gateway.void(&id, "").await.expect(200).at("/Status"), 10);
    let late = paid().await;
    gateway.advance(HOUR * 25).await;
    assert_eq!(gateway.void(&late, "").await.expect(200).at("/Status"), 11);
}

async fn of_two_decisions_at_once_one_wins(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = gateway.beside().await;
    for _ in 0..4 {
        let sold = gateway.sell(&Body::debit(1)).await.expect(201);
        let page = page_of(&gateway, &sold);
        let (approved, failed) = tokio::join!(
            press(&gateway, &page, "approve"),
            press(&beside, &page, "fail"),
        );
        let told = [approved.expect(200), failed.expect(200)];
        let late = told
            .iter()
            .filter(|page| page.text().contains("was not used"));
        assert_eq!(late.count(), 1, "one came too late");
        let now = payment(&gateway, &sold.payment_id()).await;
        assert!([2, 3].contains(&now["Status"].as_u64().unwrap()), "{now}");
        let good = told
            .iter()
            .filter(|page| page.text().contains("Purchase authorized"));
        let shown = good.count();
        assert_eq!(
            shown,
            if now["Status"] == 2 { 2 } else { 0 },
            "both tell the same"
        );
    }
}

async fn a_card_to_be_saved_is_saved_when_the_buyer_is_known(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = Body::authenticated(1).with("Payment.CreditCard.SaveCard", true);
    for (decision, is_saved) in [("approve", true), ("fail", false), ("abandon", false)] {
        let sold = gateway.sell(&body).await.expect(201);
        let token = sold.at("/Payment/CreditCard/CardToken");
        assert_eq!(token, Value::Null, "not before the buyer is known");
        press(&gateway, &page_of(&gateway, &sold), decision)
            .await
            .expect(200);
        let now = payment(&gateway, &sold.payment_id()).await;
        let token = now["CreditCard"]["CardToken"].as_str();
        assert_eq!(token.is_some(), is_saved, "{decision}");
        if let Some(token) = token {
            let sold = gateway.sell(&Body::token_sale(token)).await.expect(201);
            assert_eq!(sold.at("/Payment/Status"), 1);
        }
    }
}

#[tokio::test]
async fn a_buyer_who_is_not_known_is_denied_and_one_who_gives_up_aborts() {
    let gateway = Gateway::sqlite().await;
    for body in [Body::authenticated(1), Body::debit(1)] {
        let sold = gateway.sell(&body).await.expect(201);
        press(&gateway, &page_of(&gateway, &sold), "fail")
            .await
            .expect(200);
        let failed = payment(&gateway, &sold.payment_id()).await;
        assert_eq!(
            (&failed["Status"], &failed["Eci"]),
            (&json!(3), &json!("07"))
        );
        assert_eq!(failed["ReturnCode"], "AI");
        let message = failed["ReturnMessage"].as_str().unwrap();
        assert!(
            message.contains("Authentication was not performed"),
            "{message}"
        );
        assert!(failed["AuthorizationCode"].is_null());

        let sold = gateway.sell(&body).await.expect(201);
        let id = sold.payment_id();
        press(&gateway, &page_of(&gateway, &sold), "abandon")
            .await
            .expect(200);
        let given_up = payment(&gateway, &id).await;
        assert_eq!(
            (&given_up["Status"], &given_up["Eci"]),
            (&json!(13), &Value::Null)
        );
        gateway.capture(&id, "").await.expect_error(400, 308);
        gateway.void(&id, "").await.expect_error(400, 309);
    }
}

#[tokio::test]
async fn the_card_decides_once_the_buyer_is_known_and_eci_is_by_brand() {
    let gateway = Gateway::sqlite().await;
    for (ending, brand, status, eci) in [
        (1, "Visa", 2, "05"),
        (1, "Master", 2, "02"),
        (1, "Elo", 2, "05"),
        (2, "Visa", 3, "05"),
        (7, "Master", 3, "02"),
    ] {
        let body = Body::debit(ending).with("Payment.DebitCard.Brand", brand);
        let sold = gateway.sell(&body).await.expect(201);
        let id = sold.payment_id();
        decide(&gateway, &id, "authenticate", "").await.expect(200);
        let now = payment(&gateway, &id).await;
        assert_eq!(
            (&now["Status"], &now["Eci"]),
            (&json!(status), &json!(eci)),
            "{brand}"
        );
    }
}

#[tokio::test]
async fn in_the_live_dialect_a_debit_waits_with_another_code_and_shows_its_page_when_asked() {
    let gateway = Gateway::speaking(Dialect::Live).await;
    let silent = gateway.sell(&Body::debit(1)).await.expect(201);
    assert_eq!(silent.at("/Payment/AuthenticationUrl"), Value::Null);
    assert_eq!(silent.at("/Payment/ReturnCode"), "1");
    let body = Body::debit(1).with("Payment.Authenticate", true);
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/ReturnCode"), "1");
    press(&gateway, &page_of(&gateway, &sold), "approve")
        .await
        .expect(200);
    assert_eq!(
        payment(&gateway, &sold.payment_id()).await["ReturnCode"],
        "6"
    );
    let credit = gateway.sell(&Body::authenticated(1)).await.expect(201);
    assert_eq!(credit.at("/Payment/ReturnCode"), "0");
    page_of(&gateway, &credit);
}

#[tokio::test]
async fn the_sandbox_api_decides_as_the_page_does_and_once() {
    let gateway = Gateway::sqlite().await;
    let sold = gateway.sell(&Body::authenticated(1)).await.expect(201);
    let id = sold.payment_id();
    decide(&gateway, &id, "pay", "")
        .await
        .expect_error(400, 310);
    let known = decide(&gateway, &id, "authenticate", "").await.expect(200);
    assert_eq!(
        (known.at("/Payment/Status"), known.payment_id()),
        (json!(1), id.clone())
    );
    for verb in ["authenticate", "deny"] {
        decide(&gateway, &id, verb, "")
            .await
            .expect_error(400, 9011);
    }
    let sold = gateway.sell(&Body::debit(1)).await.expect(201);
    let denied = decide(&gateway, &sold.payment_id(), "deny", "")
        .await
        .expect(200);
    assert_eq!(denied.at("/Payment/ReturnCode"), "AI");
    let plain = gateway.authorized().await;
    for verb in ["pay", "deny", "authenticate"] {
        decide(&gateway, &plain, verb, "")
            .await
            .expect_error(400, 310);
    }
    let unknown = "24bc8366-fc31-4d6c-8555-17049a836a07";
    for id in [unknown, "1"] {
        decide(&gateway, id, "authenticate", "")
            .await
            .expect_error(404, 307);
    }
}

#[tokio::test]
async fn an_answer_lost_after_the_page_is_found_out_later() {
    let gateway = Gateway::sqlite().await;
    let body = Body::debit(1).with("Payment.DebitCard.SaveCard", true);
    let sold = gateway.sell(&body).await.expect(201);
    let fault = json!({"MerchantId": gateway.id, "Fault": "LostAfter"}).to_string();
    gateway
        .sandbox("PUT", "/sandbox/faults", &fault)
        .await
        .expect(200);
    let page = page_of(&gateway, &sold);
    let shown = press(&gateway, &page, "approve").await.expect(200);
    assert!(
        shown.text().contains("Waiting for the answer"),
        "{}",
        shown.text()
    );
    let id = sold.payment_id();
    assert_eq!(payment(&gateway, &id).await["Status"], 0);
    let late = press(&gateway, &page, "fail").await.expect(200);
    assert!(late.text().contains("was not used"));
    let forward = r#"{"Seconds":3}"#;
    let moved = gateway.sandbox("POST", "/sandbox/clock/advance", forward);
    moved.await.expect(200);
    let now = payment(&gateway, &id).await;
    assert_eq!((&now["Status"], &now["Eci"]), (&json!(2), &json!("05")));
    assert!(
        now["DebitCard"]["CardToken"].is_string(),
        "stored with the answer"
    );
    assert!(
        look(&gateway, &page)
            .await
            .text()
            .contains("Purchase authorized")
    );
}

#[tokio::test]
async fn a_token_and_a_wallet_can_be_authenticated() {
    let gateway = Gateway::sqlite().await;
    let with_page = |body: Body| {
        body.with("Payment.Authenticate", true)
            .with("Payment.ReturnUrl", RETURN_URL)
    };
    let token = gateway.token().await;
    let wallet = json!({"Type": "VisaCheckout", "WalletKey": "12"});
    let legacy = "6fb7a669aca457a9e43009b3d66baef8bdefb49aa85434a5adb906d3f920bfeA";
    let in_wallet = Body::sale(1).without("Payment.CreditCard");
    for (body, status) in [
        (Body::token_sale(&token), 1),
        (Body::token_sale(legacy), 1),
        (in_wallet.with("Payment.Wallet", wallet), 3),
    ] {
        let sold = gateway.sell(&with_page(body)).await.expect(201);
        assert_eq!(sold.at("/Payment/Status"), 0);
        let id = sold.payment_id();
        decide(&gateway, &id, "authenticate", "").await.expect(200);
        assert_eq!(payment(&gateway, &id).await["Status"], status);
    }
}

#[tokio::test]
async fn a_missing_security_code_is_remembered_until_the_buyer_is_known() {
    let gateway = Gateway::sqlite().await;
    let own = gateway
        .merchant(&[("security_code_required", "true")])
        .await;
    for (body, code) in [
        (Body::authenticated(1), "4"),
        (
            Body::authenticated(1).without("Payment.CreditCard.SecurityCode"),
            "08",
        ),
    ] {
        let sold = own.sell(&body).await.expect(201);
        let known = decide(&gateway, &sold.payment_id(), "authenticate", "").await;
        assert_eq!(known.expect(200).at("/Payment/ReturnCode"), code);
    }
}
