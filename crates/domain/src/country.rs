//! Countries of a payment, as three letters.
//!
//! Invariant: a [`Country`] is an assigned ISO 3166-1 alpha-3 code in capitals.

use serde::{Deserialize, Serialize};

use crate::tables::countries::COUNTRIES;

/// A country by its three letters, `BRA` unless the merchant says otherwise (manual line 631).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 3]);

impl Country {
    /// Brazil, the default.
    pub const BRAZIL: Self = Self(*b"BRA");

    /// Reads three letters in any case; `None` when no such country exists.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        COUNTRIES.binary_search(&upper.as_str()).ok()?;
        upper.as_bytes().try_into().ok().map(Self)
    }

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("BRA")
    }
}

impl std::fmt::Debug for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Country {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is not a country"))
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_complete() {
        assert!(COUNTRIES.is_sorted());
        assert_eq!(COUNTRIES.len(), 249);
    }

    #[test]
    fn a_country_is_read_in_any_case_and_written_in_capitals() {
        assert_eq!(Country::parse("usa").unwrap().as_str(), "USA");
        assert!(Country::parse("XYZ").is_none());
        assert!(Country::parse("BR").is_none());
    }
}
