//! How a wallet is written.
//!
//! Invariant: as it was sent, its name in canonical case.

use aval_domain::method::{Wallet, WalletKind};
use serde::Serialize;
use utoipa::ToSchema;

/// The wallet it is paid from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct WalletAnswer<'a> {
    /// VisaCheckout or Masterpass.
    r#type: &'static str,
    /// Of VisaCheckout.
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet_key: Option<&'a str>,
    /// Always 0 (manual lines 5367 and 5553).
    eci: u8,
    /// Of Masterpass.
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_data: Option<WalletDataAnswer<'a>>,
}

/// What Masterpass told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct WalletDataAnswer<'a> {
    /// As sent.
    capture_code: &'a str,
}

impl<'a> WalletAnswer<'a> {
    pub(super) fn new(wallet: &'a Wallet) -> Self {
        let key = wallet.key.as_deref();
        let (wallet_key, capture_code) = match wallet.kind {
            WalletKind::VisaCheckout => (key, None),
            WalletKind::Masterpass => (None, key),
        };
        Self {
            r#type: wallet.kind.name(),
            wallet_key,
            eci: 0,
            additional_data: capture_code.map(|capture_code| WalletDataAnswer { capture_code }),
        }
    }
}
