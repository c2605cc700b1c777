//! Finding out what became of a payment in doubt (decision D15).
//!
//! Invariant: nothing is authorized here. The acquirer is asked what it decided; when it was never
//! asked, or the merchant's limit has passed, the attempt is reversed there, so that a question
//! still under way can reserve nothing any more, and the payment is denied. Past the limit it is
//! denied even when the acquirer cannot be reached: then the row of the doubt stays, as a reversal
//! that is owed, until the acquirer confirms it.

use aval_domain::authorization::Answer;
use aval_domain::operation::{Kind, Marks, Operation};
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, Conflict, StoredCard, Unfinished, Write};

use super::{Context, analyse, notify, recur};
use crate::acquirers::faulty::{self, Attempt, Inquiry};
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

const SECOND: i64 = 1_000_000;
/// How long after the attempt the acquirer is asked: 2 s, twice as long each time it is in vain.
const FIRST: i64 = SECOND * 2;
/// The longest time between two questions: six hours.
const LONGEST: i64 = SECOND * 21_600;
/// The longest that an answer is delayed by a fault: as long the first question waits longer.
const DELAYED: i64 = 60 * SECOND;
/// Microseconds of a minute, in which the merchant's limit is set.
const MINUTE: i64 = SECOND * 60;

/// A payment whose attempt is about to be made at that moment, due first when `delay` microseconds
/// are over.
#[must_use]
pub fn in_doubt(
    merchant: &ActiveMerchant,
    sale: &Sale,
    asked_at: Timestamp,
    sealed: Option<Vec<u8>>,
    delay: i64,
) -> Unfinished {
    let limit = i64::from(merchant.settings.unfinished_limit_minutes).saturating_mul(MINUTE);
    let asked_at = asked_at.plus(delay);
    Unfinished {
        merchant: merchant.id,
        payment: sale.id,
        version: 1,
        due_at: asked_at.plus(FIRST),
        limit_at: asked_at.plus(limit),
        sealed,
    }
}

/// The sale, its doubt removed if it had one and the acquirer can be asked. Who calls holds the
/// payment's turn.
///
/// # Errors
/// The store's failures.
pub async fn settle(app: &App, merchant: &ActiveMerchant, sale: Sale) -> Result<Sale, Error> {
    if sale.state != State::NotFinished {
        return Ok(sale);
    }
    // Boxed, so that the many sales without doubt do not carry what those few need.
    Box::pin(async {
        let in_doubt = app.storage.unfinished(merchant.id, sale.id).await?;
        match in_doubt {
            None => Ok(sale),
            Some(in_doubt) => resolve(app, merchant, sale, in_doubt).await,
        }
    })
    .await
}

/// Asks the acquirer; the sale as it stands afterwards, perhaps still in doubt.
///
/// # Errors
/// The store's failures.
pub async fn resolve(
    app: &App,
    merchant: &ActiveMerchant,
    sale: Sale,
    in_doubt: Unfinished,
) -> Result<Sale, Error> {
    let simulated = app.simulated.as_ref().ok_or(Error::NoAcquirer)?;
    let fault = merchant.fault(sale.fingerprint);
    let attempt = Attempt {
        merchant: merchant.id,
        payment: sale.id,
        amount: sale.amount,
    };
    let now = app.clock.now();
    let inquiry = if now < in_doubt.limit_at {
        faulty::inquire(app, attempt, fault).await?
    } else {
        Inquiry::NeverAsked
    };
    let (answer, at) = match inquiry {
        Inquiry::Decided(answer, at) => (answer, at),
        Inquiry::NoAnswer => (Answer::Unknown, now),
        Inquiry::NeverAsked => (faulty::reverse(app, simulated, attempt, fault).await?, now),
    };
    if answer != Answer::Unknown {
        let noted = Some(now);
        return end(app, merchant, (sale, in_doubt), (answer, at), None, noted).await;
    }
    if now < in_doubt.limit_at {
        return ask_later(app, sale, in_doubt).await;
    }
    // The merchant waits no longer: denied, and the reversal is owed until the acquirer confirms.
    let denied = (faulty::timed_out(simulated, now), now);
    let owed = Write::UpdateUnfinished(later(&in_doubt, now));
    let (answer, at) = denied;
    let known = sale.clone().resolved(answer, at);
    let writes = vec![owed, found_out(&sale, &known, now)];
    write(app, merchant, (sale, known), writes).await
}

