//! The simulator as the API shows it: what each last digit, and each token of webservice 1.5,
//! answers in both dialects.
//!
//! Invariant: expected values are copied from the manual's table of test cards and from decision
//! D01, not from the code.

use std::collections::HashSet;

use aval_domain::merchant::Dialect;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::gateway::Gateway;
use crate::support::http::Answer;

/// The token of webservice 1.5 without its last letter.
const LEGACY: &str = "6fb7a669aca457a9e43009b3d66baef8bdefb49aa85434a5adb906d3f920bfe";

/// Last digit, Status, ReturnCode, ReturnMessage.
type Row = (u8, u8, &'static str, &'static str);

const MANUAL: [Row; 9] = [
    (0, 1, "4", "Operation Successful"),
    (1, 1, "4", "Operation Successful"),
    (2, 3, "2", "Not Authorized"),
    (3, 3, "57", "Expired Card"),
    (4, 1, "4", "Operation Successful"),
    (5, 3, "78", "Blocked Card"),
    (6, 3, "99", "Time Out"),
    (7, 3, "77", "Canceled card"),
    (8, 3, "70", "Credit Card Problems"),
];

const LIVE: [Row; 9] = [
    (0, 1, "4", "Operation Successful"),
    (1, 1, "4", "Operation Successful"),
    (2, 3, "05", "Not Authorized"),
    (3, 3, "57", "Card Expired"),
    (4, 1, "4", "Operation Successful"),
    (5, 3, "78", "Blocked Card"),
    (6, 0, "99", "Timeout"),
    (7, 3, "77", "Card Canceled"),
    (8, 3, "70", "Problems with Creditcard"),
];

fn rels(answer: &Answer) -> Vec<Value> {
    let links = answer.at("/Payment/Links");
    let rel = |link: &Value| link["Rel"].clone();
    links.as_array().unwrap().iter().map(rel).collect()
}

/// Sells with each digit and checks the answer, and that a query answers the same.
async fn digits_decide(dialect: Dialect, rows: [Row; 9]) {
    let gateway = Gateway::speaking(dialect).await;
    for (digit, status, code, message) in rows {
        let sold = gateway.sell(&Body::sale(digit)).await.expect(201);
        let payment = sold.at("/Payment");
        assert_eq!(payment["Status"], status, "{digit}");
        assert_eq!(payment["ReturnCode"], code, "{digit}");
        assert_eq!(payment["ReturnMessage"], message, "{digit}");
        let authorized = status == 1;
        assert_eq!(payment["AuthorizationCode"].is_string(), authorized);
        assert!(payment["Tid"].is_string(), "{digit}");
        let has_proof = !(dialect == Dialect::Live && digit == 6);
        assert_eq!(payment["ProofOfSale"].is_string(), has_proof, "{digit}");
        let links = if authorized {
            json!(["self", "capture", "void"])
        } else {
            json!(["self"])
        };
        assert_eq!(json!(rels(&sold)), links, "{digit}");
        let found = gateway.sale(&sold.payment_id()).await.expect(200);
        assert_eq!(found.json(), sold.json(), "a query shows the sale as it is");
    }
}

#[tokio::test]
async fn the_last_digit_decides_in_the_manual_dialect() {
    digits_decide(Dialect::Manual, MANUAL).await;
}

#[tokio::test]
async fn the_last_digit_decides_in_the_live_dialect() {
    digits_decide(Dialect::Live, LIVE).await;
}

#[tokio::test]
async fn a_denied_sale_can_be_neither_captured_nor_voided() {
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        for digit in [2, 6] {
            let denied = gateway.sell(&Body::sale(digit)).await.payment_id();
            gateway.capture(&denied, "").await.expect_error(400, 308);
            gateway.void(&denied, "").await.expect_error(400, 309);
        }
    }
}

#[tokio::test]
async fn capture_true_takes_the_money_at_once() {
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        let body = Body::sale(1).with("Payment.Capture", true);
        let sold = gateway.sell(&body).await.expect(201);
        let payment = sold.at("/Payment");
        assert_eq!(payment["Status"], 2);
        assert_eq!(payment["ReturnCode"], "6");
        assert_eq!(payment["CapturedAmount"], 15_700);
        assert_eq!(payment["CapturedDate"], payment["ReceivedDate"]);
        assert_eq!(payment["Capture"], true);
        assert_eq!(rels(&sold), ["self", "void"]);
        let denied = body.with("Payment.CreditCard.CardNumber", "1234123412341232");
        let denied = gateway.sell(&denied).await.expect(201).at("/Payment");
        assert_eq!(denied["Status"], 3);
        assert_eq!(denied["CapturedAmount"], Value::Null);
    }
}

