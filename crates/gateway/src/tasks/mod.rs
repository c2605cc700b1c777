//! What happens without being asked for (decision D44).
//!
//! Invariant: a task takes no input, can run twice without harm, on any number of servers at once,
//! and leaves nothing half done. Each says when something of it is due next, and does all that is
//! due by the clock's time; so a clock moved forward ([`moves`]) stops at each of those moments, in
//! order.

pub mod buyers;
pub mod histories;
pub mod jobs;
pub mod moves;
pub mod notifications;
pub mod recurrences;
pub mod retention;
pub mod reviews;
pub mod stuck;
pub mod unfinished;

use std::collections::BTreeMap;

use aval_domain::time::Timestamp;

use self::recurrences::Share;
use crate::app::App;
use crate::error::Error;

/// What happens without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// Asks what became of payments in doubt.
    Unfinished,
    /// Decides on reviews that nobody decided in time.
    Reviews,
    /// Ends payments whose buyers did not come in time.
    Buyers,
    /// Captures and voids what was confirmed in the back office.
    Jobs,
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
    pub const ALL: [Self; 7] = [
        Self::Unfinished,
        Self::Reviews,
        Self::Buyers,
        Self::Jobs,
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
            Self::Buyers => "Abandoned",
            Self::Jobs => "Jobs",
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
            Self::Buyers => buyers::next_due(app).await,
            Self::Jobs => jobs::next_due(app).await,
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
            Self::Buyers => buyers::run(app).await,
            Self::Jobs => jobs::run(app).await,
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
    // recurrences and jobs are done beside, as they may be many.
    for task in [
        Task::Unfinished,
        Task::Reviews,
        Task::Buyers,
        Task::Retention,
    ] {
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

fn note(ran: &mut Ran, task: Task, done: u64) {
    let count = ran.entry(task.name()).or_default();
    *count = count.saturating_add(done);
}
