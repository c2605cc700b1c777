//! What a run finds out, as numbers.
//! Invariant: ratios are medians of ratios taken within a round, never of sums over rounds.

use std::time::Duration;

use super::store::Engine;
use crate::histogram::Histogram;
use crate::ledger::Orders;
use crate::load::{Failures, Outcome};

/// All findings of a run.
#[derive(Default)]
pub struct Findings {
    /// One for each engine measured.
    pub engines: Vec<Figures>,
    /// The storage-free server at half of the first engine's ceiling.
    pub floor: Option<HalfLoad>,
    /// Everything that must not happen.
    pub failures: Failures,
}

/// The findings about one engine.
pub struct Figures {
    /// Which one.
    pub engine: Engine,
    /// Milliseconds from the start of the process until it was ready.
    pub starts: Vec<f64>,
    /// Bytes of memory of a server that has not been asked anything.
    pub idle_memory: u64,
    /// The most bytes of memory under load.
    pub peak_memory: u64,
    /// Bytes a store grows by for each sale.
    pub stored_per_sale: f64,
    /// Bytes of write-ahead log for each sale, where the engine tells.
    pub logged_per_sale: f64,
    /// New sales, ceiling.
    pub sale: Series,
    /// Captures, ceiling.
    pub capture: Series,
    /// Queries, ceiling.
    pub query: Series,
    /// Rows per second that pgbench inserted, by round.
    pub pgbench: Vec<f64>,
    /// Rows per second that it selected by key, by round.
    pub pgbench_selects: Vec<f64>,
    /// Sales at half of the ceiling.
    pub half: Option<HalfLoad>,
    /// What the sales of all phases took.
    pub cost: Cost,
    /// Sales per second with random order numbers.
    pub random_orders: Vec<f64>,
    /// Sales per second with sequential order numbers.
    pub sequential_orders: Vec<f64>,
    /// How many payments were found stored as acknowledged.
    pub checked: u64,
    /// Notifications beside sales.
    pub delivery: Option<Delivery>,
    /// The long runs, when there were some.
    pub steady: Vec<Steady>,
    /// Few against many stored sales, when that was measured.
    pub growth: Vec<Growth>,
    /// Recurrences, when they were measured.
    pub recurrences: Option<Recurrences>,
    /// What the log of requests costs, when that was measured.
    pub log_cost: Option<LogCost>,
    /// Fraud analysis, when it was measured.
    pub fraud: Option<Fraud>,
}

/// Ceilings of one kind of request, by round.
#[derive(Default)]
pub struct Series {
    rates: Vec<f64>,
    beside: Vec<f64>,
    /// Latencies of all rounds.
    pub latency: Histogram,
}

/// Seconds of the server's CPU time for a sale, by round.
#[derive(Default)]
pub struct LogCost {
    /// With the log of requests.
    pub with: Vec<f64>,
    /// Without it.
    pub without: Vec<f64>,
    /// The one of the other.
    pub ratios: Vec<f64>,
}

/// Notifications beside sales.
#[derive(Default)]
pub struct Delivery {
    /// Sales per second at the ceiling, each of which is told.
    pub sales: f64,
    /// Notifications delivered per second meanwhile.
    pub deliveries: f64,
    /// By round, the p99 in seconds from a sale's request to its notification.
    pub undisturbed: Vec<f64>,
    /// Likewise, of the others while one receiver hangs.
    pub beside_hanging: Vec<f64>,
    /// Those latencies while all receivers are well.
    pub well: Histogram,
    /// Those of the others while one hangs.
    pub hanging: Histogram,
}

/// A phase by timetable.
pub struct HalfLoad {
    /// Sales per second asked for.
    pub asked: f64,
    /// What came of it.
    pub outcome: Outcome,
}

/// What a number of sales took.
#[derive(Default)]
pub struct Cost {
    /// How many sales.
    pub sales: u64,
    /// CPU seconds of the server.
    pub server_cpu: f64,
    /// CPU seconds of PostgreSQL.
    pub database_cpu: f64,
    /// CPU seconds of the load generator.
    pub generator_cpu: f64,
    /// Bytes the server wrote towards the disk.
    pub written: u64,
}

