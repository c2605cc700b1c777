//! The simulator (provider Simulado): the last digit decides (decisions D17 to D23).
//!
//! Invariant: answers at once and in process, so that its answer is never in doubt and one commit
//! is enough for a sale. While a fault is in force, [`super::faulty`] stands before it.

use std::sync::atomic::{AtomicU32, Ordering};

use aval_domain::amount::Amount;
use aval_domain::authorization::{Answer, Receipt};
use aval_domain::brand::Brand;
use aval_domain::return_code;
use aval_domain::time::Timestamp;

use crate::chance::Chance;

/// What the simulator is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The last digit of the card, or the letter of a token of webservice 1.5.
    pub ending: Ending,
    /// Brand.
    pub brand: Brand,
    /// Cents.
    pub amount: Amount,
    /// Instalments.
    pub installments: u8,
    /// Whether to capture at once.
    pub capture: bool,
    /// Whether the merchant's setting asks for a security code that was not sent.
    pub security_code_missing: bool,
    /// When.
    pub now: Timestamp,
}

/// What decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Last digit of a card number, 0 to 9.
    Digit(u8),
    /// The token of webservice 1.5 that is authorized.
    LegacyApproved,
    /// The token of webservice 1.5 that is denied.
    LegacyDenied,
    /// The WalletKey of the manual, which prints what it answers (lines 5375 and 5376).
    PrintedVisaCheckout,
    /// The CaptureCode of the manual (lines 5564 and 5565).
    PrintedMasterpass,
    /// A card that was replaced (Renova Fácil, manual lines 3884 to 3886).
    Replaced,
}

/// Beginning of the two tokens of webservice 1.5 that the sandbox knows (manual lines 5065, 5066).
const LEGACY_TOKEN: &str = "6fb7a669aca457a9e43009b3d66baef8bdefb49aa85434a5adb906d3f920bfe";
/// Text of every success (manual line 399).
pub const SUCCESS: &str = "Operation Successful";
/// The smallest instalment in cents (manual line 5991).
const LEAST_SHARE: i64 = 500;

/// The simulator.
#[derive(Debug)]
pub struct Simulated {
    /// NSU: grows by one, six digits, so that it is unique for a while and ordered by time.
    next_proof: AtomicU32,
}

impl Simulated {
    /// A simulator whose receipts begin at a number by chance.
    #[must_use]
    pub fn new(chance: &Chance) -> Self {
        Self {
            next_proof: AtomicU32::new(chance.digits(6).parse().unwrap_or(0)),
        }
    }

    /// Authorizes, and captures when asked to.
    #[must_use]
    pub fn authorize(&self, question: Question, chance: &Chance) -> Answer {
        match self.denial(&question, chance) {
            None => {
                let code = if question.capture { "6" } else { "4" };
                let mut receipt = self.receipt(question.now, code, SUCCESS);
                receipt.authorization_code = Some(chance.digits(6));
                Answer::Approved(receipt)
            }
            Some(Denial {
                code,
                message,
                allows_retry,
            }) => {
                let mut receipt = self.receipt(question.now, code, message);
                let advice = || return_code::advice(allows_retry).to_owned();
                receipt.advice = (question.brand == Brand::Master).then(advice);
                Answer::Denied(receipt)
            }
        }
    }

    /// A new ProofOfSale, as a capture has.
    #[must_use]
    pub fn proof_of_sale(&self) -> String {
        let number = self.next_proof.fetch_add(1, Ordering::Relaxed) % 1_000_000;
        format!("{number:06}")
    }

    /// The marks of an answer.
    pub(super) fn receipt(&self, now: Timestamp, code: &str, message: &str) -> Receipt {
        Receipt {
            tid: now.tid_digits(),
            proof_of_sale: self.proof_of_sale(),
            authorization_code: None,
            return_code: code.to_owned(),
            return_message: message.to_owned(),
            advice: None,
        }
    }

    fn denial(&self, question: &Question, chance: &Chance) -> Option<Denial> {
        if question.security_code_missing {
            return Some(Denial::of_table("08"));
        }
        let least = LEAST_SHARE.saturating_mul(i64::from(question.installments));
        if question.installments > 1 && question.amount.cents() < least {
            return Some(Denial::of_table("EE"));
        }
        let deny = |code, message, allows_retry| {
            Some(Denial {
                code,
                message,
                allows_retry,
            })
        };
        match question.ending {
            Ending::LegacyApproved | Ending::Digit(0 | 1 | 4) => None,
            Ending::LegacyDenied | Ending::Digit(2) => deny("2", "Not Authorized", false),
            Ending::Digit(3) => deny("57", "Expired Card", false),
            Ending::PrintedVisaCheckout => deny("77", "Card Canceled", false),
            Ending::PrintedMasterpass => deny("57", "Card Expired", false),
            Ending::Replaced => deny("KA", "Autorizacao negada", false),
            Ending::Digit(5) => deny("78", "Blocked Card", true),
            Ending::Digit(7) => deny("77", "Canceled card", false),
            Ending::Digit(8) => deny("70", "Credit Card Problems", true),
            Ending::Digit(9) if chance.coin() => None,
            Ending::Digit(_) => deny("99", "Time Out", true),
        }
    }
}

