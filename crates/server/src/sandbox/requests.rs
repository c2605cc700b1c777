//! GET /sandbox/requests
//!
//! Invariant: what is told was masked when it was kept; bodies are told as texts, since they may be
//! cut, or no JSON.

use aval_api::error::{ApiError, ErrorAnswer};
use aval_api::request_log::Kept;
use aval_api::route;
use aval_domain::error_code::ErrorCode;
use aval_domain::id::MerchantId;
use aval_gateway::operations::keep::Rendered;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::refused;
use super::{Call, milliseconds, rendered};

/// The last requests of a merchant.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RequestsAnswer {
    /// Newest first; at most 100, of this server, of the last 24 hours.
    requests: Vec<LoggedRequest>,
}

/// A request and its answer, without card data.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LoggedRequest {
    /// When it came.
    at: String,
    /// Its RequestId.
    request_id: String,
    /// Method.
    method: String,
    /// Path with its query.
    path: String,
    /// Status of the answer.
    status: u16,
    /// What was wrong, of a refusal.
    errors: Vec<LoggedError>,
    /// How long it took, in milliseconds.
    duration_ms: f64,
    /// Body as it was sent, masked; cut at 8 KiB.
    request: String,
    /// Body of the answer, likewise.
    answer: String,
}

/// A code of a refusal.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LoggedError {
    /// The code.
    code: u16,
    /// The member concerned, by its path.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

impl From<&Kept> for LoggedRequest {
    fn from(kept: &Kept) -> Self {
        let errors = kept.errors.iter().map(|error| LoggedError {
            code: error.code,
            field: error.field.as_deref().map(str::to_owned),
        });
        Self {
            at: kept.at.rfc3339(),
            request_id: kept.request_id.to_string(),
            method: kept.method.to_string(),
            path: kept.path.to_string(),
            status: kept.status,
            errors: errors.collect(),
            duration_ms: milliseconds(kept.took),
            request: kept.request.to_string(),
            answer: kept.answer.to_string(),
        }
    }
}

/// The last requests of a merchant, newest first, as the server that is asked answered them.
#[utoipa::path(
    get,
    path = "/sandbox/requests",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    params(("MerchantId" = String, Query, description = "Whose.")),
    responses(
        (status = 200, body = RequestsAnswer, description = "The requests."),
        (status = 400, body = Vec<ErrorAnswer>, description = "9010."),
        (status = 404, body = Vec<ErrorAnswer>, description = "115: no such merchant."),
    ),
)]
pub async fn list(call: &Call) -> Result<Rendered, ApiError> {
    let given = route::parameter(call.query.as_deref(), "MerchantId");
    let id = given.as_deref().and_then(MerchantId::parse);
    let id = id.ok_or_else(|| refused("MerchantId"))?;
    let server = &call.server;
    let app = &server.app;
    let found = app.merchants.find(&app.storage, &app.keys, id).await?;
    found.ok_or(ApiError::NotFound(Some(ErrorCode::MERCHANT_NOT_FOUND)))?;
    let kept = server.request_log.of(id, app.clock.real());
    let requests = kept.iter().map(LoggedRequest::from).collect();
    Ok(rendered(StatusCode::OK, &RequestsAnswer { requests }))
}
