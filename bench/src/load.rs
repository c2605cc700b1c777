//! The load itself: keep-alive connections that each send a request, read its answer, and go on.
//! Invariant: every request sent ends as an answer counted or as a failure reported.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::timeout;

use crate::fields::{Member, read_uuid};
use crate::histogram::Histogram;
use crate::http::{self, Answer};
use crate::ledger::{Kind, Ledger, Orders, Turn};
use crate::requests::Requests;
use crate::timetable::{Pacer, Timetable};

/// When nothing at all is answered for this long, the open requests count as broken.
const SILENCE: Duration = Duration::from_secs(30);
/// How long after its end an open loop still works off arrivals that are late.
const GRACE: Duration = Duration::from_secs(5);
/// How many failures are kept in full.
const EXAMPLES: usize = 3;

/// One stretch of load.
#[derive(Clone, Copy)]
pub struct Phase {
    /// Where to.
    pub address: SocketAddr,
    /// Which request.
    pub kind: Kind,
    /// How new sales are numbered.
    pub orders: Orders,
    /// How many connections.
    pub connections: usize,
    /// When requests are sent and when to stop.
    pub pace: Pace,
    /// Whether it is noted when each new sale was sent.
    pub note_sent: bool,
}

/// When requests are sent and when to stop.
#[derive(Clone, Copy)]
pub enum Pace {
    /// Each connection sends as soon as it has its answer; the rate counts from the warm-up on.
    Closed { warm_up: Duration, length: Duration },
    /// The same for a number of requests, or until no payment is left for them.
    Count(u64),
    /// By timetable; a latency counts from when the request was due.
    Open { rate: f64, length: Duration },
}

/// What a phase came to.
#[derive(Default)]
pub struct Outcome {
    /// Requests per second, answered within the counted time.
    pub rate: f64,
    /// Latencies of those requests.
    pub latency: Histogram,
    /// All that was answered as expected, counted time or not.
    pub good: u64,
    /// What was not.
    pub failures: Failures,
    /// New sales and when each was sent, when that was to be noted.
    pub sent: Vec<([u8; 16], Instant)>,
}

/// Everything that must not happen.
#[derive(Default)]
pub struct Failures {
    /// Answers by a status that is not a success.
    pub statuses: BTreeMap<u16, u64>,
    /// Successful answers that did not say what they must.
    pub wrong: u64,
    /// Requests whose connection failed or fell silent.
    pub broken: u64,
    /// Arrivals of an open loop that no connection was free for in time.
    pub unserved: u64,
    /// The first few, in full.
    pub examples: Vec<String>,
}

impl Failures {
    /// How many there are in all.
    pub fn total(&self) -> u64 {
        self.statuses.values().sum::<u64>() + self.wrong + self.broken + self.unserved
    }

    /// Adds the failures of another phase.
    pub fn merge(&mut self, other: Self) {
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.wrong += other.wrong;
        self.broken += other.broken;
        self.unserved += other.unserved;
        for example in other.examples {
            self.keep(|| example);
        }
    }

    fn keep(&mut self, example: impl FnOnce() -> String) {
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            statuses,
            wrong,
            broken,
            unserved,
            examples,
        } = self;
        write!(
            out,
            "failures: by status {statuses:?}, wrong answers {wrong}, "
        )?;
        write!(
            out,
            "broken connections {broken}, unserved arrivals {unserved}"
        )?;
        examples
            .iter()
            .try_for_each(|example| write!(out, "\n  {example}"))
    }
}

