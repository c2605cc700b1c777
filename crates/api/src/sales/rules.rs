//! What a request for a sale must hold, and the code for each way in which it does not. What one
//! way to pay alone asks for stands in a file of its own beside this one.
//!
//! Invariant: all rules are looked at, so that a caller learns of everything at once; a value is
//! made only from what passed.

use std::collections::HashSet;

use aval_domain::amount::{Amount, MAX_CENTS};
use aval_domain::country::Country;
use aval_domain::customer::Customer;
use aval_domain::error_code::ErrorCode;
use aval_domain::recurrence::NewPlan;
use aval_domain::sale::{
    Basis, ExtraDatum, Interest, NewSale, NewSlip, NewTransfer, OrderId, Terms,
};
use aval_domain::settings::Settings;

use super::body::{ExtraDataBody, PaymentBody, SaleBody};
use super::boleto::{self, Around};
use super::faults::Faults;
use super::{card, customer, transfer};
use crate::dialect;
use crate::error::ApiError;
use crate::reader::{List, Read};

/// A sale that is asked for.
pub(crate) enum Asked {
    /// By credit or debit card.
    Card(NewSale),
    /// A recurrence whose first payment comes later.
    Scheduled(NewSale, NewPlan),
    /// By a transfer at the buyer's bank.
    Transfer(NewTransfer),
    /// By a slip.
    Slip(NewSlip),
}

impl Asked {
    /// The recurrence that begins with it.
    pub(crate) const fn begins(&self) -> Option<NewPlan> {
        match self {
            Self::Card(new) => new.recurrence,
            Self::Scheduled(_, plan) => Some(*plan),
            Self::Transfer(_) | Self::Slip(_) => None,
        }
    }
}

/// Reads a request.
///
/// # Errors
/// Every code that applies, in numeric order.
pub(crate) fn read(body: Read<SaleBody>, around: &Around) -> Result<Asked, ApiError> {
    let settings = around.settings;
    let mut faults = Faults::beside(body.wrong);
    let body = &body.value;
    let order = order(body.merchant_order_id.as_deref(), settings, &mut faults);
    let customer = customer::read(body.customer.as_ref(), around.today, &mut faults);
    let Some(payment) = &body.payment else {
        faults.add(ErrorCode::PAYMENT_REQUIRED, "Payment");
        return Err(unfinished(faults));
    };
    let way = way(payment, settings, &mut faults);
    let amount = amount(payment.amount, &mut faults);
    let terms = terms(payment, settings, way, &mut faults);
    let basis = Parts {
        order,
        customer,
        amount,
        terms,
    };
    match way {
        Way::Unknown => Err(unfinished(faults)),
        Way::Boleto => {
            boleto::read(payment, body.customer.as_ref(), around, basis, faults).map(Asked::Slip)
        }
        Way::Credit | Way::Debit => {
            let wallet = body.wallet.as_ref();
            card::read(payment, wallet, settings, way == Way::Debit, basis, faults).map(|new| {
                match new.recurrence.filter(|plan| !plan.authorize_now) {
                    Some(plan) => Asked::Scheduled(new, plan),
                    None => Asked::Card(new),
                }
            })
        }
        Way::Transfer => transfer::read(payment, settings, basis, faults).map(Asked::Transfer),
    }
}

/// What every sale has, as far as it was found right.
pub(super) struct Parts {
    order: Option<OrderId>,
    customer: Customer,
    amount: Option<Amount>,
    terms: Option<Terms>,
}

impl Parts {
    /// What every sale has, once nothing is wrong.
    pub(super) fn finish(self, faults: Faults) -> Result<Basis, ApiError> {
        faults.finish()?;
        match (self.order, self.amount, self.terms) {
            (Some(order), Some(amount), Some(terms)) => Ok(Basis {
                order,
                customer: Box::new(self.customer),
                amount,
                terms,
            }),
            _ => Err(without_parts()),
        }
    }
}

