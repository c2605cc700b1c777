//! Storing a card without selling (manual line 4481).
//!
//! Invariant: the same card stored twice has two tokens; a token says nothing of its card.

use aval_domain::brand::Brand;
use aval_domain::card::{CardNumber, Expiry};
use aval_storage::{Changes, StoredCard, Write};

use super::Context;
use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// A card to store.
#[derive(Debug, Clone)]
pub struct NewCard {
    /// The buyer's name.
    pub customer_name: String,
    /// Its number.
    pub number: CardNumber,
    /// Name on it.
    pub holder: String,
    /// Month and year on it.
    pub expiry: Expiry,
    /// Brand.
    pub brand: Brand,
}

/// Stores a card.
///
/// # Errors
/// The store's failures.
pub async fn tokenize(
    app: &App,
    merchant: &ActiveMerchant,
    card: NewCard,
    context: Context<'_, StoredCard>,
) -> Result<StoredCard, Error> {
    let now = app.clock.now();
    let token = app.chance.card_token(now);
    let stored = StoredCard {
        merchant: merchant.id,
        token,
        sealed: merchant.keys.seal_card(token, &card.number)?,
        masked: card.number.masked(),
        holder: Some(card.holder),
        expiry: card.expiry.to_string(),
        brand: card.brand.name().to_owned(),
        customer_name: Some(card.customer_name),
        fingerprint: merchant.keys.fingerprint(&card.number),
        created_at: now,
    };
    let mut writes = vec![Write::InsertCard(Box::new(stored.clone()))];
    writes.extend(context.kept(&stored));
    app.storage
        .commit(Changes {
            merchant: merchant.id,
            writes,
        })
        .await?;
    Ok(stored)
}
