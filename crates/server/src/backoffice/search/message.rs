//! Why a query is not understood, in words.
//!
//! Invariant: the word that is meant is named, and what could stand there instead.

use aval_domain::search::{KEYS, MOST_CHARACTERS, Problem, QueryError};

use super::text::Texts;

/// Says it.
pub(super) fn message(t: &Texts, error: &QueryError) -> String {
    let say = |text: &str| text.replace("{}", &error.term);
    match &error.problem {
        Problem::TooLong => t.too_long.replace("{}", &MOST_CHARACTERS.to_string()),
        Problem::UnknownKey => {
            format!("{} {}", say(t.unknown_key), KEYS.join(", "))
        }
        Problem::NoValue => say(t.no_value),
        Problem::UnknownValue(known) => {
            format!("{} {}", say(t.unknown_value), known.join(", "))
        }
        Problem::NotCompared => say(t.not_compared),
        Problem::NoAmount => say(t.no_amount),
        Problem::NoDate => say(t.no_date),
        Problem::NoPaymentId => say(t.no_payment_id),
        Problem::NotFourDigits => say(t.not_four_digits),
        Problem::Reversed => say(t.reversed_range),
        Problem::NoBuyer => say(t.no_buyer),
        Problem::Twice => say(t.twice),
        Problem::Unclosed => say(t.unclosed),
    }
}
