//! What is stored of recurrences: plans, what is due, charges, and whose turn it is to charge.
//!
//! Invariant: leases only spare servers work that another does; that a cycle is paid once rests on
//! a unique key and on the plan's version. Leases count real time, since a sandbox's clock can be
//! moved under them.

use aval_domain::id::{MerchantId, RecurrentPaymentId};
use aval_domain::recurrence::{Recurrence, RecurrentPayment};
use aval_domain::time::Timestamp;

use crate::value::Value;
use crate::{CommitError, Corrupt, ReadError, Storage, queries};

/// Parts that merchants are divided into, by the last byte of their ids, which is chance.
const PARTS: u8 = 64;
/// Microseconds by which no lease can outlast one that is taken now.
const ABSURD: i64 = 60_000_000;

/// A part of all merchants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part(u8);

impl Part {
    /// The part of a merchant.
    #[must_use]
    pub const fn of(merchant: MerchantId) -> Self {
        let [.., last] = *merchant.as_bytes();
        Self(last % PARTS)
    }
}

/// A place in the order in which plans are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuePlace {
    due_at: Timestamp,
    merchant: MerchantId,
    plan: RecurrentPaymentId,
}

impl DuePlace {
    /// Before all.
    pub const START: Self = Self {
        due_at: Timestamp::from_micros(i64::MIN),
        merchant: MerchantId::from_bytes([0; 16]),
        plan: RecurrentPaymentId::from_bytes([0; 16]),
    };

    pub(crate) const fn new(
        due_at: Timestamp,
        merchant: MerchantId,
        plan: RecurrentPaymentId,
    ) -> Self {
        Self {
            due_at,
            merchant,
            plan,
        }
    }

    /// Whose plan stands there.
    #[must_use]
    pub const fn merchant(&self) -> MerchantId {
        self.merchant
    }

    /// Which plan stands there.
    #[must_use]
    pub const fn plan(&self) -> RecurrentPaymentId {
        self.plan
    }
}

/// What is due.
#[derive(Debug)]
pub enum Due {
    /// A plan.
    Plan(Box<RecurrentPayment>),
    /// The place of one whose row does not hold what it should: damaged, or written by a newer
    /// version.
    Damaged(DuePlace, Corrupt),
}

impl Due {
    /// Its place; of a plan that is not due, before all.
    #[must_use]
    pub fn place(&self) -> DuePlace {
        match self {
            Self::Plan(plan) => {
                let due_at = plan.due_at.unwrap_or(DuePlace::START.due_at);
                DuePlace::new(due_at, plan.merchant, plan.id)
            }
            Self::Damaged(place, _) => *place,
        }
    }
}

impl Storage {
    /// A plan.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn recurrent_payment(
        &self,
        of: MerchantId,
        id: RecurrentPaymentId,
    ) -> Result<Option<RecurrentPayment>, ReadError> {
        self.first(queries::RECURRENT_PAYMENT, vec![of.into(), id.into()])
            .await
    }

    /// Plans by merchant and id, after one, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn recurrent_payments(
        &self,
        after: (MerchantId, RecurrentPaymentId),
        limit: u32,
    ) -> Result<Vec<RecurrentPayment>, ReadError> {
        let params = vec![after.0.into(), after.1.into(), limit.into()];
        self.rows(queries::RECURRENT_PAYMENTS, params).await
    }

    /// Plans of a merchant by id, after one, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn recurrent_payments_of(
        &self,
        of: MerchantId,
        after: RecurrentPaymentId,
        limit: u32,
    ) -> Result<Vec<RecurrentPayment>, ReadError> {
        let params = vec![of.into(), after.into(), limit.into()];
        self.rows(queries::RECURRENT_PAYMENTS_OF, params).await
    }

    /// Plans of a merchant by id, the newest first, before one, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn recurrent_payments_before(
        &self,
        of: MerchantId,
        before: RecurrentPaymentId,
        limit: u32,
    ) -> Result<Vec<RecurrentPayment>, ReadError> {
        let params = vec![of.into(), before.into(), limit.into()];
        self.rows(queries::RECURRENT_PAYMENTS_BEFORE, params).await
    }

    /// What is due at a moment, the longest due first, after a place, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn due_recurrences(
        &self,
        now: Timestamp,
        after: DuePlace,
        limit: u32,
    ) -> Result<Vec<Due>, ReadError> {
        let params = vec![
            now.into(),
            after.due_at.into(),
            after.merchant.into(),
            after.plan.into(),
            limit.into(),
        ];
        self.rows(queries::RECURRENT_DUE, params).await
    }

    /// When the first plan is due.
    ///
    /// # Errors
    /// As above.
    pub async fn first_recurrence_due(&self) -> Result<Option<Timestamp>, ReadError> {
        let due: Option<i64> = self.first(queries::FIRST_RECURRENT_DUE, Vec::new()).await?;
        Ok(due.map(Timestamp::from_micros))
    }

    /// How many plans are due at a moment, counted up to 100,000.
    ///
    /// # Errors
    /// As above.
    pub async fn waiting_recurrences(&self, now: Timestamp) -> Result<i64, ReadError> {
        let params = vec![now.into(), 100_000_u32.into()];
        let found = self.one(queries::RECURRENT_WAITING, params).await?;
        Ok(found.unwrap_or(0))
    }

    /// The newest charges of a plan, paid and denied, at most `limit` of each, in the order in
    /// which they were made.
    ///
    /// # Errors
    /// As above.
    pub async fn recurrences(
        &self,
        of: MerchantId,
        plan: RecurrentPaymentId,
        limit: u32,
    ) -> Result<Vec<Recurrence>, ReadError> {
        let params = vec![of.into(), plan.into(), limit.into()];
        let mut all: Vec<Recurrence> = self.rows(queries::RECURRENCES, params.clone()).await?;
        all.extend(self.rows::<Recurrence>(queries::DENIALS, params).await?);
        all.sort_by_key(|one| (one.cycle, one.attempt));
        Ok(all)
    }

    /// Takes the lease of a part, or keeps it, until a moment of real time; says whether it is
    /// ours. One that runs a minute longer was taken by a clock that has since been put back: it
    /// holds no more.
    ///
    /// # Errors
    /// When the store is out of reach; likewise below.
    pub async fn take_part(
        &self,
        part: Part,
        holder: [u8; 16],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, CommitError> {
        let number = i64::from(part.0).into();
        let absurd = until.plus(ABSURD).into();
        let params = vec![number, Value::Id(holder), until.into(), now.into(), absurd];
        Ok(self.execute(queries::TAKE_PART, params).await? == 1)
    }

    /// Gives back the leases of all parts that are still ours.
    ///
    /// # Errors
    /// As above.
    pub async fn give_parts(&self, holder: [u8; 16]) -> Result<(), CommitError> {
        let params = vec![Value::Id(holder)];
        self.execute(queries::GIVE_PARTS, params).await.map(|_| ())
    }
}
