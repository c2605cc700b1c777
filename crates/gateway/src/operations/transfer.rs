//! Bank transfers: a sale that sends the buyer to the bank (manual lines 2136 to 2227).
//!
//! Invariant: nobody is asked for money here; the buyer decides at the bank's page, which is
//! [`super::bank`].

use aval_domain::method::{Method, Transfer};
use aval_domain::sale::{NewTransfer, Sale, Start};

use super::{Context, record, waiting};
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// Makes a transfer that waits for its buyer.
///
/// # Errors
/// When an order number was used, no bank is linked, or the store fails.
pub async fn begin(
    app: &App,
    merchant: &ActiveMerchant,
    new: NewTransfer,
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    if app.simulated.is_none() {
        return Err(Error::NoAcquirer);
    }
    record::refuse_duplicate(app, merchant, &new.basis.order).await?;
    let now = app.clock.now();
    let id = app.chance.payment_id(now);
    let start = Start {
        merchant: merchant.id,
        id,
        now,
        request_id: context.request_id.to_owned(),
        fingerprint: None,
        method: Method::Transfer(Box::new(Transfer {
            return_url: new.return_url,
            ticket: merchant.keys.page_ticket(id),
        })),
        provider: new.bank,
    };
    let sale = Sale::start(new.basis, start);
    let waits = waiting::begins(&sale);
    record::insert(app, merchant, sale, [waits], &context).await
}
