//! Sessions of the back office, sign-ins that failed, and invitations.
//!
//! Invariant: pure rules of real time, which the sandbox's clock does not move; who holds a token
//! is asked elsewhere. A session is over when nobody used it for fifteen minutes, after twelve
//! hours, or when its user was changed. A moment that is yet to come was written by another clock
//! and speaks for nothing.

use crate::id::MerchantId;
use crate::time::{DAY, HOUR, MINUTE, Timestamp};
use crate::user::{Role, User};

/// How long a session may rest, in microseconds.
pub const IDLE: i64 = MINUTE * 15;
/// How long a session may last at all, in microseconds.
pub const LONGEST: i64 = HOUR * 12;
/// A session that was used is noted again after this long, in microseconds.
pub const NOTED_EACH: i64 = MINUTE;
/// Failures after which nobody signs in as a user for a while.
pub const MOST_FAILURES: u32 = 10;
/// For how long, in microseconds.
pub const LOCKED_FOR: i64 = MINUTE * 30;
/// How long an invitation holds, in microseconds: three days.
pub const INVITED_FOR: i64 = DAY * 3;

/// How far the clocks of servers may differ, in microseconds.
const APART: i64 = MINUTE * 5;

/// Whether a moment this long ago is one that no server can have seen yet.
const fn is_ahead(ago: i64) -> bool {
    ago < -APART
}

/// A user who signed in with a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose users sign in.
    pub merchant: MerchantId,
    /// SHA-256 of the token that the browser holds.
    pub id: [u8; 32],
    /// Grows by one each time it is noted; 1 when new.
    pub version: u32,
    /// When it was used, to the minute.
    pub seen_at: Timestamp,
    /// The version of the user that it was made for.
    pub user_version: u32,
    /// The user.
    pub login: String,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// From which address.
    pub address: String,
    /// With which browser, as it called itself, shortened.
    pub agent: String,
}

impl Session {
    /// Whether it is over by time.
    #[must_use]
    pub const fn is_over(&self, now: Timestamp) -> bool {
        let (rested, lasted) = (now.since(self.seen_at), now.since(self.created_at));
        rested >= IDLE || lasted >= LONGEST || is_ahead(rested) || is_ahead(lasted)
    }

    /// Whether it is a session of this user, as the user is now.
    #[must_use]
    pub fn is_of(&self, user: &User) -> bool {
        self.login == user.login && self.user_version == user.version && !user.blocked
    }

    /// Whether its use is to be noted.
    #[must_use]
    pub const fn is_to_be_noted(&self, now: Timestamp) -> bool {
        let rested = now.since(self.seen_at);
        rested >= NOTED_EACH || rested < 0
    }
}

/// What is remembered of attempts to sign in as a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIns {
    /// Whose user.
    pub merchant: MerchantId,
    /// The user.
    pub login: String,
    /// Grows by one with every attempt; 1 when new.
    pub version: u32,
    /// Failures since the last success, lock or half hour of rest.
    pub failures: u32,
    /// When it failed last.
    pub failed_at: Option<Timestamp>,
    /// Until when nobody signs in.
    pub locked_until: Option<Timestamp>,
    /// The last step of time whose code was used: no code counts twice.
    pub used_step: Option<u64>,
    /// When the user signed in last.
    pub signed_in_at: Option<Timestamp>,
}

impl SignIns {
    /// Of a user nobody tried to sign in as.
    #[must_use]
    pub const fn new(merchant: MerchantId, login: String) -> Self {
        Self {
            merchant,
            login,
            version: 1,
            failures: 0,
            failed_at: None,
            locked_until: None,
            used_step: None,
            signed_in_at: None,
        }
    }

    /// Whether nobody signs in now.
    #[must_use]
    pub fn is_locked(&self, now: Timestamp) -> bool {
        let holds = |until: Timestamp| now < until && !is_ahead(now.plus(LOCKED_FOR).since(until));
        self.locked_until.is_some_and(holds)
    }

    /// After a failure; the tenth locks. A failure while it is locked lengthens nothing.
    #[must_use]
    pub fn failed(mut self, now: Timestamp) -> Self {
        if self.is_locked(now) {
            return self;
        }
        let rested = self.failed_at.is_some_and(|at| now.since(at) >= LOCKED_FOR);
        self.locked_until = None;
        self.failures = if rested {
            1
        } else {
            self.failures.saturating_add(1)
        };
        self.failed_at = Some(now);
        if self.failures >= MOST_FAILURES {
            self.failures = 0;
            self.locked_until = Some(now.plus(LOCKED_FOR));
        }
        self
    }

    /// After a success, with the step of time of the code that was used.
    #[must_use]
    pub fn succeeded(mut self, now: Timestamp, step: Option<u64>) -> Self {
        self.failures = 0;
        self.failed_at = None;
        self.locked_until = None;
        self.used_step = step.or(self.used_step);
        self.signed_in_at = Some(now);
        self
    }

