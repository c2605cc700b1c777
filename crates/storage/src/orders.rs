//! Reading the payments of an order.
//!
//! Invariant: newest first, by the moment of reception and then the id, on both engines.

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::sale::{OrderId, Sale};
use aval_domain::time::Timestamp;

use crate::{Engine, ReadError, Storage};

impl Storage {
    /// The payments of an order and when they were received, newest first, at most `limit`.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn sales_of_order(
        &self,
        of: MerchantId,
        order: &OrderId,
        limit: u32,
    ) -> Result<Vec<(PaymentId, Timestamp)>, ReadError> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.sales_of_order(of, order.clone(), limit).await,
            Engine::Postgres(postgres) => postgres.sales_of_order(of, order, limit).await,
        }
    }

    /// The newest sale of an order.
    ///
    /// # Errors
    /// As above.
    pub async fn newest_of_order(
        &self,
        of: MerchantId,
        order: &OrderId,
    ) -> Result<Option<Sale>, ReadError> {
        let newest = self.sales_of_order(of, order, 1).await?.pop();
        let Some((newest, _)) = newest else {
            return Ok(None);
        };
        self.sale(of, newest).await
    }
}
