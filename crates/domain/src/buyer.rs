//! What becomes of a sale by what its buyer does: at the issuer's page, at the bank, with a slip.
//!
//! Invariant: as for every transition, the version grows by one; a sale that waits for nobody any
//! more is changed by none of them, so that of two decisions at once one counts (decision D24).

use crate::amount::Amount;
use crate::authorization::Receipt;
use crate::brand::Brand;
use crate::method::Method;
use crate::payment::{Capture, Confirmed, State};
use crate::refusal::Refusal;
use crate::sale::Sale;
use crate::time::{DAY, Timestamp};

/// How long a payment waits for its buyer at a page, in microseconds: a day (decision 0015).
pub const PATIENCE: i64 = DAY;

/// The code of a sale whose buyer the issuer did not know (manual line 5973).
pub const NOT_AUTHENTICATED: &str = "AI";

impl State {
    /// The buyer paid the whole `amount`, of a transfer or a slip: authorized and captured in one.
    ///
    /// # Errors
    /// [`Refusal::Decided`] when the payment waits for nobody any more.
    pub fn pay(self, amount: Amount, now: Timestamp) -> Result<Self, Refusal> {
        let authorized_at = match self {
            Self::NotFinished | Self::Pending => now,
            Self::Authorized(at) => at,
            Self::Aborted
            | Self::Denied
            | Self::Confirmed(_)
            | Self::Voided { .. }
            | Self::Refunded { .. } => return Err(Refusal::Decided),
        };
        let capture = Capture { amount, at: now };
        Ok(Self::Confirmed(Confirmed {
            authorized_at,
            capture,
            voided: None,
        }))
    }

    /// The buyer's bank was asked, and pays or refuses later.
    ///
    /// # Errors
    /// [`Refusal::Decided`] when the payment waits for nobody any more.
    pub fn defer(self) -> Result<Self, Refusal> {
        self.undecided().map(|()| Self::Pending)
    }

    /// The buyer's bank refused, or the issuer did not know the buyer.
    ///
    /// # Errors
    /// [`Refusal::Decided`] when the payment waits for nobody any more.
    pub fn deny(self) -> Result<Self, Refusal> {
        self.undecided().map(|()| Self::Denied)
    }

    /// Given up before anybody was asked for money.
    ///
    /// # Errors
    /// [`Refusal::Decided`] when somebody was asked already.
    pub fn abort(self) -> Result<Self, Refusal> {
        match self {
            Self::NotFinished => Ok(Self::Aborted),
            Self::Pending
            | Self::Aborted
            | Self::Authorized(_)
            | Self::Denied
            | Self::Confirmed(_)
            | Self::Voided { .. }
            | Self::Refunded { .. } => Err(Refusal::Decided),
        }
    }

    const fn undecided(self) -> Result<(), Refusal> {
        match self {
            Self::NotFinished | Self::Pending => Ok(()),
            Self::Aborted
            | Self::Authorized(_)
            | Self::Denied
            | Self::Confirmed(_)
            | Self::Voided { .. }
            | Self::Refunded { .. } => Err(Refusal::Decided),
        }
    }
}

impl Sale {
    /// A slip that can be paid from now on (manual line 5681).
    #[must_use]
    pub fn issued(mut self, now: Timestamp) -> Self {
        self.state = State::Authorized(now);
        self
    }

    /// A card payment that waits for the buyer at the issuer's page. The acquirer's mark on it is
    /// a Tid; the code 0 says that it goes on (manual line 924).
    #[must_use]
    pub fn awaiting(mut self, tid: String) -> Self {
        self.receipt = Some(Receipt {
            tid,
            return_code: "0".to_owned(),
            ..Receipt::default()
        });
        self
    }

