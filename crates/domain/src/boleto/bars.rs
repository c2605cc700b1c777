//! The bars of a bar code: interleaved two of five.
//!
//! Invariant: bars and gaps take turns, beginning and ending with a bar; wide ones are three times
//! as wide as narrow ones, so 44 digits are [`BARS`] narrow bars wide and, at the 103 mm of
//! Febraban's layout, a narrow one is a quarter of a millimetre.

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// Where it begins, in narrow bars from the left.
    pub at: u16,
    /// How wide it is, in narrow bars: 1 or 3.
    pub width: u16,
}

/// The width of the bars of a boleto in narrow bars.
pub const BARS: u16 = 405;

const NARROW: u16 = 1;
const WIDE: u16 = 3;

/// Which two of the five elements of a digit are wide.
const WIDE_OF: [[bool; 5]; 10] = [
    [false, false, true, true, false],
    [true, false, false, false, true],
    [false, true, false, false, true],
    [true, true, false, false, false],
    [false, false, true, false, true],
    [true, false, true, false, false],
    [false, true, true, false, false],
    [false, false, false, true, true],
    [true, false, false, true, false],
    [false, true, false, true, false],
];

/// The bars of an even number of decimal digits; other characters are left out.
#[must_use]
pub fn bars(digits: &str) -> Vec<Bar> {
    let values: Vec<usize> = digits
        .chars()
        .filter_map(|character| character.to_digit(10))
        .filter_map(|digit| usize::try_from(digit).ok())
        .collect();
    let mut elements = vec![NARROW; 4];
    for pair in values.chunks_exact(2) {
        let wide = |at: usize| pair.get(at).and_then(|digit| WIDE_OF.get(*digit));
        if let (Some(bars), Some(gaps)) = (wide(0), wide(1)) {
            for (bar, gap) in bars.iter().zip(gaps) {
                elements.extend([width(*bar), width(*gap)]);
            }
        }
    }
    elements.extend([WIDE, NARROW, NARROW]);
    let mut at = 0u16;
    let mut bars = Vec::with_capacity(elements.len().div_ceil(2));
    for (number, width) in elements.into_iter().enumerate() {
        if number % 2 == 0 {
            bars.push(Bar { at, width });
        }
        at = at.saturating_add(width);
    }
    bars
}

const fn width(is_wide: bool) -> u16 {
    if is_wide { WIDE } else { NARROW }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_of_digits_is_interleaved_between_start_and_stop() {
        // 1 in the bars (wide narrow narrow narrow wide), 2 in the gaps (narrow wide narrow narrow
        // wide).
        let drawn: Vec<_> = bars("12").iter().map(|bar| (bar.at, bar.width)).collect();
        let wanted = [
            (0, 1),
            (2, 1),
            (4, 3),
            (8, 1),
            (12, 1),
            (14, 1),
            (16, 3),
            (22, 3),
            (26, 1),
        ];
        assert_eq!(drawn, wanted);
    }

    #[test]
    fn every_digit_has_two_wide_elements_and_no_two_digits_are_alike() {
        for (digit, wide) in WIDE_OF.iter().enumerate() {
            assert_eq!(wide.iter().filter(|wide| **wide).count(), 2, "{digit}");
            let alike = WIDE_OF.iter().filter(|other| *other == wide).count();
            assert_eq!(alike, 1, "{digit}");
        }
    }

    #[test]
    fn the_bars_of_a_boleto_are_405_narrow_ones_wide() {
        let bars = bars("00096629900000157000494250000000012300656560");
        let last = bars.last().unwrap();
        assert_eq!(last.at + last.width, BARS);
        assert_eq!(bars.len(), 2 + 22 * 5 + 2);
    }
}
