//! The state machine of a payment (decisions D11 to D13).
//!
//! Invariant: 0 ≤ voided ≤ captured ≤ authorized, always. A transition consumes the state and
//! gives the next one or a [`Refusal`]; there is no other way to make a state but to restore one
//! that was stored.

use crate::amount::Amount;
use crate::refusal::Refusal;
use crate::time::{DAY, Timestamp};

/// Where a payment stands, with what is known in that place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Asked for, and no answer yet (or none that came); or the buyer has not been to the page.
    NotFinished,
    /// The buyer's bank was asked and has not paid yet.
    Pending,
    /// Given up before anybody was asked for money.
    Aborted,
    /// The limit is reserved since that moment.
    Authorized(Timestamp),
    /// The acquirer said no.
    Denied,
    /// Captured, whole or in part, and perhaps voided in part.
    Confirmed(Confirmed),
    /// Cancelled whole: before the capture, or within 24 hours of it.
    Voided {
        /// When the limit was reserved.
        authorized_at: Timestamp,
        /// The capture that was undone, if there was one.
        capture: Option<Capture>,
        /// When the last cent was given back.
        at: Timestamp,
    },
    /// Cancelled whole, later than 24 hours after the capture.
    Refunded {
        /// When the limit was reserved.
        authorized_at: Timestamp,
        /// The capture that was undone.
        capture: Capture,
        /// When the last cent was given back.
        at: Timestamp,
    },
}

/// A captured payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// When the limit was reserved.
    pub authorized_at: Timestamp,
    /// What was captured.
    pub capture: Capture,
    /// What was given back of it so far, less than all.
    pub voided: Option<PartVoid>,
}

/// An amount taken from the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// Cents.
    pub amount: Amount,
    /// When.
    pub at: Timestamp,
}

/// Cents given back in parts, in all, and when the last part was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartVoid {
    /// Cents, the sum of the parts.
    pub amount: Amount,
    /// When the last part was given back.
    pub at: Timestamp,
}

/// The number of a state on the wire (manual lines 5680 to 5688).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Status {
    /// 0.
    NotFinished = 0,
    /// 1.
    Authorized = 1,
    /// 2.
    PaymentConfirmed = 2,
    /// 3.
    Denied = 3,
    /// 10.
    Voided = 10,
    /// 11.
    Refunded = 11,
    /// 12.
    Pending = 12,
    /// 13.
    Aborted = 13,
}

impl Status {
    const ALL: [Self; 8] = [
        Self::NotFinished,
        Self::Authorized,
        Self::PaymentConfirmed,
        Self::Denied,
        Self::Voided,
        Self::Refunded,
        Self::Pending,
        Self::Aborted,
    ];

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// From the number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        let is = |one: &Self| i64::from(one.number()) == number;
        Self::ALL.into_iter().find(is)
    }
}

/// How long a void is a void and not a refund: 24 hours from the capture (decision D13), in
/// microseconds.
pub const VOID_WINDOW: i64 = DAY;
/// How long a capture can be refunded: 360 days (decision D13).
const REFUND_WINDOW: i64 = DAY * 360;

