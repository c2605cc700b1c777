//! What happened to a payment, the newest first: its sale, every operation, its review.
//!
//! Invariant: nothing is told that no row says; who did something is told as it was recorded.

use aval_domain::fraud::analysis;
use aval_domain::fraud::review::{Progress, Review};
use aval_domain::id::JobId;
use aval_domain::operation::{Kind, Marks, Operation};
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;

use super::text::Texts;
use super::words::{self, Badge};
use crate::backoffice::money::reais;
use crate::backoffice::show::second;
use crate::pages::Language;

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
    /// The NSU that came with it.
    pub nsu: Option<String>,
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
    /// Whether its acquirer's answer has not come.
    pub is_in_doubt: bool,
    /// The texts.
    pub t: &'static Texts,
    /// The language.
    pub language: Language,
}

/// All events, the newest first.
#[must_use]
pub fn events(told: &Told<'_>) -> Vec<Event> {
    let mut all = vec![told.sold()];
    all.extend(told.analysed());
    let made = told.operations.iter().enumerate();
    all.extend(made.map(|(at, one)| told.operation(at, one)));
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
            when: second(at, self.language),
            stamp: at.rfc3339(),
            who: who.to_owned(),
            job: None,
            amount: None,
            answer: None,
            nsu: None,
            request_id: String::new(),
        }
    }

    /// The sale, with what became of it at once.
    fn sold(&self) -> Event {
        let (t, sale) = (self.t, self.sale);
        let first = self.operations.first().map(|one| one.kind);
        let what = match first {
            Some(Kind::Resolution) => self.doubt(),
            None if self.is_in_doubt => self.doubt(),
            Some(
                Kind::Payment
                | Kind::Authentication
                | Kind::Denial
                | Kind::Deferral
                | Kind::Abandonment,
            ) => Badge {
                label: t.ev_sale,
                tone: "info",
            },
            None | Some(Kind::Capture | Kind::Void | Kind::Refund) => self.outcome(),
        };
        let who = match &sale.details.recurrence {
            Some(plan) if plan.began.is_none() => t.recurrence_later,
            Some(_) | None => t.by_api,
        };
        let mut event = self.event(sale.received_at, what, who);
        event.amount = Some(reais(sale.amount.cents(), self.language));
        event.request_id = sale.request_id.clone();
        self.answered(&mut event, 0, None);
        event
    }

    const fn doubt(&self) -> Badge {
        Badge {
            label: self.t.ev_doubt,
            tone: "mind",
        }
    }

    /// What became of the sale before anything was done to it.
    fn outcome(&self) -> Badge {
        let (t, sale) = (self.t, self.sale);
        let has = |kind| self.operations.iter().any(|one| one.kind == kind);
        let (label, tone) = match &sale.state {
            State::NotFinished | State::Pending => (t.ev_waiting, "mind"),
            State::Aborted => (t.ev_aborted, "soft"),
            State::Denied => (t.ev_denied, "wrong"),
            State::Authorized(_)
            | State::Confirmed(_)
            | State::Voided { .. }
            | State::Refunded { .. } => {
                if sale.state.capture_made().is_some() && !has(Kind::Capture) {
                    (t.ev_captured_too, "good")
                } else if sale.details.method.card().is_some() {
                    (t.ev_authorized, "info")
                } else {
                    (t.ev_sale, "info")
                }
            }
        };
        Badge { label, tone }
    }

    /// Fills in what was answered at a stage: 0 is the sale, then come the operations. The next
    /// operation found it; of the last stage the sale has it. `code` is what is known otherwise.
    fn answered(&self, event: &mut Event, stage: usize, code: Option<&str>) {
        let found = match self.operations.get(stage) {
            Some(next) => next.before.clone(),
            None => Marks::of(self.sale),
        };
        let Some(marks) = found else {
            event.answer = code.filter(|code| !code.is_empty()).map(str::to_owned);
            return;
        };
        let (code, message) = (&marks.return_code, &marks.return_message);
        event.answer = Some(format!("{code} {message}").trim().to_owned());
        event.nsu = Some(marks.proof_of_sale).filter(|nsu| !nsu.is_empty());
    }

    /// The analysis that was made with the sale.
    fn analysed(&self) -> Option<Event> {
        let (t, sale) = (self.t, self.sale);
        let reply = sale.details.fraud.as_deref()?.reply.as_ref()?;
        // A review says that it could not be decided then; what was decided since is told of it.
        let status = match self.review {
            Some(_) => analysis::Status::Review,
            None => sale.analysis?,
        };
        let Badge { label, tone } = words::analysed(t, status);
        let what = Badge {
            label: t.ev_analysis,
            tone,
        };
        let mut event = self.event(sale.received_at, what, t.by_analysis);
        let (score, of) = (reply.score, t.score_of);
        event.answer = Some(format!("{label} · {score} {of}"));
        Some(event)
    }

    fn operation(&self, at: usize, one: &Operation) -> Event {
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
            Kind::Resolution => t.by_gateway,
        };
        let who = one.by.as_deref().unwrap_or(by_api);
        let what = if one.kind == Kind::Resolution {
            self.outcome()
        } else {
            words::kind(t, one.kind)
        };
        let mut event = self.event(one.at, what, who);
        event.amount = Some(reais(one.amount.cents(), self.language));
        self.answered(&mut event, at.saturating_add(1), Some(&one.return_code));
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
            Progress::Expired => (t.review_expired, "mind"),
            Progress::Waiting => return events,
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
