//! A part of a history in memory: its sales in order, each linked to the one before with the same
//! element, and a table of slots that finds the newest.
//!
//! Invariant: finding costs a few steps however many sales there are; a sale takes 96 bytes, and
//! its elements up to 64 more.

use super::element::{ELEMENTS, Event, FOLLOWED};
use crate::time::Timestamp;

/// Amounts by quarters of an octave.
pub(super) const AMOUNTS: usize = 224;

/// A sale in memory: 96 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed {
    pub(super) at: i64,
    /// The lower halves of the digests.
    pub(super) low: [u32; ELEMENTS],
    /// Sixteen bits more of them, so that none is taken for another.
    pub(super) high: [u16; FOLLOWED],
    /// The sale before with the same element, counted from 1.
    pub(super) before: [u32; FOLLOWED],
    pub(super) fate: u8,
}

#[derive(Debug)]
pub(super) struct Generation {
    pub(super) number: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) events: Vec<Packed>,
    /// By element: the newest sale of a digest, counted from 1, at the digest's place or after it.
    pub(super) slots: [Vec<u32>; FOLLOWED],
    pub(super) used: [usize; FOLLOWED],
    pub(super) hours: [u32; 24],
    pub(super) amounts: [u32; AMOUNTS],
}

impl Packed {
    pub(super) fn new(event: &Event) -> Self {
        let mut packed = Self {
            at: event.at.micros(),
            low: [0; ELEMENTS],
            high: [0; FOLLOWED],
            before: [0; FOLLOWED],
            fate: event.fate.number(),
        };
        for (low, key) in packed.low.iter_mut().zip(event.keys.0) {
            *low = low_of(key);
        }
        for (high, key) in packed.high.iter_mut().zip(event.keys.0) {
            *high = high_of(key);
        }
        packed
    }

    fn has(&self, element: usize, low: u32, high: u16) -> bool {
        self.low.get(element) == Some(&low) && self.high.get(element) == Some(&high)
    }
}

/// Never zero for a digest, so that zero means none.
pub(super) const fn low_of(key: u64) -> u32 {
    let low = (key & 0xffff_ffff) as u32;
    if low == 0 && key != 0 { 1 } else { low }
}

pub(super) const fn high_of(key: u64) -> u16 {
    ((key >> 32) & 0xffff) as u16
}

impl Generation {
    pub(super) fn new(number: u64, first: Timestamp, room: usize) -> Self {
        Self {
            number,
            first,
            last: first,
            events: Vec::with_capacity(room),
            slots: std::array::from_fn(|_| vec![0; room.saturating_mul(2)]),
            used: [0; FOLLOWED],
            hours: [0; 24],
            amounts: [0; AMOUNTS],
        }
    }

    /// The slot of a digest, and the event it names, counted from 1; 0 when it is free.
    pub(super) fn slot(&self, element: usize, low: u32, high: u16) -> Option<(usize, u32)> {
        let slots = self.slots.get(element)?;
        let mask = slots.len().checked_sub(1)?;
        let mut at = spread(low) & mask;
        for _ in 0..slots.len() {
            let event = slots.get(at).copied()?;
            let found = event.checked_sub(1).and_then(|event| self.event(event));
            if found.is_none_or(|found| found.has(element, low, high)) {
                return Some((at, event));
            }
            at = at.wrapping_add(1) & mask;
        }
        None
    }

    /// The sale with the same elements at the same moment, looked for along one element.
    pub(super) fn find(
        &mut self,
        element: usize,
        wanted: &Packed,
        left: &mut usize,
    ) -> Option<&mut Packed> {
        let low = wanted.low.get(element).copied().filter(|low| *low != 0)?;
        let high = wanted.high.get(element).copied().unwrap_or(0);
        let (_, mut number) = self.slot(element, low, high)?;
        while *left > 0 {
            *left = left.saturating_sub(1);
            let at = number.checked_sub(1)?;
            let event = self.event(at)?;
            if event.at == wanted.at && event.low == wanted.low && event.high == wanted.high {
                return self.events.get_mut(usize::try_from(at).ok()?);
            }
            number = event.before.get(element).copied().unwrap_or(0);
        }
        None
    }

