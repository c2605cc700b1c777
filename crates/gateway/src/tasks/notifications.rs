//! Delivers what merchants are to be told.
//!
//! Invariant: at least once, of each payment in order, and by one server at a time: who delivers
//! for a merchant holds its lease, renewed before a batch for longer than that may take. A receiver
//! that is slow holds up nobody but its own merchant ([`crate::pace`]).

use std::time::Duration;

use aval_domain::card::without_card_numbers;
use aval_domain::id::MerchantId;
use aval_domain::notification::{ANSWER_KEPT, Delivery, Notification, Progress};
use aval_domain::settings::Secret;
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, Conflict, Write};
use futures_util::future::join_all;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, timeout};

use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;
use crate::outbox::{Outbox, Post, Receivers, Response, Told};
use crate::pace::{Kind, QUICK};

/// Merchants read at a time.
const MERCHANTS: u32 = 500;
/// How long a lease holds, in microseconds of real time: thrice what a batch may take.
const LEASE: i64 = 30_000_000;
/// How long it is waited for another worker, which may be kept busy by sales, or for another
/// server: longer than the lease of one that was killed.
const PATIENCE: Duration = Duration::from_secs(40);
/// How long it is waited for another server before it is looked again.
const MOMENT: Duration = Duration::from_millis(50);
/// How much of it is left at least when a batch begins.
const LEASE_LEFT: i64 = 20_000_000;

/// When the first notification is due; `None` when nobody is to be told anything, or cannot be
/// told from here.
///
/// # Errors
/// The store's failures.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    let delivers = app.outbox.as_ref().map(|outbox| outbox.receivers.is_some());
    if delivers != Some(true) {
        return Ok(None);
    }
    Ok(app.storage.first_notification_due().await?)
}

/// Merchants who have something due that this server does not deliver already. While it moves the
/// clock, that does it: what falls due on the way is done, and counted, there.
///
/// # Errors
/// The store's failures; likewise below.
pub async fn due(app: &App) -> Result<Vec<MerchantId>, Error> {
    if app.clock.is_moved() {
        return Ok(Vec::new());
    }
    let mut found = due_by(app, app.clock.now()).await?;
    if let Some(outbox) = &app.outbox {
        found.retain(|merchant| !outbox.is_busy(*merchant));
    }
    Ok(found)
}

/// Merchants who have something due by a moment, if it can be delivered from here.
async fn due_by(app: &App, by: Timestamp) -> Result<Vec<MerchantId>, Error> {
    let outbox = app.outbox.as_ref();
    if outbox.is_none_or(|outbox| outbox.receivers.is_none()) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = app.storage.due_merchants(after, by, MERCHANTS).await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = Some(*last);
        found.extend(page);
    }
}

/// Lets others deliver what this server was delivering when it was told to end.
///
/// # Errors
/// As above; others then wait for the end of its leases.
pub async fn let_go(app: &App) -> Result<(), Error> {
    if let Some(outbox) = &app.outbox {
        app.storage.give_leases(outbox.name()).await?;
    }
    Ok(())
}

/// Delivers all that is due now of all merchants, but nothing that falls due meanwhile, so that it
/// ends beside sales too; says how many attempts were made. What another worker or server is
/// delivering is waited for: whoever moves the clock must not pass over it.
///
/// # Errors
/// As above; what was delivered stays so.
pub async fn run(app: &App) -> Result<u64, Error> {
    let by = app.clock.now();
    let begun = Instant::now();
    let mut made = 0_u64;
    loop {
        let (busy, free): (Vec<_>, Vec<_>) = due_by(app, by).await?.into_iter().partition(|one| {
            let outbox = app.outbox.as_ref();
            outbox.is_some_and(|outbox| outbox.is_busy(*one))
        });
        let rounds = free.into_iter().map(|one| deliver_by(app, one, Some(by)));
        let (mut round, mut is_elsewhere) = (0_u64, false);
        for done in join_all(rounds).await {
            match done {
                Ok(Delivered::Elsewhere) => is_elsewhere = true,
                Ok(Delivered::Attempts(done)) => round = round.saturating_add(done),
                // Of one merchant only, whose key is missing or whose row is damaged.
                Err(Error::Internal(cause)) => {
                    tracing::error!(cause, "a merchant's notifications cannot be delivered");
                }
                Err(other) => return Err(other),
            }
        }
        made = made.saturating_add(round);
        match &app.outbox {
            _ if round > 0 => {}
            // Another worker of this server is at it: who asked is answered when it is done.
            Some(outbox) if !busy.is_empty() && begun.elapsed() < PATIENCE => {
                outbox.freed().await;
            }
            Some(_) if is_elsewhere && begun.elapsed() < PATIENCE => sleep(MOMENT).await,
            Some(_) | None => return Ok(made),
        }
    }
}

