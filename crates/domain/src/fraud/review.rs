//! A sale that waits for a person to decide, and what was decided.
//!
//! Invariant: a review is decided once; who comes second is told that it is.

use super::analysis::Verdict;
use crate::card::without_card_numbers;
use crate::id::{MerchantId, PaymentId};
use crate::time::Timestamp;

/// The longest note in characters.
pub const LONGEST_NOTE: usize = 1_000;

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Waits.
    Waiting,
    /// Somebody accepted.
    Accepted,
    /// Somebody rejected.
    Rejected,
    /// Nobody decided in time: it was accepted or rejected as the merchant's setting says.
    Expired,
}

impl Progress {
    const ALL: [Self; 4] = [Self::Waiting, Self::Accepted, Self::Rejected, Self::Expired];

    /// As a number, for storage.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// From a number.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| i64::from(one.number()) == number)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }
}

/// A review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Whose.
    pub merchant: MerchantId,
    /// Of which payment.
    pub payment: PaymentId,
    /// Grows by one with every change; 1 when new.
    pub version: u32,
    /// Where it stands.
    pub progress: Progress,
    /// When it expires.
    pub due_at: Timestamp,
    /// What was noted, the newest line last.
    pub note: String,
    /// Who decided: a user, `cli`, or nobody yet.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// The score it waits with.
    pub score: u8,
    /// Since when.
    pub created_at: Timestamp,
}

impl Review {
    /// Decided by somebody; `None` when it was decided before.
    #[must_use]
    pub fn decided(mut self, verdict: Verdict, by: &str, now: Timestamp) -> Option<Self> {
        if self.progress != Progress::Waiting {
            return None;
        }
        self.progress = match verdict {
            Verdict::Accept => Progress::Accepted,
            Verdict::Reject => Progress::Rejected,
            Verdict::Review => return None,
        };
        self.decided_by = Some(by.to_owned());
        self.decided_at = Some(now);
        self.version = self.version.saturating_add(1);
        Some(self)
    }

    /// Expired; `None` when it was decided before.
    #[must_use]
    pub fn expired(mut self, now: Timestamp) -> Option<Self> {
        if self.progress != Progress::Waiting {
            return None;
        }
        self.progress = Progress::Expired;
        self.decided_at = Some(now);
        self.version = self.version.saturating_add(1);
        Some(self)
    }

    /// With one more note, and who made it; `None` when there is no room for it.
    #[must_use]
    pub fn noted(mut self, text: &str, by: &str) -> Option<Self> {
        // People write into any field.
        let line = format!("{by}: {}", without_card_numbers(text.trim()));
        let note = if self.note.is_empty() {
            line
        } else {
            format!("{}\n{line}", self.note)
        };
        if text.trim().is_empty() || note.chars().count() > LONGEST_NOTE {
            return None;
        }
        self.note = note;
        self.version = self.version.saturating_add(1);
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_is_decided_once_and_notes_may_follow() {
        let now = Timestamp::from_micros(1);
        let waiting = Review {
            merchant: MerchantId::from_bytes([1; 16]),
            payment: PaymentId::from_bytes([2; 16]),
            version: 1,
            progress: Progress::Waiting,
            due_at: now,
            note: String::new(),
            decided_by: None,
            decided_at: None,
            score: 70,
            created_at: now,
        };
        assert_eq!(waiting.clone().decided(Verdict::Review, "ana", now), None);
        let accepted = waiting
            .clone()
            .decided(Verdict::Accept, "ana", now)
            .unwrap();
        assert_eq!(
            (accepted.progress, accepted.version),
            (Progress::Accepted, 2)
        );
        assert_eq!(accepted.clone().decided(Verdict::Reject, "rui", now), None);
        assert_eq!(accepted.clone().expired(now), None);
        let noted = accepted
            .noted("liguei", "ana")
            .unwrap()
            .noted("ok", "rui")
            .unwrap();
        assert_eq!(noted.note, "ana: liguei\nrui: ok");
        assert_eq!(noted.noted(&"x".repeat(1_000), "ana"), None);
        assert_eq!(waiting.expired(now).unwrap().progress, Progress::Expired);
        assert_eq!(Progress::of_number(2), Some(Progress::Rejected));
    }
}
