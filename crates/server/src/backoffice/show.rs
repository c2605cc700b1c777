//! Moments and spans as users read them.
//!
//! Invariant: days and hours are those of São Paulo, as everywhere.

use aval_domain::time::{DAY, HOUR, MINUTE, Timestamp};

use crate::pages::Language;

/// A moment: `22/11/2026 08:44`, in English `2026-11-22 08:44`.
#[must_use]
pub fn moment(at: Timestamp, language: Language) -> String {
    let local = at.local();
    let (year, month, day) = (local.year(), local.month(), local.day());
    let (hour, minute) = (local.hour(), local.minute());
    match language {
        Language::Portuguese => format!("{day:02}/{month:02}/{year} {hour:02}:{minute:02}"),
        Language::English => format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}"),
    }
}

/// A moment to the second.
#[must_use]
pub fn second(at: Timestamp, language: Language) -> String {
    format!("{}:{:02}", moment(at, language), at.local().second())
}

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
    fn moments_are_told_in_brasilia_time_and_spans_in_their_greatest_unit() {
        use Language::{English, Portuguese};
        let at = Timestamp::parse_rfc3339("2026-11-22T11:44:59Z").unwrap();
        assert_eq!(second(at, Portuguese), "22/11/2026 08:44:59");
        assert_eq!(moment(at, English), "2026-11-22 08:44");
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
