//! POST /1/card and GET /1/card/{CardToken}
//!
//! Invariant: a stored card is shown masked, to the merchant that stored it only.

use aval_domain::card::{CardNumber, CardNumberError, Expiry};
use aval_domain::error_code::ErrorCode;
use aval_domain::id::CardToken;
use aval_gateway::error::Error;
use aval_gateway::operations::keep::Rendered;
use aval_gateway::operations::tokenize::{self, NewCard};
use aval_storage::StoredCard;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::answer::json;
use super::call::{Answer, Call};
use super::error::{ApiError, ErrorAnswer, Fault};
use super::links::Link;
use super::reader::Read;
use super::sales::faults::Faults;
use super::{idempotency, reader};
use crate::dialect;

/// A card to store; all members are required (manual lines 4519 to 4523).
#[derive(Deserialize, ToSchema, Zeroize, ZeroizeOnDrop)]
#[serde(rename_all = "PascalCase")]
pub struct CardBody {
    /// The buyer's name.
    customer_name: Option<String>,
    /// Another name for CustomerName (manual line 4519).
    name: Option<String>,
    /// 13 to 19 digits.
    card_number: Option<String>,
    /// Name on it: letters and blanks.
    holder: Option<String>,
    /// MM/YYYY, not past.
    expiration_date: Option<String>,
    /// Brand.
    brand: Option<String>,
}

/// A card that was stored.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CardAnswer {
    /// Pays from now on.
    card_token: String,
    /// Where the card is shown. One object here, not a list (manual line 4530).
    links: Link,
}

/// A stored card, as far as it may be shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct StoredCardAnswer<'a> {
    /// First six, stars, last four.
    card_number: &'a str,
    /// Name on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<&'a str>,
    /// MM/YYYY.
    expiration_date: &'a str,
}

/// Stores a card without selling.
#[utoipa::path(
    post,
    path = "/1/card",
    tag = "Cards",
    request_body = CardBody,
    responses(
        (status = 201, body = CardAnswer, description = "Stored."),
        (status = 400, body = Vec<ErrorAnswer>, description = "All codes that apply."),
    )
)]
pub async fn create(call: &Call) -> Result<Answer, ApiError> {
    idempotency::once(call, async |keep| {
        let body: Read<CardBody> = reader::read(&call.body).map_err(Faults::malformed)?;
        let card = read(call, body)?;
        let app = &call.server.app;
        let render = |card: &StoredCard| created(call, card);
        let context = call.context(keep, &render);
        let stored = tokenize::tokenize(app, &call.merchant, card, context).await?;
        Ok(render(&stored))
    })
    .await
}

fn created(call: &Call, card: &StoredCard) -> Rendered {
    let href = format!("{}/1/card/{}", call.server.urls.query, card.token);
    let links = Link::to_self(href.clone());
    let answer = CardAnswer {
        card_token: card.token.to_string(),
        links,
    };
    Rendered {
        status: 201,
        body: json(&answer),
        location: Some(href),
    }
}

/// Shows a stored card, masked.
#[utoipa::path(
    get,
    path = "/1/card/{CardToken}",
    tag = "Cards",
    params(("CardToken" = String, Path, description = "The card's token.")),
    responses(
        (status = 200, body = StoredCardAnswer, description = "The card, masked."),
        (status = 404, body = Vec<ErrorAnswer>, description = "180: no such token."),
    )
)]
pub async fn show(call: &Call) -> Result<Rendered, ApiError> {
    protected_card_on(call)?;
    let missing = || dialect::not_found_by_get(call.dialect(), ErrorCode::TOKEN_NOT_FOUND);
    let token = CardToken::parse(&call.matched.argument).ok_or_else(missing)?;
    let found = call
        .server
        .app
        .storage
        .card(call.merchant.id, token)
        .await
        .map_err(Error::from)?;
    let card = found.ok_or_else(missing)?;
    let answer = StoredCardAnswer {
        card_number: &card.masked,
        holder: card.holder.as_deref(),
        expiration_date: &card.expiry,
    };
    Ok(Rendered {
        status: 200,
        body: json(&answer),
        location: None,
    })
}

fn protected_card_on(call: &Call) -> Result<(), ApiError> {
    if call.merchant.settings.protected_card {
        return Ok(());
    }
    Err(ApiError::Invalid(vec![Fault::plain(
        ErrorCode::PROTECTED_CARD_OFF,
    )]))
}

fn read(call: &Call, body: Read<CardBody>) -> Result<NewCard, ApiError> {
    let mut faults = Faults::beside(body.wrong);
    let body = &body.value;
    if !call.merchant.settings.protected_card {
        faults.add(ErrorCode::PROTECTED_CARD_OFF, "");
    }
    let name = body
        .customer_name
        .as_deref()
        .or(body.name.as_deref())
        .unwrap_or("")
        .trim();
    if name.is_empty() && !faults.has_wrong("Name") {
        faults.add(ErrorCode::CUSTOMER_NAME_REQUIRED, "CustomerName");
    }
    faults.size(Some(name), 255, ErrorCode::FIELD_SIZE, "CustomerName");
    let number = number(call, body, &mut faults);
    let holder = body.holder.as_deref().unwrap_or("").trim();
    faults.holder(Some(holder), "Holder");
    let expiry = expiry(call, body, &mut faults);
    let brand = faults.brand(body.brand.as_deref(), "Brand");
    match (faults.finish(), number, expiry, brand) {
        (Ok(()), Some(number), Some(expiry), Some(brand)) => Ok(NewCard {
            customer_name: name.to_owned(),
            number,
            holder: holder.to_owned(),
            expiry,
            brand,
        }),
        (Err(error), ..) => Err(error),
        (Ok(()), ..) => Err(ApiError::Internal(
            "a card passed without its parts".to_owned(),
        )),
    }
}

fn number(call: &Call, body: &CardBody, faults: &mut Faults) -> Option<CardNumber> {
    const FIELD: &str = "CardNumber";
    let text = body.card_number.as_deref().unwrap_or("").trim();
    if text.is_empty() {
        faults.add(ErrorCode::TOKEN_NUMBER_REQUIRED, FIELD);
        return None;
    }
    match CardNumber::parse(text) {
        Ok(number) if dialect::checks_luhn(call.dialect()) && !number.passes_luhn() => {
            faults.add(ErrorCode::TOKEN_NUMBER_INVALID, FIELD);
            None
        }
        Ok(number) => Some(number),
        Err(CardNumberError::TooLong) => {
            faults.add(ErrorCode::CARD_NUMBER_LENGTH, FIELD);
            None
        }
        Err(CardNumberError::Invalid) => {
            faults.add(ErrorCode::TOKEN_NUMBER_INVALID, FIELD);
            None
        }
    }
}

/// A past expiry is refused here, unlike in a sandbox sale (decision D18).
fn expiry(call: &Call, body: &CardBody, faults: &mut Faults) -> Option<Expiry> {
    let expiry = faults.expiry(body.expiration_date.as_deref(), "ExpirationDate")?;
    if expiry.is_past(call.server.app.clock.now().day()) {
        faults.add(ErrorCode::EXPIRATION_INVALID, "ExpirationDate");
        return None;
    }
    Some(expiry)
}
