//! What an operation asks to be made durable, at once or not at all.
//!
//! Invariant: a change set touches one merchant. Every write says what it expects to find; when one
//! expectation fails, nothing of the set is written and the answer is [`Conflict`]. That an id of
//! ours is new is no expectation but taken for granted: a row that exists is a fault, and refused.

use aval_domain::amount::Amount;
use aval_domain::authorization::Receipt;
use aval_domain::boleto::OurNumber;
use aval_domain::fault::Fault;
use aval_domain::id::{CardToken, ListenerId, MerchantId, NotificationId, PaymentId};
use aval_domain::job::{Job, JobRow};
use aval_domain::merchant::Merchant;
use aval_domain::notification::{Change, Delivery, Notification};
use aval_domain::operation::Operation;
use aval_domain::recurrence::{Recurrence, RecurrentPayment};
use aval_domain::sale::{OrderId, Sale};
use aval_domain::time::Timestamp;
use aval_domain::user::User;

use crate::access::AccessWrite;
use crate::fraud::FraudWrite;
use crate::search::SearchWrite;

/// A set of writes for one merchant.
#[derive(Debug, Clone)]
pub struct Changes {
    /// Whose.
    pub merchant: MerchantId,
    /// What is written.
    pub writes: Vec<Write>,
}

/// One write, with what it expects.
#[derive(Debug, Clone)]
pub enum Write {
    /// A new sale; its id is new.
    InsertSale(Box<Sale>),
    /// A sale that changed; expects the version before.
    UpdateSale(Box<Sale>),
    /// A record of what was done; it is the first of that version of the payment.
    InsertOperation(Operation),
    /// A stored card; its token is new.
    InsertCard(Box<StoredCard>),
    /// The number drawn for a slip; expects that it was not drawn for the merchant before.
    ClaimSlipNumber(OurNumber),
    /// A card that is stored when its buyer turns out known; its payment is new.
    InsertAwaitedCard(AwaitedCard),
    /// A card that waits for its buyer no more, if it did.
    DeleteAwaitedCard(PaymentId),
    /// A payment that waits for its buyer; its payment is new.
    InsertAwaitedBuyer(AwaitedBuyer),
    /// A payment that waits for its buyer no more, if it did.
    DeleteAwaitedBuyer(PaymentId),
    /// A card that replaces another, or what replaced it before.
    PutReplacedCard(Box<ReplacedCard>),
    /// The answer kept under an Idempotency-Key; expects that the key was not used since
    /// `forget_before`.
    KeepAnswer {
        /// The answer.
        answer: Box<KeptAnswer>,
        /// An older answer under the same key is forgotten.
        forget_before: Timestamp,
    },
    /// The order number, for merchants who use one once only; expects that it is free.
    ClaimOrder(OrderId),
    /// A new merchant; its id and establishment code are new.
    InsertMerchant(Box<Merchant>),
    /// A new back-office user; expects that the login is free.
    InsertUser(Box<User>),
    /// A merchant that changed; expects the version before.
    UpdateMerchant(Box<Merchant>),
    /// What was changed of a merchant; it is the first of that version and key.
    RecordSetting(SettingChange),
    /// A payment in doubt; it is in doubt once only.
    InsertUnfinished(Unfinished),
    /// A payment that is still in doubt; expects the version before.
    UpdateUnfinished(Unfinished),
    /// A payment that is in doubt no more, if it was.
    DeleteUnfinished(PaymentId),
    /// A decision of the simulator; expects that it made none for the payment.
    InsertAttempt(Box<SimulatedAttempt>),
    /// A decision that was reversed; expects the version before.
    UpdateAttempt(Box<SimulatedAttempt>),
    /// A fault of the simulator, or that there is none any more.
    PutFault(FaultOf),
    /// A notification of what the same set changes; its id is new.
    InsertNotification(Box<Notification>),
    /// A notification after an attempt, or to be sent again; expects the version before.
    UpdateNotification(Box<Notification>),
    /// A record of an attempt; its id is new.
    InsertDelivery(Box<Delivery>),
    /// A notification for a listener, in the set that it tells of.
    InsertHeard(Box<Heard>),
    /// A notification that a listener has heard.
    DeleteHeard(ListenerId, NotificationId),
    /// Of access: users, sessions, the audit log.
    Access(AccessWrite),
    /// Of fraud analysis.
    Fraud(FraudWrite),
    /// Of recurrences.
    Recurrence(RecurrenceWrite),
    /// Of the search.
    Search(SearchWrite),
    /// Of jobs.
    Job(JobWrite),
}