/// A fault of ours: the rules let something through.
pub(super) fn without_parts() -> ApiError {
    ApiError::Internal("a sale passed its rules without its parts".to_owned())
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
enum Way {
    /// By credit card.
    Credit,
    /// By debit card.
    Debit,
    /// By a transfer at the buyer's bank.
    Transfer,
    /// By a slip.
    Boleto,
    /// Not told.
    Unknown,
}

/// How the payment is to be made; off or unknown is a fault.
fn way(payment: &PaymentBody, settings: &Settings, faults: &mut Faults) -> Way {
    const FIELD: &str = "Payment.Type";
    let sent = payment.r#type.as_deref().unwrap_or("").trim();
    faults.size(Some(sent), 100, ErrorCode::FIELD_SIZE, FIELD);
    let known = [
        ("CreditCard", Way::Credit, settings.credit),
        ("DebitCard", Way::Debit, settings.debit),
        ("EletronicTransfer", Way::Transfer, settings.transfer),
        ("ElectronicTransfer", Way::Transfer, settings.transfer),
        ("Boleto", Way::Boleto, settings.boleto),
    ];
    let is = |(name, _, _): &&(&str, Way, bool)| sent.eq_ignore_ascii_case(name);
    if let Some((_, way, is_on)) = known.iter().find(is) {
        if !is_on {
            faults.add(ErrorCode::METHOD_OFF, FIELD);
        }
        return *way;
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
    Way::Unknown
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

fn terms(
    payment: &PaymentBody,
    settings: &Settings,
    way: Way,
    faults: &mut Faults,
) -> Option<Terms> {
    let is_credit = match way {
        Way::Credit | Way::Unknown => true,
        Way::Debit | Way::Transfer | Way::Boleto => false,
    };
    let installments = if is_credit {
        installments(payment, faults)
    } else {
        at_once(payment, faults);
        Some(1)
    };
    let service_tax = service_tax(payment, faults);
    let interest = interest(payment.interest.as_deref(), faults);
    let country = country(payment.country.as_deref(), faults);
    currency(payment.currency.as_deref(), faults);
    if is_credit || way == Way::Debit {
        provider(payment.provider.as_deref(), faults);
    }
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
    let analysis_aborted = is_credit && options(payment, settings, faults);
    Some(Terms {
        service_tax: service_tax?,
        installments: installments?,
        interest: interest?,
        // A debit that is authorized is paid (X160).
        capture: way == Way::Debit || payment.capture.unwrap_or(false),
        recurrent: payment.recurrent.unwrap_or(false),
        analysis_aborted,
        soft_descriptor: payment.soft_descriptor.clone(),
        country: country?,
        extra_data,
    })
}

/// What this provider does not do; says whether a fraud analysis is left out.
fn options(payment: &PaymentBody, settings: &Settings, faults: &mut Faults) -> bool {
    // Nobody is there to prove who he is when a recurrence is charged (X286).
    let recurs = payment.recurrent == Some(true) || payment.recurrent_payment.is_some();
    if payment.authenticate == Some(true) && recurs {
        faults.add(ErrorCode::OPTIONS_NOT_SUPPORTED, "Payment.Authenticate");
    }
    if payment.fraud_analysis.is_none() || settings.antifraud {
        return false;
    }
    if !dialect::goes_on_without_antifraud(settings.dialect) {
        faults.add(ErrorCode::ANTIFRAUD_OFF, "Payment.FraudAnalysis");
    }
    true
}

/// What is paid at once, and once, has no instalments and no recurrence (186).
fn at_once(payment: &PaymentBody, faults: &mut Faults) {
    let sent = [
        (
            payment.installments.is_some_and(|number| number > 1),
            "Payment.Installments",
        ),
        (payment.recurrent == Some(true), "Payment.Recurrent"),
        (
            payment.recurrent_payment.is_some(),
            "Payment.RecurrentPayment",
        ),
    ];
    for (_, field) in sent.into_iter().filter(|(is_sent, _)| *is_sent) {
        faults.add(ErrorCode::OPTIONS_NOT_SUPPORTED, field);
    }
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
