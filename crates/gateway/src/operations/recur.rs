//! Recurrences: begun with a sale, scheduled without one, changed (decisions D28 to D35).
//!
//! Invariant: a plan is written in the commit of the sale that begins it, and only when that was
//! authorized; every change of a plan is one commit that expects the version that was read. The
//! card of a plan is sealed under the plan's own id.

use aval_domain::audit::Act;
use aval_domain::authorization::Provider;
use aval_domain::card::{CardNumber, ShownCard};
use aval_domain::fraud::analysis::Status;
use aval_domain::id::{CardToken, MerchantId, RecurrentPaymentId};
use aval_domain::notification::Change;
use aval_domain::recurrence::{
    Begin, Modification, NewPayment, NewPlan, PlanDetails, PlanStatus, Recurrence,
    RecurrentPayment, SaleRecurrence,
};
use aval_domain::refusal::Refusal;
use aval_domain::sale::{NewSale, Sale};
use aval_domain::time::Timestamp;
use aval_storage::{Changes, CommitError, Conflict, RecurrenceWrite, Write};

use super::authorize::Card;
use super::{Context, TRIES, authorize, notify, record};
use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// What a sale is given of the recurrence that it may begin.
pub(super) struct Beginning {
    /// What the sale knows of it.
    pub recurrence: Box<SaleRecurrence>,
    /// The card of the plan, sealed.
    pub sealed: Option<Vec<u8>>,
}

/// Prepares the recurrence that a sale begins when it is authorized.
pub(super) fn beginning(
    app: &App,
    merchant: &ActiveMerchant,
    new: &NewSale,
    number: Option<&CardNumber>,
    now: Timestamp,
) -> Result<Option<Beginning>, Error> {
    let Some(plan) = new.recurrence else {
        return Ok(None);
    };
    let id = app.chance.recurrent_payment_id(now);
    Ok(Some(Beginning {
        sealed: seal(merchant, id, number)?,
        recurrence: Box::new(SaleRecurrence {
            id,
            began: Some(plan.begun_on(now.day())),
        }),
    }))
}

/// The writes that begin a recurrence with its first payment: none unless it was authorized, nor
/// when its analysis gave it back at once.
pub(super) fn began(
    app: &App,
    merchant: &ActiveMerchant,
    sale: &Sale,
    sealed: Option<Vec<u8>>,
    now: Timestamp,
) -> Vec<Write> {
    let Some(of) = sale.details.recurrence.as_deref() else {
        return Vec::new();
    };
    let card = sale.details.method.card();
    let (Some(dates), Some(card)) = (of.began.filter(|_| sale.begins_recurrence()), card) else {
        return Vec::new();
    };
    let details = &sale.details;
    let facts = Begin {
        merchant: sale.merchant,
        id: of.id,
        now: sale.received_at,
        order: sale.order.clone(),
        amount: sale.amount,
        sealed,
        fingerprint: sale.fingerprint,
        details: PlanDetails {
            provider: details.provider,
            customer: details.customer.clone(),
            terms: details.terms.clone(),
            // It was stored with this payment, if it was to be.
            card: plan_card(card.clone(), false),
        },
    };
    let mut plan = RecurrentPayment::begin(facts, &dates, 1);
    if sale.analysis == Some(Status::Reject) {
        // Nothing more is charged unless the merchant says so.
        plan = plan.stopped(PlanStatus::Deactivated);
    }
    let first = Recurrence {
        merchant: sale.merchant,
        plan: of.id,
        cycle: 0,
        attempt: 1,
        payment: sale.id,
        at: now,
    };
    let told = notify::of_sale(app, merchant, sale, Change::RecurrenceCreated, now);
    let mut writes = vec![
        Write::Recurrence(RecurrenceWrite::InsertPlan(Box::new(plan))),
        Write::Recurrence(RecurrenceWrite::InsertPaid(first)),
    ];
    writes.extend(told);
    writes
}

