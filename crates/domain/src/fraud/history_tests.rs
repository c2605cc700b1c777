//! Tests of the history.
//!
//! Invariant: what it counts is what counting all sales one by one gives.

use proptest::prelude::*;

use super::super::generation::AMOUNTS;
use super::*;
use crate::time::{HOUR, MINUTE};

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

/// Twelve hours.
const HALF_A_DAY: i64 = DAY / 2;

fn keys(pairs: &[(Element, u64)]) -> Keys {
    let mut keys = Keys::default();
    for (element, digest) in pairs {
        keys.set(*element, digest.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }
    keys
}

fn event(ago: i64, pairs: &[(Element, u64)]) -> Event {
    Event {
        at: NOW.plus(ago.saturating_neg()),
        keys: keys(pairs),
        amount: 10_000,
        fate: Fate::default(),
    }
}

#[test]
fn an_element_is_counted_in_15_minutes_24_hours_and_six_months() {
    let mut history = History::new();
    let card = [(Element::Card, 1)];
    for ago in [
        200 * DAY,
        100 * DAY,
        25 * HOUR,
        23 * HOUR,
        16 * MINUTE,
        15 * MINUTE,
        0,
    ] {
        history.add(&event(ago, &card));
    }
    let seen = history.counts(&keys(&card), 1, NOW).of(Element::Card);
    assert_eq!((seen.quarter_hour, seen.day, seen.half_year), (2, 4, 6));
    let other = history.counts(&keys(&[(Element::Card, 2)]), 1, NOW);
    assert_eq!(other.of(Element::Card).half_year, 0);
    assert_eq!(history.within(&keys(&card), Element::Card, HOUR, NOW), 3);
}

#[test]
fn different_values_beside_an_element_are_counted_with_the_present_one() {
    let mut history = History::new();
    for card in 1..=4 {
        history.add(&event(
            HOUR,
            &[(Element::Document, 9), (Element::Card, card)],
        ));
    }
    let present = keys(&[
        (Element::Document, 9),
        (Element::Card, 5),
        (Element::Name, 1),
    ]);
    let seen = history.counts(&present, 1, NOW).of(Element::Document);
    assert_eq!((seen.distinct(Element::Card), seen.cards_day), (5, 5));
    assert_eq!(seen.distinct(Element::Name), 1);
    assert!(!seen.knows(Element::Card));
    let again = keys(&[(Element::Document, 9), (Element::Card, 2)]);
    assert!(
        history
            .counts(&again, 1, NOW)
            .of(Element::Document)
            .knows(Element::Card)
    );
}

#[test]
fn what_became_of_a_sale_may_be_told_later() {
    let mut history = History::new();
    let card = [(Element::Card, 1)];
    let place = history.add(&event(HOUR, &card));
    let denied = Fate {
        denied: true,
        ..Fate::default()
    };
    history.mark(place, denied);
    let seen = history.counts(&keys(&card), 1, NOW).of(Element::Card);
    assert_eq!((seen.denied_day, seen.rejected, seen.settled), (1, 0, 0));
    assert_eq!(Fate::of_number(denied.number()), denied);
}

#[test]
fn a_sale_is_found_again_by_any_element_and_amended_once() {
    let mut history = History::new();
    let of = |card| event(30 * HOUR, &[(Element::Card, card), (Element::Ip, 3)]);
    let waiting = Fate {
        unpaid: true,
        ..Fate::default()
    };
    for card in 1..=100 {
        let fate = waiting;
        history.add(&Event { fate, ..of(card) });
    }
    let settled = |history: &History, card| {
        let counts = history.counts(&keys(&[(Element::Card, card)]), 1, NOW);
        counts.of(Element::Card).settled
    };
    assert_eq!(settled(&history, 2), 0, "nobody paid");
    assert!(
        history.amend(&of(2)),
        "by its card, the address being too common"
    );
    assert_eq!(settled(&history, 2), 1);
    assert_eq!(settled(&history, 3), 0);
    assert!(!history.amend(&of(101)));
    let moved = event(31 * HOUR, &[(Element::Card, 2), (Element::Ip, 3)]);
    assert!(!history.amend(&moved), "another moment is another sale");
    assert_eq!(history.len(), 100);
}

#[test]
fn what_is_older_may_be_added_later_and_the_oldest_part_goes_first() {
    let mut history = History::new();
    let card = [(Element::Card, 1)];
    let part = |days: [i64; 2]| days.map(|ago| event(ago * DAY, &card));
    history.add_before(&part([20, 10]));
    history.add_before(&part([40, 30]));
    history.add_before(&[]);
    history.add(&event(HOUR, &card));
    let seen = |history: &History| history.counts(&keys(&card), 1, NOW).of(Element::Card);
    assert_eq!((seen(&history).day, seen(&history).half_year), (1, 5));
    let before = history.bytes();
    assert!(history.shed() && history.bytes() < before);
    assert_eq!(seen(&history).half_year, 3);
    assert!(!history.shed(), "the newest part stays");
}

#[test]
fn counts_stop_after_so_many_steps_and_say_at_least() {
    let mut history = History::new();
    for _ in 0..1_000 {
        history.add(&event(MINUTE, &[(Element::Ip, 3)]));
    }
    let seen = history
        .counts(&keys(&[(Element::Ip, 3)]), 1, NOW)
        .of(Element::Ip);
    assert_eq!(seen.quarter_hour, 64);
}

#[test]
fn the_shops_habits_are_its_hours_and_amounts() {
    let mut history = History::new();
    for day in 1..=100 {
        history.add(&event(day * DAY, &[(Element::Card, 1)]));
    }
    let now = history.counts(&Keys::default(), 10_000, NOW);
    assert_eq!(
        (now.sales, now.hour_share, now.greater_share),
        (100, 1_000, 0)
    );
    let night = history.counts(&Keys::default(), 100, NOW.plus(12 * HOUR));
    assert_eq!((night.hour_share, night.greater_share), (0, 1_000));
}

#[test]
fn old_generations_go_and_new_ones_are_looked_at_with_them() {
    let mut history = History::new();
    let card = [(Element::Card, 1)];
    for ago in [400, 300, 160, 90, 1] {
        history.add(&event(ago * DAY, &card));
    }
    assert_eq!(history.len(), 3, "what is older than six months went");
    let seen = history.counts(&keys(&card), 1, NOW).of(Element::Card);
    assert_eq!(seen.half_year, 3);
}

#[test]
fn keys_are_the_same_after_bytes() {
    let some = keys(&[(Element::Card, 1), (Element::Name, 8)]);
    assert_eq!(Keys::from_bytes(&some.to_bytes()), some);
    assert_eq!(Keys::from_bytes(&[1, 2]), Keys::default());
    assert_eq!(Element::parse("device"), Some(Element::Device));
}

#[test]
fn amounts_stand_with_those_of_their_size() {
    assert!(bucket_of(1) < bucket_of(2));
    assert_eq!(bucket_of(10_000), bucket_of(10_100));
    assert!(bucket_of(10_000) < bucket_of(13_000));
    assert!(bucket_of(i64::MAX) < AMOUNTS);
    assert_eq!(bucket_of(-5), 0);
}

proptest! {
    #[test]
    fn it_counts_what_counting_one_by_one_gives(
        sales in prop::collection::vec((0_i64..200, prop::array::uniform3(0_u64..6)), 0..50),
        present in prop::array::uniform3(1_u64..6),
    ) {
        let elements = [Element::Card, Element::Email, Element::Document];
        let pairs = |values: &[u64; 3]| {
            let all = elements.iter().copied().zip(values.iter().copied());
            all.filter(|(_, value)| *value != 0).collect::<Vec<_>>()
        };
        let mut ordered = sales;
        ordered.sort_by_key(|(ago, _)| std::cmp::Reverse(*ago));
        let mut history = History::new();
        for (ago, values) in &ordered {
            history.add(&event(ago.saturating_mul(HALF_A_DAY), &pairs(values)));
        }
        let counts = history.counts(&keys(&pairs(&present)), 1, NOW);
        for (at, element) in elements.into_iter().enumerate() {
            let of = |hours: i64| {
                let within = |(ago, values): &&(i64, [u64; 3])| {
                    ago.saturating_mul(12) <= hours && values[at] == present[at]
                };
                ordered.iter().filter(within).count() as u32
            };
            let seen = counts.of(element);
            prop_assert_eq!((seen.day, seen.half_year), (of(24), of(183 * 24)));
            let mut cards: Vec<u64> = ordered
                .iter()
                .filter(|(ago, values)| {
                    ago.saturating_mul(12) <= 183 * 24 && values[at] == present[at]
                })
                .map(|(_, values)| values[0])
                .chain([present[0]])
                .filter(|card| *card != 0)
                .collect();
            cards.sort_unstable();
            cards.dedup();
            prop_assert_eq!(seen.distinct(Element::Card) as usize, cards.len());
        }
    }
}
