//! What the reader takes, and the types that its tests read into.
//!
//! Invariant: the types are put together like those of the API.

mod bodies;
mod kinds;
mod properties;

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Sale {
    merchant_order_id: Option<String>,
    customer: Option<Customer>,
    payment: Option<Payment>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Customer {
    name: Option<String>,
    address: Option<Address>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Address {
    street: Option<String>,
    number: Option<String>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Payment {
    amount: Option<i64>,
    installments: Option<u32>,
    capture: Option<bool>,
    credit_card: Option<CreditCard>,
    extra_data_collection: Option<Vec<ExtraData>>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CreditCard {
    card_number: Option<String>,
    expiration_date: Option<String>,
    save_card: Option<bool>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ExtraData {
    name: Option<String>,
    value: Option<String>,
}

/// What the reader makes of the text, or the first member that it calls malformed.
fn read_text<T: DeserializeOwned>(text: &str) -> Result<T, Option<String>> {
    read_right(text.as_bytes())
}

/// What the reader makes of the body when nothing of it is wrong.
fn read_right<T: DeserializeOwned>(body: &[u8]) -> Result<T, Option<String>> {
    let Read { value, wrong } = read(body).map_err(|malformed| malformed.field)?;
    match wrong.into_iter().next() {
        None => Ok(value),
        Some(field) => Err(Some(field)),
    }
}

/// All members that the reader calls malformed.
fn wrong<T: DeserializeOwned>(text: &str) -> Vec<String> {
    let read: Result<Read<T>, Malformed> = read(text.as_bytes());
    read.unwrap_or_else(|malformed| panic!("{malformed:?}"))
        .wrong
}

/// The malformed member of a sale.
fn fault(text: &str) -> Option<String> {
    read_text::<Sale>(text).expect_err(text)
}
