//! Giving money back, or the reserved limit (decisions D13 and D14).
//!
//! Invariant: the parts given back never exceed what was captured, however many ask at once.

use aval_domain::amount::Amount;
use aval_domain::id::PaymentId;
use aval_domain::notification::Change;
use aval_domain::operation::{Kind, Marks};
use aval_domain::payment::{Capture, Status, VOID_WINDOW};
use aval_domain::refusal::Refusal;
use aval_domain::sale::{OrderId, Sale};
use aval_domain::time::Timestamp;

use super::record::{Also, Done, nothing, record};
use super::{Context, TRIES, resolve};
use crate::acquirers::simulated::SUCCESS;
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// The acquirer's code for a void.
const VOIDED: &str = "9";

/// Which sale is meant.
#[derive(Debug, Clone)]
pub enum Which {
    /// The one of this payment.
    Payment(PaymentId),
    /// The newest of this order, whatever its state (D14).
    NewestOf(OrderId),
}

/// Gives back all that is left, or `part` cents of it.
///
/// # Errors
/// A [`Refusal`] when the sale is unknown or cannot be voided so; the store's failures.
pub async fn void(
    app: &App,
    merchant: &ActiveMerchant,
    which: &Which,
    part: Option<i64>,
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    for _ in 0..TRIES {
        let id = match which {
            Which::Payment(id) => *id,
            Which::NewestOf(_) => find(app, merchant, which).await?.id,
        };
        let _turn = app.changing.take(id).await;
        // While waiting for its turn the sale may have changed, or a newer one come.
        let sale = find(app, merchant, which).await?;
        if sale.id != id {
            continue;
        }
        if let Some(voided) = once(app, merchant, sale, part, &context, &nothing).await? {
            return Ok(voided);
        }
    }
    Err(Error::Overloaded)
}

/// One try on a sale that was just read, with what `also` is written with it; `None` when another
/// came first. Who calls holds the payment's turn.
///
/// # Errors
/// As above.
pub(super) async fn once(
    app: &App,
    merchant: &ActiveMerchant,
    sale: Sale,
    part: Option<i64>,
    context: &Context<'_, Sale>,
    also: &Also<'_>,
) -> Result<Option<Sale>, Error> {
    let sale = resolve::settle(app, merchant, sale).await?;
    let before = given_back(&sale);
    let now = app.clock.now();
    let marks = Marks::of(&sale);
    let voided = sale.void(part, now, merchant.settings.refunds_enabled)?;
    let voided = voided.marked(None, VOIDED, SUCCESS);
    let given = given_back(&voided)
        .checked_sub(before)
        .and_then(Amount::new)
        .ok_or(Refusal::NotVoidable)?;
    let done = Done {
        kind: kind(&voided, now),
        amount: given,
        at: now,
        return_code: VOIDED.into(),
        change: change(&voided),
        also: also(given, now),
        sale: voided,
        before: marks,
    };
    record(app, merchant, done, context).await
}

async fn find(app: &App, merchant: &ActiveMerchant, which: &Which) -> Result<Sale, Error> {
    let found = match which {
        Which::Payment(id) => app.storage.sale(merchant.id, *id).await?,
        Which::NewestOf(order) => app.storage.newest_of_order(merchant.id, order).await?,
    };
    Ok(found.ok_or(Refusal::PaymentNotFound)?)
}

fn given_back(sale: &Sale) -> i64 {
    sale.state
        .given_back(sale.amount)
        .map_or(0, |given| given.amount.cents())
}

/// A part given back leaves the status as it was (decision D13).
fn change(voided: &Sale) -> Change {
    if voided.state.status() == Status::PaymentConfirmed {
        Change::PartialCancel
    } else {
        Change::PaymentStatus
    }
}

/// Later than 24 hours after the capture it is a refund, a part of it too (D13).
fn kind(voided: &Sale, now: Timestamp) -> Kind {
    let is_late = |capture: Capture| now.since(capture.at) > VOID_WINDOW;
    if voided.state.capture_made().is_some_and(is_late) {
        Kind::Refund
    } else {
        Kind::Void
    }
}
