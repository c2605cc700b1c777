//! What is stored of the sandbox: faults, what the simulator decided, and how all is removed.
//!
//! Invariant: merchants, their settings and their users outlive a reset.

use aval_domain::id::{MerchantId, PaymentId};

use crate::sqlite::orders;
use crate::{CommitError, Engine, FaultOf, ReadError, SimulatedAttempt, Storage, queries};

/// Rows that a reset removes at a time: some ten milliseconds of the one who writes.
const RESET_AT_ONCE: u32 = 2_000;

impl Storage {
    /// The simulator's faults for a merchant.
    ///
    /// # Errors
    /// See [`ReadError`]; likewise below.
    pub async fn faults(&self, of: MerchantId) -> Result<Vec<FaultOf>, ReadError> {
        self.rows(queries::FAULTS, vec![of.into()]).await
    }

    /// What the simulator decided of a payment.
    ///
    /// # Errors
    /// As above.
    pub async fn simulated_attempt(
        &self,
        of: MerchantId,
        payment: PaymentId,
    ) -> Result<Option<SimulatedAttempt>, ReadError> {
        self.first(queries::ATTEMPT, vec![of.into(), payment.into()])
            .await
    }

    /// Removes all that belongs to merchants but themselves, table by table (decision D45) and so
    /// many rows at a time, since others write meanwhile.
    ///
    /// # Errors
    /// When the store is out of reach; what was removed stays removed.
    pub async fn reset(&self) -> Result<(), CommitError> {
        for sql in queries::RESET.iter().chain(queries::search::RESET) {
            let most = || vec![RESET_AT_ONCE.into()];
            while self.execute(sql, most()).await? >= u64::from(RESET_AT_ONCE) {}
            if let (&queries::RESET_SALES, Engine::Sqlite(sqlite)) = (sql, &*self.engine) {
                for sql in orders::FORGET {
                    sqlite.execute(sql, Vec::new()).await?;
                }
            }
        }
        Ok(())
    }
}