    /// Bytes that it takes, roughly.
    pub(super) fn bytes(&self) -> usize {
        let events = self.events.capacity().saturating_mul(size_of::<Packed>());
        let slots = self.slots.iter().map(Vec::capacity);
        let slots = slots.fold(0, usize::saturating_add).saturating_mul(4);
        events
            .saturating_add(slots)
            .saturating_add(size_of::<Self>())
    }

    pub(super) fn event(&self, at: u32) -> Option<&Packed> {
        self.events.get(usize::try_from(at).ok()?)
    }

    pub(super) fn push(&mut self, event: &Event) -> usize {
        let mut packed = Packed::new(event);
        let place = self.events.len();
        let number = u32::try_from(place.saturating_add(1)).unwrap_or(u32::MAX);
        for element in 0..FOLLOWED {
            let low = packed.low.get(element).copied().unwrap_or(0);
            let high = packed.high.get(element).copied().unwrap_or(0);
            if low == 0 {
                continue;
            }
            self.make_room(element);
            let Some((at, before)) = self.slot(element, low, high) else {
                continue;
            };
            if let Some(link) = packed.before.get_mut(element) {
                *link = before;
            }
            if let Some(slot) = self
                .slots
                .get_mut(element)
                .and_then(|slots| slots.get_mut(at))
            {
                *slot = number;
            }
            if let (0, Some(used)) = (before, self.used.get_mut(element)) {
                *used = used.saturating_add(1);
            }
        }
        self.events.push(packed);
        self.last = self.last.max(event.at);
        if let Some(hour) = self.hours.get_mut(hour_of(event.at)) {
            *hour = hour.saturating_add(1);
        }
        if let Some(amount) = self.amounts.get_mut(bucket_of(event.amount)) {
            *amount = amount.saturating_add(1);
        }
        place
    }

    /// Doubles the slots of an element before they are two thirds full.
    fn make_room(&mut self, element: usize) {
        let length = self.slots.get(element).map_or(0, Vec::len);
        let used = self.used.get(element).copied().unwrap_or(0);
        if used.saturating_mul(3) < length.saturating_mul(2) {
            return;
        }
        let mask = length.saturating_mul(2).saturating_sub(1);
        let mut wider = vec![0_u32; length.saturating_mul(2)];
        for number in self.slots.get(element).into_iter().flatten() {
            let event = number.checked_sub(1).and_then(|event| self.event(event));
            let Some(low) = event.and_then(|event| event.low.get(element)) else {
                continue;
            };
            let mut at = spread(*low) & mask;
            while wider.get(at).is_some_and(|taken| *taken != 0) {
                at = at.wrapping_add(1) & mask;
            }
            if let Some(slot) = wider.get_mut(at) {
                *slot = *number;
            }
        }
        if let Some(slots) = self.slots.get_mut(element) {
            *slots = wider;
        }
    }
}

/// Spreads digests over slots (Fibonacci hashing).
fn spread(low: u32) -> usize {
    let spread = low.wrapping_mul(0x9e37_79b1);
    usize::try_from(spread ^ (spread >> 15)).unwrap_or(0)
}

pub(super) fn hour_of(at: Timestamp) -> usize {
    usize::try_from(at.local().hour()).unwrap_or(0)
}

/// Amounts of up to a fifth more stand together.
pub(super) fn bucket_of(cents: i64) -> usize {
    let cents = u64::try_from(cents).unwrap_or(0).max(1);
    let octave = 63_u32.saturating_sub(cents.leading_zeros());
    let below = cents
        .checked_shl(64_u32.saturating_sub(octave))
        .unwrap_or(0);
    let quarter = if octave == 0 { 0 } else { below >> 62 };
    let bucket = u64::from(octave).saturating_mul(4).saturating_add(quarter);
    usize::try_from(bucket)
        .unwrap_or(0)
        .min(AMOUNTS.saturating_sub(1))
}
