//! What an analysis does to its sale (decision D46).
//!
//! Invariant: money moves by the same transitions as everywhere; what cannot be done is left.

use super::analysis::{Analysis, Status, Verdict};
use super::element::Fate;
use super::velocity;
use crate::payment::State;
use crate::sale::Sale;
use crate::time::Timestamp;

impl Sale {
    /// With its analysis, and what was decided; nothing else changes.
    #[must_use]
    pub fn analysed(mut self, status: Status, analysis: Analysis) -> Self {
        self.analysis = Some(status);
        self.details.fraud = Some(Box::new(analysis));
        self
    }

    /// With what its velocity limits said.
    #[must_use]
    pub fn measured(mut self, said: velocity::Analysis) -> Self {
        self.details.velocity = Some(Box::new(said));
        self
    }

    /// Given up before anybody was asked.
    #[must_use]
    pub fn stopped(mut self) -> Self {
        if self.state == State::NotFinished {
            self.state = State::Aborted;
        }
        self
    }

    /// Acts on a verdict: an accepted sale is captured, a rejected one voided, where the request
    /// asked for it and the state allows it. Says whether something was done.
    #[must_use]
    pub fn acted(mut self, verdict: Verdict, now: Timestamp) -> (Self, bool) {
        let request = self
            .details
            .fraud
            .as_ref()
            .map(|analysis| &analysis.request);
        let asks = |ask: Option<bool>| ask == Some(true);
        let captures = request.is_some_and(|request| asks(request.capture_on_low_risk));
        let voids = request.is_some_and(|request| asks(request.void_on_high_risk));
        let next = match verdict {
            Verdict::Accept if captures => self.state.capture(self.amount, None, now, u8::MAX),
            Verdict::Reject if voids => self.state.void(self.amount, None, now, true),
            Verdict::Accept | Verdict::Review | Verdict::Reject => return (self, false),
        };
        match next {
            Ok(state) => {
                self.state = state;
                (self, true)
            }
            Err(_) => (self, false),
        }
    }

    /// A review's decision: the status, one version more, and what it does.
    #[must_use]
    pub fn reviewed(mut self, verdict: Verdict, now: Timestamp) -> (Self, bool) {
        self.analysis = Some(verdict.status());
        self.version = self.version.saturating_add(1);
        self.acted(verdict, now)
    }

    /// Whether the recurrence that it asked for begins: its first payment was authorized, and its
    /// analysis did not give it back in the same moment.
    #[must_use]
    pub fn begins_recurrence(&self) -> bool {
        let Some(authorized_at) = self.state.authorized_at() else {
            return false;
        };
        let given_back = self.state.given_back(self.amount);
        let at_once = given_back.is_some_and(|given| given.at == authorized_at);
        !(at_once && self.analysis == Some(Status::Reject))
    }

    /// What became of it so far, as far as later sales are concerned.
    #[must_use]
    pub fn fate(&self) -> Fate {
        Fate {
            denied: self.state == State::Denied,
            rejected: self.analysis == Some(Status::Reject),
            unpaid: matches!(self.state, State::NotFinished | State::Aborted),
        }
    }
}
