//! Telling merchants of changes: the record of it in the commit of the change, and sending again.
//!
//! Invariant: of a merchant without notification_url, to whom nobody listens, there is no record,
//! and it costs nothing. The body is written here, from the very version that is committed
//! (docs/decisions/0011-notifications.md).

use aval_domain::audit::Act;
use aval_domain::id::{ListenerId, MerchantId, NotificationId, PaymentId};
use aval_domain::notification::{Change, Notification, Progress};
use aval_domain::recurrence::RecurrentPayment;
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, Conflict, Heard, Write};

use super::TRIES;
use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::merchants::ActiveMerchant;
use crate::outbox::Outbox;

/// Notifications read at a time.
const PAGE: u32 = 200;

/// The writes that tell a merchant of a changed sale, when it wants to be told, and who listens.
pub(super) fn of_sale(
    app: &App,
    merchant: &ActiveMerchant,
    sale: &Sale,
    change: Change,
    now: Timestamp,
) -> Vec<Write> {
    let of = (sale.id, sale.version);
    written(app, merchant, of, change, now, |outbox| {
        (outbox.render)(sale, &merchant.settings, change)
    })
}

/// The writes that tell a merchant of a changed plan of recurrences, likewise. Its changes are told
/// in order, under the plan's own id in the place of a payment's.
pub(super) fn of_plan(
    app: &App,
    merchant: &ActiveMerchant,
    plan: &RecurrentPayment,
    change: Change,
    now: Timestamp,
) -> Vec<Write> {
    let of = (PaymentId::from_bytes(*plan.id.as_bytes()), plan.version);
    written(app, merchant, of, change, now, |outbox| {
        (outbox.render_plan)(plan, &merchant.settings, change)
    })
}

fn written(
    app: &App,
    merchant: &ActiveMerchant,
    (payment, payment_version): (PaymentId, u32),
    change: Change,
    now: Timestamp,
    body: impl FnOnce(&Outbox) -> String,
) -> Vec<Write> {
    let is_told = merchant.settings.notification_url.is_some();
    let listeners = app.listeners.of(merchant.id);
    let Some(outbox) = app
        .outbox
        .as_ref()
        .filter(|_| is_told || !listeners.is_empty())
    else {
        return Vec::new();
    };
    let notification = Notification {
        merchant: merchant.id,
        id: app.chance.notification_id(now),
        version: 1,
        progress: Progress::Pending,
        due_at: now,
        attempts: 0,
        payment,
        payment_version,
        change,
        created_at: now,
        body: body(outbox),
    };
    let copy = |listener| heard(listener, &notification);
    let mut writes: Vec<Write> = listeners.into_iter().map(copy).collect();
    if is_told {
        writes.push(Write::InsertNotification(Box::new(notification)));
    }
    writes
}

/// The write of a listener's copy.
fn heard(listener: ListenerId, of: &Notification) -> Write {
    Write::InsertHeard(Box::new(Heard {
        listener,
        merchant: of.merchant,
        id: of.id,
        payment: of.payment,
        payment_version: of.payment_version,
        change: of.change,
        created_at: of.created_at,
        body: of.body.clone(),
    }))
}

/// Has what was committed sent without waiting for the next look.
pub(super) fn wake(app: &App, merchant: &ActiveMerchant) {
    if let (Some(outbox), Some(_)) = (&app.outbox, &merchant.settings.notification_url) {
        outbox.wake(merchant.id);
    }
}

/// Sends a notification again; `None` when the merchant has no such one.
///
/// # Errors
/// The store's failures.
pub async fn resend(
    app: &App,
    merchant: MerchantId,
    id: NotificationId,
) -> Result<Option<Notification>, Error> {
    again(app, merchant, id, None).await
}

/// The same for a user, with the entry of the audit log that tells of it.
///
/// # Errors
/// As above.
pub async fn resend_by(
    app: &App,
    merchant: MerchantId,
    id: NotificationId,
    told: &Act,
) -> Result<Option<Notification>, Error> {
    again(app, merchant, id, Some(told)).await
}

async fn again(
    app: &App,
    merchant: MerchantId,
    id: NotificationId,
    told: Option<&Act>,
) -> Result<Option<Notification>, Error> {
    for _ in 0..TRIES {
        let Some(found) = app.storage.notification(merchant, id).await? else {
            return Ok(None);
        };
        let again = found.again(app.clock.now());
        let write = Write::UpdateNotification(Box::new(again.clone()));
        let writes = vec![write];
        let committed = match told {
            Some(told) => audit::commit(app, merchant, told, writes).await,
            None => app.storage.commit(Changes { merchant, writes }).await,
        };
        match committed {
            Ok(()) => {
                if let Some(outbox) = &app.outbox {
                    outbox.wake(merchant);
                }
                return Ok(Some(again));
            }
            Err(CommitError::Conflict(Conflict::Version)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Overloaded)
}

/// Sends notifications again, in one commit; says how many. When one of them changed meanwhile, as
/// an attempt ended, each by itself.
async fn resend_all(app: &App, merchant: MerchantId, all: &[&Notification]) -> Result<u64, Error> {
    let now = app.clock.now();
    let again = |one: &&Notification| {
        let again = (*one).clone().again(now);
        Write::UpdateNotification(Box::new(again))
    };
    let writes: Vec<Write> = all.iter().map(again).collect();
    if writes.is_empty() {
        return Ok(0);
    }
    match app.storage.commit(Changes { merchant, writes }).await {
        Ok(()) => {
            if let Some(outbox) = &app.outbox {
                outbox.wake(merchant);
            }
            Ok(u64::try_from(all.len()).unwrap_or(u64::MAX))
        }
        Err(CommitError::Conflict(Conflict::Version)) => {
            let mut count = 0_u64;
            for one in all {
                let sent = resend(app, merchant, one.id).await?;
                count = count.saturating_add(sent.is_some().into());
            }
            Ok(count)
        }
        Err(other) => Err(other.into()),
    }
}

/// Sends again what was written from one moment up to, but not at, another; says how many.
///
/// # Errors
/// The store's failures; what was put back stays so.
pub async fn resend_range(
    app: &App,
    merchant: MerchantId,
    from: Timestamp,
    to: Timestamp,
) -> Result<u64, Error> {
    // Ids carry their moment to the millisecond: the page begins before `from`, never after it.
    let mut after = NotificationId::at(from.plus(-1_000), [0; 10]);
    let mut count = 0_u64;
    loop {
        let page = app.storage.notifications(merchant, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(count);
        };
        after = last.id;
        // A clock that was set back leaves ids out of order within nothing but one moment.
        let is_over = last.created_at >= to;
        let is_within = |one: &&Notification| one.created_at >= from && one.created_at < to;
        let within: Vec<&Notification> = page.iter().filter(is_within).collect();
        count = count.saturating_add(resend_all(app, merchant, &within).await?);
        if is_over {
            return Ok(count);
        }
    }
}
