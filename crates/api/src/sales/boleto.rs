//! The rules of boletos (manual lines 2295 to 2377).
//!
//! Invariant: as in [`super::rules`]; what passes has room in a bar code, so that a slip can be
//! issued from it.

use aval_domain::amount::Amount;
use aval_domain::boleto::{Bank, Credential, DueDate, Issuer, MAX_CENTS, OurNumber, Texts, factor};
use aval_domain::error_code::ErrorCode;
use aval_domain::sale::NewSlip;
use aval_domain::settings::Settings;
use aval_gateway::app::Environment;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::body::PaymentBody;
use super::customer::{AddressBody, CustomerBody};
use super::faults::Faults;
use super::rules::{Parts, without_parts};
use crate::dialect;
use crate::error::ApiError;

const AMOUNT: &str = "Payment.Amount";
const NUMBER: &str = "Payment.BoletoNumber";
const DUE: &str = "Payment.ExpirationDate";

/// What the rules of boletos look at beside the request.
pub(crate) struct Around<'a> {
    /// The merchant's settings.
    pub settings: &'a Settings,
    /// Sandbox or production.
    pub environment: Environment,
    /// The São Paulo day.
    pub today: Date,
}

/// Reads a boleto.
pub(super) fn read(
    payment: &PaymentBody,
    customer: Option<&CustomerBody>,
    around: &Around,
    parts: Parts,
    mut faults: Faults,
) -> Result<NewSlip, ApiError> {
    payer(customer, around.environment, &mut faults);
    address(customer, &mut faults);
    options(payment, &mut faults);
    let texts = texts(payment, &mut faults);
    let number = number(payment.boleto_number.as_deref(), &mut faults);
    let due = due(payment.expiration_date.as_deref(), around, &mut faults);
    let fits = payment.amount.is_none_or(|cents| cents <= MAX_CENTS);
    // An amount of more than fifteen digits was told already.
    if !fits
        && payment
            .amount
            .is_some_and(|cents| Amount::new(cents).is_some())
    {
        faults.add(ErrorCode::FIELD_SIZE, AMOUNT);
    }
    let issuer = issuer(payment.provider.as_deref(), around.environment, &mut faults);
    let account = issuer.and_then(|issuer| account(issuer, around, &mut faults));
    if let (Some((_, credential)), Some(number)) = (&account, &number)
        && credential.free_field(number).is_none()
    {
        faults.add(ErrorCode::FIELD_SIZE, NUMBER);
    }
    let basis = parts.finish(faults)?;
    let (bank, credential) = account.ok_or_else(without_parts)?;
    Ok(NewSlip {
        basis,
        issuer: issuer.ok_or_else(without_parts)?,
        bank,
        credential,
        number,
        due: due.ok_or_else(without_parts)?,
        texts,
    })
}

/// Banks register slips with name and CPF or CNPJ of who pays, so production needs both (104, 105,
/// X174); in the sandbox an identity that is sent must not be empty.
fn payer(customer: Option<&CustomerBody>, environment: Environment, faults: &mut Faults) {
    // Without the node its absence is told, and an empty name is told with its size.
    let Some(customer) = customer else { return };
    let is_needed = environment == Environment::Production;
    if is_needed && customer.name.is_none() {
        faults.add(ErrorCode::CUSTOMER_NAME_REQUIRED, "Customer.Name");
    }
    let identity = customer.identity.as_deref().map(str::trim);
    if identity == Some("") || (is_needed && identity.is_none()) {
        faults.add(ErrorCode::CUSTOMER_IDENTITY_REQUIRED, "Customer.Identity");
    }
}

