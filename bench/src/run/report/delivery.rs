//! The report's part about notifications.
//! Invariant: rates beside sales and alone stand side by side, since both share the machine.

use std::fmt::Write;

use super::super::Bench;
use super::super::delivery::disturbance;
use super::super::figures::{Figures, Findings};
use super::{Target, grouped, machine, milliseconds, targets};
use crate::histogram::Histogram;

/// Writes the part about notifications.
pub fn only_delivery(bench: &Bench, findings: &Findings) -> String {
    let mut text = String::from("# Benchmark of notifications\n\n");
    machine(&mut text, bench);
    for engine in &findings.engines {
        let _ = writeln!(text, "## {}\n", engine.engine.name());
        targets(&mut text, &delivery_targets(bench, engine));
    }
    deliveries(&mut text, bench, findings);
    text
}

/// The lines of an engine's table.
pub fn delivery_targets(bench: &Bench, figures: &Figures) -> Vec<Target> {
    let Some(delivery) = &figures.delivery else {
        return Vec::new();
    };
    let (sales, rate) = (grouped(delivery.sales), grouped(delivery.deliveries));
    let percent = (disturbance(delivery) - 1.0) * 100.0;
    let seconds = bench.plan.delivery_length.as_secs_f64();
    vec![
        Target {
            what: format!("notifications delivered beside {sales} sales/s"),
            target: "≥ 1,000/s",
            measured: format!("{rate}/s"),
            met: Some(delivery.deliveries >= 1_000.0),
        },
        Target {
            what:
                "p99 of delivery while one receiver hangs for ten minutes, of that while none does"
                    .to_owned(),
            target: "≤ +10 %",
            measured: format!("{percent:+.0} % ({seconds:.0} s each)"),
            // A shorter run tells nothing of the retries.
            met: (seconds >= 600.0).then_some(percent <= 10.0),
        },
    ]
}

/// The figures in full.
pub fn deliveries(text: &mut String, bench: &Bench, findings: &Findings) {
    let seconds = bench.plan.delivery_length.as_secs_f64();
    let _ = writeln!(
        text,
        "## Notifications\n\n\
         Every sale of {} merchants is told to a local receiver. Beside sales at the ceiling; \
         then {} times {seconds:.0} s of 500 sales/s, with all receivers well and with one that \
         hangs and is tried again as the schedule says: from the request of a sale to its \
         notification, of the other merchants, in milliseconds.\n",
        bench.merchants, bench.plan.delivery_rounds,
    );
    text.push_str("| | sales/s | told/s | p50 | p99 | p50, one hangs | p99 |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for figures in &findings.engines {
        let Some(delivery) = &figures.delivery else {
            continue;
        };
        let [sales, told] = [delivery.sales, delivery.deliveries].map(grouped);
        let of = |latency: &Histogram| {
            let [p50, p99] = [0.5, 0.99].map(|share| milliseconds(latency, share));
            format!("{p50:.2} | {p99:.2}")
        };
        let (well, hanging) = (of(&delivery.well), of(&delivery.hanging));
        let name = figures.engine.name();
        let _ = writeln!(text, "| {name} | {sales} | {told} | {well} | {hanging} |");
    }
    text.push('\n');
}
