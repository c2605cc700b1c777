//! How the JSON body of a request is read: as much as real clients send, into the type that the
//! operation asks for (decisions D04 and D08).
//!
//! A body is UTF-8, with or without a byte order mark, or else Latin-1. Members are matched
//! without regard to case, unknown ones are not looked at, and of two values for one member the
//! last counts. Null is the same as absent, and so is an object that holds nothing else, be it the
//! value of a member or an element of an array. Numbers and booleans may be written as text, where
//! a blank text counts as absent, and text may be written as a number or a boolean. A single
//! object stands for an array of one.
//!
//! A value of the wrong kind does not end the reading: it is taken for absent and told beside the
//! rest, so that a caller learns of all that is wrong at once (decision D03).
//!
//! A type to read into names its members with `rename`; `alias`, `flatten`, `untagged` and enums
//! are not for it, as they hide from the reader what a member should be. Its members are optional
//! and its lists are [`List`]s.
//!
//! Invariant: nothing that a body holds, not even the name of a member, is kept in an error, for
//! bodies hold card numbers.

mod fault;
mod lenient;
mod list;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;

use std::borrow::Cow;

use serde::de::DeserializeOwned;

pub use self::list::List;

use self::tree::Node;

/// A body that was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// What it says.
    pub value: T,
    /// The members whose values are of the wrong kind (code 184), like
    /// `Payment.ExtraDataCollection[1].Name`, in the spelling of the API. They were taken for
    /// absent.
    pub wrong: Vec<String>,
}

/// A body that cannot be read into what the operation takes (code 184).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body of the request is malformed")]
pub struct Malformed {
    /// The member that is missing, of a type whose members are not optional; none when the body is
    /// empty, is no JSON at all or is of the wrong kind as a whole.
    pub field: Option<String>,
}

/// Reads the body of a request.
///
/// # Errors
/// When nothing of it can be read.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<Read<T>, Malformed> {
    let text = decoded(body);
    let tree: Node<'_> =
        serde_json::from_str(&text).map_err(|_unquoted| Malformed { field: None })?;
    let (value, wrong) = lenient::read(&tree).map_err(|fault| Malformed {
        field: fault.path(),
    })?;
    let wrong: Option<Vec<String>> = wrong.iter().map(fault::Fault::path).collect();
    Ok(Read {
        value,
        wrong: wrong.ok_or(Malformed { field: None })?,
    })
}

/// The text of the body. Clients that send Latin-1 do not say so, and what they send is not UTF-8
/// as soon as it has one accent.
fn decoded(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    match str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_latin1) => Cow::Owned(body.iter().copied().map(char::from).collect()),
    }
}