/// Delivers what is due of a merchant, unless another server or worker does; says how many attempts
/// were made.
///
/// # Errors
/// As above.
pub async fn deliver(app: &App, merchant: MerchantId) -> Result<u64, Error> {
    match deliver_by(app, merchant, None).await? {
        Delivered::Attempts(made) => Ok(made),
        Delivered::Elsewhere => Ok(0),
    }
}

/// What became of what was due of a merchant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Delivered {
    /// So many attempts were made.
    Attempts(u64),
    /// Another worker or server is at it.
    Elsewhere,
}

/// Likewise, of what is due by a moment, or else by now, whenever that is.
async fn deliver_by(
    app: &App,
    merchant: MerchantId,
    by: Option<Timestamp>,
) -> Result<Delivered, Error> {
    let outbox = app.outbox.as_ref();
    let delivering = outbox.and_then(|outbox| Some((outbox, outbox.receivers.as_deref()?)));
    let Some(server @ (outbox, _)) = delivering else {
        return Ok(Delivered::Attempts(0));
    };
    let Some(_busy) = outbox.enter(merchant) else {
        return Ok(Delivered::Elsewhere);
    };
    // Looked at without the lease first: what waits behind another of its payment needs none.
    let now = by.unwrap_or_else(|| app.clock.now());
    let due = app.storage.due_notifications(merchant, now, 1).await?;
    let mut delivered = Ok(Delivered::Attempts(0));
    if !due.is_empty() {
        let mut lease = Lease::default();
        delivered = in_batches(app, server, (merchant, by), &mut lease).await;
        if lease.until.is_some() {
            app.storage.give_lease(merchant, outbox.name()).await?;
        }
    }
    // What is still due waits behind what was put off: it is not looked at again until then.
    if app.storage.has_due(merchant, now).await? {
        app.storage.hold_back(merchant, now).await?;
    }
    delivered
}

/// A server that delivers: how it is known, and its client.
type By<'a> = (&'a Outbox, &'a dyn Receivers);

/// A merchant's lease as this server knows it.
#[derive(Default)]
struct Lease {
    /// Until when it is ours, if it is.
    until: Option<Timestamp>,
}

impl Lease {
    /// Takes it, or keeps it for longer than a batch takes; whether it is ours.
    async fn take(&mut self, app: &App, by: By<'_>, of: MerchantId) -> Result<bool, Error> {
        let real = app.clock.real();
        if self
            .until
            .is_some_and(|until| until.since(real) >= LEASE_LEFT)
        {
            return Ok(true);
        }
        let until = real.plus(LEASE);
        let taken = app.storage.take_lease(of, by.0.name(), until, real).await?;
        self.until = taken.then_some(until);
        Ok(taken)
    }
}