/// Runs one phase against a server and notes in the ledger what it acknowledged.
pub async fn drive(phase: Phase, ledger: &Rc<RefCell<Ledger>>) -> io::Result<Outcome> {
    let mut streams = Vec::with_capacity(phase.connections);
    for _ in 0..phase.connections {
        let stream = TcpStream::connect(phase.address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let shared = Rc::new(Shared::new(phase, Rc::clone(ledger)));
    LocalSet::new()
        .run_until(converse_all(&shared, streams))
        .await;
    Ok(shared.outcome())
}

async fn converse_all(shared: &Rc<Shared>, streams: Vec<TcpStream>) {
    let mut conversations = JoinSet::new();
    for stream in streams {
        conversations.spawn_local(converse(Rc::clone(shared), stream));
    }
    let mut progress = 0;
    loop {
        match timeout(SILENCE, conversations.join_next()).await {
            Ok(None) => return,
            Ok(Some(_)) => {}
            Err(_) if shared.tally.borrow().answered != progress => {
                progress = shared.tally.borrow().answered;
            }
            Err(_) => {
                shared.broken(conversations.len() as u64, "no answer at all any more");
                return;
            }
        }
    }
}

/// One connection from its first request to its last.
async fn converse(shared: Rc<Shared>, mut stream: TcpStream) {
    let mut buffer = vec![0; 4096];
    while let Some((turn, since)) = shared.next().await {
        match exchange(&shared, &turn, &mut stream, &mut buffer).await {
            Ok(answer) => shared.answered(&turn, since, answer.status, &buffer[answer.body]),
            Err(error) => {
                shared.broken(1, &error.to_string());
                return;
            }
        }
    }
}

async fn exchange(
    shared: &Shared,
    turn: &Turn,
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
) -> io::Result<Answer> {
    // Straight from the shared template; a copy only of what the socket does not take at once.
    if let Some(rest) = shared.send(turn, stream)? {
        stream.write_all(&rest).await?;
    }
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            buffer.resize(filled * 2, 0);
        }
        let count = stream.read(&mut buffer[filled..]).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += count;
        match http::parse(&buffer[..filled]) {
            Ok(None) => {}
            Ok(Some(answer)) if answer.body.end == filled => return Ok(answer),
            Ok(Some(_)) => return Err(io::Error::other("bytes after the answer")),
            Err(http::Malformed) => return Err(io::Error::other("malformed answer")),
        }
    }
}

/// What the connections of a phase share; they live on one thread.
struct Shared {
    kind: Kind,
    orders: Orders,
    ledger: Rc<RefCell<Ledger>>,
    requests: RefCell<Requests>,
    members: RefCell<Members>,
    tally: RefCell<Tally>,
    supply: Supply,
    exhausted: Cell<bool>,
    note_sent: bool,
    start: Instant,
    count_from: Instant,
}

struct Members {
    payment_id: Member,
    status: Member,
    amount: Member,
}

#[derive(Default)]
struct Tally {
    outcome: Outcome,
    answered: u64,
    last: Option<Instant>,
}

/// Where the next request comes from.
enum Supply {
    Until(Instant),
    Count(Cell<u64>),
    Timetable {
        pacer: Pacer,
        timetable: Timetable,
        taken: Cell<u64>,
        give_up: Instant,
    },
}

impl Shared {
    fn new(phase: Phase, ledger: Rc<RefCell<Ledger>>) -> Self {
        let Phase {
            address,
            kind,
            orders,
            connections,
            pace,
            note_sent,
        } = phase;
        let requests = {
            let mut ledger = ledger.borrow_mut();
            let merchants = ledger.merchants().to_vec();
            Requests::new(kind, address, &merchants, orders, ledger.chance())
        };
        let start = Instant::now();
        let (supply, warm_up) = match pace {
            Pace::Closed { warm_up, length } => (Supply::Until(start + length), warm_up),
            Pace::Count(count) => (Supply::Count(Cell::new(count)), Duration::ZERO),
            Pace::Open { rate, length } => {
                let timetable = Timetable::new(rate, (rate * length.as_secs_f64()) as u64);
                let pacer = Pacer::start(timetable, start, connections);
                let give_up = start + length + GRACE;
                (
                    Supply::Timetable {
                        pacer,
                        timetable,
                        taken: Cell::new(0),
                        give_up,
                    },
                    Duration::ZERO,
                )
            }
        };
        let members = Members {
            payment_id: Member::named("PaymentId"),
            status: Member::named("Status"),
            amount: Member::named("Amount"),
        };
        Self {
            kind,
            orders,
            ledger,
            requests: RefCell::new(requests),
            members: RefCell::new(members),
            tally: RefCell::default(),
            supply,
            exhausted: Cell::new(false),
            note_sent,
            start,
            count_from: start + warm_up,
        }
    }

