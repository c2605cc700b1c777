//! Moving the sandbox's clock through what falls due on the way (decision D44).
//!
//! Invariant: one moves it at a time on one store, whoever asks: under a lease, and each step
//! expects the offset before it, so that of two moves none is lost. A command leaves a move forward
//! to a server that runs, since only servers deliver (docs/decisions/0023-moving-the-clock.md).

use std::time::Duration;

use aval_domain::id::MerchantId;
use aval_domain::notification::RETRY_AFTER;
use aval_domain::time::Timestamp;
use aval_storage::{AskedMove, ClockMove};
use tokio::time::{Instant, sleep};

use super::{Ran, Task, jobs, note};
use crate::app::App;
use crate::error::Error;
use crate::operations::{charge, resolve};
use crate::outbox::Outbox;

/// The latest time that a clock can be moved to: the year 9999, as calendars end there.
pub const LATEST: Timestamp = Timestamp::from_micros(253_370_764_800_000_000);

/// The earliest time that a clock can be moved to: the year 1, which RFC 3339 can still write.
pub const EARLIEST: Timestamp = Timestamp::from_micros(-62_135_596_800_000_000);

/// How long the lease of the clock holds, in microseconds of real time.
const LEASE: i64 = 10_000_000;
/// How often it is renewed.
const RENEWED: Duration = Duration::from_secs(3);
/// How often who waits looks again.
const LOOK: Duration = Duration::from_millis(50);
/// Within which a server that runs takes what it was asked for: it looks twice a second.
const TAKEN: Duration = Duration::from_secs(3);
/// How long after it was asked for a move is still taken, in microseconds of real time: who asked
/// may have ended.
const ASKED: i64 = 10_000_000;
/// Merchants and payments read at a time.
const PAGE: u32 = 500;

/// Moves the clock so many microseconds forward and does everything that falls due, in the order
/// in which it does, each at its time; says what was done.
///
/// # Errors
/// The store's failures, likewise below; the clock then stands at the last moment that was reached.
pub async fn advance(app: &App, micros: i64) -> Result<Ran, Error> {
    alone(app, async {
        app.clock.refresh(&app.storage).await?;
        forward(app, micros).await
    })
    .await
}

/// Moves the clock to a moment: forward as [`advance`] does, backward at once.
///
/// # Errors
/// As above.
pub async fn set_clock(app: &App, to: Timestamp) -> Result<Ran, Error> {
    alone(app, async {
        app.clock.refresh(&app.storage).await?;
        let micros = to.since(app.clock.now());
        if micros > 0 {
            return forward(app, micros).await;
        }
        back(app, to.since(app.clock.real())).await
    })
    .await
}

/// Puts the clock back to real time: forward as [`advance`] does, backward at once.
///
/// # Errors
/// As above.
pub async fn reset_clock(app: &App) -> Result<Ran, Error> {
    alone(app, async {
        app.clock.refresh(&app.storage).await?;
        let behind = app.clock.offset().saturating_neg();
        if behind > 0 {
            return forward(app, behind).await;
        }
        back(app, 0).await
    })
    .await
}

/// Moves the clock as it is told.
///
/// # Errors
/// As above.
pub async fn perform(app: &App, what: ClockMove) -> Result<Ran, Error> {
    match what {
        ClockMove::Advance(micros) => advance(app, micros).await,
        ClockMove::Set(to) => set_clock(app, to).await,
        ClockMove::Reset => reset_clock(app).await,
    }
}

/// Has the clock moved by a server that runs on the store, or moves it here when none does: then
/// what merchants are to be told is left to the next start.
///
/// # Errors
/// As above; also when the server that moved it ended.
pub async fn ask(app: &App, what: ClockMove) -> Result<Ran, Error> {
    let id = app.chance.server_name();
    let asked_at = app.clock.real();
    app.storage.ask_move(id, what, asked_at).await?;
    let begun = Instant::now();
    // Since when nobody has moved the clock.
    let mut idle: Option<Instant> = None;
    let lease = Duration::from_micros(LEASE.unsigned_abs());
    loop {
        sleep(LOOK).await;
        let found = app.storage.asked_move(id).await?;
        let found = found.ok_or_else(|| Error::Unavailable("the move was forgotten".to_owned()))?;
        if let Some(outcome) = found.outcome {
            app.storage.forget_move(id).await?;
            app.clock.refresh(&app.storage).await?;
            return read(&outcome);
        }
        if app.storage.clock_is_moved(app.clock.real()).await? {
            idle = None;
            continue;
        }
        let idle = idle.get_or_insert_with(Instant::now).elapsed();
        if found.taken {
            if idle > lease {
                app.storage.forget_move(id).await?;
                let ended = "the server that moved the clock ended before it was done";
                return Err(Error::Unavailable(ended.to_owned()));
            }
        } else if begun.elapsed() > TAKEN && app.storage.withdraw_move(id).await? {
            return perform(app, what).await;
        }
    }
}

