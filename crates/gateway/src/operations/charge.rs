//! Charging what a plan of recurrences says: the verb of the engine (decisions D30 to D32).
//!
//! Invariant: the sale, the record that its cycle was paid, and the plan on its next cycle are one
//! commit, which expects the plan's version and that the cycle was not paid: whoever else charges
//! the same cycle loses and has charged nothing. While a fault leaves answers in doubt the attempt
//! is committed first, and the plan waits for what became of it (D15).

use aval_domain::authorization::Answer;
use aval_domain::card::{CardNumber, ShownCard};
use aval_domain::fault::Fault;
use aval_domain::id::{CardToken, MerchantId, PaymentId};
use aval_domain::notification::Change;
use aval_domain::payment::State;
use aval_domain::recurrence::{Attempts, PlanStatus, RecurrentPayment, Turn, allows_retry};
use aval_domain::sale::Sale;
use aval_domain::time::{HOUR, Timestamp};
use aval_storage::{Changes, CommitError, Conflict, RecurrenceWrite, Write};

use super::renewal::{self, Replacement};
use super::{notify, recur, resolve};
use crate::acquirers::faulty::{self, Attempt};
use crate::acquirers::simulated::{Ending, Question, Simulated};
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// What became of a plan that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Its cycle was paid.
    Paid,
    /// The charge was denied.
    Denied,
    /// It ended, or its card had expired.
    Ended,
    /// It is due later: an answer is awaited, or it may not be charged now.
    Waits,
    /// Another came first.
    Lost,
    /// It is not due, or has no merchant.
    Nothing,
}

/// Does what is due for a plan.
///
/// # Errors
/// The store's failures, and faults of ours; the plan is due as before.
pub async fn charge(app: &App, plan: RecurrentPayment) -> Result<Done, Error> {
    let merchants = &app.merchants;
    let found = merchants.find(&app.storage, &app.keys, plan.merchant).await;
    let Some(merchant) = found? else {
        return Ok(Done::Nothing);
    };
    let now = app.clock.now();
    let is_due = plan.due_at.is_some_and(|due| due <= now);
    let plan = match plan.turn(now.day()) {
        // The clock was put back since it was looked for.
        Turn::Charge | Turn::ExpireCard | Turn::Finish if !is_due => return Ok(Done::Nothing),
        Turn::Charge | Turn::ExpireCard => renewed(app, &merchant, plan, now).await?,
        Turn::Ask(_) | Turn::Finish | Turn::Rest => plan,
    };
    match plan.turn(now.day()) {
        Turn::Ask(payment) => ask(app, &merchant, plan, payment).await,
        Turn::Finish => end(app, &merchant, plan.stopped(PlanStatus::Finished)).await,
        Turn::ExpireCard => end(app, &merchant, plan.stopped(PlanStatus::CardExpired)).await,
        Turn::Rest => Ok(Done::Nothing),
        Turn::Charge => match &app.simulated {
            Some(simulated) if merchant.settings.recurrence && !merchant.blocked => {
                try_once(app, &merchant, simulated, plan, now).await
            }
            Some(_) | None => put_off(app, plan.put_off_a_day(now.day())).await,
        },
    }
}

/// The plan with the card that replaced its own, if one did (D36).
async fn renewed(
    app: &App,
    merchant: &ActiveMerchant,
    plan: RecurrentPayment,
    now: Timestamp,
) -> Result<RecurrentPayment, Error> {
    let Some(sealed) = plan
        .sealed
        .as_ref()
        .filter(|_| merchant.settings.renova_facil)
    else {
        return Ok(plan);
    };
    let keys = &merchant.keys;
    let number = keys.open_card(recur::name(plan.id), sealed)?;
    let expiry = plan.details.card.expiry.as_deref();
    let found = renewal::replacement(app, merchant, &number, expiry, now).await?;
    let Some(Replacement {
        number,
        expiry,
        brand,
    }) = found
    else {
        return Ok(plan);
    };
    let reference = brand.has_account_reference();
    let card = ShownCard {
        masked: Some(number.masked()),
        expiry: Some(expiry.to_string()),
        brand,
        token: None,
        by_token: false,
        account_reference: reference.then(|| keys.account_reference(&number)),
        ..plan.details.card.clone()
    };
    let sealed = recur::seal(merchant, plan.id, Some(&number))?;
    Ok(plan.renewed(card, sealed, keys.fingerprint(&number)))
}

/// Leaves a plan that could not be charged through a fault of ours for an hour, so that it stands
/// in nobody's way.
///
/// # Errors
/// The store's failures.
pub async fn leave(app: &App, plan: RecurrentPayment) -> Result<Done, Error> {
    let later = app.clock.now().plus(HOUR);
    put_off(app, plan.put_off(later)).await
}

