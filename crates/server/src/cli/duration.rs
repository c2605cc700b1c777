//! Durations as people write them: `31d`, `12h`, `30m`, `45s`, and sums like `1d12h`.
//!
//! Invariant: a duration that was read is more than zero, and no sum wraps around.

/// Reads a duration as seconds.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (part, tail) = first_part(rest).map_err(|what| format!("{text:?}: {what}"))?;
        total = total
            .checked_add(part)
            .ok_or_else(|| format!("{text:?} is too long"))?;
        rest = tail;
    }
    if total == 0 {
        return Err(format!(
            "{text:?} is not more than zero; write a duration like 31d or 1d12h"
        ));
    }
    Ok(total)
}

fn first_part(text: &str) -> Result<(u64, &str), String> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit());
    let (number, tail) = text.split_at(digits_end.unwrap_or(text.len()));
    let mut tail = tail.chars();
    let Some(unit) = tail.next() else {
        return Err(format!("{number} has no unit; units are d, h, m and s"));
    };
    let unit_seconds: u64 = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        other => return Err(format!("{other:?} is not a unit; units are d, h, m and s")),
    };
    if number.is_empty() {
        return Err(format!("a number is missing before {unit:?}"));
    }
    let too_long = |_| format!("{number}{unit} is too long");
    let number: u64 = number.parse().map_err(too_long)?;
    let part = number.checked_mul(unit_seconds);
    part.map(|part| (part, tail.as_str()))
        .ok_or_else(|| format!("{number}{unit} is too long"))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn each_unit_and_sums_are_read() {
        let cases = [
            ("31d", 2_678_400),
            ("12h", 43_200),
            ("30m", 1_800),
            ("45s", 45),
            ("1d12h", 129_600),
            ("1d2h3m4s", 93_784),
            ("0d1s", 1),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_wrong_duration_is_refused_with_the_reason() {
        let cases = [
            ("", "not more than zero"),
            ("0d", "not more than zero"),
            ("0h0s", "not more than zero"),
            ("31", "31 has no unit"),
            ("1d12", "12 has no unit"),
            ("d", "a number is missing before 'd'"),
            ("1dd", "a number is missing before 'd'"),
            ("-1d", "'-' is not a unit"),
            ("1.5h", "'.' is not a unit"),
            ("1 d", "' ' is not a unit"),
            ("1D", "'D' is not a unit"),
            ("1w", "'w' is not a unit"),
            ("99999999999999999999s", "too long"),
            ("999999999999999999d", "too long"),
            ("18446744073709551615s1s", "too long"),
        ];
        for (text, expected) in cases {
            let error = seconds(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
