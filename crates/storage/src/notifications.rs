//! What is stored of notifications: who has some due, whose turn it is to deliver them, the log.
//!
//! Invariant: only who holds a merchant's lease delivers its notifications; a lease that ran out is
//! anybody's. Leases count real time, since a sandbox's clock can be moved under them.

use aval_domain::id::{DeliveryId, MerchantId, NotificationId, PaymentId};
use aval_domain::notification::{Delivery, Notification};
use aval_domain::time::Timestamp;

use crate::value::Value;
use crate::{CommitError, ReadError, Storage, queries};

/// An id below that of every merchant.
const NONE: MerchantId = MerchantId::from_bytes([0; 16]);

impl Storage {
    /// Merchants who have a notification due at a moment, in the order of their ids, after one, at
    /// most `limit`.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn due_merchants(
        &self,
        after: Option<MerchantId>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<MerchantId>, ReadError> {
        let after = after.unwrap_or(NONE);
        let params = vec![after.into(), now.into(), limit.into()];
        self.rows(queries::DUE_MERCHANTS, params).await
    }

    /// When the first notification is due.
    ///
    /// # Errors
    /// As above.
    pub async fn first_notification_due(&self) -> Result<Option<Timestamp>, ReadError> {
        let due: Option<i64> = self.one(queries::FIRST_DUE, vec![NONE.into()]).await?;
        Ok(due.map(Timestamp::from_micros))
    }

    /// What is due of a merchant at a moment, the longest due first, at most `limit`; of each
    /// payment only the first that waits, so that its changes are told in order.
    ///
    /// # Errors
    /// As above.
    pub async fn due_notifications(
        &self,
        of: MerchantId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Notification>, ReadError> {
        let params = vec![of.into(), now.into(), limit.into()];
        self.rows(queries::DUE, params).await
    }

    /// Whether a merchant has something due at a moment, deliverable or not.
    ///
    /// # Errors
    /// As above.
    pub async fn has_due(&self, of: MerchantId, now: Timestamp) -> Result<bool, ReadError> {
        let params = vec![of.into(), now.into()];
        let due: Option<i64> = self.first(queries::HAS_DUE, params).await?;
        Ok(due.is_some_and(|due| due > 0))
    }

    /// Puts off what is due at a moment but waits behind a notification of its payment that was put
    /// off: so what is due can be delivered, and the first moment at which something is due is one
    /// at which something can be done.
    ///
    /// # Errors
    /// When the store is out of reach; likewise below.
    pub async fn hold_back(&self, of: MerchantId, now: Timestamp) -> Result<(), CommitError> {
        const AT_ONCE: u32 = 1_000;
        let params = || vec![of.into(), now.into(), AT_ONCE.into()];
        while self.execute(queries::HOLD_BACK, params()).await? == u64::from(AT_ONCE) {}
        Ok(())
    }

    /// Makes due at once what waits behind a notification of a payment that was received sooner
    /// than it was to be tried again.
    ///
    /// # Errors
    /// As above.
    pub async fn let_follow(
        &self,
        of: MerchantId,
        payment: PaymentId,
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let params = vec![of.into(), payment.into(), now.into()];
        self.execute(queries::LET_FOLLOW, params).await.map(|_| ())
    }

    /// How many notifications of all merchants wait, counted up to 100,000.
    ///
    /// # Errors
    /// As above.
    pub async fn waiting_notifications(&self) -> Result<i64, ReadError> {
        let most = vec![100_000_u32.into()];
        Ok(self.one(queries::WAITING, most).await?.unwrap_or(0))
    }

    /// A notification.
    ///
    /// # Errors
    /// As above.
    pub async fn notification(
        &self,
        of: MerchantId,
        id: NotificationId,
    ) -> Result<Option<Notification>, ReadError> {
        self.first(queries::NOTIFICATION, vec![of.into(), id.into()])
            .await
    }

    /// Whose a notification is: as many looks by key as there are merchants.
    ///
    /// # Errors
    /// As above.
    pub async fn merchant_of_notification(
        &self,
        id: NotificationId,
    ) -> Result<Option<MerchantId>, ReadError> {
        self.one(queries::MERCHANT_OF_NOTIFICATION, vec![id.into()])
            .await
    }

    /// Notifications in the order of their ids, after one, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn notifications(
        &self,
        of: MerchantId,
        after: NotificationId,
        limit: u32,
    ) -> Result<Vec<Notification>, ReadError> {
        let params = vec![of.into(), after.into(), limit.into()];
        self.rows(queries::NOTIFICATIONS, params).await
    }

