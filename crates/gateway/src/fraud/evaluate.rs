//! How well the analysis tells fraud from honest sales, on a labelled day, beside fixed thresholds.
//!
//! Invariant: both look at each sale in the order of time with what was before, and never at its
//! label; the label is only counted with.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use aval_domain::fraud::analysis::{self, Effects, Thresholds, Verdict};
use aval_domain::fraud::facts::{self, Facts};
use aval_domain::fraud::history::{Element, Event, Fate, History, Keys};
use aval_domain::fraud::lists::Hits;
use aval_domain::fraud::signals;
use aval_domain::time::HOUR;

use super::day::{Kind, Sample};

/// What became of the sales of a day, by one way to decide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measure {
    /// Fraud that was rejected or sent to review.
    pub caught: u64,
    /// Fraud that was accepted.
    pub missed: u64,
    /// Honest sales that were rejected or sent to review.
    pub disturbed: u64,
    /// Honest sales that were accepted.
    pub passed: u64,
    /// Sales sent to review.
    pub reviewed: u64,
    /// Sales rejected.
    pub rejected: u64,
    /// Of each kind: how many, and how many were caught.
    pub kinds: HashMap<&'static str, (u64, u64)>,
}

/// The day by both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The analysis with its default weights and thresholds, without rules or lists.
    pub analysis: Measure,
    /// Fixed thresholds: an amount, and counts of a card, a device's address.
    pub baseline: Measure,
}

impl Measure {
    fn note(&mut self, kind: Kind, verdict: Verdict) {
        let stopped = verdict != Verdict::Accept;
        let place = match (kind == Kind::Honest, stopped) {
            (false, true) => &mut self.caught,
            (false, false) => &mut self.missed,
            (true, true) => &mut self.disturbed,
            (true, false) => &mut self.passed,
        };
        *place = place.saturating_add(1);
        let counts = match verdict {
            Verdict::Review => Some(&mut self.reviewed),
            Verdict::Reject => Some(&mut self.rejected),
            Verdict::Accept => None,
        };
        if let Some(count) = counts {
            *count = count.saturating_add(1);
        }
        let (all, caught) = self.kinds.entry(kind.name()).or_default();
        *all = all.saturating_add(1);
        *caught = caught.saturating_add(stopped.into());
    }

    /// Sales.
    #[must_use]
    pub fn sales(&self) -> u64 {
        let fraud = self.caught.saturating_add(self.missed);
        fraud
            .saturating_add(self.disturbed)
            .saturating_add(self.passed)
    }

    /// Of what was stopped, the fraud: of ten thousand.
    #[must_use]
    pub fn precision(&self) -> u64 {
        share(self.caught, self.caught.saturating_add(self.disturbed))
    }

    /// Of the fraud, what was stopped: of ten thousand.
    #[must_use]
    pub fn recall(&self) -> u64 {
        share(self.caught, self.caught.saturating_add(self.missed))
    }

    /// Of all sales, those a person has to look at: of ten thousand.
    #[must_use]
    pub fn review_rate(&self) -> u64 {
        share(self.reviewed, self.sales())
    }
}

/// A share of ten thousand.
fn share(part: u64, whole: u64) -> u64 {
    part.saturating_mul(10_000).checked_div(whole).unwrap_or(0)
}

/// A merchant's thresholds by default.
const THRESHOLDS: Thresholds = Thresholds {
    review: 60,
    reject: 85,
};

/// A digest that nobody has to keep secret: the buyers do not exist.
fn digest(element: Element, form: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let kind = if element == Element::Delivery {
        Element::Billing
    } else {
        element
    };
    (kind, form).hash(&mut hasher);
    hasher.finish()
}

/// Looks at every sale, in order; those of the day are counted.
#[must_use]
pub fn evaluate(samples: &[Sample]) -> Report {
    let mut history = History::new();
    let mut report = Report {
        analysis: Measure::default(),
        baseline: Measure::default(),
    };
    for sample in samples {
        let mut keys = Keys::default();
        for (element, form) in facts::elements(&sample.request, &sample.customer) {
            keys.set(element, digest(element, &form));
        }
        keys.set(
            Element::Card,
            digest(Element::Card, &sample.card.to_string()),
        );
        let verdict = analysed(sample, &keys, &history);
        if sample.counts {
            report.analysis.note(sample.kind, verdict);
            report
                .baseline
                .note(sample.kind, fixed(sample, &keys, &history));
        }
        let fate = Fate {
            denied: sample.denied,
            rejected: verdict == Verdict::Reject,
            unpaid: false,
        };
        history.add(&Event {
            at: sample.at,
            keys,
            amount: sample.amount,
            fate,
        });
    }
    report
}

fn analysed(sample: &Sample, keys: &Keys, history: &History) -> Verdict {
    let counts = history.counts(keys, sample.amount, sample.at);
    let facts = Facts {
        now: sample.at,
        amount: sample.amount,
        request: &sample.request,
        customer: &sample.customer,
        bin: None,
        brand: sample.brand,
        denied: Some(sample.denied),
        keys,
        counts: &counts,
        hits: Hits::default(),
    };
    let findings = signals::find(&facts);
    let none = Effects::default();
    analysis::conclude(String::new(), &facts, &findings, none, THRESHOLDS, None).0
}

/// What a shop without an analysis sets: an amount from which a person looks, and counts beyond
/// which it says no.
fn fixed(sample: &Sample, keys: &Keys, history: &History) -> Verdict {
    let within = |element, window| history.within(keys, element, window, sample.at);
    if within(Element::Card, HOUR) >= 3 || within(Element::Ip, HOUR) >= 10 {
        Verdict::Reject
    } else if sample.amount >= 100_000 {
        Verdict::Review
    } else {
        Verdict::Accept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fraud::day;

    #[test]
    fn a_seed_makes_one_day_and_one_report() {
        let (one, other) = (day::make(7, 1_000), day::make(7, 1_000));
        let moments = |day: &[Sample]| day.iter().map(|one| (one.at, one.card)).collect::<Vec<_>>();
        assert_eq!(moments(&one), moments(&other));
        assert_ne!(moments(&one), moments(&day::make(8, 1_000)));
        assert_eq!(evaluate(&one), evaluate(&other));
        let counted = one.iter().filter(|sample| sample.counts).count();
        assert_eq!(counted, 1_000);
    }

    #[test]
    fn the_analysis_tells_fraud_better_than_fixed_thresholds_do() {
        let report = evaluate(&day::make(3, 10_000));
        let (ours, fixed) = (&report.analysis, &report.baseline);
        assert_eq!(ours.sales(), 10_000);
        for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Honest) {
            let (all, _) = ours.kinds.get(kind.name()).copied().unwrap_or_default();
            assert!(all > 0, "{}", kind.name());
        }
        assert!(ours.recall() > fixed.recall(), "{ours:?} {fixed:?}");
        assert!(ours.precision() > fixed.precision(), "{ours:?} {fixed:?}");
        assert!(
            ours.review_rate() < fixed.review_rate(),
            "{ours:?} {fixed:?}"
        );
        assert!(ours.recall() >= 7_500, "{ours:?}");
        assert!(ours.precision() >= 7_000, "{ours:?}");
    }
}