/// One write of jobs, with what it expects.
#[derive(Debug, Clone)]
pub enum JobWrite {
    /// A new job; expects that there is none of that id.
    Insert(Box<Job>),
    /// A job that changed; expects the version before.
    Update(Box<Job>),
    /// A payment of a job; expects that its place is free.
    InsertRow(JobRow),
    /// A payment of a job that changed; expects the version before.
    UpdateRow(JobRow),
}

/// Who listens to notifications beside the merchants' own receivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listener {
    /// Its name.
    pub id: ListenerId,
    /// Whose notifications it hears; those of all merchants when absent.
    pub merchant: Option<MerchantId>,
}

/// A notification that a listener has yet to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Who hears it.
    pub listener: ListenerId,
    /// Whose it is.
    pub merchant: MerchantId,
    /// Its name: Aval-Notification-Id.
    pub id: NotificationId,
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

/// One write of recurrences, with what it expects.
#[derive(Debug, Clone)]
pub enum RecurrenceWrite {
    /// A new plan; its id is new.
    InsertPlan(Box<RecurrentPayment>),
    /// A plan that changed; expects the version before.
    UpdatePlan(Box<RecurrentPayment>),
    /// The charge that paid a cycle of a plan; expects that none did (D32).
    InsertPaid(Recurrence),
    /// A charge that was denied; it is the only one of that attempt.
    InsertDenied(Recurrence),
}

/// What was changed of a merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingChange {
    /// Whose.
    pub merchant: MerchantId,
    /// The version of the merchant that the change made.
    pub version: u32,
    /// The setting, or `blocked`, or `merchant_key`.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// Who: `cli`, `sandbox-api`, or a user.
    pub by: String,
    /// The value before, secrets masked.
    pub from: String,
    /// The value since, secrets masked.
    pub to: String,
}

/// An attempt whose answer has not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Whose.
    pub merchant: MerchantId,
    /// The payment.
    pub payment: PaymentId,
    /// Grows by one each time the acquirer was asked in vain; 1 when new.
    pub version: u32,
    /// When the acquirer is asked next.
    pub due_at: Timestamp,
    /// From when on it is reversed instead.
    pub limit_at: Timestamp,
    /// The sealed number of a card that is stored when the payment turns out authorized.
    pub sealed: Option<Vec<u8>>,
}

/// What the simulator decided of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The limit is reserved.
    Approved,
    /// It said no.
    Denied,
    /// The limit is free again, or was never reserved and never will be.
    Reversed,
}

impl Decision {
    /// The word in the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "Approved",
            Self::Denied => "Denied",
            Self::Reversed => "Reversed",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Approved, Self::Denied, Self::Reversed]
            .into_iter()
            .find(|decision| decision.name() == name)
    }
}

/// A row of the simulator's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedAttempt {
    /// Whose.
    pub merchant: MerchantId,
    /// The payment.
    pub payment: PaymentId,
    /// Grows by one when it is reversed; 1 when new.
    pub version: u32,
    /// What it decided.
    pub decision: Decision,
    /// Cents.
    pub amount: Amount,
    /// The marks it answered with.
    pub receipt: Receipt,
    /// When.
    pub at: Timestamp,
}

