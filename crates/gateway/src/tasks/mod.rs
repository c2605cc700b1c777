//! What happens without being asked for, and moving the clock through it (decision D44).
//!
//! Invariant: a task takes no input, can run twice without harm, on any number of servers at once,
//! and leaves nothing half done. Each says when something of it is due next, and does all that is
//! due by the clock's time; so a clock moved forward stops at each of those moments, in order.

pub mod histories;
pub mod notifications;
pub mod recurrences;
pub mod retention;
pub mod reviews;
pub mod unfinished;

use std::collections::BTreeMap;

use aval_domain::time::Timestamp;

use self::recurrences::Share;
use crate::app::App;
use crate::error::Error;

/// The latest time that a clock can be moved to: the year 9999, as calendars end there.
pub const LATEST: Timestamp = Timestamp::from_micros(253_370_764_800_000_000);

/// The earliest time that a clock can be moved to: the year 1, which RFC 3339 can still write.
pub const EARLIEST: Timestamp = Timestamp::from_micros(-62_135_596_800_000_000);

/// What happens without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// Asks what became of payments in doubt.
    Unfinished,
    /// Decides on reviews that nobody decided in time.
    Reviews,
    /// Charges recurrences.
    Recurrences,
    /// Delivers what merchants are to be told.
    Notifications,
    /// Forgets what is kept for a time only.
    Retention,
}

/// How many things each task did, by the task's name.
pub type Ran = BTreeMap<&'static str, u64>;

impl Task {
    /// All of them, in the order in which what is due at one moment is done.
    pub const ALL: [Self; 5] = [
        Self::Unfinished,
        Self::Reviews,
        Self::Recurrences,
        Self::Notifications,
        Self::Retention,
    ];

    /// Its name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unfinished => "Resolved",
            Self::Reviews => "Reviews",
            Self::Recurrences => "Recurrences",
            Self::Notifications => "Notifications",
            Self::Retention => "Forgotten",
        }
    }

    /// When something of it is due next; `None` when nothing is, or when nobody can tell whether it
    /// was done in time or later: that is done at the end of a move.
    async fn next_due(self, app: &App) -> Result<Option<Timestamp>, Error> {
        match self {
            Self::Unfinished => unfinished::next_due(app).await,
            Self::Reviews => reviews::next_due(app).await,
            Self::Recurrences => recurrences::next_due(app).await,
            Self::Notifications => notifications::next_due(app).await,
            // What is too old is not shown any more, whether or not it was removed.
            Self::Retention => Ok(None),
        }
    }

    /// Does all that is due by now, the oldest first; says how many things it did.
    async fn run(self, app: &App) -> Result<u64, Error> {
        match self {
            Self::Unfinished => unfinished::run(app).await,
            Self::Reviews => reviews::run(app).await,
            Self::Recurrences => recurrences::run(app, Share::All).await,
            Self::Notifications => notifications::run(app).await,
            Self::Retention => retention::run(app).await,
        }
    }
}

/// Does what is due by now; servers call this every second. While the clock is being moved, who
/// moves it does that, and counts it.
///
/// # Errors
/// The store's failures; what is left is done at the next call.
pub async fn run_due(app: &App) -> Result<Ran, Error> {
    let mut ran = Ran::new();
    let Ok(_one) = app.moving.try_lock() else {
        return Ok(ran);
    };
    // Notifications are delivered beside, so that a receiver that hangs holds up nothing else, and
    // recurrences are charged beside, as many may be due at one moment.
    for task in [Task::Unfinished, Task::Reviews, Task::Retention] {
        let due = task.next_due(app).await?;
        if due.is_some_and(|due| due <= app.clock.now()) {
            note(&mut ran, task, task.run(app).await?);
        }
    }
    Ok(ran)
}

