//! Ends payments whose buyers did not come in time.
//!
//! Invariant: of a buyer who decides at the last moment and this task one counts, by the version of
//! the sale; a row that cannot be worked on holds up no other.

use aval_domain::time::Timestamp;
use aval_storage::AwaitedBuyer;

use crate::app::App;
use crate::error::Error;
use crate::operations::waiting;

/// Payments read at a time.
const BATCH: u32 = 100;

/// When the next one ends.
///
/// # Errors
/// The store's failures.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    let end = Timestamp::from_micros(i64::MAX);
    let first = app.storage.awaited_buyers_due(end, 1).await?;
    Ok(first.first().map(|first| first.due_at))
}

/// Ends all that are due, the earliest first; says how many.
///
/// # Errors
/// The store's failures; the rest is ended at the next call.
pub async fn run(app: &App) -> Result<u64, Error> {
    let mut ended = 0_u64;
    let mut before = Vec::new();
    loop {
        let due = app
            .storage
            .awaited_buyers_due(app.clock.now(), BATCH)
            .await?;
        // What was looked at is gone; if not, leave it to the next call.
        if due.is_empty() || due == before {
            return Ok(ended);
        }
        for one in &due {
            match expire(app, one).await {
                Ok(done) => ended = ended.saturating_add(done.into()),
                // Of this one only, whose sale is damaged or whose merchant's key is missing.
                Err(Error::Internal(cause)) => {
                    let (merchant, payment) = (one.merchant, one.payment);
                    tracing::error!(%merchant, %payment, cause, "a payment cannot be ended");
                }
                Err(other) => return Err(other),
            }
        }
        before = due;
    }
}

/// Ends one; whether it had not ended before.
async fn expire(app: &App, one: &AwaitedBuyer) -> Result<bool, Error> {
    let merchants = &app.merchants;
    let found = merchants.find(&app.storage, &app.keys, one.merchant);
    let Some(merchant) = found.await? else {
        return Ok(false);
    };
    waiting::expire(app, &merchant, one.payment).await
}
