//! `aval-bench run`: measures a server on its engines beside what it is compared with.
//! Invariant: a ratio is taken between phases that ran one after the other in the same run.

mod delivery;
mod endurance;
mod figures;
mod fraud;
mod log_cost;
mod recurrences;
mod report;
mod rounds;
mod search;
mod store;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use crate::Result;
use crate::args::Args;
use crate::ledger::{Kind, Ledger, Orders};
use crate::load::{Failures, Outcome, Pace, Phase, drive};
use crate::machine::{Machine, rest};
use crate::postgres::{Cluster, Pgbench};
use crate::process::{Folder, Server, free_addresses, listens};
use figures::{Figures, Findings, HalfLoad};
use rounds::Subject;
use store::{Engine, Store};

/// The options of the command.
pub const OPTIONS: &[&str] = &[
    "--quick",
    "--full",
    "--report",
    "--engines",
    "--connections",
    "--merchants",
    "--row-bytes",
    "--long",
    "--growth",
    "--recurrences",
    "--scheduled",
    "--hanging",
    "--analysed",
    "--only",
    "--searched",
    "--against",
    "--orders",
    "--log",
    "--dir",
];

/// Runs everything, prints and writes the report; false when an answer was wrong or lost.
pub async fn run(args: &Args) -> Result<bool> {
    let bench = Bench::new(args)?;
    if args.text("--only") == Some("search") {
        let text = search::report(&bench).await?;
        println!("{text}");
        if let Some(path) = args.text("--report") {
            std::fs::write(path, &text).map_err(|error| format!("{path}: {error}"))?;
        }
        return Ok(bench.failures.take().total() == 0);
    }
    let findings = match args.text("--only") {
        None => measure(&bench).await?,
        Some("delivery") => only(&bench, delivery::measure).await?,
        Some("recurrences") => only(&bench, recurrences::measure).await?,
        Some("requestlog") => only(&bench, log_cost::measure).await?,
        Some("fraud") => only(&bench, fraud::measure).await?,
        Some(other) => return Err(format!("--only does not take {other:?}").into()),
    };
    let text = match args.text("--only") {
        None => report::markdown(&bench, &findings),
        Some("delivery") => report::only_delivery(&bench, &findings),
        Some("requestlog") => report::log::only(&bench, &findings),
        Some("fraud") => report::only_fraud(&bench, &findings),
        Some(_) => report::only_recurrences(&bench, &findings),
    };
    println!("{text}");
    if let Some(path) = args.text("--report") {
        std::fs::write(path, &text).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(findings.failures.total() == 0)
}

/// How long and how often things are measured.
struct Plan {
    rounds: usize,
    order_rounds: usize,
    warm_up: Duration,
    length: Duration,
    pgbench_seconds: u64,
    half_length: Duration,
    footprint_sales: u64,
    long: Duration,
    growth: u64,
    growth_window: u64,
    delivery_rounds: usize,
    delivery_length: Duration,
    log_rounds: usize,
    recurrences: u64,
    scheduled: u64,
    searched: u64,
    searches: u64,
    analysed: u64,
}

impl Plan {
    fn new(args: &Args) -> Result<Self> {
        let full = args.flag("--full");
        let seconds =
            |quick: f64, long: f64| Duration::from_secs_f64(if full { long } else { quick });
        let number = |quick: u64, long: u64| if full { long } else { quick };
        let long = args.value("--long", number(0, 300))?;
        let hanging = args.value("--hanging", number(8, 600))?;
        Ok(Self {
            rounds: if full { 5 } else { 3 },
            order_rounds: if full { 4 } else { 2 },
            warm_up: seconds(0.2, 1.0),
            length: seconds(1.0, 6.0),
            pgbench_seconds: number(2, 6),
            half_length: seconds(3.0, 30.0),
            footprint_sales: number(20_000, 50_000),
            long: Duration::from_secs(long),
            growth: args.value("--growth", number(0, 2_000_000))?,
            growth_window: number(20_000, 40_000),
            delivery_rounds: if hanging >= 120 { 1 } else { 3 },
            delivery_length: Duration::from_secs(hanging),
            log_rounds: if full { 8 } else { 4 },
            recurrences: args.value("--recurrences", number(10_000, 50_000))?,
            scheduled: args.value("--scheduled", number(100_000, 1_000_000))?,
            searched: args.value("--searched", number(200_000, 2_000_000))?,
            searches: number(10, 40),
            analysed: args.value("--analysed", number(50_000, 1_000_000))?,
        })
    }
}

/// What every part of a run needs.
struct Bench {
    binary: PathBuf,
    /// Another build of the server, to compare with.
    against: Option<PathBuf>,
    folder: Folder,
    engines: Vec<Engine>,
    cluster: Option<Cluster>,
    plan: Plan,
    connections: usize,
    merchants: usize,
    row_bytes: usize,
    orders: Orders,
    log: Option<String>,
    machine: Machine,
    failures: RefCell<Failures>,
}

impl Bench {
    fn new(args: &Args) -> Result<Self> {
        let binary = PathBuf::from(std::env::var_os("AVAL_BIN").ok_or("AVAL_BIN is not set")?);
        let inside = args
            .text("--dir")
            .map_or_else(std::env::temp_dir, PathBuf::from);
        std::fs::create_dir_all(&inside)?;
        let folder = Folder::new(inside.join(format!("aval-bench-{}", std::process::id())))?;
        let engines: Result<Vec<Engine>> = args
            .text("--engines")
            .unwrap_or("sqlite,postgres")
            .split(',')
            .map(Engine::named)
            .collect();
        let engines = engines?;
        let cluster = if engines.contains(&Engine::Postgres) {
            Some(Cluster::from_environment()?)
        } else {
            None
        };
        Ok(Self {
            machine: Machine::read(folder.path())?,
            plan: Plan::new(args)?,
            connections: args.value("--connections", 64)?,
            merchants: args.value("--merchants", 8)?,
            row_bytes: args.value("--row-bytes", 700)?,
            orders: args.value("--orders", Orders::Random)?,
            log: args
                .text("--log")
                .map(str::to_owned)
                .or_else(|| std::env::var("RUST_LOG").ok()),
            failures: RefCell::default(),
            binary,
            against: args.text("--against").map(PathBuf::from),
            folder,
            engines,
            cluster,
        })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a phase once the machine is at rest, and keeps its failures.
    async fn phase(
        &self,
        address: SocketAddr,
        kind: Kind,
        orders: Orders,
        pace: Pace,
        ledger: &Rc<RefCell<Ledger>>,
    ) -> Result<Outcome> {
        rest();
        self.phase_at_once(address, kind, orders, pace, ledger)
            .await
    }

    /// The same without a rest before it.
    async fn phase_at_once(
        &self,
        address: SocketAddr,
        kind: Kind,
        orders: Orders,
        pace: Pace,
        ledger: &Rc<RefCell<Ledger>>,
    ) -> Result<Outcome> {
        let phase = Phase {
            address,
            kind,
            orders,
            connections: self.connections,
            pace,
            note_sent: false,
        };
        let mut outcome = drive(phase, ledger).await?;
        self.failures
            .borrow_mut()
            .merge(std::mem::take(&mut outcome.failures));
        Ok(outcome)
    }

    /// The pace of a phase that finds a ceiling.
    fn ceiling(&self) -> Pace {
        Pace::Closed {
            warm_up: self.plan.warm_up,
            length: self.plan.length,
        }
    }

    fn say(&self, what: &str) {
        eprintln!("aval-bench: {what}");
    }
}

/// The storage-free server of a run.
struct Baseline {
    address: SocketAddr,
    ledger: Rc<RefCell<Ledger>>,
    // Serves until it is dropped.
    _server: Server,
}

impl Baseline {
    /// Starts it. Its requests name a real store's merchants, so that they are as long.
    fn start(bench: &Bench, store: &Store) -> Result<Self> {
        let [address] = free_addresses()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["baseline", "--addr", &address.to_string()]);
        let output = bench.path().join("baseline.log");
        let server = Server::start(&mut command, &output, || listens(address))?;
        let merchants = store.ledger.borrow().merchants().to_vec();
        let ledger = Rc::new(RefCell::new(Ledger::new(merchants)));
        Ok(Self {
            address,
            ledger,
            _server: server,
        })
    }

    /// Its ceiling of one kind of request, per second.
    async fn ceiling(&self, bench: &Bench, kind: Kind) -> Result<f64> {
        let pace = bench.ceiling();
        let outcome = bench
            .phase(self.address, kind, bench.orders, pace, &self.ledger)
            .await?;
        Ok(outcome.rate)
    }
}

/// One part of a run alone.
async fn only(
    bench: &Bench,
    measure: impl AsyncFn(&Bench, &mut Figures) -> Result<()>,
) -> Result<Findings> {
    let mut findings = Findings::default();
    for engine in &bench.engines {
        let mut figures = Figures::new(*engine);
        measure(bench, &mut figures).await?;
        findings.engines.push(figures);
    }
    findings.failures = bench.failures.take();
    Ok(findings)
}

/// Everything, one engine after the other: what a database does by itself after it was written to
/// does not go on beside another engine.
async fn measure(bench: &Bench) -> Result<Findings> {
    let mut findings = Findings::default();
    for engine in &bench.engines {
        let (figures, floor) = measure_engine(bench, *engine).await?;
        findings.engines.push(figures);
        findings.floor.get_or_insert(floor);
    }
    findings.failures = bench.failures.take();
    Ok(findings)
}

/// One engine, and the storage-free server by the timetable of its half load.
async fn measure_engine(bench: &Bench, engine: Engine) -> Result<(Figures, HalfLoad)> {
    let say = |what: &str| bench.say(&format!("{}: {what}", engine.name()));
    say("start-up and bytes per sale");
    let mut subject = Subject::prepare(bench, engine).await?;
    let baseline = Baseline::start(bench, &subject.store)?;
    let mut pgbench = match &bench.cluster {
        Some(cluster) if engine == Engine::Postgres => Some(Pgbench::new(
            cluster,
            bench.path(),
            bench.row_bytes,
            bench.connections,
        )?),
        _ => None,
    };
    for round in 0..bench.plan.rounds {
        say(&format!("round {} of {}", round + 1, bench.plan.rounds));
        subject
            .round(bench, &baseline, pgbench.as_mut(), round)
            .await?;
    }
    say("half load, order ids");
    let rate = subject.half_load(bench).await?;
    let floor = rounds::floor(bench, &baseline, rate).await?;
    for round in 0..bench.plan.order_rounds {
        subject.compare_orders(bench, round).await?;
    }
    say("everything acknowledged is checked");
    let mut figures = subject.finish(bench).await?;
    delivery::measure(bench, &mut figures).await?;
    log_cost::measure(bench, &mut figures).await?;
    recurrences::measure(bench, &mut figures).await?;
    fraud::measure(bench, &mut figures).await?;
    endurance::measure(bench, &baseline, &mut figures).await?;
    Ok((figures, floor))
}
