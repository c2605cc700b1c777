//! A merchant's lists and rules: put, taken off, shown.
//!
//! Invariant: what is put is a digest; the thing itself is shown masked and kept nowhere. Each
//! change raises the merchant's version in its commit, which every server looks at.

use std::convert::Infallible;

use aval_domain::card::CardNumber;
use aval_domain::customer::Address;
use aval_domain::fraud::facts;
use aval_domain::fraud::history::Element;
use aval_domain::fraud::lists::{self, List};
use aval_domain::fraud::rule::{MOST, Rule};
use aval_domain::fraud::text;
use aval_domain::id::MerchantId;
use aval_domain::merchant::Merchant;
use aval_domain::network::Network;
use aval_domain::time::Timestamp;
use aval_storage::fraud::{FraudWrite, ListEntry, StoredRule};
use aval_storage::{CommitError, Conflict, SettingChange, Write};
use aval_vault::MerchantKeys;

use super::TRIES;
use crate::app::App;
use crate::audit::{self, By};
use crate::error::Error;
use crate::fraud::facts::{card_digest, digest};
use crate::fraud::profiles::NETWORK;
use crate::fraud::rules::{self, RuleError};

/// Who put what a rule or a rejected review put.
const BY_RULE: &str = "rule";

/// What can be listed.
pub const KINDS: [&str; 8] = [
    "email", "ip", "network", "document", "card", "device", "phone", "address",
];

/// An entry of a kind, from the text of the thing; `None` when it is none of that kind.
#[must_use]
pub fn entry(
    keys: &MerchantKeys,
    (list, kind, sent): (List, &str, &str),
    by: &str,
    now: Timestamp,
) -> Option<ListEntry> {
    let sent = sent.trim();
    let of = |element: Element, digest: u64, shown: String| ListEntry {
        kind: lists::kind(element).name().to_owned(),
        value: format!("{digest:016x}"),
        list,
        shown,
        by: by.to_owned(),
        at: now,
    };
    let by_form = |element, form: String, shown: String| {
        (!form.is_empty()).then(|| of(element, digest(keys, element, &form), shown))
    };
    match kind {
        "network" => {
            let network = Network::parse(sent)?;
            Some(ListEntry {
                kind: NETWORK.to_owned(),
                value: network.to_string(),
                list,
                shown: network.to_string(),
                by: by.to_owned(),
                at: now,
            })
        }
        "ip" => {
            let address: std::net::IpAddr = sent.parse().ok()?;
            by_form(Element::Ip, address.to_string(), address.to_string())
        }
        "card" => {
            let number = CardNumber::parse(sent).ok()?;
            let digest = card_digest(keys.fingerprint(&number));
            Some(of(Element::Card, digest, number.masked()))
        }
        "email" => {
            let (local, domain) = text::email(sent)?;
            let shown = format!("{}***@{domain}", first(&local, 1));
            by_form(Element::Email, format!("{local}@{domain}"), shown)
        }
        "document" => {
            let form = facts::form_of_document(sent);
            let shown = format!("{}***", first(&form, 3));
            by_form(Element::Document, form, shown)
        }
        "phone" => {
            let digits = text::digits(sent);
            let form = facts::national(&digits).to_owned();
            let shown = format!("{}***", first(&form, 4));
            by_form(Element::Phone, form, shown)
        }
        "device" => by_form(
            Element::Device,
            sent.to_owned(),
            format!("{}***", first(sent, 4)),
        ),
        "address" => {
            let (form, shown) = address(sent)?;
            by_form(Element::Billing, form, shown)
        }
        _ => None,
    }
}

/// An address from its postal code, street and number, as `21241140|Rua Júpiter|174`.
fn address(sent: &str) -> Option<(String, String)> {
    let mut parts = sent.split('|').map(|part| Some(part.trim().to_owned()));
    let address = Address {
        zip_code: parts.next()?,
        street: parts.next()?,
        number: parts.next().flatten(),
        ..Address::default()
    };
    let shown = format!("{}***", first(address.zip_code.as_deref()?, 5));
    Some((text::address(&address)?, shown))
}

fn first(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}

/// An entry that a rule or a rejected review makes.
pub(super) fn by_rule(list: List, element: Element, digest: u64, now: Timestamp) -> ListEntry {
    ListEntry {
        kind: lists::kind(element).name().to_owned(),
        value: format!("{digest:016x}"),
        list,
        shown: "***".to_owned(),
        by: BY_RULE.to_owned(),
        at: now,
    }
}

