//! Removes what is kept for a time only.
//!
//! Invariant: an answer under an Idempotency-Key is removed when it no longer counts, not before
//! (decision D07). Drafts of jobs are removed when they can be confirmed no more. Notifications
//! and the log of their attempts are kept 30 days; those that still wait stay. A session goes when
//! it has rested too long, an invitation when it holds no more, both by real time.

use aval_domain::fraud::history::KEPT;
use aval_domain::job::DRAFT_FOR;
use aval_domain::session::IDLE;
use aval_domain::time::DAY;
use aval_storage::fraud::day_of;

use crate::app::App;
use crate::error::Error;
use crate::operations::keep::KEPT_FOR;

/// Merchants read at a time.
const PAGE: u32 = 200;

/// Answers removed at a time: sales wait meanwhile.
const BATCH: u32 = 500;

/// Drafts removed at a time; each may have thousands of rows.
const DRAFTS: u32 = 1;

/// How long notifications and the log of their attempts are kept, in microseconds: 30 days.
const NOTIFICATIONS_KEPT_FOR: i64 = DAY * 30;

/// Removes what is too old of all merchants; says how much.
///
/// # Errors
/// The store's failures; what was removed stays removed.
pub async fn run(app: &App) -> Result<u64, Error> {
    let before = app.clock.now().plus(KEPT_FOR.saturating_neg());
    let told_before = app
        .clock
        .now()
        .plus(NOTIFICATIONS_KEPT_FOR.saturating_neg());
    let drafted_before = app.clock.now().plus(DRAFT_FOR.saturating_mul(-2));
    let day = day_of(app.clock.now().plus(KEPT.saturating_neg()));
    let real = app.clock.real();
    let mut removed = app.storage.forget_listeners(real).await?;
    // Of commands that ended before they were told what became of their moves.
    app.storage
        .forget_moves(real.plus(DAY.saturating_neg()))
        .await?;
    let mut after = None;
    loop {
        let page = app.storage.merchants(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(removed);
        };
        after = Some(last.id);
        for merchant in &page {
            loop {
                let count = app
                    .storage
                    .forget_answers(merchant.id, before, BATCH)
                    .await?;
                removed = removed.saturating_add(count);
                if count < u64::from(BATCH) {
                    break;
                }
            }
            let rested = real.plus(IDLE.saturating_neg());
            let sessions = app.storage.forget_sessions(merchant.id, rested).await?;
            let invitations = app.storage.forget_invitations(merchant.id, real).await?;
            removed = removed.saturating_add(sessions).saturating_add(invitations);
            loop {
                let drafts = app
                    .storage
                    .forget_drafts(merchant.id, drafted_before, DRAFTS);
                let count = drafts.await?;
                removed = removed.saturating_add(count);
                if count == 0 {
                    break;
                }
            }
            loop {
                let events = app.storage.forget_fraud_events(merchant.id, day, BATCH);
                let count = events.await?;
                removed = removed.saturating_add(count);
                if count < u64::from(BATCH) {
                    break;
                }
            }
            loop {
                let count = app
                    .storage
                    .forget_notifications(merchant.id, told_before, BATCH)
                    .await?;
                removed = removed.saturating_add(count);
                if count < u64::from(BATCH) {
                    break;
                }
            }
        }
    }
}
