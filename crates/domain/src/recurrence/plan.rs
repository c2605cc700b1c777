//! A plan: what is charged, when next, and where it stands (decisions D28 to D32).
//!
//! Invariant: only a transition changes a plan, and each raises its version by one. A plan is due
//! at some moment as long as it is active or an answer about one of its charges is awaited, and
//! never otherwise. Its next date grows with every paid cycle and never passes over one that lies
//! after the day on which it was made.

mod forecast;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::attempts::Attempts;
use super::calendar::{Interval, RecurrencyDay, first_after};
use super::of_sale::{Began, SaleRecurrence};
use crate::amount::Amount;
use crate::authorization::Provider;
use crate::card::{Expiry, ShownCard};
use crate::customer::Customer;
use crate::id::{CardToken, MerchantId, PaymentId, RecurrentPaymentId};
use crate::method::{CardPayment, Method};
use crate::payment::State;
use crate::sale::{Details, OrderId, Sale, Terms};
use crate::time::{Timestamp, start_of};

/// What a merchant asks for beside the sale, read and found right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPlan {
    /// Whether the first payment is made at once.
    pub authorize_now: bool,
    /// The first day, when the first payment is not made at once.
    pub start: Option<Date>,
    /// The last day on which a charge may be made.
    pub end: Option<Date>,
    /// Time between charges.
    pub interval: Interval,
    /// The recurrence that the node names: one that is there, so it cannot begin again.
    pub named: Option<RecurrentPaymentId>,
}

/// Where a plan stands; the numbers are those of the wire (live behaviour, "Recorded shapes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum PlanStatus {
    /// It is charged.
    Active = 1,
    /// Its end has come.
    Finished = 2,
    /// The merchant stopped it.
    Deactivated = 3,
    /// A cycle could not be charged.
    Failed = 4,
    /// Its card has expired.
    CardExpired = 5,
}

impl PlanStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Active,
        Self::Finished,
        Self::Deactivated,
        Self::Failed,
        Self::CardExpired,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Reads a number.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.number() == number)
    }

    /// The word in logs and of commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Finished => "finished",
            Self::Deactivated => "deactivated",
            Self::Failed => "failed",
            Self::CardExpired => "card expired",
        }
    }
}

/// A plan.
#[derive(Clone, PartialEq, Eq)]
pub struct RecurrentPayment {
    /// Whose.
    pub merchant: MerchantId,
    /// Its name.
    pub id: RecurrentPaymentId,
    /// Grows by one with every change; 1 when new.
    pub version: u32,
    /// Where it stands.
    pub status: PlanStatus,
    /// When something is to be done for it.
    pub due_at: Option<Timestamp>,
    /// The number of the cycle that is charged next; 0 is the first payment.
    pub cycle: u32,
    /// The date of that cycle. Attempts may come later; they do not move it.
    pub next: Date,
    /// Attempts at that cycle that were denied.
    pub attempts: u8,
    /// Cycles that the plan itself charged.
    pub successes: u32,
    /// A charge whose answer is awaited (D15).
    pub asking: Option<PaymentId>,
    /// The first day.
    pub start: Date,
    /// The last day on which a charge may be made.
    pub end: Option<Date>,
    /// Time between charges.
    pub interval: Interval,
    /// The day of the month.
    pub day: RecurrencyDay,
    /// Cents of each charge.
    pub amount: Amount,
    /// The sealed card number; absent of a token of webservice 1.5.
    pub sealed: Option<Vec<u8>>,
    /// Keyed hash of the card number.
    pub fingerprint: Option<[u8; 16]>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The shop's number, of all its charges.
    pub order: OrderId,
    /// What is only passed on.
    pub details: PlanDetails,
}

/// What of a plan no rule looks at but to pass it on to its charges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDetails {
    /// Who is asked.
    pub provider: Provider,
    /// The buyer.
    pub customer: Box<Customer>,
    /// The terms.
    pub terms: Terms,
    /// What may be shown of the card; `saved` as long as it is yet to be stored, which is done when
    /// a charge is authorized (D38).
    pub card: ShownCard,
}

/// The facts a plan begins from.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Whose.
    pub merchant: MerchantId,
    /// Its new name.
    pub id: RecurrentPaymentId,
    /// When.
    pub now: Timestamp,
    /// The shop's number.
    pub order: OrderId,
    /// Cents of each charge.
    pub amount: Amount,
    /// The sealed card number.
    pub sealed: Option<Vec<u8>>,
    /// Keyed hash of the card number.
    pub fingerprint: Option<[u8; 16]>,
    /// What is passed on.
    pub details: PlanDetails,
}

