//! Charges recurrences that are due, the longest due first.
//!
//! Invariant: of each cycle one charge is paid, whatever runs twice or is killed where: that rests
//! on the commit of [`charge`]. Leases spare servers what another does, nothing else. A plan that
//! cannot be read or charged holds up no other. Memory is bounded: one page of plans, and so many
//! of them under way at once.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aval_domain::recurrence::RecurrentPayment;
use aval_domain::time::Timestamp;
use aval_storage::{Due, DuePlace, Part};
use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use crate::app::App;
use crate::chance::Chance;
use crate::error::Error;
use crate::operations::charge::{self, Done};

/// Plans read at a time.
const PAGE: u32 = 256;
/// Charges under way at once.
const IN_FLIGHT: usize = 32;
/// After so many charges the engine rests for twice as long as they took, so that sales find two
/// thirds of the machine free, however fast it is.
const REST: u32 = 2;
/// The longest rest.
const LONGEST_REST: Duration = Duration::from_millis(100);
/// Pages in a row with nothing of ours after which what is due is left to the servers that charge
/// it: what they are at lies in front of everything else.
const OTHERS: u32 = 4;
/// How often it is told that a plan cannot be read.
const TOLD: Duration = Duration::from_secs(60);
/// Parts taken anew for one page, so that servers that begin together share them; who is alone has
/// all of them some pages later.
const NEW_PARTS: u32 = 8;
/// How long a lease holds, in microseconds of real time: many times what a page takes.
const LEASE: i64 = 5_000_000;

/// What a server does of recurrences, and has done.
#[derive(Debug)]
pub struct Engine {
    /// Held by who charges or moves the clock: one at a time on one server.
    pub charging: Mutex<()>,
    /// What became of what was due.
    pub counts: Counts,
    /// Microseconds that the last look for what is due took.
    looked: AtomicU64,
    /// When it was told last that a plan cannot be read.
    told: std::sync::Mutex<Option<Instant>>,
    /// The name under which leases are taken.
    name: [u8; 16],
}

impl Engine {
    /// An engine that has done nothing yet.
    #[must_use]
    pub fn new(chance: &Chance) -> Self {
        Self {
            charging: Mutex::default(),
            counts: Counts::default(),
            looked: AtomicU64::default(),
            told: std::sync::Mutex::default(),
            name: chance.server_name(),
        }
    }
}

impl Engine {
    /// Microseconds that this server's last look for what is due took.
    #[must_use]
    pub fn looked(&self) -> u64 {
        self.looked.load(Ordering::Relaxed)
    }

    fn may_tell(&self) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let may = told.is_none_or(|told| now.duration_since(told) >= TOLD);
        if may {
            *told = Some(now);
        }
        may
    }
}

/// What this server did, by what became of it.
#[derive(Debug, Default)]
pub struct Counts {
    paid: AtomicU64,
    denied: AtomicU64,
    ended: AtomicU64,
}

impl Counts {
    fn count(&self, done: Done) {
        let counter = match done {
            Done::Paid => &self.paid,
            Done::Denied => &self.denied,
            Done::Ended => &self.ended,
            Done::Waits | Done::Lost | Done::Nothing => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Each with its name.
    #[must_use]
    pub fn all(&self) -> [(&'static str, u64); 3] {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("paid", of(&self.paid)),
            ("denied", of(&self.denied)),
            ("ended", of(&self.ended)),
        ]
    }
}

/// Whether what other servers charge is left to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// It is: servers side by side.
    Leased,
    /// It is not: who moves the clock must have everything done before it moves on.
    All,
}

/// When the first plan is due.
///
/// # Errors
/// The store's failures; likewise below.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    Ok(app.storage.first_recurrence_due().await?)
}

/// Whether something is due by now, with the time that it took to find out.
///
/// # Errors
/// As above.
pub async fn look(app: &App) -> Result<bool, Error> {
    let begun = Instant::now();
    let due = next_due(app).await?;
    let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    app.recurrences.looked.store(took, Ordering::Relaxed);
    Ok(due.is_some_and(|due| due <= app.clock.now()))
}

/// Lets others charge what this server was charging when it was told to end.
///
/// # Errors
/// As above; others then wait for the end of its leases.
pub async fn let_go(app: &App) -> Result<(), Error> {
    Ok(app.storage.give_parts(app.recurrences.name).await?)
}

/// Charges all that is due; says how many charges were made, paid or denied.
///
/// # Errors
/// As above; what was charged stays so.
pub async fn run(app: &App, share: Share) -> Result<u64, Error> {
    let mut leases = Leases::new(share);
    let charged = pass(app, &mut leases).await;
    if leases.any() {
        app.storage.give_parts(app.recurrences.name).await?;
    }
    charged
}

