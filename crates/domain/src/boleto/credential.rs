//! Banks at which boletos are issued, and the account of a merchant there.
//!
//! Invariant: a [`Credential`] is whole: from it and a number the 25 digits of the free field can
//! always be made, unless the number is too long.

use serde::{Deserialize, Serialize};

use super::code::FreeField;
use super::digit;
use super::number::OurNumber;
use crate::settings::Settings;

/// A bank at which boletos are issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bank {
    /// 000, which no bank has: no slip of the sandbox can be paid.
    Sandbox,
    /// 001.
    BancoDoBrasil,
    /// 237.
    Bradesco,
}

impl Bank {
    /// The three digits.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sandbox => "000",
            Self::BancoDoBrasil => "001",
            Self::Bradesco => "237",
        }
    }

    /// The bank of three digits.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        [Self::Sandbox, Self::BancoDoBrasil, Self::Bradesco]
            .into_iter()
            .find(|bank| bank.code() == code)
    }

    /// `237-2`, as it stands in a frame on the slip.
    #[must_use]
    pub fn on_slip(self) -> String {
        format!("{}-{}", self.code(), digit::of_number(self.code()))
    }
}

/// The provider of a boleto, by its name on the wire (manual lines 5660 and 5661, and the names
/// that clients send).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Issuer {
    /// `Cielo`: Bradesco by another name.
    Cielo,
    /// `Bradesco`.
    Bradesco,
    /// `Bradesco2`.
    Bradesco2,
    /// `BancodoBrasil`.
    BancoDoBrasil,
    /// `BancodoBrasil2`.
    BancoDoBrasil2,
    /// `Simulado`.
    Simulado,
}

impl Issuer {
    const ALL: [Self; 6] = [
        Self::Cielo,
        Self::Bradesco,
        Self::Bradesco2,
        Self::BancoDoBrasil,
        Self::BancoDoBrasil2,
        Self::Simulado,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cielo => "Cielo",
            Self::Bradesco => "Bradesco",
            Self::Bradesco2 => "Bradesco2",
            Self::BancoDoBrasil => "BancodoBrasil",
            Self::BancoDoBrasil2 => "BancodoBrasil2",
            Self::Simulado => "Simulado",
        }
    }

    /// The provider of a name, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|issuer| issuer.name().eq_ignore_ascii_case(name))
    }

    /// The bank behind it in production; the simulator has none.
    #[must_use]
    pub const fn bank(self) -> Bank {
        match self {
            Self::Cielo | Self::Bradesco | Self::Bradesco2 => Bank::Bradesco,
            Self::BancoDoBrasil | Self::BancoDoBrasil2 => Bank::BancoDoBrasil,
            Self::Simulado => Bank::Sandbox,
        }
    }
}

/// The account that boletos credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "layout")]
pub enum Credential {
    /// As Bradesco has it in its free field.
    Bradesco {
        /// Agency, four digits.
        agency: Digits<4>,
        /// Its check digit, if told.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        agency_digit: Option<Digits<1>>,
        /// Account, seven digits.
        account: Digits<7>,
        /// Its check digit, if told.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        account_digit: Option<Digits<1>>,
        /// Wallet ("carteira"), two digits.
        wallet: Digits<2>,
    },
    /// As Banco do Brasil has it for convênios of seven digits.
    BancoDoBrasil {
        /// Agency, four digits; on the slip only.
        agency: Digits<4>,
        /// Its check digit, if told.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        agency_digit: Option<Digits<1>>,
        /// Account, as told; on the slip only.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        account: Option<String>,
        /// Convênio, seven digits.
        convenio: Digits<7>,
        /// Wallet, two digits.
        wallet: Digits<2>,
    },
}

/// A number of exactly `N` decimal digits, as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digits<const N: usize>([u8; N]);

impl<const N: usize> Digits<N> {
    /// Exactly `N` ASCII digits, checked where the program is built.
    const fn constant(digits: [u8; N]) -> Self {
        Self(digits)
    }

    /// Reads a number, filling it with zeros; `None` when it has more than `N` digits, or another
    /// character.
    fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_start_matches('0');
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || text.is_empty() || digits.len() > N {
            return None;
        }
        let padded = format!("{digits:0>N$}");
        padded.as_bytes().try_into().ok().map(Self)
    }
}

