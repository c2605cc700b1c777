//! Bodies of the sandbox API: one object, its members without regard to case.
//!
//! Invariant: values have the type they should; unlike the API, which real clients' habits made
//! lenient, a number written as text is refused. No error shows a value.

use std::borrow::Cow;

use aval_domain::error_code::ErrorCode;
use aval_domain::id::MerchantId;
use serde_json::{Map, Value};

use aval_api::error::{ApiError, Fault};

/// The members of a body.
pub struct Members(Map<String, Value>);

impl Members {
    /// Reads a body.
    ///
    /// # Errors
    /// 184 when it is no JSON object.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        let malformed = || ApiError::Invalid(vec![Fault::plain(ErrorCode::REQUEST_FORMAT)]);
        serde_json::from_slice(body)
            .map(Self)
            .map_err(|_unquoted| malformed())
    }

    /// A member's value; null is absent.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        let members = self.0.iter();
        let found = members.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value)
            .rfind(|value| !value.is_null())
    }

    /// Refuses members that have none of these names.
    ///
    /// # Errors
    /// 9010 with the name of one; without it when it is no name as ours are.
    pub fn none_but(&self, names: &[&str]) -> Result<(), ApiError> {
        let is_known = |key: &str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
        let Some(unknown) = self.0.keys().find(|key| !is_known(key)) else {
            return Ok(());
        };
        let is_name = unknown.len() <= 20 && unknown.bytes().all(|b| b.is_ascii_alphabetic());
        Err(ApiError::Invalid(vec![Fault {
            code: ErrorCode::SANDBOX_VALUE,
            field: is_name.then(|| Cow::Owned(unknown.clone())),
        }]))
    }

    /// A text.
    ///
    /// # Errors
    /// 9010 when it is none.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, ApiError> {
        let text = |value: &'_ Value| value.as_str().is_some();
        match self.value(name) {
            Some(value) if !text(value) => Err(refused(name)),
            found => Ok(found.and_then(Value::as_str)),
        }
    }

    /// The members of an object.
    ///
    /// # Errors
    /// 9010 when it is missing or none.
    pub fn node(&self, name: &'static str) -> Result<Self, ApiError> {
        let node = self.value(name).and_then(Value::as_object).cloned();
        node.map(Self).ok_or_else(|| refused(name))
    }

    /// A whole number that is not negative.
    ///
    /// # Errors
    /// 9010 when it is none.
    pub fn whole(&self, name: &'static str) -> Result<Option<i64>, ApiError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let number = value.as_i64().filter(|number| *number >= 0);
        number.map(Some).ok_or_else(|| refused(name))
    }

    /// The MerchantId that a call is about.
    ///
    /// # Errors
    /// 9010 when it is missing or no GUID.
    pub fn merchant(&self) -> Result<MerchantId, ApiError> {
        let id = self.text("MerchantId")?.and_then(MerchantId::parse);
        id.ok_or_else(|| refused("MerchantId"))
    }
}

/// 9010 for a member.
#[must_use]
pub fn refused(name: &'static str) -> ApiError {
    ApiError::Invalid(vec![Fault {
        code: ErrorCode::SANDBOX_VALUE,
        field: Some(Cow::Borrowed(name)),
    }])
}
