//! Check digits of boletos.
//!
//! Invariant: only the decimal digits of a text count; weights run from its right end.

/// The values of the digits of a text.
pub(super) fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    text.chars().filter_map(|character| character.to_digit(10))
}

/// Modulo 10 of a part of the line: weights 2 and 1 from the right, the digits of each product
/// added, up to the next ten (Febraban's layout; manual lines 2405 and 2477).
pub(super) fn modulo_10(text: &str) -> u32 {
    let weights = [2u32, 1].into_iter().cycle();
    let sum = digits(text).rev().zip(weights).fold(0u32, |sum, (d, w)| {
        let product = d.saturating_mul(w);
        sum.saturating_add(product / 10)
            .saturating_add(product % 10)
    });
    10u32.saturating_sub(sum % 10) % 10
}

/// What is left of the sum modulo 11, weights 2 to `highest` from the right, over and over.
fn left_of_11(text: &str, highest: u32) -> u32 {
    let weights = (2..=highest).cycle();
    let sum = digits(text)
        .rev()
        .zip(weights)
        .fold(0u32, |sum, (d, w)| sum.saturating_add(d.saturating_mul(w)));
    sum % 11
}

/// The digit of a bar code, over its other 43: weights 2 to 9; 0, 10 and 11 are written 1.
pub(super) fn of_bar_code(others: &str) -> u32 {
    match 11u32.saturating_sub(left_of_11(others, 9)) {
        0 | 10 | 11 => 1,
        digit => digit,
    }
}

/// The digit of a number ("nosso número"): weights 2 to 7; 10 is written P and 11 is written 0, as
/// Bradesco does.
pub(super) fn of_number(text: &str) -> char {
    match 11u32.saturating_sub(left_of_11(text, 7)) {
        10 => 'P',
        digit => char::from_digit(digit % 11, 10).unwrap_or('0'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_line_have_the_digits_printed_in_the_manual() {
        for (part, digit) in [
            ("000904942", 0),
            ("5000000001", 3),
            ("2300656560", 2),
            ("5010000000", 4),
            ("1200656560", 5),
        ] {
            assert_eq!(modulo_10(part), digit, "{part}");
        }
    }

    #[test]
    fn bar_codes_have_the_digits_printed_in_the_manual() {
        assert_eq!(
            of_bar_code("0009629900000157000494250000000012300656560"),
            6
        );
        assert_eq!(
            of_bar_code("0009628800000157000494250100000001200656560"),
            1
        );
        assert_eq!(of_bar_code("0"), 1, "11 is written 1");
        assert_eq!(of_bar_code("6"), 1, "10 is written 1");
    }

    #[test]
    fn numbers_may_end_in_a_letter() {
        // 19/00000000002-8, 19/00000000001-P, 19/00000000006-0: the examples of Bradesco's manual.
        for (text, digit) in [
            ("1900000000002", '8'),
            ("1900000000001", 'P'),
            ("1900000000006", '0'),
        ] {
            assert_eq!(of_number(text), digit, "{text}");
        }
    }
}
