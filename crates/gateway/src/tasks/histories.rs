//! Reads the histories of merchants who sell now, before their next analysis asks for them.
//!
//! Invariant: done once, after a start; nothing is written, and an analysis that comes first waits
//! for the same reading. Who has not sold since yesterday is read when it sells.

use aval_storage::fraud::day_of;

use crate::app::App;
use crate::error::Error;

/// Merchants read at a time.
const PAGE: u32 = 500;

/// Reads them until they are enough; says how many.
///
/// # Errors
/// The store's failures; what was not read is read when it is asked for.
pub async fn run(app: &App) -> Result<u64, Error> {
    let mut read = 0_u64;
    let mut after = None;
    let histories = &app.fraud.histories;
    loop {
        let page = app.storage.merchants(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(read);
        };
        after = Some(last.id);
        for merchant in &page {
            let now = app.clock.now();
            let yesterday = day_of(now).saturating_sub(1);
            let sells = app.storage.fraud_places(merchant.id, yesterday, 1).await?;
            if sells.is_empty() {
                continue;
            }
            if !histories.has_room() {
                return Ok(read);
            }
            histories
                .of(&app.storage, merchant.id, now, app.clock.real())
                .await?;
            read = read.saturating_add(1);
        }
    }
}
