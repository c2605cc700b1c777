//! POST /transactions/block: a block of everything that a search finds.
//!
//! Invariant: what is chosen is what the search finds at that moment, and is shown as a draft
//! before anything is done; more than a block takes is refused, never cut;
//! so is what would take too much reading to find.

use aval_domain::id::PaymentId;
use aval_domain::job::MOST_ROWS;
use aval_domain::search::parse;
use aval_gateway::search::list;
use axum::response::Response;

use super::address::Address;
use crate::backoffice::context::Context;
use crate::backoffice::failure::Failure;
use crate::backoffice::jobs;
use crate::backoffice::jobs::text::Texts;

/// Sales read at a time.
const PAGE: usize = 1_000;
/// Times that is read, for a search that finds few of many sales.
const MOST_ROUNDS: usize = 100;

/// Makes a draft: fields `query`, as the page's address has it, and `kind` as of POST /jobs.
pub async fn create(context: &Context) -> Result<Response, Failure> {
    let address = Address::read(Some(&context.form.value("query")));
    let filter = parse(&address.query).map_err(|_| Failure::NotFound)?;
    let of = (context.of(), context.merchant.establishment.as_str());
    let mut payments: Vec<PaymentId> = Vec::new();
    let mut before = None;
    // One more than a block takes says that there are too many.
    let app = &context.server.app;
    let mut rounds = 0..MOST_ROUNDS;
    while payments.len() <= MOST_ROWS {
        if rounds.next().is_none() {
            let t = Texts::of(context.language);
            return Ok(jobs::create::refuse(context, t.too_wide));
        }
        let (found, next) = list(app, of, &filter, before, PAGE).await?;
        payments.extend(found.iter().map(|sale| sale.payment));
        if next.is_none() {
            break;
        }
        before = next;
    }
    jobs::create::draft(context, &payments).await
}
