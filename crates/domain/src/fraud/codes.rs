//! The codes with which an analysis says what it saw: factors, address and internet information.
//!
//! Invariant: a code is written as the manual writes it (lines 1620, 1621, 1627), its description
//! stands in the table beside it, and several codes are joined with `^` in the order of the table.

use std::fmt;

use crate::tables::rows;

macro_rules! codes {
    (
        $(#[$doc:meta])* $name:ident, $file:literal:
        $($(#[$each:meta])* $one:ident = $code:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$each])* $one,)*
        }

        impl $name {
            /// Every code, in the order of the manual's list.
            pub const ALL: &'static [Self] = &[$(Self::$one),*];

            /// The code as it stands on the wire.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$one => $code,)*
                }
            }

            /// Reads a code.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }

            /// What it means, in the manual's words.
            #[must_use]
            pub fn description(self) -> &'static str {
                let text = include_str!(concat!("../../data/", $file));
                let mut all = rows::<2>(text);
                let found = all.find(|[code, _]| *code == self.code());
                found.map_or("", |[_, description]| description)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}

codes! {
    /// What raised or lowered the score: FactorCode (manual line 1621).
    Factor, "fraud-factors.tsv":
    /// The billing address changed twice or more in six months.
    AddressChanges = "A";
    /// The BIN, or what became of authorizations of the card.
    Bin = "B";
    /// More than six cards in six months.
    ManyCards = "C";
    /// The e-mail's provider.
    Email = "D";
    /// On the merchant's positive list.
    PositiveList = "E";
    /// On the merchant's negative list.
    NegativeList = "F";
    /// Places that do not fit each other.
    Geolocation = "G";
    /// The name changed twice or more in six months.
    NameChanges = "H";
    /// IP address or e-mail domain does not fit the billing address.
    Internet = "I";
    /// Meaningless text.
    Meaningless = "N";
    /// Obscene text.
    Obscene = "O";
    /// One element of an identity with many values of another.
    Morphing = "P";
    /// The phone is suspect.
    Phone = "Q";
    /// The order as a whole.
    RiskyOrder = "R";
    /// An unusual hour.
    Time = "T";
    /// An address that cannot be verified.
    Unverifiable = "U";
    /// Many uses within 15 minutes.
    Velocity = "V";
    /// An address that was suspicious before.
    Suspect = "W";
    /// Billing and delivery do not correlate.
    AddressMismatch = "Y";
    /// A value that was not expected.
    InvalidValue = "Z";
}

codes! {
    /// What was seen of the addresses: AddressInfoCode (manual line 1620).
    AddressInfo, "fraud-address-info.tsv":
    /// The billing address can be normalized.
    BillingNormalizable = "COR-BA";
    /// The delivery address can be normalized.
    DeliveryNormalizable = "COR-SA";
    /// The billing address lies outside the shop's country.
    BillingAbroad = "INTL-BA";
    /// The delivery address lies outside the shop's country.
    DeliveryAbroad = "INTL-SA";
    /// A military address of the United States.
    Military = "MIL-USA";
    /// Streets differ.
    Street = "MM-A";
    /// The BIN's country is not that of the billing address.
    Bin = "MM-BIN";
    /// Cities differ.
    City = "MM-C";
    /// Countries differ.
    Country = "MM-CO";
    /// States differ.
    State = "MM-ST";
    /// Postal codes differ.
    ZipCode = "MM-Z";
    /// An address that cannot be verified.
    Unverifiable = "UNV-ADDR";
}

codes! {
    /// What was seen of internet data and identities: InternetInfoCode (manual line 1627).
    InternetInfo, "fraud-internet-info.tsv":
    /// A billing address with several identities.
    MorphBilling = "MORPH-B";
    /// A card with several identities.
    MorphCard = "MORPH-C";
    /// An e-mail with several identities.
    MorphEmail = "MORPH-E";
    /// An IP address with several identities.
    MorphIp = "MORPH-I";
    /// A phone with several identities.
    MorphPhone = "MORPH-P";
    /// A delivery address with several identities.
    MorphDelivery = "MORPH-S";
    /// A free e-mail provider.
    FreeEmail = "FREE-EM";
    /// A risky e-mail.
    RiskyEmail = "RISK-EM";
}

/// Codes joined with `^` (R161); `None` when there is none.
#[must_use]
pub fn joined<T: fmt::Display>(codes: &[T]) -> Option<String> {
    let texts: Vec<String> = codes.iter().map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| texts.join("^"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_manual_is_known_and_described() {
        let of = |text: &'static str| rows::<2>(text).map(|[code, _]| code).collect::<Vec<_>>();
        let factors = of(include_str!("../../data/fraud-factors.tsv"));
        assert_eq!(
            Factor::ALL.iter().map(|one| one.code()).collect::<Vec<_>>(),
            factors
        );
        let address = of(include_str!("../../data/fraud-address-info.tsv"));
        let ours: Vec<_> = AddressInfo::ALL.iter().map(|one| one.code()).collect();
        assert_eq!(ours, address);
        let internet = of(include_str!("../../data/fraud-internet-info.tsv"));
        let ours: Vec<_> = InternetInfo::ALL.iter().map(|one| one.code()).collect();
        assert_eq!(ours, internet);
        assert!(Factor::ALL.iter().all(|one| !one.description().is_empty()));
        assert_eq!(Factor::parse("Z"), Some(Factor::InvalidValue));
    }

    #[test]
    fn several_codes_are_joined_with_a_caret() {
        assert_eq!(joined::<Factor>(&[]), None);
        let two = [Factor::Bin, Factor::Email];
        assert_eq!(joined(&two).as_deref(), Some("B^D"));
    }
}