/// A long run in samples of ten seconds.
pub struct Steady {
    /// How its orders were numbered.
    pub orders: Orders,
    /// Sales per second of each sample.
    pub rates: Vec<f64>,
    /// Latencies of all samples.
    pub latency: Histogram,
}

/// The cost of a sale in a store with few and with many of them.
pub struct Growth {
    /// How its orders were numbered.
    pub orders: Orders,
    /// Few sales stored.
    pub few: Point,
    /// Many sales stored.
    pub many: Point,
}

/// The cost of a sale at one size of the store.
pub struct Point {
    /// Sales stored when it was measured.
    pub stored: usize,
    /// CPU seconds, the database's included, for a thousand sales.
    pub cpu: f64,
    /// Sales per second against the storage-free server's beside it.
    pub share: f64,
    /// Sales per second.
    pub rate: f64,
}

/// Recurrences that fell due, beside plain sales.
pub struct Recurrences {
    /// How many fell due at one moment.
    pub due: u64,
    /// Charged per second, each time that they fell due.
    pub charged: Vec<f64>,
    /// Plain sales per second of the same store.
    pub sales: f64,
    /// Sales by timetable without recurrences.
    pub alone: HalfLoad,
    /// The same while recurrences were charged.
    pub beside: HalfLoad,
    /// Recurrences charged per second beside those sales.
    pub charged_beside: f64,
    /// The most bytes of memory of the server that did it all.
    pub peak_memory: u64,
    /// How many were scheduled when nothing was due.
    pub scheduled: u64,
    /// Milliseconds of a look for what is due then.
    pub looks: Vec<f64>,
}

/// Analysed sales beside plain ones.
pub struct Fraud {
    /// With few sales in the history.
    pub few: FraudPoint,
    /// With many.
    pub many: FraudPoint,
    /// The longest of the first sales after a start, which read the history from the store.
    pub first: Duration,
    /// The most bytes of memory of the server that sold them all.
    pub peak_memory: u64,
}

/// What an analysis adds to a sale, at one size of the store.
#[derive(Default)]
pub struct FraudPoint {
    /// Sales stored when it was measured.
    pub stored: usize,
    /// Plain sales per second, by round.
    pub plain: Vec<f64>,
    /// Analysed sales per second, by round.
    pub analysed: Vec<f64>,
    /// CPU seconds of a plain sale, the database's included, by round.
    pub plain_cpu: Vec<f64>,
    /// CPU seconds of an analysed sale, likewise.
    pub analysed_cpu: Vec<f64>,
    /// Analysed sales per second by timetable.
    pub asked: f64,
    /// The p99 of their answers.
    pub half: Duration,
    /// The bound in seconds that 99 of 100 of those analyses stayed below, by the server's count.
    pub p99: f64,
}

impl FraudPoint {
    /// What an analysed sale costs of a plain one: the worse of time at the ceiling and CPU time.
    pub fn ratio(&self) -> f64 {
        let time = median(&ratios(&self.plain, &self.analysed));
        time.max(median(&ratios(&self.analysed_cpu, &self.plain_cpu)))
    }
}

impl Fraud {
    /// By how much more an analysed sale costs with a long history, measured by plain sales beside
    /// it, which grow slower too.
    pub fn increase(&self) -> f64 {
        self.many.ratio() / self.few.ratio() - 1.0
    }
}

impl Figures {
    /// Findings still to be made.
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            starts: Vec::new(),
            idle_memory: 0,
            peak_memory: 0,
            stored_per_sale: 0.0,
            logged_per_sale: 0.0,
            sale: Series::default(),
            capture: Series::default(),
            query: Series::default(),
            pgbench: Vec::new(),
            pgbench_selects: Vec::new(),
            half: None,
            cost: Cost::default(),
            random_orders: Vec::new(),
            sequential_orders: Vec::new(),
            checked: 0,
            delivery: None,
            steady: Vec::new(),
            growth: Vec::new(),
            recurrences: None,
            log_cost: None,
            fraud: None,
        }
    }
}

