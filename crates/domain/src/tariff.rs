//! What a merchant pays for each function of the API it uses (decisions D40 and D49).
//!
//! Invariant: every function has a price. The default prices are data (`data/tariff.tsv`); a tariff
//! keeps only where it differs from them, so that two tariffs of the same prices are equal.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::tables::rows;

/// The highest price, in cents: R$ 100,000.
pub const MOST: u32 = 10_000_000;

/// What is charged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// A sale sent to an acquirer, approved or denied.
    Authorization,
    /// A capture, whole or in part.
    Capture,
    /// A void within 24 hours of the capture.
    Void,
    /// A void later than that.
    Refund,
    /// A card that was stored.
    Tokenization,
    /// A charge of a recurrence, paid or denied.
    RecurrenceRun,
    /// A fraud analysis.
    FraudAnalysis,
    /// A buyer at the page of his issuer.
    Authentication,
    /// A boleto that was issued.
    Boleto,
    /// A bank transfer that began.
    Transfer,
    /// A query of a sale, a card or a recurrence.
    Query,
    /// A notification that was received.
    Notification,
}

impl Function {
    /// All of them, in the order of a statement.
    pub const ALL: [Self; 12] = [
        Self::Authorization,
        Self::Capture,
        Self::Void,
        Self::Refund,
        Self::Tokenization,
        Self::RecurrenceRun,
        Self::FraudAnalysis,
        Self::Authentication,
        Self::Boleto,
        Self::Transfer,
        Self::Query,
        Self::Notification,
    ];

    /// The number that stands for it in the store.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Authorization => 1,
            Self::Capture => 2,
            Self::Void => 3,
            Self::Refund => 4,
            Self::Tokenization => 5,
            Self::RecurrenceRun => 6,
            Self::FraudAnalysis => 7,
            Self::Authentication => 8,
            Self::Boleto => 9,
            Self::Transfer => 10,
            Self::Query => 11,
            Self::Notification => 12,
        }
    }

    /// From the number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        let is = |one: &Self| i64::from(one.number()) == number;
        Self::ALL.into_iter().find(is)
    }

    /// The word in settings and data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
            Self::Tokenization => "tokenization",
            Self::RecurrenceRun => "recurrence_run",
            Self::FraudAnalysis => "fraud_analysis",
            Self::Authentication => "authentication",
            Self::Boleto => "boleto",
            Self::Transfer => "transfer",
            Self::Query => "query",
            Self::Notification => "notification",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|function| function.name() == text)
    }

    /// Its price in cents where a merchant has none of its own.
    #[must_use]
    pub fn default_cents(self) -> u32 {
        DEFAULT.get(&self).copied().unwrap_or(0)
    }
}

/// The prices that ship with the program.
static DEFAULT: LazyLock<BTreeMap<Function, u32>> = LazyLock::new(|| {
    rows::<3>(include_str!("../data/tariff.tsv"))
        .filter_map(|[name, cents, _counts]| Some((Function::parse(name)?, cents.parse().ok()?)))
        .collect()
});

/// The prices of a merchant, kept as the text that names those of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tariff(BTreeMap<Function, u32>);

impl Tariff {
    /// Reads prices in cents as `authorization=40,query=1`; a function that is not named has its
    /// default price. `None` when one is no function, named twice, or no price up to [`MOST`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut named = BTreeMap::new();
        let parts = text.split(',').map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            let (name, cents) = part.split_once('=')?;
            let cents = cents.trim();
            // `parse` would take a plus sign too.
            let is_number = !cents.is_empty() && cents.bytes().all(|byte| byte.is_ascii_digit());
            let cents = cents.parse().ok().filter(|cents| *cents <= MOST);
            let function = Function::parse(name.trim())?;
            let before = named.insert(function, cents.filter(|_| is_number)?);
            if before.is_some() {
                return None;
            }
        }
        named.retain(|function, cents| *cents != function.default_cents());
        Some(Self(named))
    }

    /// The price of a function, in cents.
    #[must_use]
    pub fn cents(&self, function: Function) -> u32 {
        let own = self.0.get(&function).copied();
        own.unwrap_or_else(|| function.default_cents())
    }
}

/// Every price, as [`Tariff::parse`] reads it.
impl std::fmt::Display for Tariff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, function) in Function::ALL.into_iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{}={}", function.name(), self.cents(function))?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Tariff {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no tariff")
    }
}

/// The prices that differ from the default, since the others may change with the data.
impl From<Tariff> for String {
    fn from(tariff: Tariff) -> Self {
        let own = tariff.0.iter();
        let own = own.map(|(function, cents)| format!("{}={cents}", function.name()));
        own.collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_numbers_of_their_own() {
        for function in Function::ALL {
            let number = i64::from(function.number());
            assert_eq!(Function::of_number(number), Some(function));
        }
    }

    #[test]
    fn every_function_has_a_default_price_in_the_data_and_a_name_of_its_own() {
        assert_eq!(DEFAULT.len(), Function::ALL.len());
        for function in Function::ALL {
            assert_eq!(Function::parse(function.name()), Some(function));
            assert!(DEFAULT.contains_key(&function), "{function:?}");
        }
        assert_eq!(Function::Authorization.default_cents(), 35);
    }

    #[test]
    fn a_price_of_ones_own_goes_before_the_default_and_the_others_stay() {
        let own = Tariff::parse(" authorization = 40, query=0,capture=0").unwrap();
        assert_eq!(own.cents(Function::Authorization), 40);
        assert_eq!(own.cents(Function::Capture), 0);
        let default = Tariff::default();
        let same = |function: &Function| own.cents(*function) == default.cents(*function);
        assert_eq!(Function::ALL.iter().filter(|one| same(one)).count(), 10);
        assert!(
            own.to_string()
                .starts_with("authorization=40,capture=0,void=10,")
        );
        assert_eq!(Tariff::parse(&own.to_string()), Some(own.clone()));
        let stored = serde_json::to_string(&own).unwrap();
        assert_eq!(stored, r#""authorization=40,capture=0""#);
        assert_eq!(serde_json::from_str::<Tariff>(&stored).unwrap(), own);
        assert_eq!(Tariff::parse(""), Some(default), "empty: all as shipped");
    }

    #[test]
    fn what_is_no_price_of_a_function_is_refused() {
        for text in [
            "authorization",
            "authorization=",
            "authorization=-1",
            "authorization=+1",
            "authorization=1.5",
            "authorization=10000001",
            "sale=1",
            "capture=1,capture=2",
        ] {
            assert_eq!(Tariff::parse(text), None, "{text}");
        }
    }
}
