//! What a single value is when a boolean, a number or a text is asked for.
//!
//! Invariant: a value is either read without loss or not at all. Two exceptions: a whole number
//! beyond 128 bits becomes the largest, and one beyond 64 bits has by then the precision of a
//! float, unless it is written as text.

use std::borrow::Cow;

use super::tree::{Blank, Node};

impl Node<'_> {
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            Self::Text(_) | Self::Int(_) | Self::UInt(_) | Self::Float(_) => match self.whole()? {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            },
            Self::Null | Self::Blank(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    pub(super) fn whole(&self) -> Option<i128> {
        match self {
            Self::Int(number) => Some(i128::from(*number)),
            Self::UInt(number) => Some(i128::from(*number)),
            Self::Float(number) if number.fract() == 0.0 => Some(*number as i128),
            Self::Text(text) => whole_number(text.trim()),
            Self::Float(_)
            | Self::Null
            | Self::Bool(_)
            | Self::Blank(_)
            | Self::Array(_)
            | Self::Object(_) => None,
        }
    }

    pub(super) fn decimal(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::UInt(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            // Rust would also take words for infinity and for what is no number.
            Self::Text(text) => text
                .trim()
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite()),
            Self::Null | Self::Bool(_) | Self::Blank(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) | Self::Blank(Blank { text, .. }) => storable(text).map(Cow::Borrowed),
            Self::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Self::Int(number) => Some(Cow::Owned(number.to_string())),
            Self::UInt(number) => Some(Cow::Owned(number.to_string())),
            Self::Float(number) => Some(Cow::Owned(number.to_string())),
            Self::Null | Self::Array(_) | Self::Object(_) => None,
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