impl Series {
    /// Adds a round: what the engine did and what stood beside it.
    pub fn add(&mut self, outcome: &Outcome, beside: f64) {
        self.rates.push(outcome.rate);
        self.beside.push(beside);
        self.latency.merge(&outcome.latency);
    }

    /// The engine's rate.
    pub fn rate(&self) -> f64 {
        median(&self.rates)
    }

    /// The storage-free server's rate.
    pub fn beside(&self) -> f64 {
        median(&self.beside)
    }

    /// By round, the engine's rate against the storage-free server's.
    pub fn shares(&self) -> Vec<f64> {
        ratios(&self.rates, &self.beside)
    }

    /// By round, the engine's rate against another series.
    pub fn against(&self, others: &[f64]) -> Vec<f64> {
        ratios(&self.rates, others)
    }
}

impl Cost {
    /// CPU seconds for a thousand sales out of a total.
    pub fn per_thousand(&self, cpu: f64) -> f64 {
        cpu * 1_000.0 / self.sales.max(1) as f64
    }
}

impl Steady {
    /// The last minute's rate against the first's; of a run too short for two minutes, the
    /// second half against the first.
    pub fn ratio(&self) -> f64 {
        let span = (self.rates.len() / 2).clamp(1, 6);
        let first: f64 = self.rates.iter().take(span).sum();
        let last: f64 = self.rates.iter().rev().take(span).sum();
        last / first
    }
}

impl Growth {
    /// By how much a sale costs more with many stored: the worse of CPU time and throughput.
    pub fn increase(&self) -> f64 {
        (self.many.cpu / self.few.cpu).max(self.few.share / self.many.share) - 1.0
    }
}

/// The middle value, or the mean of the two in the middle; 0 of nothing.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length.is_multiple_of(2) => (sorted[middle - 1] + sorted[middle]) / 2.0,
        _ => sorted[middle],
    }
}

fn ratios(values: &[f64], others: &[f64]) -> Vec<f64> {
    values
        .iter()
        .zip(others)
        .map(|(value, other)| value / other)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0, 1.0, 9.0]), 3.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), 3.0);
    }

    #[test]
    fn the_last_minute_is_held_against_the_first() {
        let mut rates = vec![100.0; 6];
        rates.extend([50.0; 18]);
        rates.extend([90.0; 6]);
        let steady = |rates| Steady {
            orders: Orders::Random,
            rates,
            latency: Histogram::default(),
        };
        assert_eq!(steady(rates).ratio(), 0.9);
        assert_eq!(steady(vec![100.0, 80.0]).ratio(), 0.8);
        assert_eq!(steady(vec![100.0]).ratio(), 1.0);
    }

    #[test]
    fn an_analysis_costs_the_worse_of_time_and_cpu_and_grows_by_their_ratio() {
        let point = |analysed, analysed_cpu| FraudPoint {
            plain: vec![3_000.0],
            analysed: vec![analysed],
            plain_cpu: vec![0.001],
            analysed_cpu: vec![analysed_cpu],
            ..FraudPoint::default()
        };
        let fraud = Fraud {
            few: point(2_500.0, 0.001),
            many: point(2_400.0, 0.0015),
            first: Duration::ZERO,
            peak_memory: 0,
        };
        assert!((fraud.few.ratio() - 1.2).abs() < 1e-9);
        assert!((fraud.many.ratio() - 1.5).abs() < 1e-9);
        assert!((fraud.increase() - 0.25).abs() < 1e-9);
    }

    #[test]
    fn growth_is_the_worse_of_cpu_and_throughput() {
        let point = |cpu, share| Point {
            stored: 0,
            cpu,
            share,
            rate: 0.0,
        };
        let growth = Growth {
            orders: Orders::Random,
            few: point(1.0, 0.5),
            many: point(1.1, 0.4),
        };
        assert!((growth.increase() - 0.25).abs() < 1e-9);
    }
}
