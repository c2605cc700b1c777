//! The rules of wallets (manual lines 5253 to 5575, decision D20).
//!
//! Invariant: what is kept of a wallet has a key, or its sale has the card itself.

use aval_domain::error_code::ErrorCode;
use aval_domain::method::{Wallet, WalletKind};
use aval_domain::settings::Settings;

use super::body::WalletBody;
use super::faults::Faults;

const NODE: &str = "Payment.Wallet";
const TYPE: &str = "Payment.Wallet.Type";
const KEY: &str = "Payment.Wallet.WalletKey";
const CODE: &str = "Payment.Wallet.AdditionalData.CaptureCode";
/// The longest WalletKey or CaptureCode in characters.
const LONGEST: usize = 255;

/// What was sent of a wallet.
pub(super) struct Sent {
    is_there: bool,
    /// The wallet, when nothing is wrong with it.
    pub(super) read: Option<Wallet>,
}

impl Sent {
    /// Whether a wallet shall pay, right or wrong.
    pub(super) const fn is_meant(&self) -> bool {
        self.is_there
    }
}

/// Reads the wallet of a sale. Off, or of no known type: 212. Without its key, empty or too long:
/// 211; VisaCheckout needs none when the card itself is sent (manual line 5265).
pub(super) fn read(
    sent: Option<&WalletBody>,
    has_card: bool,
    settings: &Settings,
    faults: &mut Faults,
) -> Sent {
    let Some(sent) = sent else {
        return Sent {
            is_there: faults.has_wrong(NODE),
            read: None,
        };
    };
    if !settings.wallets {
        faults.add(ErrorCode::WALLET_OFF, NODE);
    }
    let name = sent.r#type.as_deref().unwrap_or("").trim();
    let Some(kind) = WalletKind::parse(name) else {
        faults.add(ErrorCode::WALLET_OFF, TYPE);
        return Sent {
            is_there: true,
            read: None,
        };
    };
    let data = sent.additional_data.as_ref();
    let (key, field) = match kind {
        WalletKind::VisaCheckout => (sent.wallet_key.as_deref(), KEY),
        WalletKind::Masterpass => (data.and_then(|data| data.capture_code.as_deref()), CODE),
    };
    let is_needed = kind == WalletKind::Masterpass || !has_card;
    let key = key.map(str::trim);
    let fits = |key: &str| !key.is_empty() && key.chars().count() <= LONGEST;
    if !key.map_or(!is_needed, fits) {
        faults.add(ErrorCode::WALLET_KEY, field);
    }
    Sent {
        is_there: true,
        read: Some(Wallet {
            kind,
            key: key.map(str::to_owned),
        }),
    }
}