/// The writes that stop the recurrence that a sale began, when it still is charged.
///
/// # Errors
/// The store's failures.
pub(super) async fn stopped_of(
    app: &App,
    merchant: &ActiveMerchant,
    sale: &Sale,
    now: Timestamp,
) -> Result<Vec<Write>, Error> {
    let of = sale.details.recurrence.as_deref();
    let Some(of) = of.filter(|of| of.began.is_some()) else {
        return Ok(Vec::new());
    };
    let found = app.storage.recurrent_payment(merchant.id, of.id).await?;
    let Some(plan) = found.filter(|plan| plan.status == PlanStatus::Active) else {
        return Ok(Vec::new());
    };
    let plan = plan.stopped(PlanStatus::Deactivated);
    let mut writes = notify::of_plan(app, merchant, &plan, Change::RecurrenceStatus, now);
    writes.push(Write::Recurrence(RecurrenceWrite::UpdatePlan(Box::new(
        plan,
    ))));
    Ok(writes)
}

/// What is told of a sale that was in doubt: of one that a plan made, that it was made.
pub(super) fn change_of(sale: &Sale) -> Change {
    match sale.details.recurrence.as_deref() {
        Some(SaleRecurrence { began: None, .. }) => Change::RecurrenceCreated,
        Some(SaleRecurrence { began: Some(_), .. }) | None => Change::PaymentStatus,
    }
}

/// The sealed card of the plan that a sale begins whose answer was in doubt: what waited was sealed
/// under the token it is stored under, when it is, and else under the plan's id.
pub(super) fn card_of(
    merchant: &ActiveMerchant,
    sale: &Sale,
    waited: Option<&[u8]>,
) -> Result<Option<Vec<u8>>, Error> {
    let began = |of: &&SaleRecurrence| of.began.is_some();
    let of = sale.details.recurrence.as_deref().filter(began);
    let (Some(of), Some(waited)) = (of, waited) else {
        return Ok(None);
    };
    let card = sale.details.method.card().filter(|card| card.saved);
    match card.and_then(|card| CardToken::parse(card.token.as_deref()?)) {
        None => Ok(Some(waited.to_vec())),
        Some(token) => {
            let number = merchant.keys.open_card(token, waited)?;
            seal(merchant, of.id, Some(&number))
        }
    }
}

/// Makes a recurrence whose first payment comes later; nothing is charged.
///
/// # Errors
/// When a token is unknown, an order number was used, no acquirer is linked, or the store fails.
pub async fn schedule(
    app: &App,
    merchant: &ActiveMerchant,
    new: NewSale,
    plan: NewPlan,
    context: Context<'_, RecurrentPayment>,
) -> Result<RecurrentPayment, Error> {
    if app.simulated.is_none() {
        return Err(Error::NoAcquirer);
    }
    let now = app.clock.now();
    let card = authorize::card_of(app, merchant, &new).await?;
    record::refuse_duplicate(app, merchant, &new.order).await?;
    let id = app.chance.recurrent_payment_id(now);
    let sealed = seal(merchant, id, card.number.as_ref())?;
    let facts = Begin {
        merchant: merchant.id,
        id,
        now,
        order: new.order,
        amount: new.amount,
        sealed,
        fingerprint: fingerprint(merchant, &card),
        details: PlanDetails {
            provider: Provider::Simulado,
            customer: new.customer,
            terms: new.terms,
            card: plan_card(authorize::shown(merchant, card, None), new.save_card),
        },
    };
    let plan = RecurrentPayment::begin(facts, &plan.scheduled_from(now.day()), 0);
    let mut writes = vec![Write::Recurrence(RecurrenceWrite::InsertPlan(Box::new(
        plan.clone(),
    )))];
    if merchant.settings.duplicate_orders_refused {
        writes.push(Write::ClaimOrder(plan.order.clone()));
    }
    let change = Change::RecurrenceCreated;
    writes.extend(notify::of_plan(app, merchant, &plan, change, now));
    writes.extend(context.kept(&plan));
    commit(app, merchant, writes).await?;
    notify::wake(app, merchant);
    Ok(plan)
}

