//! One payment of a job: captured, voided, refused, or left until it is known what became of it.
//!
//! Invariant: what became of the row is written in the commit of its effect, which expects the
//! version of both: a row that two servers try at once, or that is tried again after a crash, has
//! one effect.

use aval_domain::job::{Job, JobRow, RowState};
use aval_domain::payment::State;
use aval_domain::refusal::Refusal;
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, Conflict, JobWrite, Write};

use super::by_hand::{self, Wish};
use super::keep::Rendered;
use super::{Context, TRIES};
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It was decided now.
    Decided,
    /// Another decided it.
    Lost,
    /// It is not known yet whether the payment was authorized; that is asked for at this moment.
    InDoubt(Timestamp),
}

/// Does what a row asks for.
///
/// # Errors
/// The store's failures; then the row stands as the store says.
pub async fn act(
    app: &App,
    merchant: &ActiveMerchant,
    job: &Job,
    row: JobRow,
) -> Result<Became, Error> {
    let _turn = app.changing.take(row.payment).await;
    let mut row = row;
    for _ in 0..TRIES {
        let became = match attempt(app, merchant, job, &row).await {
            Ok(Some(_)) => return Ok(Became::Decided),
            Ok(None) => None,
            Err(Error::Refused(refusal)) => {
                if let Some(asked_at) = doubt(app, &row).await? {
                    wait(app, &row).await?;
                    return Ok(Became::InDoubt(asked_at));
                }
                Some(RowState::Refused(Some(refusal)))
            }
            Err(Error::Internal(why)) => {
                let (job, payment) = (row.job, row.payment);
                tracing::error!(%job, %payment, why, "a payment of a job cannot be changed");
                Some(RowState::Refused(None))
            }
            Err(Error::NoAcquirer) => Some(RowState::Refused(None)),
            Err(other) => return Err(other),
        };
        if let Some(state) = became
            && write(app, row.became(state, app.clock.now())).await?
        {
            return Ok(Became::Decided);
        }
        // Another came first: to the payment, or to the row.
        let found = app.storage.job_row(row.merchant, row.job, row.position);
        match found.await? {
            Some(found) if !found.state.is_decided() => row = found,
            Some(_) | None => return Ok(Became::Lost),
        }
    }
    Err(Error::Overloaded)
}

async fn attempt(
    app: &App,
    merchant: &ActiveMerchant,
    job: &Job,
    row: &JobRow,
) -> Result<Option<Sale>, Error> {
    let render = |_: &Sale| Rendered {
        status: 200,
        body: String::new(),
        location: None,
    };
    let request_id = row.request_id();
    let wish = Wish {
        kind: job.kind,
        payment: row.payment,
        amount: row.amount,
        by: &job.by,
        form: "",
        request_id: &request_id,
    };
    let context = Context {
        request_id: &request_id,
        by: Some(&job.by),
        keep: None,
        render: &render,
    };
    let done = |amount, at| {
        let done = row.became(RowState::Done(amount), at);
        vec![Write::Job(JobWrite::UpdateRow(done))]
    };
    by_hand::once(app, merchant, wish, &context, &done).await
}

/// When the acquirer is asked again what became of the payment, if that is not known.
async fn doubt(app: &App, row: &JobRow) -> Result<Option<Timestamp>, Error> {
    let sale = app.storage.sale(row.merchant, row.payment).await?;
    if sale.is_none_or(|sale| sale.state != State::NotFinished) {
        return Ok(None);
    }
    let in_doubt = app.storage.unfinished(row.merchant, row.payment).await?;
    Ok(in_doubt.map(|in_doubt| in_doubt.due_at))
}

/// Writes that a row waits for its payment, unless it says so.
async fn wait(app: &App, row: &JobRow) -> Result<(), Error> {
    if row.state != RowState::InDoubt {
        write(app, row.became(RowState::InDoubt, app.clock.now())).await?;
    }
    Ok(())
}

/// Writes a row; whether nobody came first.
async fn write(app: &App, row: JobRow) -> Result<bool, Error> {
    let changes = Changes {
        merchant: row.merchant,
        writes: vec![Write::Job(JobWrite::UpdateRow(row))],
    };
    match app.storage.commit(changes).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(Conflict::Version)) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

/// Whether a payment that a rule forbids to change now may still be allowed later.
///
/// # Errors
/// The store's failures.
pub(super) async fn is_in_doubt(app: &App, sale: &Sale, why: Refusal) -> Result<bool, Error> {
    let by_state = matches!(why, Refusal::NotCapturable | Refusal::NotVoidable);
    if !by_state || sale.state != State::NotFinished {
        return Ok(false);
    }
    let in_doubt = app.storage.unfinished(sale.merchant, sale.id).await?;
    Ok(in_doubt.is_some())
}
