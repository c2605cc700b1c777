//! Terms of a sale: card on file, own recurrence, instalments, security codes, duplicate orders,
//! and what an answer always holds.
//!
//! Invariant: what the shop sent is answered as it was sent, or not at all.

use aval_domain::merchant::Dialect;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    an_order_number_is_used_once_where_duplicates_are_refused,
    of_two_sales_of_one_order_at_once_one_wins,
}

async fn an_order_number_is_used_once_where_duplicates_are_refused(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let body = Body::sale(1);
    gateway.sell(&body).await.expect(201);
    gateway.sell(&body).await.expect(201);
    let strict = gateway
        .merchant(&[("duplicate_orders_refused", "true")])
        .await;
    let wrong = body.clone().with("Payment.Amount", 0);
    strict.sell(&wrong).await.expect_error(400, 108);
    strict.sell(&body).await.expect(201);
    let refused = strict.sell(&body).await.expect_error(400, 302);
    assert_eq!(refused.at("/0/Field"), "MerchantOrderId");
    let found = strict.order(&body.order()).await.expect(200);
    assert_eq!(found.at("/Payment/1"), Value::Null, "one sale only");
    strict.sell(&Body::sale(1)).await.expect(201);
}

async fn of_two_sales_of_one_order_at_once_one_wins(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let second = gateway.beside().await;
    let settings = [("duplicate_orders_refused", "true")];
    let strict = gateway.merchant(&settings).await;
    let beside = strict.clone().at([second.api, second.query]);
    for _ in 0..8 {
        let body = Body::sale(1);
        let (first, other) = tokio::join!(strict.sell(&body), beside.sell(&body));
        let mut both = [first, other];
        both.sort_by_key(|answer| answer.status);
        let [won, lost] = both;
        let id = won.expect(201).payment_id();
        lost.expect_error(400, 302);
        let found = strict.order(&body.order()).await.expect(200).json();
        assert_eq!(found["Payment"].as_array().unwrap().len(), 1);
        assert_eq!(found["Payment"][0]["PaymentId"], id);
    }
}

#[tokio::test]
async fn a_security_code_is_three_or_four_digits_in_either_dialect() {
    const FIELD: &str = "Payment.CreditCard.SecurityCode";
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        for code in ["abc", "12", "1", "12345", "12a", "-12", "1 2", "١٢٣"] {
            let sold = gateway.sell(&Body::sale(1).with(FIELD, code)).await;
            let refused = sold.expect_error(400, 146);
            assert_eq!(refused.at("/0/Field"), FIELD, "{code}");
        }
        for code in ["123", "1234", " 123 "] {
            let body = Body::sale(1).with(FIELD, code);
            gateway.sell(&body).await.expect(201);
        }
    }
}

#[tokio::test]
async fn card_on_file_is_echoed_in_its_canonical_case() {
    let gateway = Gateway::sqlite().await;
    for (sent, shown) in [
        (
            json!({"Usage": "First", "Reason": "Recurring"}),
            json!({"Usage": "First", "Reason": "Recurring"}),
        ),
        (
            json!({"Usage": "USED", "Reason": "unscheduled"}),
            json!({"Usage": "Used", "Reason": "Unscheduled"}),
        ),
        (json!({"Usage": "First"}), json!({"Usage": "First"})),
    ] {
        let body = Body::sale(1).with("Payment.CreditCard.CardOnFile", sent);
        let sold = gateway.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/CreditCard/CardOnFile"), shown);
        let found = gateway.sale(&sold.payment_id()).await.expect(200);
        assert_eq!(found.json(), sold.json());
    }
}

#[tokio::test]
async fn card_on_file_is_echoed_for_a_token_too() {
    let gateway = Gateway::sqlite().await;
    let on_file = json!({"Usage": "Used", "Reason": "Installments"});
    let body = Body::token_sale(&gateway.token().await)
        .with("Payment.CreditCard.CardOnFile", on_file.clone());
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/CreditCard/CardOnFile"), on_file);
}

#[tokio::test]
async fn recurrent_mirrors_the_request() {
    let gateway = Gateway::sqlite().await;
    let sold = gateway.sell(&Body::sale(1)).await.expect(201);
    assert_eq!(sold.at("/Payment/Recurrent"), false);
    let body = Body::sale(1).with("Payment.Recurrent", true);
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/Recurrent"), true);
    assert_eq!(sold.at("/Payment/RecurrentPayment"), Value::Null);
    let both = body
        .with("Payment.Authenticate", true)
        .with("Payment.ReturnUrl", "https://www.cielo.com.br");
    let refused = gateway.sell(&both).await.expect_error(400, 186);
    assert_eq!(refused.at("/0/Field"), "Payment.Authenticate");
}