/// Reverses at the acquirer what was denied without its knowing; whether it confirmed. Who calls
/// holds the payment's turn.
///
/// # Errors
/// The store's failures.
pub async fn reverse_owed(
    app: &App,
    merchant: &ActiveMerchant,
    sale: &Sale,
    owed: Unfinished,
) -> Result<bool, Error> {
    let simulated = app.simulated.as_ref().ok_or(Error::NoAcquirer)?;
    let fault = merchant.fault(sale.fingerprint);
    let attempt = Attempt {
        merchant: merchant.id,
        payment: sale.id,
        amount: sale.amount,
    };
    let answer = faulty::reverse(app, simulated, attempt, fault).await?;
    let is_confirmed = answer != Answer::Unknown;
    let next = if is_confirmed {
        Write::DeleteUnfinished(sale.id)
    } else {
        Write::UpdateUnfinished(later(&owed, app.clock.now()))
    };
    let changes = Changes {
        merchant: merchant.id,
        writes: vec![next],
    };
    match app.storage.commit(changes).await {
        // Another server asked too: it noted the same.
        Ok(()) | Err(CommitError::Conflict(Conflict::Version)) => Ok(is_confirmed),
        Err(other) => Err(other.into()),
    }
}

/// Writes what the acquirer decided, and when; the sale as it stands when another came first.
///
/// # Errors
/// The store's failures.
pub async fn finish(
    app: &App,
    merchant: &ActiveMerchant,
    sale: Sale,
    in_doubt: Unfinished,
    (answer, at): (Answer, Timestamp),
    context: Option<&Context<'_, Sale>>,
) -> Result<Sale, Error> {
    end(app, merchant, (sale, in_doubt), (answer, at), context, None).await
}

/// The same; with a record that it was found out, and when, if the answer had not come by itself.
async fn end(
    app: &App,
    merchant: &ActiveMerchant,
    (sale, in_doubt): (Sale, Unfinished),
    (answer, at): (Answer, Timestamp),
    context: Option<&Context<'_, Sale>>,
    noted: Option<Timestamp>,
) -> Result<Sale, Error> {
    let (known, acted) = analyse::act(app, sale.clone().resolved(answer, at), at);
    let mut writes = vec![Write::DeleteUnfinished(known.id)];
    // Where its analysis did something there is a record of this version already.
    let noted = noted.filter(|_| acted.is_none());
    writes.extend(noted.map(|at| found_out(&sale, &known, at)));
    writes.extend(acted);
    let plan_card = recur::card_of(merchant, &known, in_doubt.sealed.as_deref())?;
    if let (Some(sealed), true) = (in_doubt.sealed, known.was_authorized()) {
        writes.extend(saved_card(&known, sealed));
    }
    let now = app.clock.now();
    writes.extend(recur::began(app, merchant, &known, plan_card, now));
    writes.extend(context.and_then(|context| context.kept_instead(&known)));
    write(app, merchant, (sale, known), writes).await
}

/// The record that it is known what became of a payment in doubt.
fn found_out(before: &Sale, known: &Sale, at: Timestamp) -> Write {
    let receipt = known.receipt.as_ref();
    let code = receipt.map(|receipt| receipt.return_code.clone());
    Write::InsertOperation(Operation {
        merchant: known.merchant,
        payment: known.id,
        version: known.version,
        kind: Kind::Resolution,
        amount: known.amount,
        at,
        request_id: String::new(),
        return_code: code.unwrap_or_default(),
        by: None,
        before: Marks::of(before),
    })
}