/// Has the plan that waits for what became of a payment look for it by a moment: the clock has been
/// put back, and what it waits for is not a day.
///
/// # Errors
/// The store's failures.
pub async fn bring_forward(
    app: &App,
    (merchant, payment): (MerchantId, PaymentId),
    latest: Timestamp,
) -> Result<(), Error> {
    let sale = app.storage.sale(merchant, payment).await?;
    let of = sale.and_then(|sale| Some(sale.details.recurrence?.id));
    let Some(id) = of else { return Ok(()) };
    let plan = app.storage.recurrent_payment(merchant, id).await?;
    let waits = |plan: &RecurrentPayment| {
        plan.asking == Some(payment) && plan.due_at.is_some_and(|due| due > latest)
    };
    if let Some(plan) = plan.filter(waits) {
        put_off(app, plan.put_off(latest)).await?;
    }
    Ok(())
}

async fn try_once(
    app: &App,
    merchant: &ActiveMerchant,
    simulated: &Simulated,
    plan: RecurrentPayment,
    now: Timestamp,
) -> Result<Done, Error> {
    let number = number(merchant, &plan)?;
    let question = question(&plan, number.as_ref(), now)?;
    let save = save(app, merchant, &plan, number.as_ref(), now)?;
    let token = save.as_ref().map(|(token, _)| *token);
    let sale = plan.charge(app.chance.payment_id(now), now, token);
    let sealed = save.map(|(_, sealed)| sealed);
    let answer = match merchant.fault(plan.fingerprint) {
        None => simulated.authorize(question, &app.chance),
        Some(Fault::Refused) => faulty::refused(simulated, now),
        Some(fault @ (Fault::Delay(_) | Fault::LostAfter | Fault::LostBefore)) => {
            let sold = (sale, sealed);
            return from_afar(app, merchant, plan, sold, question, fault).await;
        }
    };
    let sale = sale.answered(answer, now);
    let mut writes = vec![Write::InsertSale(Box::new(sale.clone()))];
    let stored = sealed.filter(|_| sale.was_authorized());
    let stored = stored.and_then(|sealed| resolve::saved_card(&sale, sealed));
    writes.extend(stored);
    let change = Change::RecurrenceCreated;
    writes.extend(notify::of_sale(app, merchant, &sale, change, now));
    decided(app, merchant, plan, &sale, writes).await
}

/// Charges through an acquirer that can leave its answer in doubt.
async fn from_afar(
    app: &App,
    merchant: &ActiveMerchant,
    plan: RecurrentPayment,
    (sale, sealed): (Sale, Option<Vec<u8>>),
    question: Question,
    fault: Fault,
) -> Result<Done, Error> {
    let simulated = app.simulated.as_ref().ok_or(Error::NoAcquirer)?;
    let turn = app.changing.take(sale.id).await;
    let delay = i64::from(fault.delay()).saturating_mul(1_000);
    let in_doubt = resolve::in_doubt(merchant, &sale, sale.received_at, sealed, delay);
    let asked = plan.asked(sale.id, in_doubt.due_at);
    let mut writes = vec![
        Write::InsertSale(Box::new(sale.clone())),
        Write::InsertUnfinished(in_doubt.clone()),
        Write::Recurrence(RecurrenceWrite::UpdatePlan(Box::new(asked.clone()))),
    ];
    let (change, now) = (Change::RecurrenceCreated, sale.received_at);
    writes.extend(notify::of_sale(app, merchant, &sale, change, now));
    if !commit(app, &asked, writes).await? {
        return Ok(Done::Lost);
    }
    notify::wake(app, merchant);
    let attempt = Attempt {
        merchant: merchant.id,
        payment: sale.id,
        amount: sale.amount,
    };
    let answer = faulty::authorize(app, simulated, attempt, question, fault).await?;
    if answer == Answer::Unknown {
        return Ok(Done::Waits);
    }
    let answered = (answer, app.clock.now());
    let known = resolve::finish(app, merchant, sale, in_doubt, answered, None).await?;
    drop(turn);
    if known.state == State::NotFinished {
        return Ok(Done::Lost);
    }
    decided(app, merchant, asked, &known, Vec::new()).await
}

/// Finds out what became of a charge whose answer was awaited.
async fn ask(
    app: &App,
    merchant: &ActiveMerchant,
    plan: RecurrentPayment,
    payment: PaymentId,
) -> Result<Done, Error> {
    let _turn = app.changing.take(payment).await;
    let sale = app.storage.sale(plan.merchant, payment).await?;
    let sale = sale.ok_or_else(|| Error::Internal("a charge has no sale".to_owned()))?;
    let sale = resolve::settle(app, merchant, sale).await?;
    if sale.state != State::NotFinished {
        return decided(app, merchant, plan, &sale, Vec::new()).await;
    }
    let in_doubt = app.storage.unfinished(plan.merchant, payment).await?;
    let later = app.clock.now().plus(HOUR);
    let look_at = in_doubt.map_or(later, |in_doubt| in_doubt.due_at);
    put_off(app, plan.put_off(look_at)).await
}

