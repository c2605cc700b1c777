//! What happened to a payment, the newest first: its sale, every operation, its review.
//!
//! Invariant: nothing is told that no row says; who did something is told as it was recorded.

use aval_domain::fraud::review::{Progress, Review};
use aval_domain::id::JobId;
use aval_domain::operation::{Kind, Operation};
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;

use super::text::Texts;
use super::words::{self, Badge};
use crate::backoffice::money::reais;
use crate::pages::Language;
use crate::pages::money::moment;

/// One event.
pub struct Event {
    at: Timestamp,
    /// What happened.
    pub what: Badge,
    /// When, in words.
    pub when: String,
    /// The same for machines.
    pub stamp: String,
    /// Who did it.
    pub who: String,
    /// The block it came by: its address and name.
    pub job: Option<String>,
    /// How much.
    pub amount: Option<String>,
    /// What was answered.
    pub answer: Option<String>,
    /// The RequestId it came with.
    pub request_id: String,
}

/// What the events of a payment are made from.
pub struct Told<'a> {
    /// The sale.
    pub sale: &'a Sale,
    /// What was done since.
    pub operations: &'a [Operation],
    /// Its review, if it has one.
    pub review: Option<&'a Review>,
    /// The texts.
    pub t: &'static Texts,
    /// The language.
    pub language: Language,
}

/// All events, the newest first.
#[must_use]
pub fn events(told: &Told<'_>) -> Vec<Event> {
    let mut all = vec![told.sold()];
    all.extend(told.operations.iter().map(|one| told.operation(one)));
    all.extend(told.review.into_iter().flat_map(|one| told.reviewed(one)));
    // The sort is stable: what shares a moment stays in its order, then all is turned round.
    all.sort_by_key(|event| event.at);
    all.reverse();
    all
}

impl Told<'_> {
    fn event(&self, at: Timestamp, what: Badge, who: &str) -> Event {
        Event {
            at,
            what,
            when: moment(at, self.language),
            stamp: at.rfc3339(),
            who: who.to_owned(),
            job: None,
            amount: None,
            answer: None,
            request_id: String::new(),
        }
    }

    /// The sale, with what became of it at once.
    fn sold(&self) -> Event {
        let (t, sale) = (self.t, self.sale);
        let is_later = !self.operations.is_empty();
        let captured = sale.state.capture_made().map(|capture| capture.at);
        let at_once =
            sale.state.authorized_at().is_some() && sale.state.authorized_at() == captured;
        let (label, tone) = match &sale.state {
            State::NotFinished | State::Pending => (t.ev_waiting, "mind"),
            State::Aborted => (t.ev_aborted, "soft"),
            State::Denied if is_later => (t.ev_sale, "info"),
            State::Denied => (t.ev_denied, "wrong"),
            State::Authorized(_)
            | State::Confirmed(_)
            | State::Voided { .. }
            | State::Refunded { .. } => {
                if sale.details.terms.capture && at_once {
                    (t.ev_captured_too, "good")
                } else if sale.details.method.card().is_some() {
                    (t.ev_authorized, "info")
                } else {
                    (t.ev_sale, "info")
                }
            }
        };
        let who = match &sale.details.recurrence {
            Some(plan) if plan.began.is_none() => t.recurrence_later,
            Some(_) | None => t.by_api,
        };
        let mut event = self.event(sale.received_at, Badge { label, tone }, who);
        event.amount = Some(reais(sale.amount.cents(), self.language));
        event.request_id = sale.request_id.clone();
        if !is_later {
            event.answer = sale.receipt.as_ref().map(|receipt| {
                let (code, message) = (&receipt.return_code, &receipt.return_message);
                format!("{code} {message}").trim().to_owned()
            });
        }
        event
    }

    fn operation(&self, one: &Operation) -> Event {
        let t = self.t;
        let by_api = match one.kind {
            Kind::Capture | Kind::Void | Kind::Refund
                if one.request_id == self.sale.request_id && self.sale.analysis.is_some() =>
            {
                t.by_analysis
            }
            Kind::Capture | Kind::Void | Kind::Refund => t.by_api,
            Kind::Payment
            | Kind::Authentication
            | Kind::Denial
            | Kind::Deferral
            | Kind::Abandonment => t.by_buyer,
        };
        let who = one.by.as_deref().unwrap_or(by_api);
        let mut event = self.event(one.at, words::kind(t, one.kind), who);
        event.amount = Some(reais(one.amount.cents(), self.language));
        event.answer = (!one.return_code.is_empty()).then(|| one.return_code.clone());
        // A RequestId of the API is the caller's own text and names no block of ours.
        let job = one.by.as_ref().and_then(|_| job_of(&one.request_id));
        event.job = job.map(|job| job.to_string());
        event.request_id = one.request_id.clone();
        event
    }

    fn reviewed(&self, review: &Review) -> Vec<Event> {
        let t = self.t;
        let began = Badge {
            label: t.ev_review,
            tone: "mind",
        };
        let mut events = vec![self.event(review.created_at, began, t.fraud)];
        let (answer, tone) = match review.progress {
            Progress::Accepted => (t.review_accepted, "good"),
            Progress::Rejected => (t.review_rejected, "wrong"),
            Progress::Waiting | Progress::Expired => return events,
        };
        if let Some(at) = review.decided_at {
            let what = Badge {
                label: t.ev_reviewed,
                tone,
            };
            let who = review.decided_by.as_deref().unwrap_or(t.by_analysis);
            let mut event = self.event(at, what, who);
            event.answer = Some(answer.to_owned());
            events.push(event);
        }
        events
    }
}

/// The block that an operation came by, from its RequestId.
fn job_of(request_id: &str) -> Option<JobId> {
    let rest = request_id.strip_prefix("job-")?;
    JobId::parse(rest.get(..36)?)
}
