//! Bodies of the PUTs of a recurrence, in every form that clients send.
//!
//! Invariant: a single value may come as it is, as a text, bare without quotes, or in an object
//! under its own name; buyer and payment as they are, or under their names.

use aval_domain::amount::{Amount, MAX_CENTS};
use aval_domain::customer::Customer;
use aval_domain::error_code::ErrorCode;
use aval_domain::recurrence::Modification;
use aval_domain::recurrence::calendar::{Date, Interval, RecurrencyDay};
use aval_domain::sale::{NewSale, PaidWith};
use aval_domain::time::parse_day;
use serde::Deserialize;
use serde_json::Value;

use crate::error::ApiError;
use crate::reader::{self, Read};
use crate::sales::Around;
use crate::sales::body::{PaymentBody, SaleBody};
use crate::sales::customer::{self, CustomerBody};
use crate::sales::faults::Faults;
use crate::sales::rules::{self, Asked};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UnderCustomer {
    customer: Option<CustomerBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UnderPayment {
    payment: Option<PaymentBody>,
}

pub(super) fn end_date(body: &[u8]) -> Result<Modification, ApiError> {
    date(body, "EndDate").map(Modification::EndDate)
}

pub(super) fn next_date(body: &[u8]) -> Result<Modification, ApiError> {
    date(body, "NextPaymentDate").map(Modification::NextDate)
}

pub(super) fn interval(body: &[u8]) -> Result<Modification, ApiError> {
    const NAME: &str = "Interval";
    let text = scalar(body, NAME).ok_or_else(|| malformed(NAME))?;
    let months = whole(&text).and_then(Interval::of_months);
    let interval = months.or_else(|| Interval::parse(&text));
    interval
        .map(Modification::Interval)
        .ok_or_else(|| malformed(NAME))
}

pub(super) fn installments(body: &[u8]) -> Result<Modification, ApiError> {
    const NAME: &str = "Installments";
    match number(body, NAME)? {
        number @ 1..=99 => Ok(Modification::Installments(
            u8::try_from(number).unwrap_or(1),
        )),
        100.. => Err(ApiError::one(ErrorCode::FIELD_SIZE, NAME)),
        _ => Err(ApiError::one(ErrorCode::INSTALLMENTS, NAME)),
    }
}

pub(super) fn day(body: &[u8]) -> Result<Modification, ApiError> {
    const NAME: &str = "RecurrencyDay";
    let day = number(body, NAME).ok().and_then(RecurrencyDay::new);
    day.map(Modification::Day)
        .ok_or_else(|| ApiError::one(ErrorCode::RECURRENCE_DAY, NAME))
}

pub(super) fn amount(body: &[u8]) -> Result<Modification, ApiError> {
    const NAME: &str = "Amount";
    let cents = number(body, NAME)?;
    Amount::new(cents).map(Modification::Amount).ok_or_else(|| {
        let is_long = cents > MAX_CENTS;
        let code = if is_long {
            ErrorCode::FIELD_SIZE
        } else {
            ErrorCode::AMOUNT
        };
        ApiError::one(code, NAME)
    })
}

/// The buyer, whole (decision D35).
pub(super) fn customer(body: &[u8], today: Date) -> Result<Customer, ApiError> {
    let under: Read<UnderCustomer> = reader::read(body).map_err(Faults::malformed)?;
    let (body, wrong) = match under.value.customer {
        Some(customer) => (Some(customer), under.wrong),
        None => {
            let bare: Read<CustomerBody> = reader::read(body).map_err(Faults::malformed)?;
            (Some(bare.value), within("Customer", bare.wrong))
        }
    };
    let mut faults = Faults::beside(wrong);
    let read = customer::read(body.as_ref(), today, &mut faults);
    if read == Customer::default() {
        faults.add(ErrorCode::CUSTOMER_REQUIRED, "Customer");
    }
    faults.finish()?;
    Ok(read)
}

/// The payment, whole, by the rules of a sale (decisions D29 and D35).
pub(super) fn payment(body: &[u8], around: &Around) -> Result<NewSale, ApiError> {
    let under: Read<UnderPayment> = reader::read(body).map_err(Faults::malformed)?;
    let (mut payment, wrong) = match under.value.payment {
        Some(payment) => (payment, under.wrong),
        None => {
            let bare: Read<PaymentBody> = reader::read(body).map_err(Faults::malformed)?;
            (bare.value, within("Payment", bare.wrong))
        }
    };
    let other = ApiError::one(ErrorCode::OPTIONS_NOT_SUPPORTED, "Payment.Type");
    let kind = payment.r#type.as_deref().unwrap_or("").trim();
    if !kind.is_empty() && !kind.eq_ignore_ascii_case("CreditCard") {
        return Err(other);
    }
    // It belongs to a recurrence already.
    payment.recurrent_payment = None;
    let sale = SaleBody {
        merchant_order_id: Some("0".to_owned()),
        customer: Some(CustomerBody::default()),
        payment: Some(payment),
        wallet: None,
    };
    let sale = Read { value: sale, wrong };
    match rules::read(sale, around)? {
        // What a wallet's key stands for is paid with once, as where a recurrence begins.
        Asked::Card(NewSale {
            paid_with: PaidWith::InWallet { .. },
            ..
        }) => {
            let code = ErrorCode::OPTIONS_NOT_SUPPORTED;
            Err(ApiError::one(code, "Payment.Wallet"))
        }
        Asked::Card(new) | Asked::Scheduled(new, _) => Ok(new),
        Asked::Transfer(_) | Asked::Slip(_) => Err(other),
    }
}

fn within(node: &str, wrong: Vec<String>) -> Vec<String> {
    let named = wrong.into_iter().map(|field| format!("{node}.{field}"));
    named.collect()
}

fn date(body: &[u8], name: &'static str) -> Result<Date, ApiError> {
    let day = scalar(body, name).and_then(|text| parse_day(&text));
    day.ok_or_else(|| malformed(name))
}

fn number(body: &[u8], name: &'static str) -> Result<i64, ApiError> {
    let number = scalar(body, name).and_then(|text| whole(&text));
    number.ok_or_else(|| malformed(name))
}

fn malformed(name: &'static str) -> ApiError {
    ApiError::one(ErrorCode::REQUEST_FORMAT, name)
}

/// A whole number, with zeros behind its point if need be; one that is too long is the largest.
fn whole(text: &str) -> Option<i64> {
    let (digits, rest) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let is_whole = !rest.is_empty() && rest.bytes().all(|byte| byte == b'0');
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let is_number = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
    if !is_whole || !is_number {
        return None;
    }
    let beyond = if digits.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    Some(digits.parse().unwrap_or(beyond))
}

/// The text of a single value.
fn scalar(body: &[u8], name: &str) -> Option<String> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => {
            let is_it = |(member, _): &(String, Value)| member.eq_ignore_ascii_case(name);
            let named = members.into_iter().rfind(is_it);
            text_of(named?.1)
        }
        Ok(value) => text_of(value),
        // Bare: a date that nobody put into quotes.
        Err(_) => std::str::from_utf8(body)
            .ok()
            .map(|text| text.trim().to_owned()),
    }
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(match number.as_f64() {
            // Beyond 64 bits it has become a fraction, which is written in full.
            Some(fraction) if number.is_f64() => fraction.to_string(),
            Some(_) | None => number.to_string(),
        }),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_in_every_form_that_clients_send() {
        for body in [
            "156",
            "\"156\"",
            " 156.0 ",
            "{\"amount\":156}",
            "{\"Amount\":\"156\"}",
        ] {
            let read = amount(body.as_bytes());
            let is = matches!(read, Ok(Modification::Amount(found)) if found.cents() == 156);
            assert!(is, "{body}");
        }
        for body in [
            "\"2026-1-5\"",
            "2026-01-05",
            "{\"EndDate\":\"2026/01/05T00:00:00\"}",
        ] {
            let read = end_date(body.as_bytes());
            let is = matches!(read, Ok(Modification::EndDate(found))
                if found.to_string() == "2026-01-05");
            assert!(is, "{body}");
        }
        for body in ["6", "\"6\"", "\"semiannual\"", "SemiAnnual", "6.0"] {
            let read = interval(body.as_bytes());
            let is = matches!(read, Ok(Modification::Interval(Interval::SemiAnnual)));
            assert!(is, "{body}");
        }
    }

    #[test]
    fn what_is_no_value_has_its_code() {
        let code = |read: Result<Modification, ApiError>| read.err().unwrap();
        let one = ApiError::one;
        for body in [
            "",
            "null",
            "[]",
            "true",
            "\"x\"",
            "1.5",
            "{\"other\":1}",
            "\u{7f}",
        ] {
            assert_eq!(
                code(amount(body.as_bytes())),
                one(ErrorCode::REQUEST_FORMAT, "Amount")
            );
            let day = code(day(body.as_bytes()));
            assert_eq!(day, one(ErrorCode::RECURRENCE_DAY, "RecurrencyDay"));
        }
        for (body, expected) in [
            ("0", ErrorCode::AMOUNT),
            ("-5", ErrorCode::AMOUNT),
            ("1000000000000000", ErrorCode::FIELD_SIZE),
            ("99999999999999999999999", ErrorCode::FIELD_SIZE),
        ] {
            assert_eq!(
                code(amount(body.as_bytes())),
                one(expected, "Amount"),
                "{body}"
            );
        }
        for (body, expected) in [
            ("0", ErrorCode::INSTALLMENTS),
            ("100", ErrorCode::FIELD_SIZE),
        ] {
            let refused = code(installments(body.as_bytes()));
            assert_eq!(refused, one(expected, "Installments"), "{body}");
        }
    }
}
