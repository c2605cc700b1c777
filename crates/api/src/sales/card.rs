//! The rules of card sales: the card itself, its wallet, and where the buyer goes.
//!
//! Invariant: as in [`super::rules`]; the members of a debit card are told as those of DebitCard.

use aval_domain::card::{CardNumber, CardNumberError, CardOnFile, SecurityCode};
use aval_domain::error_code::ErrorCode;
use aval_domain::id::CardToken;
use aval_domain::method::Wallet;
use aval_domain::sale::{NewAuthentication, NewSale, PaidWith};
use aval_domain::settings::Settings;

use super::body::{CreditCardBody, PaymentBody, WalletBody};
use super::faults::Faults;
use super::rules::{Parts, without_parts};
use super::{fraud, recurrence, return_url, wallet};
use crate::error::ApiError;

/// The members of a card, by their paths.
struct Node {
    itself: &'static str,
    number: &'static str,
    holder: &'static str,
    expiry: &'static str,
    code: &'static str,
    brand: &'static str,
    token: &'static str,
    save: &'static str,
    usage: &'static str,
    reason: &'static str,
    is_debit: bool,
}

macro_rules! node {
    ($node:literal, $is_debit:literal) => {
        Node {
            itself: $node,
            number: concat!($node, ".CardNumber"),
            holder: concat!($node, ".Holder"),
            expiry: concat!($node, ".ExpirationDate"),
            code: concat!($node, ".SecurityCode"),
            brand: concat!($node, ".Brand"),
            token: concat!($node, ".CardToken"),
            save: concat!($node, ".SaveCard"),
            usage: concat!($node, ".CardOnFile.Usage"),
            reason: concat!($node, ".CardOnFile.Reason"),
            is_debit: $is_debit,
        }
    };
}

static CREDIT: Node = node!("Payment.CreditCard", false);
static DEBIT: Node = node!("Payment.DebitCard", true);

/// Reads the card of a sale.
pub(super) fn read(
    payment: &PaymentBody,
    beside: Option<&WalletBody>,
    settings: &Settings,
    is_debit: bool,
    parts: Parts,
    mut faults: Faults,
) -> Result<NewSale, ApiError> {
    let (node, card) = if is_debit {
        (&DEBIT, payment.debit_card.as_ref())
    } else {
        (&CREDIT, payment.credit_card.as_ref())
    };
    let has_card = card.is_some_and(|card| card.card_number.is_some() || card.card_token.is_some());
    let sent = payment.wallet.as_ref().or(beside);
    let wallet = wallet::read(sent, has_card, settings, &mut faults);
    let paid_with = match card {
        Some(_) | None if !has_card && wallet.is_meant() => {
            in_wallet(node, card, &wallet, &mut faults)
        }
        Some(card) => paid_with(node, card, settings, &mut faults),
        None => {
            faults.add(ErrorCode::CREDIT_CARD_REQUIRED, node.itself);
            None
        }
    };
    let on_file = card.and_then(|card| on_file(node, card, &mut faults));
    let asked = payment.authenticate == Some(true);
    let authentication = (is_debit || asked).then(|| {
        let own = card.and_then(|card| card.return_url.as_deref());
        let sent = payment.return_url.as_deref().or(own);
        let return_url = return_url::read(sent, settings.dialect, &mut faults);
        return_url.map(|return_url| NewAuthentication { return_url, asked })
    });
    let sent = payment.fraud_analysis.as_ref();
    let sent = sent.filter(|_| settings.antifraud && !is_debit);
    let fraud = sent.map(|sent| Box::new(fraud::read(sent, &mut faults)));
    let save_card = card.and_then(|card| card.save_card).unwrap_or(false);
    // A debit card has none, which is told with what else it has not.
    let recurrence = (!is_debit).then(|| recurrence::read(payment, settings, &mut faults));
    let recurrence = recurrence.flatten();
    if recurrence.is_some() && wallet.is_meant() && !has_card {
        // What a wallet's key stands for is paid with once.
        faults.add(ErrorCode::OPTIONS_NOT_SUPPORTED, "Payment.Wallet");
    }
    let basis = parts.finish(faults)?;
    Ok(NewSale {
        order: basis.order,
        customer: basis.customer,
        amount: basis.amount,
        terms: basis.terms,
        paid_with: paid_with.ok_or_else(without_parts)?,
        on_file,
        save_card,
        debit: is_debit,
        authentication: match authentication {
            None => None,
            Some(read) => Some(read.ok_or_else(without_parts)?),
        },
        wallet: wallet.read.map(Box::new),
        fraud,
        recurrence,
    })
}

/// With a wallet that holds the card all its members are optional (D20); those that are sent must
/// be right.
fn in_wallet(
    node: &Node,
    card: Option<&CreditCardBody>,
    wallet: &wallet::Sent,
    faults: &mut Faults,
) -> Option<PaidWith> {
    let code = card.and_then(|card| security_code(node, card, faults));
    if let Some(card) = card {
        faults.holder(card.holder.as_deref(), node.holder);
        sent_brand(node, card, faults);
    }
    let Wallet { key, .. } = wallet.read.as_ref()?;
    Some(PaidWith::InWallet {
        key: key.clone()?,
        has_security_code: code.is_some(),
    })
}