/// Writes a sale that is in doubt no more, with what goes with it; the sale as it stands when
/// another came first.
async fn write(
    app: &App,
    merchant: &ActiveMerchant,
    (before, known): (Sale, Sale),
    mut writes: Vec<Write>,
) -> Result<Sale, Error> {
    writes.push(Write::UpdateSale(Box::new(known.clone())));
    let change = recur::change_of(&known);
    let now = app.clock.now();
    writes.extend(analyse::amended(app, merchant, &known, before.fate(), now));
    writes.extend(notify::of_sale(app, merchant, &known, change, now));
    let changes = Changes {
        merchant: merchant.id,
        writes,
    };
    match app.storage.commit(changes).await {
        Ok(()) => {
            notify::wake(app, merchant);
            Ok(known)
        }
        Err(CommitError::Conflict(Conflict::Version)) => as_stored(app, before).await,
        Err(other) => Err(other.into()),
    }
}

async fn ask_later(app: &App, sale: Sale, in_doubt: Unfinished) -> Result<Sale, Error> {
    if put_off(app, in_doubt).await? {
        Ok(sale)
    } else {
        as_stored(app, sale).await
    }
}

/// Has a payment in doubt asked for later; whether nobody came first.
///
/// # Errors
/// The store's failures.
pub async fn put_off(app: &App, in_doubt: Unfinished) -> Result<bool, Error> {
    let changes = Changes {
        merchant: in_doubt.merchant,
        writes: vec![Write::UpdateUnfinished(later(&in_doubt, app.clock.now()))],
    };
    match app.storage.commit(changes).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(Conflict::Version)) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

/// How long it is waited after so many questions.
fn wait(asked: u32) -> i64 {
    let times = 1_i64.checked_shl(asked.min(20)).unwrap_or(i64::MAX);
    FIRST.saturating_mul(times).min(LONGEST)
}

/// The same, to be asked for again: after twice as long as before, and at the limit.
fn later(in_doubt: &Unfinished, now: Timestamp) -> Unfinished {
    let mut due_at = now.plus(wait(in_doubt.version));
    if now < in_doubt.limit_at {
        due_at = due_at.min(in_doubt.limit_at);
    }
    Unfinished {
        version: in_doubt.version.saturating_add(1),
        due_at,
        ..in_doubt.clone()
    }
}

/// Has a payment in doubt asked for by its schedule again, when a clock that was set back left it
/// due later than that; its limit comes nearer by as much.
///
/// # Errors
/// The store's failures.
pub async fn bring_forward(app: &App, in_doubt: Unfinished, now: Timestamp) -> Result<(), Error> {
    let asked_before = in_doubt.version.saturating_sub(1);
    let latest = now.plus(wait(asked_before)).plus(DELAYED);
    let late = in_doubt.due_at.since(latest);
    if late <= 0 {
        return Ok(());
    }
    let nearer = Unfinished {
        version: in_doubt.version.saturating_add(1),
        due_at: latest,
        limit_at: in_doubt.limit_at.plus(late.saturating_neg()),
        ..in_doubt
    };
    let changes = Changes {
        merchant: nearer.merchant,
        writes: vec![Write::UpdateUnfinished(nearer)],
    };
    match app.storage.commit(changes).await {
        Ok(()) | Err(CommitError::Conflict(Conflict::Version)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

async fn as_stored(app: &App, sale: Sale) -> Result<Sale, Error> {
    let stored = app.storage.sale(sale.merchant, sale.id).await?;
    Ok(stored.unwrap_or(sale))
}

/// The card that was to be stored when the payment is authorized, from what the sale shows of it.
pub(super) fn saved_card(sale: &Sale, sealed: Vec<u8>) -> Option<Write> {
    let card = sale.details.method.card().filter(|card| card.saved)?;
    Some(Write::InsertCard(Box::new(StoredCard {
        merchant: sale.merchant,
        token: aval_domain::id::CardToken::parse(card.token.as_deref()?)?,
        sealed,
        masked: card.masked.clone()?,
        holder: card.holder.clone(),
        expiry: card.expiry.clone().unwrap_or_default(),
        brand: card.brand.name().to_owned(),
        customer_name: sale.details.customer.name.clone(),
        fingerprint: sale.fingerprint?,
        created_at: sale.received_at,
    })))
}
