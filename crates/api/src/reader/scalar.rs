//! What a single value is when a boolean, a number or a text is asked for.
//!
//! Invariant: a value is either read without loss or not at all. Two exceptions: a whole number
//! beyond 128 bits becomes the largest, and one beyond 64 bits has by then the precision of a
//! float, unless it is written as text.

use std::borrow::Cow;

use super::tree::{Kind, Node};

impl Node<'_> {
    pub(super) fn truth(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(value) => Some(*value),
            Kind::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Kind::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            Kind::Text(_) | Kind::Int(_) | Kind::UInt(_) | Kind::Float(_) => match self.whole()? {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            },
            Kind::Null | Kind::Blank(_) | Kind::Array(_) | Kind::Object(_) => None,
        }
    }

    pub(super) fn whole(&self) -> Option<i128> {
        match &self.kind {
            Kind::Int(number) => Some(i128::from(*number)),
            Kind::UInt(number) => Some(i128::from(*number)),
            Kind::Float(number) if number.fract() == 0.0 => Some(*number as i128),
            Kind::Text(text) => whole_number(text.trim()),
            Kind::Float(_)
            | Kind::Null
            | Kind::Bool(_)
            | Kind::Blank(_)
            | Kind::Array(_)
            | Kind::Object(_) => None,
        }
    }

    pub(super) fn decimal(&self) -> Option<f64> {
        match &self.kind {
            Kind::Int(number) => Some(*number as f64),
            Kind::UInt(number) => Some(*number as f64),
            Kind::Float(number) => Some(*number),
            // Rust would also take words for infinity and for what is no number.
            Kind::Text(text) => text
                .trim()
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite()),
            Kind::Null | Kind::Bool(_) | Kind::Blank(_) | Kind::Array(_) | Kind::Object(_) => None,
        }
    }

    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match &self.kind {
            Kind::Text(text) | Kind::Blank(text) => storable(text).map(Cow::Borrowed),
            Kind::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Kind::Int(number) => Some(Cow::Owned(number.to_string())),
            Kind::UInt(number) => Some(Cow::Owned(number.to_string())),
            Kind::Float(number) => Some(Cow::Owned(number.to_string())),
            Kind::Null | Kind::Array(_) | Kind::Object(_) => None,
        }
    }
}

/// The text, unless it has a U+0000, which PostgreSQL cannot hold.
pub(super) fn storable(text: &str) -> Option<&str> {
    (!text.contains('\0')).then_some(text)
}

/// The number that digits stand for, with a sign before and zeros after the point if need be.
fn whole_number(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_whole = !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0');
    if digits.is_empty() || !is_whole {
        return None;
    }
    let number = digits.chars().try_fold(0_i128, |number, digit| {
        let digit = i128::from(digit.to_digit(10)?);
        Some(number.saturating_mul(10).saturating_add(digit))
    })?;
    Some(if text.starts_with('-') {
        number.saturating_neg()
    } else {
        number
    })
}
