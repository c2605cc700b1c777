//! Preparing and confirming jobs: captures or voids of many payments, chosen by a person.
//!
//! Invariant: a draft does nothing. It is confirmed once, however often that is asked for; from
//! then on its rows are done by the task of [`crate::tasks::jobs`]. What cannot be done and why is
//! asked of each sale by the rules of the API, never by rules of our own.

use std::collections::HashSet;

use aval_domain::amount::Amount;
use aval_domain::audit::Act;
use aval_domain::id::{JobId, MerchantId, PaymentId};
use aval_domain::job::{Job, JobKind, JobRow, JobState, MOST_ROWS, RowState};
use aval_domain::refusal::Refusal;
use aval_domain::sale::Sale;
use aval_storage::{Changes, CommitError, Conflict, JobWrite, Write};
use futures_util::future::try_join_all;

use super::{TRIES, job_row};
use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// Sales read at once, and rows written in one commit: sales of shops wait meanwhile.
const CHUNK: usize = 250;
/// Rows read at a time.
const PAGE: u32 = 250;

/// What a draft is made of.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// Names the job: drawn by the form, so that a form sent twice makes one draft.
    pub id: JobId,
    /// Capture or void.
    pub kind: JobKind,
    /// The user's login.
    pub by: &'a str,
    /// The job whose refused rows are tried again.
    pub retry_of: Option<JobId>,
}

/// What came of preparing a job.
#[derive(Debug)]
pub enum Prepared {
    /// The draft.
    Draft(Box<Job>),
    /// None of the payments is the merchant's.
    Nothing,
    /// More than [`MOST_ROWS`] payments.
    TooMany,
}

/// Makes a draft for payments, each with the amount that can be captured or given back. Payments
/// that the merchant does not have are left out.
///
/// # Errors
/// The store's failures; asked for again with the same id, the rest is done.
pub async fn prepare(
    app: &App,
    merchant: MerchantId,
    choice: Choice<'_>,
    payments: &[PaymentId],
) -> Result<Prepared, Error> {
    let mut seen = HashSet::new();
    let chosen: Vec<PaymentId> = payments
        .iter()
        .copied()
        .filter(|id| seen.insert(*id))
        .collect();
    if chosen.len() > MOST_ROWS {
        return Ok(Prepared::TooMany);
    }
    let mut rows = Vec::with_capacity(chosen.len());
    for some in chosen.chunks(CHUNK) {
        for sale in sales(app, merchant, some).await?.into_iter().flatten() {
            rows.push((sale.id, choice.kind.prefilled(&sale)));
        }
    }
    draft(app, merchant, choice, rows).await
}

/// Makes a draft that tries again what a job was refused; `None` when there is no such job.
///
/// # Errors
/// As above.
pub async fn retry(
    app: &App,
    merchant: MerchantId,
    of: JobId,
    id: JobId,
    by: &str,
) -> Result<Option<Prepared>, Error> {
    let Some(job) = app.storage.job(merchant, of).await? else {
        return Ok(None);
    };
    let (mut rows, mut after) = (Vec::new(), 0);
    loop {
        let refused = RowState::Refused(None);
        let page = app
            .storage
            .job_rows_in((merchant, of), refused, after, PAGE);
        let page = page.await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        rows.extend(page.iter().map(|row| (row.payment, row.amount)));
    }
    let choice = Choice {
        id,
        kind: job.kind,
        by,
        retry_of: Some(of),
    };
    draft(app, merchant, choice, rows).await.map(Some)
}