/// A slip names the buyer's address: each member has a code of its own (197 to 202) but the
/// country, which has that of the payment's (R216).
fn address(customer: Option<&CustomerBody>, faults: &mut Faults) {
    type Member = fn(&AddressBody) -> &Option<String>;
    let members: [(Member, ErrorCode, &'static str); 7] = [
        (
            |a| &a.street,
            ErrorCode::STREET_REQUIRED,
            "Customer.Address.Street",
        ),
        (
            |a| &a.number,
            ErrorCode::NUMBER_REQUIRED,
            "Customer.Address.Number",
        ),
        (
            |a| &a.zip_code,
            ErrorCode::ZIP_CODE_REQUIRED,
            "Customer.Address.ZipCode",
        ),
        (
            |a| &a.city,
            ErrorCode::CITY_REQUIRED,
            "Customer.Address.City",
        ),
        (
            |a| &a.state,
            ErrorCode::STATE_REQUIRED,
            "Customer.Address.State",
        ),
        (
            |a| &a.district,
            ErrorCode::DISTRICT_REQUIRED,
            "Customer.Address.District",
        ),
        (
            |a| &a.country,
            ErrorCode::COUNTRY_REQUIRED,
            "Customer.Address.Country",
        ),
    ];
    let address = customer.and_then(|customer| customer.address.as_ref());
    for (member, code, field) in members {
        let sent = address.and_then(|address| member(address).as_deref());
        if sent.unwrap_or("").trim().is_empty() {
            faults.add(code, field);
        }
    }
}

/// A slip is neither captured nor proved by anybody (186); what comes in instalments is looked at
/// with the other terms.
fn options(payment: &PaymentBody, faults: &mut Faults) {
    for (sent, field) in [
        (payment.authenticate, "Payment.Authenticate"),
        (payment.capture, "Payment.Capture"),
    ] {
        if sent == Some(true) {
            faults.add(ErrorCode::OPTIONS_NOT_SUPPORTED, field);
        }
    }
}

/// What is printed, by its sizes; an empty text counts as not sent.
fn texts(payment: &PaymentBody, faults: &mut Faults) -> Texts {
    let mut text = |sent: &Option<String>, most, code, field| {
        faults.size(sent.as_deref(), most, code, field);
        sent.clone().filter(|text| !text.trim().is_empty())
    };
    let size = ErrorCode::FIELD_SIZE;
    Texts {
        assignor: text(&payment.assignor, 200, size, "Payment.Assignor"),
        address: text(&payment.address, 255, size, "Payment.Address"),
        identification: text(&payment.identification, 14, size, "Payment.Identification"),
        instructions: text(
            &payment.instructions,
            450,
            ErrorCode::INSTRUCTIONS_LENGTH,
            "Payment.Instructions",
        ),
        demonstrative: text(
            &payment.demonstrative,
            450,
            ErrorCode::DEMONSTRATIVE_LENGTH,
            "Payment.Demonstrative",
        ),
    }
}

/// The shop's own number: digits (184), at most 50 (0); how many the bank has room for is known
/// with the bank.
fn number(sent: Option<&str>, faults: &mut Faults) -> Option<OurNumber> {
    let sent = sent.map(str::trim).filter(|text| !text.is_empty())?;
    faults.size(
        Some(sent),
        OurNumber::MAX_LENGTH,
        ErrorCode::FIELD_SIZE,
        NUMBER,
    );
    let number = OurNumber::parse(sent);
    if number.is_none() && sent.chars().any(|c| !c.is_ascii_digit()) {
        faults.add(ErrorCode::REQUEST_FORMAT, NUMBER);
    }
    number
}

/// The due date: the dialect's when none is sent; no date, or one before days were counted, is
/// 184.
fn due(sent: Option<&str>, around: &Around, faults: &mut Faults) -> Option<DueDate> {
    let sent = sent.map(str::trim).filter(|text| !text.is_empty());
    let Some(sent) = sent else {
        let days = dialect::days_until_due(around.settings.dialect).days();
        return around.today.checked_add(days).ok().map(DueDate::new);
    };
    faults.size(Some(sent), 10, ErrorCode::FIELD_SIZE, DUE);
    let due = DueDate::parse(sent).filter(|due| factor(due.day()).is_some());
    if due.is_none() {
        faults.add(ErrorCode::REQUEST_FORMAT, DUE);
    }
    due
}

/// The provider, required: missing, unknown, or the simulator where there is none, is 133.
fn issuer(sent: Option<&str>, environment: Environment, faults: &mut Faults) -> Option<Issuer> {
    const FIELD: &str = "Payment.Provider";
    let sent = sent.unwrap_or("").trim();
    faults.size(Some(sent), 15, ErrorCode::FIELD_SIZE, FIELD);
    let here =
        |issuer: &Issuer| environment == Environment::Sandbox || issuer.bank() != Bank::Sandbox;
    let issuer = Issuer::parse(sent).filter(here);
    if issuer.is_none() {
        faults.add(ErrorCode::PROVIDER, FIELD);
    }
    issuer
}

/// Bank and account. The sandbox has an account for those who have set nothing of their own, and
/// its bank is none; a credential that is not whole is 215 (D26).
fn account(issuer: Issuer, around: &Around, faults: &mut Faults) -> Option<(Bank, Credential)> {
    let is_sandbox = around.environment == Environment::Sandbox;
    let bank = if is_sandbox {
        Bank::Sandbox
    } else {
        issuer.bank()
    };
    if is_sandbox && !Credential::is_begun(around.settings) {
        return Some((bank, Credential::SANDBOX));
    }
    let credential = Credential::of(around.settings, issuer).ok();
    if credential.is_none() {
        faults.add(ErrorCode::BOLETO_AGENCY, "");
    }
    credential.map(|credential| (bank, credential))
}