/// What commands ask of this server now; each is to be [`answer`]ed by a task of its own, since one
/// may wait for another.
///
/// # Errors
/// As above.
pub async fn asked(app: &App) -> Result<Vec<AskedMove>, Error> {
    if is_ending(app) {
        return Ok(Vec::new());
    }
    let since = app.clock.real().plus(ASKED.saturating_neg());
    Ok(app.storage.asked_moves(since).await?)
}

/// Does what a command asked for, unless another server does; says whether.
///
/// # Errors
/// As above, of the store; a failure of the move is told to the command.
pub async fn answer(app: &App, asked: &AskedMove) -> Result<bool, Error> {
    if !app.storage.take_move(asked.id).await? {
        return Ok(false);
    }
    let outcome = match perform(app, asked.what).await {
        Ok(ran) => written(&ran),
        Err(error) => format!("{FAILED}{error}"),
    };
    app.storage.end_move(asked.id, &outcome).await?;
    Ok(true)
}

/// Begins the outcome of a move that failed.
const FAILED: &str = "failed: ";

/// What ran as a text: `Resolved=1,Notifications=2`.
fn written(ran: &Ran) -> String {
    let all = ran.iter().map(|(name, count)| format!("{name}={count}"));
    all.collect::<Vec<_>>().join(",")
}

fn read(outcome: &str) -> Result<Ran, Error> {
    if let Some(why) = outcome.strip_prefix(FAILED) {
        return Err(Error::Unavailable(why.to_owned()));
    }
    let counts = outcome.split(',').filter_map(|part| {
        let (name, count) = part.split_once('=')?;
        let task = Task::ALL.into_iter().find(|task| task.name() == name)?;
        Some((task.name(), count.parse().ok()?))
    });
    Ok(counts.collect())
}

/// Moves the clock while nobody else does, on this server or another.
async fn alone(app: &App, moving: impl Future<Output = Result<Ran, Error>>) -> Result<Ran, Error> {
    let _one = app.moving.lock().await;
    let _charging = app.recurrences.charging.lock().await;
    let _moved = app.clock.begin_move();
    let holder = app.chance.server_name();
    while !hold(app, holder).await? {
        sleep(LOOK).await;
    }
    let moved = tokio::select! {
        moved = moving => moved,
        lost = lose(app, holder) => Err(lost),
    };
    app.storage.give_clock(holder).await?;
    moved
}

/// Takes the lease of the clock, or keeps it; whether it is ours.
async fn hold(app: &App, holder: [u8; 16]) -> Result<bool, Error> {
    let real = app.clock.real();
    let until = real.plus(LEASE);
    Ok(app.storage.take_clock(holder, until, real).await?)
}

/// Keeps the lease of the clock; ends when it was lost.
async fn lose(app: &App, holder: [u8; 16]) -> Error {
    loop {
        sleep(RENEWED).await;
        match hold(app, holder).await {
            Ok(true) => {}
            Ok(false) => return Error::Overloaded,
            Err(error) => tracing::warn!(%error, "the lease of the clock could not be renewed"),
        }
    }
}