/// Writes what the acquirer decided of a charge, with what that does to the plan.
async fn decided(
    app: &App,
    merchant: &ActiveMerchant,
    plan: RecurrentPayment,
    sale: &Sale,
    mut writes: Vec<Write>,
) -> Result<Done, Error> {
    let now = app.clock.now();
    let status = plan.status;
    let record = plan.recurrence(sale.id, now);
    let (after, done) = if sale.was_authorized() {
        writes.push(Write::Recurrence(RecurrenceWrite::InsertPaid(record)));
        (plan.stored_with(sale).paid(now.day()), Done::Paid)
    } else {
        writes.push(Write::Recurrence(RecurrenceWrite::InsertDenied(record)));
        let code = sale
            .receipt
            .as_ref()
            .map_or("", |receipt| &receipt.return_code);
        let again = allows_retry(sale.details.provider, code);
        let settings = &merchant.settings;
        let attempts = Attempts {
            most: settings.recurrence_attempts,
            days_apart: settings.recurrence_attempt_interval_days,
        };
        (plan.denied(again, attempts, now.day()), Done::Denied)
    };
    if after.status != status {
        let change = Change::RecurrenceStatus;
        writes.extend(notify::of_plan(app, merchant, &after, change, now));
    }
    writes.push(Write::Recurrence(RecurrenceWrite::UpdatePlan(Box::new(
        after.clone(),
    ))));
    if !commit(app, &after, writes).await? {
        return Ok(Done::Lost);
    }
    if after.status != status {
        told(&after);
    }
    notify::wake(app, merchant);
    Ok(done)
}

/// Writes that a plan has ended.
async fn end(app: &App, merchant: &ActiveMerchant, ended: RecurrentPayment) -> Result<Done, Error> {
    let now = app.clock.now();
    let mut writes = vec![Write::Recurrence(RecurrenceWrite::UpdatePlan(Box::new(
        ended.clone(),
    )))];
    let change = Change::RecurrenceStatus;
    writes.extend(notify::of_plan(app, merchant, &ended, change, now));
    if !commit(app, &ended, writes).await? {
        return Ok(Done::Lost);
    }
    told(&ended);
    notify::wake(app, merchant);
    Ok(Done::Ended)
}

async fn put_off(app: &App, plan: RecurrentPayment) -> Result<Done, Error> {
    let writes = vec![Write::Recurrence(RecurrenceWrite::UpdatePlan(Box::new(
        plan.clone(),
    )))];
    let is_ours = commit(app, &plan, writes).await?;
    Ok(if is_ours { Done::Waits } else { Done::Lost })
}

fn told(plan: &RecurrentPayment) {
    let (merchant, recurrence) = (plan.merchant, plan.id);
    let status = plan.status.name();
    tracing::info!(%merchant, %recurrence, status, "a recurrence ended");
}

/// The number of a plan's card; absent of a token of webservice 1.5.
fn number(merchant: &ActiveMerchant, plan: &RecurrentPayment) -> Result<Option<CardNumber>, Error> {
    let open = |sealed| merchant.keys.open_card(recur::name(plan.id), sealed);
    Ok(plan.sealed.as_deref().map(open).transpose()?)
}

/// The token under which the card is stored when this charge is authorized, and the card sealed for
/// it (D38); absent when it is not to be stored, or was.
fn save(
    app: &App,
    merchant: &ActiveMerchant,
    plan: &RecurrentPayment,
    number: Option<&CardNumber>,
    now: Timestamp,
) -> Result<Option<(CardToken, Vec<u8>)>, Error> {
    let is_asked = plan.details.card.saved && merchant.settings.protected_card;
    let Some(number) = number.filter(|_| is_asked) else {
        return Ok(None);
    };
    let token = app.chance.card_token(now);
    Ok(Some((token, merchant.keys.seal_card(token, number)?)))
}

fn question(
    plan: &RecurrentPayment,
    number: Option<&CardNumber>,
    now: Timestamp,
) -> Result<Question, Error> {
    let card = &plan.details.card;
    let ending = match number {
        Some(number) => Ending::Digit(number.last_digit()),
        None => {
            let token = card.token.as_deref().and_then(Ending::of_legacy_token);
            token.ok_or_else(|| Error::Internal("a recurrence has no card".to_owned()))?
        }
    };
    Ok(Question {
        ending,
        brand: card.brand,
        amount: plan.amount,
        installments: plan.details.terms.installments,
        capture: true,
        security_code_missing: false,
        now,
    })
}

/// Writes; whether nobody came first.
async fn commit(app: &App, plan: &RecurrentPayment, writes: Vec<Write>) -> Result<bool, Error> {
    let changes = Changes {
        merchant: plan.merchant,
        writes,
    };
    match app.storage.commit(changes).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(Conflict::Version)) => Ok(false),
        Err(other) => Err(other.into()),
    }
}