/// One attempt at a charge, as it is recorded: of each cycle one is paid at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// Whose.
    pub merchant: MerchantId,
    /// Of which plan.
    pub plan: RecurrentPaymentId,
    /// Of which cycle: PaymentNumber.
    pub cycle: u32,
    /// Which attempt at it, from 1: TryNumber.
    pub attempt: u8,
    /// The payment.
    pub payment: PaymentId,
    /// When it was decided.
    pub at: Timestamp,
}

/// What is to be done for a plan that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Find out what became of this charge.
    Ask(PaymentId),
    /// Nothing can be charged any more.
    Finish,
    /// The card has expired.
    ExpireCard,
    /// Charge.
    Charge,
    /// Nothing: it stands still.
    Rest,
}

impl NewPlan {
    /// The dates that a plan begins with whose first payment is made on a day.
    #[must_use]
    pub fn begun_on(&self, today: Date) -> Began {
        let day = RecurrencyDay::of(today);
        let next = first_after(today, self.interval, day, today);
        Began {
            interval: self.interval,
            start: today,
            next: next.unwrap_or(Date::MAX),
            end: self.end,
        }
    }

    /// The dates of a plan whose first payment comes later: the next one is the first.
    #[must_use]
    pub fn scheduled_from(&self, today: Date) -> Began {
        let start = self.start.unwrap_or(today);
        Began {
            interval: self.interval,
            start,
            next: start,
            end: self.end,
        }
    }
}

impl RecurrentPayment {
    /// A plan whose next charge is that of a cycle: 1 after a first payment, 0 without one (D28).
    #[must_use]
    pub fn begin(facts: Begin, dates: &Began, cycle: u32) -> Self {
        let mut details = facts.details;
        // Both were of the first payment alone.
        details.terms.service_tax = 0;
        details.terms.analysis_aborted = false;
        let plan = Self {
            merchant: facts.merchant,
            id: facts.id,
            version: 0,
            status: PlanStatus::Active,
            due_at: None,
            cycle,
            next: dates.next,
            attempts: 0,
            successes: 0,
            asking: None,
            start: dates.start,
            end: dates.end,
            interval: dates.interval,
            day: RecurrencyDay::of(dates.start),
            amount: facts.amount,
            sealed: facts.sealed,
            fingerprint: facts.fingerprint,
            created_at: facts.now,
            order: facts.order,
            details,
        };
        plan.waiting(facts.now.day())
    }

    /// What is to be done on a day.
    #[must_use]
    pub fn turn(&self, today: Date) -> Turn {
        if let Some(payment) = self.asking {
            return Turn::Ask(payment);
        }
        if self.status != PlanStatus::Active {
            return Turn::Rest;
        }
        if self.is_over(today) {
            return Turn::Finish;
        }
        let expiry = self.details.card.expiry.as_deref().and_then(Expiry::parse);
        if expiry.is_some_and(|expiry| expiry.is_past(today)) {
            return Turn::ExpireCard;
        }
        Turn::Charge
    }

    /// The plan with the card that replaced its own, to be written with what is done next (D36).
    #[must_use]
    pub fn renewed(
        mut self,
        card: ShownCard,
        sealed: Option<Vec<u8>>,
        fingerprint: [u8; 16],
    ) -> Self {
        self.details.card = card;
        self.sealed = sealed;
        self.fingerprint = Some(fingerprint);
        self
    }

    /// A charge of the current cycle that nobody has answered yet: a captured sale (D30). Its card
    /// is stored under a token when it is authorized, if there is one.
    #[must_use]
    pub fn charge(&self, id: PaymentId, now: Timestamp, saved_as: Option<CardToken>) -> Sale {
        let details = &self.details;
        let mut card = details.card.clone();
        card.saved = saved_as.is_some();
        card.token = saved_as.map(|token| token.to_string()).or(card.token);
        Sale {
            merchant: self.merchant,
            id,
            order: self.order.clone(),
            received_at: now,
            request_id: id.to_string(),
            amount: self.amount,
            state: State::NotFinished,
            receipt: None,
            version: 1,
            fingerprint: self.fingerprint,
            received: 0,
            // Nobody is there whom an analysis could tell anything of.
            analysis: None,
            details: Details {
                provider: details.provider,
                customer: details.customer.clone(),
                terms: Terms {
                    capture: true,
                    recurrent: true,
                    ..details.terms.clone()
                },
                method: Method::Credit(CardPayment::from(card)),
                fraud: None,
                velocity: None,
                recurrence: Some(Box::new(SaleRecurrence {
                    id: self.id,
                    began: None,
                })),
            },
        }
    }

