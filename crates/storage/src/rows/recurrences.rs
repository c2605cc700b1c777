//! The rows of plans of recurrences and of their charges.
//!
//! Invariant: one paid charge for each cycle of a plan, by the primary key; the card of a plan
//! stands in it sealed only.

use aval_domain::amount::Amount;
use aval_domain::id::{MerchantId, PaymentId, RecurrentPaymentId};
use aval_domain::recurrence::calendar::{Date, Interval, RecurrencyDay};
use aval_domain::recurrence::{PlanStatus, Recurrence, RecurrentPayment};
use aval_domain::sale::OrderId;
use aval_domain::time::{Timestamp, parse_day};

use crate::changes::{Conflict, RecurrenceWrite};
use crate::recurrences::{Due, DuePlace};
use crate::rows::{Row, Table};
use crate::value::{BadCell, Cells, Column, Decode, Unwritable, Value};

/// The columns of [`TABLE`], for a SELECT.
macro_rules! columns {
    () => {
        "merchant_id, recurrent_payment_id, version, status, due_at, cycle, next_day, attempts, \
         successes, asking, start_day, end_day, interval_months, day, amount, sealed, \
         fingerprint, details, created_at, order_id"
    };
}
pub(crate) use columns;

/// Plans. An update sets all but when it was made and the order.
pub(crate) static TABLE: Table = Table {
    name: "recurrent_payments",
    columns: &[
        ("merchant_id", "uuid"),
        ("recurrent_payment_id", "uuid"),
        ("version", "int8"),
        ("status", "int8"),
        ("due_at", "int8"),
        ("cycle", "int8"),
        ("next_day", "text"),
        ("attempts", "int8"),
        ("successes", "int8"),
        ("asking", "uuid"),
        ("start_day", "text"),
        ("end_day", "text"),
        ("interval_months", "int8"),
        ("day", "int8"),
        ("amount", "int8"),
        ("sealed", "bytea"),
        ("fingerprint", "bytea"),
        ("details", "text"),
        ("created_at", "int8"),
        ("order_id", "text"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 16,
};

const CHARGE: &[(&str, &str)] = &[
    ("merchant_id", "uuid"),
    ("recurrent_payment_id", "uuid"),
    ("cycle", "int8"),
    ("attempt", "int8"),
    ("payment_id", "uuid"),
    ("at", "int8"),
];

/// Paid charges.
pub(crate) static PAID: Table = Table {
    name: "recurrences",
    columns: CHARGE,
    key: 3,
    taken: Some(Conflict::CyclePaid),
    replaced_when_older: None,
    updated: 0,
};

/// Denied charges.
pub(crate) static DENIALS: Table = Table {
    name: "recurrence_denials",
    columns: CHARGE,
    key: 4,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// The row of a write.
pub(crate) fn row(write: &RecurrenceWrite) -> Result<Row, Unwritable> {
    let insert = |table, values| Row::Insert {
        table,
        values,
        forget_before: None,
    };
    Ok(match write {
        RecurrenceWrite::InsertPlan(plan) => insert(&TABLE, encode(plan)?),
        RecurrenceWrite::UpdatePlan(plan) => Row::Update {
            table: &TABLE,
            values: encode_update(plan)?,
        },
        RecurrenceWrite::InsertPaid(paid) => insert(&PAID, encode_charge(paid)),
        RecurrenceWrite::InsertDenied(denied) => insert(&DENIALS, encode_charge(denied)),
    })
}

/// The values of a new plan.
fn encode(plan: &RecurrentPayment) -> Result<Vec<Value>, Unwritable> {
    let mut values = encode_update(plan)?;
    values.extend([plan.created_at.into(), plan.order.as_str().into()]);
    Ok(values)
}

/// Key and what can change, `version` first.
fn encode_update(plan: &RecurrentPayment) -> Result<Vec<Value>, Unwritable> {
    Ok(vec![
        plan.merchant.into(),
        plan.id.into(),
        plan.version.into(),
        i64::from(plan.status.number()).into(),
        plan.due_at.into(),
        plan.cycle.into(),
        plan.next.to_string().into(),
        i64::from(plan.attempts).into(),
        plan.successes.into(),
        plan.asking.into(),
        plan.start.to_string().into(),
        plan.end.map(|end| end.to_string()).into(),
        i64::from(plan.interval.months()).into(),
        i64::from(plan.day.number()).into(),
        plan.amount.cents().into(),
        plan.sealed.clone().into(),
        plan.fingerprint.map(|bytes| bytes.to_vec()).into(),
        Value::json((TABLE.name, "details"), &plan.details)?,
    ])
}

/// The values of a charge, paid or denied.
fn encode_charge(charge: &Recurrence) -> Vec<Value> {
    vec![
        charge.merchant.into(),
        charge.plan.into(),
        charge.cycle.into(),
        i64::from(charge.attempt).into(),
        charge.payment.into(),
        charge.at.into(),
    ]
}

impl Decode for RecurrentPayment {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let status = PlanStatus::of_number(row.small(3)?);
        let interval = Interval::of_months(row.int(12)?);
        let day = RecurrencyDay::new(row.int(13)?);
        let amount = Amount::new(row.int(14)?);
        let asking: Option<()> = row.opt_bytes(9)?.map(drop);
        let fingerprint: Option<()> = row.opt_bytes(16)?.map(drop);
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            id: RecurrentPaymentId::from_bytes(row.array(1)?),
            version: row.small(2)?,
            status: status.ok_or_else(|| BadCell::new(3, "is no status"))?,
            due_at: row.opt_time(4)?,
            cycle: row.small(5)?,
            next: date(row, 6)?,
            attempts: row.small(7)?,
            successes: row.small(8)?,
            asking: match asking {
                None => None,
                Some(()) => Some(PaymentId::from_bytes(row.array(9)?)),
            },
            start: date(row, 10)?,
            end: match row.opt_text(11)? {
                None => None,
                Some(_) => Some(date(row, 11)?),
            },
            interval: interval.ok_or_else(|| BadCell::new(12, "is no interval"))?,
            day: day.ok_or_else(|| BadCell::new(13, "is no day"))?,
            amount: amount.ok_or_else(|| BadCell::new(14, "is no amount"))?,
            sealed: row.opt_bytes(15)?,
            fingerprint: match fingerprint {
                None => None,
                Some(()) => Some(row.array(16)?),
            },
            details: row.json(17)?,
            created_at: Timestamp::from_micros(row.int(18)?),
            order: OrderId::restored(row.text(19)?),
        })
    }
}

/// A row that does not hold what it should is told of with its place: it stands in nobody's way.
impl Decode for Due {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        match RecurrentPayment::decode(row) {
            Ok(plan) => Ok(Self::Plan(Box::new(plan))),
            Err(why) => {
                let due_at = row.opt_time(4)?;
                let place = DuePlace::new(
                    due_at.ok_or_else(|| BadCell::new(4, "is absent"))?,
                    MerchantId::from_bytes(row.array(0)?),
                    RecurrentPaymentId::from_bytes(row.array(1)?),
                );
                Ok(Self::Damaged(place, why))
            }
        }
    }
}

impl Decode for Recurrence {
    fn column(at: usize) -> Column {
        PAID.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            plan: RecurrentPaymentId::from_bytes(row.array(1)?),
            cycle: row.small(2)?,
            attempt: row.small(3)?,
            payment: PaymentId::from_bytes(row.array(4)?),
            at: Timestamp::from_micros(row.int(5)?),
        })
    }
}

fn date(row: &impl Cells, at: usize) -> Result<Date, BadCell> {
    parse_day(&row.text(at)?).ok_or_else(|| BadCell::new(at, "is no day"))
}
