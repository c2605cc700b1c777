//! The report's part about the log of requests.
//! Invariant: as of the whole report.

use super::{Target, machine, targets};
use crate::run::Bench;
use crate::run::figures::{Figures, Findings, median};

/// Writes the part about the log of requests.
pub fn only(bench: &Bench, findings: &Findings) -> String {
    let mut text = String::from("# Benchmark of the request log\n\n");
    machine(&mut text, bench);
    for engine in &findings.engines {
        text.push_str(&format!("## {}\n\n", engine.engine.name()));
        targets(&mut text, &cost(engine));
    }
    text
}

/// The line of an engine's table, when it was measured.
pub(super) fn cost(figures: &Figures) -> Vec<Target> {
    let Some(cost) = &figures.log_cost else {
        return Vec::new();
    };
    let percent = (median(&cost.ratios) - 1.0) * 100.0;
    let [with, without] = [&cost.with, &cost.without].map(|all| median(all) * 1e6);
    vec![Target {
        what: "server's CPU time of a sale with the request log, of one without".to_owned(),
        target: "≤ +3 %",
        measured: format!("{percent:+.1} % ({with:.1} µs, {without:.1} µs)"),
        met: Some(percent <= 3.0),
    }]
}
