//! Requests as real clients send them (live behaviour, "Requests that real clients send").
//!
//! Invariant: each form is taken in both dialects, with the effect of the plain form.

use aval_domain::merchant::Dialect;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::gateway::Gateway;

/// A gateway for each dialect.
async fn both() -> [Gateway; 2] {
    [
        Gateway::speaking(Dialect::Manual).await,
        Gateway::speaking(Dialect::Live).await,
    ]
}

#[tokio::test]
async fn paths_may_have_slashes_versions_and_cases_of_their_own() {
    for gateway in both().await {
        for target in [
            "/1/sales",
            "/1/sales/",
            "//1/sales",
            "/v1/sales/",
            "/V1/Sales",
            "/1/SALES?",
        ] {
            let request = gateway.request("POST", target);
            let sold = request.body(Body::sale(1).bytes()).send().await.expect(201);
            let id = sold.payment_id();
            gateway
                .get(&format!("{}/{id}", target.trim_end_matches('?')))
                .await
                .expect(200);
            let capture = format!("/v1//sales/{id}/CAPTURE/?");
            gateway.put(&capture).await.expect(200);
        }
        for target in ["/1/card", "/1/card/", "//1/Card", "/v1/card"] {
            let request = gateway.request("POST", target).body(Body::card().bytes());
            request.send().await.expect(201);
        }
    }
}

/// The value with every member's name changed.
fn renamed(value: &Value, rename: fn(&str) -> String) -> Value {
    let Some(members) = value.as_object() else {
        return value.clone();
    };
    members
        .iter()
        .map(|(name, value)| (rename(name), renamed(value, rename)))
        .collect()
}

#[tokio::test]
async fn names_of_members_are_read_in_any_case() {
    let camel = |name: &str| name[..1].to_lowercase() + &name[1..];
    for gateway in both().await {
        for rename in [camel, str::to_lowercase, str::to_uppercase] {
            let body = Body::sale(1).with("Customer.BirthDate", "1991-01-02");
            let sent = renamed(&body.0, rename);
            let request = gateway.request("POST", "/1/sales").body(sent.to_string());
            let sold = request.send().await.expect(201);
            assert_eq!(sold.at("/Payment/Status"), 1);
            assert_eq!(sold.at("/Customer/Birthdate"), "1991-01-02");
            let card = renamed(&Body::card().0, rename);
            let request = gateway.request("POST", "/1/card").body(card.to_string());
            request.send().await.expect(201);
        }
    }
}

#[tokio::test]
async fn null_is_the_same_as_absent_and_so_is_a_node_of_nulls() {
    for gateway in both().await {
        let plain = gateway.sell(&Body::sale(1)).await.expect(201);
        let body = Body::sale(1)
            .with("Customer.Email", Value::Null)
            .with("Customer.Address", json!({"Street": null, "Number": null}))
            .with("Payment.Currency", Value::Null)
            .with("Payment.DebitCard", Value::Null)
            .with("Payment.Capture", Value::Null)
            .with("Payment.Wallet", json!({"Type": null}))
            .with("Payment.FraudAnalysis", json!({"Cart": {"Items": null}}))
            .with(
                "Payment.RecurrentPayment",
                json!({"Interval": null, "EndDate": null}),
            )
            .with("Payment.ExtraDataCollection", Value::Null)
            .with("Payment.CreditCard.CardToken", Value::Null)
            .with("Payment.CreditCard.CardOnFile", json!({"Usage": null}));
        let sold = gateway.sell(&body).await.expect(201);
        let names =
            |value: Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        for node in ["/Customer", "/Payment", "/Payment/CreditCard"] {
            assert_eq!(names(sold.at(node)), names(plain.at(node)), "{node}");
        }
        let nothing = body.with("Payment", json!({"Type": null, "Amount": null}));
        gateway.sell(&nothing).await.expect_error(400, 119);
    }
}

