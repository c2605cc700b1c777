//! What the log of requests costs a sale: a server that keeps it beside one that does not.
//! Invariant: both run on stores of their own, in turn, and each ratio is of one round.

use std::thread;

use super::figures::{Figures, LogCost};
use super::store::{Engine, Running, Store};
use super::{Bench, store};
use crate::Result;
use crate::ledger::Kind;
use crate::machine::rest;

/// Measures one engine.
pub async fn measure(bench: &Bench, figures: &mut Figures) -> Result<()> {
    figures.log_cost = Some(of_engine(bench, figures.engine).await?);
    Ok(())
}

/// A server, with its store, that keeps the log or does not.
struct Side {
    // The server ends before its store goes.
    running: Running,
    store: Store,
}

impl Side {
    fn start(bench: &Bench, engine: Engine, keeps: bool) -> Result<Self> {
        let name = format!("log_{keeps}_{}", engine.name().to_lowercase());
        let store = Store::create(bench, engine, &name)?;
        let setting = format!("--request-log={keeps}");
        let running = store.start_with(bench, &[&setting])?;
        Ok(Self { store, running })
    }

    /// Seconds of the server's CPU time for a sale at the ceiling; the other side's is halted.
    async fn cost(&self, bench: &Bench) -> Result<f64> {
        let (server, ledger) = (&self.running.server, &self.store.ledger);
        rest();
        let before = server.usage();
        let (api, pace) = (self.running.api, bench.ceiling());
        let sales = bench.phase_at_once(api, Kind::Sale, bench.orders, pace, ledger);
        let outcome = server.only_for(sales).await?;
        let used = server.usage().cpu - before.cpu;
        Ok(used / outcome.good.max(1) as f64)
    }
}

async fn of_engine(bench: &Bench, engine: Engine) -> Result<LogCost> {
    let name = engine.name();
    bench.say(&format!("{name}: the cost of the request log"));
    let sides = [
        Side::start(bench, engine, true)?,
        Side::start(bench, engine, false)?,
    ];
    thread::sleep(store::HOLDS);
    for side in &sides {
        side.running.server.pause()?;
    }
    let mut found = LogCost::default();
    for round in 0..bench.plan.log_rounds {
        // Who goes first alternates, so that a drift of the machine evens out.
        let mut costs = [0.0; 2];
        for at in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            costs[at] = sides[at].cost(bench).await?;
        }
        let [with, without] = costs;
        found.with.push(with);
        found.without.push(without);
        found.ratios.push(with / without);
    }
    for side in sides {
        side.running.server.stop()?;
    }
    Ok(found)
}
