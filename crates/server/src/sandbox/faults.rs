//! GET and PUT /sandbox/faults, POST /sandbox/reset
//!
//! Invariant: a card number comes in and goes out masked, and so it is kept, with its fingerprint.

use aval_api::error::{ApiError, ErrorAnswer};
use aval_api::route;
use aval_domain::card::{CardNumber, CardNumberError};
use aval_domain::error_code::ErrorCode;
use aval_domain::fault::Fault;
use aval_domain::id::MerchantId;
use aval_gateway::error::Error;
use aval_gateway::operations::fault;
use aval_gateway::operations::keep::Rendered;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{Members, refused};
use super::{Call, rendered};

/// The fault to set.
#[derive(ToSchema)]
#[schema(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes the body for the document of the API")]
pub struct FaultToSet {
    /// Whose.
    merchant_id: String,
    /// Of which card; of all cards when absent.
    card_number: Option<String>,
    /// `Delay`, `LostAfter`, `LostBefore`, `Refused` or `None`.
    fault: String,
    /// Of a delay: milliseconds, 1 to 60,000.
    delay_ms: Option<u16>,
}

/// The fault that holds now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FaultAnswer {
    /// Whose.
    merchant_id: String,
    /// Of which card, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_number: Option<String>,
    /// Its name.
    fault: &'static str,
    /// Of a delay: milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u16>,
}

/// The faults that hold now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FaultsAnswer {
    /// That of all cards first.
    faults: Vec<FaultAnswer>,
}

/// The simulator's faults of a merchant.
#[utoipa::path(
    get,
    path = "/sandbox/faults",
    tag = "Sandbox",
    operation_id = "faults",
    security(("AdminToken" = [])),
    params(("MerchantId" = String, Query, description = "Whose.")),
    responses(
        (status = 200, body = FaultsAnswer, description = "The faults in force."),
        (status = 400, body = Vec<ErrorAnswer>, description = "9010."),
        (status = 404, body = Vec<ErrorAnswer>, description = "115: no such merchant."),
    ),
)]
pub async fn list(call: &Call) -> Result<Rendered, ApiError> {
    let given = route::parameter(call.query.as_deref(), "MerchantId");
    let id = given.as_deref().and_then(MerchantId::parse);
    let id = id.ok_or_else(|| refused("MerchantId"))?;
    let app = &call.server.app;
    let found = app.merchants.find(&app.storage, &app.keys, id).await?;
    found.ok_or(ApiError::NotFound(Some(ErrorCode::MERCHANT_NOT_FOUND)))?;
    let held = app.storage.faults(id).await.map_err(Error::from)?;
    let faults = held.into_iter().map(|one| FaultAnswer {
        merchant_id: id.to_string(),
        card_number: one.masked,
        fault: one.fault.map_or("None", Fault::name),
        delay_ms: one.fault.map(Fault::delay).filter(|delay| *delay > 0),
    });
    let faults = faults.collect();
    Ok(rendered(StatusCode::OK, &FaultsAnswer { faults }))
}

/// Sets a fault of the simulator for a merchant or one card of it. It holds until it is set anew,
/// on every server within a second.
#[utoipa::path(
    put,
    path = "/sandbox/faults",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    request_body = FaultToSet,
    responses(
        (status = 200, body = FaultAnswer, description = "Set."),
        (status = 400, body = Vec<ErrorAnswer>, description = "184 or 9010."),
        (status = 404, body = Vec<ErrorAnswer>, description = "115: no such merchant."),
    ),
)]
pub async fn set(call: &Call) -> Result<Rendered, ApiError> {
    let members = Members::read(&call.body)?;
    let id = members.merchant()?;
    let card = members.text("CardNumber")?.map(CardNumber::parse);
    let card = card
        .transpose()
        .map_err(|_: CardNumberError| refused("CardNumber"))?;
    let fault = fault_of(&members)?;
    let app = &call.server.app;
    let found = app.merchants.find(&app.storage, &app.keys, id).await?;
    let merchant = found.ok_or(ApiError::NotFound(Some(ErrorCode::MERCHANT_NOT_FOUND)))?;
    fault::set(app, &merchant, card.as_ref(), fault).await?;
    let answer = FaultAnswer {
        merchant_id: id.to_string(),
        card_number: card.map(|card| card.masked()),
        fault: fault.map_or("None", Fault::name),
        delay_ms: fault.map(Fault::delay).filter(|delay| *delay > 0),
    };
    Ok(rendered(StatusCode::OK, &answer))
}

fn fault_of(members: &Members) -> Result<Option<Fault>, ApiError> {
    let delay = members.whole("DelayMs")?;
    let name = members.text("Fault")?.ok_or_else(|| refused("Fault"))?;
    if name.eq_ignore_ascii_case("None") {
        return Ok(None);
    }
    let fault = Fault::parse(name, 0).ok_or_else(|| refused("Fault"))?;
    let Fault::Delay(_) = fault else {
        return Ok(Some(fault));
    };
    let millis = delay.and_then(|delay| u16::try_from(delay).ok());
    let millis = millis.filter(|millis| (1..=Fault::LONGEST).contains(millis));
    let millis = millis.ok_or_else(|| refused("DelayMs"))?;
    Ok(Some(Fault::Delay(millis)))
}

/// Removes the data of all merchants; the merchants, their settings and keys stay, and the clock.
#[utoipa::path(
    post,
    path = "/sandbox/reset",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    responses((status = 200, body = ResetAnswer, description = "All removed.")),
)]
pub async fn reset(call: &Call) -> Result<Rendered, ApiError> {
    let app = &call.server.app;
    let removed = app.storage.reset().await;
    removed.map_err(Error::from)?;
    app.merchants.forget_all();
    app.fraud.histories.forget_all();
    call.server.request_log.forget_all();
    Ok(rendered(StatusCode::OK, &ResetAnswer { reset: true }))
}

/// What was done.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ResetAnswer {
    /// True.
    reset: bool,
}