#[tokio::test]
async fn booleans_and_numbers_may_be_texts() {
    for gateway in both().await {
        for (sent, read) in [
            (json!("true"), true),
            (json!("True"), true),
            (json!(1), true),
            (json!("1"), true),
            (json!("False"), false),
            (json!(0), false),
            (json!(""), false),
        ] {
            let body = Body::sale(1).with("Payment.Capture", sent);
            let sold = gateway.sell(&body).await.expect(201);
            assert_eq!(sold.at("/Payment/Capture"), read);
            assert_eq!(sold.at("/Payment/Status"), 1 + u8::from(read));
        }
        for sent in [
            json!("11500"),
            json!(11_500.0),
            json!(" 11500 "),
            json!("11500.00"),
        ] {
            let body = Body::sale(1).with("Payment.Amount", sent.clone());
            let sold = gateway.sell(&body).await.expect(201);
            assert_eq!(sold.at("/Payment/Amount"), 11_500, "{sent}");
            assert!(sold.text().contains(r#""Amount":11500,"#), "a whole number");
        }
        let number = Body::sale(1).with("MerchantOrderId", 2_014_111_703);
        let sold = gateway.sell(&number).await.expect(201);
        assert_eq!(sold.at("/MerchantOrderId"), "2014111703");
    }
}

#[tokio::test]
async fn words_are_read_in_any_case_and_answered_in_their_own() {
    for gateway in both().await {
        for (sent, shown) in [("visa", "Visa"), ("MASTER", "Master"), ("jcb", "JCB")] {
            let body = Body::sale(1)
                .with("Payment.CreditCard.Brand", sent)
                .with("Payment.Type", "CREDITCARD")
                .with("Payment.Provider", "simulado")
                .with("Payment.Currency", "brl")
                .with("Payment.Country", "bra");
            let payment = gateway.sell(&body).await.expect(201).at("/Payment");
            assert_eq!(payment["CreditCard"]["Brand"], shown);
            assert_eq!(payment["Type"], "CreditCard");
            assert_eq!(payment["Provider"], "Simulado");
            assert_eq!(payment["Currency"], "BRL");
            assert_eq!(payment["Country"], "BRA");
        }
    }
}

#[tokio::test]
async fn interest_is_a_word_or_a_number() {
    let [manual, live] = both().await;
    for (sent, word, number) in [
        (json!("ByMerchant"), "ByMerchant", 0),
        (json!("byissuer"), "ByIssuer", 1),
        (json!(0), "ByMerchant", 0),
        (json!(1), "ByIssuer", 1),
        (json!("1"), "ByIssuer", 1),
    ] {
        let body = Body::sale(1).with("Payment.Interest", sent);
        let sold = manual.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/Interest"), word);
        let sold = live.sell(&body).await.expect(201);
        assert_eq!(sold.at("/Payment/Interest"), number);
    }
}

#[tokio::test]
async fn dates_come_in_several_forms() {
    for gateway in both().await {
        for sent in [
            "1991-01-02",
            "1991/01/02",
            "1991-1-2",
            "1991-01-02T00:00:00",
        ] {
            let body = Body::sale(1).with("Customer.Birthdate", sent);
            let sold = gateway.sell(&body).await.expect(201);
            assert_eq!(sold.at("/Customer/Birthdate"), "1991-01-02", "{sent}");
        }
    }
}

#[tokio::test]
async fn bodies_where_none_is_needed_do_not_matter() {
    for gateway in both().await {
        for body in ["", "{}", "\"\"", "not json", "{\"Amount\":1}"] {
            let id = gateway.authorized().await;
            let target = format!("/1/sales/{id}");
            let get = gateway.request("GET", &target).body(body);
            get.send().await.expect(200);
            let capture = gateway.request("PUT", &format!("{target}/capture"));
            capture.body(body).send().await.expect(200);
            let captured = gateway.sale(&id).await.at("/Payment/CapturedAmount");
            assert_eq!(captured, 15_700, "{body}");
            let void = gateway.request("PUT", &format!("{target}/void"));
            void.body(body).send().await.expect(200);
        }
    }
}

#[tokio::test]
async fn any_content_type_or_none_is_read_as_json() {
    for gateway in both().await {
        let plain = gateway.selling(&Body::sale(1));
        for kind in [
            "text/json",
            "application/json",
            "application/x-www-form-urlencoded",
            "x",
        ] {
            let request = plain.clone().header("Content-Type", kind);
            request.send().await.expect(201);
        }
        plain.send().await.expect(201);
    }
}

#[tokio::test]
async fn bodies_come_in_chunks_and_after_asking() {
    for gateway in both().await {
        let plain = gateway.selling(&Body::sale(1));
        plain.clone().chunked().send().await.expect(201);
        let asking = plain.header("Expect", "100-continue");
        asking.send().await.expect(201);
        let large = gateway
            .request("POST", "/1/sales")
            .body(vec![b' '; 256 * 1024 + 1]);
        let refused = large.chunked().send().await.expect(413);
        assert_eq!(refused.json(), json!([]));
    }
}

#[tokio::test]
async fn a_body_in_latin_1_is_read_as_such() {
    for gateway in both().await {
        let body = Body::sale(1).with("Customer.Name", "Comprador cr@dito");
        let mut latin1 = body.bytes();
        let at = latin1.iter().position(|byte| *byte == b'@').unwrap();
        latin1[at] = 0xE9;
        let sold = gateway
            .request("POST", "/1/sales")
            .body(latin1)
            .send()
            .await;
        let sold = sold.expect(201);
        assert_eq!(sold.at("/Customer/Name"), "Comprador crédito");
        let mut marked = b"\xEF\xBB\xBF".to_vec();
        marked.extend(Body::sale(1).with("Customer.Name", "ação").bytes());
        let sold = gateway
            .request("POST", "/1/sales")
            .body(marked)
            .send()
            .await;
        assert_eq!(sold.expect(201).at("/Customer/Name"), "ação");
    }
}

#[tokio::test]
async fn unknown_members_are_ignored_and_of_two_the_last_counts() {
    for gateway in both().await {
        let body = Body::sale(1)
            .with("Colour", "blue")
            .with("Payment.Affiliation", json!({"Deep": [1, {"er": null}]}));
        let text = body.0.to_string();
        let twice = text.replace(r#""Amount":15700"#, r#""Amount":1,"amount":200"#);
        assert_ne!(twice, text);
        let request = gateway.request("POST", "/1/sales").body(twice);
        let sold = request.send().await.expect(201);
        assert_eq!(sold.at("/Payment/Amount"), 200);
        assert!(!sold.text().contains("blue"));
    }
}

#[tokio::test]
async fn order_numbers_have_other_signs_in_the_live_dialect_only() {
    let [manual, live] = both().await;
    for order in ["2014-11-17_03", "pedido 7", "ação"] {
        let body = Body::sale(1).with("MerchantOrderId", order);
        let refused = manual.sell(&body).await.expect_error(400, 107);
        assert_eq!(refused.at("/0/Field"), "MerchantOrderId");
        let sold = live.sell(&body).await.expect(201);
        assert_eq!(sold.at("/MerchantOrderId"), order);
    }
    for gateway in [manual, live] {
        let long = Body::sale(1).with("MerchantOrderId", "1".repeat(51));
        gateway.sell(&long).await.expect_error(400, 107);
        let fits = Body::sale(1).with("MerchantOrderId", "1".repeat(50));
        gateway.sell(&fits).await.expect(201);
    }
}
