//! Merchants at hand: read from the store, with their keys opened, and read again before they are
//! a second old.
//!
//! Invariant: a change made by another process holds within two seconds (`interface`: "A change
//! made by the command line beside a running server holds within 2 s").

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Duration;

use aval_domain::fault::Fault;
use aval_domain::id::MerchantId;
use aval_domain::merchant::Merchant;
use aval_storage::{FaultOf, Storage};
use aval_vault::MerchantKeys;
use tokio::time::Instant;

use crate::error::Error;
use crate::keys::Keys;
use crate::secrets;

/// A merchant with its keys opened.
#[derive(Debug)]
pub struct ActiveMerchant {
    /// The merchant.
    pub merchant: Merchant,
    /// Its keys.
    pub keys: Arc<MerchantKeys>,
    /// Faults of the simulator in force for it; hardly ever any.
    faults: Vec<FaultOf>,
    read_at: Instant,
}

impl ActiveMerchant {
    /// The fault in force for a card, by its fingerprint: the card's own or the merchant's.
    #[must_use]
    pub fn fault(&self, card: Option<[u8; 16]>) -> Option<Fault> {
        let of = |card| self.faults.iter().find(|fault| fault.card == card);
        let own = card.and_then(|card| of(Some(card)));
        own.or_else(|| of(None)).and_then(|found| found.fault)
    }
}

impl std::ops::Deref for ActiveMerchant {
    type Target = Merchant;

    fn deref(&self) -> &Merchant {
        &self.merchant
    }
}

/// Merchants that were asked for lately.
#[derive(Default)]
pub struct Merchants {
    known: RwLock<HashMap<MerchantId, Arc<ActiveMerchant>>>,
    /// How often something was forgotten: what was read before is not remembered after it.
    forgotten: AtomicU64,
    with_faults: bool,
}

/// Age at which a merchant is read again.
const FRESH: Duration = Duration::from_secs(1);
/// Merchants at hand at the most; beyond it the memory is emptied and filled anew.
const MOST: usize = 50_000;

impl Merchants {
    /// None yet; in the sandbox they are read with the simulator's faults.
    #[must_use]
    pub fn new(with_faults: bool) -> Self {
        Self {
            with_faults,
            ..Self::default()
        }
    }

    /// A merchant, at most a second old; `None` when there is none.
    ///
    /// # Errors
    /// When the store is out of reach or the merchant's keys cannot be opened.
    pub async fn find(
        &self,
        storage: &Storage,
        keys: &Keys,
        id: MerchantId,
    ) -> Result<Option<Arc<ActiveMerchant>>, Error> {
        let known = self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned();
        let read_at = Instant::now();
        if let Some(known) = &known
            && read_at.duration_since(known.read_at) < FRESH
        {
            return Ok(Some(Arc::clone(known)));
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let Some(mut merchant) = storage.merchant(id).await? else {
            if known.is_some() {
                self.forget(id);
            }
            return Ok(None);
        };
        let faults = if self.with_faults {
            storage.faults(id).await?
        } else {
            Vec::new()
        };
        let opened = match known {
            // Opening derives keys; while the sealed key is the same, so are they.
            Some(known) if known.merchant.data_key == merchant.data_key => Arc::clone(&known.keys),
            Some(_) | None => Arc::new(keys.open(id, &merchant.data_key)?),
        };
        secrets::open(&mut merchant, &opened)?;
        let active = Arc::new(ActiveMerchant {
            merchant,
            keys: opened,
            faults,
            read_at,
        });
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        if self.forgotten.load(Ordering::SeqCst) == forgotten {
            all.insert(id, Arc::clone(&active));
        }
        Ok(Some(active))
    }

    /// Reads every merchant anew when it is asked for next.
    pub fn forget_all(&self) {
        self.forgetting().clear();
    }

    /// Reads a merchant anew when it is asked for next.
    pub fn forget(&self, id: MerchantId) {
        self.forgetting().remove(&id);
    }

    fn forgetting(&self) -> RwLockWriteGuard<'_, HashMap<MerchantId, Arc<ActiveMerchant>>> {
        let all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        all
    }
}
