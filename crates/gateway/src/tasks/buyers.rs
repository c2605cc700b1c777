//! Ends payments whose buyers did not come in time.
//!
//! Invariant: of a buyer who decides at the last moment and this task one counts, by the version of
//! the sale; rows that cannot be worked on hold up no other, however many lie in front.

use aval_domain::time::Timestamp;
use aval_storage::AwaitedBuyer;

use crate::app::App;
use crate::error::Error;
use crate::operations::waiting;

/// Payments read at a time.
const BATCH: u32 = 100;

/// When the next one ends, but for those that could not be ended a moment ago.
///
/// # Errors
/// The store's failures.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    let end = Timestamp::from_micros(i64::MAX);
    let mut after = None;
    loop {
        let due = app.storage.awaited_buyers_due(end, after, BATCH).await?;
        let Some(last) = due.last() else {
            return Ok(None);
        };
        after = Some(*last);
        let next = due.iter().find(|one| !app.stuck.buyers.holds(one.payment));
        if let Some(next) = next {
            return Ok(Some(next.due_at));
        }
    }
}

/// Ends all that are due, the earliest first; says how many.
///
/// # Errors
/// The store's failures; the rest is ended at the next call.
pub async fn run(app: &App) -> Result<u64, Error> {
    let now = app.clock.now();
    let (mut ended, mut after) = (0_u64, None);
    loop {
        let due = app.storage.awaited_buyers_due(now, after, BATCH).await?;
        let Some(last) = due.last() else {
            return Ok(ended);
        };
        after = Some(*last);
        for one in &due {
            if app.stuck.buyers.holds(one.payment) {
                continue;
            }
            match expire(app, one).await {
                Ok(true) => ended = ended.saturating_add(1),
                // Another server ended it, or its merchant is gone.
                Ok(false) => app.stuck.buyers.leave(one.payment),
                // Of this one only, whose sale is damaged or whose merchant's key is missing.
                Err(Error::Internal(cause)) => {
                    app.stuck.buyers.leave(one.payment);
                    let (merchant, payment) = (one.merchant, one.payment);
                    tracing::error!(%merchant, %payment, cause, "a payment cannot be ended");
                }
                Err(other) => return Err(other),
            }
        }
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
