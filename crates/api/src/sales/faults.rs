//! What is wrong with a request, gathered while it is read.
//!
//! Invariant: told in numeric order of the codes, each with its member; members of one code in the
//! order in which they were read (decision D03). Of a member of the wrong kind nothing else is
//! told. However long a list is, what is told of it is not.

use std::borrow::Cow;
use std::collections::HashMap;

use aval_domain::brand::Brand;
use aval_domain::card::{Expiry, is_holder_name};
use aval_domain::error_code::ErrorCode;

use crate::error::{ApiError, Fault};
use crate::reader::Malformed;

/// What is wrong so far.
#[derive(Debug, Default)]
pub struct Faults {
    told: Vec<Fault>,
    /// Members of the wrong kind, which the rules take for absent.
    wrong: Vec<String>,
}

/// Elements of one list that are told with one code.
const MOST_OF_A_LIST: usize = 10;

impl Faults {
    /// The members of the wrong kind, with what will be added.
    #[must_use]
    pub fn beside(wrong: Vec<String>) -> Self {
        let fault = |field: &String| Fault {
            code: ErrorCode::REQUEST_FORMAT,
            field: Some(Cow::Owned(field.clone())),
        };
        Self {
            told: wrong.iter().map(fault).collect(),
            wrong,
        }
    }

    /// Whether the member is of the wrong kind, so that it was sent and says nothing.
    #[must_use]
    pub fn has_wrong(&self, field: &str) -> bool {
        self.wrong.iter().any(|wrong| wrong == field)
    }

    /// A body that could not be read at all.
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
        let named = Some(Cow::Borrowed(field)).filter(|field| !field.is_empty());
        if !self.has_wrong(field) {
            self.told.push(Fault { code, field: named });
        }
    }

    /// One more fault of an element of a list.
    pub fn add_at(&mut self, code: ErrorCode, list: &str, at: usize, member: &str) {
        let field = format!("{list}[{at}].{member}");
        if !self.has_wrong(&field) {
            let field = Some(Cow::Owned(field));
            self.told.push(Fault { code, field });
        }
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
        if self.told.is_empty() {
            return Ok(());
        }
        let mut of_lists = HashMap::new();
        self.told.retain(|fault| {
            let field = fault.field.as_deref().unwrap_or("");
            let Some((list, _)) = field.split_once('[') else {
                return true;
            };
            let told: &mut usize = of_lists.entry((fault.code, list.to_owned())).or_default();
            *told = told.saturating_add(1);
            *told <= MOST_OF_A_LIST
        });
        self.told.sort_by_key(|fault| fault.code);
        Err(ApiError::Invalid(self.told))
    }
}