/// Moves it so many microseconds forward; who calls has read the clock from the store.
async fn forward(app: &App, micros: i64) -> Result<Ran, Error> {
    let most = LATEST.since(app.clock.now());
    let offset = app.clock.offset().saturating_add(micros.min(most));
    let mut ran = nothing();
    let mut idle = Idle::default();
    loop {
        if is_ending(app) {
            // What is due would be passed over, as nothing is posted any more.
            return Err(Error::Unavailable("the server is about to end".to_owned()));
        }
        let left = offset.saturating_sub(app.clock.offset());
        let (now, end) = (app.clock.now(), app.clock.now().plus(left));
        let Some(due) = earliest(app, &idle).await?.filter(|due| *due <= end) else {
            break;
        };
        if due > now {
            step(app, due.since(app.clock.real())).await?;
            idle = Idle::default();
        }
        for task in Task::ALL {
            let now = app.clock.now();
            let due = task.next_due(app).await?;
            if !due.is_some_and(|due| due <= now && !idle.has(task, due)) {
                continue;
            }
            match task.run(app).await? {
                // It cannot be done now: wait for the next moment.
                0 => idle.note(task, now),
                done => note(&mut ran, task, done),
            }
        }
    }
    step(app, offset).await?;
    for task in Task::ALL {
        note(&mut ran, task, task.run(app).await?);
    }
    Ok(ran)
}

/// Moves it back, and has what waits for a time wait no longer than that from now on.
async fn back(app: &App, offset: i64) -> Result<Ran, Error> {
    step(app, offset).await?;
    let now = app.clock.now();
    let mut after: Option<MerchantId> = None;
    let ever = Timestamp::from_micros(i64::MAX);
    loop {
        let page = app.storage.due_merchants(after, ever, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = Some(*last);
        for merchant in &page {
            bring_forward(app, *merchant, now).await?;
        }
    }
    for row in app.storage.unfinished_due(ever, PAGE).await? {
        let charged = (row.merchant, row.payment);
        resolve::bring_forward(app, row, now).await?;
        charge::bring_forward(app, charged, now).await?;
    }
    for job in app.storage.jobs_due(ever, PAGE).await? {
        jobs::bring_forward(app, job, now).await?;
    }
    Ok(nothing())
}

async fn bring_forward(app: &App, merchant: MerchantId, now: Timestamp) -> Result<(), Error> {
    let waits = std::iter::once(0).chain(RETRY_AFTER);
    for (attempts, wait) in (0_u32..).zip(waits) {
        let latest = now.plus(wait);
        app.storage
            .bring_forward(merchant, attempts, latest)
            .await?;
    }
    Ok(())
}

/// Makes the clock run so far ahead of real time.
async fn step(app: &App, offset: i64) -> Result<(), Error> {
    let before = app.clock.offset();
    if app.clock.change(&app.storage, before, offset).await? {
        return Ok(());
    }
    // Not by who moves it under the lease: by hand, or by a server of an earlier version.
    Err(Error::Overloaded)
}

fn is_ending(app: &App) -> bool {
    app.outbox.as_ref().is_some_and(Outbox::is_ending)
}

fn nothing() -> Ran {
    Task::ALL.iter().map(|task| (task.name(), 0)).collect()
}

/// Tasks that could do nothing, and when they tried. The clock goes on meanwhile: what fell due
/// since then they have not tried.
#[derive(Default)]
struct Idle(Vec<(Task, Timestamp)>);

impl Idle {
    fn note(&mut self, task: Task, tried_at: Timestamp) {
        self.0.push((task, tried_at));
    }

    fn has(&self, task: Task, due: Timestamp) -> bool {
        let mut tried = self.0.iter();
        tried.any(|(one, at)| *one == task && due <= *at)
    }
}

/// The earliest moment at which something is due, but for what could not be done by now.
async fn earliest(app: &App, idle: &Idle) -> Result<Option<Timestamp>, Error> {
    let mut earliest = None;
    for task in Task::ALL {
        let due = task.next_due(app).await?;
        let due = due.filter(|due| !idle.has(task, *due));
        earliest = [earliest, due].into_iter().flatten().min();
    }
    Ok(earliest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_due_while_a_task_tries_in_vain_was_not_tried() {
        let (tried_at, mut idle) = (Timestamp::from_micros(1_000), Idle::default());
        idle.note(Task::Reviews, tried_at);
        assert!(idle.has(Task::Reviews, tried_at));
        assert!(!idle.has(Task::Reviews, tried_at.plus(1)));
        assert!(!idle.has(Task::Buyers, tried_at));
    }

    #[test]
    fn what_ran_is_read_as_it_was_written_and_a_failure_is_told() {
        let mut ran = nothing();
        note(&mut ran, Task::Notifications, 7);
        assert_eq!(read(&written(&ran)).unwrap(), ran);
        let failed = read("failed: the store is out of reach").unwrap_err();
        assert_eq!(failed.to_string(), "the store is out of reach");
    }
}