impl<const N: usize> std::fmt::Display for Digits<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .iter()
            .try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

impl<const N: usize> From<Digits<N>> for String {
    fn from(digits: Digits<N>) -> Self {
        digits.to_string()
    }
}

impl<const N: usize> TryFrom<String> for Digits<N> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no number of {N} digits"))
    }
}

/// A credential of a merchant's settings that lacks something, and what (215).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the boleto credential has no {0} that the bank's layout can hold")]
pub struct Incomplete(
    /// The setting's key.
    pub &'static str,
);

impl Credential {
    /// The credential of the sandbox (decision D26).
    pub const SANDBOX: Self = Self::Bradesco {
        agency: Digits::constant(*b"0494"),
        agency_digit: None,
        account: Digits::constant(*b"0065656"),
        account_digit: None,
        wallet: Digits::constant(*b"25"),
    };

    /// Whether a merchant has set anything of a credential of its own.
    #[must_use]
    pub const fn is_begun(settings: &Settings) -> bool {
        settings.boleto_agency.is_some()
            || settings.boleto_account.is_some()
            || settings.boleto_wallet.is_some()
            || settings.boleto_convenio.is_some()
    }

    /// The credential of a merchant for a provider. Of five digits of an agency, and of eight of
    /// an account, the last is the check digit, which is shown but not in the bar code.
    ///
    /// # Errors
    /// Names the first setting that is missing or does not fit: the agency first.
    pub fn of(settings: &Settings, issuer: Issuer) -> Result<Self, Incomplete> {
        const AGENCY: &str = "boleto_agency";
        const ACCOUNT: &str = "boleto_account";
        const WALLET: &str = "boleto_wallet";
        const CONVENIO: &str = "boleto_convenio";
        let agency = settings.boleto_agency.as_deref();
        let (agency, agency_digit) = agency.and_then(with_digit).ok_or(Incomplete(AGENCY))?;
        let wallet = settings.boleto_wallet.as_deref();
        if issuer.bank() == Bank::BancoDoBrasil {
            let convenio = settings.boleto_convenio.as_deref().and_then(Digits::parse);
            return Ok(Self::BancoDoBrasil {
                agency,
                agency_digit,
                account: settings.boleto_account.clone(),
                convenio: convenio.ok_or(Incomplete(CONVENIO))?,
                wallet: Digits::parse(wallet.unwrap_or("17")).ok_or(Incomplete(WALLET))?,
            });
        }
        let account = settings.boleto_account.as_deref().and_then(with_digit);
        let (account, account_digit) = account.ok_or(Incomplete(ACCOUNT))?;
        Ok(Self::Bradesco {
            agency,
            agency_digit,
            account,
            account_digit,
            wallet: wallet.and_then(Digits::parse).ok_or(Incomplete(WALLET))?,
        })
    }

    /// The free field of a number; `None` when the number is too long.
    #[must_use]
    pub fn free_field(&self, number: &OurNumber) -> Option<FreeField> {
        let digits = match self {
            Self::Bradesco {
                agency,
                account,
                wallet,
                ..
            } => format!("{agency}{wallet}{}{account}0", number.padded(11)?),
            Self::BancoDoBrasil {
                convenio, wallet, ..
            } => format!("000000{convenio}{}{wallet}", number.padded(10)?),
        };
        FreeField::new(digits)
    }

    /// The wallet.
    #[must_use]
    pub fn wallet(&self) -> String {
        match self {
            Self::Bradesco { wallet, .. } | Self::BancoDoBrasil { wallet, .. } => {
                wallet.to_string()
            }
        }
    }

    /// `0494 / 0065656`: agency and account, as the slip shows them.
    #[must_use]
    pub fn account_on_slip(&self) -> String {
        let shown = |number: String, digit: &Option<Digits<1>>| match digit {
            Some(digit) => format!("{number}-{digit}"),
            None => number,
        };
        match self {
            Self::Bradesco {
                agency,
                agency_digit,
                account,
                account_digit,
                ..
            } => format!(
                "{} / {}",
                shown(agency.to_string(), agency_digit),
                shown(account.to_string(), account_digit)
            ),
            Self::BancoDoBrasil {
                agency,
                agency_digit,
                account,
                convenio,
                ..
            } => format!(
                "{} / {}",
                shown(agency.to_string(), agency_digit),
                account.clone().unwrap_or_else(|| convenio.to_string())
            ),
        }
    }