/// Puts entries on lists; `None` when there is no such merchant.
///
/// # Errors
/// The store's failures; likewise below.
pub async fn put(
    app: &App,
    merchant: MerchantId,
    entries: &[ListEntry],
    by: impl Into<By<'_>>,
) -> Result<Option<()>, Error> {
    let by: By<'_> = by.into();
    let writes = entries.iter().map(|entry| {
        let told = format!("{} {} {}", entry.list.name(), entry.kind, entry.shown);
        (FraudWrite::PutEntry(Box::new(entry.clone())), told)
    });
    change(app, merchant, "fraud_lists", writes.collect(), by).await
}

/// Takes an entry off its list.
///
/// # Errors
/// As above.
pub async fn remove(
    app: &App,
    merchant: MerchantId,
    entry: &ListEntry,
    by: impl Into<By<'_>>,
) -> Result<Option<()>, Error> {
    let by: By<'_> = by.into();
    let (kind, value) = (entry.kind.clone(), entry.value.clone());
    let told = format!("removed {} {}", entry.kind, entry.shown);
    let write = FraudWrite::DeleteEntry { kind, value };
    change(app, merchant, "fraud_lists", vec![(write, told)], by).await
}

/// Why rules were not kept.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// One of them cannot be a rule.
    #[error("{name}: {why}")]
    Rule {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: RuleError,
    },
    /// Too many.
    #[error("a merchant has at most {MOST} rules")]
    TooMany,
    /// The store.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Keeps rules, each in the place of the one of its name; all of them or none.
///
/// # Errors
/// See [`RulesError`]; a rule is compiled before it is kept.
pub async fn put_rules(
    app: &App,
    merchant: MerchantId,
    new: &[Rule],
    by: impl Into<By<'_>>,
) -> Result<Option<()>, RulesError> {
    let by: By<'_> = by.into();
    for rule in new {
        let name = rule.name.clone();
        rules::compile(rule.clone()).map_err(|why| RulesError::Rule { name, why })?;
    }
    let kept = app
        .storage
        .fraud_rules(merchant)
        .await
        .map_err(Error::from)?;
    let is_new = |rule: &&Rule| kept.iter().all(|stored| stored.rule.name != rule.name);
    let count = kept.len().saturating_add(new.iter().filter(is_new).count());
    if count > MOST {
        return Err(RulesError::TooMany);
    }
    let at = app.clock.now();
    let writes = new.iter().map(|rule| {
        let told = format!("{}: {}", rule.name, rule.action);
        let rule = rule.clone();
        (FraudWrite::PutRule(Box::new(StoredRule { rule, at })), told)
    });
    Ok(change(app, merchant, "fraud_rules", writes.collect(), by).await?)
}

/// Removes a rule.
///
/// # Errors
/// The store's failures.
pub async fn remove_rule(
    app: &App,
    merchant: MerchantId,
    name: &str,
    by: impl Into<By<'_>>,
) -> Result<Option<()>, Error> {
    let by: By<'_> = by.into();
    let write = FraudWrite::DeleteRule(name.to_owned());
    let told = format!("removed {name}");
    change(app, merchant, "fraud_rules", vec![(write, told)], by).await
}

/// Writes, and raises the merchant's version with it.
async fn change(
    app: &App,
    id: MerchantId,
    key: &str,
    changes: Vec<(FraudWrite, String)>,
    by: By<'_>,
) -> Result<Option<()>, Error> {
    let told: Vec<&str> = changes.iter().map(|(_, told)| told.as_str()).collect();
    let told: String = told.join("; ").chars().take(1_000).collect();
    let act = by.act(&key.replace("fraud_", "fraud."), "", &told);
    for _ in 0..TRIES {
        let Some(mut merchant) = app.storage.merchant(id).await? else {
            return Ok(None);
        };
        merchant.version = merchant.version.saturating_add(1);
        let record = SettingChange {
            merchant: id,
            version: merchant.version,
            key: key.to_owned(),
            at: app.clock.now(),
            by: by.name.to_owned(),
            from: String::new(),
            to: told.clone(),
        };
        let mut writes = vec![
            Write::UpdateMerchant(Box::new(merchant)),
            Write::RecordSetting(record),
        ];
        writes.extend(changes.iter().map(|(write, _)| Write::Fraud(write.clone())));
        match audit::commit_told(app, id, act.as_ref(), writes).await {
            Ok(()) => {
                app.merchants.forget(id);
                return Ok(Some(()));
            }
            Err(CommitError::Conflict(Conflict::Version)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Overloaded)
}

/// Tells all servers that an entry was written with a sale or a review. That is done whether this
/// can be told or not: then it holds from the next change on.
pub(super) async fn tell(app: &App, merchant: MerchantId) {
    let touched = super::merchant::change(app, merchant, BY_RULE, |_: &mut Merchant| {
        Ok::<(), Infallible>(())
    });
    if let Err(error) = touched.await {
        tracing::warn!(%merchant, %error, "servers are not told of a new entry of a list");
    }
}