    /// The next request and when its latency starts; `None` when the phase is over.
    async fn next(&self) -> Option<(Turn, Instant)> {
        let since = match &self.supply {
            Supply::Until(end) => {
                let now = Instant::now();
                (now < *end).then_some(now)?
            }
            Supply::Count(left) => {
                left.set(left.get().checked_sub(1)?);
                Instant::now()
            }
            Supply::Timetable {
                pacer,
                timetable,
                taken,
                give_up,
            } => {
                let released = pacer.permit().await;
                let arrival = taken.get();
                if !released || arrival == timetable.total() || Instant::now() > *give_up {
                    return None;
                }
                taken.set(arrival + 1);
                self.start + timetable.due_at(arrival)
            }
        };
        let turn = self.ledger.borrow_mut().begin(self.kind, self.orders);
        self.exhausted.set(turn.is_none());
        Some((turn?, since))
    }

    /// Writes a request; answers a copy of what the socket did not take.
    fn send(&self, turn: &Turn, stream: &TcpStream) -> io::Result<Option<Vec<u8>>> {
        let mut requests = self.requests.borrow_mut();
        let mut ledger = self.ledger.borrow_mut();
        let bytes = requests.render(turn, ledger.chance());
        let written = match stream.try_write(bytes) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        Ok((written < bytes.len()).then(|| bytes[written..].to_vec()))
    }

    fn answered(&self, turn: &Turn, since: Instant, status: u16, body: &[u8]) {
        let now = Instant::now();
        let good = (200..300).contains(&status) && self.settle(turn, since, body).is_some();
        let mut tally = self.tally.borrow_mut();
        tally.answered += 1;
        let outcome = &mut tally.outcome;
        if good {
            outcome.good += 1;
            let late = matches!(self.supply, Supply::Until(end) if now > end);
            if now >= self.count_from && !late {
                outcome.latency.record(now.saturating_duration_since(since));
                tally.last = Some(now);
            }
            return;
        }
        match status {
            200..300 => outcome.failures.wrong += 1,
            _ => *outcome.failures.statuses.entry(status).or_default() += 1,
        }
        let kind = self.kind.name();
        outcome
            .failures
            .keep(|| format!("{kind}: {status} {}", String::from_utf8_lossy(body)));
    }

    /// Holds a successful answer against what it must say; `None` when it does not.
    fn settle(&self, turn: &Turn, since: Instant, body: &[u8]) -> Option<()> {
        let mut members = self.members.borrow_mut();
        let Members {
            payment_id,
            status,
            amount,
        } = &mut *members;
        match self.kind {
            Kind::Sale | Kind::Analysed | Kind::Recurrence => {
                let id = read_uuid(payment_id.text(body)?)?;
                (status.number(body)? == 1).then_some(())?;
                self.ledger.borrow_mut().acknowledge(turn, id);
                if self.note_sent {
                    self.tally.borrow_mut().outcome.sent.push((id, since));
                }
            }
            Kind::Capture => {
                (status.number(body)? == 2).then_some(())?;
                self.ledger.borrow_mut().captured(turn);
            }
            Kind::Query => {}
            Kind::Check => {
                let same_id = read_uuid(payment_id.text(body)?)? == turn.payment_id;
                let same_amount = amount.number(body)? == turn.amount;
                let expected = self.ledger.borrow().expected_status(turn);
                (same_id && same_amount && status.number(body)? == expected).then_some(())?;
            }
        }
        Some(())
    }

    fn broken(&self, count: u64, reason: &str) {
        let failures = &mut self.tally.borrow_mut().outcome.failures;
        failures.broken += count;
        failures.keep(|| format!("{}: {reason}", self.kind.name()));
    }

    /// The outcome, once all connections are through.
    fn outcome(&self) -> Outcome {
        let Tally {
            mut outcome, last, ..
        } = self.tally.take();
        let end = match &self.supply {
            // A phase that ran out of payments ended with its last answer.
            Supply::Until(end) if self.exhausted.get() => last.unwrap_or(*end),
            Supply::Until(end) => *end,
            Supply::Count(_) => last.unwrap_or(self.start),
            Supply::Timetable {
                timetable, taken, ..
            } => {
                outcome.failures.unserved = timetable.total() - taken.get();
                last.unwrap_or(self.start)
            }
        };
        let seconds = end.saturating_duration_since(self.count_from).as_secs_f64();
        outcome.rate = if seconds > 0.0 {
            outcome.latency.total() as f64 / seconds
        } else {
            0.0
        };
        outcome
    }
}