#[tokio::test]
async fn a_first_sale_without_security_code_is_denied_where_it_is_required() {
    let gateway = Gateway::sqlite().await;
    let without = Body::sale(1).without("Payment.CreditCard.SecurityCode");
    let sold = gateway.sell(&without).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 1, "it is not, by default");
    let settings = [("security_code_required", "true")];
    let strict = gateway.merchant(&settings).await;
    let blank = Body::sale(1).with("Payment.CreditCard.SecurityCode", " ");
    for body in [without.clone(), blank] {
        let denied = strict.sell(&body).await.expect(201).at("/Payment");
        assert_eq!(denied["Status"], 3);
        assert_eq!(denied["ReturnCode"], "08");
        let message = "Unauthorized transaction. Invalid security code.";
        assert_eq!(denied["ReturnMessage"], message);
    }
    let recurrent = without.with("Payment.Recurrent", true);
    let by_token = Body::token_sale(&strict.token().await);
    let by_token = by_token.without("Payment.CreditCard.SecurityCode");
    for body in [Body::sale(1), recurrent, by_token] {
        let sold = strict.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/Status"), 1);
    }
}

#[tokio::test]
async fn instalments_below_five_reais_are_denied_with_ee() {
    let gateway = Gateway::sqlite().await;
    for (amount, installments, status, code) in [
        (15_700, 31, 1, "4"),
        (15_700, 32, 3, "EE"),
        (999, 2, 3, "EE"),
        (1_000, 2, 1, "4"),
        (1, 1, 1, "4"),
        (49_500, 99, 1, "4"),
    ] {
        let body = Body::sale(1)
            .with("Payment.Amount", amount)
            .with("Payment.Installments", installments);
        let payment = gateway.sell(&body).await.expect(201).at("/Payment");
        assert_eq!(payment["Status"], status, "{amount} in {installments}");
        assert_eq!(payment["ReturnCode"], code);
        assert_eq!(payment["Installments"], installments);
    }
}

#[tokio::test]
async fn amounts_of_fifteen_digits_are_taken_to_the_cent() {
    let gateway = Gateway::sqlite().await;
    let most = 999_999_999_999_999_i64;
    let body = Body::sale(1).with("Payment.Amount", most);
    let id = gateway.sell(&body).await.expect(201).payment_id();
    gateway.capture(&id, "").await.expect(200);
    gateway.void(&id, "?amount=1").await.expect(200);
    let payment = gateway.sale(&id).await.expect(200).at("/Payment");
    assert_eq!(payment["Amount"], most);
    assert_eq!(payment["CapturedAmount"], most);
    assert_eq!(payment["VoidedAmount"], 1);
}

#[tokio::test]
async fn defaults_are_answered_where_nothing_was_sent() {
    for (dialect, interest, extra) in [
        (Dialect::Manual, json!("ByMerchant"), json!([])),
        (Dialect::Live, json!(0), Value::Null),
    ] {
        let gateway = Gateway::speaking(dialect).await;
        let body = Body::sale(1).without("Payment.SoftDescriptor");
        let body = body.without("Payment.CreditCard.Holder");
        let payment = gateway.sell(&body).await.expect(201).at("/Payment");
        for (member, value) in [
            ("ServiceTaxAmount", json!(0)),
            ("Interest", interest),
            ("Capture", json!(false)),
            ("Authenticate", json!(false)),
            ("Recurrent", json!(false)),
            ("Currency", json!("BRL")),
            ("Country", json!("BRA")),
            ("Provider", json!("Simulado")),
            ("IsQrCode", json!(false)),
            ("IsSplitted", json!(false)),
            ("DynamicCurrencyConversion", json!(false)),
            ("ExtraDataCollection", extra),
        ] {
            assert_eq!(payment[member], value, "{member}");
        }
        let payment = payment.as_object().unwrap();
        for absent in [
            "SoftDescriptor",
            "CapturedAmount",
            "VoidedAmount",
            "FraudAnalysis",
        ] {
            assert!(!payment.contains_key(absent), "{absent}");
        }
        let null = payment.iter().find(|(_, value)| value.is_null());
        assert_eq!(null, None, "absent members are left out");
    }
}

#[tokio::test]
async fn a_sale_with_fraud_analysis_goes_on_in_the_live_dialect() {
    let live = Gateway::speaking(Dialect::Live).await;
    let analysis = json!({"Sequence": "AuthorizeFirst", "SequenceCriteria": "OnSuccess"});
    let body = Body::sale(1).with("Payment.FraudAnalysis", analysis);
    let off = live.merchant(&[("antifraud", "false")]).await;
    let sold = off.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 1);
    assert_eq!(sold.at("/Payment/FraudAnalysis/Status"), 4);
    let found = off.sale(&sold.payment_id()).await.expect(200);
    assert_eq!(found.at("/Payment/FraudAnalysis/Status"), 4);
    let manual = Gateway::sqlite().await;
    let off = manual.merchant(&[("antifraud", "false")]).await;
    off.sell(&body).await.expect_error(400, 167);
}
