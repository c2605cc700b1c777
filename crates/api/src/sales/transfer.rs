//! The rules of bank transfers (manual lines 2136 to 2227).
//!
//! Invariant: as in [`super::rules`].

use aval_domain::authorization::Provider;
use aval_domain::error_code::ErrorCode;
use aval_domain::sale::NewTransfer;
use aval_domain::settings::Settings;

use super::body::PaymentBody;
use super::faults::Faults;
use super::return_url;
use super::rules::{Parts, without_parts};
use crate::error::ApiError;

/// The names of banks as clients write them (live behaviour), in any case.
const BANKS: [(&str, Provider); 4] = [
    ("Bradesco", Provider::Bradesco),
    ("Bradesco2", Provider::Bradesco),
    ("BancodoBrasil", Provider::BancoDoBrasil),
    ("BancodoBrasil2", Provider::BancoDoBrasil),
];

/// Reads a transfer.
pub(super) fn read(
    payment: &PaymentBody,
    settings: &Settings,
    parts: Parts,
    mut faults: Faults,
) -> Result<NewTransfer, ApiError> {
    let bank = bank(payment.provider.as_deref(), &mut faults);
    if payment.authenticate == Some(true) {
        faults.add(ErrorCode::OPTIONS_NOT_SUPPORTED, "Payment.Authenticate");
    }
    if payment.capture == Some(true) {
        faults.add(ErrorCode::OPTIONS_NOT_SUPPORTED, "Payment.Capture");
    }
    let sent = payment.return_url.as_deref();
    let return_url = return_url::read(sent, settings.dialect, &mut faults);
    let basis = parts.finish(faults)?;
    Ok(NewTransfer {
        basis,
        bank: bank.ok_or_else(without_parts)?,
        return_url: return_url.ok_or_else(without_parts)?,
    })
}

/// The bank, required: missing or unknown is 133.
pub(super) fn bank(sent: Option<&str>, faults: &mut Faults) -> Option<Provider> {
    const FIELD: &str = "Payment.Provider";
    let sent = sent.unwrap_or("").trim();
    faults.size(Some(sent), 15, ErrorCode::FIELD_SIZE, FIELD);
    let is = |(name, _): &&(&str, Provider)| name.eq_ignore_ascii_case(sent);
    let bank = BANKS.iter().find(is).map(|(_, bank)| *bank);
    if bank.is_none() {
        faults.add(ErrorCode::PROVIDER, FIELD);
    }
    bank
}
