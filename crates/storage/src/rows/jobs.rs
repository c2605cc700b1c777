//! The rows of jobs, and of their payments.
//!
//! Invariant: who made a job, of what and when never changes; the totals of a job are written when
//! it is finished. The lease of a job is no part of this: it is taken by a statement of its own.

use aval_domain::amount::Amount;
use aval_domain::id::{JobId, MerchantId, PaymentId};
use aval_domain::job::{Job, JobKind, JobRow, JobState, RowState, Totals};
use aval_domain::time::Timestamp;

use crate::changes::{Conflict, JobWrite};
use crate::rows::{Row, Table};
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// The columns of [`TABLE`], for a SELECT.
macro_rules! columns {
    () => {
        "merchant_id, job_id, version, state, due_at, by_user, confirmed_at, finished_at, done, \
         refused, skipped, asked, moved, kind, total, retry_of, created_at"
    };
}
pub(crate) use columns;

/// The columns of [`ROWS`], for a SELECT.
macro_rules! row_columns {
    () => {
        "merchant_id, job_id, position, version, state, amount, at, moved, refusal, payment_id"
    };
}
pub(crate) use row_columns;

/// Jobs.
pub(crate) static TABLE: Table = Table {
    name: "jobs",
    columns: &[
        ("merchant_id", "uuid"),
        ("job_id", "uuid"),
        ("version", "int8"),
        ("state", "int8"),
        ("due_at", "int8"),
        ("by_user", "text"),
        ("confirmed_at", "int8"),
        ("finished_at", "int8"),
        ("done", "int8"),
        ("refused", "int8"),
        ("skipped", "int8"),
        ("asked", "int8"),
        ("moved", "int8"),
        ("kind", "text"),
        ("total", "int8"),
        ("retry_of", "uuid"),
        ("created_at", "int8"),
    ],
    key: 2,
    taken: Some(Conflict::Version),
    replaced_when_older: None,
    updated: 11,
};

/// Their payments.
pub(crate) static ROWS: Table = Table {
    name: "job_rows",
    columns: &[
        ("merchant_id", "uuid"),
        ("job_id", "uuid"),
        ("position", "int8"),
        ("version", "int8"),
        ("state", "int8"),
        ("amount", "int8"),
        ("at", "int8"),
        ("moved", "int8"),
        ("refusal", "text"),
        ("payment_id", "uuid"),
    ],
    key: 3,
    taken: Some(Conflict::Version),
    replaced_when_older: None,
    updated: 6,
};

/// The row of a write.
pub(crate) fn row(write: &JobWrite) -> Row {
    let insert = |table, values| Row::Insert {
        table,
        values,
        forget_before: None,
    };
    match write {
        JobWrite::Insert(job) => insert(&TABLE, encode(job)),
        JobWrite::Update(job) => Row::Update {
            table: &TABLE,
            values: encode_update(job),
        },
        JobWrite::InsertRow(row) => insert(&ROWS, encode_row(row)),
        JobWrite::UpdateRow(row) => Row::Update {
            table: &ROWS,
            values: row_update(row),
        },
    }
}

fn encode(job: &Job) -> Vec<Value> {
    let mut values = encode_update(job);
    values.extend([
        job.kind.name().into(),
        job.total.into(),
        job.retry_of.into(),
        job.created_at.into(),
    ]);
    values
}

/// Key and what can change, `version` first.
fn encode_update(job: &Job) -> Vec<Value> {
    vec![
        job.merchant.into(),
        job.id.into(),
        job.version.into(),
        i64::from(job.state.number()).into(),
        job.due_at.into(),
        job.by.as_str().into(),
        job.confirmed_at.into(),
        job.finished_at.into(),
        job.totals.done.into(),
        job.totals.refused.into(),
        job.totals.skipped.into(),
        job.totals.asked.into(),
        job.totals.moved.into(),
    ]
}

fn encode_row(row: &JobRow) -> Vec<Value> {
    let mut values = row_update(row);
    values.push(row.payment.into());
    values
}

/// Key and what can change, `version` first.
fn row_update(row: &JobRow) -> Vec<Value> {
    let (moved, refusal) = match row.state {
        RowState::Done(amount) => (Some(amount.cents()), None),
        RowState::Refused(refusal) => (None, refusal.map(|refusal| refusal.name().to_owned())),
        RowState::Waiting | RowState::InDoubt | RowState::Skipped => (None, None),
    };
    vec![
        row.merchant.into(),
        row.job.into(),
        row.position.into(),
        row.version.into(),
        i64::from(row.state.number()).into(),
        row.amount.cents().into(),
        row.at.into(),
        moved.into(),
        refusal.into(),
    ]
}

impl Decode for Job {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let state = JobState::of_number(row.int(3)?);
        let kind = JobKind::parse(&row.text(13)?);
        let retry_of: Option<()> = row.opt_slice(15)?.map(|_| ());
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            id: JobId::from_bytes(row.array(1)?),
            version: row.small(2)?,
            state: state.ok_or_else(|| BadCell::new(3, "is no state"))?,
            due_at: row.opt_time(4)?,
            by: row.text(5)?,
            confirmed_at: row.opt_time(6)?,
            finished_at: row.opt_time(7)?,
            totals: Totals {
                done: row.small(8)?,
                refused: row.small(9)?,
                skipped: row.small(10)?,
                asked: row.int(11)?,
                moved: row.int(12)?,
                ..Totals::default()
            },
            kind: kind.ok_or_else(|| BadCell::new(13, "is no kind"))?,
            total: row.small(14)?,
            retry_of: match retry_of {
                None => None,
                Some(()) => Some(JobId::from_bytes(row.array(15)?)),
            },
            created_at: Timestamp::from_micros(row.int(16)?),
        })
    }
}

impl Decode for JobRow {
    fn column(at: usize) -> Column {
        ROWS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let moved = row.opt_int(7)?.and_then(Amount::new);
        let state = RowState::restored(row.int(4)?, moved, row.opt_str(8)?);
        let amount = Amount::new(row.int(5)?);
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            job: JobId::from_bytes(row.array(1)?),
            position: row.small(2)?,
            version: row.small(3)?,
            state: state.ok_or_else(|| BadCell::new(4, "is no state"))?,
            amount: amount.ok_or_else(|| BadCell::new(5, "is no amount"))?,
            at: row.opt_time(6)?,
            payment: PaymentId::from_bytes(row.array(9)?),
        })
    }
}

/// How many rows stand in one state, with what they ask for and what was moved.
pub(crate) struct Count {
    /// The number of the state.
    pub state: i64,
    /// How many.
    pub rows: u32,
    /// Cents asked for.
    pub asked: i64,
    /// Cents moved.
    pub moved: i64,
}

impl Decode for Count {
    fn column(at: usize) -> Column {
        let names = ["state", "count", "amount", "moved"];
        (ROWS.name, names.get(at).copied().unwrap_or_default())
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            state: row.int(0)?,
            rows: row.small(1)?,
            asked: row.int(2)?,
            moved: row.int(3)?,
        })
    }
}
