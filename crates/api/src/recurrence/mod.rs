//! GET /1/RecurrentPayment/{RecurrentPaymentId} and its ten PUTs.
//!
//! Invariant: a PUT that did something is answered with 200, no body and text/plain, since clients
//! fail on anything else (live behaviour, "Answers that clients depend on").

pub mod answer;
mod body;

use aval_domain::customer::Customer;
use aval_domain::error_code::ErrorCode;
use aval_domain::id::RecurrentPaymentId;
use aval_domain::recurrence::{Modification, RecurrentPayment};
use aval_domain::refusal::Refusal;
use aval_gateway::error::Error;
use aval_gateway::operations::keep::Rendered;
use aval_gateway::operations::recur;

use self::answer::RecurrenceAnswer;
use super::answer::json;
use super::call::{Answer, Call};
use super::error::{ApiError, ErrorAnswer};
use super::idempotency;
use super::sales::Around;
use super::sales::body::PaymentBody;
use super::sales::customer::CustomerBody;
use crate::dialect;

/// What a PUT changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The buyer.
    Customer,
    /// The last day.
    EndDate,
    /// Instalments of each charge.
    Installments,
    /// Time between charges.
    Interval,
    /// The day of the month.
    RecurrencyDay,
    /// The amount of each charge.
    Amount,
    /// The date of the next charge.
    NextPaymentDate,
    /// Amount, terms and card.
    Payment,
    /// Stops it.
    Deactivate,
    /// Lets it go on.
    Reactivate,
}

/// Charges shown in one answer at the most: the newest so many, and as many that were denied.
const MOST_CHARGES: u32 = 1000;

/// Shows a recurrence with its charges.
#[utoipa::path(
    get,
    path = "/1/RecurrentPayment/{RecurrentPaymentId}",
    tag = "Recurrences",
    params(("RecurrentPaymentId" = String, Path, description = "The recurrence.")),
    responses(
        (status = 200, body = RecurrenceAnswer, description = "The recurrence as it stands."),
        (status = 404, body = Vec<ErrorAnswer>, description = "313: no such recurrence."),
    )
)]
pub async fn show(call: &Call) -> Result<Rendered, ApiError> {
    let speaks = call.dialect();
    let missing = || dialect::not_found_by_get(speaks, ErrorCode::RECURRENCE_NOT_FOUND);
    let id = RecurrentPaymentId::parse(&call.matched.argument).ok_or_else(missing)?;
    let storage = &call.server.app.storage;
    let found = storage.recurrent_payment(call.merchant.id, id).await;
    let plan = found.map_err(Error::from)?.ok_or_else(missing)?;
    let charges = storage
        .recurrences(call.merchant.id, id, MOST_CHARGES)
        .await;
    let charges = charges.map_err(Error::from)?;
    let answer = RecurrenceAnswer::new(&plan, Some(&charges), &call.server.urls);
    Ok(Rendered {
        status: 200,
        body: json(&answer),
        location: None,
    })
}

