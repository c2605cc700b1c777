//! Notifications: what a merchant is told of, and when it is tried again (decision D39).
//!
//! Invariant: the numbers of [`Change`] are those of the wire and never change; the schedule is
//! data, and after its last attempt a notification is given up.

use crate::id::{DeliveryId, MerchantId, NotificationId, PaymentId};
use crate::time::{HOUR, Timestamp};

/// What changed: ChangeType on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The status of a payment, or what was taken of it.
    PaymentStatus,
    /// A recurrence was made.
    RecurrenceCreated,
    /// The status of a fraud analysis.
    Antifraud,
    /// The status of a recurrence.
    RecurrenceStatus,
    /// The acquirer refused to void.
    CancelDenied,
    /// A boleto was paid with too little.
    BoletoUnderpaid,
    /// The buyer took the money back.
    Chargeback,
    /// The issuer warns of fraud.
    FraudAlert,
    /// A part was given back.
    PartialCancel,
}

/// Every change with its number.
const NUMBERS: [(Change, u8); 9] = [
    (Change::PaymentStatus, 1),
    (Change::RecurrenceCreated, 2),
    (Change::Antifraud, 3),
    (Change::RecurrenceStatus, 4),
    (Change::CancelDenied, 5),
    (Change::BoletoUnderpaid, 6),
    (Change::Chargeback, 7),
    (Change::FraudAlert, 8),
    (Change::PartialCancel, 25),
];

impl Change {
    /// ChangeType.
    #[must_use]
    pub fn number(self) -> u8 {
        let found = NUMBERS.iter().find(|(change, _)| *change == self);
        found.map_or(0, |(_, number)| *number)
    }

    /// Reads a ChangeType.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        let found = NUMBERS.iter().find(|(_, known)| *known == number);
        found.map(|(change, _)| *change)
    }
}

/// Where a notification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// To be sent, or to be tried again.
    Pending,
    /// The receiver answered 2xx.
    Delivered,
    /// Tried as often as the schedule says.
    GivenUp,
}

/// One notification, as it waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Whose.
    pub merchant: MerchantId,
    /// Its name: Aval-Notification-Id.
    pub id: NotificationId,
    /// Grows by one with every change of this record; 1 when new.
    pub version: u32,
    /// Where it stands.
    pub progress: Progress,
    /// Not before this moment.
    pub due_at: Timestamp,
    /// Attempts made since it was written or sent again by hand.
    pub attempts: u32,
    /// The payment.
    pub payment: PaymentId,
    /// Its version: Aval-Payment-Version.
    pub payment_version: u32,
    /// What changed.
    pub change: Change,
    /// When.
    pub created_at: Timestamp,
    /// The body, as it will be sent.
    pub body: String,
}

/// One attempt to deliver a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Whose.
    pub merchant: MerchantId,
    /// Its name.
    pub id: DeliveryId,
    /// Of which notification.
    pub notification: NotificationId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in microseconds.
    pub took: i64,
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// The beginning of the answer, at most [`ANSWER_KEPT`] bytes.
    pub answer: String,
    /// Why no answer came.
    pub error: Option<String>,
}

/// Bytes kept of a receiver's answer.
pub const ANSWER_KEPT: usize = 1024;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// Microseconds from each failed attempt to the next.
pub const RETRY_AFTER: [i64; 6] = [
    MINUTE,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    6 * HOUR,
    24 * HOUR,
];

impl Notification {
    /// After an attempt that ended at `now`.
    #[must_use]
    pub fn attempted(mut self, received: bool, now: Timestamp) -> Self {
        let failed_before = usize::try_from(self.attempts).unwrap_or(usize::MAX);
        self.attempts = self.attempts.saturating_add(1);
        self.version = self.version.saturating_add(1);
        self.progress = match (received, RETRY_AFTER.get(failed_before)) {
            (true, _) => Progress::Delivered,
            (false, Some(wait)) => {
                self.due_at = now.plus(*wait);
                Progress::Pending
            }
            (false, None) => Progress::GivenUp,
        };
        self
    }

    /// Sent again by hand: due at once, with the whole schedule before it.
    #[must_use]
    pub fn again(mut self, now: Timestamp) -> Self {
        self.version = self.version.saturating_add(1);
        self.progress = Progress::Pending;
        self.attempts = 0;
        self.due_at = now;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> Notification {
        Notification {
            merchant: MerchantId::from_bytes([1; 16]),
            id: NotificationId::from_bytes([2; 16]),
            version: 1,
            progress: Progress::Pending,
            due_at: Timestamp::from_micros(0),
            attempts: 0,
            payment: PaymentId::from_bytes([3; 16]),
            payment_version: 1,
            change: Change::PaymentStatus,
            created_at: Timestamp::from_micros(0),
            body: "{}".to_owned(),
        }
    }

    #[test]
    fn seven_attempts_are_made_over_the_schedule_and_then_it_is_given_up() {
        let mut waiting = new();
        let mut waits = Vec::new();
        while waiting.progress == Progress::Pending {
            let now = waiting.due_at;
            waiting = waiting.attempted(false, now);
            waits.push(waiting.due_at.since(now) / MINUTE);
        }
        assert_eq!(waits, [1, 5, 30, 120, 360, 1440, 0]);
        assert_eq!(waiting.progress, Progress::GivenUp);
        let again = waiting.again(Timestamp::from_micros(9));
        assert_eq!((again.progress, again.attempts), (Progress::Pending, 0));
        let received = again.attempted(true, Timestamp::from_micros(10));
        assert_eq!(received.progress, Progress::Delivered);
    }

    #[test]
    fn a_change_has_the_number_that_the_wire_gives_it() {
        for (change, number) in NUMBERS {
            assert_eq!(change.number(), number);
            assert_eq!(Change::of_number(number), Some(change));
        }
        assert_eq!(Change::of_number(9), None);
    }
}
