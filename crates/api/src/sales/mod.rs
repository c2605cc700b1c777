//! POST /1/sales
//!
//! Invariant: a request becomes a sale or all the error codes that apply, never something between
//! (requirement R058).

pub mod body;
mod boleto;
mod card;
pub mod customer;
pub mod faults;
pub mod fraud;
pub mod fraud_body;
pub mod recurrence;
mod return_url;
pub(crate) mod rules;
mod transfer;
mod wallet;

pub use body::SaleBody;

use aval_domain::id::PaymentId;
use aval_domain::recurrence::RecurrentPayment;
use aval_domain::sale::{NewSale, Sale};
use aval_domain::settings::Settings;
use aval_gateway::app::Environment;
use aval_gateway::error::Error;
use aval_gateway::operations::{authorize, boleto as boletos, recur, transfer as transfers};

pub(crate) use self::boleto::Around;
use self::faults::Faults;
use self::rules::Asked;
use super::answer::{self, SaleAnswer};
use super::call::{Answer, Call};
use super::error::{ApiError, ErrorAnswer};
use super::reader::Read;
use super::recurrence::answer::scheduled;
use super::{idempotency, reader};
use crate::dialect;

/// Sells: authorizes a card, and captures at once when asked to; or begins a payment that its buyer
/// decides on a page. A denial is answered with 201 too.
#[utoipa::path(
    post,
    path = "/1/sales",
    tag = "Sales",
    request_body = SaleBody,
    responses(
        (
            status = 201,
            body = SaleAnswer,
            description = "The sale: authorized, denied, or waiting for its buyer.",
        ),
        (status = 400, body = Vec<ErrorAnswer>, description = "All codes that apply, in order."),
    )
)]
pub async fn create(call: &Call) -> Result<Answer, ApiError> {
    let answer = idempotency::once(call, async |keep| {
        let body: Read<SaleBody> = reader::read(&call.body).map_err(Faults::malformed)?;
        let around = Around {
            settings: &call.merchant.settings,
            environment: call.server.app.environment,
            today: call.server.app.clock.now().day(),
        };
        let asked = rules::read(body, &around)?;
        let render = |sale: &Sale| answer::created(sale, call.dialect(), &call.server.urls);
        let context = call.context(keep, &render);
        let (app, merchant) = (&call.server.app, &call.merchant);
        recurrence::refuse_named(call, asked.begins()).await?;
        let sold = match asked {
            Asked::Scheduled(new, plan) => {
                let (speaks, urls) = (call.dialect(), &call.server.urls);
                let render = |plan: &RecurrentPayment| scheduled(plan, speaks, urls);
                let context = call.context(keep, &render);
                let made = Box::pin(recur::schedule(app, merchant, new, plan, context)).await;
                return Ok(render(&made.map_err(|error| refused(call, error))?));
            }
            Asked::Card(new) => authorize::authorize(app, merchant, new, context).await,
            Asked::Transfer(new) => Box::pin(transfers::begin(app, merchant, new, context)).await,
            Asked::Slip(new) => Box::pin(boletos::issue(app, merchant, new, context)).await,
        };
        let sale = sold.map_err(|error| refused(call, error))?;
        call.server
            .telemetry
            .metrics
            .count_payment(sale.details.method.name(), sale.state.status());
        let urls = &call.server.urls;
        Ok(answer::in_person(render(&sale), &sale, merchant, urls)?)
    })
    .await?;
    replayed_in_person(call, answer).await
}

/// A kept answer holds no whole card number: of a sale that was told of a new card it is put in
/// its place again.
async fn replayed_in_person(call: &Call, answer: Answer) -> Result<Answer, ApiError> {
    if !answer.replayed || !answer.rendered.body.contains("\"NewCard\":") {
        return Ok(answer);
    }
    let location = answer.rendered.location.as_deref().unwrap_or_default();
    let id = location.rsplit('/').next().and_then(PaymentId::parse);
    let Some(id) = id else { return Ok(answer) };
    let found = call.server.app.storage.sale(call.merchant.id, id).await;
    let Some(sale) = found.map_err(Error::from)? else {
        return Ok(answer);
    };
    let urls = &call.server.urls;
    let rendered = answer::in_person(answer.rendered, &sale, &call.merchant, urls)?;
    Ok(Answer { rendered, ..answer })
}

/// Reads a card sale as it would be read from a merchant with default settings, to try something
/// on it.
///
/// # Errors
/// Its codes and their members, in one line.
pub fn read_alone(body: &[u8], today: jiff::civil::Date) -> Result<NewSale, String> {
    let read = || -> Result<Asked, ApiError> {
        let body: Read<SaleBody> = reader::read(body).map_err(Faults::malformed)?;
        let settings = Settings::default();
        let around = Around {
            settings: &settings,
            environment: Environment::Sandbox,
            today,
        };
        rules::read(body, &around)
    };
    match read() {
        Ok(Asked::Card(new)) => Ok(new),
        Ok(Asked::Scheduled(..) | Asked::Transfer(_) | Asked::Slip(_)) => {
            Err("not a card sale".to_owned())
        }
        Err(error) => Err(error.body()),
    }
}

fn refused(call: &Call, error: Error) -> ApiError {
    match error {
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
