//! The part of the report about fraud analysis.
//! Invariant: as of the whole report.

use std::fmt::Write;

use super::{MEBIBYTE, Target, grouped, machine, targets};
use crate::run::Bench;
use crate::run::figures::{Figures, Findings, Fraud, median};

/// Writes the part about fraud analysis.
pub fn only_fraud(bench: &Bench, findings: &Findings) -> String {
    let mut text = String::from("# Benchmark of fraud analysis\n\n");
    machine(&mut text, bench);
    write(&mut text, findings);
    text
}

/// Writes it, when anything was measured.
pub fn write(text: &mut String, findings: &Findings) {
    let measured = |figures: &Figures| figures.fraud.is_some();
    if !findings.engines.iter().any(measured) {
        return;
    }
    text.push_str(
        "## Fraud analysis\n\nPlain and analysed sales in turns, on a store with few analysed \
         sales and on the same store with many; a cost is the worse of time at the ceiling and of \
         CPU time, the database's included. Then analysed sales by timetable, at half of their \
         ceiling; how long the analyses themselves took is the server's own count.\n\n",
    );
    for figures in &findings.engines {
        let Some(found) = &figures.fraud else {
            continue;
        };
        let _ = writeln!(text, "### {}\n", figures.engine.name());
        targets(text, &rows(found));
        let milliseconds = found.first.as_secs_f64() * 1e3;
        let mebibytes = found.peak_memory as f64 / MEBIBYTE;
        let _ = writeln!(
            text,
            "The first sale of a merchant after a start, which reads the history: \
             {milliseconds:.0} ms at the most. Memory of the server at the most: {mebibytes:.0} \
             MiB.\n"
        );
    }
}

fn rows(found: &Fraud) -> Vec<Target> {
    let (few, many) = (&found.few, &found.many);
    let ratio = |stored: usize, ratio: f64, plain: &[f64], analysed: &[f64]| {
        format!(
            "{ratio:.2} with {} stored ({} against {} plain sales/s)",
            grouped(stored as f64),
            grouped(median(analysed)),
            grouped(median(plain))
        )
    };
    let p99 = many.p99.max(few.p99) * 1e3;
    vec![
        Target {
            what: "an analysed sale against a plain one".to_owned(),
            target: "≤ 1.6",
            measured: format!(
                "{}; {}",
                ratio(many.stored, many.ratio(), &many.plain, &many.analysed),
                ratio(few.stored, few.ratio(), &few.plain, &few.analysed)
            ),
            met: Some(many.ratio() <= 1.6),
        },
        Target {
            what: format!("p99 of the analysis at {} sales/s", grouped(many.asked)),
            target: "≤ 5 ms",
            measured: format!(
                "≤ {p99} ms; of the answers {:.2} ms",
                many.half.as_secs_f64() * 1e3
            ),
            met: Some(p99 <= 5.0),
        },
        Target {
            what: "growth of that cost with the history".to_owned(),
            target: "≤ 15 %",
            measured: format!("{:+.1} %", found.increase() * 100.0),
            met: Some(found.increase() <= 0.15),
        },
    ]
}
