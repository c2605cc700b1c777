//! A sale: what a merchant asks for, and the payment that became of it.
//!
//! Invariant: a [`Sale`] is only changed by a transition that raises its version by one; the
//! version that was read is what storage expects when the change is committed (decision D16).

use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::authorization::{Answer, Provider, Receipt};
use crate::boleto::{Bank, Credential, DueDate, Issuer, OurNumber, Texts};
use crate::brand::Brand;
use crate::card::{CardNumber, CardOnFile, Expiry, SecurityCode};
use crate::country::Country;
use crate::customer::Customer;
pub use crate::details::Details;
use crate::fraud::analysis::Status;
use crate::fraud::request::Request;
use crate::id::{CardToken, MerchantId, PaymentId};
use crate::method::{Method, Wallet};
use crate::payment::{Capture, Confirmed, State};
use crate::recurrence::NewPlan;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// A card sale that a merchant asks for, read and found right.
#[derive(Debug, Clone)]
pub struct NewSale {
    /// The shop's number.
    pub order: OrderId,
    /// The buyer.
    pub customer: Box<Customer>,
    /// Cents.
    pub amount: Amount,
    /// Everything else that is agreed.
    pub terms: Terms,
    /// The card, by number or by token.
    pub paid_with: PaidWith,
    /// Card on file, as sent.
    pub on_file: Option<CardOnFile>,
    /// Whether the card shall be stored when the payment is authorized.
    pub save_card: bool,
    /// Whether it is a debit card.
    pub debit: bool,
    /// The buyer shall prove at the issuer who he is, before anything is authorized.
    pub authentication: Option<NewAuthentication>,
    /// The wallet the card comes from.
    pub wallet: Option<Box<Wallet>>,
    /// The fraud analysis that was asked for.
    pub fraud: Option<Box<Request>>,
    /// The recurrence it begins.
    pub recurrence: Option<NewPlan>,
}

/// An authentication that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuthentication {
    /// Where the buyer's browser goes afterwards.
    pub return_url: String,
    /// Whether the request said so itself; a debit card needs not say it.
    pub asked: bool,
}

/// What every sale that is asked for has, however it is paid.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The shop's number.
    pub order: OrderId,
    /// The buyer.
    pub customer: Box<Customer>,
    /// Cents.
    pub amount: Amount,
    /// Everything else that is agreed.
    pub terms: Terms,
}

impl From<NewSale> for Basis {
    fn from(new: NewSale) -> Self {
        Self {
            order: new.order,
            customer: new.customer,
            amount: new.amount,
            terms: new.terms,
        }
    }
}

/// A transfer at the buyer's bank that a merchant asks for.
#[derive(Debug, Clone)]
pub struct NewTransfer {
    /// What every sale has.
    pub basis: Basis,
    /// The bank.
    pub bank: Provider,
    /// Where the buyer's browser goes afterwards.
    pub return_url: String,
}

/// A slip that a merchant asks for. Its parts fit into a bar code.
#[derive(Debug, Clone)]
pub struct NewSlip {
    /// What every sale has.
    pub basis: Basis,
    /// The provider that was asked for.
    pub issuer: Issuer,
    /// The bank of the bar code.
    pub bank: Bank,
    /// The account that is credited.
    pub credential: Credential,
    /// The shop's own number for it; one is drawn when absent.
    pub number: Option<OurNumber>,
    /// The due date.
    pub due: DueDate,
    /// What the shop has printed on it.
    pub texts: Texts,
}

/// The shop's own number of a sale: 1 to 50 characters (manual line 354). Not unique (R065).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderId(String);

impl OrderId {
    /// The longest order number in characters.
    pub const MAX_LENGTH: usize = 50;

