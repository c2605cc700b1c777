//! PUT /1/sales/{PaymentId}/capture
//!
//! Invariant: the body is ignored, whatever it is; amounts come in the query.

use aval_domain::error_code::ErrorCode;
use aval_domain::id::PaymentId;
use aval_domain::merchant::Dialect;
use aval_domain::refusal::Refusal;
use aval_domain::sale::Sale;
use aval_gateway::operations::capture;
use aval_gateway::operations::keep::Rendered;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::json;
use super::call::{Answer, Call};
use super::error::{ApiError, ErrorAnswer};
use super::idempotency;
use super::links::{self, Link};
use super::route;
use crate::dialect;
use crate::server::Urls;

/// What became of a capture or a void.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OperationAnswer<'a> {
    /// Number of the payment's status.
    status: u8,
    /// 0.
    reason_code: u8,
    /// Successful.
    reason_message: &'static str,
    /// As ReturnCode.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_return_code: Option<&'a str>,
    /// As ReturnMessage.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_return_message: Option<&'a str>,
    /// 6 captured; 9 (live: 0) voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_code: Option<&'a str>,
    /// Operation Successful.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_message: Option<&'a str>,
    /// Transaction id at the acquirer.
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<&'a str>,
    /// NSU; a new one at capture.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof_of_sale: Option<&'a str>,
    /// As when it was authorized.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_code: Option<&'a str>,
    /// What can be done next.
    links: Vec<Link>,
}

/// Takes the money of an authorized sale, whole or in part.
#[utoipa::path(
    put,
    path = "/1/sales/{PaymentId}/capture",
    tag = "Sales",
    params(
        ("PaymentId" = String, Path, description = "The payment."),
        ("amount" = Option<i64>, Query, description = "Cents; the whole amount when absent."),
        ("serviceTaxAmount" = Option<i64>, Query, description = "Cents; replaces the sale's."),
    ),
    responses(
        (status = 200, body = OperationAnswer, description = "Captured."),
        (status = 400, body = Vec<ErrorAnswer>, description = "308: not available to capture."),
        (status = 404, body = Vec<ErrorAnswer>, description = "307: no such payment."),
    )
)]
pub async fn capture(call: &Call) -> Result<Answer, ApiError> {
    idempotency::once(call, async |keep| {
        let id = PaymentId::parse(&call.matched.argument).ok_or(Refusal::PaymentNotFound)?;
        let query = call.query.as_deref();
        let part = route::number(query, "amount", ErrorCode::NOT_CAPTURABLE)?;
        let tax = route::number(query, "serviceTaxAmount", ErrorCode::NOT_CAPTURABLE)?;
        let app = &call.server.app;
        let render = |sale: &Sale| rendered(sale, call.dialect(), &call.server.urls);
        let context = call.context(keep, &render);
        let sale = capture::capture(app, &call.merchant, id, part, tax, context).await?;
        Ok(render(&sale))
    })
    .await
}

/// The answer to a capture or a void.
pub(super) fn rendered(sale: &Sale, dialect: Dialect, urls: &Urls) -> Rendered {
    let outcome = dialect::outcome(sale, dialect);
    let receipt = sale.receipt.as_ref();
    let answer = OperationAnswer {
        status: outcome.status,
        reason_code: 0,
        reason_message: "Successful",
        provider_return_code: outcome.return_code,
        provider_return_message: outcome.return_message,
        return_code: outcome.return_code,
        return_message: outcome.return_message,
        tid: receipt.map(|receipt| receipt.tid.as_str()),
        proof_of_sale: outcome.proof_of_sale,
        authorization_code: receipt.and_then(|receipt| receipt.authorization_code.as_deref()),
        links: links::of_card_sale(urls, sale.id, outcome.status),
    };
    Rendered {
        status: 200,
        body: json(&answer),
        location: None,
    }
}