/// The security code. The manual has one code for all that is wrong with it.
fn security_code(node: &Node, card: &CreditCardBody, faults: &mut Faults) -> Option<SecurityCode> {
    let code = card.security_code.as_deref().map(str::trim);
    let code = code.filter(|code| !code.is_empty())?;
    if !SecurityCode::is_one(code) {
        faults.add(ErrorCode::SECURITY_CODE_LENGTH, node.code);
    }
    Some(SecurityCode::new(code.to_owned()))
}

fn paid_with(
    node: &Node,
    card: &CreditCardBody,
    settings: &Settings,
    faults: &mut Faults,
) -> Option<PaidWith> {
    let security_code = security_code(node, card, faults);
    let token = card
        .card_token
        .as_deref()
        .map(str::trim)
        .filter(|token| !token.is_empty());
    if !settings.protected_card {
        if token.is_some() {
            faults.add(ErrorCode::PROTECTED_CARD_OFF, node.token);
        } else if card.save_card == Some(true) {
            faults.add(ErrorCode::PROTECTED_CARD_OFF, node.save);
        }
    }
    if let Some(token) = token {
        return by_token(node, card, token, security_code, faults);
    }
    if faults.has_wrong(node.token) {
        // Who means a token need not send a card.
        sent_brand(node, card, faults);
        return None;
    }
    let number = number(node, card.card_number.as_deref(), faults);
    faults.holder(card.holder.as_deref(), node.holder);
    let expiry = faults.expiry(card.expiration_date.as_deref(), node.expiry);
    let brand = faults.brand(card.brand.as_deref(), node.brand);
    // The manual asks for the code of a debit card (line 2050).
    if node.is_debit && security_code.is_none() {
        faults.add(ErrorCode::SECURITY_CODE_LENGTH, node.code);
    }
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
    node: &Node,
    card: &CreditCardBody,
    token: &str,
    security_code: Option<SecurityCode>,
    faults: &mut Faults,
) -> Option<PaidWith> {
    faults.size(Some(token), 300, ErrorCode::FIELD_SIZE, node.token);
    if let Some(token) = CardToken::parse(token) {
        sent_brand(node, card, faults);
        return Some(PaidWith::Token {
            token,
            security_code,
        });
    }
    let brand = faults.brand(card.brand.as_deref(), node.brand);
    Some(PaidWith::LegacyToken {
        token: token.to_owned(),
        brand: brand?,
    })
}

/// Of a stored card the brand is known; one that is sent must be one all the same.
fn sent_brand(node: &Node, card: &CreditCardBody, faults: &mut Faults) {
    let sent = card.brand.as_deref();
    if sent.is_some_and(|brand| !brand.trim().is_empty()) {
        faults.brand(sent, node.brand);
    }
}

fn number(node: &Node, sent: Option<&str>, faults: &mut Faults) -> Option<CardNumber> {
    let sent = sent.unwrap_or("").trim();
    if sent.is_empty() {
        faults.add(ErrorCode::CARD_NUMBER_MISSING, node.number);
        return None;
    }
    let parsed = CardNumber::parse(sent);
    match parsed {
        Err(CardNumberError::TooLong) => faults.add(ErrorCode::CARD_NUMBER_LENGTH, node.number),
        Err(CardNumberError::Invalid) => faults.add(ErrorCode::CARD_NUMBER_INVALID, node.number),
        Ok(_) => {}
    }
    parsed.ok()
}

/// Known values in their canonical case, others as sent, since no code is for them. A card that was
/// used before needs a reason (card-on-file page, lines 65 and 66); the first use may have one.
fn on_file(node: &Node, card: &CreditCardBody, faults: &mut Faults) -> Option<CardOnFile> {
    let sent = card.card_on_file.as_ref()?;
    let canonical = |sent: &Option<String>, known: &[&str]| {
        let sent = sent.as_deref()?;
        let is = |name: &&&str| name.eq_ignore_ascii_case(sent.trim());
        let found = known.iter().find(is);
        Some(found.map_or(sent, |name| *name).to_owned())
    };
    let usage = canonical(&sent.usage, &["First", "Used"]);
    let reason = canonical(&sent.reason, &["Recurring", "Unscheduled", "Installments"]);
    for (text, field) in [(&usage, node.usage), (&reason, node.reason)] {
        faults.size(text.as_deref(), 255, ErrorCode::FIELD_SIZE, field);
    }
    let is_there = |reason: &str| !reason.trim().is_empty();
    if usage.as_deref() == Some("Used") && !reason.as_deref().is_some_and(is_there) {
        faults.add(ErrorCode::REQUEST_FORMAT, node.reason);
    }
    Some(CardOnFile { usage, reason })
}
