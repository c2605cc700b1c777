//! Decides on sales that waited for a review too long.
//!
//! Invariant: of two servers, or a server and a person, one decides; the other finds it decided.
//! Reviews that cannot be read or decided on hold up no other, however many lie in front.

use aval_domain::time::Timestamp;
use aval_storage::fraud::DueReview;

use crate::app::App;
use crate::error::Error;
use crate::operations::review::{self, Decided};

/// Reviews read at a time.
const BATCH: u32 = 100;

/// When the next one expires, but for those that could not be decided on a moment ago.
///
/// # Errors
/// The store's failures.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    let end = Timestamp::from_micros(i64::MAX);
    let mut after = DueReview::START;
    loop {
        let due = app.storage.reviews_due(end, after, BATCH).await?;
        let Some(last) = due.last() else {
            return Ok(None);
        };
        after = *last;
        let next = due.iter().find(|one| !app.stuck.reviews.holds(one.payment));
        if let Some(next) = next {
            return Ok(Some(next.due_at));
        }
    }
}

/// Decides on all that are due, the earliest first; says how many.
///
/// # Errors
/// The store's failures; the rest is decided at the next call.
pub async fn run(app: &App) -> Result<u64, Error> {
    let now = app.clock.now();
    let (mut decided, mut after) = (0_u64, DueReview::START);
    loop {
        let due = app.storage.reviews_due(now, after, BATCH).await?;
        let Some(last) = due.last() else {
            return Ok(decided);
        };
        after = *last;
        for one in &due {
            if app.stuck.reviews.holds(one.payment) {
                continue;
            }
            match expire(app, one).await {
                Ok(Some(done)) => decided = decided.saturating_add(done.into()),
                Ok(None) => app.stuck.reviews.leave(one.payment),
                // Of this one only, which is damaged, or its sale, or whose merchant's key is
                // missing.
                Err(Error::Internal(cause)) => {
                    app.stuck.reviews.leave(one.payment);
                    let (merchant, payment) = (one.merchant, one.payment);
                    tracing::error!(%merchant, %payment, cause, "a review cannot be decided on");
                }
                Err(other) => return Err(other),
            }
        }
    }
}

/// Decides on one; whether it was not decided on before. `None` when it will be due again.
async fn expire(app: &App, one: &DueReview) -> Result<Option<bool>, Error> {
    let merchants = &app.merchants;
    let found = merchants.find(&app.storage, &app.keys, one.merchant);
    let Some(merchant) = found.await? else {
        return Ok(None);
    };
    match review::expire(app, &merchant, one.payment).await? {
        Decided::Now(_) => Ok(Some(true)),
        Decided::Before(_) => Ok(Some(false)),
        Decided::NoReview => Ok(None),
    }
}
