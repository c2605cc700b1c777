//! What a request for a card sale must hold, and the code for each way in which it does not.
//!
//! Invariant: all rules are looked at, so that a caller learns of everything at once; a value is
//! made only from what passed.

use std::collections::HashSet;

use aval_domain::amount::{Amount, MAX_CENTS};
use aval_domain::card::{CardNumber, CardNumberError, CardOnFile, SecurityCode};
use aval_domain::country::Country;
use aval_domain::error_code::ErrorCode;
use aval_domain::id::CardToken;
use aval_domain::sale::{ExtraDatum, Interest, NewSale, OrderId, PaidWith, Terms};
use aval_domain::settings::Settings;
use jiff::civil::Date;

use super::body::{CreditCardBody, ExtraDataBody, PaymentBody, SaleBody};
use super::customer;
use super::faults::Faults;
use crate::api::error::ApiError;
use crate::api::reader::{List, Read};
use crate::dialect;

/// Reads a request.
///
/// # Errors
/// Every code that applies, in numeric order.
pub(super) fn read(
    body: Read<SaleBody>,
    settings: &Settings,
    today: Date,
) -> Result<NewSale, ApiError> {
    let mut faults = Faults::beside(body.wrong);
    let body = &body.value;
    let order = order(body.merchant_order_id.as_deref(), settings, &mut faults);
    let customer = customer::read(body.customer.as_ref(), today, &mut faults);
    let Some(payment) = &body.payment else {
        faults.add(ErrorCode::PAYMENT_REQUIRED, "Payment");
        return Err(unfinished(faults));
    };
    let method = method(payment, settings, &mut faults);
    let amount = amount(payment.amount, &mut faults);
    if method == Method::Another {
        return Err(unfinished(faults));
    }
    let terms = terms(payment, settings, &mut faults);
    if method == Method::Unknown {
        return Err(unfinished(faults));
    }
    let paid_with = card(payment, settings, &mut faults);
    let on_file = on_file(payment, &mut faults);
    faults.finish()?;
    match (order, amount, terms, paid_with) {
        (Some(order), Some(amount), Some(terms), Some(paid_with)) => {
            let card = payment.credit_card.as_ref();
            Ok(NewSale {
                order,
                customer,
                amount,
                terms,
                paid_with,
                on_file,
                save_card: card.and_then(|card| card.save_card).unwrap_or(false),
            })
        }
        _ => Err(ApiError::Internal(
            "a sale passed its rules without its parts".to_owned(),
        )),
    }
}

/// The faults of a request that cannot be read further.
fn unfinished(faults: Faults) -> ApiError {
    let told = faults.finish().err();
    told.unwrap_or_else(|| ApiError::Internal("a sale was refused for nothing".to_owned()))
}

fn order(sent: Option<&str>, settings: &Settings, faults: &mut Faults) -> Option<OrderId> {
    const FIELD: &str = "MerchantOrderId";
    let sent = sent.unwrap_or("").trim();
    if sent.is_empty() {
        faults.add(ErrorCode::ORDER_REQUIRED, FIELD);
        return None;
    }
    let order = OrderId::parse(sent, dialect::any_order_text(settings.dialect));
    if order.is_none() {
        faults.add(ErrorCode::ORDER_INVALID, FIELD);
    }
    order
}

/// How the payment is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// By credit card.
    Credit,
    /// Another that we know, and that has terms of its own.
    Another,
    /// Not told.
    Unknown,
}

/// How the payment is to be made; off or unknown is a fault.
fn method(payment: &PaymentBody, settings: &Settings, faults: &mut Faults) -> Method {
    const FIELD: &str = "Payment.Type";
    let sent = payment.r#type.as_deref().unwrap_or("").trim();
    faults.size(Some(sent), 100, ErrorCode::FIELD_SIZE, FIELD);
    let is = |name: &&str| sent.eq_ignore_ascii_case(name);
    if is(&"CreditCard") {
        if !settings.credit {
            faults.add(ErrorCode::METHOD_OFF, FIELD);
        }
        return Method::Credit;
    }
    if [
        "DebitCard",
        "Boleto",
        "EletronicTransfer",
        "ElectronicTransfer",
    ]
    .iter()
    .any(is)
    {
        faults.add(ErrorCode::METHOD_OFF, FIELD);
        return Method::Another;
    }
    let is_text = !sent.is_empty() && !sent.chars().all(char::is_alphabetic);
    faults.add(
        if is_text {
            ErrorCode::TYPE_LETTERS
        } else {
            ErrorCode::TYPE_REQUIRED
        },
        FIELD,
    );
    Method::Unknown
}

