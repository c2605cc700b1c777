//! Decides on sales that waited for a review too long.
//!
//! Invariant: of two servers, or a server and a person, one decides; the other finds it decided.
//! A review that cannot be decided on holds up no other.

use aval_domain::fraud::review::Review;
use aval_domain::time::Timestamp;

use crate::app::App;
use crate::error::Error;
use crate::operations::review::{self, Decided};

/// Reviews read at a time.
const BATCH: u32 = 100;

/// When the next one expires.
///
/// # Errors
/// The store's failures.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    let end = Timestamp::from_micros(i64::MAX);
    let first = app.storage.reviews_due(end, 1).await?;
    Ok(first.first().map(|first| first.due_at))
}

/// Decides on all that are due; says how many.
///
/// # Errors
/// The store's failures; the rest is decided at the next call.
pub async fn run(app: &App) -> Result<u64, Error> {
    let mut decided = 0_u64;
    loop {
        let due = app.storage.reviews_due(app.clock.now(), BATCH).await?;
        let before = decided;
        for one in &due {
            match expire(app, one).await {
                Ok(done) => decided = decided.saturating_add(done.into()),
                // Of this one only, whose sale is damaged or whose merchant's key is missing.
                Err(Error::Internal(cause)) => {
                    let (merchant, payment) = (one.merchant, one.payment);
                    tracing::error!(%merchant, %payment, cause, "a review cannot be decided on");
                }
                Err(other) => return Err(other),
            }
        }
        if decided == before {
            return Ok(decided);
        }
    }
}

/// Decides on one; whether it was not decided on before.
async fn expire(app: &App, one: &Review) -> Result<bool, Error> {
    let merchants = &app.merchants;
    let found = merchants.find(&app.storage, &app.keys, one.merchant);
    let Some(merchant) = found.await? else {
        return Ok(false);
    };
    let decided = review::expire(app, &merchant, one.payment).await?;
    Ok(matches!(decided, Decided::Now(_)))
}
