//! Taking the money of an authorized sale (decision D12).
//!
//! Invariant: of two captures at once one wins; the other reads again and finds nothing to capture
//! (decision D16).

use aval_domain::id::PaymentId;
use aval_domain::notification::Change;
use aval_domain::operation::{Kind, Marks};
use aval_domain::refusal::Refusal;
use aval_domain::sale::Sale;

use super::record::{Also, Done, nothing, record};
use super::{Context, TRIES, resolve};
use crate::acquirers::simulated::SUCCESS;
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// The acquirer's code for a capture.
const CAPTURED: &str = "6";

/// How much is captured.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Taken {
    /// Cents; all of it when absent.
    pub part: Option<i64>,
    /// Cents that replace the sale's service tax.
    pub service_tax: Option<i64>,
}

/// Captures the whole amount, or `part` cents of it; `service_tax` cents replace the sale's.
///
/// # Errors
/// A [`Refusal`] when the sale is unknown or cannot be captured; the store's failures.
pub async fn capture(
    app: &App,
    merchant: &ActiveMerchant,
    payment: PaymentId,
    part: Option<i64>,
    service_tax: Option<i64>,
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    let _turn = app.changing.take(payment).await;
    let taken = Taken { part, service_tax };
    for _ in 0..TRIES {
        let tried = once(app, merchant, payment, taken, &context, &nothing).await?;
        if let Some(captured) = tried {
            return Ok(captured);
        }
    }
    Err(Error::Overloaded)
}

/// One try, with what `also` is written with it; `None` when another came first. Who calls holds
/// the payment's turn.
///
/// # Errors
/// As above.
pub(super) async fn once(
    app: &App,
    merchant: &ActiveMerchant,
    payment: PaymentId,
    taken: Taken,
    context: &Context<'_, Sale>,
    also: &Also<'_>,
) -> Result<Option<Sale>, Error> {
    let simulated = app.simulated.as_ref().ok_or(Error::NoAcquirer)?;
    let sale = app.storage.sale(merchant.id, payment).await?;
    let sale = sale.ok_or(Refusal::PaymentNotFound)?;
    let sale = resolve::settle(app, merchant, sale).await?;
    let now = app.clock.now();
    let window = merchant.settings.capture_window_days;
    let before = Marks::of(&sale);
    let captured = sale.capture(taken.part, taken.service_tax, now, window)?;
    let captured = captured.marked(Some(simulated.proof_of_sale()), CAPTURED, SUCCESS);
    let made = captured
        .state
        .capture_made()
        .ok_or(Refusal::NotCapturable)?;
    let done = Done {
        kind: Kind::Capture,
        amount: made.amount,
        at: now,
        return_code: CAPTURED.into(),
        change: Change::PaymentStatus,
        also: also(made.amount, now),
        sale: captured,
        before,
    };
    record(app, merchant, done, context).await
}