    /// A number as the bank writes it: Bradesco after the wallet, with the check digit of its own
    /// rule, over wallet and number; Banco do Brasil after the convênio, without one. A slip of the
    /// sandbox shows the digit that the API answers.
    pub(super) fn number_on_slip(&self, bank: Bank, number: &OurNumber) -> String {
        match self {
            Self::Bradesco { wallet, .. } => {
                let padded = number.padded(11).unwrap_or_default();
                let digit = match bank {
                    Bank::Sandbox => number.check_digit(),
                    Bank::Bradesco | Bank::BancoDoBrasil => {
                        digit::of_number(&format!("{wallet}{padded}"))
                    }
                };
                format!("{wallet}/{padded}-{digit}")
            }
            Self::BancoDoBrasil { convenio, .. } => {
                format!("{convenio}{}", number.padded(10).unwrap_or_default())
            }
        }
    }
}

/// A number of `N` digits, or of one more, which is its check digit.
fn with_digit<const N: usize>(text: &str) -> Option<(Digits<N>, Option<Digits<1>>)> {
    match text.split_at_checked(N) {
        Some((number, digit)) if !digit.is_empty() => {
            Some((Digits::parse(number)?, Some(Digits::parse(digit)?)))
        }
        Some(_) | None => Some((Digits::parse(text)?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (key, value) in pairs {
            settings.set(key, value).unwrap();
        }
        settings
    }

    #[test]
    fn banks_are_shown_with_their_digit() {
        let shown = [Bank::Sandbox, Bank::BancoDoBrasil, Bank::Bradesco].map(Bank::on_slip);
        assert_eq!(shown, ["000-0", "001-9", "237-2"]);
    }

    #[test]
    fn providers_are_read_in_any_case() {
        for (name, wanted) in [
            ("cielo", Some(Issuer::Cielo)),
            ("BancoDoBrasil", Some(Issuer::BancoDoBrasil)),
            ("BancodoBrasil2", Some(Issuer::BancoDoBrasil2)),
            ("BRADESCO2", Some(Issuer::Bradesco2)),
            ("Itau", None),
        ] {
            assert_eq!(Issuer::parse(name), wanted, "{name}");
        }
    }

    #[test]
    fn what_a_credential_lacks_is_named_the_agency_first() {
        let lacks = |pairs: &[(&str, &str)], issuer| {
            let Incomplete(key) = Credential::of(&settings(pairs), issuer).unwrap_err();
            key
        };
        assert_eq!(lacks(&[], Issuer::Bradesco), "boleto_agency");
        let account = [("boleto_account", "1"), ("boleto_wallet", "9")];
        assert_eq!(lacks(&account, Issuer::Cielo), "boleto_agency");
        let agency = [("boleto_agency", "1")];
        assert_eq!(lacks(&agency, Issuer::Bradesco), "boleto_account");
        assert_eq!(lacks(&agency, Issuer::BancoDoBrasil), "boleto_convenio");
        let wallet = [account[0], agency[0], ("boleto_wallet", "109")];
        assert_eq!(lacks(&wallet, Issuer::Bradesco), "boleto_wallet");
    }

    #[test]
    fn check_digits_of_agency_and_account_are_shown_but_not_in_the_bar_code() {
        let settings = settings(&[
            ("boleto_agency", "12345"),
            ("boleto_account", "76543210"),
            ("boleto_wallet", "009"),
        ]);
        let credential = Credential::of(&settings, Issuer::Bradesco).unwrap();
        assert_eq!(credential.account_on_slip(), "1234-5 / 7654321-0");
        let number = OurNumber::parse("1").unwrap();
        let free = FreeField::new("1234090000000000176543210".to_owned());
        assert_eq!(credential.free_field(&number), free);
    }
}