    /// The record of an attempt at the current cycle.
    #[must_use]
    pub fn recurrence(&self, payment: PaymentId, at: Timestamp) -> Recurrence {
        Recurrence {
            merchant: self.merchant,
            plan: self.id,
            cycle: self.cycle,
            attempt: self.attempts.saturating_add(1),
            payment,
            at,
        }
    }

    /// The acquirer is being asked for a charge; its answer is looked for at a moment (D15).
    #[must_use]
    pub fn asked(mut self, payment: PaymentId, look_at: Timestamp) -> Self {
        self.asking = Some(payment);
        self.due_at = Some(look_at);
        self.changed()
    }

    /// Nothing could be done now: it is due again at a moment.
    #[must_use]
    pub fn put_off(mut self, to: Timestamp) -> Self {
        self.due_at = Some(to);
        self.changed()
    }

    /// Nothing can be done today: it is due again tomorrow.
    #[must_use]
    pub fn put_off_a_day(self, today: Date) -> Self {
        let tomorrow = today
            .tomorrow()
            .map_or(Timestamp::from_micros(i64::MAX), start_of);
        self.put_off(tomorrow)
    }

    /// The plan whose card may have been stored with a charge that was authorized: no later charge
    /// stores the same card.
    #[must_use]
    pub fn stored_with(mut self, charge: &Sale) -> Self {
        let card = charge.details.method.card();
        if card.is_some_and(|card| card.saved) && charge.fingerprint == self.fingerprint {
            self.details.card.saved = false;
        }
        self
    }

    /// The current cycle was paid.
    #[must_use]
    pub fn paid(mut self, today: Date) -> Self {
        self.asking = None;
        self.attempts = 0;
        self.successes = self.successes.saturating_add(1);
        self.cycle = self.cycle.saturating_add(1);
        // Cycles from before the plan was made were never promised; all others are charged.
        let made = self.created_at.day().max(self.next);
        match first_after(self.next, self.interval, self.day, made) {
            Some(next) => self.next = next,
            None => return self.stopped(PlanStatus::Finished),
        }
        self.waiting(today)
    }

    /// An attempt at the current cycle was denied (D31).
    #[must_use]
    pub fn denied(mut self, allows_retry: bool, attempts: Attempts, today: Date) -> Self {
        self.asking = None;
        self.attempts = self.attempts.saturating_add(1);
        if self.status != PlanStatus::Active {
            return self.waiting(today);
        }
        let days = jiff::Span::new().days(attempts.days_apart);
        match today.checked_add(days) {
            Ok(day) if allows_retry && self.attempts < attempts.most => {
                if self.end.is_some_and(|end| day > end) {
                    return self.stopped(PlanStatus::Finished);
                }
                self.due_at = Some(start_of(day));
                self.changed()
            }
            Ok(_) | Err(_) => self.stopped(PlanStatus::Failed),
        }
    }

    /// Nothing of it is charged any more, for a reason; an answer that is awaited still is.
    #[must_use]
    pub fn stopped(mut self, why: PlanStatus) -> Self {
        self.status = why;
        self.due_at = self.due_at.filter(|_| self.asking.is_some());
        self.changed()
    }

    /// Whether attempts at the current cycle are under way (315).
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.attempts > 0 || self.asking.is_some()
    }

    /// Due at its next date; finished when that lies beyond its end, or the end has passed.
    pub(super) fn waiting(mut self, today: Date) -> Self {
        if self.status == PlanStatus::Active && self.is_over(today) {
            return self.stopped(PlanStatus::Finished);
        }
        let active = self.status == PlanStatus::Active;
        if self.asking.is_none() {
            self.due_at = active.then(|| start_of(self.next));
        }
        self.changed()
    }

    pub(super) fn changed(mut self) -> Self {
        self.version = self.version.saturating_add(1);
        self
    }

    fn is_over(&self, today: Date) -> bool {
        self.end.is_some_and(|end| self.next > end || today > end)
    }
}

impl std::fmt::Debug for RecurrentPayment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecurrentPayment")
            .field("id", &self.id)
            .field("version", &self.version)
            .field("status", &self.status)
            .field("due_at", &self.due_at)
            .field("cycle", &self.cycle)
            .field("next", &self.next)
            .field("attempts", &self.attempts)
            .field("asking", &self.asking)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]
mod tests;
