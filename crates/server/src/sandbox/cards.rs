//! POST /sandbox/cards/replace
//!
//! Invariant: card numbers come in and go out masked; what is kept of the old one is its
//! fingerprint, and the new one is sealed.

use aval_api::error::{ApiError, ErrorAnswer};
use aval_domain::brand::Brand;
use aval_domain::card::{CardNumber, Expiry};
use aval_domain::error_code::ErrorCode;
use aval_gateway::operations::keep::Rendered;
use aval_gateway::operations::renewal::{self, Replacement};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{Members, refused};
use super::{Call, rendered};

/// Which card is replaced by which.
#[derive(ToSchema)]
#[schema(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes the body for the document of the API")]
pub struct CardToReplace {
    /// Whose register.
    merchant_id: String,
    /// The card that is replaced.
    card_number: String,
    /// The card that replaces it.
    new_card: NewCardToEnter,
}

/// The card that replaces another.
#[derive(ToSchema)]
#[schema(rename_all = "PascalCase")]
#[expect(dead_code, reason = "describes the body for the document of the API")]
pub struct NewCardToEnter {
    /// 13 to 19 digits.
    card_number: String,
    /// MM/YYYY.
    expiration_date: String,
    /// As in a sale.
    brand: String,
}

/// What the register holds now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ReplacedAnswer {
    /// Whose register.
    merchant_id: String,
    /// The card that is replaced, masked.
    card_number: String,
    /// The card that replaces it.
    new_card: ReplacingCard,
}

/// The card that replaces another.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ReplacingCard {
    /// Masked.
    card_number: String,
    /// MM/YYYY.
    expiration_date: String,
    /// Brand.
    brand: &'static str,
}

/// Enters the card that replaces another into the register of Renova Fácil: recurring sales with
/// the old one are denied with KA and told the new one.
#[utoipa::path(
    post,
    path = "/sandbox/cards/replace",
    tag = "Sandbox",
    security(("AdminToken" = [])),
    request_body = CardToReplace,
    responses(
        (status = 200, body = ReplacedAnswer, description = "Entered, in the place of another."),
        (status = 400, body = Vec<ErrorAnswer>, description = "184 or 9010."),
        (status = 404, body = Vec<ErrorAnswer>, description = "115: no such merchant."),
    ),
)]
pub async fn replace(call: &Call) -> Result<Rendered, ApiError> {
    let members = Members::read(&call.body)?;
    let id = members.merchant()?;
    let old = number(&members, "CardNumber")?;
    let node = members.node("NewCard")?;
    let text = |name| node.text(name).map(Option::unwrap_or_default);
    let by = Replacement {
        number: number(&node, "CardNumber").map_err(|_| refused("NewCard.CardNumber"))?,
        expiry: Expiry::parse(text("ExpirationDate")?.trim())
            .ok_or_else(|| refused("NewCard.ExpirationDate"))?,
        brand: Brand::parse(text("Brand")?.trim()).ok_or_else(|| refused("NewCard.Brand"))?,
    };
    let app = &call.server.app;
    let found = app.merchants.find(&app.storage, &app.keys, id).await?;
    let merchant = found.ok_or(ApiError::NotFound(Some(ErrorCode::MERCHANT_NOT_FOUND)))?;
    renewal::replace(app, &merchant, &old, &by).await?;
    let answer = ReplacedAnswer {
        merchant_id: id.to_string(),
        card_number: old.masked(),
        new_card: ReplacingCard {
            card_number: by.number.masked(),
            expiration_date: by.expiry.to_string(),
            brand: by.brand.name(),
        },
    };
    Ok(rendered(StatusCode::OK, &answer))
}

fn number(members: &Members, name: &'static str) -> Result<CardNumber, ApiError> {
    let text = members.text(name)?.unwrap_or_default();
    CardNumber::parse(text).map_err(|_| refused(name))
}
