//! What an acquirer is asked and what it answers.
//!
//! Invariant: an answer that never came is [`Answer::Unknown`], never a denial (decision D15).

use serde::{Deserialize, Serialize};

/// What became of an authorization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The limit is reserved.
    Approved(Receipt),
    /// The issuer or acquirer said no.
    Denied(Receipt),
    /// No answer came; nobody knows whether the limit is reserved.
    Unknown,
}

/// The acquirer's marks on an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Transaction id at the acquirer: 13 digits from the simulator, 20 characters in production.
    pub tid: String,
    /// NSU, six digits; a new one at capture. Empty while the acquirer was not asked.
    pub proof_of_sale: String,
    /// Six digits, of an approved sale only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authorization_code: Option<String>,
    /// Code of the answer, up to 32 characters. The simulator's: 4, 6, 9, 2, 57, 70, 77, 78, 99.
    pub return_code: String,
    /// Its text, up to 512 characters; empty where there is none.
    pub return_message: String,
    /// Mastercard's advice on a denial, two digits (decision D23).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub advice: Option<String>,
}

/// Who answered, under the name on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Provider {
    /// The sandbox's simulator.
    Simulado,
    /// The bank of that name, of transfers and slips.
    Bradesco,
    /// Banco do Brasil, of transfers and slips; written as the manual writes it (line 5661).
    #[serde(rename = "BancodoBrasil")]
    BancoDoBrasil,
}

impl Provider {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Simulado => "Simulado",
            Self::Bradesco => "Bradesco",
            Self::BancoDoBrasil => "BancodoBrasil",
        }
    }

    /// The one of a name on the wire.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Simulado, Self::Bradesco, Self::BancoDoBrasil]
            .into_iter()
            .find(|provider| provider.name() == name)
    }
}