    /// Attempts in the order of their ids, after one, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn deliveries(
        &self,
        of: MerchantId,
        after: DeliveryId,
        limit: u32,
    ) -> Result<Vec<Delivery>, ReadError> {
        let params = vec![of.into(), after.into(), limit.into()];
        self.rows(queries::DELIVERIES, params).await
    }

    /// Notifications of a payment, by its versions, at most `limit` that wait and as many that do
    /// not.
    ///
    /// # Errors
    /// As above.
    pub async fn notifications_of(
        &self,
        of: MerchantId,
        payment: PaymentId,
        limit: u32,
    ) -> Result<Vec<Notification>, ReadError> {
        let params = vec![of.into(), payment.into(), limit.into()];
        let found = self.rows(queries::told::NOTIFICATIONS_OF, params).await;
        let mut all: Vec<Notification> = found?;
        all.sort_by_key(|one| (one.payment_version, one.id));
        Ok(all)
    }

    /// The newest attempts to deliver a notification, the newest first, at most `limit`.
    ///
    /// # Errors
    /// As above.
    pub async fn deliveries_of(
        &self,
        of: MerchantId,
        notification: NotificationId,
        limit: u32,
    ) -> Result<Vec<Delivery>, ReadError> {
        let params = vec![of.into(), notification.into(), limit.into()];
        self.rows(queries::told::DELIVERIES_OF, params).await
    }

    /// Takes a merchant's lease, or keeps it, until a moment of real time; says whether it is ours.
    ///
    /// # Errors
    /// When the store is out of reach; likewise below.
    pub async fn take_lease(
        &self,
        of: MerchantId,
        holder: [u8; 16],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, CommitError> {
        let params = vec![of.into(), Value::Id(holder), until.into(), now.into()];
        Ok(self.execute(queries::TAKE_LEASE, params).await? == 1)
    }

    /// Gives a merchant's lease back, if it is still ours.
    ///
    /// # Errors
    /// As above.
    pub async fn give_lease(&self, of: MerchantId, holder: [u8; 16]) -> Result<(), CommitError> {
        let params = vec![of.into(), Value::Id(holder)];
        self.execute(queries::GIVE_LEASE, params).await.map(|_| ())
    }

    /// Gives back every lease that is still ours: another server need not wait for their end.
    ///
    /// # Errors
    /// As above.
    pub async fn give_leases(&self, holder: [u8; 16]) -> Result<(), CommitError> {
        let params = vec![Value::Id(holder)];
        self.execute(queries::GIVE_LEASES, params).await.map(|_| ())
    }

    /// Forgets a merchant's attempts, and its notifications that no longer wait, of before a
    /// moment, at most `limit` of each; says how many.
    ///
    /// # Errors
    /// As above.
    pub async fn forget_notifications(
        &self,
        of: MerchantId,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, CommitError> {
        let first = Value::from(DeliveryId::at(before, [0; 10]));
        let key = vec![of.into(), first];
        let attempts = (queries::OLD_DELIVERIES, queries::FORGET_DELIVERIES);
        let attempts = self.forget(attempts, key.clone(), limit).await?;
        let told = (queries::OLD_NOTIFICATIONS, queries::FORGET_NOTIFICATIONS);
        let told = self.forget(told, key, limit).await?;
        Ok(attempts.saturating_add(told))
    }
}
