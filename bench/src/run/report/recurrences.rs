//! The part of the report about recurrences.
//! Invariant: as of the whole report.

use std::fmt::Write;

use super::{MEBIBYTE, Target, grouped, machine, milliseconds, targets};
use crate::run::Bench;
use crate::run::figures::{Figures, Findings, HalfLoad, median};

/// Writes the part about recurrences.
pub fn only_recurrences(bench: &Bench, findings: &Findings) -> String {
    let mut text = String::from("# Benchmark of recurrences\n\n");
    machine(&mut text, bench);
    write(&mut text, findings);
    text
}

/// Writes it, when anything was measured.
pub fn write(text: &mut String, findings: &Findings) {
    let measured = |figures: &Figures| figures.recurrences.is_some();
    if !findings.engines.iter().any(measured) {
        return;
    }
    text.push_str(
        "## Recurrences\n\nMany that fall due at one moment, charged as captured sales; then the \
         same beside sales by timetable, at a quarter of their ceiling; then many that are \
         scheduled, and none due.\n\n",
    );
    for figures in &findings.engines {
        let Some(found) = &figures.recurrences else {
            continue;
        };
        let p99 = |load: &HalfLoad| milliseconds(&load.outcome.latency, 0.99);
        let (alone, beside) = (p99(&found.alone), p99(&found.beside));
        let rate = median(&found.charged);
        let look = found.looks.iter().copied().fold(0.0, f64::max);
        let _ = writeln!(text, "### {}\n", figures.engine.name());
        targets(
            text,
            &[
                Target {
                    what: format!("{} charged, per second", grouped(found.due as f64)),
                    target: "≥ 1,500",
                    measured: format!("{} (plain sales {})", grouped(rate), grouped(found.sales)),
                    met: Some(rate >= 1_500.0),
                },
                Target {
                    what: format!("p99 of {} sales/s beside it", grouped(found.beside.asked)),
                    target: "≤ 2 × alone",
                    measured: format!(
                        "{beside:.2} ms, alone {alone:.2} ms; {} charged per second",
                        grouped(found.charged_beside)
                    ),
                    met: Some(beside <= alone * 2.0),
                },
                Target {
                    what: format!(
                        "a look among {} scheduled, none due",
                        grouped(found.scheduled as f64)
                    ),
                    target: "≤ 5 ms",
                    measured: format!("{look:.3} ms at the most"),
                    met: Some(look <= 5.0),
                },
            ],
        );
        let mebibytes = found.peak_memory as f64 / MEBIBYTE;
        let _ = writeln!(
            text,
            "Memory of the server at the most: {mebibytes:.0} MiB.\n"
        );
    }
}