async fn draft(
    app: &App,
    merchant: MerchantId,
    choice: Choice<'_>,
    rows: Vec<(PaymentId, Amount)>,
) -> Result<Prepared, Error> {
    let Some(total) = u32::try_from(rows.len()).ok().filter(|total| *total > 0) else {
        return Ok(Prepared::Nothing);
    };
    let now = app.clock.now();
    let mut job = Job::draft(merchant, choice.id, choice.kind, choice.by, now);
    (job.total, job.retry_of) = (total, choice.retry_of);
    let made = vec![JobWrite::Insert(Box::new(job.clone()))];
    if !written(app, merchant, made).await? {
        let before = app.storage.job(merchant, job.id).await?;
        job = before.ok_or_else(|| Error::Internal("a job was there and is not".to_owned()))?;
    }
    let count = app.storage.job_totals(merchant, job.id).await?.all();
    if count < job.total && job.state == JobState::Draft {
        let row = |(position, (payment, amount)): (u32, (PaymentId, Amount))| {
            JobWrite::InsertRow(JobRow {
                merchant,
                job: job.id,
                position,
                version: 1,
                state: RowState::Waiting,
                amount,
                at: None,
                payment,
            })
        };
        let all: Vec<JobWrite> = (1..).zip(rows).map(row).collect();
        for some in all.chunks(CHUNK) {
            // What is there was written by the same form, sent twice.
            written(app, merchant, some.to_vec()).await?;
        }
    }
    Ok(Prepared::Draft(Box::new(job)))
}

/// Writes, all or nothing; whether nobody came first.
async fn written(app: &App, merchant: MerchantId, some: Vec<JobWrite>) -> Result<bool, Error> {
    let writes = some.into_iter().map(Write::Job).collect();
    match app.storage.commit(Changes { merchant, writes }).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(Conflict::Version)) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

async fn sales(
    app: &App,
    merchant: MerchantId,
    of: &[PaymentId],
) -> Result<Vec<Option<Sale>>, Error> {
    let read = of.iter().map(|id| app.storage.sale(merchant, *id));
    Ok(try_join_all(read).await?)
}

/// Sets amounts of a draft by place, or leaves rows out; places that the job does not have are
/// passed over. The draft as it is now; `None` when it can be changed no more.
///
/// # Errors
/// The store's failures.
pub async fn edit(
    app: &App,
    merchant: MerchantId,
    id: JobId,
    amounts: &[(u32, Option<Amount>)],
) -> Result<Option<Job>, Error> {
    for _ in 0..TRIES {
        let Some(job) = app.storage.job(merchant, id).await? else {
            return Ok(None);
        };
        let Some(edited) = job.clone().edited(app.clock.now()) else {
            return Ok(None);
        };
        let read = amounts
            .iter()
            .map(|(position, _)| app.storage.job_row(merchant, id, *position));
        let rows = try_join_all(read).await?;
        let changed = rows.iter().zip(amounts).filter_map(|(row, (_, amount))| {
            let edited = row.as_ref()?.edited(*amount)?;
            Some(JobWrite::UpdateRow(edited))
        });
        let mut writes: Vec<JobWrite> = changed.collect();
        if writes.is_empty() {
            return Ok(Some(job));
        }
        writes.push(JobWrite::Update(Box::new(edited.clone())));
        if written(app, merchant, writes).await? {
            return Ok(Some(edited));
        }
    }
    Err(Error::Overloaded)
}

/// What came of confirming a job.
#[derive(Debug)]
pub enum Confirmed {
    /// It runs; this call made it run.
    Now(Box<Job>),
    /// It was confirmed before.
    Before(Box<Job>),
    /// The draft is of another version than the one that was looked at.
    Changed,
    /// The draft is too old, or not all of it was written: it has to be prepared again.
    Stale,
    /// Every row is left out.
    Nothing,
    /// The merchant has no such job.
    Unknown,
}

