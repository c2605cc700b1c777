//! What can be wrong with a card to store.
//!
//! Invariant: each case differs from a card that is taken in what its name says and nothing else.

use serde_json::{Value, json};

use crate::support::body::Body;

use super::{Case, sale};

fn card(name: &'static str, path: &str, value: impl Into<Value>) -> Case {
    Case {
        body: Body::card().with(path, value),
        ..sale(name, "Ignored", 1)
    }
}

/// One member wrong, and all of them.
pub fn cases() -> Vec<Case> {
    let nothing = Case {
        body: Body(json!({"Ignored": 1})),
        ..sale("nothing", "Ignored", 1)
    };
    vec![
        card("no name", "CustomerName", Value::Null).causes(105, "CustomerName"),
        card("long name", "CustomerName", "n".repeat(256)).causes(0, "CustomerName"),
        card("no number", "CardNumber", Value::Null).causes(174, "CardNumber"),
        card("letters", "CardNumber", "card of nobody").causes(177, "CardNumber"),
        card("12 digits", "CardNumber", "1".repeat(12)).causes(177, "CardNumber"),
        card("20 digits", "CardNumber", "1".repeat(20)).causes(128, "CardNumber"),
        card("no holder", "Holder", Value::Null).causes(117, "Holder"),
        card("blank holder", "Holder", " ").causes(117, "Holder"),
        card("holder with a digit", "Holder", "Teste 2").causes(214, "Holder"),
        card("long holder", "Holder", "h".repeat(26)).causes(0, "Holder"),
        card("no expiry", "ExpirationDate", Value::Null).causes(125, "ExpirationDate"),
        card("wrong expiry", "ExpirationDate", "2030-12").causes(126, "ExpirationDate"),
        card("past expiry", "ExpirationDate", "01/2020").causes(126, "ExpirationDate"),
        card("no brand", "Brand", Value::Null).causes(182, "Brand"),
        card("brand of nobody", "Brand", "Cielo").causes(185, "Brand"),
        card("list for a text", "Holder", json!([1])).causes(184, "Holder"),
        card("list for each text", "Holder", json!([1]))
            .with("CustomerName", json!({"a": 1}))
            .with("CardNumber", Value::Null)
            .with("Brand", json!([]))
            .causes(174, "CardNumber")
            .causes(184, "CustomerName")
            .causes(184, "Holder")
            .causes(184, "Brand"),
        card("list for the other name", "CustomerName", Value::Null)
            .with("Name", json!(["x"]))
            .causes(184, "Name"),
        nothing
            .causes(105, "CustomerName")
            .causes(117, "Holder")
            .causes(125, "ExpirationDate")
            .causes(174, "CardNumber")
            .causes(182, "Brand"),
        card("vault that is off", "CustomerName", "Comprador")
            .of(&[("protected_card", "false")])
            .causes(170, ""),
    ]
}

/// What the live dialect checks beyond it.
pub fn lives() -> Vec<Case> {
    vec![card("check digit", "CardNumber", "4532117080573700").causes(177, "CardNumber")]
}
