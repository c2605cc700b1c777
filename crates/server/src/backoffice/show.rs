//! Spans of time as users read them.
//!
//! Invariant: what lies ahead is now: clocks of two servers differ.

use aval_domain::time::{DAY, HOUR, MINUTE, Timestamp};

use crate::pages::Language;
pub(crate) use crate::pages::money::{moment, second};

/// How long ago something was, in its greatest unit.
#[must_use]
pub fn ago(at: Timestamp, now: Timestamp, language: Language) -> String {
    let since = now.since(at).max(0);
    let (count, portuguese, english) = match since {
        0..MINUTE => {
            return match language {
                Language::Portuguese => "agora".to_owned(),
                Language::English => "now".to_owned(),
            };
        }
        MINUTE..HOUR => (since / MINUTE, ["minuto", "minutos"], ["minute", "minutes"]),
        HOUR..DAY => (since / HOUR, ["hora", "horas"], ["hour", "hours"]),
        _ => (since / DAY, ["dia", "dias"], ["day", "days"]),
    };
    let [one, many] = match language {
        Language::Portuguese => portuguese,
        Language::English => english,
    };
    let unit = if count == 1 { one } else { many };
    match language {
        Language::Portuguese => format!("há {count} {unit}"),
        Language::English => format!("{count} {unit} ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_their_greatest_unit() {
        use Language::{English, Portuguese};
        let at = Timestamp::parse_rfc3339("2026-11-22T11:44:59Z").unwrap();
        for (since, portuguese, english) in [
            (-1, "agora", "now"),
            (MINUTE - 1, "agora", "now"),
            (MINUTE, "há 1 minuto", "1 minute ago"),
            (HOUR * 2, "há 2 horas", "2 hours ago"),
            (DAY * 3, "há 3 dias", "3 days ago"),
        ] {
            assert_eq!(ago(at, at.plus(since), Portuguese), portuguese);
            assert_eq!(ago(at, at.plus(since), English), english);
        }
    }
}
