//! The long parts of a run: the same load for minutes, and the same load on a large store.
//! Invariant: each works on a store of its own and checks a sample of what it acknowledged.

use std::time::Duration;

use super::figures::{Cost, Figures, Growth, Point, Steady, median};
use super::rounds::check;
use super::store::{Engine, Running, Store};
use super::{Baseline, Bench};
use crate::Result;
use crate::histogram::Histogram;
use crate::ledger::{Kind, Orders};
use crate::load::Pace;
use crate::machine::rest;

const SAMPLE_LENGTH: Duration = Duration::from_secs(10);
/// How many payments are checked afterwards.
const CHECKED: usize = 200_000;
/// How many sales a store holds when it counts as having few.
const FEW: u64 = 10_000;
/// How many times the cost of a sale is measured at one size of the store.
pub const WINDOWS: usize = 4;

/// Measures one engine with both kinds of order numbers; the long run is SQLite's alone.
pub async fn measure(bench: &Bench, baseline: &Baseline, figures: &mut Figures) -> Result<()> {
    let name = figures.engine.name();
    for orders in [Orders::Sequential, Orders::Random] {
        let kind = orders.name();
        if figures.engine == Engine::Sqlite && !bench.plan.long.is_zero() {
            let seconds = bench.plan.long.as_secs();
            bench.say(&format!(
                "{name}: {seconds} s of sales, {kind} order numbers"
            ));
            let steady = steadiness(bench, figures, orders).await?;
            figures.steady.push(steady);
        }
        if bench.plan.growth > 0 {
            let sales = bench.plan.growth;
            bench.say(&format!(
                "{name}: cost of a sale up to {sales} stored, {kind} order numbers"
            ));
            let growth = growth(bench, baseline, figures, orders).await?;
            figures.growth.push(growth);
        }
    }
    Ok(())
}

async fn steadiness(bench: &Bench, figures: &mut Figures, orders: Orders) -> Result<Steady> {
    let store = Store::create(bench, figures.engine, "steady")?;
    let running = store.start(bench)?;
    let mut steady = Steady {
        orders,
        rates: Vec::new(),
        latency: Histogram::default(),
    };
    let samples = bench.plan.long.as_secs().div_ceil(SAMPLE_LENGTH.as_secs());
    for _ in 0..samples {
        let pace = Pace::Closed {
            warm_up: Duration::ZERO,
            length: SAMPLE_LENGTH,
        };
        // Without a pause: a checkpoint left behind has to be paid for.
        let outcome = bench
            .phase_at_once(running.api, Kind::Sale, orders, pace, &store.ledger)
            .await?;
        steady.rates.push(outcome.rate);
        steady.latency.merge(&outcome.latency);
    }
    figures.checked += check(bench, &store, &running, CHECKED).await?;
    Ok(steady)
}

async fn growth(
    bench: &Bench,
    baseline: &Baseline,
    figures: &mut Figures,
    orders: Orders,
) -> Result<Growth> {
    let store = Store::create(bench, figures.engine, "growth")?;
    let running = store.start(bench)?;
    fill(bench, &store, &running, orders, FEW).await?;
    let few = point(bench, baseline, &store, &running, orders).await?;
    fill(bench, &store, &running, orders, bench.plan.growth).await?;
    let many = point(bench, baseline, &store, &running, orders).await?;
    figures.checked += check(bench, &store, &running, CHECKED).await?;
    Ok(Growth { orders, few, many })
}

async fn fill(
    bench: &Bench,
    store: &Store,
    running: &Running,
    orders: Orders,
    sales: u64,
) -> Result<()> {
    let stored = store.ledger.borrow().len() as u64;
    let pace = Pace::Count(sales.saturating_sub(stored));
    bench
        .phase(running.api, Kind::Sale, orders, pace, &store.ledger)
        .await?;
    Ok(())
}

/// The cost of a sale at the present size, over windows of a fixed number of sales each.
async fn point(
    bench: &Bench,
    baseline: &Baseline,
    store: &Store,
    running: &Running,
    orders: Orders,
) -> Result<Point> {
    let stored = store.ledger.borrow().len();
    running.server.pause()?;
    let cpu = || {
        let database = store
            .database
            .as_ref()
            .map_or(Ok(0.0), |database| database.cpu());
        database.map(|database| database + running.server.usage().cpu)
    };
    let mut cost = Cost::default();
    let (mut rates, mut shares) = (Vec::new(), Vec::new());
    for _ in 0..WINDOWS {
        let beside = baseline.ceiling(bench, Kind::Sale).await?;
        // What a database does in the rest is not of these sales.
        rest();
        let before = cpu()?;
        let pace = Pace::Count(bench.plan.growth_window);
        let sales = bench.phase_at_once(running.api, Kind::Sale, orders, pace, &store.ledger);
        let outcome = running.server.only_for(sales).await?;
        cost.server_cpu += cpu()? - before;
        cost.sales += outcome.good;
        rates.push(outcome.rate);
        shares.push(outcome.rate / beside);
    }
    running.server.resume()?;
    let cpu = cost.per_thousand(cost.server_cpu);
    Ok(Point {
        stored,
        cpu,
        share: median(&shares),
        rate: median(&rates),
    })
}
