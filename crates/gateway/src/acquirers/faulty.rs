//! The simulator while a fault is in force: an acquirer that is asked from afar and can leave its
//! answer in doubt (decisions D15 and D22).
//!
//! Invariant: it decides once for each payment and remembers that in its ledger, which every server
//! asks and no crash forgets. What was reversed stays reversed: a question that comes later is
//! denied.

use std::time::Duration;

use aval_domain::amount::Amount;
use aval_domain::authorization::{Answer, Receipt};
use aval_domain::fault::Fault;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::return_code;
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, Conflict, Decision, SimulatedAttempt, Write};

use super::simulated::{Question, Simulated};
use crate::app::App;
use crate::error::Error;

/// An authorization, by the name under which the acquirer knows it.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// Whose.
    pub merchant: MerchantId,
    /// The payment.
    pub payment: PaymentId,
    /// Cents.
    pub amount: Amount,
}

/// What the acquirer says when it is asked what it decided.
#[derive(Debug)]
pub enum Inquiry {
    /// It decided, at that moment.
    Decided(Answer, Timestamp),
    /// It was never asked.
    NeverAsked,
    /// There is no answer to this question either.
    NoAnswer,
}

/// Times that a ledger is read again when another server came first.
const TRIES: usize = 16;
/// What a card's holder is told of an answer that never came (manual line 270).
const TIME_OUT: (&str, &str) = ("99", "Time Out");
/// The code of a connection that was refused (manual, table of return codes).
const NO_CONNECTION: &str = "98";

/// Authorizes as a fault lets it.
///
/// # Errors
/// The store's failures.
pub async fn authorize(
    app: &App,
    simulated: &Simulated,
    attempt: Attempt,
    question: Question,
    fault: Fault,
) -> Result<Answer, Error> {
    match fault {
        Fault::LostBefore => Ok(Answer::Unknown),
        Fault::Refused => Ok(refused(simulated, question.now)),
        Fault::Delay(millis) => {
            tokio::time::sleep(Duration::from_millis(millis.into())).await;
            decide(app, simulated, attempt, question).await
        }
        Fault::LostAfter => {
            decide(app, simulated, attempt, question).await?;
            Ok(Answer::Unknown)
        }
    }
}

/// The answer when there is no connection: nothing was asked, so it is known that nothing was
/// reserved.
pub fn refused(simulated: &Simulated, now: Timestamp) -> Answer {
    let message = return_code::find(NO_CONNECTION).map_or("", |row| row.definition);
    Answer::Denied(simulated.receipt(now, NO_CONNECTION, message))
}

/// The answer when nobody will ever know: it will be reversed, so it is as if it had been denied.
pub fn timed_out(simulated: &Simulated, now: Timestamp) -> Answer {
    let (code, message) = TIME_OUT;
    Answer::Denied(simulated.receipt(now, code, message))
}

/// Asks what became of an attempt.
///
/// # Errors
/// The store's failures.
pub async fn inquire(app: &App, attempt: Attempt, fault: Option<Fault>) -> Result<Inquiry, Error> {
    if fault == Some(Fault::Refused) {
        return Ok(Inquiry::NoAnswer);
    }
    let found = app
        .storage
        .simulated_attempt(attempt.merchant, attempt.payment)
        .await?;
    Ok(found.map_or(Inquiry::NeverAsked, |found| {
        let at = found.at;
        Inquiry::Decided(answer(found), at)
    }))
}

/// Reverses an attempt, whether or not it was decided; `Unknown` when there is no connection.
///
/// # Errors
/// The store's failures.
pub async fn reverse(
    app: &App,
    simulated: &Simulated,
    attempt: Attempt,
    fault: Option<Fault>,
) -> Result<Answer, Error> {
    if fault == Some(Fault::Refused) {
        return Ok(Answer::Unknown);
    }
    for _ in 0..TRIES {
        let (code, message) = TIME_OUT;
        let found = app
            .storage
            .simulated_attempt(attempt.merchant, attempt.payment)
            .await?;
        let (write, reversed) = match found {
            Some(found) if found.decision != Decision::Approved => return Ok(answer(found)),
            Some(found) => {
                let reversed = SimulatedAttempt {
                    version: found.version.saturating_add(1),
                    decision: Decision::Reversed,
                    ..found
                };
                (Write::UpdateAttempt(Box::new(reversed.clone())), reversed)
            }
            None => {
                let now = app.clock.now();
                let receipt = simulated.receipt(now, code, message);
                let reversed = row(attempt, Decision::Reversed, receipt, now);
                (Write::InsertAttempt(Box::new(reversed.clone())), reversed)
            }
        };
        if commit(app, attempt.merchant, write).await? {
            return Ok(answer(reversed));
        }
    }
    Err(Error::Overloaded)
}

/// The decision of the ledger, made now if there is none.
async fn decide(
    app: &App,
    simulated: &Simulated,
    attempt: Attempt,
    question: Question,
) -> Result<Answer, Error> {
    for _ in 0..TRIES {
        let (merchant, payment) = (attempt.merchant, attempt.payment);
        if let Some(found) = app.storage.simulated_attempt(merchant, payment).await? {
            return Ok(answer(found));
        }
        let (decision, receipt) = match simulated.authorize(question, &app.chance) {
            Answer::Approved(receipt) => (Decision::Approved, receipt),
            Answer::Denied(receipt) => (Decision::Denied, receipt),
            Answer::Unknown => return Ok(Answer::Unknown),
        };
        let decided = row(attempt, decision, receipt, app.clock.now());
        let write = Write::InsertAttempt(Box::new(decided.clone()));
        if commit(app, merchant, write).await? {
            return Ok(answer(decided));
        }
    }
    Err(Error::Overloaded)
}

fn row(attempt: Attempt, decision: Decision, receipt: Receipt, at: Timestamp) -> SimulatedAttempt {
    SimulatedAttempt {
        merchant: attempt.merchant,
        payment: attempt.payment,
        version: 1,
        decision,
        amount: attempt.amount,
        receipt,
        at,
    }
}

/// Writes to the ledger; whether nobody came first.
async fn commit(app: &App, merchant: MerchantId, write: Write) -> Result<bool, Error> {
    let changes = Changes {
        merchant,
        writes: vec![write],
    };
    match app.storage.commit(changes).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(Conflict::Version)) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

/// What the acquirer answers of a decision, every time the same.
fn answer(decided: SimulatedAttempt) -> Answer {
    match decided.decision {
        Decision::Approved => Answer::Approved(decided.receipt),
        Decision::Denied => Answer::Denied(decided.receipt),
        Decision::Reversed => {
            let (code, message) = TIME_OUT;
            Answer::Denied(Receipt {
                authorization_code: None,
                return_code: code.to_owned(),
                return_message: message.to_owned(),
                ..decided.receipt
            })
        }
    }
}