/// Charges the recurrences that are due by now; servers call this every second. Nothing is done
/// while this server still does, or moves the clock.
///
/// # Errors
/// The store's failures; what is left is done at the next call.
pub async fn charge_due(app: &App) -> Result<u64, Error> {
    let Ok(_one) = app.recurrences.charging.try_lock() else {
        return Ok(0);
    };
    if !recurrences::look(app).await? {
        return Ok(0);
    }
    recurrences::run(app, Share::Leased).await
}

/// Moves the clock so many microseconds forward and does everything that falls due, in the order
/// in which it does, each at its time; says what was done.
///
/// # Errors
/// The store's failures; the clock then stands at the last moment that was reached.
pub async fn advance(app: &App, micros: i64) -> Result<Ran, Error> {
    let _one = app.moving.lock().await;
    let _alone = app.recurrences.charging.lock().await;
    app.clock.refresh(&app.storage).await?;
    let most = LATEST.since(app.clock.now());
    forward(app, micros.min(most)).await
}

/// The same by whoever moves the clock alone and has read it from the store.
async fn forward(app: &App, micros: i64) -> Result<Ran, Error> {
    let offset = app.clock.offset().saturating_add(micros);
    let mut ran: Ran = Task::ALL.iter().map(|task| (task.name(), 0)).collect();
    let mut idle = Vec::new();
    loop {
        let left = offset.saturating_sub(app.clock.offset());
        let (now, end) = (app.clock.now(), app.clock.now().plus(left));
        let Some(due) = earliest(app, &idle).await?.filter(|due| *due <= end) else {
            break;
        };
        if due > now {
            app.clock.set(&app.storage, due).await?;
            idle.clear();
        }
        for task in Task::ALL {
            if idle.contains(&task) || !is_due(app, task).await? {
                continue;
            }
            match task.run(app).await? {
                // Another server does it, or it cannot be done now: wait for the next moment.
                0 => idle.push(task),
                done => note(&mut ran, task, done),
            }
        }
    }
    app.clock.set_offset(&app.storage, offset).await?;
    for task in Task::ALL {
        note(&mut ran, task, task.run(app).await?);
    }
    Ok(ran)
}

/// Moves the clock to a moment: forward as [`advance`] does, backward at once.
///
/// # Errors
/// As above.
pub async fn set_clock(app: &App, to: Timestamp) -> Result<Ran, Error> {
    let _one = app.moving.lock().await;
    app.clock.refresh(&app.storage).await?;
    let micros = to.since(app.clock.now());
    if micros > 0 {
        return forward(app, micros).await;
    }
    app.clock.set(&app.storage, to).await?;
    Ok(Task::ALL.iter().map(|task| (task.name(), 0)).collect())
}

/// Puts the clock back to real time: forward as [`advance`] does, backward at once.
///
/// # Errors
/// As above.
pub async fn reset_clock(app: &App) -> Result<Ran, Error> {
    app.clock.refresh(&app.storage).await?;
    let behind = app.clock.offset().saturating_neg();
    if behind > 0 {
        return advance(app, behind).await;
    }
    app.clock.reset(&app.storage).await?;
    Ok(Task::ALL.iter().map(|task| (task.name(), 0)).collect())
}

async fn is_due(app: &App, task: Task) -> Result<bool, Error> {
    let due = task.next_due(app).await?;
    Ok(due.is_some_and(|due| due <= app.clock.now()))
}

/// The earliest moment at which something is due, but for tasks that could do nothing by now.
async fn earliest(app: &App, idle: &[Task]) -> Result<Option<Timestamp>, Error> {
    let mut earliest = None;
    for task in Task::ALL {
        let due = task.next_due(app).await?;
        let due = due.filter(|due| !idle.contains(&task) || *due > app.clock.now());
        earliest = [earliest, due].into_iter().flatten().min();
    }
    Ok(earliest)
}

fn note(ran: &mut Ran, task: Task, done: u64) {
    let count = ran.entry(task.name()).or_default();
    *count = count.saturating_add(done);
}