/// Above zero (108), at most fifteen digits (0).
fn amount(cents: Option<i64>, faults: &mut Faults) -> Option<Amount> {
    const FIELD: &str = "Payment.Amount";
    let cents = cents.unwrap_or(0);
    let amount = Amount::new(cents);
    if amount.is_none() {
        let code = if cents > MAX_CENTS {
            ErrorCode::FIELD_SIZE
        } else {
            ErrorCode::AMOUNT
        };
        faults.add(code, FIELD);
    }
    amount
}

fn terms(payment: &PaymentBody, settings: &Settings, faults: &mut Faults) -> Option<Terms> {
    let installments = installments(payment, faults);
    let service_tax = service_tax(payment, faults);
    let interest = interest(payment.interest.as_deref(), faults);
    let country = country(payment.country.as_deref(), faults);
    currency(payment.currency.as_deref(), faults);
    provider(payment.provider.as_deref(), faults);
    let descriptor = payment.soft_descriptor.as_deref();
    faults.size(
        descriptor,
        13,
        ErrorCode::FIELD_SIZE,
        "Payment.SoftDescriptor",
    );
    let return_url = payment.return_url.as_deref();
    faults.size(return_url, 1024, ErrorCode::FIELD_SIZE, "Payment.ReturnUrl");
    let extra_data = extra_data(payment.extra_data_collection.as_ref(), faults);
    let analysis_aborted = options(payment, settings, faults);
    Some(Terms {
        service_tax: service_tax?,
        installments: installments?,
        interest: interest?,
        capture: payment.capture.unwrap_or(false),
        recurrent: payment.recurrent.unwrap_or(false),
        analysis_aborted,
        soft_descriptor: payment.soft_descriptor.clone(),
        country: country?,
        extra_data,
    })
}

/// What this provider does not do; says whether a fraud analysis is left out.
fn options(payment: &PaymentBody, settings: &Settings, faults: &mut Faults) -> bool {
    if payment.authenticate == Some(true) {
        faults.add(ErrorCode::OPTIONS_NOT_SUPPORTED, "Payment.Authenticate");
    }
    if payment.recurrent_payment.is_some() {
        faults.add(ErrorCode::RECURRENCE_OFF, "Payment.RecurrentPayment");
        if payment.installments.is_some_and(|number| number > 1) {
            faults.add(ErrorCode::RECURRENT_INSTALLMENTS, "Payment.Installments");
        }
    }
    if payment.wallet.is_some() {
        faults.add(ErrorCode::WALLET_OFF, "Payment.Wallet");
    }
    if payment.fraud_analysis.is_none() {
        return false;
    }
    if !dialect::goes_on_without_antifraud(settings.dialect) {
        faults.add(ErrorCode::ANTIFRAUD_OFF, "Payment.FraudAnalysis");
    }
    true
}

/// At least one (123), at most two digits (0).
fn installments(payment: &PaymentBody, faults: &mut Faults) -> Option<u8> {
    const FIELD: &str = "Payment.Installments";
    let number = payment.installments.unwrap_or(0);
    match u8::try_from(number) {
        Ok(number @ 1..=99) => Some(number),
        Ok(_) | Err(_) => {
            let too_long = number > 99;
            faults.add(
                if too_long {
                    ErrorCode::FIELD_SIZE
                } else {
                    ErrorCode::INSTALLMENTS
                },
                FIELD,
            );
            None
        }
    }
}

/// At most fifteen digits (0); below zero or above the amount it is no service tax (184).
fn service_tax(payment: &PaymentBody, faults: &mut Faults) -> Option<i64> {
    const FIELD: &str = "Payment.ServiceTaxAmount";
    let cents = payment.service_tax_amount.unwrap_or(0);
    if cents > MAX_CENTS {
        faults.add(ErrorCode::FIELD_SIZE, FIELD);
        return None;
    }
    // Without an amount it is not known whether it exceeds it.
    let exceeds = |amount: i64| cents > amount.max(0);
    if cents < 0 || payment.amount.is_some_and(exceeds) {
        faults.add(ErrorCode::REQUEST_FORMAT, FIELD);
        return None;
    }
    Some(cents)
}

fn interest(sent: Option<&str>, faults: &mut Faults) -> Option<Interest> {
    const FIELD: &str = "Payment.Interest";
    let sent = sent.unwrap_or("").trim();
    faults.size(Some(sent), 10, ErrorCode::FIELD_SIZE, FIELD);
    if sent.is_empty() || sent == "0" || sent.eq_ignore_ascii_case("ByMerchant") {
        Some(Interest::ByMerchant)
    } else if sent == "1" || sent.eq_ignore_ascii_case("ByIssuer") {
        Some(Interest::ByIssuer)
    } else {
        faults.add(ErrorCode::REQUEST_FORMAT, FIELD);
        None
    }
}

