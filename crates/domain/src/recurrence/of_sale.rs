//! What a sale knows of the recurrence it belongs to.
//!
//! Invariant: written with the sale and never changed: the dates are those that held when the plan
//! began. The plan itself says what holds now.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::calendar::Interval;
use crate::id::RecurrentPaymentId;
use crate::time::parse_day;

/// The recurrence of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleRecurrence {
    /// Names the plan.
    #[serde(serialize_with = "write_id", deserialize_with = "read_id")]
    pub id: RecurrentPaymentId,
    /// Of the payment with which the plan began; absent of those that the plan made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub began: Option<Began>,
}

/// The terms of a plan as its first payment began it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Began {
    /// Time between charges.
    pub interval: Interval,
    /// The day of the first payment.
    #[serde(serialize_with = "write_day", deserialize_with = "read_day")]
    pub start: Date,
    /// The day of the second.
    #[serde(serialize_with = "write_day", deserialize_with = "read_day")]
    pub next: Date,
    /// The last day on which a charge may be made.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        serialize_with = "write_end",
        deserialize_with = "read_end"
    )]
    pub end: Option<Date>,
}

fn write_id<S: Serializer>(id: &RecurrentPaymentId, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(id)
}

fn read_id<'de, D: Deserializer<'de>>(from: D) -> Result<RecurrentPaymentId, D::Error> {
    let text = String::deserialize(from)?;
    RecurrentPaymentId::parse(&text).ok_or_else(|| serde::de::Error::custom("no recurrence"))
}

fn write_day<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(day)
}

fn read_day<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let text = String::deserialize(from)?;
    parse_day(&text).ok_or_else(|| serde::de::Error::custom("no day"))
}

fn write_end<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
    match day {
        Some(day) => to.collect_str(day),
        None => to.serialize_none(),
    }
}

fn read_end<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    read_day(from).map(Some)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn what_a_sale_knows_is_read_as_it_was_written() {
        let id = RecurrentPaymentId::from_bytes([7; 16]);
        let charge = SaleRecurrence { id, began: None };
        let first = SaleRecurrence {
            id,
            began: Some(Began {
                interval: Interval::SemiAnnual,
                start: date(2015, 5, 4),
                next: date(2015, 11, 4),
                end: Some(date(2019, 12, 1)),
            }),
        };
        for known in [charge, first] {
            let text = serde_json::to_string(&known).unwrap();
            assert_eq!(
                serde_json::from_str::<SaleRecurrence>(&text).unwrap(),
                known
            );
        }
    }
}
