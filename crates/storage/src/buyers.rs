//! What is read for payments that wait for their buyers, and for cards that were replaced.
//!
//! Invariant: a plain card sale is read without any of it.

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::method::Method;
use aval_domain::operation::Kind;
use aval_domain::sale::Sale;
use aval_domain::time::Timestamp;

use crate::{AwaitedBuyer, AwaitedCard, ReadError, ReplacedCard, Storage, queries};

impl Storage {
    /// A sale with what was paid of it so far, which stands in its operations: read for slips
    /// only, since of all others the row says everything.
    pub(crate) async fn whole(&self, found: Option<Sale>) -> Result<Option<Sale>, ReadError> {
        match found {
            Some(sale) if matches!(sale.details.method, Method::Boleto(_)) && sale.version > 1 => {
                // Boxed: it is rare, and the future of every query would be as large.
                Box::pin(self.with_payments(sale)).await.map(Some)
            }
            found => Ok(found),
        }
    }

    async fn with_payments(&self, mut sale: Sale) -> Result<Sale, ReadError> {
        let operations = self.operations(sale.merchant, sale.id).await?;
        let payments = operations.iter().filter(|made| made.kind == Kind::Payment);
        // Later than the row it was read with, one may have been added.
        let read = payments.filter(|made| made.version <= sale.version);
        sale.received = read.map(|made| made.amount.cents()).sum();
        Ok(sale)
    }

    /// Whose a payment is, for the sandbox API, which is told no merchant.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn merchant_of_payment(
        &self,
        payment: PaymentId,
    ) -> Result<Option<MerchantId>, ReadError> {
        self.one(queries::MERCHANT_OF_PAYMENT, vec![payment.into()])
            .await
    }

    /// The sealed number of a card that is stored when its buyer turns out known.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn awaited_card(
        &self,
        of: MerchantId,
        payment: PaymentId,
    ) -> Result<Option<AwaitedCard>, ReadError> {
        self.first(queries::AWAITED_CARD, vec![of.into(), payment.into()])
            .await
    }

    /// Payments of all merchants that wait for their buyers until `by` at most, the earliest first,
    /// after one, at most `limit`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn awaited_buyers_due(
        &self,
        by: Timestamp,
        after: Option<AwaitedBuyer>,
        limit: u32,
    ) -> Result<Vec<AwaitedBuyer>, ReadError> {
        let after = after.unwrap_or(AwaitedBuyer {
            merchant: MerchantId::from_bytes([0; 16]),
            payment: PaymentId::from_bytes([0; 16]),
            due_at: Timestamp::from_micros(i64::MIN),
        });
        let params = vec![
            by.into(),
            after.due_at.into(),
            after.merchant.into(),
            after.payment.into(),
            limit.into(),
        ];
        self.rows(queries::AWAITED_BUYERS_DUE, params).await
    }

    /// The card that replaces one, by the fingerprint of that.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn replaced_card(
        &self,
        of: MerchantId,
        fingerprint: [u8; 16],
    ) -> Result<Option<ReplacedCard>, ReadError> {
        let params = vec![of.into(), fingerprint.to_vec().into()];
        self.first(queries::REPLACED_CARD, params).await
    }
}
