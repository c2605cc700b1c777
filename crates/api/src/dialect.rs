//! What differs between the dialects of the wire (decision D01).
//!
//! Invariant: stored data is the same for both; only reading requests and writing answers looks
//! here.

use aval_domain::authorization::Provider;
use aval_domain::boleto::{Bank, Boleto, Issuer};
use aval_domain::error_code::ErrorCode;
use aval_domain::merchant::Dialect;
use aval_domain::method::Method;
use aval_domain::payment::Status;
use aval_domain::recurrence::calendar::Interval;
use aval_domain::sale::{Interest, Sale};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, Fault};

/// What an answer shows of a sale's outcome.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Status on the wire.
    pub status: u8,
    /// ReturnCode.
    pub return_code: Option<&'a str>,
    /// ReturnMessage.
    pub return_message: Option<&'a str>,
    /// ProofOfSale.
    pub proof_of_sale: Option<&'a str>,
}

/// The outcome of a sale as a dialect tells it.
#[must_use]
pub fn outcome(sale: &Sale, dialect: Dialect) -> Outcome<'_> {
    let receipt = sale.receipt.as_ref();
    let told = Outcome {
        status: sale.state.status().number(),
        return_code: receipt.map(|receipt| receipt.return_code.as_str()),
        return_message: receipt.and_then(|receipt| said(&receipt.return_message)),
        proof_of_sale: receipt.and_then(|receipt| said(&receipt.proof_of_sale)),
    };
    match (dialect, sale.details.provider) {
        (Dialect::Manual, _) | (Dialect::Live, Provider::Bradesco | Provider::BancoDoBrasil) => {
            told
        }
        (Dialect::Live, Provider::Simulado) => match (&sale.details.method, told.return_code) {
            // A debit that waits for its buyer.
            (Method::Debit(_), Some("0")) => Outcome {
                return_code: Some("1"),
                ..told
            },
            _ => live(told, times_out(sale)),
        },
    }
}

/// Whether the card is one whose answer is, or by chance may be, a time-out. A payment that was in
/// doubt and then reversed has the same code, but its outcome is known.
fn times_out(sale: &Sale) -> bool {
    let card = sale.details.method.card();
    let masked = card.and_then(|card| card.masked.as_deref());
    masked.is_none_or(|masked| masked.ends_with(['6', '9']))
}

/// Whether an answer tells where the buyer of a card sale goes.
#[must_use]
pub fn shows_authentication_url(sale: &Sale, dialect: Dialect) -> bool {
    let visit = sale.details.method.authentication();
    visit.is_some_and(|visit| dialect == Dialect::Manual || visit.asked)
}

/// Who answered for a slip, by its name on the wire: what was asked for, but Cielo issues at
/// Bradesco; the live sandbox has one provider.
#[must_use]
pub fn slip_provider(boleto: &Boleto, dialect: Dialect) -> &'static str {
    let is_sandbox = boleto.bank() == Bank::Sandbox;
    match (dialect, boleto.issuer) {
        (Dialect::Live, _) if is_sandbox => Provider::Simulado.name(),
        (_, Issuer::Cielo) => Provider::Bradesco.name(),
        (_, issuer) => issuer.name(),
    }
}

/// How many days a slip can be paid whose due date was not sent.
#[must_use]
pub const fn days_until_due(dialect: Dialect) -> i32 {
    match dialect {
        Dialect::Manual => 5,
        Dialect::Live => 3,
    }
}

/// The number of a slip, as Number or as BoletoNumber.
#[must_use]
pub fn slip_number(number: String, dialect: Dialect) -> (Option<String>, Option<String>) {
    match dialect {
        Dialect::Manual => (Some(number), None),
        Dialect::Live => (None, Some(number)),
    }
}

/// Whether ReturnUrl may be any absolute address, or none with query, fragment or extension.
#[must_use]
pub fn any_return_url(dialect: Dialect) -> bool {
    dialect == Dialect::Live
}

