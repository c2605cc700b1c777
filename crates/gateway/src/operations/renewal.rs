//! Renova Fácil: the card that replaced another (decision D36).
//!
//! Invariant: a new number is kept sealed, bound to what it belongs to; a merchant whose setting is
//! off, and a sale that is no recurring one, cost no look at the register.

use aval_domain::brand::Brand;
use aval_domain::card::{CardNumber, Expiry};
use aval_domain::id::PaymentId;
use aval_domain::method::NewCard;
use aval_domain::sale::{NewSale, Sale};
use aval_domain::time::Timestamp;
use aval_storage::{Changes, ReplacedCard, Write};

use crate::app::App;
use crate::error::Error;
use crate::merchants::ActiveMerchant;

/// The card that replaced another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Its number.
    pub number: CardNumber,
    /// Its expiry.
    pub expiry: Expiry,
    /// Its brand.
    pub brand: Brand,
}

/// Years that the sandbox's own replacement of an expired card is good for.
const YEARS: i16 = 5;

/// Enters the card that replaces another into the sandbox's register.
///
/// # Errors
/// The store's failures.
pub async fn replace(
    app: &App,
    merchant: &ActiveMerchant,
    old: &CardNumber,
    by: &Replacement,
) -> Result<(), Error> {
    let fingerprint = merchant.keys.fingerprint(old);
    let replaced = ReplacedCard {
        merchant: merchant.id,
        fingerprint,
        sealed: merchant.keys.seal_new_card(fingerprint, &by.number)?,
        masked: by.number.masked(),
        expiry: by.expiry.to_string(),
        brand: by.brand.name().to_owned(),
        replaced_at: app.clock.now(),
    };
    let changes = Changes {
        merchant: merchant.id,
        writes: vec![Write::PutReplacedCard(Box::new(replaced))],
    };
    Ok(app.storage.commit(changes).await?)
}

/// The card that replaced one, if any did: by the register, or, for an expired card ending in 3,
/// one that the sandbox makes up. For merchants who have Renova Fácil.
///
/// # Errors
/// The store's failures.
pub async fn replacement(
    app: &App,
    merchant: &ActiveMerchant,
    number: &CardNumber,
    expiry: Option<&str>,
    now: Timestamp,
) -> Result<Option<Replacement>, Error> {
    if !merchant.settings.renova_facil || app.simulated.is_none() {
        return Ok(None);
    }
    let fingerprint = merchant.keys.fingerprint(number);
    let found = app.storage.replaced_card(merchant.id, fingerprint).await?;
    if let Some(found) = found {
        let corrupt = || Error::Internal("a replaced card cannot be read".to_owned());
        return Ok(Some(Replacement {
            number: merchant.keys.open_new_card(fingerprint, &found.sealed)?,
            expiry: Expiry::parse(&found.expiry).ok_or_else(corrupt)?,
            brand: Brand::parse(&found.brand).ok_or_else(corrupt)?,
        }));
    }
    let expiry = expiry.and_then(Expiry::parse);
    let is_past = expiry.is_some_and(|expiry| expiry.is_past(now.day()));
    if !is_past || number.last_digit() != 3 {
        return Ok(None);
    }
    Ok(made_up(number, now))
}

/// The card of the next years: the same number but for its last two digits, so that it is
/// authorized and its check digit is right.
fn made_up(number: &CardNumber, now: Timestamp) -> Option<Replacement> {
    let digits = number.reveal();
    let stem = digits.get(..digits.len().checked_sub(2)?)?;
    let candidates = (0..=9).map(|digit| format!("{stem}{digit}1"));
    let mut parsed = candidates.filter_map(|text| CardNumber::parse(&text).ok());
    let today = now.day();
    let year = today.year().saturating_add(YEARS);
    Some(Replacement {
        number: parsed.find(CardNumber::passes_luhn)?,
        expiry: Expiry::parse(&format!("{:02}/{year:04}", today.month()))?,
        brand: brand_of(digits),
    })
}

/// The brand of a made-up card, whose number begins as the old one does: 2 and 5 are Master's.
fn brand_of(digits: &str) -> Brand {
    if digits.starts_with(['2', '5']) {
        Brand::Master
    } else {
        Brand::Visa
    }
}

/// The card that a sale is told of instead of being authorized; only of recurring sales.
pub(super) async fn of_sale(
    app: &App,
    merchant: &ActiveMerchant,
    (id, new, now): (PaymentId, &NewSale, Timestamp),
    paper: Option<(&CardNumber, Option<&str>)>,
) -> Result<Option<Box<NewCard>>, Error> {
    let recurs = new.terms.recurrent || new.recurrence.is_some();
    let Some((number, expiry)) = paper.filter(|_| recurs && !new.debit) else {
        return Ok(None);
    };
    let found = replacement(app, merchant, number, expiry, now).await?;
    let Some(found) = found else { return Ok(None) };
    let sealed = merchant.keys.seal_new_card(*id.as_bytes(), &found.number)?;
    Ok(Some(Box::new(NewCard {
        masked: found.number.masked(),
        sealed: sealed.iter().map(|byte| format!("{byte:02x}")).collect(),
        expiry: found.expiry.to_string(),
        brand: found.brand,
    })))
}

/// The full number of the card that a denied sale is told of: to hand it over is what the feature
/// is for.
///
/// # Errors
/// When it was changed in the store.
pub fn reveal(merchant: &ActiveMerchant, sale: &Sale) -> Result<Option<CardNumber>, Error> {
    let paid = sale.details.method.card_payment();
    let Some(card) = paid.and_then(|paid| paid.new_card.as_deref()) else {
        return Ok(None);
    };
    let byte = |at: usize| {
        let pair = card.sealed.get(at..at.saturating_add(2))?;
        u8::from_str_radix(pair, 16).ok()
    };
    let sealed: Option<Vec<u8>> = (0..card.sealed.len()).step_by(2).map(byte).collect();
    let sealed = sealed.ok_or_else(|| Error::Internal("a new card cannot be read".to_owned()))?;
    let number = merchant.keys.open_new_card(*sale.id.as_bytes(), &sealed)?;
    Ok(Some(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_card_is_authorized_passes_luhn_and_keeps_the_beginning() {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        for (old, brand) in [
            ("4551870000000183", Brand::Visa),
            ("5555666677778883", Brand::Master),
            ("3012345678903", Brand::Visa),
        ] {
            let made = made_up(&CardNumber::parse(old).unwrap(), now).unwrap();
            let digits = made.number.reveal();
            assert_eq!(digits.len(), old.len());
            assert_eq!(digits.get(..6), old.get(..6));
            assert_eq!(made.number.last_digit(), 1);
            assert!(made.number.passes_luhn(), "{old}");
            assert_eq!(made.brand, brand);
            assert!(!made.expiry.is_past(now.day()));
        }
    }
}