/// BRA when absent; empty (111), unknown (112).
fn country(sent: Option<&str>, faults: &mut Faults) -> Option<Country> {
    const FIELD: &str = "Payment.Country";
    let Some(sent) = sent.map(str::trim) else {
        return Some(Country::BRAZIL);
    };
    if sent.is_empty() {
        faults.add(ErrorCode::COUNTRY_REQUIRED, FIELD);
        return None;
    }
    faults.size(Some(sent), 3, ErrorCode::FIELD_SIZE, FIELD);
    let country = Country::parse(sent);
    if country.is_none() {
        faults.add(ErrorCode::COUNTRY_INVALID, FIELD);
    }
    country
}

/// BRL when absent; empty (109), no three letters (110), another (176).
fn currency(sent: Option<&str>, faults: &mut Faults) {
    const FIELD: &str = "Payment.Currency";
    let Some(sent) = sent.map(str::trim) else {
        return;
    };
    faults.size(Some(sent), 3, ErrorCode::FIELD_SIZE, FIELD);
    if sent.is_empty() {
        faults.add(ErrorCode::CURRENCY_REQUIRED, FIELD);
    } else if sent.len() != 3 || !sent.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        faults.add(ErrorCode::CURRENCY_INVALID, FIELD);
    } else if !sent.eq_ignore_ascii_case("BRL") {
        faults.add(ErrorCode::CURRENCY_NOT_SUPPORTED, FIELD);
    }
}

fn provider(sent: Option<&str>, faults: &mut Faults) {
    const FIELD: &str = "Payment.Provider";
    let sent = sent.unwrap_or("").trim();
    faults.size(Some(sent), 15, ErrorCode::FIELD_SIZE, FIELD);
    let known = ["Simulado", "Cielo"]
        .iter()
        .any(|name| sent.eq_ignore_ascii_case(name));
    if !sent.is_empty() && !known {
        faults.add(ErrorCode::PROVIDER, FIELD);
    }
}

/// At most 100 (0), names at most 50 (159) and unique (187), values at most 1,024 (160).
fn extra_data(sent: Option<&List<ExtraDataBody>>, faults: &mut Faults) -> Vec<ExtraDatum> {
    const LIST: &str = "Payment.ExtraDataCollection";
    let mut names = HashSet::new();
    let mut data = Vec::new();
    let Some(sent) = sent else {
        return data;
    };
    if sent.has_more {
        faults.add(ErrorCode::FIELD_SIZE, LIST);
    }
    for (at, item) in sent.elements.iter().enumerate() {
        let Some(item) = item else { continue };
        let name = item.name.as_deref().unwrap_or("");
        if name.is_empty() {
            faults.add_at(ErrorCode::REQUEST_FORMAT, LIST, at, "Name");
        }
        if name.chars().count() > 50 {
            faults.add_at(ErrorCode::EXTRA_DATA_NAME_LENGTH, LIST, at, "Name");
        }
        if item
            .value
            .as_deref()
            .is_some_and(|value| value.chars().count() > 1024)
        {
            faults.add_at(ErrorCode::EXTRA_DATA_VALUE_LENGTH, LIST, at, "Value");
        }
        if !names.insert(name) && !name.is_empty() {
            faults.add_at(ErrorCode::EXTRA_DATA_DUPLICATE, LIST, at, "Name");
        }
        data.push(ExtraDatum {
            name: name.to_owned(),
            value: item.value.clone(),
        });
    }
    data
}

const TOKEN: &str = "Payment.CreditCard.CardToken";
const BRAND: &str = "Payment.CreditCard.Brand";

