//! Does the rows of confirmed jobs.
//!
//! Invariant: that a row has one effect rests on the commit of [`job_row`]; leases spare servers
//! what another does, nothing else. Memory is bounded: one page of rows, and so many of them under
//! way at once, so that sales find room between them.

use std::time::Duration;

use aval_domain::job::{Job, JobRow, RowState};
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, Conflict, JobWrite, Write};
use futures_util::future::join_all;
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, sleep};

use crate::app::App;
use crate::chance::Chance;
use crate::error::Error;
use crate::merchants::ActiveMerchant;
use crate::operations::job_row::{self, Became};

/// Jobs looked at in one call.
const JOBS: u32 = 100;
/// Rows read at a time.
const PAGE: u32 = 256;
/// Rows under way at once.
const IN_FLIGHT: usize = 64;
/// After so many rows the task rests for twice as long as they took, so that sales find two thirds
/// of the machine free.
const REST: u32 = 2;
/// The longest rest.
const LONGEST_REST: Duration = Duration::from_millis(100);
/// How long a lease holds, in microseconds of real time: many times what a page takes.
const LEASE: i64 = 5_000_000;
/// How long a job waits for something that has no moment of its own, in microseconds.
const LATER: i64 = 1_000_000;
/// How long the job of a blocked merchant waits, in microseconds.
const WHILE_BLOCKED: i64 = 60_000_000;

/// What a server does of jobs.
#[derive(Debug)]
pub struct Engine {
    /// Held by who does what is due: one at a time on one server.
    running: Mutex<()>,
    woken: Notify,
    /// The name under which leases are taken.
    name: [u8; 16],
}

impl Engine {
    /// An engine that has done nothing yet.
    #[must_use]
    pub fn new(chance: &Chance) -> Self {
        Self {
            running: Mutex::default(),
            woken: Notify::new(),
            name: chance.server_name(),
        }
    }

    /// Has a job begun without waiting for the next look.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Waits until a job was confirmed on this server.
    pub async fn woken(&self) {
        self.woken.notified().await;
    }
}

/// When the first job is due.
///
/// # Errors
/// The store's failures; likewise below.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    let end = Timestamp::from_micros(i64::MAX);
    let first = app.storage.jobs_due(end, 1).await?;
    Ok(first.first().and_then(|job| job.due_at))
}

/// Lets others do what this server was doing when it was told to end.
///
/// # Errors
/// As above; others then wait for the end of its leases.
pub async fn let_go(app: &App) -> Result<(), Error> {
    Ok(app.storage.give_jobs(app.jobs.name).await?)
}

/// Does the rows of all jobs that are due; says how many were decided.
///
/// # Errors
/// As above; what was done stays so.
pub async fn run(app: &App) -> Result<u64, Error> {
    let _one = app.jobs.running.lock().await;
    let due = app.storage.jobs_due(app.clock.now(), JOBS).await?;
    let mut decided = 0_u64;
    let mut any = false;
    for job in due {
        let mut lease = Lease::default();
        if !lease.hold(app, &job).await? {
            continue;
        }
        any = true;
        let (merchant, id) = (job.merchant, job.id);
        match whole(app, job, &mut lease).await {
            Ok(some) => decided = decided.saturating_add(some),
            // Of this job only: its merchant's key is missing, or a row is damaged.
            Err(Error::Internal(why)) => {
                tracing::error!(%merchant, job = %id, why, "a job cannot go on");
            }
            Err(other) => {
                let_go(app).await?;
                return Err(other);
            }
        }
    }
    if any {
        let_go(app).await?;
    }
    Ok(decided)
}

/// Does what is left of a job, and finishes it or puts it off.
async fn whole(app: &App, job: Job, lease: &mut Lease) -> Result<u64, Error> {
    let now = app.clock.now();
    let merchants = &app.merchants;
    let found = merchants
        .find(&app.storage, &app.keys, job.merchant)
        .await?;
    let Some(merchant) = found.filter(|merchant| !merchant.blocked) else {
        write(app, job.put_off(now.plus(WHILE_BLOCKED))).await?;
        return Ok(0);
    };
    let mut did = Did::default();
    for state in [RowState::Waiting, RowState::InDoubt] {
        let mut after = 0;
        loop {
            let key = (job.merchant, job.id);
            let page = app.storage.job_rows_in(key, state, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            if !pass(app, &merchant, &job, page, lease, &mut did).await? {
                return Ok(did.decided);
            }
        }
    }
    let totals = app.storage.job_totals(job.merchant, job.id).await?;
    let ended = if totals.waiting == 0 && totals.in_doubt == 0 {
        job.finished(totals, app.clock.now())
    } else {
        let soonest = app.clock.now().plus(LATER);
        job.put_off(did.next.map_or(soonest, |next| next.max(soonest)))
    };
    write(app, ended).await?;
    Ok(did.decided)
}

/// What was done of a job.
#[derive(Default)]
struct Did {
    decided: u64,
    /// When a payment in doubt is asked for next.
    next: Option<Timestamp>,
}

/// Does a page of rows; `false` when another server holds the job by now.
async fn pass(
    app: &App,
    merchant: &ActiveMerchant,
    job: &Job,
    mut page: Vec<JobRow>,
    lease: &mut Lease,
    did: &mut Did,
) -> Result<bool, Error> {
    while !page.is_empty() {
        if !lease.hold(app, job).await? {
            return Ok(false);
        }
        let rest = page.split_off(page.len().min(IN_FLIGHT));
        let some = std::mem::replace(&mut page, rest);
        let are_many = some.len() >= IN_FLIGHT;
        let begun = Instant::now();
        let acts = some
            .into_iter()
            .map(|row| job_row::act(app, merchant, job, row));
        for became in join_all(acts).await {
            match became? {
                Became::Decided => did.decided = did.decided.saturating_add(1),
                Became::Lost => {}
                Became::InDoubt(at) => {
                    did.next = Some(did.next.map_or(at, |next| next.min(at)));
                }
            }
        }
        if are_many {
            let took = begun.elapsed();
            sleep(took.saturating_mul(REST).min(LONGEST_REST)).await;
        }
    }
    Ok(true)
}

/// Has a job that was put off looked at by a moment, since the clock went back.
///
/// # Errors
/// The store's failures.
pub(super) async fn bring_forward(app: &App, job: Job, now: Timestamp) -> Result<(), Error> {
    if job.due_at.is_none_or(|due| due <= now) {
        return Ok(());
    }
    write(app, job.put_off(now)).await
}

/// Writes a job, unless another server did.
async fn write(app: &App, job: Job) -> Result<(), Error> {
    let changes = Changes {
        merchant: job.merchant,
        writes: vec![Write::Job(JobWrite::Update(Box::new(job)))],
    };
    match app.storage.commit(changes).await {
        Ok(()) | Err(CommitError::Conflict(Conflict::Version)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// Our lease of a job, and when to ask for it again.
#[derive(Default)]
struct Lease {
    ask_again: Option<Timestamp>,
}

impl Lease {
    /// Takes the lease, or keeps it before it runs out; whether it is ours.
    async fn hold(&mut self, app: &App, job: &Job) -> Result<bool, Error> {
        let real = app.clock.real();
        if self.ask_again.is_some_and(|at| real < at) {
            return Ok(true);
        }
        let key = (job.merchant, job.id);
        let until = real.plus(LEASE);
        let is_ours = app
            .storage
            .take_job(key, app.jobs.name, until, real)
            .await?;
        self.ask_again = is_ours.then(|| real.plus(LEASE.div_euclid(2)));
        Ok(is_ours)
    }
}