/// A mark that the acquirer made.
fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The simulator's codes as the service gives them today.
fn live(told: Outcome<'_>, times_out: bool) -> Outcome<'_> {
    let message = |return_message| Outcome {
        return_message: Some(return_message),
        ..told
    };
    match told.return_code {
        Some("9") => Outcome {
            return_code: Some("0"),
            ..told
        },
        Some("2") => Outcome {
            return_code: Some("05"),
            ..told
        },
        Some("57") => message("Card Expired"),
        Some("70") => message("Problems with Creditcard"),
        Some("77") => message("Card Canceled"),
        Some("99") if times_out => Outcome {
            status: Status::NotFinished.number(),
            return_message: Some("Timeout"),
            proof_of_sale: None,
            ..told
        },
        Some(_) | None => told,
    }
}

/// Payment.Interest: a word in the manual, a number today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ShownInterest {
    /// `ByMerchant` or `ByIssuer`.
    Word(&'static str),
    /// 0 or 1.
    Number(u8),
}

/// Payment.Interest as a dialect writes it.
#[must_use]
pub const fn interest(interest: Interest, dialect: Dialect) -> ShownInterest {
    match (dialect, interest) {
        (Dialect::Manual, Interest::ByMerchant) => ShownInterest::Word("ByMerchant"),
        (Dialect::Manual, Interest::ByIssuer) => ShownInterest::Word("ByIssuer"),
        (Dialect::Live, Interest::ByMerchant) => ShownInterest::Number(0),
        (Dialect::Live, Interest::ByIssuer) => ShownInterest::Number(1),
    }
}

/// The interval of a recurrence: a word in the manual, its months today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ShownInterval {
    /// `Monthly` and so on.
    Word(&'static str),
    /// 1 to 12.
    Months(u8),
}

/// RecurrentPayment.Interval of a recurrence that was made, as a dialect writes it.
#[must_use]
pub const fn interval(interval: Interval, dialect: Dialect) -> ShownInterval {
    match dialect {
        Dialect::Manual => ShownInterval::Word(interval.name()),
        Dialect::Live => ShownInterval::Months(interval.months()),
    }
}

/// Whether a recurrence that was made shows ReasonCode, ReasonMessage and StartDate.
#[must_use]
pub fn shows_how_recurrence_was_made(dialect: Dialect) -> bool {
    dialect == Dialect::Live
}

/// The error for a change of a recurrence that nobody knows.
#[must_use]
pub fn unknown_recurrence_in_put(dialect: Dialect) -> ApiError {
    let code = ErrorCode::RECURRENCE_NOT_FOUND;
    match dialect {
        Dialect::Manual => ApiError::NotFound(Some(code)),
        Dialect::Live => ApiError::Invalid(vec![Fault::plain(code)]),
    }
}

/// Whether an order number may hold any printable text, or letters and digits only.
#[must_use]
pub fn any_order_text(dialect: Dialect) -> bool {
    dialect == Dialect::Live
}

/// MerchantId unknown or MerchantKey wrong.
#[must_use]
pub fn wrong_credentials(dialect: Dialect, code: ErrorCode) -> ApiError {
    match dialect {
        Dialect::Manual => ApiError::Invalid(vec![Fault::plain(code)]),
        Dialect::Live => ApiError::Unauthorized,
    }
}

/// The caller's address is not on the merchant's list.
#[must_use]
pub fn address_refused(dialect: Dialect) -> ApiError {
    match dialect {
        Dialect::Manual => ApiError::Invalid(vec![Fault::plain(ErrorCode::IP_NOT_ALLOWED)]),
        Dialect::Live => ApiError::Forbidden,
    }
}

/// Something that a GET did not find.
#[must_use]
pub fn not_found_by_get(dialect: Dialect, code: ErrorCode) -> ApiError {
    match dialect {
        Dialect::Manual => ApiError::NotFound(Some(code)),
        Dialect::Live => ApiError::NotFound(None),
    }
}

/// The code for an unknown card token in a sale.
#[must_use]
pub const fn unknown_token(dialect: Dialect) -> ErrorCode {
    match dialect {
        Dialect::Manual => ErrorCode::TOKEN_NOT_FOUND,
        Dialect::Live => ErrorCode::CARD_NOT_FOUND,
    }
}

/// Whether POST /1/card checks the check digit of the number.
#[must_use]
pub fn checks_luhn(dialect: Dialect) -> bool {
    dialect == Dialect::Live
}

/// Whether a sale whose fraud analysis cannot be made goes on without it.
#[must_use]
pub fn goes_on_without_antifraud(dialect: Dialect) -> bool {
    dialect == Dialect::Live
}

/// Whether an answer without extra data shows the empty collection.
#[must_use]
pub fn shows_empty_extra_data(dialect: Dialect) -> bool {
    dialect == Dialect::Manual
}
