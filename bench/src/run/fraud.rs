//! Fraud analysis: what it adds to a sale, in a store with few analysed sales and in one with many.
//! Invariant: plain and analysed sales are sent to one store in turns, so that a drift of the
//! machine evens out; how long the analyses themselves took is the server's own count.

use super::Bench;
use super::figures::{Figures, Fraud, FraudPoint};
use super::recurrences::ask;
use super::rounds::check;
use super::store::{Running, Store};
use crate::Result;
use crate::ledger::Kind;
use crate::load::Pace;

/// Payments checked afterwards.
const CHECKED: usize = 50_000;
/// Sales that make the code and the store warm.
const FEW: u64 = 10_000;

/// Measures one engine.
pub async fn measure(bench: &Bench, figures: &mut Figures) -> Result<()> {
    if bench.plan.analysed == 0 {
        return Ok(());
    }
    let (name, sales) = (figures.engine.name(), bench.plan.analysed);
    bench.say(&format!("{name}: {sales} analysed sales"));
    figures.fraud = Some(one(bench, figures).await?);
    Ok(())
}

async fn one(bench: &Bench, figures: &mut Figures) -> Result<Fraud> {
    let name = format!("analysed_{}", figures.engine.name().to_lowercase());
    let store = Store::create(bench, figures.engine, &name)?;
    let running = store.start(bench)?;
    fill(bench, &store, &running, FEW).await?;
    let few = point(bench, &store, &running).await?;
    fill(bench, &store, &running, bench.plan.analysed).await?;
    let many = point(bench, &store, &running).await?;
    let peak_memory = running.server.peak_memory();
    running.server.stop()?;
    let running = store.start(bench)?;
    // The first sale of each merchant reads its history from the store.
    let pace = Pace::Count(bench.merchants as u64);
    let first = bench
        .phase(
            running.api,
            Kind::Analysed,
            bench.orders,
            pace,
            &store.ledger,
        )
        .await?;
    figures.checked += check(bench, &store, &running, CHECKED).await?;
    running.server.stop()?;
    Ok(Fraud {
        few,
        many,
        first: first.latency.quantile(1.0),
        peak_memory,
    })
}

async fn fill(bench: &Bench, store: &Store, running: &Running, sales: u64) -> Result<()> {
    let stored = store.ledger.borrow().len() as u64;
    let pace = Pace::Count(sales.saturating_sub(stored));
    bench
        .phase(
            running.api,
            Kind::Analysed,
            bench.orders,
            pace,
            &store.ledger,
        )
        .await?;
    Ok(())
}

async fn point(bench: &Bench, store: &Store, running: &Running) -> Result<FraudPoint> {
    let mut point = FraudPoint {
        stored: store.ledger.borrow().len(),
        ..FraudPoint::default()
    };
    let cpu = || {
        let database = store.database.as_ref();
        let database = database.map_or(Ok(0.0), |database| database.cpu());
        database.map(|database| database + running.server.usage().cpu)
    };
    for round in 0..bench.plan.rounds {
        let mut kinds = [Kind::Sale, Kind::Analysed];
        kinds.rotate_left(round % 2);
        for kind in kinds {
            let before = cpu()?;
            let outcome = bench
                .phase(
                    running.api,
                    kind,
                    bench.orders,
                    bench.ceiling(),
                    &store.ledger,
                )
                .await?;
            let cpu = (cpu()? - before) / outcome.good.max(1) as f64;
            let (rates, cpus) = if kind == Kind::Sale {
                (&mut point.plain, &mut point.plain_cpu)
            } else {
                (&mut point.analysed, &mut point.analysed_cpu)
            };
            rates.push(outcome.rate);
            cpus.push(cpu);
        }
    }
    // By timetable, at half of what can be: a closed loop counts how long requests queue.
    let rate = super::figures::median(&point.analysed) / 2.0;
    let pace = Pace::Open {
        rate,
        length: bench.plan.half_length,
    };
    let before = buckets(running)?;
    let outcome = bench
        .phase(
            running.api,
            Kind::Analysed,
            bench.orders,
            pace,
            &store.ledger,
        )
        .await?;
    point.half = outcome.latency.quantile(0.99);
    let after = buckets(running)?;
    let counted: Vec<(f64, u64)> = after
        .iter()
        .zip(&before)
        .map(|((bound, after), (_, before))| (*bound, after - before))
        .collect();
    point.asked = rate;
    point.p99 = quantile(&counted, 0.99);
    Ok(point)
}

/// The server's own count of how long analyses took: upper bounds in seconds, and how many took no
/// longer, the last one all.
fn buckets(running: &Running) -> Result<Vec<(f64, u64)>> {
    let text = ask(running.backoffice, "GET", "/metrics", "", "")?;
    let rows = text.lines().filter_map(|line| {
        let rest = line.strip_prefix("aval_fraud_analysis_seconds_bucket{le=\"")?;
        let (bound, count) = rest.split_once("\"} ")?;
        let bound = if bound == "+Inf" {
            Some(f64::INFINITY)
        } else {
            bound.parse().ok()
        };
        Some((bound?, count.trim().parse().ok()?))
    });
    let rows: Vec<(f64, u64)> = rows.collect();
    if rows.is_empty() {
        return Err("the metrics tell of no analysis".into());
    }
    Ok(rows)
}

/// The upper bound that a share of all stays below, in seconds.
fn quantile(counted: &[(f64, u64)], share: f64) -> f64 {
    let all = counted.last().map_or(0, |(_, count)| *count);
    let wanted = (all as f64 * share).ceil() as u64;
    let found = counted.iter().find(|(_, count)| *count >= wanted);
    found.map_or(f64::INFINITY, |(bound, _)| *bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_bound_that_holds_it() {
        let counted = [(0.001, 98), (0.005, 99), (f64::INFINITY, 100)];
        assert_eq!(quantile(&counted, 0.5), 0.001);
        assert_eq!(quantile(&counted, 0.99), 0.005);
        assert_eq!(quantile(&counted, 1.0), f64::INFINITY);
    }
}
