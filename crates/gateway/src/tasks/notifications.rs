//! Delivers what merchants are to be told.
//!
//! Invariant: at least once, of each payment in order, and by one server at a time: who delivers
//! for a merchant holds its lease, renewed before each batch, and a batch ends long before it does.
//! A receiver that is slow holds up nobody but its own merchant.

use aval_domain::card::without_card_numbers;
use aval_domain::id::MerchantId;
use aval_domain::notification::{ANSWER_KEPT, Delivery, Notification, Progress};
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, Conflict, Write};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;
use crate::outbox::{Outbox, Post, Response};

/// Merchants looked at in one go.
const MERCHANTS: u32 = 500;
/// Notifications of one merchant under way at once.
const BATCH: u32 = 32;
/// How long a lease holds, in microseconds of real time: thrice what a batch may take.
const LEASE: i64 = 30_000_000;

/// When the first notification is due; `None` when nobody is to be told anything, or cannot be
/// told from here.
///
/// # Errors
/// The store's failures.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    if app.outbox.is_none() {
        return Ok(None);
    }
    Ok(app.storage.first_notification_due().await?)
}

/// Merchants who have something due that this server does not deliver already.
///
/// # Errors
/// The store's failures; likewise below.
pub async fn due(app: &App) -> Result<Vec<MerchantId>, Error> {
    let Some(outbox) = &app.outbox else {
        return Ok(Vec::new());
    };
    let mut found = app
        .storage
        .due_merchants(app.clock.now(), MERCHANTS)
        .await?;
    found.retain(|merchant| !outbox.is_busy(*merchant));
    Ok(found)
}

/// Delivers all that is due of all merchants; says how many attempts were made.
///
/// # Errors
/// As above; what was delivered stays so.
pub async fn run(app: &App) -> Result<u64, Error> {
    let mut made = 0_u64;
    loop {
        let merchants = due(app).await?;
        let rounds = join_all(merchants.into_iter().map(|one| deliver(app, one))).await;
        let mut round = 0_u64;
        for done in rounds {
            round = round.saturating_add(done?);
        }
        if round == 0 {
            return Ok(made);
        }
        made = made.saturating_add(round);
    }
}

/// Delivers what is due of a merchant, unless another server or worker does; says how many attempts
/// were made.
///
/// # Errors
/// As above.
pub async fn deliver(app: &App, merchant: MerchantId) -> Result<u64, Error> {
    let Some(outbox) = &app.outbox else {
        return Ok(0);
    };
    let Some(_busy) = outbox.enter(merchant) else {
        return Ok(0);
    };
    // Looked at without the lease first: what waits behind another of its payment needs none.
    let now = app.clock.now();
    let due = app.storage.due_notifications(merchant, now, 1).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let delivered = under_lease(app, outbox, merchant).await;
    app.storage.give_lease(merchant, outbox.name()).await?;
    delivered
}

async fn under_lease(app: &App, outbox: &Outbox, merchant: MerchantId) -> Result<u64, Error> {
    let mut made = 0_u64;
    loop {
        let real = app.clock.real();
        let until = real.plus(LEASE);
        let is_ours = app
            .storage
            .take_lease(merchant, outbox.name(), until, real)
            .await?;
        if !is_ours {
            return Ok(made);
        }
        let found = app.merchants.find(&app.storage, &app.keys, merchant).await;
        let Some(active) = found? else {
            return Ok(made);
        };
        let now = app.clock.now();
        let due = app.storage.due_notifications(merchant, now, BATCH).await?;
        if due.is_empty() {
            return Ok(made);
        }
        let attempts = due
            .into_iter()
            .map(|one| attempt(app, outbox, &active, one));
        for done in join_all(attempts).await {
            done?;
            made = made.saturating_add(1);
        }
    }
}

/// One attempt, with its record.
async fn attempt(
    app: &App,
    outbox: &Outbox,
    merchant: &ActiveMerchant,
    notification: Notification,
) -> Result<(), Error> {
    let at = app.clock.now();
    let begun = Instant::now();
    let answered = match post(app, merchant, &notification) {
        Some(post) => outbox.receivers.post(post).await,
        None => Err("the merchant has no notification_url".to_owned()),
    };
    let took = i64::try_from(begun.elapsed().as_micros()).unwrap_or(i64::MAX);
    let status = answered.as_ref().ok().map(|answer| answer.status);
    let received = status.is_some_and(|status| (200..300).contains(&status));
    let after = notification.attempted(received, app.clock.now());
    let delivery = Delivery {
        merchant: after.merchant,
        id: app.chance.delivery_id(at),
        notification: after.id,
        attempt: after.attempts,
        at,
        took,
        status,
        answer: answered.as_ref().map(kept).unwrap_or_default(),
        error: answered.err(),
    };
    let given_up = after.progress == Progress::GivenUp;
    outbox.counts.count(received, given_up);
    if !received {
        let (merchant, notification) = (after.merchant, after.id);
        let (attempt, error) = (delivery.attempt, delivery.error.as_deref());
        tracing::info!(%merchant, %notification, attempt, status, error, given_up,
            "a notification was not received");
    }
    let writes = vec![
        Write::UpdateNotification(Box::new(after)),
        Write::InsertDelivery(Box::new(delivery)),
    ];
    let merchant = merchant.id;
    match app.storage.commit(Changes { merchant, writes }).await {
        // It was put back meanwhile, to be sent again: then it is.
        Ok(()) | Err(CommitError::Conflict(Conflict::Version)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

fn post(app: &App, merchant: &ActiveMerchant, notification: &Notification) -> Option<Post> {
    let settings = &merchant.settings;
    let url = settings.notification_url.clone()?;
    let mut headers = settings.notification_headers.clone();
    let version = notification.payment_version.to_string();
    headers.push((
        "Aval-Notification-Id".to_owned(),
        notification.id.to_string(),
    ));
    headers.push(("Aval-Payment-Version".to_owned(), version));
    if let Some(secret) = &settings.notification_secret {
        // Real time, by which a receiver can tell a notification that is played again.
        let seconds = app.clock.real().micros().div_euclid(1_000_000);
        let body = notification.body.as_bytes();
        let signed = aval_vault::sign_notification(secret.reveal(), seconds, body);
        let value = format!("t={seconds},v1={signed}");
        headers.push(("Aval-Signature".to_owned(), value));
    }
    Some(Post {
        url,
        headers,
        body: notification.body.clone(),
    })
}

/// The beginning of an answer as text; what could be a card number in it is masked.
fn kept(answer: &Response) -> String {
    let start = answer.start.get(..ANSWER_KEPT).unwrap_or(&answer.start);
    // PostgreSQL holds no NUL in a text.
    let text = String::from_utf8_lossy(start).replace('\0', " ");
    without_card_numbers(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_a_kibibyte_is_kept_and_no_card_number() {
        let kept_of = |body: &str| {
            kept(&Response {
                status: 200,
                start: body.as_bytes().to_vec(),
            })
        };
        assert_eq!(kept_of("OK ção 12345"), "OK ção 12345");
        assert_eq!(kept_of("a 4024007153763191 b\0"), "a 402400******3191 b ");
        assert_eq!(kept_of(&"x".repeat(3_000)).len(), ANSWER_KEPT);
    }
}
