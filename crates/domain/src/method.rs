//! How a payment is paid, with what belongs to that way of paying.
//!
//! Invariant: what stands here is settled when the payment is made and never changes; what happens
//! to it later is its state, its receipt, or a record of an operation.

use serde::{Deserialize, Serialize};

use crate::boleto::Boleto;
use crate::card::ShownCard;

/// How a payment is paid (manual lines 5667 to 5672).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// By credit card.
    Credit(CardPayment),
    /// By debit card: the buyer always proves at the issuer who he is.
    Debit(CardPayment),
    /// By a transfer at the buyer's bank.
    Transfer(Box<Transfer>),
    /// By a slip.
    Boleto(Box<Slip>),
}

/// A card, and what goes with it in some sales only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardPayment {
    /// What may be shown of the card.
    pub card: ShownCard,
    /// The buyer proves at the issuer who he is, before anything is authorized.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authentication: Option<Box<Authentication>>,
    /// The wallet the card came from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wallet: Option<Box<Wallet>>,
    /// The card that replaces this one (Renova Fácil).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new_card: Option<Box<NewCard>>,
}

impl From<ShownCard> for CardPayment {
    fn from(card: ShownCard) -> Self {
        Self {
            card,
            authentication: None,
            wallet: None,
            new_card: None,
        }
    }
}

/// The visit of the buyer at the issuer's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// Where the buyer's browser goes afterwards.
    pub return_url: String,
    /// What the page's address holds beside the PaymentId: the vault made it, and knows it again.
    pub ticket: String,
    /// Whether the request said so itself; a debit card needs not say it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub asked: bool,
    /// Whether a security code came with the card. The code itself is kept nowhere.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub has_security_code: bool,
}

/// A transfer at the buyer's bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Where the buyer's browser goes afterwards.
    pub return_url: String,
    /// As of an [`Authentication`].
    pub ticket: String,
}

/// A slip that the buyer pays at any bank (manual lines 2371 to 2377 and 2472 to 2480).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// What stands on it.
    #[serde(flatten)]
    pub boleto: Boleto,
    /// As of an [`Authentication`].
    pub ticket: String,
}

/// A wallet that holds the buyer's cards (manual lines 5253 to 5265).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// Whose.
    pub kind: WalletKind,
    /// WalletKey of VisaCheckout, CaptureCode of Masterpass; absent when the card itself was sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
}

/// Whose a wallet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WalletKind {
    /// Visa's.
    VisaCheckout,
    /// Mastercard's.
    Masterpass,
}

impl WalletKind {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VisaCheckout => "VisaCheckout",
            Self::Masterpass => "Masterpass",
        }
    }

    /// Reads a name in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::VisaCheckout, Self::Masterpass]
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(text))
    }
}

/// The card that replaces one that was denied for it (decision D36).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCard {
    /// First six, stars, last four.
    pub masked: String,
    /// The sealed number, in hexadecimal digits: the vault opens it for its merchant.
    pub sealed: String,
    /// `MM/YYYY`.
    pub expiry: String,
    /// Brand.
    pub brand: crate::brand::Brand,
}

impl Method {
    /// Payment.Type on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Credit(_) => "CreditCard",
            Self::Debit(_) => "DebitCard",
            Self::Transfer(_) => "EletronicTransfer",
            Self::Boleto(_) => "Boleto",
        }
    }

    /// What it is paid with, when it is a card.
    #[must_use]
    pub const fn card_payment(&self) -> Option<&CardPayment> {
        match self {
            Self::Credit(paid) | Self::Debit(paid) => Some(paid),
            Self::Transfer(_) | Self::Boleto(_) => None,
        }
    }

    /// What may be shown of its card, if it has one.
    #[must_use]
    pub fn card(&self) -> Option<&ShownCard> {
        self.card_payment().map(|paid| &paid.card)
    }

    /// The visit at the issuer's page, if there is to be one.
    #[must_use]
    pub fn authentication(&self) -> Option<&Authentication> {
        self.card_payment()?.authentication.as_deref()
    }

    /// What the address of the buyer's page holds, if the payment has a page.
    #[must_use]
    pub fn ticket(&self) -> Option<&str> {
        match self {
            Self::Credit(_) | Self::Debit(_) => {
                self.authentication().map(|visit| visit.ticket.as_str())
            }
            Self::Transfer(transfer) => Some(&transfer.ticket),
            Self::Boleto(slip) => Some(&slip.ticket),
        }
    }

    /// Where the buyer's browser goes when the payment is decided.
    #[must_use]
    pub fn return_url(&self) -> Option<&str> {
        match self {
            Self::Credit(_) | Self::Debit(_) => {
                self.authentication().map(|visit| visit.return_url.as_str())
            }
            Self::Transfer(transfer) => Some(&transfer.return_url),
            Self::Boleto(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wallets_are_read_in_any_case_and_written_canonically() {
        let read = |text| WalletKind::parse(text).map(WalletKind::name);
        assert_eq!(read("MasterPass"), Some("Masterpass"));
        assert_eq!(read("visacheckout"), Some("VisaCheckout"));
        assert_eq!(read("Visa Checkout"), None);
    }
}
