//! Payments that their buyers decide, over HTTP, in process: what the API says before and after,
//! and the pages between.
//!
//! Invariant: what runs on one engine runs on both.

#![cfg(test)]

mod authentication;
mod pages;
mod renewal;
mod transfers;
mod waiting;
mod wallets;
mod ways;

use aval_domain::id::NotificationId;
use serde_json::Value;

use crate::support::gateway::Gateway;
use crate::support::http::{Answer, Request};

/// Before every notification.
pub const FIRST: NotificationId = NotificationId::from_bytes([0; 16]);

/// The page of a payment as its answer names it, below the listener's address.
pub fn page_of(gateway: &Gateway, sold: &Answer) -> String {
    let member = ["/Payment/AuthenticationUrl", "/Payment/Url"]
        .into_iter()
        .find_map(|member| sold.at(member).as_str().map(str::to_owned));
    let url = member.unwrap_or_else(|| panic!("no page: {}", sold.text()));
    let path = url.strip_prefix(&format!("http://{}", gateway.api));
    path.unwrap_or_else(|| panic!("{url}")).to_owned()
}

/// Looks at a page, in English.
pub async fn look(gateway: &Gateway, page: &str) -> Answer {
    let request = Request::new(gateway.api, "GET", page).header("Accept-Language", "en");
    request.send().await
}

/// Presses a button of a page.
pub async fn press(gateway: &Gateway, page: &str, decision: &str) -> Answer {
    Request::new(gateway.api, "POST", page)
        .header("Accept-Language", "en")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(format!("decision={decision}"))
        .send()
        .await
}

/// Decides by the sandbox API: `pay`, `deny` or `authenticate`.
pub async fn decide(gateway: &Gateway, payment: &str, verb: &str, body: &str) -> Answer {
    let path = format!("/sandbox/payments/{payment}/{verb}");
    gateway.sandbox("POST", &path, body).await
}

/// A payment as the query shows it.
pub async fn payment(gateway: &Gateway, id: &str) -> Value {
    gateway.sale(id).await.expect(200).at("/Payment")
}