/// A fault of the simulator for a merchant or one card (decision D22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultOf {
    /// Whose.
    pub merchant: MerchantId,
    /// The card's fingerprint; all cards when absent.
    pub card: Option<[u8; 16]>,
    /// The card's number as it may be shown; absent when a server of before set it.
    pub masked: Option<String>,
    /// The fault; none when it was removed.
    pub fault: Option<Fault>,
    /// Since when.
    pub at: Timestamp,
}

/// Which expectation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The row changed since it was read.
    #[error("changed since it was read")]
    Version,
    /// The Idempotency-Key has an answer.
    #[error("the key has an answer")]
    KeyTaken,
    /// The order number was used.
    #[error("the order number was used")]
    OrderTaken,
    /// The number of a slip was drawn before.
    #[error("the number was drawn before")]
    SlipNumberTaken,
    /// The merchant has a user of that login.
    #[error("the login was used")]
    LoginTaken,
    /// The audit log has an entry of that number.
    #[error("the number of the audit log was taken")]
    AuditNumberTaken,
    /// The cycle of the plan was paid.
    #[error("the cycle was paid")]
    CyclePaid,
}

/// A card in the vault: sealed, with what may be shown of it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredCard {
    /// Whose.
    pub merchant: MerchantId,
    /// Its name.
    pub token: CardToken,
    /// The sealed card number: nonce, ciphertext, tag.
    pub sealed: Vec<u8>,
    /// First six, stars, last four.
    pub masked: String,
    /// Name on it.
    pub holder: Option<String>,
    /// `MM/YYYY`.
    pub expiry: String,
    /// Brand, by its name on the wire.
    pub brand: String,
    /// The buyer's name it was stored for.
    pub customer_name: Option<String>,
    /// Keyed hash of the number, per merchant.
    pub fingerprint: [u8; 16],
    /// When.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for StoredCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredCard")
            .field("token", &self.token)
            .field("masked", &self.masked)
            .finish_non_exhaustive()
    }
}

/// A card that is to be stored once its buyer was known at the issuer's page.
#[derive(Clone, PartialEq, Eq)]
pub struct AwaitedCard {
    /// Whose.
    pub merchant: MerchantId,
    /// The payment that waits for its buyer.
    pub payment: PaymentId,
    /// The sealed card number, under the token that the sale shows.
    pub sealed: Vec<u8>,
}

/// A payment that waits for its buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwaitedBuyer {
    /// Whose.
    pub merchant: MerchantId,
    /// The payment.
    pub payment: PaymentId,
    /// When it ends without the buyer.
    pub due_at: Timestamp,
}

/// A card that replaces another (Renova Fácil, decision D36).
#[derive(Clone, PartialEq, Eq)]
pub struct ReplacedCard {
    /// Whose.
    pub merchant: MerchantId,
    /// Keyed hash of the number that is replaced, per merchant.
    pub fingerprint: [u8; 16],
    /// The sealed number of the new card, bound to `fingerprint`.
    pub sealed: Vec<u8>,
    /// First six, stars, last four of the new card.
    pub masked: String,
    /// `MM/YYYY` of the new card.
    pub expiry: String,
    /// Its brand, by its name on the wire.
    pub brand: String,
    /// Since when.
    pub replaced_at: Timestamp,
}

impl std::fmt::Debug for AwaitedCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwaitedCard")
            .field("payment", &self.payment)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ReplacedCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplacedCard")
            .field("masked", &self.masked)
            .finish_non_exhaustive()
    }
}

/// The first finished answer under an Idempotency-Key (decision D07). Holds no card number: answers
/// never do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Whose.
    pub merchant: MerchantId,
    /// The key, up to 255 characters.
    pub key: String,
    /// Keyed digest of method, path and body.
    pub request: [u8; 32],
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: String,
    /// Header Location.
    pub location: Option<String>,
    /// When it was given.
    pub created_at: Timestamp,
}
