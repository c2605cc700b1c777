//! Lists and rules of merchants at hand.
//!
//! Invariant: every change of a list or a rule raises the merchant's version in the same commit, so
//! what is at hand for that version is right, and nothing is asked of the store to know it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use aval_domain::fraud::history::Element;
use aval_domain::fraud::lists::{Entry, Lists};
use aval_domain::id::MerchantId;
use aval_domain::network::Network;
use aval_storage::Storage;
use aval_storage::fraud::ListEntry;

use super::rules::{self, Compiled};
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// Lists and rules of one merchant.
#[derive(Default)]
pub struct Profile {
    version: u32,
    /// Its lists.
    pub lists: Lists,
    /// Its enabled rules, in their order.
    pub rules: Vec<Compiled>,
}

/// Profiles at hand.
#[derive(Default)]
pub struct Profiles {
    known: RwLock<HashMap<MerchantId, Arc<Profile>>>,
}

/// The kind of an entry that is a network.
pub const NETWORK: &str = "network";
/// Entries read at a time.
const PAGE: u32 = 1_000;
/// Profiles at hand at the most.
const MOST: usize = 10_000;

impl Profiles {
    /// A merchant's profile as of its version.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn of(
        &self,
        storage: &Storage,
        merchant: &ActiveMerchant,
    ) -> Result<Arc<Profile>, Error> {
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let found = known.get(&merchant.id);
            if let Some(found) = found.filter(|found| found.version == merchant.version) {
                return Ok(Arc::clone(found));
            }
        }
        let profile = Arc::new(read(storage, merchant).await?);
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(merchant.id, Arc::clone(&profile));
        Ok(profile)
    }
}

async fn read(storage: &Storage, merchant: &ActiveMerchant) -> Result<Profile, Error> {
    let mut profile = Profile {
        version: merchant.version,
        ..Profile::default()
    };
    let mut after = (String::new(), String::new());
    loop {
        let page = storage
            .fraud_entries(merchant.id, (&after.0, &after.1), PAGE)
            .await?;
        let Some(last) = page.last() else { break };
        after = (last.kind.clone(), last.value.clone());
        for stored in &page {
            if let Some(entry) = entry(stored) {
                profile.lists.add(stored.list, entry);
            }
        }
    }
    let stored = storage.fraud_rules(merchant.id).await?;
    let enabled = stored
        .into_iter()
        .map(|stored| stored.rule)
        .filter(|rule| rule.enabled);
    // A rule was compiled before it was kept; one that an older or newer version cannot compile is
    // left out, and told.
    profile.rules = rules::compile_all(enabled.collect());
    Ok(profile)
}

/// The entry that a row stands for.
fn entry(stored: &ListEntry) -> Option<Entry> {
    if stored.kind == NETWORK {
        return Network::parse(&stored.value).map(Entry::Network);
    }
    let digest = u64::from_str_radix(&stored.value, 16).ok()?;
    Element::parse(&stored.kind).map(|element| Entry::Element(element, digest))
}