impl Ending {
    /// The ending of a token of webservice 1.5, when the sandbox knows it (decision D19).
    #[must_use]
    pub fn of_legacy_token(token: &str) -> Option<Self> {
        match token.strip_prefix(LEGACY_TOKEN)? {
            "A" => Some(Self::LegacyApproved),
            "B" => Some(Self::LegacyDenied),
            _ => None,
        }
    }
}

struct Denial {
    code: &'static str,
    message: &'static str,
    allows_retry: bool,
}

impl Denial {
    /// A denial with a code of the acquirers' table, which says its text and whether to retry.
    fn of_table(code: &'static str) -> Self {
        let row = return_code::find(code);
        let message = row.map_or("", |row| row.definition);
        let allows_retry = row.is_some_and(|row| row.retry != return_code::Retry::No);
        Self {
            code,
            message,
            allows_retry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(ending: Ending) -> Question {
        Question {
            ending,
            brand: Brand::Master,
            amount: Amount::new(15_700).unwrap(),
            installments: 1,
            capture: false,
            security_code_missing: false,
            now: Timestamp::from_micros(1_800_000_000_000_000),
        }
    }

    fn answer(question: Question) -> (bool, Receipt) {
        let chance = Chance::seeded(1);
        match Simulated::new(&chance).authorize(question, &chance) {
            Answer::Approved(receipt) => (true, receipt),
            Answer::Denied(receipt) => (false, receipt),
            Answer::Unknown => panic!("the simulator always knows"),
        }
    }

    #[test]
    fn the_last_digit_decides() {
        for (digit, code, message, advice) in [
            (0, "4", SUCCESS, None),
            (1, "4", SUCCESS, None),
            (2, "2", "Not Authorized", Some("03")),
            (3, "57", "Expired Card", Some("03")),
            (4, "4", SUCCESS, None),
            (5, "78", "Blocked Card", Some("24")),
            (6, "99", "Time Out", Some("24")),
            (7, "77", "Canceled card", Some("03")),
            (8, "70", "Credit Card Problems", Some("24")),
        ] {
            let (approved, receipt) = answer(question(Ending::Digit(digit)));
            assert_eq!(receipt.return_code, code, "{digit}");
            assert_eq!(receipt.return_message, message, "{digit}");
            assert_eq!(receipt.advice.as_deref(), advice, "{digit}");
            assert_eq!(approved, code == "4");
            assert_eq!(receipt.authorization_code.is_some(), approved);
            assert_eq!((receipt.tid.len(), receipt.proof_of_sale.len()), (13, 6));
        }
    }

    #[test]
    fn nine_draws_one_of_two_from_the_seed() {
        let chance = Chance::seeded(3);
        let simulated = Simulated::new(&chance);
        let ask = |_| simulated.authorize(question(Ending::Digit(9)), &chance);
        let approved = (0..1000)
            .map(ask)
            .filter(|answer| matches!(answer, Answer::Approved(_)))
            .count();
        assert!((430..570).contains(&approved), "{approved}");
    }

    #[test]
    fn shares_below_five_and_missing_codes_are_denied_by_the_table() {
        let shares = Question {
            installments: 32,
            ..question(Ending::Digit(1))
        };
        assert_eq!(answer(shares).1.return_code, "EE");
        let enough = Question {
            installments: 31,
            ..shares
        };
        assert!(answer(enough).0, "31 × 500 = 15,500");
        let single = Question {
            amount: Amount::new(1).unwrap(),
            installments: 1,
            ..shares
        };
        assert!(answer(single).0);
        let missing = Question {
            security_code_missing: true,
            ..question(Ending::Digit(1))
        };
        let (approved, receipt) = answer(missing);
        assert!(!approved);
        assert_eq!(receipt.return_code, "08");
        assert_eq!(
            receipt.return_message,
            "Unauthorized transaction. Invalid security code."
        );
    }

    #[test]
    fn two_tokens_of_webservice_1_5_are_known() {
        let of = |letter| Ending::of_legacy_token(&format!("{LEGACY_TOKEN}{letter}"));
        assert_eq!(of("A"), Some(Ending::LegacyApproved));
        assert_eq!(of("B"), Some(Ending::LegacyDenied));
        assert_eq!(of("C"), None);
        assert_eq!(answer(question(Ending::LegacyDenied)).1.return_code, "2");
    }
}
