//! The chart of amounts by day, drawn by the server.
//!
//! Invariant: drawn with attributes alone, which the pages' policy allows; each bar is a link to
//! its day, with its figures in words.

use aval_domain::search::{Dates, Filter};
use jiff::civil::Date;

use super::figures::{self, Sums};
use super::link;
use super::text::Texts;
use crate::backoffice::format;
use crate::backoffice::money::reais;
use crate::pages::Language;

/// Width of the drawing.
pub(super) const WIDTH: i64 = 960;
/// Height of the bars' field.
pub(super) const HEIGHT: i64 = 200;
/// Room on the left for amounts.
const LEFT: i64 = 84;
/// Room below for days.
const BELOW: i64 = 24;

/// A chart.
pub(super) struct Chart {
    /// Its bars.
    pub bars: Vec<Bar>,
    /// Its lines across, with their amounts.
    pub marks: Vec<Mark>,
    /// Days that are named below.
    pub days: Vec<Day>,
    /// Its measures, as an SVG names them.
    pub view: String,
    /// Where the lines across begin and end.
    pub left: i64,
    /// As above.
    pub right: i64,
}

/// A day's bar, in three parts, from the ground up.
pub(super) struct Bar {
    pub x: i64,
    pub width: i64,
    pub parts: [Part; 3],
    pub about: String,
    pub link: String,
}

/// A part of a bar.
pub(super) struct Part {
    pub class: &'static str,
    pub y: i64,
    pub height: i64,
}

pub(super) struct Mark {
    pub y: i64,
    pub label: String,
}

pub(super) struct Day {
    pub x: i64,
    pub y: i64,
    pub label: String,
}

/// Draws the days from one to another, both included.
pub(super) fn of(
    t: &Texts,
    language: Language,
    sums: &Sums<'_>,
    (first, last): (Date, Date),
) -> Chart {
    let by_day = sums.days();
    let span = jiff::Span::new().days(1);
    let days: Vec<Date> = first.series(span).take_while(|day| *day <= last).collect();
    let of = |day: &Date| by_day.get(day).copied().unwrap_or_default();
    let top = round_up(days.iter().map(|day| of(day).whole()).max().unwrap_or(0));
    let count = i64::try_from(days.len()).unwrap_or(1).max(1);
    let step = WIDTH.saturating_sub(LEFT).checked_div(count).unwrap_or(1);
    let place = |at: usize| {
        let at = i64::try_from(at).unwrap_or(0);
        LEFT.saturating_add(at.saturating_mul(step))
    };
    let bars = days.iter().enumerate().map(|(at, day)| {
        let said = format::day(*day, language);
        bar(t, language, (place(at), step), top, (*day, &said), of(day))
    });
    let each = days.len().div_ceil(10).max(1);
    // Counted from the last, which is always named.
    let newest = days.len().saturating_sub(1);
    let named = days
        .iter()
        .enumerate()
        .filter(|(at, _)| newest.saturating_sub(*at).is_multiple_of(each));
    let named = named.map(|(at, day)| Day {
        x: place(at).saturating_add(step / 2),
        y: HEIGHT.saturating_add(18),
        label: format::short_day(*day, language),
    });
    Chart {
        bars: bars.collect(),
        days: named.collect(),
        marks: marks(top, language),
        view: format!(
            "0 -10 {WIDTH} {}",
            HEIGHT.saturating_add(BELOW).saturating_add(10)
        ),
        left: LEFT,
        right: WIDTH,
    }
}

fn bar(
    t: &Texts,
    language: Language,
    (x, step): (i64, i64),
    top: i64,
    (day, said): (Date, &str),
    sums: figures::Day,
) -> Bar {
    let height = |cents: i64| {
        let scaled = i128::from(cents).saturating_mul(i128::from(HEIGHT));
        let scaled = scaled.checked_div(i128::from(top)).unwrap_or(0);
        i64::try_from(scaled).unwrap_or(HEIGHT)
    };
    let mut ground = HEIGHT;
    let parts = [
        ("bar", sums.approved),
        ("bar-given", sums.returned),
        ("bar-soft", sums.rest),
    ];
    let parts = parts.map(|(class, cents)| {
        let height = height(cents);
        ground = ground.saturating_sub(height);
        Part {
            class,
            y: ground,
            height,
        }
    });
    let gap = (step / 5).min(8);
    let filter = Filter {
        dates: Some(Dates::Between(Some(day), Some(day))),
        ..Filter::default()
    };
    let told = [
        (t.approved, sums.approved),
        (t.returned, sums.returned),
        (t.rest, sums.rest),
    ];
    let told = told.map(|(what, cents)| format!("{what} {}", reais(cents, language)));
    Bar {
        x: x.saturating_add(gap / 2),
        width: step.saturating_sub(gap).max(1),
        parts,
        about: format!("{said}: {}", told.join(", ")),
        link: link(&filter),
    }
}

/// Lines across at quarters.
fn marks(top: i64, language: Language) -> Vec<Mark> {
    let mark = |quarter: i64| Mark {
        y: HEIGHT.saturating_sub(HEIGHT.saturating_mul(quarter) / 4),
        label: rough(top.saturating_mul(quarter) / 4, language),
    };
    (0..=4).map(mark).collect()
}

/// A round amount of cents at or above one, such as R$ 1, R$ 2, R$ 4, R$ 5, R$ 8 or R$ 10.
fn round_up(cents: i64) -> i64 {
    let mut unit = 100_i64;
    loop {
        for factor in [1, 2, 4, 5, 8] {
            let round = unit.saturating_mul(factor);
            if round >= cents {
                return round;
            }
        }
        if unit > i64::MAX / 100 {
            return cents;
        }
        unit = unit.saturating_mul(10);
    }
}

/// An amount in few signs: `R$ 12,5 mil`, in English `R$ 12.5k`.
fn rough(cents: i64, language: Language) -> String {
    let (units, [portuguese, english]) = match cents {
        100_000_000.. => (1_000_000, ["\u{a0}mi", "M"]),
        1_000_000.. => (1_000, ["\u{a0}mil", "k"]),
        _ => (1, ["", ""]),
    };
    let tenths = (cents / 10).checked_div(units).unwrap_or(0);
    let (sign, unit) = match language {
        Language::Portuguese => (',', portuguese),
        Language::English => ('.', english),
    };
    let (whole, tenth) = (tenths / 10, tenths % 10);
    if tenth == 0 {
        format!("R$\u{a0}{whole}{unit}")
    } else {
        format!("R$\u{a0}{whole}{sign}{tenth}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_of_a_chart_is_a_round_amount() {
        for (cents, top) in [
            (0, 100),
            (101, 200),
            (15_700, 20_000),
            (2_100_000, 4_000_000),
        ] {
            assert_eq!(round_up(cents), top);
        }
    }

    #[test]
    fn amounts_beside_a_chart_are_short() {
        assert_eq!(rough(12_500, Language::English), "R$\u{a0}125");
        assert_eq!(rough(150, Language::Portuguese), "R$\u{a0}1,5");
        assert_eq!(
            rough(1_250_000, Language::Portuguese),
            "R$\u{a0}12,5\u{a0}mil"
        );
        assert_eq!(rough(400_000_000, Language::English), "R$\u{a0}4M");
    }
}