    /// Money came: of a transfer the whole amount, of a slip what was paid, perhaps too little:
    /// then it stays as it is and waits for the rest (D26). `None` means what is left.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`] for cards, [`Refusal::Decided`] when nothing is waited for, and
    /// [`Refusal::PaidAmount`] for an amount that is none, or not the whole of a transfer.
    pub fn paid(mut self, part: Option<Amount>, now: Timestamp) -> Result<Self, Refusal> {
        match &self.details.method {
            Method::Credit(_) | Method::Debit(_) => return Err(Refusal::Unsupported),
            Method::Transfer(_) => {
                if part.is_some_and(|part| part != self.amount) {
                    return Err(Refusal::PaidAmount);
                }
                self.state = self.state.pay(self.amount, now)?;
            }
            Method::Boleto(_) => {
                let whole = self.amount.cents();
                let left = whole.saturating_sub(self.received);
                let received = part.map_or(left, Amount::cents);
                let received = self.received.checked_add(received);
                let received = received.ok_or(Refusal::PaidAmount)?;
                let paid = self.state.pay(self.amount, now)?;
                self.received = received;
                if received >= whole {
                    self.state = paid;
                }
            }
        }
        self.version = self.version.saturating_add(1);
        Ok(self)
    }

    /// The buyer's bank, or the issuer, said no.
    ///
    /// # Errors
    /// [`Refusal::Decided`] when nothing is waited for.
    pub fn denied(mut self) -> Result<Self, Refusal> {
        self.state = self.state.deny()?;
        self.version = self.version.saturating_add(1);
        Ok(self)
    }

    /// The buyer's bank decides later.
    ///
    /// # Errors
    /// [`Refusal::Decided`] when nothing is waited for.
    pub fn deferred(mut self) -> Result<Self, Refusal> {
        self.state = self.state.defer()?;
        self.version = self.version.saturating_add(1);
        Ok(self)
    }

    /// Given up before anybody was asked for money.
    ///
    /// # Errors
    /// [`Refusal::Decided`] when somebody was asked.
    pub fn aborted(mut self) -> Result<Self, Refusal> {
        self.state = self.state.abort()?;
        self.version = self.version.saturating_add(1);
        Ok(self)
    }

