//! GET /1/sales/{PaymentId} and GET /1/sales?merchantOrderId=
//!
//! Invariant: a query has no side effect and shows a merchant its own sales only.

use aval_domain::error_code::ErrorCode;
use aval_domain::id::PaymentId;
use aval_domain::merchant::Dialect;
use aval_domain::sale::OrderId;
use aval_gateway::error::Error;
use aval_gateway::operations::keep::Rendered;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{self, SaleAnswer, json};
use super::call::Call;
use super::error::{ApiError, ErrorAnswer};
use super::route;
use crate::dialect;

/// Payments of an order in one answer at the most: all of any real order, and half a megabyte.
const MOST_OF_ORDER: u32 = 5_000;

/// The payments of an order, newest first: under `Payment` in the manual dialect.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct OrderAnswer {
    /// 0 (live dialect).
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<u8>,
    /// Successful (live dialect).
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_message: Option<&'static str>,
    /// Manual dialect.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<Vec<PaymentOfOrder>>,
    /// Live dialect.
    #[serde(skip_serializing_if = "Option::is_none")]
    payments: Option<Vec<PaymentOfOrder>>,
}

/// One payment of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct PaymentOfOrder {
    /// Names the payment.
    payment_id: String,
    /// When it was received, Brasília time; spelt as the service spells it (manual line 4172).
    receveid_date: String,
}

/// Shows a sale.
#[utoipa::path(
    get,
    path = "/1/sales/{PaymentId}",
    tag = "Queries",
    params(("PaymentId" = String, Path, description = "The payment.")),
    responses(
        (status = 200, body = SaleAnswer, description = "The sale as it stands."),
        (status = 404, body = Vec<ErrorAnswer>, description = "307: no such payment."),
    )
)]
pub async fn sale(call: &Call) -> Result<Rendered, ApiError> {
    let speaks = call.dialect();
    let missing = || dialect::not_found_by_get(speaks, ErrorCode::PAYMENT_NOT_FOUND);
    let id = PaymentId::parse(&call.matched.argument).ok_or_else(missing)?;
    let found = call
        .server
        .app
        .storage
        .sale(call.merchant.id, id)
        .await
        .map_err(Error::from)?;
    let sale = found.ok_or_else(missing)?;
    let urls = &call.server.urls;
    let rendered = answer::found(&sale, speaks, urls);
    Ok(answer::in_person(rendered, &sale, &call.merchant, urls)?)
}

/// Lists the payments of an order, newest first.
#[utoipa::path(
    get,
    path = "/1/sales",
    tag = "Queries",
    params(("merchantOrderId" = String, Query, description = "The order.")),
    responses(
        (status = 200, body = OrderAnswer, description = "Its payments, at most 5,000."),
        (status = 400, body = Vec<ErrorAnswer>, description = "122: no order given."),
        (status = 404, body = Vec<ErrorAnswer>, description = "318: no sale of that order."),
    )
)]
pub async fn of_order(call: &Call) -> Result<Rendered, ApiError> {
    let required = || ApiError::one(ErrorCode::ORDER_REQUIRED, "merchantOrderId");
    let order = route::parameter(call.query.as_deref(), "merchantOrderId").ok_or_else(required)?;
    let missing = || dialect::not_found_by_get(call.dialect(), ErrorCode::ORDER_NOT_FOUND);
    // No sale has an order number like, say, one with U+0000, which PostgreSQL cannot look for.
    let order = OrderId::parse(&order, true).ok_or_else(missing)?;
    let storage = &call.server.app.storage;
    let found = storage
        .sales_of_order(call.merchant.id, &order, MOST_OF_ORDER)
        .await;
    let found = found.map_err(Error::from)?;
    if found.is_empty() {
        return Err(missing());
    }
    let payments: Vec<PaymentOfOrder> = found
        .into_iter()
        .map(|(id, received_at)| PaymentOfOrder {
            payment_id: id.to_string(),
            receveid_date: received_at.wire_iso(),
        })
        .collect();
    let answer = match call.dialect() {
        Dialect::Manual => OrderAnswer {
            reason_code: None,
            reason_message: None,
            payment: Some(payments),
            payments: None,
        },
        Dialect::Live => OrderAnswer {
            reason_code: Some(0),
            reason_message: Some("Successful"),
            payment: None,
            payments: Some(payments),
        },
    };
    Ok(Rendered {
        status: 200,
        body: json(&answer),
        location: None,
    })
}
