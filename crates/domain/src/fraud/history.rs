//! What a merchant saw before: how often each element of a sale occurred, and with what else.
//!
//! Invariant: no answer takes longer than [`WALK`] steps for each element, however long the history
//! is; counts beyond that say "at least". Elements are keyed digests: no e-mail, document, address
//! or card number is in here. What is older than six months is never counted.

pub use super::element::{ELEMENTS, Element, Event, FOLLOWED, Fate, Keys};
use super::generation::{Generation, Packed, bucket_of, high_of, hour_of, low_of};
use crate::time::{DAY, Timestamp};

/// Steps along the sales of one element: counts stop there.
pub const WALK: usize = 64;
/// How far back is counted: 183 days, in microseconds.
pub const KEPT: i64 = DAY * 183;
/// 15 minutes, in microseconds.
pub const QUARTER_HOUR: i64 = 900_000_000;
/// Servers' clocks may differ by ten minutes, in microseconds; what lies further ahead is still to
/// come: the sandbox's clock was set back.
const AHEAD: i64 = -600_000_000;
/// Different values of one element that are told apart.
const MOST_DISTINCT: usize = 16;

/// What is known of one element of a sale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Sales within 15 minutes before.
    pub quarter_hour: u32,
    /// Sales within 24 hours before.
    pub day: u32,
    /// Sales within six months before.
    pub half_year: u32,
    /// Of those of 24 hours, the denied ones.
    pub denied_day: u32,
    /// Of all, those that an analysis rejected.
    pub rejected: u32,
    /// Of all, those older than a day that were paid and with which nothing was wrong.
    pub settled: u32,
    /// Different cards within 24 hours, the present one included.
    pub cards_day: u32,
    /// Different values beside it in six months, by element, the present ones included.
    pub distinct: [u32; ELEMENTS],
    /// Whether the present value of another element occurred beside it before.
    pub beside: [bool; ELEMENTS],
}

impl Seen {
    /// Different values of an element beside this one.
    #[must_use]
    pub fn distinct(&self, of: Element) -> u32 {
        self.distinct.get(of.at()).copied().unwrap_or(0)
    }

    /// Whether the present value of another element was beside this one before.
    #[must_use]
    pub fn knows(&self, other: Element) -> bool {
        self.beside.get(other.at()).copied().unwrap_or(false)
    }
}

/// What is known of all elements of a sale, and of the shop's habits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    seen: [Seen; FOLLOWED],
    /// Sales that the habits are drawn from.
    pub sales: u64,
    /// Sales in this hour of the day and those beside it, of a thousand; an even day has 125.
    pub hour_share: u32,
    /// Sales of a greater amount, of a thousand.
    pub greater_share: u32,
}

impl Counts {
    /// What is known of an element.
    #[must_use]
    pub fn of(&self, element: Element) -> Seen {
        self.seen.get(element.at()).copied().unwrap_or_default()
    }

    /// What is known of the buyer: by the document, or by the e-mail where there is none.
    #[must_use]
    pub fn buyer(&self, keys: &Keys) -> Seen {
        let has_document = keys.of(Element::Document).is_some();
        self.of(if has_document {
            Element::Document
        } else {
            Element::Email
        })
    }
}

/// Where an event stands, to tell later what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    generation: u64,
    event: usize,
}

/// The history of one merchant.
#[derive(Debug, Default)]
pub struct History {
    /// Oldest first.
    generations: Vec<Generation>,
    next: u64,
}

/// Sales of one generation; then a new one is begun, which costs nothing at once.
pub const GENERATION: usize = 1 << 18;
/// Generations kept: about two million sales of a merchant.
const MOST_GENERATIONS: usize = 8;
/// The most sales that are at hand of one merchant.
pub const MOST_SALES: usize = GENERATION * MOST_GENERATIONS;
/// How long one generation lasts: 61 days, in microseconds.
const LASTS: i64 = DAY * 61;
/// Different values, as many as are told apart.
#[derive(Clone, Copy, Default)]
struct Distinct {
    values: [u32; MOST_DISTINCT],
    count: usize,
}

