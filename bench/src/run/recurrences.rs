//! Recurrences: how fast those that are due are charged, what sales notice of it, and what many
//! that are not due cost.
//! Invariant: plans are made by sales over HTTP, and charged by moving the sandbox's clock a month
//! on, which is answered when all is charged; the answer's count is compared with what was made.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Bench;
use super::figures::{Figures, HalfLoad, Recurrences};
use super::rounds::check;
use super::store::{Running, Store};
use crate::Result;
use crate::ledger::Kind;
use crate::load::Pace;

/// How long moving the clock may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// Payments checked afterwards.
const CHECKED: usize = 10_000;
/// Looks for what is due that are read.
const LOOKS: usize = 5;
/// Times that the recurrences are let fall due.
const MONTHS: usize = 2;

/// Measures one engine.
pub async fn measure(bench: &Bench, figures: &mut Figures) -> Result<()> {
    if bench.plan.recurrences == 0 {
        return Ok(());
    }
    let (name, due) = (figures.engine.name(), bench.plan.recurrences);
    bench.say(&format!("{name}: {due} recurrences due at one moment"));
    figures.recurrences = Some(one(bench, figures).await?);
    Ok(())
}

async fn one(bench: &Bench, figures: &mut Figures) -> Result<Recurrences> {
    let name = format!("recurring_{}", figures.engine.name().to_lowercase());
    let store = Store::create(bench, figures.engine, &name)?;
    let running = store.start(bench)?;
    let sales = phase(bench, &store, &running, Kind::Sale, bench.ceiling())
        .await?
        .outcome
        .rate;
    let due = bench.plan.recurrences;
    phase(bench, &store, &running, Kind::Recurrence, Pace::Count(due)).await?;
    let clock = Clock::new(&store, &running)?;
    let mut charged = Vec::new();
    for _ in 0..MONTHS {
        charged.push(clock.month(due)?);
    }
    let pace = Pace::Open {
        rate: sales / 4.0,
        length: bench.plan.half_length,
    };
    let alone = phase(bench, &store, &running, Kind::Sale, pace).await?;
    let ended = Arc::new(AtomicBool::new(false));
    let charging = clock.keep_charging(due, Arc::clone(&ended));
    let beside = phase(bench, &store, &running, Kind::Sale, pace).await;
    ended.store(true, Ordering::Relaxed);
    let charged_beside = charging.join().map_err(|_| "charging has panicked")??;
    let beside = beside?;
    let peak_memory = running.server.peak_memory();
    figures.checked += check(bench, &store, &running, CHECKED).await?;
    running.server.stop()?;
    let looks = looks(bench, &store)?;
    Ok(Recurrences {
        due,
        charged,
        sales,
        alone,
        beside,
        charged_beside,
        peak_memory,
        scheduled: bench.plan.scheduled,
        looks,
    })
}

async fn phase(
    bench: &Bench,
    store: &Store,
    running: &Running,
    kind: Kind,
    pace: Pace,
) -> Result<HalfLoad> {
    let outcome = bench
        .phase_at_once(running.api, kind, bench.orders, pace, &store.ledger)
        .await?;
    let asked = match pace {
        Pace::Open { rate, .. } => rate,
        Pace::Closed { .. } | Pace::Count(_) => 0.0,
    };
    Ok(HalfLoad { asked, outcome })
}

/// Fills the store with plans that are due in many years, and reads how long looks take.
fn looks(bench: &Bench, store: &Store) -> Result<Vec<f64>> {
    const COLUMNS: &str = "version, 1, due_at + 630720000000000, cycle, next_day, attempts, \
        successes, asking, start_day, end_day, interval_months, day, amount, sealed, fingerprint, \
        details, created_at, order_id";
    let wanted = bench.plan.scheduled;
    let each = wanted.div_ceil(bench.plan.recurrences.min(1_000));
    let some = "(SELECT * FROM recurrent_payments WHERE due_at IS NOT NULL LIMIT 1000) AS plan";
    let into = "INSERT INTO recurrent_payments (merchant_id, recurrent_payment_id, version, \
        status, due_at, cycle, next_day, attempts, successes, asking, start_day, end_day, \
        interval_months, day, amount, sealed, fingerprint, details, created_at, order_id)";
    let sqlite = format!(
        "WITH RECURSIVE number(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM number WHERE n < \
         {each}) {into} SELECT merchant_id, randomblob(16), {COLUMNS} FROM {some}, number"
    );
    let postgres = format!(
        "{into} SELECT merchant_id, gen_random_uuid(), {COLUMNS} FROM {some}, \
         generate_series(1, {each}); ANALYZE recurrent_payments"
    );
    store.execute(&sqlite, &postgres)?;
    let running = store.start(bench)?;
    let mut looks = Vec::new();
    for _ in 0..LOOKS {
        thread::sleep(Duration::from_millis(1_100));
        let text = ask(running.backoffice, "GET", "/metrics", "", "")?;
        let found = text.lines().find_map(|line| {
            let value = line.strip_prefix("aval_recurrences_look_microseconds ")?;
            value.parse::<f64>().ok()
        });
        looks.push(found.ok_or("the metrics tell of no look")? / 1_000.0);
    }
    running.server.stop()?;
    Ok(looks)
}

/// The sandbox's clock.
struct Clock {
    address: SocketAddr,
    token: String,
}

impl Clock {
    fn new(store: &Store, running: &Running) -> Result<Self> {
        Ok(Self {
            address: running.backoffice,
            token: store.admin_token()?,
        })
    }

    /// Moves it by 31 days, in which each plan falls due once; answers how many were charged per
    /// second.
    fn month(&self, due: u64) -> Result<f64> {
        let start = Instant::now();
        let path = "/sandbox/clock/advance";
        let answer = ask(self.address, "POST", path, &self.token, r#"{"Days":31}"#)?;
        let took = start.elapsed().as_secs_f64();
        let (_, rest) = answer
            .split_once("\"Recurrences\":")
            .ok_or_else(|| format!("the clock answers {answer}"))?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let charged: u64 = digits.parse()?;
        // Of two months of 31 and 30 days the second may hold two dates of a plan.
        if charged < due {
            return Err(format!("{charged} were charged of {due}").into());
        }
        Ok(charged as f64 / took)
    }

    /// Charges month after month, in a thread of its own, until it is told to end; answers how
    /// many were charged per second.
    fn keep_charging(
        &self,
        due: u64,
        ended: Arc<AtomicBool>,
    ) -> thread::JoinHandle<std::result::Result<f64, String>> {
        let clock = Self {
            address: self.address,
            token: self.token.clone(),
        };
        thread::spawn(move || {
            let mut rates = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                rates.push(clock.month(due).map_err(|error| error.to_string())?);
            }
            Ok(rates.iter().sum::<f64>() / rates.len().max(1) as f64)
        })
    }
}

/// One request on a connection of its own; answers what came.
pub fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: &str,
) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if !answer.starts_with("HTTP/1.1 200") {
        return Err(format!("{method} {path}: {answer}").into());
    }
    Ok(answer)
}