    /// Reads an order number. `any_printable` is the live dialect; otherwise letters and digits
    /// only (decision D01).
    #[must_use]
    pub fn parse(text: &str, any_printable: bool) -> Option<Self> {
        let length = text.chars().count();
        let allowed = |character: char| {
            if any_printable {
                !character.is_control()
            } else {
                character.is_ascii_alphanumeric()
            }
        };
        let fits = (1..=Self::MAX_LENGTH).contains(&length);
        (fits && text.chars().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// An order number that was stored, or that is only looked up.
    #[must_use]
    pub const fn restored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who pays the interest of instalments (manual line 635).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interest {
    /// The shop. 0 in the live dialect.
    #[default]
    ByMerchant,
    /// The card's issuer. 1 in the live dialect.
    ByIssuer,
}

/// One extra datum of a sale, echoed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraDatum {
    /// Name, unique within the sale.
    pub name: String,
    /// Value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
}

/// What is agreed beside amount and card, and does not change afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Cents, of airlines; not added to the amount. A capture may replace it.
    #[serde(skip, default)]
    pub service_tax: i64,
    /// 1 to 99.
    pub installments: u8,
    /// Who pays their interest.
    #[serde(default)]
    pub interest: Interest,
    /// Whether the sale is captured at once.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub capture: bool,
    /// Whether the shop runs a recurrence of its own (R280).
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub recurrent: bool,
    /// Whether a fraud analysis was asked for that could not be made, and the sale went on (D01).
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub analysis_aborted: bool,
    /// Printed on the buyer's invoice.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub soft_descriptor: Option<String>,
    /// Country of the payment; the currency is always BRL.
    #[serde(skip_serializing_if = "is_brazil", default = "brazil")]
    pub country: Country,
    /// Echoed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub extra_data: Vec<ExtraDatum>,
}

fn brazil() -> Country {
    Country::BRAZIL
}

fn is_brazil(country: &Country) -> bool {
    *country == Country::BRAZIL
}

/// The card the buyer pays with.
#[derive(Debug, Clone)]
pub enum PaidWith {
    /// The card itself.
    Card {
        /// Its number.
        number: CardNumber,
        /// Name on it.
        holder: Option<String>,
        /// Month and year on it.
        expiry: Expiry,
        /// Brand.
        brand: Brand,
        /// Three or four digits, if sent.
        security_code: Option<SecurityCode>,
    },
    /// A card stored before.
    Token {
        /// Its token.
        token: CardToken,
        /// Three or four digits, if sent.
        security_code: Option<SecurityCode>,
    },
    /// A token of webservice 1.5: not a GUID, up to 300 characters (decision D19).
    LegacyToken {
        /// The token.
        token: String,
        /// The brand it was sent with.
        brand: Brand,
    },
    /// The card that the wallet of the sale holds.
    InWallet {
        /// WalletKey or CaptureCode.
        key: String,
        /// Whether a security code was sent.
        has_security_code: bool,
    },
}

/// A sale and its payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Whose.
    pub merchant: MerchantId,
    /// Names the payment.
    pub id: PaymentId,
    /// The shop's number.
    pub order: OrderId,
    /// When the request came.
    pub received_at: Timestamp,
    /// The RequestId it came with (R036).
    pub request_id: String,
    /// Cents asked for.
    pub amount: Amount,
    /// Where the payment stands.
    pub state: State,
    /// The acquirer's latest marks; absent while no answer came.
    pub receipt: Option<Receipt>,
    /// Grows by one with every change; 1 when new.
    pub version: u32,
    /// Keyed hash of the card number, per merchant; absent for tokens of webservice 1.5.
    pub fingerprint: Option<[u8; 16]>,
    /// Cents that were paid of a slip so far, too little or too much; of other sales always 0,
    /// since what was captured says it.
    pub received: i64,
    /// Where its fraud analysis stands, if it has one.
    pub analysis: Option<Status>,
    /// What never changes.
    pub details: Details,
}

/// The facts a sale starts from beside what was asked: made by the operation, not by the rules.
#[derive(Debug, Clone)]
pub struct Start {
    /// Whose.
    pub merchant: MerchantId,
    /// Its new id.
    pub id: PaymentId,
    /// When the request came.
    pub now: Timestamp,
    /// The RequestId it came with.
    pub request_id: String,
    /// How it is paid.
    pub method: Method,
    /// Keyed hash of the card number.
    pub fingerprint: Option<[u8; 16]>,
    /// Who will be asked.
    pub provider: Provider,
}

impl Sale {
    /// A sale that nobody has answered yet.
    #[must_use]
    pub fn start(new: impl Into<Basis>, start: Start) -> Self {
        let new = new.into();
        let Start {
            merchant,
            id,
            now,
            request_id,
            method,
            fingerprint,
            provider,
        } = start;
        Self {
            merchant,
            id,
            order: new.order,
            received_at: now,
            request_id,
            amount: new.amount,
            state: State::NotFinished,
            receipt: None,
            version: 1,
            fingerprint,
            received: 0,
            analysis: None,
            details: Details {
                provider,
                customer: new.customer,
                terms: new.terms,
                method,
                fraud: None,
                velocity: None,
                recurrence: None,
            },
        }
    }

