//! How cards are written: the one that pays, and the one that replaces it.
//!
//! Invariant: masked, but for a card that replaces another where its merchant is told in person.

use std::borrow::Cow;

use aval_domain::card::{CardOnFile, ShownCard};
use aval_domain::method::NewCard;
use aval_domain::sale::Sale;
use serde::Serialize;
use utoipa::ToSchema;

/// The card, as far as it may be shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CreditCardAnswer<'a> {
    /// First six, stars, last four; absent when paid with a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_number: Option<&'a str>,
    /// Name on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<&'a str>,
    /// MM/YYYY.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<&'a str>,
    /// Whether it was to be stored.
    save_card: bool,
    /// The token made, or paid with.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_token: Option<&'a str>,
    /// Brand.
    brand: &'static str,
    /// First or later use of a stored card.
    #[serde(skip_serializing_if = "Option::is_none")]
    card_on_file: Option<CardOnFileAnswer<'a>>,
    /// Stands for the card with all its tokens; Visa and Master.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_account_reference: Option<&'a str>,
}

/// The card that replaces the one that was denied.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct NewCardAnswer<'a> {
    /// The whole number, in the answers of the API; first six, stars, last four in notifications.
    pub(super) card_number: Cow<'a, str>,
    /// MM/YYYY.
    expiration_date: &'a str,
    /// Whether a token was made of it.
    save_card: bool,
    /// Brand.
    brand: &'static str,
}

/// Card on file, as sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CardOnFileAnswer<'a> {
    /// First or Used.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<&'a str>,
    /// Recurring, Unscheduled or Installments.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> NewCardAnswer<'a> {
    pub(super) fn new(card: &'a NewCard) -> Self {
        Self {
            card_number: Cow::Borrowed(&card.masked),
            expiration_date: &card.expiry,
            save_card: false,
            brand: card.brand.name(),
        }
    }
}

impl<'a> CreditCardAnswer<'a> {
    pub(super) fn new(sale: &'a Sale, card: &'a ShownCard) -> Self {
        // A token that was to be made exists only once the payment was authorized (D38).
        Self::of(card, card.by_token || sale.was_authorized())
    }

    /// A card whose token, if it has one, exists.
    pub(crate) fn of(card: &'a ShownCard, has_token: bool) -> Self {
        let by_number = !card.by_token;
        Self {
            card_number: card.masked.as_deref().filter(|_| by_number),
            holder: card.holder.as_deref().filter(|_| by_number),
            expiration_date: card.expiry.as_deref().filter(|_| by_number),
            save_card: card.saved,
            card_token: card.token.as_deref().filter(|_| has_token),
            brand: card.brand.name(),
            card_on_file: card.on_file.as_ref().map(CardOnFileAnswer::new),
            payment_account_reference: card.account_reference.as_deref(),
        }
    }
}

impl<'a> CardOnFileAnswer<'a> {
    fn new(on_file: &'a CardOnFile) -> Self {
        Self {
            usage: on_file.usage.as_deref(),
            reason: on_file.reason.as_deref(),
        }
    }
}
