//! What is secret of a merchant's settings: sealed where it is stored, opened where it is used.
//!
//! Invariant: what is committed of a merchant holds neither the notification secret nor the value
//! of a header in clear (docs/decisions/0006-key-hierarchy.md).

use aval_domain::merchant::Merchant;
use aval_vault::MerchantKeys;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::keys::Keys;

/// Opens what is sealed of a merchant that was read.
///
/// # Errors
/// When it is not the merchant's, or was changed.
pub fn open(merchant: &mut Merchant, keys: &MerchantKeys) -> Result<(), Error> {
    let Some(sealed) = &merchant.settings.sealed else {
        return Ok(());
    };
    let opened = keys.open_settings(sealed)?;
    let put = merchant.settings.put_secrets(&opened);
    put.map_err(|_| Error::Internal("sealed settings are none".to_owned()))
}

/// The same where the keys have to be opened first, if there is anything sealed.
///
/// # Errors
/// As above; when the keys cannot be opened.
pub fn open_with(merchant: &mut Merchant, keys: &Keys) -> Result<(), Error> {
    if merchant.settings.sealed.is_none() {
        return Ok(());
    }
    let keys = keys.open(merchant.id, &merchant.data_key)?;
    open(merchant, &keys)
}

/// A merchant as it is to be written.
///
/// # Errors
/// When its keys cannot be opened.
pub fn sealed(merchant: &Merchant, keys: &Keys) -> Result<Merchant, Error> {
    let mut kept = merchant.clone();
    if kept.settings.has_clear_secrets() {
        let keys = keys.open(kept.id, &kept.data_key)?;
        let secrets = kept.settings.take_secrets();
        let secrets = secrets.map_err(|error| Error::Internal(error.to_string()))?;
        kept.settings.sealed = Some(keys.seal_settings(&Zeroizing::new(secrets))?);
    }
    Ok(kept)
}