    /// What became of the authorization. An unknown answer leaves the sale unfinished (D15).
    #[must_use]
    pub fn answered(self, answer: Answer, now: Timestamp) -> Self {
        let (state, receipt) = match answer {
            Answer::Approved(receipt) if self.details.terms.capture => {
                let capture = Capture {
                    amount: self.amount,
                    at: now,
                };
                let confirmed = Confirmed {
                    authorized_at: now,
                    capture,
                    voided: None,
                };
                (State::Confirmed(confirmed), Some(receipt))
            }
            Answer::Approved(receipt) => (State::Authorized(now), Some(receipt)),
            Answer::Denied(receipt) => (State::Denied, Some(receipt)),
            Answer::Unknown => (State::NotFinished, self.receipt),
        };
        Self {
            state,
            receipt,
            ..self
        }
    }

    /// What became of an authorization that was in doubt, and was decided at that moment (D15).
    #[must_use]
    pub fn resolved(self, answer: Answer, at: Timestamp) -> Self {
        let mut known = self.answered(answer, at);
        known.version = known.version.saturating_add(1);
        known
    }

    /// Takes the money (D12): the whole amount or `part` cents of it. `service_tax` in cents
    /// replaces the one of the sale, within the same bound: the sale's amount. It is no part of
    /// what is captured, so a capture in part is not refused for the tax of the sale.
    ///
    /// # Errors
    /// As [`State::capture`]; for slips and transfers; also when the service tax exceeds the
    /// sale's amount.
    pub fn capture(
        mut self,
        part: Option<i64>,
        service_tax: Option<i64>,
        now: Timestamp,
        window_days: u8,
    ) -> Result<Self, Refusal> {
        self.is_of_a_card()?;
        self.state = self.state.capture(self.amount, part, now, window_days)?;
        if let Some(cents) = service_tax {
            if !(0..=self.amount.cents()).contains(&cents) {
                return Err(Refusal::ServiceTax);
            }
            self.details.terms.service_tax = cents;
        }
        self.version = self.version.saturating_add(1);
        Ok(self)
    }

    /// Gives money back (D13): all that is left, or `part` cents of it.
    ///
    /// # Errors
    /// As [`State::void`]; for slips and transfers.
    pub fn void(
        mut self,
        part: Option<i64>,
        now: Timestamp,
        refunds_enabled: bool,
    ) -> Result<Self, Refusal> {
        self.is_of_a_card()?;
        self.state = self.state.void(self.amount, part, now, refunds_enabled)?;
        self.version = self.version.saturating_add(1);
        Ok(self)
    }

    /// Slips and transfers can be neither captured nor voided (D12, D13).
    const fn is_of_a_card(&self) -> Result<(), Refusal> {
        match self.details.method {
            Method::Credit(_) | Method::Debit(_) => Ok(()),
            Method::Transfer(_) | Method::Boleto(_) => Err(Refusal::Unsupported),
        }
    }

    /// The acquirer's marks on a capture or void: a new ProofOfSale at capture; Tid and
    /// AuthorizationCode stay (live behaviour, "Recorded shapes").
    #[must_use]
    pub fn marked(mut self, proof_of_sale: Option<String>, code: &str, message: &str) -> Self {
        let mut receipt = self.receipt.unwrap_or_default();
        receipt.proof_of_sale = proof_of_sale.unwrap_or(receipt.proof_of_sale);
        receipt.return_code = code.to_owned();
        receipt.return_message = message.to_owned();
        self.receipt = Some(receipt);
        self
    }

    /// Whether the limit was ever reserved, so that a card that was to be stored is stored (D38).
    #[must_use]
    pub const fn was_authorized(&self) -> bool {
        self.state.authorized_at().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_number_has_letters_and_digits_unless_the_dialect_is_live() {
        assert!(OrderId::parse("2014111703a", false).is_some());
        for text in ["2014-11", "a b", "", &"1".repeat(51), "ação"] {
            assert!(OrderId::parse(text, false).is_none(), "{text}");
        }
        assert!(OrderId::parse("2014-11 ação", true).is_some());
        assert!(OrderId::parse("a\nb", true).is_none());
        assert!(
            OrderId::parse(&"ç".repeat(50), true).is_some(),
            "characters, not bytes"
        );
    }
}
