//! What is stored of fraud analysis: the history, reviews, lists, rules.
//!
//! Invariant: the history is read in the order in which it was written, a day and a server at a
//! time, never searched: what finds a card or an e-mail in it is made from it in memory
//! (docs/decisions/0018-fraud-analysis.md). Only digests of personal data are in it.

use aval_domain::fraud::history::Event;
use aval_domain::fraud::lists::List;
use aval_domain::fraud::review::Review;
use aval_domain::fraud::rule::Rule;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::{DAY, Timestamp};

use crate::value::Value;
use crate::{CommitError, Engine, ReadError, Storage, queries};

/// A review that waits, by its place among those that expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueReview {
    /// When it expires.
    pub due_at: Timestamp,
    /// Whose.
    pub merchant: MerchantId,
    /// Of which payment.
    pub payment: PaymentId,
}

impl DueReview {
    /// Before all.
    pub const START: Self = Self {
        due_at: Timestamp::from_micros(i64::MIN),
        merchant: MerchantId::from_bytes([0; 16]),
        payment: PaymentId::from_bytes([0; 16]),
    };
}

/// One write of fraud analysis.
#[derive(Debug, Clone)]
pub enum FraudWrite {
    /// A sale of the history; its payment is new.
    InsertEvent(Box<StoredEvent>),
    /// A review; the payment has none.
    InsertReview(Box<Review>),
    /// A review that changed; expects the version before.
    UpdateReview(Box<Review>),
    /// An entry of a list, or the list that it is on now.
    PutEntry(Box<ListEntry>),
    /// An entry that goes; it may have gone.
    DeleteEntry {
        /// What is listed: the name of an element, or `network`.
        kind: String,
        /// Its digest in hexadecimal, or the network.
        value: String,
    },
    /// A rule, or what became of it.
    PutRule(Box<StoredRule>),
    /// A rule that goes, by its name; it may have gone.
    DeleteRule(String),
}

/// A sale of the history, with its place in storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Days since 1970 in UTC.
    pub day: i64,
    /// The server that wrote it.
    pub server: [u8; 16],
    /// The payment; of what is told again, an id of its own.
    pub payment: PaymentId,
    /// The sale.
    pub event: Event,
    /// Whether it tells again of a sale that is known, with what became of it since.
    pub amends: bool,
}

/// The place of a sale in the history, after which reading goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPlace {
    /// The day.
    pub day: i64,
    /// The server.
    pub server: [u8; 16],
    /// The payment.
    pub payment: PaymentId,
}

/// A server's part of a day of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FraudPlace {
    /// The day.
    pub day: i64,
    /// The server.
    pub server: [u8; 16],
    /// What it wrote last.
    pub newest: PaymentId,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// What is listed: the name of an element, or `network`.
    pub kind: String,
    /// Its digest in hexadecimal, or the network.
    pub value: String,
    /// On which list.
    pub list: List,
    /// How it is shown to people: masked.
    pub shown: String,
    /// Who put it there.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A rule as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRule {
    /// The rule.
    pub rule: Rule,
    /// When it was put.
    pub at: Timestamp,
}

/// The day of a moment.
#[must_use]
pub const fn day_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(DAY)
}

impl Storage {
    /// Sales of a merchant's history before a place, the newest day first, and in it the last
    /// server and payment; at most `limit`.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn fraud_events_before(
        &self,
        of: MerchantId,
        before: EventPlace,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, ReadError> {
        let EventPlace {
            day,
            server,
            payment,
        } = before;
        let place = [day.into(), Value::Id(server), payment.into(), limit.into()];
        let params = [of.into()].into_iter().chain(place).collect();
        self.rows(queries::FRAUD_EVENTS, params).await
    }

    /// Sales that one server wrote on one day after a payment, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn fraud_events_of(
        &self,
        of: MerchantId,
        after: EventPlace,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, ReadError> {
        let EventPlace {
            day,
            server,
            payment,
        } = after;
        let place = [day.into(), Value::Id(server), payment.into(), limit.into()];
        let params = [of.into()].into_iter().chain(place).collect();
        self.rows(queries::FRAUD_EVENTS_OF, params).await
    }

    /// The servers that wrote to a merchant's history from a day on, by day, each found by a seek;
    /// at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn fraud_places(
        &self,
        of: MerchantId,
        from_day: i64,
        limit: u32,
    ) -> Result<Vec<FraudPlace>, ReadError> {
        let params = vec![of.into(), from_day.into(), limit.into()];
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.few(queries::FRAUD_PLACES, params).await,
            Engine::Postgres(postgres) => postgres.rows(queries::FRAUD_PLACES, params).await,
        }
    }

    /// Forgets a merchant's history of before a day, at most `limit` sales; says how many.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn forget_fraud_events(
        &self,
        of: MerchantId,
        before_day: i64,
        limit: u32,
    ) -> Result<u64, CommitError> {
        let events = (queries::OLD_FRAUD_EVENTS, queries::FORGET_FRAUD_EVENTS);
        self.forget(events, vec![of.into(), before_day.into()], limit)
            .await
    }

    /// A payment's review.
    ///
    /// # Errors
    /// As above.
    pub async fn fraud_review(
        &self,
        of: MerchantId,
        payment: PaymentId,
    ) -> Result<Option<Review>, ReadError> {
        self.first(queries::FRAUD_REVIEW, vec![of.into(), payment.into()])
            .await
    }

    /// Reviews of a merchant that wait, in the order of their payments, after one, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn waiting_reviews(
        &self,
        of: MerchantId,
        after: PaymentId,
        limit: u32,
    ) -> Result<Vec<Review>, ReadError> {
        let params = vec![of.into(), after.into(), limit.into()];
        self.rows(queries::WAITING_REVIEWS, params).await
    }

    /// Reviews of all merchants that expire by a moment, the earliest first, after one, at most
    /// `limit`; also those whose rows cannot be read.
    ///
    /// # Errors
    /// As above.
    pub async fn reviews_due(
        &self,
        by: Timestamp,
        after: DueReview,
        limit: u32,
    ) -> Result<Vec<DueReview>, ReadError> {
        let params = vec![
            by.into(),
            after.due_at.into(),
            after.merchant.into(),
            after.payment.into(),
            limit.into(),
        ];
        self.rows(queries::REVIEWS_DUE, params).await
    }

    /// Entries of a merchant's lists in the order of kind and value, after one, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn fraud_entries(
        &self,
        of: MerchantId,
        after: (&str, &str),
        limit: u32,
    ) -> Result<Vec<ListEntry>, ReadError> {
        let params = vec![of.into(), after.0.into(), after.1.into(), limit.into()];
        self.rows(queries::FRAUD_ENTRIES, params).await
    }

    /// A merchant's rules in their order.
    ///
    /// # Errors
    /// As above.
    pub async fn fraud_rules(&self, of: MerchantId) -> Result<Vec<StoredRule>, ReadError> {
        self.rows(queries::FRAUD_RULES, vec![of.into()]).await
    }
}
