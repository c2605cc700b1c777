//! What is known of the world, as tables: e-mail providers, words, postal codes, area codes, BINs.
//!
//! Invariant: tables are data beside the code, read once; what stands in none of them is unknown,
//! never suspect for that.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::tables::rows;

/// What is known of an e-mail domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Anybody gets an address there, for nothing.
    Free,
    /// Addresses there live for minutes.
    Disposable,
}

/// What is known of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Obscene.
    Obscene,
    /// Stands for nothing.
    Meaningless,
}

/// What is known of the first six digits of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin {
    /// Country of its issuer, two small letters.
    pub country: &'static str,
    /// Its issuer.
    pub issuer: &'static str,
}

static DOMAINS: LazyLock<HashMap<&'static str, Domain>> = LazyLock::new(|| {
    let all = rows::<2>(include_str!("../../data/fraud-email-domains.tsv"));
    let kind = |kind| {
        if kind == "free" {
            Domain::Free
        } else {
            Domain::Disposable
        }
    };
    all.map(|[domain, of]| (domain, kind(of))).collect()
});

static WORDS: LazyLock<HashMap<&'static str, Word>> = LazyLock::new(|| {
    let all = rows::<3>(include_str!("../../data/fraud-words.tsv"));
    let kind = |kind| {
        if kind == "obscene" {
            Word::Obscene
        } else {
            Word::Meaningless
        }
    };
    all.map(|[word, of, _]| (word, kind(of))).collect()
});

static ZIP_CODES: LazyLock<Vec<(u32, u32, &'static str)>> = LazyLock::new(|| {
    let all = rows::<3>(include_str!("../../data/fraud-cep.tsv"));
    all.filter_map(|[state, first, last]| Some((first.parse().ok()?, last.parse().ok()?, state)))
        .collect()
});

static AREA_CODES: LazyLock<Vec<(u8, &'static str)>> = LazyLock::new(|| {
    let all = rows::<2>(include_str!("../../data/fraud-ddd.tsv"));
    all.filter_map(|[code, state]| Some((code.parse().ok()?, state)))
        .collect()
});

static BINS: LazyLock<Vec<(u32, u32, Bin)>> = LazyLock::new(|| {
    let all = rows::<4>(include_str!("../../data/fraud-bins.tsv"));
    all.filter_map(|[first, last, country, issuer]| {
        Some((
            first.parse().ok()?,
            last.parse().ok()?,
            Bin { country, issuer },
        ))
    })
    .collect()
});

/// What is known of an e-mail domain in small letters.
#[must_use]
pub fn domain(domain: &str) -> Option<Domain> {
    DOMAINS.get(domain).copied()
}

/// What is known of a word in small letters without accents.
#[must_use]
pub fn word(word: &str) -> Option<Word> {
    WORDS.get(word).copied()
}

/// The state of a postal code of eight digits.
#[must_use]
pub fn state_of_zip(zip: u32) -> Option<&'static str> {
    let found = ZIP_CODES
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&zip));
    found.map(|(_, _, state)| *state)
}

/// Whether there is such a state.
#[must_use]
pub fn is_state(state: &str) -> bool {
    ZIP_CODES
        .iter()
        .any(|(_, _, known)| known.eq_ignore_ascii_case(state))
}

/// The states of an area code; none when there is no such code.
#[must_use]
pub fn states_of_area(code: u8) -> Vec<&'static str> {
    let of = AREA_CODES.iter().filter(|(known, _)| *known == code);
    of.map(|(_, state)| *state).collect()
}

/// What is known of a BIN of six digits.
#[must_use]
pub fn bin(bin: u32) -> Option<Bin> {
    let found = BINS
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&bin));
    found.map(|(_, _, known)| *known)
}

/// Top-level domains of countries from which a card of a Brazilian shop is seldom paid, and those
/// that anybody gets for next to nothing.
const RISKY_ENDINGS: [&str; 18] = [
    "xyz", "top", "click", "loan", "win", "icu", "cam", "gq", "tk", "ml", "cf", "ga", "ru", "cn",
    "ng", "pk", "vn", "ua",
];

/// Whether an ending of e-mail domains is one of those.
#[must_use]
pub fn is_risky_ending(ending: &str) -> bool {
    RISKY_ENDINGS.contains(&ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_tables_can_be_read() {
        let lines = |text: &str| text.lines().count().saturating_sub(1);
        assert_eq!(
            DOMAINS.len(),
            lines(include_str!("../../data/fraud-email-domains.tsv"))
        );
        assert_eq!(
            WORDS.len(),
            lines(include_str!("../../data/fraud-words.tsv"))
        );
        assert_eq!(
            ZIP_CODES.len(),
            lines(include_str!("../../data/fraud-cep.tsv"))
        );
        assert_eq!(
            AREA_CODES.len(),
            lines(include_str!("../../data/fraud-ddd.tsv"))
        );
        assert_eq!(BINS.len(), lines(include_str!("../../data/fraud-bins.tsv")));
    }

    #[test]
    fn ranges_do_not_overlap_and_cover_27_states() {
        for pair in ZIP_CODES.windows(2) {
            assert!(pair[0].1 < pair[1].0, "{pair:?}");
        }
        for pair in BINS.windows(2) {
            assert!(pair[0].1 < pair[1].0, "{pair:?}");
        }
        let mut states: Vec<_> = ZIP_CODES.iter().map(|(_, _, state)| *state).collect();
        states.sort_unstable();
        states.dedup();
        assert_eq!(states.len(), 27);
        assert!(AREA_CODES.iter().all(|(_, state)| states.contains(state)));
    }

    #[test]
    fn places_are_found_by_their_codes() {
        assert_eq!(state_of_zip(21_241_140), Some("RJ"));
        assert_eq!(state_of_zip(1_310_100), Some("SP"));
        assert_eq!(state_of_zip(5), None);
        assert_eq!(states_of_area(61), ["DF", "GO"]);
        assert!(states_of_area(23).is_empty());
        assert_eq!(bin(402_400).map(|bin| bin.country), Some("us"));
        assert_eq!(bin(123_456), None);
    }
}
