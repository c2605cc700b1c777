//! The rounds of a run: an engine and what it is compared with, phase beside phase.
//! Invariant: both sides of a ratio send the same requests over as many connections.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use super::figures::{Figures, HalfLoad, Series};
use super::store::{Engine, Running, Store};
use super::{Baseline, Bench};
use crate::Result;
use crate::ledger::{Kind, Orders};
use crate::load::{Outcome, Pace};
use crate::machine::rest;
use crate::postgres::Pgbench;
use crate::process::own_cpu;

const STARTS: usize = 5;
/// How long a server that is ready may settle before its idle memory is read.
const SETTLE: Duration = Duration::from_millis(300);

/// An engine under measurement.
pub struct Subject {
    engine: Engine,
    // The server ends before its store goes.
    running: Running,
    /// The store that the rounds fill.
    pub store: Store,
    figures: Figures,
}

impl Subject {
    /// Makes the store, and measures what needs an empty one: starts, idle memory, bytes per sale.
    pub async fn prepare(bench: &Bench, engine: Engine) -> Result<Self> {
        let store = Store::create(bench, engine, &engine.name().to_lowercase())?;
        let mut figures = Figures::new(engine);
        for start in 0..STARTS {
            let running = store.start(bench)?;
            figures
                .starts
                .push(running.server.started_in.as_secs_f64() * 1e3);
            if start == 0 {
                thread::sleep(SETTLE);
                figures.idle_memory = running.server.memory();
            }
            running.server.stop()?;
        }
        footprint(bench, &store, &mut figures).await?;
        let running = store.start(bench)?;
        running.server.pause()?;
        Ok(Self {
            engine,
            store,
            running,
            figures,
        })
    }

    /// Sales, captures and queries, each beside the same on the storage-free server.
    pub async fn round(
        &mut self,
        bench: &Bench,
        baseline: &Baseline,
        pgbench: Option<&mut Pgbench>,
        round: usize,
    ) -> Result<()> {
        self.beside(bench, baseline, Kind::Sale, round).await?;
        if let (Engine::Postgres, Some(pgbench)) = (self.engine, pgbench) {
            rest();
            let seconds = bench.plan.pgbench_seconds;
            self.figures.pgbench.push(pgbench.insert(seconds)?);
            self.figures.pgbench_selects.push(pgbench.select(seconds)?);
        }
        self.beside(bench, baseline, Kind::Capture, round).await?;
        self.beside(bench, baseline, Kind::Query, round).await
    }

    async fn beside(
        &mut self,
        bench: &Bench,
        baseline: &Baseline,
        kind: Kind,
        round: usize,
    ) -> Result<()> {
        // Who goes first alternates, so that a drift of the machine evens out.
        let (beside, outcome) = if round.is_multiple_of(2) {
            let beside = baseline.ceiling(bench, kind).await?;
            (beside, self.ceiling(bench, kind).await?)
        } else {
            let outcome = self.ceiling(bench, kind).await?;
            (baseline.ceiling(bench, kind).await?, outcome)
        };
        self.series(kind).add(&outcome, beside);
        Ok(())
    }

    /// The engine's ceiling of one kind of request. Of sales, what they take is noted too.
    async fn ceiling(&mut self, bench: &Bench, kind: Kind) -> Result<Outcome> {
        let Running {
            server, api, query, ..
        } = &self.running;
        let pace = bench.ceiling();
        rest();
        if kind != Kind::Sale {
            let address = if kind == Kind::Query { *query } else { *api };
            return self.phase(bench, address, kind, bench.orders, pace).await;
        }
        let before = server.usage();
        let database_before = self.database_cpu()?;
        let own_before = own_cpu();
        let outcome = self.phase(bench, *api, kind, bench.orders, pace).await?;
        let after = server.usage();
        let cost = &mut self.figures.cost;
        cost.generator_cpu += own_cpu() - own_before;
        cost.server_cpu += after.cpu - before.cpu;
        cost.written += after.written.saturating_sub(before.written);
        cost.sales += outcome.good;
        let database_after = self.database_cpu()?;
        self.figures.cost.database_cpu += (database_after - database_before).max(0.0);
        Ok(outcome)
    }

    fn database_cpu(&self) -> Result<f64> {
        self.store
            .database
            .as_ref()
            .map_or(Ok(0.0), |database| database.cpu())
    }

