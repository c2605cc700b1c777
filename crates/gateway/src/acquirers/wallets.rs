//! The wallets of the sandbox: which card a key stands for (decision D20).
//!
//! Invariant: the two keys that the manual prints answer as it prints; of any other the last digit
//! decides, and it stands for the test card of that digit. No buyer's card is in any of them.

use aval_domain::brand::Brand;
use aval_domain::card::CardNumber;
use aval_domain::method::WalletKind;

use super::simulated::Ending;

/// What a wallet holds.
pub struct Held {
    /// What decides.
    pub ending: Ending,
    /// The card, where the wallet tells it.
    pub shown: Option<Shown>,
}

/// A card as a wallet tells it.
pub struct Shown {
    /// Its number.
    pub number: CardNumber,
    /// Name on it.
    pub holder: &'static str,
    /// `MM/YYYY`.
    pub expiry: &'static str,
    /// Brand.
    pub brand: Brand,
}

/// The WalletKey of the manual (line 5289).
const PRINTED_KEY: &str = "1140814777695873901";
/// The CaptureCode of the manual (line 5474).
const PRINTED_CODE: &str = "103";
/// Name on the card of the manual (line 5544).
const HOLDER: &str = "Teste Holder";

/// What stands behind a WalletKey or CaptureCode. VisaCheckout does not tell the card.
#[must_use]
pub fn held(kind: WalletKind, key: &str) -> Held {
    let digit = key.bytes().rev().find(u8::is_ascii_digit);
    let digit = digit.map_or(0, |digit| digit.saturating_sub(b'0'));
    match kind {
        WalletKind::VisaCheckout => Held {
            ending: if key == PRINTED_KEY {
                Ending::PrintedVisaCheckout
            } else {
                Ending::Digit(digit)
            },
            shown: None,
        },
        WalletKind::Masterpass if key == PRINTED_CODE => Held {
            ending: Ending::PrintedMasterpass,
            shown: shown("4532110000003703", "12/2016"),
        },
        WalletKind::Masterpass => Held {
            ending: Ending::Digit(digit),
            shown: shown(&format!("000000000000000{digit}"), "12/2030"),
        },
    }
}

fn shown(number: &str, expiry: &'static str) -> Option<Shown> {
    Some(Shown {
        number: CardNumber::parse(number).ok()?,
        holder: HOLDER,
        expiry,
        brand: Brand::Visa,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_of_a_key_decides_but_of_the_printed_ones() {
        let ending = |kind, key| held(kind, key).ending;
        let visa = WalletKind::VisaCheckout;
        assert_eq!(ending(visa, PRINTED_KEY), Ending::PrintedVisaCheckout);
        assert_eq!(ending(visa, "42"), Ending::Digit(2));
        assert_eq!(ending(visa, "key-7-end"), Ending::Digit(7));
        assert_eq!(ending(visa, "none"), Ending::Digit(0));
        let master = WalletKind::Masterpass;
        assert_eq!(ending(master, PRINTED_CODE), Ending::PrintedMasterpass);
        assert_eq!(ending(master, PRINTED_KEY), Ending::Digit(1));
    }

    #[test]
    fn masterpass_tells_its_card_and_visa_checkout_does_not() {
        let printed = held(WalletKind::Masterpass, PRINTED_CODE).shown.unwrap();
        assert_eq!(printed.number.masked(), "453211******3703");
        let other = held(WalletKind::Masterpass, "x4").shown.unwrap();
        assert_eq!(other.number.masked(), "000000******0004");
        assert!(held(WalletKind::VisaCheckout, "4").shown.is_none());
    }
}