    /// After a code of this step of time was used without signing in.
    #[must_use]
    pub fn using(mut self, step: u64) -> Self {
        self.used_step = self.used_step.max(Some(step));
        self
    }

    /// Without a lock, as an administrator lifts it.
    #[must_use]
    pub fn unlocked(mut self) -> Self {
        self.failures = 0;
        self.failed_at = None;
        self.locked_until = None;
        self
    }
}

/// Somebody who may become a user by a link that holds once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// To look after which merchant.
    pub merchant: MerchantId,
    /// SHA-256 of the token in the link.
    pub id: [u8; 32],
    /// The name the user will sign in with.
    pub login: String,
    /// The person's own name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// What the user will be.
    pub role: Role,
    /// Who invites.
    pub invited_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when the link holds.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// Whether the link holds.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.expires_at && !is_ahead(now.since(self.created_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    #[test]
    fn what_a_clock_that_ran_ahead_wrote_holds_neither_open_nor_closed() {
        let year = NOW.plus(DAY * 365);
        let session = Session {
            merchant: MerchantId::from_bytes([1; 16]),
            id: [2; 32],
            version: 1,
            seen_at: year,
            user_version: 1,
            login: "ana".to_owned(),
            created_at: year,
            address: String::new(),
            agent: String::new(),
        };
        assert!(session.is_over(NOW) && !session.is_over(year));
        assert!(
            !session.is_over(year.plus(-MINUTE)),
            "servers differ a little"
        );
        let locked = (0..10).fold(nobody(), |tried, _| tried.failed(year));
        assert!(!locked.is_locked(NOW) && locked.is_locked(year.plus(-MINUTE)));
        let invitation = Invitation {
            merchant: session.merchant,
            id: [3; 32],
            login: "rui".to_owned(),
            name: None,
            email: None,
            role: Role::Viewer,
            invited_by: "ana".to_owned(),
            created_at: year,
            expires_at: year.plus(INVITED_FOR),
        };
        assert!(!invitation.holds(NOW) && invitation.holds(year));
        assert!(!invitation.holds(year.plus(INVITED_FOR)));
    }

    fn nobody() -> SignIns {
        SignIns::new(MerchantId::from_bytes([1; 16]), "ana".to_owned())
    }

    #[test]
    fn the_tenth_failure_locks_for_half_an_hour_and_later_ones_lengthen_nothing() {
        let mut tried = nobody();
        for _ in 0..9 {
            tried = tried.failed(NOW);
        }
        assert!(!tried.is_locked(NOW));
        let locked = tried.failed(NOW).failed(NOW.plus(MINUTE * 29));
        assert!(locked.is_locked(NOW.plus(LOCKED_FOR - 1)));
        assert!(!locked.is_locked(NOW.plus(LOCKED_FOR)));
        let again = locked.failed(NOW.plus(LOCKED_FOR));
        assert_eq!((again.failures, again.locked_until), (1, None));
    }

    #[test]
    fn failures_are_forgotten_by_a_success_and_by_rest() {
        let nine = (0..9).fold(nobody(), |tried, _| tried.failed(NOW));
        assert_eq!(nine.clone().succeeded(NOW, Some(7)).failures, 0);
        let later = nine.clone().failed(NOW.plus(LOCKED_FOR));
        assert_eq!((later.failures, later.locked_until), (1, None));
        let once = nobody().succeeded(NOW, Some(7)).succeeded(NOW, None);
        assert_eq!(once.used_step, Some(7));
        assert!(!nine.failed(NOW).unlocked().is_locked(NOW));
    }

    #[test]
    fn a_session_ends_after_fifteen_minutes_of_rest_and_after_twelve_hours() {
        let session = Session {
            merchant: MerchantId::from_bytes([1; 16]),
            id: [2; 32],
            version: 1,
            seen_at: NOW,
            user_version: 1,
            login: "ana".to_owned(),
            created_at: NOW,
            address: String::new(),
            agent: String::new(),
        };
        assert!(!session.is_over(NOW.plus(IDLE - 1)));
        assert!(session.is_over(NOW.plus(IDLE)));
        let used = Session {
            seen_at: NOW.plus(LONGEST - 1),
            ..session.clone()
        };
        assert!(!used.is_over(NOW.plus(LONGEST - 1)));
        assert!(used.is_over(NOW.plus(LONGEST)));
        assert!(!session.is_to_be_noted(NOW.plus(NOTED_EACH - 1)));
        assert!(session.is_to_be_noted(NOW.plus(NOTED_EACH)));
        assert!(
            session.is_to_be_noted(NOW.plus(-1)),
            "a clock that went back"
        );
    }
}
