//! What a merchant may change of a plan, and when not (decisions D29, D33 to D35).
//!
//! Invariant: a refused change changed nothing. What is charged changes from the next charge on;
//! the date of the next charge changes only by its day, by itself, or by reactivation.

use jiff::civil::Date;

use super::calendar::{Interval, RecurrencyDay, first_after};
use super::plan::{PlanStatus, RecurrentPayment};
use crate::amount::Amount;
use crate::card::ShownCard;
use crate::customer::Customer;
use crate::refusal::Refusal;
use crate::sale::Terms;

/// A change of a plan: one for each PUT (manual lines 3251 to 3740).
#[derive(Debug, Clone)]
pub enum Modification {
    /// Another buyer, the whole node.
    Customer(Box<Customer>),
    /// Another last day.
    EndDate(Date),
    /// Instalments of each charge, 1 to 99.
    Installments(u8),
    /// Another interval, from the charge after the next on.
    Interval(Interval),
    /// Another day of the month.
    Day(RecurrencyDay),
    /// Cents of each charge.
    Amount(Amount),
    /// Another date of the next charge.
    NextDate(Date),
    /// Another payment, the whole node.
    Payment(Box<NewPayment>),
    /// Stop.
    Deactivate,
    /// Go on.
    Reactivate,
}

/// What replaces the payment of a plan.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// Cents of each charge.
    pub amount: Amount,
    /// The terms.
    pub terms: Terms,
    /// What may be shown of the card.
    pub card: ShownCard,
    /// The sealed card number.
    pub sealed: Option<Vec<u8>>,
    /// Keyed hash of the card number.
    pub fingerprint: Option<[u8; 16]>,
}

impl RecurrentPayment {
    /// Changes the plan on a day.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub fn modified(mut self, by: Modification, today: Date) -> Result<Self, Refusal> {
        if let Modification::Reactivate = by {
            return self.reactivated(today);
        }
        if self.status != PlanStatus::Active {
            return Err(Refusal::RecurrenceInactive);
        }
        match by {
            Modification::Customer(customer) => self.details.customer = customer,
            Modification::EndDate(end) if end < self.next => {
                return Err(Refusal::EndBeforeNext);
            }
            Modification::EndDate(end) => self.end = Some(end),
            Modification::Installments(number) => self.details.terms.installments = number,
            Modification::Interval(interval) => self.interval = interval,
            Modification::Day(day) => return self.on_day(day, today),
            Modification::Amount(amount) => self.amount = amount,
            Modification::NextDate(date) => return self.on_date(date, today),
            Modification::Payment(new) => {
                let NewPayment {
                    amount,
                    terms,
                    card,
                    sealed,
                    fingerprint,
                } = *new;
                self.amount = amount;
                self.details.terms = terms;
                self.details.card = card;
                self.sealed = sealed;
                self.fingerprint = fingerprint;
            }
            Modification::Deactivate => return Ok(self.stopped(PlanStatus::Deactivated)),
            Modification::Reactivate => {}
        }
        Ok(self.changed())
    }

    /// The manual's three rules (line 3480): a next charge of another month moves to the day within
    /// its month; one of this month moves when the day is still to come, and else stays, so that
    /// the day holds for the charges after it. Nothing moves while a cycle is being tried.
    fn on_day(mut self, day: RecurrencyDay, today: Date) -> Result<Self, Refusal> {
        let moved = day.in_month_of(self.next);
        let moves = moved > today && self.next > today && !self.is_pending();
        self.day = day;
        if !moves {
            return Ok(self.changed());
        }
        self.moved_to(moved, today)
    }

    fn on_date(mut self, date: Date, today: Date) -> Result<Self, Refusal> {
        if self.is_pending() {
            return Err(Refusal::PendingPayment);
        }
        if date < today {
            return Err(Refusal::PastDate);
        }
        self.day = RecurrencyDay::of(date);
        self.moved_to(date, today)
    }

    fn moved_to(mut self, date: Date, today: Date) -> Result<Self, Refusal> {
        if self.end.is_some_and(|end| date > end) {
            return Err(Refusal::EndBeforeNext);
        }
        self.next = date;
        // A plan that is to begin earlier begins then.
        self.start = self.start.min(date);
        Ok(self.waiting(today))
    }

    /// Goes on at the next future date of its schedule; a cycle that was tried in vain is given up.
    /// Beyond its end nothing is charged: then it is there to be given another end.
    fn reactivated(mut self, today: Date) -> Result<Self, Refusal> {
        if self.status == PlanStatus::Active {
            return Ok(self);
        }
        self.status = PlanStatus::Active;
        if self.asking.is_some() {
            return Ok(self.changed());
        }
        if self.attempts > 0 {
            self.attempts = 0;
            self.cycle = self.cycle.saturating_add(1);
        }
        if self.next <= today {
            let next = first_after(self.next, self.interval, self.day, today);
            self.next = next.ok_or(Refusal::EndBeforeNext)?;
        }
        self.due_at = Some(crate::time::start_of(self.next));
        Ok(self.changed())
    }
}