#[tokio::test]
async fn cards_ending_in_nine_are_authorized_or_time_out() {
    let gateway = Gateway::sqlite().await;
    let mut seen = HashSet::new();
    for _ in 0..64 {
        let payment = gateway
            .sell(&Body::sale(9))
            .await
            .expect(201)
            .at("/Payment");
        let outcome = json!([
            payment["Status"],
            payment["ReturnCode"],
            payment["ReturnMessage"]
        ]);
        seen.insert(outcome.to_string());
    }
    let expected = [
        json!([1, "4", "Operation Successful"]),
        json!([3, "99", "Time Out"]),
    ];
    assert_eq!(seen, expected.map(|outcome| outcome.to_string()).into());
}

#[tokio::test]
async fn test_cards_are_taken_with_dots_blanks_and_dashes() {
    let gateway = Gateway::sqlite().await;
    for (number, masked, code) in [
        ("0000.0000.0000.0001", "000000******0001", "4"),
        ("0000 0000 0000 0002", "000000******0002", "2"),
        ("0000-0000-0000-0004", "000000******0004", "4"),
        (" 4551870000181 ", "455187***0181", "4"),
        ("1234123412341234121", "123412*********4121", "4"),
    ] {
        let body = Body::sale(1).with("Payment.CreditCard.CardNumber", number);
        let payment = gateway.sell(&body).await.expect(201).at("/Payment");
        assert_eq!(payment["CreditCard"]["CardNumber"], masked);
        assert_eq!(payment["ReturnCode"], code, "{number}");
    }
}

#[tokio::test]
async fn a_past_expiry_is_only_a_matter_of_format_in_a_sandbox_sale() {
    let gateway = Gateway::sqlite().await;
    let body = Body::sale(1).with("Payment.CreditCard.ExpirationDate", "01/2001");
    let sold = gateway.sell(&body).await.expect(201);
    assert_eq!(sold.at("/Payment/Status"), 1);
}

#[tokio::test]
async fn tokens_of_webservice_1_5_answer_by_their_letter() {
    for (dialect, denial) in [(Dialect::Manual, "2"), (Dialect::Live, "05")] {
        let gateway = Gateway::speaking(dialect).await;
        for (letter, status, code) in [("A", 1, "4"), ("B", 3, denial)] {
            let token = format!("{LEGACY}{letter}");
            let sold = gateway.sell(&Body::token_sale(&token)).await.expect(201);
            assert_eq!(sold.at("/Payment/Status"), status);
            assert_eq!(sold.at("/Payment/ReturnCode"), code);
            let card = json!({"SaveCard": false, "CardToken": token, "Brand": "Visa"});
            assert_eq!(sold.at("/Payment/CreditCard"), card);
        }
    }
}

#[tokio::test]
async fn other_tokens_of_webservice_1_5_are_unknown() {
    for (dialect, code) in [(Dialect::Manual, 180), (Dialect::Live, 130)] {
        let gateway = Gateway::speaking(dialect).await;
        for token in [format!("{LEGACY}C"), LEGACY.to_owned(), "x".repeat(300)] {
            let answer = gateway.sell(&Body::token_sale(&token)).await;
            answer.expect_error(400, code);
        }
    }
}

#[tokio::test]
async fn master_denials_carry_an_advice_and_nothing_else_does() {
    let gateway = Gateway::sqlite().await;
    for (brand, digit, advice) in [
        ("Master", 2, json!("03")),
        ("Master", 8, json!("24")),
        ("Master", 1, Value::Null),
        ("Visa", 2, Value::Null),
    ] {
        let body = Body::sale(digit).with("Payment.CreditCard.Brand", brand);
        let sold = gateway.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/MerchantAdviceCode"), advice, "{brand}");
    }
}

#[tokio::test]
async fn account_references_stand_for_the_card_of_visa_and_master() {
    let gateway = Gateway::sqlite().await;
    let reference = async |brand: &str, number: &str| {
        let body = Body::sale(1)
            .with("Payment.CreditCard.Brand", brand)
            .with("Payment.CreditCard.CardNumber", number);
        let sold = gateway.sell(&body).await.expect(201);
        sold.at("/Payment/CreditCard/PaymentAccountReference")
    };
    let visa = reference("Visa", "4024007153761191").await;
    let text = visa.as_str().unwrap();
    assert_eq!(text.len(), 29);
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    assert!(text.bytes().all(allowed), "{text}");
    assert_eq!(reference("Master", "4024007153761191").await, visa);
    assert_ne!(reference("Visa", "4024007153763181").await, visa);
    assert_eq!(reference("Elo", "4024007153761191").await, Value::Null);
}
