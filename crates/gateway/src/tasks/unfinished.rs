//! Resolves payments in doubt, and reverses what is owed (decision D15).
//!
//! Invariant: of two servers that ask at once one writes the answer, by the version of the sale;
//! asking twice does no harm.

use aval_domain::payment::State;
use aval_domain::time::Timestamp;
use aval_storage::{Changes, Unfinished, Write};

use crate::app::App;
use crate::error::Error;
use crate::operations::resolve;

/// Payments read at a time.
const BATCH: u32 = 100;

/// When the acquirer is to be asked next.
///
/// # Errors
/// The store's failures.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    let end = Timestamp::from_micros(i64::MAX);
    let first = app.storage.unfinished_due(end, 1).await?;
    Ok(first.first().map(|first| first.due_at))
}

/// Asks for every payment that is due, the earliest first; says how many are in doubt no more.
///
/// # Errors
/// The store's failures; the rest is asked for at the next call.
pub async fn run(app: &App) -> Result<u64, Error> {
    let mut resolved = 0_u64;
    let mut before = Vec::new();
    loop {
        let due = app.storage.unfinished_due(app.clock.now(), BATCH).await?;
        // What was asked for is due later or gone; if not, leave it to the next call.
        if due.is_empty() || due == before {
            return Ok(resolved);
        }
        for row in &due {
            match ask(app, row).await {
                Ok(is_known) => resolved = resolved.saturating_add(is_known.into()),
                // Of this payment only: its merchant's key is missing, or its row is damaged.
                Err(Error::Internal(cause)) => {
                    tracing::error!(payment = %row.payment, cause, "a payment stays in doubt");
                    resolve::put_off(app, row.clone()).await?;
                }
                Err(other) => return Err(other),
            }
        }
        before = due;
    }
}

/// Asks for one payment; whether it is in doubt no more.
async fn ask(app: &App, row: &Unfinished) -> Result<bool, Error> {
    let _turn = app.changing.take(row.payment).await;
    let merchants = &app.merchants;
    let merchant = merchants
        .find(&app.storage, &app.keys, row.merchant)
        .await?;
    let sale = app.storage.sale(row.merchant, row.payment).await?;
    match (merchant, sale) {
        (Some(merchant), Some(sale)) if sale.state == State::NotFinished => {
            let sale = resolve::resolve(app, &merchant, sale, row.clone()).await?;
            Ok(sale.state != State::NotFinished)
        }
        (Some(merchant), Some(sale)) if sale.state == State::Denied => {
            resolve::reverse_owed(app, &merchant, &sale, row.clone()).await?;
            // It was in doubt no more since it was denied.
            Ok(false)
        }
        (None | Some(_), None | Some(_)) => {
            let changes = Changes {
                merchant: row.merchant,
                writes: vec![Write::DeleteUnfinished(row.payment)],
            };
            app.storage.commit(changes).await?;
            Ok(false)
        }
    }
}
