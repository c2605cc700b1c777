//! Payments that wait for their buyers at a page: until when, and how those end whose buyers never
//! come (decision D11).
//!
//! Invariant: a payment that waits has a row that says until when, written with the sale and
//! removed with the decision. What ends without its buyer leaves no sealed card behind.

use aval_domain::buyer::PATIENCE;
use aval_domain::id::PaymentId;
use aval_domain::method::Method;
use aval_domain::notification::Change;
use aval_domain::operation::{Kind, Marks};
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use aval_storage::{AwaitedBuyer, Changes, Write};

use super::keep::Rendered;
use super::record::{Done, record};
use super::{Context, TRIES, authenticate};
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// Notes until when a new payment waits.
pub(super) fn begins(sale: &Sale) -> Write {
    Write::InsertAwaitedBuyer(AwaitedBuyer {
        merchant: sale.merchant,
        payment: sale.id,
        due_at: sale.received_at.plus(PATIENCE),
    })
}

/// Notes that a payment waits no more, nor a card with it.
pub(super) fn ends(payment: PaymentId) -> [Write; 2] {
    [
        Write::DeleteAwaitedBuyer(payment),
        Write::DeleteAwaitedCard(payment),
    ]
}

/// Ends a payment whose buyer did not come in time: given up (13), which its merchant is told.
/// Whether it did; what waits no more is left as it is, but for what waited with it.
///
/// # Errors
/// The store's failures.
pub async fn expire(
    app: &App,
    merchant: &ActiveMerchant,
    payment: PaymentId,
) -> Result<bool, Error> {
    let render = |_: &Sale| Rendered {
        status: 200,
        body: String::new(),
        location: None,
    };
    let context = Context {
        request_id: "",
        keep: None,
        render: &render,
        by: None,
    };
    let _turn = app.changing.take(payment).await;
    for _ in 0..TRIES {
        let sale = app.storage.sale(merchant.id, payment).await?;
        let sale = match sale {
            Some(sale) if waits(app, &sale).await? => sale,
            Some(_) | None => {
                app.storage
                    .commit(Changes {
                        merchant: merchant.id,
                        writes: ends(payment).into(),
                    })
                    .await?;
                return Ok(false);
            }
        };
        let sale = sale.aborted()?;
        let code = sale.receipt.as_ref().map(|receipt| &receipt.return_code);
        let done = Done {
            kind: Kind::Abandonment,
            amount: sale.amount,
            at: app.clock.now(),
            return_code: code.cloned().unwrap_or_default().into(),
            change: Change::PaymentStatus,
            also: ends(payment).into(),
            before: Marks::of(&sale),
            sale,
        };
        if record(app, merchant, done, &context).await?.is_some() {
            return Ok(true);
        }
    }
    Err(Error::Overloaded)
}

/// Whether a payment still waits for its buyer. One that the bank decides on later does not.
async fn waits(app: &App, sale: &Sale) -> Result<bool, Error> {
    match &sale.details.method {
        Method::Credit(_) | Method::Debit(_) => authenticate::is_awaited(app, sale).await,
        Method::Transfer(_) => Ok(sale.state == State::NotFinished),
        Method::Boleto(_) => Ok(false),
    }
}
