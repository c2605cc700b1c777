//! What the buyer's bank does: it pays a transfer or a slip, refuses, or decides later (decisions
//! D11, D24 and D26).
//!
//! Invariant: of two decisions at once one counts. Every payment has its record, from which it is
//! known how much came of a slip.

use aval_domain::amount::Amount;
use aval_domain::id::PaymentId;
use aval_domain::method::Method;
use aval_domain::notification::Change;
use aval_domain::operation::{Kind, Marks};
use aval_domain::payment::{State, Status};
use aval_domain::refusal::Refusal;
use aval_domain::sale::Sale;

use super::record::{Done, record};
use super::{Context, TRIES, waiting};
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// What the bank does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Pays: so much, or what is left.
    Pay(Option<Amount>),
    /// Refuses. Of transfers only.
    Refuse,
    /// Decides later. Of transfers only.
    Defer,
}

/// Does what the bank does to a payment.
///
/// # Errors
/// A [`Refusal`] when the payment is unknown, of another method, or decided, or the amount is none
/// that can be paid; the store's failures.
pub async fn act(
    app: &App,
    merchant: &ActiveMerchant,
    payment: PaymentId,
    deed: Deed,
    context: Context<'_, Sale>,
) -> Result<Sale, Error> {
    let _turn = app.changing.take(payment).await;
    for _ in 0..TRIES {
        let sale = app.storage.sale(merchant.id, payment).await?;
        let sale = sale.ok_or(Refusal::PaymentNotFound)?;
        if deed == Deed::Defer && sale.state == State::Pending {
            return Ok(sale);
        }
        let done = after(sale, deed, app)?;
        if let Some(sale) = record(app, merchant, done, &context).await? {
            return Ok(sale);
        }
    }
    Err(Error::Overloaded)
}

fn after(sale: Sale, deed: Deed, app: &App) -> Result<Done, Refusal> {
    let now = app.clock.now();
    let (is_transfer, before) = (is_transfer(&sale), sale.received);
    let whole = sale.amount;
    let marks = Marks::of(&sale);
    let (sale, kind, amount) = match deed {
        Deed::Pay(part) => {
            let sale = sale.paid(part, now)?;
            let came = Amount::new(sale.received.saturating_sub(before));
            (sale, Kind::Payment, came.unwrap_or(whole))
        }
        Deed::Refuse if is_transfer => (sale.denied()?, Kind::Denial, whole),
        Deed::Defer if is_transfer => (sale.deferred()?, Kind::Deferral, whole),
        Deed::Refuse | Deed::Defer => return Err(Refusal::Unsupported),
    };
    // A slip that was paid with too little waits on.
    let is_short = kind == Kind::Payment && sale.state.status() == Status::Authorized;
    Ok(Done {
        kind,
        amount,
        at: now,
        return_code: "".into(),
        change: if is_short {
            Change::BoletoUnderpaid
        } else {
            Change::PaymentStatus
        },
        also: if is_transfer {
            waiting::ends(sale.id).into()
        } else {
            Vec::new()
        },
        sale,
        before: marks,
    })
}

const fn is_transfer(sale: &Sale) -> bool {
    match sale.details.method {
        Method::Transfer(_) => true,
        Method::Credit(_) | Method::Debit(_) | Method::Boleto(_) => false,
    }
}
