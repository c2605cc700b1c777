//! The end of an operation on a sale: its record, and the commit.
//!
//! Invariant: the changed sale, the record of what was done and the answer that is kept are one
//! commit, which expects the version that was read (decision D16).

use aval_domain::amount::Amount;
use aval_domain::notification::Change;
use aval_domain::operation::{Kind, Operation};
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, Conflict, Write};

use super::{Context, notify};
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// What was done to a sale.
pub(super) struct Done {
    /// The sale as it is now.
    pub sale: Sale,
    /// What was done.
    pub kind: Kind,
    /// Cents.
    pub amount: Amount,
    /// When.
    pub at: Timestamp,
    /// The acquirer's code.
    pub return_code: &'static str,
    /// What the merchant is told.
    pub change: Change,
}

/// Makes it durable. `None` when another changed the sale first: nothing was written, and whoever
/// asks reads again.
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
        return_code: done.return_code.to_owned(),
    };
    let mut writes = vec![
        Write::UpdateSale(Box::new(sale.clone())),
        Write::InsertOperation(operation),
    ];
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
        Err(CommitError::Conflict(Conflict::Version)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}
