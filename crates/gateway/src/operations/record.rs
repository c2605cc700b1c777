//! The end of an operation on a sale: its record, and the commit.
//!
//! Invariant: a new sale, what belongs to it and the answer that is kept are one commit. The
//! changed sale, the record of what was done and the answer that is kept are one
//! commit, which expects the version that was read (decision D16).

use std::borrow::Cow;

use aval_domain::amount::Amount;
use aval_domain::notification::Change;
use aval_domain::operation::{Kind, Marks, Operation};
use aval_domain::sale::{OrderId, Sale};
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, Conflict, Write};

use super::{Context, notify};
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// What is written with an operation, made of the cents it moved and its moment.
pub(super) type Also<'a> = dyn Fn(Amount, Timestamp) -> Vec<Write> + Sync + 'a;

/// Nothing is written with it.
pub(super) const fn nothing(_: Amount, _: Timestamp) -> Vec<Write> {
    Vec::new()
}

/// What was done to a sale.
pub(super) struct Done {
    /// The sale as it is now.
    pub sale: Sale,
    /// What its acquirer had said before.
    pub before: Option<Marks>,
    /// What was done.
    pub kind: Kind,
    /// Cents.
    pub amount: Amount,
    /// When.
    pub at: Timestamp,
    /// The acquirer's code; empty where none was asked.
    pub return_code: Cow<'static, str>,
    /// What the merchant is told.
    pub change: Change,
    /// What else is written with it.
    pub also: Vec<Write>,
}

/// Makes a new sale durable, with what `also` belongs to it.
pub(super) async fn insert(
    app: &App,
    merchant: &ActiveMerchant,
    sale: Sale,
    also: impl IntoIterator<Item = Write>,
    context: &Context<'_, Sale>,
) -> Result<Sale, Error> {
    let mut writes = vec![Write::InsertSale(Box::new(sale.clone()))];
    writes.extend(also);
    if merchant.settings.duplicate_orders_refused {
        writes.push(Write::ClaimOrder(sale.order.clone()));
    }
    let change = Change::PaymentStatus;
    let now = sale.received_at;
    writes.extend(notify::of_sale(app, merchant, &sale, change, now));
    writes.extend(context.kept(&sale));
    app.storage
        .commit(Changes {
            merchant: merchant.id,
            writes,
        })
        .await?;
    notify::wake(app, merchant);
    Ok(sale)
}

/// An order number sold before the setting was turned on has no claim: look at the sales too.
pub(super) async fn refuse_duplicate(
    app: &App,
    merchant: &ActiveMerchant,
    order: &OrderId,
) -> Result<(), Error> {
    if !merchant.settings.duplicate_orders_refused {
        return Ok(());
    }
    let before = app.storage.sales_of_order(merchant.id, order, 1).await?;
    if before.is_empty() {
        Ok(())
    } else {
        Err(Error::OrderDuplicated)
    }
}

/// Makes it durable. `None` when another came first, to the sale or to what is written beside it:
/// nothing was written, and whoever asks reads again.
pub(super) async fn record(
    app: &App,
    merchant: &ActiveMerchant,
    done: Done,
    context: &Context<'_, Sale>,
) -> Result<Option<Sale>, Error> {
    let sale = done.sale;
    let operation = Operation {
        merchant: sale.merchant,
        payment: sale.id,
        version: sale.version,
        kind: done.kind,
        amount: done.amount,
        at: done.at,
        request_id: context.request_id.to_owned(),
        return_code: done.return_code.into_owned(),
        by: context.by.map(str::to_owned),
        before: done.before,
    };
    let mut writes = vec![
        Write::UpdateSale(Box::new(sale.clone())),
        Write::InsertOperation(operation),
    ];
    writes.extend(done.also);
    writes.extend(notify::of_sale(app, merchant, &sale, done.change, done.at));
    writes.extend(context.kept(&sale));
    let changes = Changes {
        merchant: sale.merchant,
        writes,
    };
    match app.storage.commit(changes).await {
        Ok(()) => {
            notify::wake(app, merchant);
            Ok(Some(sale))
        }
        Err(CommitError::Conflict(Conflict::Version | Conflict::AuditNumberTaken)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}