/// Makes the functions that stand for the PUTs in the document of the API.
macro_rules! puts {
    ($($(#[$doc:meta])* $name:ident: $part:ident, $path:literal, $($body:ty)?, $codes:literal;)*)
    => {$(
        $(#[$doc])*
        #[utoipa::path(
            put,
            path = $path,
            tag = "Recurrences",
            params(("RecurrentPaymentId" = String, Path, description = "The recurrence.")),
            $(request_body = $body,)?
            responses(
                (status = 200, description = "Done; the body is empty."),
                (status = 400, body = Vec<ErrorAnswer>, description = $codes),
                (status = 404, body = Vec<ErrorAnswer>,
                    description = "313: no such recurrence (live dialect: 400)."),
            )
        )]
        pub async fn $name(call: &Call) -> Result<Answer, ApiError> {
            change(call, Part::$part).await
        }
    )*};
}

puts! {
    /// Replaces the buyer, for later payments.
    customer: Customer, "/1/RecurrentPayment/{RecurrentPaymentId}/Customer", CustomerBody,
        "169: not active. As in a sale: the codes of its members.";
    /// Sets the last day on which a payment may be made.
    end_date: EndDate, "/1/RecurrentPayment/{RecurrentPaymentId}/EndDate", String,
        "169: not active. 184: no date. 321: before the next date.";
    /// Sets the instalments of later payments, 1 to 99.
    installments: Installments, "/1/RecurrentPayment/{RecurrentPaymentId}/Installments", i64,
        "0: over 99. 123: below 1. 169: not active. 184: no number.";
    /// Sets the interval, by its months or its name, from the payment after the next on.
    interval: Interval, "/1/RecurrentPayment/{RecurrentPaymentId}/Interval", i64,
        "169: not active. 184: no interval.";
    /// Sets the day of the month.
    recurrency_day: RecurrencyDay, "/1/RecurrentPayment/{RecurrentPaymentId}/RecurrencyDay", i64,
        "169: not active. 317: not 1 to 31. 321: the next date would lie after the end.";
    /// Sets the amount of later payments, in cents.
    amount: Amount, "/1/RecurrentPayment/{RecurrentPaymentId}/Amount", i64,
        "0: over fifteen digits. 108: not above zero. 169: not active. 184: no number.";
    /// Sets the date of the next payment; its day becomes the day of the month.
    next_payment_date: NextPaymentDate,
        "/1/RecurrentPayment/{RecurrentPaymentId}/NextPaymentDate", String,
        "169: not active. 184: no date. 315: a payment is being tried. 316: past. 321: after the \
         end.";
    /// Replaces amount, terms and card of later payments.
    payment: Payment, "/1/RecurrentPayment/{RecurrentPaymentId}/Payment", PaymentBody,
        "169: not active. 186: another type than CreditCard. 320: nobody is linked who could \
         charge it. As in a sale: the codes of its members.";
    /// Stops the recurrence.
    deactivate: Deactivate, "/1/RecurrentPayment/{RecurrentPaymentId}/Deactivate", ,
        "169: not active.";
    /// Lets the recurrence go on at the next future date of its schedule.
    reactivate: Reactivate, "/1/RecurrentPayment/{RecurrentPaymentId}/Reactivate", ,
        "321: there is no later date.";
}

/// Changes a recurrence.
pub(super) async fn change(call: &Call, part: Part) -> Result<Answer, ApiError> {
    idempotency::once(call, async |keep| {
        let id = RecurrentPaymentId::parse(&call.matched.argument);
        let id = id.ok_or_else(|| dialect::unknown_recurrence_in_put(call.dialect()))?;
        let app = &call.server.app;
        let by = match part {
            Part::Customer => Modification::Customer(Box::new(customer_of(call)?)),
            Part::EndDate => body::end_date(&call.body)?,
            Part::Installments => body::installments(&call.body)?,
            Part::Interval => body::interval(&call.body)?,
            Part::RecurrencyDay => body::day(&call.body)?,
            Part::Amount => body::amount(&call.body)?,
            Part::NextPaymentDate => body::next_date(&call.body)?,
            Part::Deactivate => Modification::Deactivate,
            Part::Reactivate => Modification::Reactivate,
            Part::Payment => {
                let today = app.clock.now().day();
                let around = Around {
                    settings: &call.merchant.settings,
                    environment: call.server.app.environment,
                    today,
                };
                let new = body::payment(&call.body, &around)?;
                let replaced = recur::new_payment(app, &call.merchant, id, new).await;
                replaced.map_err(|error| refused(call, error))?
            }
        };
        let render = |_: &RecurrentPayment| done();
        let context = call.context(keep, &render);
        let changed = recur::modify(app, &call.merchant, id, &by, context).await;
        changed.map_err(|error| refused(call, error))?;
        Ok(done())
    })
    .await
}

fn customer_of(call: &Call) -> Result<Customer, ApiError> {
    body::customer(&call.body, call.server.app.clock.now().day())
}

const fn done() -> Rendered {
    Rendered {
        status: 200,
        body: String::new(),
        location: None,
    }
}

fn refused(call: &Call, error: Error) -> ApiError {
    match error {
        Error::Refused(Refusal::RecurrenceNotFound) => {
            dialect::unknown_recurrence_in_put(call.dialect())
        }
        Error::TokenNotFound => {
            let code = dialect::unknown_token(call.dialect());
            ApiError::one(code, "Payment.CreditCard.CardToken")
        }
        Error::Refused(_)
        | Error::OrderDuplicated
        | Error::SlipNumberTaken
        | Error::KeyTaken
        | Error::NoAcquirer
        | Error::Overloaded
        | Error::Unavailable(_)
        | Error::Internal(_) => error.into(),
    }
}
