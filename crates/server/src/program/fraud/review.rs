//! `aval fraud review …`
//!
//! Invariant: a sale is decided once; who comes second is told by whom it was.

use std::fmt::Write as _;

use aval_domain::fraud::analysis::Verdict;
use aval_domain::fraud::review::Review;
use aval_domain::id::PaymentId;
use aval_gateway::operations::review::{self, Decided};
use serde::Serialize;

use super::super::store::{merchant_id, with_app_that_tells};
use super::super::{merchant, print, print_json};
use super::{BY, failure};
use crate::cli::{Exit, ReviewCommand};
use crate::config::StoreConfig;

/// Reviews read at a time.
const PAGE: u32 = 500;

/// A review as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownReview {
    payment_id: String,
    score: u8,
    since: String,
    expires: String,
    note: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownReviews {
    reviews: Vec<ShownReview>,
}

pub(super) fn run(config: &StoreConfig, command: &ReviewCommand) -> Result<(), Exit> {
    match command {
        ReviewCommand::Show { id, json } => show(config, id, *json),
        ReviewCommand::Accept { id, payment } => decide(config, id, payment, Verdict::Accept),
        ReviewCommand::Reject { id, payment } => decide(config, id, payment, Verdict::Reject),
        ReviewCommand::Note { id, payment, text } => {
            let (id, payment) = (merchant_id(id)?, payment_id(payment)?);
            let noted = with_app_that_tells(config, async |app| {
                review::note(app, id, payment, text, BY)
                    .await
                    .map_err(failure)
            })?;
            let missing = || Exit::usage("the payment has no review, or no room for such a note");
            noted.ok_or_else(missing)?;
            print("noted\n")
        }
    }
}

fn payment_id(text: &str) -> Result<PaymentId, Exit> {
    PaymentId::parse(text).ok_or_else(|| Exit::usage("a PaymentId is a GUID"))
}

fn decide(config: &StoreConfig, id: &str, payment: &str, verdict: Verdict) -> Result<(), Exit> {
    let (id, payment) = (merchant_id(id)?, payment_id(payment)?);
    let decided = with_app_that_tells(config, async |app| {
        let found = app.merchants.find(&app.storage, &app.keys, id).await;
        let found = found.map_err(failure)?.ok_or_else(merchant::unknown)?;
        review::decide(app, &found, payment, verdict, BY)
            .await
            .map_err(failure)
    })?;
    match decided {
        Decided::Now(sale) => {
            let status = sale.state.status().number();
            print(&format!(
                "{}: {payment} has status {status}\n",
                verdict.name()
            ))
        }
        Decided::Before(review) => Err(Exit::usage(&format!(
            "it is decided: {} by {}",
            review.progress.name(),
            review.decided_by.as_deref().unwrap_or("nobody")
        ))),
        Decided::NoReview => Err(Exit::usage("the payment waits for no review")),
    }
}

fn show(config: &StoreConfig, id: &str, json: bool) -> Result<(), Exit> {
    let id = merchant_id(id)?;
    let waiting = with_app_that_tells(config, async |app| {
        let mut all: Vec<Review> = Vec::new();
        let mut after = PaymentId::from_bytes([0; 16]);
        loop {
            let page = app.storage.waiting_reviews(id, after, PAGE).await;
            let page = page.map_err(failure)?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after = last.payment;
            all.extend(page);
        }
    })?;
    let reviews: Vec<ShownReview> = waiting
        .into_iter()
        .map(|review| ShownReview {
            payment_id: review.payment.to_string(),
            score: review.score,
            since: review.created_at.rfc3339(),
            expires: review.due_at.rfc3339(),
            note: review.note,
        })
        .collect();
    if json {
        return print_json(&ShownReviews { reviews });
    }
    let mut text = String::new();
    for ShownReview {
        payment_id,
        score,
        expires,
        ..
    } in &reviews
    {
        let _ = writeln!(text, "{payment_id}  score {score:>2}  expires {expires}");
    }
    print(&text)
}
