//! POST /sandbox/payments/{PaymentId}/pay, …/deny and …/authenticate
//!
//! Invariant: what a buyer can decide on a page can be decided here, by the same operation, so that
//! a shop's tests need no browser.

use aval_api::answer::{self, SaleAnswer};
use aval_api::error::{ApiError, ErrorAnswer};
use aval_domain::amount::Amount;
use aval_domain::id::PaymentId;
use aval_domain::merchant::Dialect;
use aval_domain::method::Method;
use aval_domain::refusal::Refusal;
use aval_domain::sale::Sale;
use aval_gateway::error::Error;
use aval_gateway::operations::Context;
use aval_gateway::operations::authenticate::{self, Visit};
use aval_gateway::operations::bank::{self, Deed};
use aval_gateway::operations::keep::Rendered;
use utoipa::ToSchema;

use super::Call;
use super::body::{Members, refused};

/// What is paid.
#[derive(ToSchema)]
#[schema(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes the body for the document of the API")]
pub struct PaymentToMake {
    /// Cents; what is left when absent. A transfer is paid whole.
    amount: Option<i64>,
}

/// What a call decides.
#[derive(Clone, Copy)]
enum Decision {
    Pay(Option<Amount>),
    Deny,
    Authenticate,
}

/// Pays a slip or a transfer, as its buyer would. A slip that is paid with too little keeps its
/// status and waits for the rest.
#[utoipa::path(
    post,
    path = "/sandbox/payments/{PaymentId}/pay",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    params(("PaymentId" = String, Path, description = "The payment.")),
    request_body = Option<PaymentToMake>,
    responses(
        (status = 200, body = SaleAnswer, description = "The sale as it stands."),
        (status = 400, body = Vec<ErrorAnswer>, description = "184, 310, 9010 or 9011."),
        (status = 404, body = Vec<ErrorAnswer>, description = "307: no such payment."),
    ),
)]
pub async fn pay(call: &Call) -> Result<Rendered, ApiError> {
    let amount = if call.body.is_empty() {
        None
    } else {
        Members::read(&call.body)?.value("Amount").cloned()
    };
    let cents = |value: serde_json::Value| value.as_i64().and_then(Amount::new);
    let amount = amount.map(|value| cents(value).ok_or_else(|| refused("Amount")));
    decide(call, Decision::Pay(amount.transpose()?)).await
}

/// Refuses a transfer, or an authentication, as bank or issuer would.
#[utoipa::path(
    post,
    path = "/sandbox/payments/{PaymentId}/deny",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    params(("PaymentId" = String, Path, description = "The payment.")),
    responses(
        (status = 200, body = SaleAnswer, description = "The sale as it stands."),
        (status = 400, body = Vec<ErrorAnswer>, description = "310 or 9011."),
        (status = 404, body = Vec<ErrorAnswer>, description = "307: no such payment."),
    ),
)]
pub async fn deny(call: &Call) -> Result<Rendered, ApiError> {
    decide(call, Decision::Deny).await
}

/// Lets the issuer know the buyer of a card sale, which authorizes it.
#[utoipa::path(
    post,
    path = "/sandbox/payments/{PaymentId}/authenticate",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    params(("PaymentId" = String, Path, description = "The payment.")),
    responses(
        (status = 200, body = SaleAnswer, description = "The sale as it stands."),
        (status = 400, body = Vec<ErrorAnswer>, description = "310 or 9011."),
        (status = 404, body = Vec<ErrorAnswer>, description = "307: no such payment."),
    ),
)]
pub async fn authenticate(call: &Call) -> Result<Rendered, ApiError> {
    decide(call, Decision::Authenticate).await
}

async fn decide(call: &Call, decision: Decision) -> Result<Rendered, ApiError> {
    let app = &call.server.app;
    let id = PaymentId::parse(&call.argument).ok_or(Refusal::PaymentNotFound)?;
    let owner = app.storage.merchant_of_payment(id).await;
    let owner = owner
        .map_err(Error::from)?
        .ok_or(Refusal::PaymentNotFound)?;
    let merchant = app.merchants.find(&app.storage, &app.keys, owner).await?;
    let merchant = merchant.ok_or(Refusal::PaymentNotFound)?;
    let sale = app.storage.sale(owner, id).await.map_err(Error::from)?;
    let sale = sale.ok_or(Refusal::PaymentNotFound)?;
    let speaks = merchant.settings.dialect;
    let render = |sale: &Sale| shown(call, sale, speaks);
    let context = Context {
        request_id: &call.request_id,
        by: None,
        keep: None,
        render: &render,
    };
    let is_card = match sale.details.method {
        Method::Credit(_) | Method::Debit(_) => true,
        Method::Transfer(_) | Method::Boleto(_) => false,
    };
    let decided = match decision {
        Decision::Pay(amount) => bank::act(app, &merchant, id, Deed::Pay(amount), context).await,
        Decision::Deny if is_card => {
            authenticate::decide(app, &merchant, id, Visit::Unknown, context).await
        }
        Decision::Deny => bank::act(app, &merchant, id, Deed::Refuse, context).await,
        Decision::Authenticate => {
            authenticate::decide(app, &merchant, id, Visit::Known, context).await
        }
    };
    Ok(render(&decided?))
}

fn shown(call: &Call, sale: &Sale, speaks: Dialect) -> Rendered {
    answer::found(sale, speaks, &call.server.urls)
}