fn card(payment: &PaymentBody, settings: &Settings, faults: &mut Faults) -> Option<PaidWith> {
    let Some(card) = &payment.credit_card else {
        // With a wallet the card is optional (D20).
        if payment.wallet.is_none() && !faults.has_wrong("Payment.Wallet") {
            faults.add(ErrorCode::CREDIT_CARD_REQUIRED, "Payment.CreditCard");
        }
        return None;
    };
    let code = card
        .security_code
        .as_deref()
        .map(str::trim)
        .filter(|code| !code.is_empty());
    // The manual has one code for all that is wrong with it.
    if code.is_some_and(|code| !SecurityCode::is_one(code)) {
        faults.add(
            ErrorCode::SECURITY_CODE_LENGTH,
            "Payment.CreditCard.SecurityCode",
        );
    }
    let security_code = code.map(|code| SecurityCode::new(code.to_owned()));
    let token = card
        .card_token
        .as_deref()
        .map(str::trim)
        .filter(|token| !token.is_empty());
    if !settings.protected_card {
        if token.is_some() {
            faults.add(ErrorCode::PROTECTED_CARD_OFF, TOKEN);
        } else if card.save_card == Some(true) {
            faults.add(ErrorCode::PROTECTED_CARD_OFF, "Payment.CreditCard.SaveCard");
        }
    }
    if let Some(token) = token {
        return by_token(card, token, security_code, faults);
    }
    if faults.has_wrong(TOKEN) {
        // Who means a token need not send a card.
        sent_brand(card, faults);
        return None;
    }
    let number = number(card.card_number.as_deref(), faults);
    faults.holder(card.holder.as_deref(), "Payment.CreditCard.Holder");
    let expiry = faults.expiry(
        card.expiration_date.as_deref(),
        "Payment.CreditCard.ExpirationDate",
    );
    let brand = faults.brand(card.brand.as_deref(), BRAND);
    Some(PaidWith::Card {
        number: number?,
        holder: card.holder.clone(),
        expiry: expiry?,
        brand: brand?,
        security_code,
    })
}

/// A token of ours is a GUID; any other text is a token of webservice 1.5, whose brand is needed,
/// since the card behind it is unknown.
fn by_token(
    card: &CreditCardBody,
    token: &str,
    security_code: Option<SecurityCode>,
    faults: &mut Faults,
) -> Option<PaidWith> {
    faults.size(Some(token), 300, ErrorCode::FIELD_SIZE, TOKEN);
    if let Some(token) = CardToken::parse(token) {
        sent_brand(card, faults);
        return Some(PaidWith::Token {
            token,
            security_code,
        });
    }
    let brand = faults.brand(card.brand.as_deref(), BRAND);
    Some(PaidWith::LegacyToken {
        token: token.to_owned(),
        brand: brand?,
    })
}

/// Of a stored card the brand is known; one that is sent must be one all the same.
fn sent_brand(card: &CreditCardBody, faults: &mut Faults) {
    let sent = card.brand.as_deref();
    if sent.is_some_and(|brand| !brand.trim().is_empty()) {
        faults.brand(sent, BRAND);
    }
}

fn number(sent: Option<&str>, faults: &mut Faults) -> Option<CardNumber> {
    const FIELD: &str = "Payment.CreditCard.CardNumber";
    let sent = sent.unwrap_or("").trim();
    if sent.is_empty() {
        faults.add(ErrorCode::CARD_NUMBER_MISSING, FIELD);
        return None;
    }
    let parsed = CardNumber::parse(sent);
    match parsed {
        Err(CardNumberError::TooLong) => faults.add(ErrorCode::CARD_NUMBER_LENGTH, FIELD),
        Err(CardNumberError::Invalid) => faults.add(ErrorCode::CARD_NUMBER_INVALID, FIELD),
        Ok(_) => {}
    }
    parsed.ok()
}

/// Known values in their canonical case, others as sent, since no code is for them. A card that was
/// used before needs a reason (card-on-file page, lines 65 and 66); the first use may have one.
fn on_file(payment: &PaymentBody, faults: &mut Faults) -> Option<CardOnFile> {
    const USAGE: &str = "Payment.CreditCard.CardOnFile.Usage";
    const REASON: &str = "Payment.CreditCard.CardOnFile.Reason";
    let sent = payment.credit_card.as_ref()?.card_on_file.as_ref()?;
    let canonical = |sent: &Option<String>, known: &[&str]| {
        let sent = sent.as_deref()?;
        let is = |name: &&&str| name.eq_ignore_ascii_case(sent.trim());
        let found = known.iter().find(is);
        Some(found.map_or(sent, |name| *name).to_owned())
    };
    let usage = canonical(&sent.usage, &["First", "Used"]);
    let reason = canonical(&sent.reason, &["Recurring", "Unscheduled", "Installments"]);
    for (text, field) in [(&usage, USAGE), (&reason, REASON)] {
        faults.size(text.as_deref(), 255, ErrorCode::FIELD_SIZE, field);
    }
    let is_there = |reason: &str| !reason.trim().is_empty();
    if usage.as_deref() == Some("Used") && !reason.as_deref().is_some_and(is_there) {
        faults.add(ErrorCode::REQUEST_FORMAT, REASON);
    }
    Some(CardOnFile { usage, reason })
}