impl State {
    /// The projection of the state on the wire.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::NotFinished => Status::NotFinished,
            Self::Pending => Status::Pending,
            Self::Aborted => Status::Aborted,
            Self::Authorized(_) => Status::Authorized,
            Self::Denied => Status::Denied,
            Self::Confirmed(_) => Status::PaymentConfirmed,
            Self::Voided { .. } => Status::Voided,
            Self::Refunded { .. } => Status::Refunded,
        }
    }

    /// The capture, whether or not it was undone since.
    #[must_use]
    pub const fn capture_made(&self) -> Option<Capture> {
        match self {
            Self::Confirmed(confirmed) => Some(confirmed.capture),
            Self::Voided { capture, .. } => *capture,
            Self::Refunded { capture, .. } => Some(*capture),
            Self::NotFinished
            | Self::Pending
            | Self::Aborted
            | Self::Authorized(_)
            | Self::Denied => None,
        }
    }

    /// When the limit was reserved, if it was.
    #[must_use]
    pub const fn authorized_at(&self) -> Option<Timestamp> {
        match self {
            Self::Authorized(at) => Some(*at),
            Self::Confirmed(confirmed) => Some(confirmed.authorized_at),
            Self::Voided { authorized_at, .. } | Self::Refunded { authorized_at, .. } => {
                Some(*authorized_at)
            }
            Self::NotFinished | Self::Pending | Self::Aborted | Self::Denied => None,
        }
    }

    /// What was given back, in cents of the `authorized` amount, and when: of a sale voided before
    /// its capture the whole.
    #[must_use]
    pub fn given_back(&self, authorized: Amount) -> Option<PartVoid> {
        match self {
            Self::Confirmed(confirmed) => confirmed.voided,
            Self::Voided { capture, at, .. } => {
                let amount = capture.map_or(authorized, |capture| capture.amount);
                Some(PartVoid { amount, at: *at })
            }
            Self::Refunded { capture, at, .. } => Some(PartVoid {
                amount: capture.amount,
                at: *at,
            }),
            Self::NotFinished
            | Self::Pending
            | Self::Aborted
            | Self::Authorized(_)
            | Self::Denied => None,
        }
    }

    /// Takes the money: the whole `authorized` amount or `part` of it, once, within the window.
    ///
    /// # Errors
    /// [`Refusal::NotCapturable`] when the state does not allow it, [`Refusal::CaptureLate`] when
    /// the time does not, [`Refusal::CaptureAmount`] when the amount does not (D12).
    pub fn capture(
        self,
        authorized: Amount,
        part: Option<i64>,
        now: Timestamp,
        window_days: u8,
    ) -> Result<Self, Refusal> {
        let Self::Authorized(authorized_at) = self else {
            return Err(Refusal::NotCapturable);
        };
        if now.since(authorized_at) > DAY.saturating_mul(i64::from(window_days)) {
            return Err(Refusal::CaptureLate);
        }
        let amount = match part {
            None => authorized,
            Some(cents) => Amount::new(cents).ok_or(Refusal::CaptureAmount)?,
        };
        if amount > authorized {
            return Err(Refusal::CaptureAmount);
        }
        let capture = Capture { amount, at: now };
        Ok(Self::Confirmed(Confirmed {
            authorized_at,
            capture,
            voided: None,
        }))
    }

    /// Gives the money back: all that is left, or `part` of it. An amount equal to the whole
    /// `authorized` amount means all that is left (D13).
    ///
    /// # Errors
    /// [`Refusal::NotVoidable`] by state, [`Refusal::VoidAmount`] by amount;
    /// [`Refusal::RefundsOff`] and
    /// [`Refusal::NotRefundable`] later than 24 hours after the capture.
    pub fn void(
        self,
        authorized: Amount,
        part: Option<i64>,
        now: Timestamp,
        refunds_enabled: bool,
    ) -> Result<Self, Refusal> {
        match self {
            Self::Authorized(authorized_at) => {
                if part.is_some_and(|cents| cents != authorized.cents()) {
                    return Err(Refusal::VoidAmount);
                }
                Ok(Self::Voided {
                    authorized_at,
                    capture: None,
                    at: now,
                })
            }
            Self::Confirmed(confirmed) => {
                let part = part.filter(|cents| *cents != authorized.cents());
                confirmed.void(part, now, refunds_enabled)
            }
            Self::NotFinished
            | Self::Pending
            | Self::Aborted
            | Self::Denied
            | Self::Voided { .. }
            | Self::Refunded { .. } => Err(Refusal::NotVoidable),
        }
    }
}

impl Confirmed {
    /// Cents that can still be given back. Never zero: then the payment would be voided.
    ///
    /// # Errors
    /// [`Refusal::NotVoidable`] when nothing is left.
    pub fn left(&self) -> Result<Amount, Refusal> {
        match self.voided {
            None => Ok(self.capture.amount),
            Some(voided) => self
                .capture
                .amount
                .less(voided.amount)
                .ok_or(Refusal::NotVoidable),
        }
    }