impl Distinct {
    fn add(&mut self, value: u32) {
        let known = self.values.get(..self.count).unwrap_or_default();
        if value == 0 || known.contains(&value) {
            return;
        }
        if let Some(place) = self.values.get_mut(self.count) {
            *place = value;
            self.count = self.count.saturating_add(1);
        }
    }

    fn count(&self) -> u32 {
        u32::try_from(self.count).unwrap_or(u32::MAX)
    }
}

impl History {
    /// An empty history.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sales in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.generations.iter().map(|one| one.events.len()).sum()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.generations.iter().all(|one| one.events.is_empty())
    }

    /// Adds a sale.
    pub fn add(&mut self, event: &Event) -> Place {
        let is_full =
            |one: &Generation| one.events.len() >= GENERATION || event.at.since(one.first) > LASTS;
        if self.generations.last().is_none_or(is_full) {
            let old = |one: &Generation| event.at.since(one.last) > KEPT;
            self.generations.retain(|one| !old(one));
            if self.generations.len() >= MOST_GENERATIONS {
                self.generations.remove(0);
            }
            // Who filled one generation fills the next: its room is asked for at once, untouched.
            let was_full = |one: &Generation| one.events.len() >= GENERATION;
            let room = if self.generations.last().is_some_and(was_full) {
                GENERATION
            } else {
                64
            };
            self.generations
                .push(Generation::new(self.next, event.at, room));
            self.next = self.next.saturating_add(1);
        }
        let newest = self.generations.last_mut();
        newest.map_or(
            Place {
                generation: 0,
                event: 0,
            },
            |newest| Place {
                generation: newest.number,
                event: newest.push(event),
            },
        )
    }

    /// Adds sales that are older than all that are known, the oldest first, as a generation of
    /// their own. Who adds no more than [`GENERATION`] at a time and [`MOST_SALES`] in all keeps
    /// them all.
    pub fn add_before(&mut self, older: &[Event]) {
        let Some(first) = older.first() else { return };
        let room = older.len().next_power_of_two();
        let mut generation = Generation::new(self.next, first.at, room);
        self.next = self.next.saturating_add(1);
        for event in older {
            generation.push(event);
        }
        self.generations.insert(0, generation);
    }

    /// Tells again of a sale that is known, with what became of it since; whether it was found. It
    /// is not when more than [`WALK`] sales came after it with each of its elements.
    pub fn amend(&mut self, event: &Event) -> bool {
        let present = Packed::new(event);
        for element in 0..FOLLOWED {
            let mut left = WALK;
            for generation in self.generations.iter_mut().rev() {
                if let Some(found) = generation.find(element, &present, &mut left) {
                    found.fate = present.fate;
                    return true;
                }
            }
        }
        false
    }

    /// Bytes that it takes, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let all = self.generations.iter().map(Generation::bytes);
        all.fold(0, usize::saturating_add)
    }

    /// Lets go of its oldest part; whether there was more than one.
    pub fn shed(&mut self) -> bool {
        let sheds = self.generations.len() > 1;
        if sheds {
            self.generations.remove(0);
        }
        sheds
    }

    /// Tells what became of a sale that was added.
    pub fn mark(&mut self, place: Place, fate: Fate) {
        let mut all = self.generations.iter_mut();
        let found = all.find(|one| one.number == place.generation);
        if let Some(event) = found.and_then(|one| one.events.get_mut(place.event)) {
            event.fate = fate.number();
        }
    }

    /// What is known of a sale that is about to be made.
    #[must_use]
    pub fn counts(&self, keys: &Keys, amount: i64, now: Timestamp) -> Counts {
        let mut counts = Counts::default();
        let present = Packed::new(&Event {
            at: now,
            keys: *keys,
            amount,
            fate: Fate::default(),
        });
        for (element, seen) in counts.seen.iter_mut().enumerate() {
            *seen = self.seen(element, &present, now);
        }
        self.habits(&mut counts, amount, now);
        counts
    }

    /// Sales with an element within so many microseconds before a moment, up to [`WALK`].
    #[must_use]
    pub fn within(&self, keys: &Keys, element: Element, window: i64, now: Timestamp) -> u32 {
        let Some(key) = keys.of(element) else {
            return 0;
        };
        let mut count = 0_u32;
        self.walk(element.at(), low_of(key), high_of(key), now, |event| {
            let age = now.since(Timestamp::from_micros(event.at));
            if age <= window {
                count = count.saturating_add(1);
            }
        });
        count
    }

    /// Sales with an element, the newest first, up to [`WALK`] and six months back.
    fn walk(
        &self,
        element: usize,
        low: u32,
        high: u16,
        now: Timestamp,
        mut look: impl FnMut(&Packed),
    ) {
        let mut left = WALK;
        for generation in self.generations.iter().rev() {
            let mut number = generation
                .slot(element, low, high)
                .map_or(0, |(_, event)| event);
            while left > 0 {
                let event = number.checked_sub(1).and_then(|at| generation.event(at));
                let Some(event) = event else { break };
                left = left.saturating_sub(1);
                let age = now.since(Timestamp::from_micros(event.at));
                if age > KEPT {
                    return;
                }
                if age >= AHEAD {
                    look(event);
                }
                number = event.before.get(element).copied().unwrap_or(0);
            }
        }
    }

    fn seen(&self, element: usize, present: &Packed, now: Timestamp) -> Seen {
        let mut seen = Seen::default();
        let low = present.low.get(element).copied().unwrap_or(0);
        let high = present.high.get(element).copied().unwrap_or(0);
        if low == 0 {
            return seen;
        }
        let mut distinct = [Distinct::default(); ELEMENTS];
        let mut cards_day = Distinct::default();
        let note = |distinct: &mut [Distinct; ELEMENTS], event: &Packed| {
            for (set, value) in distinct.iter_mut().zip(event.low) {
                set.add(value);
            }
        };
        note(&mut distinct, present);
        let card = |event: &Packed| event.low.get(Element::Card.at()).copied().unwrap_or(0);
        cards_day.add(card(present));
        self.walk(element, low, high, now, |event| {
            let age = now.since(Timestamp::from_micros(event.at));
            let fate = Fate::of_number(event.fate);
            seen.half_year = seen.half_year.saturating_add(1);
            seen.quarter_hour = seen
                .quarter_hour
                .saturating_add((age <= QUARTER_HOUR).into());
            seen.rejected = seen.rejected.saturating_add(fate.rejected.into());
            if age <= DAY {
                seen.day = seen.day.saturating_add(1);
                seen.denied_day = seen.denied_day.saturating_add(fate.denied.into());
                cards_day.add(card(event));
            } else if fate.is_good() {
                seen.settled = seen.settled.saturating_add(1);
            }
            note(&mut distinct, event);
            let values = present.low.iter().zip(event.low);
            for (beside, (here, there)) in seen.beside.iter_mut().zip(values) {
                *beside |= *here != 0 && *here == there;
            }
        });
        seen.cards_day = cards_day.count();
        for (count, set) in seen.distinct.iter_mut().zip(&distinct) {
            *count = set.count();
        }
        seen
    }

    fn habits(&self, counts: &mut Counts, amount: i64, now: Timestamp) {
        let hour = hour_of(now);
        let beside = [hour.saturating_add(23), hour, hour.saturating_add(1)].map(|hour| hour % 24);
        let bucket = bucket_of(amount);
        let (mut sales, mut in_hour, mut greater) = (0_u64, 0_u64, 0_u64);
        for generation in &self.generations {
            sales = sales.saturating_add(u64::try_from(generation.events.len()).unwrap_or(0));
            for at in beside {
                let hour = generation.hours.get(at).copied().unwrap_or(0);
                in_hour = in_hour.saturating_add(hour.into());
            }
            let above = generation.amounts.get(bucket..).unwrap_or_default();
            let above: u64 = above.iter().skip(1).map(|count| u64::from(*count)).sum();
            greater = greater.saturating_add(above);
        }
        let share = |part: u64| {
            let share = part.saturating_mul(1_000).checked_div(sales).unwrap_or(0);
            u32::try_from(share).unwrap_or(1_000)
        };
        counts.sales = sales;
        counts.hour_share = share(in_hour);
        counts.greater_share = share(greater);
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