/// Lets a draft run, with the entry of the audit log that tells of it; its actor confirms it, as it
/// was in the version that the actor looked at.
///
/// # Errors
/// The store's failures.
pub async fn confirm(
    app: &App,
    merchant: MerchantId,
    (id, version): (JobId, u32),
    told: &Act,
) -> Result<Confirmed, Error> {
    for _ in 0..TRIES {
        let Some(job) = app.storage.job(merchant, id).await? else {
            return Ok(Confirmed::Unknown);
        };
        if job.state != JobState::Draft {
            return Ok(Confirmed::Before(Box::new(job)));
        }
        if job.version != version {
            return Ok(Confirmed::Changed);
        }
        let totals = app.storage.job_totals(merchant, id).await?;
        if totals.chosen() == 0 && totals.all() == job.total {
            return Ok(Confirmed::Nothing);
        }
        let is_whole = totals.all() == job.total;
        let running = job
            .confirmed(&told.actor, app.clock.now())
            .filter(|_| is_whole);
        let Some(running) = running else {
            return Ok(Confirmed::Stale);
        };
        let write = Write::Job(JobWrite::Update(Box::new(running.clone())));
        match audit::commit(app, merchant, told, vec![write]).await {
            Ok(()) => {
                app.jobs.wake();
                return Ok(Confirmed::Now(Box::new(running)));
            }
            Err(CommitError::Conflict(Conflict::Version)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Overloaded)
}

/// What the rules say of a row, tried now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It can be done.
    Possible,
    /// It is not known yet whether the payment was authorized; that is found out first.
    InDoubt,
    /// A rule forbids it.
    Refused(Refusal),
}

/// A row with its sale.
#[derive(Debug)]
pub struct Look {
    /// The row.
    pub row: JobRow,
    /// The sale; absent when it is gone.
    pub sale: Option<Sale>,
    /// What the rules say.
    pub verdict: Verdict,
}

/// Looks at rows of a job.
///
/// # Errors
/// The store's failures.
pub async fn look(
    app: &App,
    merchant: &ActiveMerchant,
    kind: JobKind,
    rows: Vec<JobRow>,
) -> Result<Vec<Look>, Error> {
    let ids: Vec<PaymentId> = rows.iter().map(|row| row.payment).collect();
    let found = sales(app, merchant.id, &ids).await?;
    let each = rows.into_iter().zip(found).map(async |(row, sale)| {
        let verdict = match &sale {
            Some(sale) => verdict(app, merchant, kind, sale, Some(row.amount)).await?,
            None => Verdict::Refused(Refusal::PaymentNotFound),
        };
        Ok::<Look, Error>(Look { row, sale, verdict })
    });
    try_join_all(each).await
}

/// What the rules say of doing something with a sale now.
///
/// # Errors
/// The store's failures.
pub async fn verdict(
    app: &App,
    merchant: &ActiveMerchant,
    kind: JobKind,
    sale: &Sale,
    amount: Option<Amount>,
) -> Result<Verdict, Error> {
    let now = app.clock.now();
    match kind.preflight(sale, amount, now, &merchant.settings) {
        Ok(()) => Ok(Verdict::Possible),
        Err(why) if job_row::is_in_doubt(app, sale, why).await? => Ok(Verdict::InDoubt),
        Err(why) => Ok(Verdict::Refused(why)),
    }
}

/// What would come of a job, tried now.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Preflight {
    /// Rows that can be done, and their cents.
    pub possible: Sum,
    /// Rows that wait until their payment is known.
    pub in_doubt: Sum,
    /// Rows that a rule forbids, by the rule, the most frequent first.
    pub refused: Vec<(Refusal, Sum)>,
    /// Rows that are left out.
    pub skipped: Sum,
}

/// How many rows, and how much.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// Rows.
    pub rows: u32,
    /// Cents.
    pub cents: i64,
}

impl Sum {
    const fn add(&mut self, amount: Amount) {
        self.rows = self.rows.saturating_add(1);
        self.cents = self.cents.saturating_add(amount.cents());
    }
}

/// Tries all rows of a job against the rules, changing nothing.
///
/// # Errors
/// The store's failures.
pub async fn preflight(
    app: &App,
    merchant: &ActiveMerchant,
    job: &Job,
) -> Result<Preflight, Error> {
    let (mut sums, mut after) = (Preflight::default(), 0);
    loop {
        let page = app
            .storage
            .job_rows(merchant.id, job.id, after, PAGE)
            .await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for look in look(app, merchant, job.kind, page).await? {
            let amount = look.row.amount;
            match look.verdict {
                _ if look.row.state == RowState::Skipped => sums.skipped.add(amount),
                Verdict::Possible => sums.possible.add(amount),
                Verdict::InDoubt => sums.in_doubt.add(amount),
                Verdict::Refused(why) => {
                    let place = sums.refused.iter().position(|(known, _)| *known == why);
                    match place.and_then(|at| sums.refused.get_mut(at)) {
                        Some((_, sum)) => sum.add(amount),
                        None => {
                            let mut sum = Sum::default();
                            sum.add(amount);
                            sums.refused.push((why, sum));
                        }
                    }
                }
            }
        }
    }
    sums.refused
        .sort_by_key(|(_, sum)| std::cmp::Reverse(sum.rows));
    Ok(sums)
}
