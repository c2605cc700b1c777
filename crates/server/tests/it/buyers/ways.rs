//! What all ways to pay have in common: the query by PaymentId and by order, what the merchant is
//! told, what is counted, and that the OpenAPI document says of each answer what it is.
//!
//! Invariant: every way to pay stands in [`ways`], with the status that it begins with.

use aval_domain::merchant::Dialect;
use aval_server::openapi;
use serde_json::{Map, Value, json};

use super::{FIRST, decide, payment};
use crate::support::body::Body;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http::Request;
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines! {
    every_way_to_pay_is_queried_listed_told_and_counted,
}

/// A way to pay.
struct Way {
    /// Payment.Type.
    kind: &'static str,
    body: Body,
    /// Its status at first.
    status: u64,
    /// What the buyer does by the sandbox API, and the status after it.
    then: Option<(&'static str, u64)>,
}

fn ways() -> Vec<Way> {
    let way = |kind, body, status, then| Way {
        kind,
        body,
        status,
        then,
    };
    let in_wallet = |node: Value| {
        let body = Body::sale(1).without("Payment.CreditCard");
        body.with("Payment.Wallet", node)
    };
    let key = json!({"Type": "VisaCheckout", "WalletKey": "1"});
    let code = json!({"Type": "Masterpass", "AdditionalData": {"CaptureCode": "4"}});
    let replaced = Body::sale(3)
        .with("Payment.CreditCard.ExpirationDate", "01/2020")
        .with("Payment.RecurrentPayment", json!({"AuthorizeNow": true}));
    let (credit, debit) = ("CreditCard", "DebitCard");
    let known = Some(("authenticate", 2));
    let captured = Body::authenticated(1).with("Payment.Capture", true);
    vec![
        way(credit, captured, 0, known),
        way(debit, Body::debit(1), 0, known),
        way(debit, Body::debit(2), 0, Some(("deny", 3))),
        way("EletronicTransfer", Body::transfer(), 0, Some(("pay", 2))),
        way("EletronicTransfer", Body::transfer(), 0, Some(("deny", 3))),
        way("Boleto", Body::boleto(), 1, Some(("pay", 2))),
        way(credit, in_wallet(key), 1, None),
        way(credit, in_wallet(code), 1, None),
        way(credit, replaced, 3, None),
    ]
}

async fn every_way_to_pay_is_queried_listed_told_and_counted(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let url = [("notification_url", "http://127.0.0.1:1/")];
    gateway.set(gateway.merchant_id(), &url).await;
    let mut made = Vec::new();
    let mut told = Vec::new();
    for way in ways() {
        let sold = gateway.sell(&way.body).await.expect(201);
        let id = sold.payment_id();
        assert_eq!(sold.at("/Payment/Type"), way.kind);
        assert_eq!(sold.at("/Payment/Status"), way.status, "{}", way.kind);
        let found = gateway.sale(&id).await.expect(200);
        assert_eq!(found.json(), sold.json(), "by PaymentId as it was sold");
        let listed = gateway.order(&way.body.order()).await.expect(200);
        let listed = listed.at("/Payment");
        assert_eq!(listed.as_array().unwrap().len(), 1);
        assert_eq!(listed[0]["PaymentId"], id.as_str());
        made.push((way.kind, way.status));
        told.push((id.clone(), way.kind, way.status));
        if let Some((verb, status)) = way.then {
            let decided = decide(&gateway, &id, verb, "").await.expect(200);
            assert_eq!(decided.at("/Payment/Status"), status);
            assert_eq!(payment(&gateway, &id).await, decided.at("/Payment"));
            told.push((id, way.kind, status));
        }
    }
    let storage = &gateway.server.app.storage;
    let written = storage.notifications(gateway.merchant_id(), FIRST, 99);
    let bodies = written.await.unwrap().into_iter().map(|one| {
        let body: Value = serde_json::from_str(&one.body).unwrap();
        let (kind, status) = (&body["Payment"]["Type"], &body["Payment"]["Status"]);
        json!([body["Payment"]["PaymentId"], kind, status])
    });
    let told = told
        .iter()
        .map(|(id, kind, status)| json!([id, kind, status]));
    assert_eq!(bodies.collect::<Vec<_>>(), told.collect::<Vec<_>>());
    let metrics = Request::new(gateway.backoffice, "GET", "/metrics");
    let metrics = metrics.send().await;
    for (kind, status) in &made {
        let count = made.iter().filter(|one| **one == (*kind, *status)).count();
        let line = format!("aval_payments_total{{type=\"{kind}\",status=\"{status}\"}} {count}");
        assert!(metrics.text().contains(&line), "{line}");
    }
}

#[tokio::test]
async fn every_answer_is_what_the_document_says_of_it() {
    let document: Value = serde_json::from_str(&openapi::text()).unwrap();
    let schema = &document["paths"]["/1/sales"]["post"]["responses"]["201"]["content"];
    let schema = &schema["application/json"]["schema"];
    for dialect in [Dialect::Manual, Dialect::Live] {
        let gateway = Gateway::speaking(dialect).await;
        for way in ways() {
            let sold = gateway.sell(&way.body).await.expect(201);
            let mut answers = vec![sold.json()];
            if let Some((verb, _)) = way.then {
                let decided = decide(&gateway, &sold.payment_id(), verb, "").await;
                answers.push(decided.expect(200).json());
            }
            for answer in answers {
                let wrong = differs(&document, schema, &answer, "");
                assert_eq!(wrong, None, "{dialect:?} {answer}");
            }
        }
    }
}

/// Where a value is not what its schema says; members that the schema does not know are wrong.
fn differs(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(to) = schema["$ref"].as_str() {
        let to = to.strip_prefix('#').unwrap();
        return differs(document, document.pointer(to).unwrap(), value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let wrong = choices
            .iter()
            .map(|choice| differs(document, choice, value, at));
        let wrong: Vec<String> = wrong.collect::<Option<_>>()?;
        return Some(wrong.join(" | "));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let one = std::slice::from_ref(&schema["type"]);
    let kinds = schema["type"].as_array().map_or(one, Vec::as_slice);
    if !kinds.iter().any(|known| known == kind) {
        return Some(format!("{at} is no {kinds:?}"));
    }
    if let Some(list) = value.as_array() {
        let mut items = list.iter();
        return items.find_map(|item| differs(document, &schema["items"], item, at));
    }
    let none = Map::new();
    let members = value.as_object().unwrap_or(&none);
    let required = schema["required"].as_array();
    let mut required = required.into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.find(|name| !members.contains_key(*name)) {
        return Some(format!("{at}/{missing} is required"));
    }
    members.iter().find_map(|(name, member)| {
        let at = format!("{at}/{name}");
        match schema["properties"].get(name) {
            Some(schema) => differs(document, schema, member, &at),
            None => Some(format!("{at} is not in the document")),
        }
    })
}
