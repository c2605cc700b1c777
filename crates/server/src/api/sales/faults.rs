//! What is wrong with a request, gathered while it is read.
//!
//! Invariant: told in numeric order of the codes, each with its member; members of one code in the
//! order in which they were read (decision D03).

use std::borrow::Cow;

use aval_domain::brand::Brand;
use aval_domain::card::{Expiry, is_holder_name};
use aval_domain::error_code::ErrorCode;

use crate::api::error::{ApiError, Fault};
use crate::api::reader::Malformed;

/// What is wrong so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// A body that could not be read at all, or a member of the wrong kind.
    #[must_use]
    pub fn malformed(malformed: Malformed) -> ApiError {
        let field = malformed.field.map(Cow::Owned);
        ApiError::Invalid(vec![Fault {
            code: ErrorCode::REQUEST_FORMAT,
            field,
        }])
    }

    /// One more fault; an empty `field` means that it concerns no single member.
    pub fn add(&mut self, code: ErrorCode, field: &'static str) {
        let field = Some(Cow::Borrowed(field)).filter(|field| !field.is_empty());
        self.0.push(Fault { code, field });
    }

    /// One more fault of an element of a list.
    pub fn add_at(&mut self, code: ErrorCode, list: &str, at: usize, member: &str) {
        self.0.push(Fault {
            code,
            field: Some(Cow::Owned(format!("{list}[{at}].{member}"))),
        });
    }

    /// A text of more than `most` characters.
    pub fn size(&mut self, text: Option<&str>, most: usize, code: ErrorCode, field: &'static str) {
        // Bytes are never fewer than characters: most texts need not be counted.
        if text.is_some_and(|text| text.len() > most && text.chars().count() > most) {
            self.add(code, field);
        }
    }

    /// A holder's name: when sent, not empty, letters and blanks, at most 25.
    pub fn holder(&mut self, holder: Option<&str>, field: &'static str) {
        let Some(holder) = holder else { return };
        if holder.trim().is_empty() {
            self.add(ErrorCode::HOLDER_REQUIRED, field);
        }
        if !is_holder_name(holder) {
            self.add(ErrorCode::HOLDER_LETTERS, field);
        }
        self.size(Some(holder), 25, ErrorCode::FIELD_SIZE, field);
    }

    /// An expiry, required, as MM/YYYY.
    pub fn expiry(&mut self, text: Option<&str>, field: &'static str) -> Option<Expiry> {
        let text = text.unwrap_or("").trim();
        if text.is_empty() {
            self.add(ErrorCode::EXPIRATION_REQUIRED, field);
            return None;
        }
        self.size(Some(text), 7, ErrorCode::FIELD_SIZE, field);
        let expiry = Expiry::parse(text);
        if expiry.is_none() {
            self.add(ErrorCode::EXPIRATION_INVALID, field);
        }
        expiry
    }

    /// A brand, required and known.
    pub fn brand(&mut self, text: Option<&str>, field: &'static str) -> Option<Brand> {
        let text = text.unwrap_or("").trim();
        if text.is_empty() {
            self.add(ErrorCode::BRAND_REQUIRED, field);
            return None;
        }
        self.size(Some(text), 10, ErrorCode::FIELD_SIZE, field);
        let brand = Brand::parse(text);
        if brand.is_none() {
            self.add(ErrorCode::BRAND_NOT_SUPPORTED, field);
        }
        brand
    }

    /// All that is wrong, if anything is.
    ///
    /// # Errors
    /// All faults, in numeric order.
    pub fn finish(mut self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort_by_key(|fault| fault.code);
        Err(ApiError::Invalid(self.0))
    }
}
