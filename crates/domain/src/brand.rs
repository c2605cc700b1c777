//! Card brands.
//!
//! Invariant: read in any case, written as the manual spells them (lines 365 and C:64).

use serde::{Deserialize, Serialize};

/// A card brand that a sale may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Brand {
    /// Visa.
    Visa,
    /// Mastercard.
    Master,
    /// American Express.
    Amex,
    /// Elo.
    Elo,
    /// Aura.
    Aura,
    /// JCB.
    #[serde(rename = "JCB")]
    Jcb,
    /// Diners Club.
    Diners,
    /// Discover.
    Discover,
    /// Hipercard (2022).
    Hipercard,
    /// Hiper (2022).
    Hiper,
    /// Of a card that a wallet does not show (manual line 5360). No request can name it.
    Undefined,
}

impl Brand {
    /// Every brand that can be named.
    pub const ALL: [Self; 10] = [
        Self::Visa,
        Self::Master,
        Self::Amex,
        Self::Elo,
        Self::Aura,
        Self::Jcb,
        Self::Diners,
        Self::Discover,
        Self::Hipercard,
        Self::Hiper,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visa => "Visa",
            Self::Master => "Master",
            Self::Amex => "Amex",
            Self::Elo => "Elo",
            Self::Aura => "Aura",
            Self::Jcb => "JCB",
            Self::Diners => "Diners",
            Self::Discover => "Discover",
            Self::Hipercard => "Hipercard",
            Self::Hiper => "Hiper",
            Self::Undefined => "Undefined",
        }
    }

    /// Reads a name in any case; `Mastercard` is taken for Master.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("mastercard") {
            return Some(Self::Master);
        }
        Self::ALL
            .into_iter()
            .find(|brand| brand.name().eq_ignore_ascii_case(text))
    }

    /// Whether answers carry a PaymentAccountReference (decision D23).
    #[must_use]
    pub const fn has_account_reference(self) -> bool {
        matches!(self, Self::Visa | Self::Master)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brands_are_read_in_any_case_and_written_canonically() {
        assert_eq!(Brand::parse("jcb").unwrap().name(), "JCB");
        assert_eq!(Brand::parse("VISA"), Some(Brand::Visa));
        assert_eq!(Brand::parse("Mastercard"), Some(Brand::Master));
        assert!(Brand::parse("Cielo").is_none());
        assert!(Brand::parse("Undefined").is_none());
    }
}
