//! The chart of the last months: a bar for each, drawn by the server.
//!
//! Invariant: the highest bar reaches the highest line; a month with anything at all has a bar that
//! can be seen.

use aval_domain::statement::Month;

use super::super::format;
use crate::pages::Language;

/// Width of the drawing.
const WIDTH: u64 = 720;
/// Where the bars stand.
const FLOOR: u64 = 190;
/// Where the highest may reach.
const TOP: u64 = 16;
/// Left of the bars: what the lines stand for.
const LEFT: u64 = 64;
/// Lines above the floor.
const LINES: u64 = 4;

/// The chart.
pub struct Chart {
    /// The bars, the oldest first.
    pub bars: Vec<Bar>,
    /// The lines: height, that of its text, and what it stands for.
    pub lines: Vec<(u64, u64, String)>,
}

/// A bar.
pub struct Bar {
    /// From the left.
    pub x: u64,
    /// From the top.
    pub y: u64,
    /// Its width.
    pub width: u64,
    /// Its height.
    pub height: u64,
    /// Where its middle is.
    pub middle: u64,
    /// Under it.
    pub label: String,
    /// What it says.
    pub title: String,
    /// Its month, as addresses name it.
    pub month: String,
    /// Whether it is the month shown.
    pub is_here: bool,
}

impl Chart {
    /// Of the totals of months in cents, the oldest first.
    pub fn of(totals: &[(Month, u64)], here: Month, language: Language) -> Self {
        let highest = totals.iter().map(|(_, total)| *total).max().unwrap_or(0);
        let scale = round_up(highest.max(1));
        let room = FLOOR.saturating_sub(TOP);
        let many = u64::try_from(totals.len()).unwrap_or(1).max(1);
        let step = WIDTH.saturating_sub(LEFT).checked_div(many).unwrap_or(1);
        let width = step.saturating_mul(3) / 5;
        let height_of = |cents: u64| {
            let scaled = u128::from(cents).saturating_mul(u128::from(room));
            let height = scaled.checked_div(u128::from(scale)).unwrap_or(0);
            let least = if cents > 0 { 2 } else { 0 };
            u64::try_from(height).unwrap_or(room).clamp(least, room)
        };
        let mut x = LEFT.saturating_add(step.saturating_sub(width) / 2);
        let mut bars = Vec::with_capacity(totals.len());
        for (month, total) in totals {
            let height = height_of(*total);
            let name = format::month(*month, language);
            bars.push(Bar {
                x,
                y: FLOOR.saturating_sub(height),
                width,
                height,
                middle: x.saturating_add(width / 2),
                label: format::short(month.month(), language),
                title: format!("{name}: {}", format::reais(*total, language)),
                month: month.to_string(),
                is_here: *month == here,
            });
            x = x.saturating_add(step);
        }
        let line = |at: u64| {
            let cents = scale.saturating_mul(at) / LINES;
            let height = room.saturating_mul(at) / LINES;
            let y = FLOOR.saturating_sub(height);
            (y, y.saturating_add(4), format::reais(cents, language))
        };
        Self {
            bars,
            lines: (0..=LINES).map(line).collect(),
        }
    }
}

/// The next number of 1, 2, 4 or 8 with zeros behind it, so that a quarter of it is round.
fn round_up(cents: u64) -> u64 {
    let mut unit = 4_u64;
    loop {
        for times in [1_u64, 2, 3, 5] {
            let round = unit.saturating_mul(times);
            if round >= cents {
                return round;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bars_stay_within_the_drawing_and_grow_with_what_they_say(
            totals in proptest::collection::vec(0_u64..=u64::MAX / 100, 12)
        ) {
            let here = Month::new(2027, 6).unwrap();
            let months: Vec<(Month, u64)> = here.up_to(12).into_iter().zip(totals).collect();
            let chart = Chart::of(&months, here, Language::English);
            prop_assert_eq!(chart.bars.iter().filter(|bar| bar.is_here).count(), 1);
            for (bar, (_, total)) in chart.bars.iter().zip(&months) {
                prop_assert!(bar.y >= TOP && bar.y.checked_add(bar.height) == Some(FLOOR));
                prop_assert!(bar.x >= LEFT && bar.x.checked_add(bar.width) <= Some(WIDTH));
                prop_assert_eq!(bar.height > 0, *total > 0);
                for (other, (_, less)) in chart.bars.iter().zip(&months) {
                    prop_assert!(less > total || other.height <= bar.height);
                }
            }
        }
    }

    #[test]
    fn the_scale_is_round_and_not_below_the_highest() {
        for (cents, scale) in [
            (1, 4),
            (5, 8),
            (100, 120),
            (121, 200),
            (4_000, 4_000),
            (4_001, 8_000),
        ] {
            assert_eq!(round_up(cents), scale);
        }
    }
}
