//! The row of a sale.
//!
//! Invariant: what searches and rules need stands in columns of its own; what is only shown stands
//! in `details` as JSON and never changes.

use aval_domain::amount::Amount;
use aval_domain::authorization::Receipt;
use aval_domain::fraud::analysis::Status;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::payment::{Capture, Confirmed, PartVoid, State};
use aval_domain::sale::{Details, OrderId, Sale};
use aval_domain::time::Timestamp;

use crate::rows::Table;
use crate::value::{BadCell, Cells, Column, Decode, Unwritable, Value};

/// The columns of [`TABLE`], for a SELECT.
macro_rules! columns {
    () => {
        "merchant_id, payment_id, version, status, captured, voided, service_tax, authorized_at, \
         captured_at, voided_at, tid, proof_of_sale, authorization_code, return_code, \
         return_message, advice, analysis, order_id, received_at, amount, fingerprint, \
         request_id, details"
    };
}
pub(crate) use columns;

/// Sales. An update sets what a transition can change.
pub(crate) static TABLE: Table = Table {
    name: "sales",
    columns: &[
        ("merchant_id", "uuid"),
        ("payment_id", "uuid"),
        ("version", "int8"),
        ("status", "int8"),
        ("captured", "int8"),
        ("voided", "int8"),
        ("service_tax", "int8"),
        ("authorized_at", "int8"),
        ("captured_at", "int8"),
        ("voided_at", "int8"),
        ("tid", "text"),
        ("proof_of_sale", "text"),
        ("authorization_code", "text"),
        ("return_code", "text"),
        ("return_message", "text"),
        ("advice", "text"),
        ("analysis", "int8"),
        ("order_id", "text"),
        ("received_at", "int8"),
        ("amount", "int8"),
        ("fingerprint", "bytea"),
        ("request_id", "text"),
        ("details", "text"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 15,
};

/// The values of a new row.
pub(crate) fn encode(sale: &Sale) -> Result<Vec<Value>, Unwritable> {
    let mut values = encode_update(sale);
    values.extend([
        sale.order.as_str().into(),
        sale.received_at.into(),
        sale.amount.cents().into(),
        sale.fingerprint.map(|bytes| bytes.to_vec()).into(),
        sale.request_id.as_str().into(),
        Value::json((TABLE.name, "details"), &sale.details)?,
    ]);
    Ok(values)
}

/// Key and what a transition can change, `version` first.
pub(crate) fn encode_update(sale: &Sale) -> Vec<Value> {
    let capture = sale.state.capture_made();
    let given_back = sale.state.given_back(sale.amount);
    // A sale voided before its capture gave back a limit, not money.
    let voided = match (capture, given_back) {
        (Some(_), Some(given)) => given.amount.cents(),
        (None, _) | (_, None) => 0,
    };
    let receipt = sale.receipt.as_ref();
    let text = |pick: fn(&Receipt) -> &String| receipt.map(|r| pick(r).as_str()).into();
    vec![
        sale.merchant.into(),
        sale.id.into(),
        sale.version.into(),
        i64::from(sale.state.status().number()).into(),
        capture.map_or(0, |capture| capture.amount.cents()).into(),
        voided.into(),
        sale.details.terms.service_tax.into(),
        sale.state.authorized_at().into(),
        capture.map(|capture| capture.at).into(),
        given_back.map(|given| given.at).into(),
        text(|r| &r.tid),
        text(|r| &r.proof_of_sale),
        receipt.and_then(|r| r.authorization_code.as_deref()).into(),
        text(|r| &r.return_code),
        text(|r| &r.return_message),
        receipt.and_then(|r| r.advice.as_deref()).into(),
        sale.analysis
            .map(|status| i64::from(status.number()))
            .into(),
    ]
}

impl Decode for Sale {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let amount = Amount::new(row.int(19)?).ok_or_else(|| BadCell::new(19, "is no amount"))?;
        let mut details: Details = row.json(22)?;
        details.terms.service_tax = row.int(6)?;
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            id: PaymentId::from_bytes(row.array(1)?),
            version: row.small(2)?,
            state: state(row)?,
            receipt: receipt(row)?,
            order: OrderId::restored(row.text(17)?),
            received_at: Timestamp::from_micros(row.int(18)?),
            amount,
            fingerprint: row.opt_array(20)?,
            request_id: row.text(21)?,
            analysis: row.opt_int(16)?.and_then(Status::of_number),
            received: 0,
            details,
        })
    }
}

fn receipt(row: &impl Cells) -> Result<Option<Receipt>, BadCell> {
    let Some(return_code) = row.opt_text(13)? else {
        return Ok(None);
    };
    Ok(Some(Receipt {
        tid: row.text(10)?,
        proof_of_sale: row.text(11)?,
        authorization_code: row.opt_text(12)?,
        return_code,
        return_message: row.text(14)?,
        advice: row.opt_text(15)?,
    }))
}

fn state(row: &impl Cells) -> Result<State, BadCell> {
    let authorized_at = || row.opt_time(7)?.ok_or_else(|| BadCell::missing(7));
    let voided_at = || row.opt_time(9)?.ok_or_else(|| BadCell::missing(9));
    let capture = match (Amount::new(row.int(4)?), row.opt_time(8)?) {
        (Some(amount), Some(at)) => Some(Capture { amount, at }),
        (None, _) | (_, None) => None,
    };
    let captured = || capture.ok_or_else(|| BadCell::missing(8));
    Ok(match row.int(3)? {
        0 => State::NotFinished,
        1 => State::Authorized(authorized_at()?),
        2 => {
            let voided = match Amount::new(row.int(5)?) {
                None => None,
                Some(amount) => Some(PartVoid {
                    amount,
                    at: voided_at()?,
                }),
            };
            let (authorized_at, capture) = (authorized_at()?, captured()?);
            State::Confirmed(Confirmed {
                authorized_at,
                capture,
                voided,
            })
        }
        3 => State::Denied,
        12 => State::Pending,
        13 => State::Aborted,
        10 => State::Voided {
            authorized_at: authorized_at()?,
            capture,
            at: voided_at()?,
        },
        11 => {
            let (authorized_at, capture) = (authorized_at()?, captured()?);
            State::Refunded {
                authorized_at,
                capture,
                at: voided_at()?,
            }
        }
        _ => return Err(BadCell::new(3, "is no status")),
    })
}

/// Payment id and time of reception, of the query by order.
impl Decode for (PaymentId, Timestamp) {
    fn column(at: usize) -> Column {
        (
            TABLE.name,
            if at == 0 { "payment_id" } else { "received_at" },
        )
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok((
            PaymentId::from_bytes(row.array(0)?),
            Timestamp::from_micros(row.int(1)?),
        ))
    }
}
