//! POST /sandbox/merchants
//!
//! Invariant: a merchant made here is as one made by the command line, and told in the same words.

use aval_api::error::{ApiError, ErrorAnswer};
use aval_domain::merchant::Dialect;
use aval_gateway::operations::keep::Rendered;
use aval_gateway::operations::merchant::{self, Credentials};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{Members, refused};
use super::{Call, rendered};

/// What a new merchant is told, this once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct NewMerchant<'a> {
    /// The header MerchantId.
    pub merchant_id: String,
    /// The header MerchantKey.
    pub merchant_key: &'a str,
    /// Establishment code (EC), ten digits.
    pub establishment_code: &'a str,
    /// The back-office user, of a new merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<&'a str>,
    /// The user's first password, of a new merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<&'a str>,
}

impl<'a> NewMerchant<'a> {
    /// What is told of a merchant that was made.
    #[must_use]
    pub fn of(made: &'a Credentials) -> Self {
        Self {
            merchant_id: made.merchant.id.to_string(),
            merchant_key: &made.key,
            establishment_code: &made.merchant.establishment,
            user: made.user.as_ref().map(|user| user.login.as_str()),
            password: made.user.as_ref().map(|user| user.password.as_str()),
        }
    }
}

/// Who is to be made.
#[derive(ToSchema)]
#[schema(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes the body for the document of the API")]
pub struct MerchantToMake {
    /// Its name, 1 to 255 characters.
    name: String,
    /// `manual` or `live`; the server's when absent.
    dialect: Option<String>,
}

/// Makes a merchant.
#[utoipa::path(
    post,
    path = "/sandbox/merchants",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    request_body = MerchantToMake,
    responses(
        (status = 201, body = NewMerchant, description = "Made; its key is told this once."),
        (status = 400, body = Vec<ErrorAnswer>, description = "184 or 9010."),
    ),
)]
pub async fn create(call: &Call) -> Result<Rendered, ApiError> {
    let members = Members::read(&call.body)?;
    let name = members.text("Name")?.and_then(merchant::name);
    let name = name.ok_or_else(|| refused("Name"))?;
    let dialect = match members.text("Dialect")? {
        None => call.server.dialect,
        Some(text) => Dialect::parse(text).ok_or_else(|| refused("Dialect"))?,
    };
    let made = merchant::create(&call.server.app, name, dialect).await?;
    Ok(rendered(StatusCode::CREATED, &NewMerchant::of(&made)))
}