/// Changes a plan; what changed something is told.
///
/// # Errors
/// A [`Refusal`] when the plan is unknown or a rule forbids it; the store's failures.
pub async fn modify(
    app: &App,
    merchant: &ActiveMerchant,
    id: RecurrentPaymentId,
    by: &Modification,
    context: Context<'_, RecurrentPayment>,
) -> Result<RecurrentPayment, Error> {
    modify_by(app, merchant, id, by, (context, None)).await
}

/// The same, telling of it in the audit log in the same commit.
///
/// # Errors
/// As above.
pub async fn modify_by(
    app: &App,
    merchant: &ActiveMerchant,
    id: RecurrentPaymentId,
    by: &Modification,
    (context, act): (Context<'_, RecurrentPayment>, Option<Act>),
) -> Result<RecurrentPayment, Error> {
    for _ in 0..TRIES {
        let before = find(app, merchant.id, id).await?;
        let version = before.version;
        let now = app.clock.now();
        let after = before.modified(by.clone(), now.day())?;
        let mut writes = Vec::new();
        if after.version != version {
            writes.push(Write::Recurrence(RecurrenceWrite::UpdatePlan(Box::new(
                after.clone(),
            ))));
            let change = Change::RecurrenceStatus;
            writes.extend(notify::of_plan(app, merchant, &after, change, now));
        }
        writes.extend(context.kept(&after));
        if writes.is_empty() {
            return Ok(after);
        }
        match audit::commit_told(app, merchant.id, act.as_ref(), writes).await {
            Ok(()) => {
                notify::wake(app, merchant);
                return Ok(after);
            }
            Err(CommitError::Conflict(Conflict::Version)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Overloaded)
}

/// The payment that replaces a plan's, with its card sealed for that plan.
///
/// # Errors
/// When a token is unknown, no acquirer is linked, or the store fails.
pub async fn new_payment(
    app: &App,
    merchant: &ActiveMerchant,
    id: RecurrentPaymentId,
    new: NewSale,
) -> Result<Modification, Error> {
    if app.simulated.is_none() {
        return Err(Refusal::NoAffiliation.into());
    }
    let card = authorize::card_of(app, merchant, &new).await?;
    let sealed = seal(merchant, id, card.number.as_ref())?;
    let fingerprint = fingerprint(merchant, &card);
    Ok(Modification::Payment(Box::new(NewPayment {
        amount: new.amount,
        terms: new.terms,
        card: plan_card(authorize::shown(merchant, card, None), new.save_card),
        sealed,
        fingerprint,
    })))
}

/// A plan of a merchant.
///
/// # Errors
/// [`Refusal::RecurrenceNotFound`]; the store's failures.
pub async fn find(
    app: &App,
    merchant: MerchantId,
    id: RecurrentPaymentId,
) -> Result<RecurrentPayment, Error> {
    let found = app.storage.recurrent_payment(merchant, id).await?;
    Ok(found.ok_or(Refusal::RecurrenceNotFound)?)
}

fn fingerprint(merchant: &ActiveMerchant, card: &Card) -> Option<[u8; 16]> {
    let number = card.number.as_ref();
    number.map(|number| merchant.keys.fingerprint(number))
}

/// Seals a plan's card under the plan's id.
pub(super) fn seal(
    merchant: &ActiveMerchant,
    id: RecurrentPaymentId,
    number: Option<&CardNumber>,
) -> Result<Option<Vec<u8>>, Error> {
    let seal = |number| merchant.keys.seal_card(name(id), number);
    Ok(number.map(seal).transpose()?)
}

/// The name under which a plan's card is sealed.
pub(super) const fn name(id: RecurrentPaymentId) -> CardToken {
    CardToken::from_bytes(*id.as_bytes())
}

/// What a plan keeps of a card: nothing of the first payment alone. One that came by its number may
/// be yet to be stored.
fn plan_card(card: ShownCard, save: bool) -> ShownCard {
    let token = card.token.filter(|_| card.by_token);
    ShownCard {
        saved: save && !card.by_token,
        token,
        on_file: None,
        ..card
    }
}

async fn commit(
    app: &App,
    merchant: &ActiveMerchant,
    writes: Vec<Write>,
) -> Result<(), CommitError> {
    let changes = Changes {
        merchant: merchant.id,
        writes,
    };
    app.storage.commit(changes).await
}