    /// ECI of an authenticated sale (D24): how sure the issuer is of the buyer, once the buyer was
    /// at its page.
    #[must_use]
    pub fn eci(&self) -> Option<&'static str> {
        let paid = self.details.method.card_payment()?;
        paid.authentication.as_ref()?;
        match self.state {
            State::NotFinished | State::Pending | State::Aborted => return None,
            State::Denied
            | State::Authorized(_)
            | State::Confirmed(_)
            | State::Voided { .. }
            | State::Refunded { .. } => {}
        }
        let code = self.receipt.as_ref().map(|receipt| &*receipt.return_code);
        if code == Some(NOT_AUTHENTICATED) {
            return Some("07");
        }
        Some(if paid.card.brand == Brand::Master {
            "02"
        } else {
            "05"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorization::{Answer, Provider};
    use crate::card::ShownCard;
    use crate::details::Details;
    use crate::id::{MerchantId, PaymentId};
    use crate::method::{Authentication, CardPayment, Slip, Transfer};
    use crate::payment::Status;
    use crate::sale::OrderId;
    use crate::time::DAY;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn sale(method: Method) -> Sale {
        let terms = serde_json::from_str(r#"{"installments":1}"#).unwrap();
        Sale {
            merchant: MerchantId::from_bytes([1; 16]),
            id: PaymentId::from_bytes([2; 16]),
            order: OrderId::restored("1".to_owned()),
            received_at: NOW,
            request_id: String::new(),
            amount: cents(100),
            state: State::NotFinished,
            receipt: None,
            version: 1,
            fingerprint: None,
            received: 0,
            analysis: None,
            details: Details {
                provider: Provider::Simulado,
                customer: Box::default(),
                terms,
                recurrence: None,
                method,
                fraud: None,
                velocity: None,
            },
        }
    }

    fn cents(cents: i64) -> Amount {
        Amount::new(cents).unwrap()
    }

    fn transfer() -> Sale {
        sale(Method::Transfer(Box::new(Transfer {
            return_url: "https://shop.example/".to_owned(),
            ticket: String::new(),
        })))
    }

    fn slip() -> Sale {
        let slip = Slip {
            boleto: crate::boleto::sample(),
            ticket: String::new(),
        };
        sale(Method::Boleto(Box::new(slip))).issued(NOW)
    }

    fn card(brand: &str) -> Sale {
        let card = format!(r#"{{"brand":"{brand}"}}"#);
        let mut paid = CardPayment::from(serde_json::from_str::<ShownCard>(&card).unwrap());
        paid.authentication = Some(Box::new(Authentication {
            return_url: String::new(),
            ticket: String::new(),
            asked: true,
            has_security_code: false,
        }));
        sale(Method::Credit(paid)).awaiting("1".to_owned())
    }

    #[test]
    fn a_transfer_is_paid_whole_or_not_at_all() {
        assert_eq!(
            transfer().paid(Some(cents(99)), NOW).unwrap_err(),
            Refusal::PaidAmount
        );
        let paid = transfer().deferred().unwrap().paid(None, NOW).unwrap();
        assert_eq!(paid.state.status(), Status::PaymentConfirmed);
        assert_eq!((paid.version, paid.received), (3, 0));
        assert_eq!(paid.paid(None, NOW).unwrap_err(), Refusal::Decided);
    }

    #[test]
    fn a_slip_stays_until_all_of_it_is_paid_and_keeps_what_came() {
        let under = slip().paid(Some(cents(40)), NOW).unwrap();
        assert_eq!(under.state.status(), Status::Authorized);
        assert_eq!(under.received, 40);
        let rest = under.clone().paid(None, NOW).unwrap();
        assert_eq!(
            (rest.state.status(), rest.received),
            (Status::PaymentConfirmed, 100)
        );
        let over = under.paid(Some(cents(70)), NOW).unwrap();
        assert_eq!(over.received, 110);
        let taken = over.state.capture_made().unwrap();
        assert_eq!(taken.amount, cents(100), "what was asked for");
    }

    #[test]
    fn slips_and_transfers_are_neither_captured_nor_voided_and_cards_not_paid_so() {
        for sale in [transfer(), slip()] {
            let captured = sale.clone().capture(None, None, NOW, 5);
            assert_eq!(captured.unwrap_err(), Refusal::Unsupported);
            assert_eq!(
                sale.void(None, NOW, true).unwrap_err(),
                Refusal::Unsupported
            );
        }
        let paid = card("Visa").paid(None, NOW);
        assert_eq!(paid.unwrap_err(), Refusal::Unsupported);
    }

    #[test]
    fn eci_tells_how_sure_the_issuer_is_once_the_buyer_was_there() {
        for (brand, sure) in [("Visa", "05"), ("Elo", "05"), ("Master", "02")] {
            let waiting = card(brand);
            assert_eq!(waiting.eci(), None);
            assert_eq!(waiting.clone().aborted().unwrap().eci(), None);
            let receipt = Receipt {
                return_code: "4".to_owned(),
                ..Receipt::default()
            };
            let known = waiting
                .clone()
                .resolved(Answer::Approved(receipt.clone()), NOW);
            assert_eq!(known.eci(), Some(sure));
            let refused = waiting.clone().resolved(Answer::Denied(receipt), NOW);
            assert_eq!(refused.eci(), Some(sure), "known, and denied for its card");
            let receipt = Receipt {
                return_code: NOT_AUTHENTICATED.to_owned(),
                ..Receipt::default()
            };
            let unknown = waiting.resolved(Answer::Denied(receipt), NOW);
            assert_eq!(unknown.eci(), Some("07"));
        }
        assert_eq!(transfer().eci(), None);
    }

    #[test]
    fn what_waits_for_the_buyer_is_paid_put_off_denied_or_given_up_once() {
        let paid = State::NotFinished.defer().unwrap().pay(cents(100), NOW);
        let paid = paid.unwrap();
        assert_eq!(paid.status(), Status::PaymentConfirmed);
        assert_eq!(paid.authorized_at(), Some(NOW));
        assert_eq!(State::Pending.deny(), Ok(State::Denied));
        assert_eq!(State::NotFinished.abort(), Ok(State::Aborted));
        assert_eq!(State::Pending.abort(), Err(Refusal::Decided));
        for decided in [paid, State::Denied, State::Aborted] {
            assert_eq!(decided.pay(cents(100), NOW), Err(Refusal::Decided));
            assert_eq!(decided.defer(), Err(Refusal::Decided));
            assert_eq!(decided.deny(), Err(Refusal::Decided));
            assert_eq!(decided.abort(), Err(Refusal::Decided));
        }
    }

    #[test]
    fn a_slip_that_is_paid_was_apt_to_be_paid_since_it_was_made() {
        let paid = State::Authorized(NOW).pay(cents(100), NOW.plus(DAY));
        let paid = paid.unwrap();
        assert_eq!(paid.authorized_at(), Some(NOW));
        assert_eq!(paid.capture_made().unwrap().at, NOW.plus(DAY));
    }
}