    fn series(&mut self, kind: Kind) -> &mut Series {
        match kind {
            Kind::Sale | Kind::Analysed | Kind::Recurrence => &mut self.figures.sale,
            Kind::Capture => &mut self.figures.capture,
            Kind::Query | Kind::Check => &mut self.figures.query,
        }
    }

    /// Sales by timetable at half of the ceiling found; answers that rate.
    pub async fn half_load(&mut self, bench: &Bench) -> Result<f64> {
        if let Some(database) = &self.store.database {
            database.checkpoint()?;
        }
        let rate = self.figures.sale.rate() / 2.0;
        let pace = Pace::Open {
            rate,
            length: bench.plan.half_length,
        };
        let outcome = self.sell(bench, bench.orders, pace).await?;
        self.figures.half = Some(HalfLoad {
            asked: rate,
            outcome,
        });
        Ok(rate)
    }

    /// Sales with random and with sequential order numbers, one after the other.
    pub async fn compare_orders(&mut self, bench: &Bench, round: usize) -> Result<()> {
        let mut both = [Orders::Random, Orders::Sequential];
        both.rotate_left(round % 2);
        for orders in both {
            let rate = self.sell(bench, orders, bench.ceiling()).await?.rate;
            match orders {
                Orders::Random => self.figures.random_orders.push(rate),
                Orders::Sequential => self.figures.sequential_orders.push(rate),
            }
        }
        Ok(())
    }

    async fn sell(&self, bench: &Bench, orders: Orders, pace: Pace) -> Result<Outcome> {
        rest();
        self.phase(bench, self.running.api, Kind::Sale, orders, pace)
            .await
    }

    async fn phase(
        &self,
        bench: &Bench,
        address: SocketAddr,
        kind: Kind,
        orders: Orders,
        pace: Pace,
    ) -> Result<Outcome> {
        let phase = bench.phase_at_once(address, kind, orders, pace, &self.store.ledger);
        self.running.server.only_for(phase).await
    }

    /// Kills the server, starts it again, and checks by GET everything it ever acknowledged.
    pub async fn finish(mut self, bench: &Bench) -> Result<Figures> {
        self.figures.peak_memory = self.running.server.peak_memory();
        drop(self.running);
        let running = self.store.start(bench)?;
        self.figures.checked += check(bench, &self.store, &running, usize::MAX).await?;
        Ok(self.figures)
    }
}

/// Checks by GET that payments are stored as acknowledged; answers how many are.
pub async fn check(bench: &Bench, store: &Store, running: &Running, sample: usize) -> Result<u64> {
    store.ledger.borrow_mut().start_check(sample);
    let pace = Pace::Count(u64::MAX);
    let outcome = bench
        .phase(
            running.query,
            Kind::Check,
            bench.orders,
            pace,
            &store.ledger,
        )
        .await?;
    Ok(outcome.good)
}

/// How much the store grows and is logged for a number of sales. The server is stopped before and
/// after, so that nothing is left in a log or a cache.
async fn footprint(bench: &Bench, store: &Store, figures: &mut Figures) -> Result<()> {
    let log_position = || {
        store
            .database
            .as_ref()
            .map_or(Ok(0), |database| database.log_position())
    };
    let before = (store.size()?, log_position()?);
    let running = store.start(bench)?;
    let pace = Pace::Count(bench.plan.footprint_sales);
    bench
        .phase(running.api, Kind::Sale, bench.orders, pace, &store.ledger)
        .await?;
    let logged = log_position()?;
    running.server.stop()?;
    let sales = bench.plan.footprint_sales as f64;
    figures.stored_per_sale = store.size()?.saturating_sub(before.0) as f64 / sales;
    figures.logged_per_sale = logged.saturating_sub(before.1) as f64 / sales;
    Ok(())
}

/// The storage-free server by the same timetable: what latency the generator itself accounts for.
pub async fn floor(bench: &Bench, baseline: &Baseline, rate: f64) -> Result<HalfLoad> {
    let pace = Pace::Open {
        rate,
        length: bench.plan.half_length.min(Duration::from_secs(5)),
    };
    let outcome = bench
        .phase(
            baseline.address,
            Kind::Sale,
            bench.orders,
            pace,
            &baseline.ledger,
        )
        .await?;
    Ok(HalfLoad {
        asked: rate,
        outcome,
    })
}
