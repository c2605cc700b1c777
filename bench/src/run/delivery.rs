//! Notifications beside a load of sales: how many are delivered, and what one receiver that hangs
//! does to the others.
//! Invariant: every acknowledged sale of a receiver that answers is told, or the run fails.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use super::figures::{Delivery, Figures, median};
use super::store::{Engine, Running, Store};
use super::{Bench, store};
use crate::Result;
use crate::histogram::Histogram;
use crate::ledger::Kind;
use crate::load::{Outcome, Pace, Phase, drive};
use crate::machine::rest;
use crate::receivers::{HANGS, Receivers, WELL};

/// Sales per second while one receiver hangs: far below what can be delivered.
const RATE: f64 = 500.0;
/// How long what is left may take after a load.
const PATIENCE: Duration = Duration::from_secs(180);
/// The merchant whose receiver hangs.
const HANGING: usize = 0;

/// Measures one engine.
pub async fn measure(bench: &Bench, figures: &mut Figures) -> Result<()> {
    figures.delivery = Some(of_engine(bench, figures.engine).await?);
    Ok(())
}

/// Measures one engine, on a store of its own.
pub async fn of_engine(bench: &Bench, engine: Engine) -> Result<Delivery> {
    let name = engine.name();
    bench.say(&format!(
        "{name}: notifications beside sales at the ceiling"
    ));
    let receivers = Receivers::start()?;
    let store = Store::create(bench, engine, &format!("delivery_{}", name.to_lowercase()))?;
    for index in 0..bench.merchants {
        store.set(bench, index, "notification_url", &receivers.url(WELL))?;
    }
    let running = store.start(bench)?;
    let mut found = Delivery::default();
    fan_out(bench, &store, &running, &receivers, &mut found).await?;
    bench.say(&format!(
        "{name}: {:.0} told/s beside {:.0} sales/s",
        found.deliveries, found.sales
    ));
    for round in 0..bench.plan.delivery_rounds {
        // Who goes first alternates, so that a drift of the machine evens out.
        for hangs in [round % 2 == 1, round % 2 == 0] {
            let path = if hangs { HANGS } else { WELL };
            store.set(bench, HANGING, "notification_url", &receivers.url(path))?;
            thread::sleep(store::HOLDS);
            let latency = paced(bench, &store, &running, &receivers).await?;
            let p99 = latency.quantile(0.99).as_secs_f64();
            let which = if hangs { "one hangs" } else { "all are well" };
            bench.say(&format!("{name}: p99 {:.2} ms while {which}", p99 * 1e3));
            if hangs {
                found.beside_hanging.push(p99);
                found.hanging.merge(&latency);
            } else {
                found.undisturbed.push(p99);
                found.well.merge(&latency);
            }
        }
    }
    running.server.stop()?;
    Ok(found)
}

/// Sales at the ceiling, and how many of them were told meanwhile.
async fn fan_out(
    bench: &Bench,
    store: &Store,
    running: &Running,
    receivers: &Receivers,
    found: &mut Delivery,
) -> Result<()> {
    rest();
    let from = Instant::now() + bench.plan.warm_up;
    let to = from + (bench.plan.length.saturating_sub(bench.plan.warm_up));
    let outcome = load(bench, store, running, bench.ceiling()).await?;
    let sold = outcome.sent.len();
    let over = Instant::now();
    while receivers.count() < sold {
        if over.elapsed() > PATIENCE {
            let told = receivers.count();
            return Err(format!("of {sold} sales only {told} were told").into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    let told = receivers.take();
    let meanwhile = told.values().filter(|at| (from..to).contains(*at)).count();
    found.sales = outcome.rate;
    found.deliveries = meanwhile as f64 / (to - from).as_secs_f64();
    Ok(())
}

/// Sales by timetable, in a full run for ten minutes of the clock, so that a receiver that hangs is
/// tried again too. How long the merchants who are well waited, from request to notification.
async fn paced(
    bench: &Bench,
    store: &Store,
    running: &Running,
    receivers: &Receivers,
) -> Result<Histogram> {
    rest();
    receivers.take();
    let pace = Pace::Open {
        rate: RATE,
        length: bench.plan.delivery_length,
    };
    let outcome = load(bench, store, running, pace).await?;
    let merchants = store.ledger.borrow().merchants_of(&outcome.sent);
    let others: Vec<_> = outcome
        .sent
        .iter()
        .zip(merchants)
        .filter(|(_, merchant)| *merchant != Some(HANGING))
        .map(|(sent, _)| *sent)
        .collect();
    let over = Instant::now();
    let mut told: HashMap<_, _> = receivers.take();
    let mut latency = Histogram::default();
    for (id, since) in others {
        while !told.contains_key(&id) {
            if over.elapsed() > PATIENCE {
                return Err("a sale was not told".into());
            }
            thread::sleep(Duration::from_millis(2));
            told.extend(receivers.take());
        }
        latency.record(told[&id].saturating_duration_since(since));
    }
    Ok(latency)
}

async fn load(bench: &Bench, store: &Store, running: &Running, pace: Pace) -> Result<Outcome> {
    let phase = Phase {
        address: running.api,
        kind: Kind::Sale,
        orders: bench.orders,
        connections: bench.connections,
        pace,
        note_sent: true,
    };
    let mut outcome = drive(phase, &store.ledger).await?;
    let failures = std::mem::take(&mut outcome.failures);
    bench.failures.borrow_mut().merge(failures);
    Ok(outcome)
}

/// What the p99 beside a receiver that hangs is of the one without.
pub fn disturbance(delivery: &Delivery) -> f64 {
    median(&delivery.beside_hanging) / median(&delivery.undisturbed)
}
