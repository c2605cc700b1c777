//! `aval fraud day`: a labelled day of sales, and how well fraud is told from honest sales.
//!
//! Invariant: the same seed gives the same report; no store is opened.

use std::fmt::Write as _;

use aval_gateway::fraud::day::{self, Kind};
use aval_gateway::fraud::evaluate::{self, Measure};
use serde::Serialize;

use super::super::{print, print_json};
use crate::cli::Exit;

/// One way to decide, as it is shown: rates of one hundred.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    precision: f64,
    recall: f64,
    review_rate: f64,
    rejected: u64,
    reviewed: u64,
    caught: u64,
    missed: u64,
    disturbed: u64,
    kinds: Vec<ShownKind>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownKind {
    kind: &'static str,
    sales: u64,
    stopped: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownReport {
    seed: u64,
    sales: u64,
    analysis: Shown,
    baseline: Shown,
}

pub(super) fn run(seed: u64, sales: u32, json: bool) -> Result<(), Exit> {
    let sales = usize::try_from(sales).unwrap_or(0);
    if !(1_000..=1_000_000).contains(&sales) {
        return Err(Exit::usage("--sales takes a number from 1000 to 1000000"));
    }
    let report = evaluate::evaluate(&day::make(seed, sales));
    if json {
        return print_json(&ShownReport {
            seed,
            sales: report.analysis.sales(),
            analysis: shown(&report.analysis),
            baseline: shown(&report.baseline),
        });
    }
    let mut text = format!("{:<20}{:>12}{:>12}\n", "", "analysis", "fixed");
    let (ours, fixed) = (&report.analysis, &report.baseline);
    let rows: [(&str, Rate); 3] = [
        ("precision", Measure::precision),
        ("recall", Measure::recall),
        ("review rate", Measure::review_rate),
    ];
    for (name, of) in rows {
        let _ = writeln!(
            text,
            "{name:<20}{:>12}{:>12}",
            rate(of(ours)),
            rate(of(fixed))
        );
    }
    let _ = writeln!(
        text,
        "{:<20}{:>12}{:>12}",
        "rejected", ours.rejected, fixed.rejected
    );
    for kind in Kind::ALL {
        let of = |measure: &Measure| {
            let (all, stopped) = measure.kinds.get(kind.name()).copied().unwrap_or_default();
            format!("{stopped}/{all}")
        };
        let _ = writeln!(text, "{:<20}{:>12}{:>12}", kind.name(), of(ours), of(fixed));
    }
    print(&text)
}

/// A rate of a measure, of ten thousand.
type Rate = fn(&Measure) -> u64;

/// A share of ten thousand as one of a hundred.
fn rate(share: u64) -> String {
    format!("{}.{:02} %", share / 100, share % 100)
}

fn shown(measure: &Measure) -> Shown {
    // A share of ten thousand is exact in a double.
    let percent = |share: u64| f64::from(u32::try_from(share).unwrap_or(0)) / 100.0;
    let kinds = Kind::ALL.map(|kind| {
        let (sales, stopped) = measure.kinds.get(kind.name()).copied().unwrap_or_default();
        ShownKind {
            kind: kind.name(),
            sales,
            stopped,
        }
    });
    Shown {
        precision: percent(measure.precision()),
        recall: percent(measure.recall()),
        review_rate: percent(measure.review_rate()),
        rejected: measure.rejected,
        reviewed: measure.reviewed,
        caught: measure.caught,
        missed: measure.missed,
        disturbed: measure.disturbed,
        kinds: kinds.into(),
    }
}