/// Goes through what is due from its beginning to its end, and again when that brought something
/// forward: the next cycle of a plan that is late.
async fn pass(app: &App, leases: &mut Leases) -> Result<u64, Error> {
    let (mut charged, mut moved) = (0_u64, false);
    let mut after = DuePlace::START;
    let mut others = 0_u32;
    loop {
        let now = app.clock.now();
        let due = app.storage.due_recurrences(now, after, PAGE).await?;
        let last = due.last().map(Due::place);
        let Some(last) = last.filter(|_| others < OTHERS) else {
            if !moved {
                return Ok(charged);
            }
            (after, moved, others) = (DuePlace::START, false, 0);
            continue;
        };
        after = last;
        let are_many = due.len() >= IN_FLIGHT;
        let mut page = readable(app, due);
        let is_blank = page.is_empty();
        leases.keep_ours(app, &mut page).await?;
        others = if page.is_empty() && !is_blank {
            others.saturating_add(1)
        } else {
            0
        };
        while !page.is_empty() {
            let rest = page.split_off(page.len().min(IN_FLIGHT));
            let some = std::mem::replace(&mut page, rest);
            for done in together(app, some, are_many).await? {
                app.recurrences.counts.count(done);
                moved |= leases.has_moved(done);
                charged = charged.saturating_add(is_charge(done).into());
            }
        }
    }
}

/// The plans of a page that can be read. Of the others it is told, at most once a minute.
fn readable(app: &App, due: Vec<Due>) -> Vec<RecurrentPayment> {
    let readable = |one| match one {
        Due::Plan(plan) => Some(*plan),
        Due::Damaged(place, why) => {
            if app.recurrences.may_tell() {
                let (merchant, recurrence) = (place.merchant(), place.plan());
                tracing::error!(%merchant, %recurrence, %why, "a recurrence cannot be read");
            }
            None
        }
    };
    due.into_iter().filter_map(readable).collect()
}

/// Does what is due for some plans, and rests afterwards when they are of many, also of others'.
async fn together(
    app: &App,
    plans: Vec<RecurrentPayment>,
    are_many: bool,
) -> Result<Vec<Done>, Error> {
    let begun = Instant::now();
    let done = join_all(plans.into_iter().map(|plan| one(app, plan))).await;
    if are_many {
        let took = begun.elapsed();
        sleep(took.saturating_mul(REST).min(LONGEST_REST)).await;
    }
    done.into_iter().collect()
}

const fn is_charge(done: Done) -> bool {
    match done {
        Done::Paid | Done::Denied => true,
        Done::Ended | Done::Waits | Done::Lost | Done::Nothing => false,
    }
}

/// Does what is due for one plan. A fault of ours concerns that plan alone; one of the store
/// concerns all.
async fn one(app: &App, plan: RecurrentPayment) -> Result<Done, Error> {
    let (merchant, recurrence) = (plan.merchant, plan.id);
    let again = plan.clone();
    match charge::charge(app, plan).await {
        Ok(done) => Ok(done),
        Err(error @ (Error::Unavailable(_) | Error::Overloaded)) => Err(error),
        Err(error) => {
            tracing::error!(%merchant, %recurrence, %error, "a recurrence cannot be charged");
            charge::leave(app, again).await
        }
    }
}

/// The parts of the merchants whose plans are ours to charge.
struct Leases {
    share: Share,
    parts: BTreeMap<Part, Lease>,
}

/// Whether a part is ours, and when to ask again.
#[derive(Clone, Copy)]
struct Lease {
    is_ours: bool,
    ask_again: Timestamp,
}

impl Leases {
    const fn new(share: Share) -> Self {
        Self {
            share,
            parts: BTreeMap::new(),
        }
    }

    /// Whether more may be due after this than there was: the next cycle of the same plan. What
    /// another server charges counts only for who must have everything done.
    fn has_moved(&self, done: Done) -> bool {
        match done {
            Done::Paid | Done::Denied | Done::Ended | Done::Waits => true,
            Done::Lost => self.share == Share::All,
            Done::Nothing => false,
        }
    }

    fn any(&self) -> bool {
        self.parts.values().any(|lease| lease.is_ours)
    }

    /// Leaves of a page what is ours.
    async fn keep_ours(
        &mut self,
        app: &App,
        page: &mut Vec<RecurrentPayment>,
    ) -> Result<(), Error> {
        if self.share == Share::All {
            return Ok(());
        }
        let mut new = 0_u32;
        for plan in page.iter() {
            let part = Part::of(plan.merchant);
            let was_ours = self.is_ours(part);
            if was_ours || new < NEW_PARTS {
                self.take(app, part).await?;
                new = new.saturating_add((!was_ours && self.is_ours(part)).into());
            }
        }
        page.retain(|plan| self.is_ours(Part::of(plan.merchant)));
        Ok(())
    }

    fn is_ours(&self, part: Part) -> bool {
        self.parts.get(&part).is_some_and(|lease| lease.is_ours)
    }

    /// Takes the lease of a part, or keeps it before it runs out.
    async fn take(&mut self, app: &App, part: Part) -> Result<(), Error> {
        let real = app.clock.real();
        if self
            .parts
            .get(&part)
            .is_some_and(|lease| real < lease.ask_again)
        {
            return Ok(());
        }
        let until = real.plus(LEASE);
        let name = app.recurrences.name;
        let is_ours = app.storage.take_part(part, name, until, real).await?;
        let ask_again = real.plus(LEASE.div_euclid(2));
        self.parts.insert(part, Lease { is_ours, ask_again });
        Ok(())
    }
}
