//! PUT /1/sales/{PaymentId or MerchantOrderId}/void and PUT /1/sales/OrderId/{MerchantOrderId}/void
//!
//! Invariant: a GUID in the first form is a payment; anything else is an order, of which only the
//! newest sale is considered (decision D14).

use aval_domain::error_code::ErrorCode;
use aval_domain::id::PaymentId;
use aval_domain::refusal::Refusal;
use aval_domain::sale::{OrderId, Sale};
use aval_gateway::operations::void::{self, Which};

use super::call::{Answer, Call};
use super::capture::{OperationAnswer, rendered};
use super::error::{ApiError, ErrorAnswer};
use super::{idempotency, route};

/// Gives back what a sale took, or the limit it reserved, whole or in part.
#[utoipa::path(
    put,
    path = "/1/sales/{PaymentIdOrMerchantOrderId}/void",
    tag = "Sales",
    params(
        ("PaymentIdOrMerchantOrderId" = String, Path,
            description = "The payment, or the order whose newest sale is meant."),
        ("amount" = Option<i64>, Query, description = "Cents; all that is left when absent."),
    ),
    responses(
        (status = 200, body = OperationAnswer, description = "Voided."),
        (status = 400, body = Vec<ErrorAnswer>, description = "309, 311 or 312."),
        (status = 404, body = Vec<ErrorAnswer>, description = "307: no such payment."),
    )
)]
pub async fn by_payment_or_order(call: &Call) -> Result<Answer, ApiError> {
    let payment = PaymentId::parse(&call.matched.argument).map(Which::Payment);
    run(call, payment.or_else(|| newest_of_order(call))).await
}

/// Gives back what the newest sale of an order took.
#[utoipa::path(
    put,
    path = "/1/sales/OrderId/{MerchantOrderId}/void",
    tag = "Sales",
    params(
        ("MerchantOrderId" = String, Path, description = "The order."),
        ("amount" = Option<i64>, Query, description = "Cents; all that is left when absent."),
    ),
    responses(
        (status = 200, body = OperationAnswer, description = "Voided."),
        (status = 400, body = Vec<ErrorAnswer>, description = "309, 311 or 312."),
        (status = 404, body = Vec<ErrorAnswer>, description = "307: no such sale."),
    )
)]
pub async fn by_order(call: &Call) -> Result<Answer, ApiError> {
    run(call, newest_of_order(call)).await
}

/// None when no sale can have an order number like this, such as one with U+0000. Blanks around it
/// count as little as in a sale.
fn newest_of_order(call: &Call) -> Option<Which> {
    OrderId::parse(call.matched.argument.trim(), true).map(Which::NewestOf)
}

async fn run(call: &Call, which: Option<Which>) -> Result<Answer, ApiError> {
    idempotency::once(call, async |keep| {
        let which = which.ok_or(Refusal::PaymentNotFound)?;
        let query = call.query.as_deref();
        let part = route::number(query, "amount", ErrorCode::NOT_VOIDABLE)?;
        let render = |sale: &Sale| rendered(sale, call.dialect(), &call.server.urls);
        let context = call.context(keep, &render);
        let sale = void::void(&call.server.app, &call.merchant, &which, part, context).await?;
        Ok(render(&sale))
    })
    .await
}
