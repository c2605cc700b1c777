//! Recurrences: made, charged, changed, looked up.
//!
//! Invariant: time is the product's clock, moved by the sandbox API; charges are made by the
//! product's own task.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

mod analysed;
mod broken_off;
mod changes;
pub mod contracts;
mod creation;
mod doubt;
mod engine;
mod telling;

use aval_domain::id::RecurrentPaymentId;
use aval_domain::recurrence::RecurrentPayment;
use aval_domain::time::Timestamp;
use serde_json::{Value, json};

use crate::support::body::Body;
use crate::support::caller::Caller;
use crate::support::gateway::Gateway;
use crate::support::http::Answer;

/// A sale of a card of this last digit with a recurrence.
pub fn recurring(ending: u8, node: Value) -> Body {
    Body::sale(ending).with("Payment.RecurrentPayment", node)
}

/// A sale that begins a monthly recurrence.
pub fn monthly() -> Body {
    recurring(1, json!({"AuthorizeNow": true}))
}

/// A monthly recurrence of a card of this last digit that begins on a day.
pub fn scheduled(ending: u8, start: &str) -> Body {
    recurring(ending, json!({"AuthorizeNow": false, "StartDate": start}))
}

impl Gateway {
    /// Sets the clock.
    pub async fn clock(&self, to: &str) {
        let body = json!({ "Now": to }).to_string();
        let set = self.sandbox("PUT", "/sandbox/clock", &body).await;
        set.expect(200);
    }

    /// Moves the clock so many days forward; what was done meanwhile.
    pub async fn days(&self, days: u32) -> Value {
        let body = json!({ "Days": days }).to_string();
        let moved = self.sandbox("POST", "/sandbox/clock/advance", &body).await;
        moved.expect(200).at("/Ran")
    }

    /// Sets the fault of a merchant.
    pub async fn fault(&self, of: &Caller, fault: &str) {
        let body = json!({"MerchantId": of.id, "Fault": fault}).to_string();
        let set = self.sandbox("PUT", "/sandbox/faults", &body).await;
        set.expect(200);
    }

    /// The plan as it is stored.
    pub async fn plan(&self, of: &Caller, id: &str) -> Option<RecurrentPayment> {
        let storage = &self.server.app.storage;
        let id = RecurrentPaymentId::parse(id).unwrap();
        let found = storage.recurrent_payment(of.merchant_id(), id).await;
        found.unwrap()
    }

    /// All plans of a merchant.
    pub async fn plans(&self, of: &Caller) -> Vec<RecurrentPayment> {
        let storage = &self.server.app.storage;
        let start = RecurrentPaymentId::from_bytes([0; 16]);
        let found = storage.recurrent_payments_of(of.merchant_id(), start, 100);
        found.await.unwrap()
    }
}

impl Caller {
    /// Makes a recurrence; its id.
    pub async fn recurs(&self, body: &Body) -> String {
        let made = self.sell(body).await.expect(201);
        let id = made.at("/Payment/RecurrentPayment/RecurrentPaymentId");
        id.as_str()
            .unwrap_or_else(|| panic!("{}", made.text()))
            .to_owned()
    }

    /// Looks a recurrence up.
    pub async fn recurrence(&self, id: &str) -> Answer {
        self.get(&format!("/1/RecurrentPayment/{id}")).await
    }

    /// One member of a recurrence.
    pub async fn of_recurrence(&self, id: &str, member: &str) -> Value {
        let found = self.recurrence(id).await.expect(200);
        found.at(&format!("/RecurrentPayment/{member}"))
    }

    /// Changes a recurrence by a body as it is.
    pub async fn amend(&self, id: &str, part: &str, body: &str) -> Answer {
        let target = format!("/1/RecurrentPayment/{id}/{part}");
        self.request("PUT", &target).body(body).send().await
    }

    /// The payments of a recurrence: number, try and the sale of each.
    pub async fn charges(&self, id: &str) -> Vec<(u64, u64, Answer)> {
        let mut all = Vec::new();
        let listed = self.of_recurrence(id, "RecurrentTransactions").await;
        for charge in listed.as_array().unwrap() {
            let sale = self.sale(charge["PaymentId"].as_str().unwrap()).await;
            let number = charge["PaymentNumber"].as_u64().unwrap();
            let attempt = charge["TryNumber"].as_u64().unwrap();
            all.push((number, attempt, sale.expect(200)));
        }
        all
    }

    /// The days on which the payments of a recurrence were received.
    pub async fn charged_on(&self, id: &str) -> Vec<String> {
        let charges = self.charges(id).await;
        let day = |(.., sale): &(u64, u64, Answer)| {
            let received = sale.at("/Payment/ReceivedDate");
            received.as_str().unwrap()[..10].to_owned()
        };
        charges.iter().map(day).collect()
    }
}

/// A moment of the product's clock.
pub fn moment(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}