    fn void(
        self,
        part: Option<i64>,
        now: Timestamp,
        refunds_enabled: bool,
    ) -> Result<State, Refusal> {
        let left = self.left()?;
        let amount = match part {
            None => left,
            Some(cents) => Amount::new(cents).ok_or(Refusal::VoidAmount)?,
        };
        if amount > left {
            return Err(Refusal::VoidAmount);
        }
        let age = now.since(self.capture.at);
        if age > VOID_WINDOW && !refunds_enabled {
            return Err(Refusal::RefundsOff);
        }
        if age > REFUND_WINDOW {
            return Err(Refusal::NotRefundable);
        }
        let (authorized_at, capture) = (self.authorized_at, self.capture);
        if amount < left {
            let sum = match self.voided {
                None => amount,
                Some(before) => before.amount.plus(amount).ok_or(Refusal::NotVoidable)?,
            };
            let voided = Some(PartVoid {
                amount: sum,
                at: now,
            });
            return Ok(State::Confirmed(Self { voided, ..self }));
        }
        if age > VOID_WINDOW {
            return Ok(State::Refunded {
                authorized_at,
                capture,
                at: now,
            });
        }
        Ok(State::Voided {
            authorized_at,
            capture: Some(capture),
            at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::HOUR;

    const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn cents(cents: i64) -> Amount {
        Amount::new(cents).unwrap()
    }

    fn captured(of: i64, part: i64) -> State {
        State::Authorized(START)
            .capture(cents(of), Some(part), START, 5)
            .unwrap()
    }

    #[test]
    fn a_capture_takes_the_whole_or_a_part_once() {
        let whole = State::Authorized(START)
            .capture(cents(100), None, START, 5)
            .unwrap();
        assert_eq!(whole.capture_made().unwrap().amount, cents(100));
        let part = captured(100, 40);
        assert_eq!(part.capture_made().unwrap().amount, cents(40));
        assert_eq!(
            part.capture(cents(100), None, START, 5),
            Err(Refusal::NotCapturable)
        );
    }

    #[test]
    fn capture_outside_one_to_the_authorized_amount_is_refused() {
        for amount in [-1, 0, 101, i64::MAX] {
            let refused = State::Authorized(START).capture(cents(100), Some(amount), START, 5);
            assert_eq!(refused, Err(Refusal::CaptureAmount), "{amount}");
        }
    }

    #[test]
    fn capture_ends_with_the_merchants_window() {
        let last = START.plus(5 * DAY);
        assert!(
            State::Authorized(START)
                .capture(cents(1), None, last, 5)
                .is_ok()
        );
        let late = last.plus(1);
        let refused = State::Authorized(START).capture(cents(1), None, late, 5);
        assert_eq!(refused, Err(Refusal::CaptureLate));
        assert!(
            State::Authorized(START)
                .capture(cents(1), None, late, 6)
                .is_ok()
        );
    }

    #[test]
    fn an_authorized_sale_is_voided_whole_or_not_at_all() {
        let void = |part| State::Authorized(START).void(cents(100), part, START, false);
        assert_eq!(void(None).unwrap().status(), Status::Voided);
        assert_eq!(void(Some(100)).unwrap().status(), Status::Voided);
        assert_eq!(void(Some(99)), Err(Refusal::VoidAmount));
        let given = void(None).unwrap().given_back(cents(100)).unwrap();
        assert_eq!(given.amount, cents(100));
    }

    #[test]
    fn parts_add_up_to_a_void_and_never_beyond() {
        let state = captured(100, 60)
            .void(cents(100), Some(20), START, false)
            .unwrap();
        assert_eq!(state.status(), Status::PaymentConfirmed);
        assert_eq!(state.given_back(cents(100)).unwrap().amount, cents(20));
        assert_eq!(
            state.void(cents(100), Some(41), START, false),
            Err(Refusal::VoidAmount)
        );
        let all = state.void(cents(100), Some(40), START, false).unwrap();
        assert_eq!(all.status(), Status::Voided);
        assert_eq!(
            all.void(cents(100), None, START, true),
            Err(Refusal::NotVoidable)
        );
    }

    #[test]
    fn voiding_the_whole_authorized_amount_after_a_part_capture_voids_the_sale() {
        let state = captured(100, 60)
            .void(cents(100), Some(100), START, false)
            .unwrap();
        assert_eq!(state.status(), Status::Voided);
        assert_eq!(state.given_back(cents(100)).unwrap().amount, cents(60));
    }

    #[test]
    fn after_24_hours_a_void_is_a_refund_and_after_360_days_it_is_neither() {
        let state = captured(100, 100);
        let at = |later| START.plus(later);
        let void = |later, enabled| state.void(cents(100), None, at(later), enabled);
        assert_eq!(void(24 * HOUR, false).unwrap().status(), Status::Voided);
        assert_eq!(void(24 * HOUR + 1, false), Err(Refusal::RefundsOff));
        assert_eq!(
            void(24 * HOUR + 1, true).unwrap().status(),
            Status::Refunded
        );
        assert_eq!(void(360 * DAY, true).unwrap().status(), Status::Refunded);
        assert_eq!(void(360 * DAY + 1, true), Err(Refusal::NotRefundable));
        let part = state.void(cents(100), Some(1), at(25 * HOUR), false);
        assert_eq!(part, Err(Refusal::RefundsOff), "a part is a refund too");
    }

    #[test]
    fn a_denied_or_unfinished_payment_can_be_neither_captured_nor_voided() {
        for state in [
            State::Denied,
            State::NotFinished,
            State::Pending,
            State::Aborted,
        ] {
            let capture = state.capture(cents(1), None, START, 5);
            assert_eq!(capture, Err(Refusal::NotCapturable));
            assert_eq!(
                state.void(cents(1), None, START, true),
                Err(Refusal::NotVoidable)
            );
        }
    }

    proptest! {
        #[test]
        fn no_sequence_of_operations_breaks_the_money_invariant(
            authorized in 1i64..10_000,
            operations in prop::collection::vec(
                (any::<bool>(), prop::option::of(-5i64..12_000), 0i64..500 * DAY), 0..20),
            refunds in any::<bool>(),
        ) {
            let whole = cents(authorized);
            let mut state = State::Authorized(START);
            let mut given_back = 0;
            for (is_capture, part, later) in operations {
                let now = START.plus(later);
                let next = if is_capture {
                    state.capture(whole, part, now, 30)
                } else {
                    state.void(whole, part, now, refunds)
                };
                if let Ok(next) = next { state = next; }
                let captured = state.capture_made().map_or(0, |capture| capture.amount.cents());
                prop_assert!(captured <= authorized);
                if let (true, Some(given)) = (captured > 0, state.given_back(whole)) {
                    prop_assert!(given.amount.cents() <= captured);
                    prop_assert!(given.amount.cents() >= given_back, "what is given stays given");
                    given_back = given.amount.cents();
                }
            }
        }
    }
}