async fn in_batches(
    app: &App,
    server: By<'_>,
    (merchant, by): (MerchantId, Option<Timestamp>),
    lease: &mut Lease,
) -> Result<Delivered, Error> {
    let paces = &server.0.paces;
    let mut made = 0_u64;
    loop {
        // Places first, since a lease must not run out while they are waited for.
        let pace = paces.of(merchant);
        let Some(mut places) = paces.take(pace).await else {
            return Ok(Delivered::Attempts(made));
        };
        if server.0.is_ending() {
            return Ok(Delivered::Attempts(made));
        }
        if !lease.take(app, server, merchant).await? {
            return Ok(match made {
                0 => Delivered::Elsewhere,
                made => Delivered::Attempts(made),
            });
        }
        let found = app.merchants.find(&app.storage, &app.keys, merchant).await;
        let Some(active) = found? else {
            return Ok(Delivered::Attempts(made));
        };
        let now = by.unwrap_or_else(|| app.clock.now());
        let due = app.storage.due_notifications(merchant, now, pace.batch);
        let due = due.await?;
        if due.is_empty() {
            return Ok(Delivered::Attempts(made));
        }
        let attempts = due.into_iter().map(|one| {
            let place = places.split(1);
            attempt(app, server, &active, one, (pace.kind, place))
        });
        let attempts: Vec<_> = attempts.collect();
        drop(places);
        let (mut slowest, mut all_received) = (Duration::ZERO, true);
        for done in join_all(attempts).await {
            let (took, received) = done?;
            slowest = slowest.max(took);
            all_received &= received;
            made = made.saturating_add(1);
        }
        paces.note(merchant, slowest, all_received);
    }
}

/// The answer to a post. A place is held as long as its kind allows.
async fn answer_of(
    receivers: &dyn Receivers,
    post: Post,
    (kind, mut place): (Kind, Option<OwnedSemaphorePermit>),
) -> Result<Response, String> {
    let mut posting = receivers.post(post);
    if kind == Kind::Quick {
        if let Ok(answered) = timeout(QUICK, &mut posting).await {
            return answered;
        }
        place = None;
    }
    let answered = posting.await;
    drop(place);
    answered
}

/// One attempt, with its record; how long it took and whether it was received.
async fn attempt(
    app: &App,
    (outbox, receivers): By<'_>,
    merchant: &ActiveMerchant,
    notification: Notification,
    place: (Kind, Option<OwnedSemaphorePermit>),
) -> Result<(Duration, bool), Error> {
    let at = app.clock.now();
    let begun = Instant::now();
    let settings = &merchant.settings;
    let answered = match &settings.notification_url {
        Some(url) => {
            let secret = settings
                .notification_secret
                .as_ref()
                .and_then(Secret::reveal);
            let told = Told::from(&notification);
            let post = told.post(settings, url.clone(), secret, app.clock.real());
            answer_of(receivers, post, place).await
        }
        None => Err("the merchant has no notification_url".to_owned()),
    };
    let elapsed = begun.elapsed();
    let took = i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX);
    let status = answered.as_ref().ok().map(|answer| answer.status);
    let received = status.is_some_and(|status| (200..300).contains(&status));
    let was_tried = notification.attempts > 0;
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
    let payment = after.payment;
    let is_written = record(app, after, delivery).await?;
    if is_written && received && was_tried {
        let now = app.clock.now();
        app.storage.let_follow(merchant.id, payment, now).await?;
    }
    Ok((elapsed, received))
}

/// Writes what became of a notification, with the attempt. When it was put back meanwhile, to be
/// sent again, the attempt alone: it was made all the same. Whether both were written.
async fn record(app: &App, after: Notification, delivery: Delivery) -> Result<bool, Error> {
    let merchant = after.merchant;
    let log = Write::InsertDelivery(Box::new(delivery));
    let writes = vec![Write::UpdateNotification(Box::new(after)), log.clone()];
    match app.storage.commit(Changes { merchant, writes }).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(Conflict::Version)) => {
            let writes = vec![log];
            app.storage.commit(Changes { merchant, writes }).await?;
            Ok(false)
        }
        Err(other) => Err(other.into()),
    }
}

/// The beginning of an answer as text; what could be a card number in it is masked.
#[must_use]
pub fn kept(answer: &Response) -> String {
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
