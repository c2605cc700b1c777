//! The fraud analysis and the velocity limits of a sale, before and after its authorization (D46).
//!
//! Invariant: a sale that asks for no analysis, of a merchant without velocity limits, does nothing
//! here. What is decided is decided once, from the history as it was when the sale came; the sale
//! counts for later ones from that moment, and is stored with them in its own commit.

use std::sync::Arc;
use std::time::Duration;

use aval_domain::amount::Amount;
use aval_domain::brand::Brand;
use aval_domain::fraud::analysis::{self, Analysis, Status, Thresholds, Verdict};
use aval_domain::fraud::facts::{Facts, bin_of};
use aval_domain::fraud::history::{Counts, Element, Event, Fate, Keys, Place};
use aval_domain::fraud::lists::List;
use aval_domain::fraud::request::Request;
use aval_domain::fraud::review::{Progress, Review};
use aval_domain::fraud::{signals, velocity};
use aval_domain::notification::Change;
use aval_domain::operation::{Kind, Marks, Operation};
use aval_domain::payment::State;
use aval_domain::sale::Sale;
use aval_domain::time::{HOUR, Timestamp};
use aval_storage::Write;
use aval_storage::fraud::{FraudWrite, StoredEvent, day_of};
use tokio::time::Instant;

use super::{Context, lists, notify, record};
use crate::acquirers::simulated::SUCCESS;
use crate::app::App;
use crate::error::Error;
use crate::fraud::facts as elements;
use crate::fraud::known::Known;
use crate::fraud::profiles::Profile;
use crate::fraud::{rules, values};
use crate::merchants::ActiveMerchant;

/// The acquirer's code for a capture, and for a void.
const CAPTURED: &str = "6";
const VOIDED: &str = "9";

/// What is at hand for the analysis of one sale.
pub(super) struct Guard<'a> {
    app: &'a App,
    merchant: &'a ActiveMerchant,
    request: Option<Box<Request>>,
    known: Arc<Known>,
    profile: Arc<Profile>,
    keys: Keys,
    counts: Counts,
    place: Option<Place>,
    verdict: Option<Verdict>,
    listed: Vec<(List, Element)>,
    acted: Option<Write>,
    /// How long it took so far.
    took: Duration,
}

/// Gets ready, when there is something to do.
///
/// # Errors
/// The store's failures.
pub(super) async fn begin<'a>(
    app: &'a App,
    merchant: &'a ActiveMerchant,
    asked: Option<Box<Request>>,
    sale: &Sale,
) -> Result<Option<Box<Guard<'a>>>, Error> {
    if asked.is_none() && !merchant.settings.velocity {
        return Ok(None);
    }
    let start = Instant::now();
    let fraud = &app.fraud;
    let histories = &fraud.histories;
    let known = histories
        .of(
            &app.storage,
            merchant.id,
            sale.received_at,
            app.clock.real(),
        )
        .await?;
    let profile = fraud.profiles.of(&app.storage, merchant).await?;
    let none = Request::default();
    let request = asked.as_deref().unwrap_or(&none);
    let customer = &sale.details.customer;
    let keys = elements::elements(&merchant.keys, request, customer, sale.fingerprint);
    Ok(Some(Box::new(Guard {
        app,
        merchant,
        request: asked,
        known,
        profile,
        keys,
        counts: Counts::default(),
        place: None,
        verdict: None,
        listed: Vec::new(),
        acted: None,
        took: start.elapsed(),
    })))
}

/// Before the authorization: the limits, and an analysis that comes first.
#[must_use]
pub(super) fn before(guard: Option<&mut Box<Guard<'_>>>, sale: Sale) -> Sale {
    match guard {
        None => sale,
        Some(guard) => guard.timed(sale, Guard::before),
    }
}

/// After it: an analysis that comes second, and what follows from either.
#[must_use]
pub(super) fn after(guard: Option<&mut Box<Guard<'_>>>, sale: Sale) -> Sale {
    match guard {
        None => sale,
        Some(guard) => guard.timed(sale, Guard::after),
    }
}

/// Before an acquirer that may leave its answer in doubt: the analysis is made now, and acted on
/// when the answer is known.
#[must_use]
pub(super) fn in_doubt(guard: Option<&mut Box<Guard<'_>>>, sale: Sale) -> Sale {
    match guard {
        None => sale,
        Some(guard) if guard.request.is_some() => {
            guard.timed(sale, |guard, sale| guard.analyse(sale, None))
        }
        Some(_) => sale,
    }
}

/// Acts on the analysis of a sale whose doubt was removed; the record of what was done.
#[must_use]
pub(super) fn act(app: &App, sale: Sale, now: Timestamp) -> (Sale, Option<Write>) {
    let verdict = match sale.analysis {
        Some(Status::Accept) => Verdict::Accept,
        Some(Status::Reject) => Verdict::Reject,
        Some(Status::Review | Status::Aborted | Status::Unfinished) | None => return (sale, None),
    };
    act_on(app, sale, verdict, now)
}

/// Acts on a verdict; the record of what was done.
#[must_use]
pub(super) fn act_on(
    app: &App,
    sale: Sale,
    verdict: Verdict,
    now: Timestamp,
) -> (Sale, Option<Write>) {
    let (sale, acted) = sale.acted(verdict, now);
    if acted {
        mark(app, sale, verdict, None, now)
    } else {
        (sale, None)
    }
}

/// The marks and the record of a capture or void that an analysis made.
#[must_use]
pub(super) fn mark(
    app: &App,
    sale: Sale,
    verdict: Verdict,
    by: Option<&str>,
    now: Timestamp,
) -> (Sale, Option<Write>) {
    let captures = verdict == Verdict::Accept;
    let receipt = app.simulated.as_ref().filter(|_| captures);
    let receipt = receipt.map(|simulated| simulated.proof_of_sale());
    let code = if captures { CAPTURED } else { VOIDED };
    let before = Marks::of(&sale);
    let sale = sale.marked(receipt, code, SUCCESS);
    let moved = if captures {
        sale.state.capture_made().map(|capture| capture.amount)
    } else {
        sale.state.given_back(sale.amount).map(|given| given.amount)
    };
    let amount: Amount = moved.unwrap_or(sale.amount);
    let record = Operation {
        merchant: sale.merchant,
        payment: sale.id,
        version: sale.version,
        kind: if captures { Kind::Capture } else { Kind::Void },
        amount,
        at: now,
        request_id: sale.request_id.clone(),
        return_code: code.to_owned(),
        by: by.map(str::to_owned),
        before,
    };
    (sale, Some(Write::InsertOperation(record)))
}

/// Makes a new sale durable, with what `also` belongs to it and what its analysis adds.
///
/// # Errors
/// The store's failures.
pub(super) async fn insert(
    app: &App,
    merchant: &ActiveMerchant,
    sale: Sale,
    also: impl IntoIterator<Item = Write>,
    guard: Option<Box<Guard<'_>>>,
    context: &Context<'_, Sale>,
) -> Result<Sale, Error> {
    let Some(guard) = guard else {
        return record::insert(app, merchant, sale, also, context).await;
    };
    let lists = !guard.listed.is_empty();
    let writes = also.into_iter().chain(guard.writes(&sale));
    let sale = record::insert(app, merchant, sale, writes, context).await?;
    if lists {
        lists::tell(app, merchant.id).await;
    }
    Ok(sale)
}

/// What the history is told when it has become of a sale what was not known when it was written:
/// `before` is what was told of it.
pub(super) fn amended(
    app: &App,
    merchant: &ActiveMerchant,
    sale: &Sale,
    before: Fate,
    now: Timestamp,
) -> Option<Write> {
    let fate = sale.fate();
    let details = &sale.details;
    if fate == before || (details.fraud.is_none() && details.velocity.is_none()) {
        return None;
    }
    let none = Request::default();
    let request = details.fraud.as_deref().map(|analysis| &analysis.request);
    let request = request.unwrap_or(&none);
    let event = Event {
        at: sale.received_at,
        keys: elements::elements(&merchant.keys, request, &details.customer, sale.fingerprint),
        amount: sale.amount.cents(),
        fate,
    };
    let histories = &app.fraud.histories;
    histories.amend(merchant.id, &event);
    let stored = StoredEvent {
        day: day_of(now),
        server: histories.server(),
        payment: app.chance.payment_id(now),
        event,
        amends: true,
    };
    Some(Write::Fraud(FraudWrite::InsertEvent(Box::new(stored))))
}

/// What an analysis adds to a sale that is written.
pub(super) fn writes(guard: Option<Box<Guard<'_>>>, sale: &Sale) -> Vec<Write> {
    guard.map_or_else(Vec::new, |guard| guard.writes(sale))
}

impl Guard<'_> {
    fn timed(&mut self, sale: Sale, step: impl FnOnce(&mut Self, Sale) -> Sale) -> Sale {
        let start = Instant::now();
        let sale = step(self, sale);
        self.took = self.took.saturating_add(start.elapsed());
        sale
    }

    fn before(&mut self, sale: Sale) -> Sale {
        let now = sale.received_at;
        let event = Event {
            at: now,
            keys: self.keys,
            amount: sale.amount.cents(),
            fate: Fate::default(),
        };
        let settings = &self.merchant.settings;
        let said = {
            let mut history = self.known.lock();
            if self.request.is_some() {
                self.counts = history.counts(&self.keys, event.amount, now);
            }
            let limits = settings.velocity_limits.all();
            let said = settings
                .velocity
                .then(|| velocity::analyse(limits, &history, &self.keys, now));
            // Counted at once, so that of many sent together each sees those before it.
            self.place = Some(history.add(&event));
            said
        };
        let beyond = said.as_ref().is_some_and(velocity::Analysis::is_beyond);
        let sale = match said {
            Some(said) => sale.measured(said),
            None => sale,
        };
        if beyond {
            return self.not_made(sale).stopped();
        }
        if self
            .request
            .as_ref()
            .is_some_and(|request| request.analyses_first())
        {
            let sale = self.analyse(sale, None);
            if self.verdict == Some(Verdict::Reject) {
                return sale.stopped();
            }
            return sale;
        }
        sale
    }

    fn after(&mut self, sale: Sale) -> Sale {
        let Some(request) = &self.request else {
            return sale;
        };
        let sale = if self.verdict.is_some() {
            sale
        } else if request.analyses_always() || sale.was_authorized() {
            let denied = sale.state == State::Denied;
            self.analyse(sale, Some(denied))
        } else {
            self.not_made(sale)
        };
        let Some(verdict) = self.verdict else {
            return sale;
        };
        let now = sale.received_at;
        let (sale, acted) = act_on(self.app, sale, verdict, now);
        self.acted = acted;
        sale
    }

    /// Without an analysis, though one was asked for.
    fn not_made(&mut self, sale: Sale) -> Sale {
        let Some(request) = self.request.take() else {
            return sale;
        };
        let id = self.app.chance.payment_id(sale.received_at).to_string();
        sale.analysed(Status::Aborted, Analysis::not_made(id, *request))
    }

    fn analyse(&mut self, sale: Sale, denied: Option<bool>) -> Sale {
        let Some(request) = &self.request else {
            return sale;
        };
        let shown = sale.details.method.card();
        let pairs = elements::pairs(&self.keys);
        let facts = Facts {
            now: sale.received_at,
            amount: sale.amount.cents(),
            request,
            customer: &sale.details.customer,
            bin: shown
                .and_then(|card| card.masked.as_deref())
                .and_then(bin_of),
            brand: shown.map_or(Brand::Undefined, |card| card.brand),
            denied,
            keys: &self.keys,
            counts: &self.counts,
            hits: self.profile.lists.hits(&pairs, request.ip()),
        };
        let findings = signals::find(&facts);
        let applying = if self.profile.rules.is_empty() {
            rules::Applying::default()
        } else {
            let subject = values::Subject {
                facts: &facts,
                findings: &findings,
                installments: sale.details.terms.installments,
            };
            rules::apply(&self.profile.rules, &values::of(&subject))
        };
        let settings = &self.merchant.settings;
        let thresholds = Thresholds {
            review: settings.fraud_review_score,
            reject: settings.fraud_reject_score,
        };
        // In the sandbox the card's holder may ask for an outcome.
        let holder = shown.and_then(|card| card.holder.as_deref());
        let holder = holder.filter(|_| self.app.simulated.is_some());
        let asked = holder.and_then(analysis::asked_for);
        let id = self.app.chance.payment_id(sale.received_at).to_string();
        let effects = applying.effects;
        let (verdict, made) = analysis::conclude(id, &facts, &findings, effects, thresholds, asked);
        self.listed = applying.listed;
        self.verdict = Some(verdict);
        sale.analysed(verdict.status(), made)
    }

    /// What is written with the sale.
    pub(super) fn writes(self: Box<Self>, sale: &Sale) -> Vec<Write> {
        self.app.fraud.durations.note(self.took);
        let mut writes = Vec::with_capacity(4);
        let fate = sale.fate();
        if let (Some(place), true) = (self.place, fate != Fate::default()) {
            self.known.lock().mark(place, fate);
        }
        let event = StoredEvent {
            day: day_of(sale.received_at),
            server: self.app.fraud.histories.server(),
            payment: sale.id,
            event: Event {
                at: sale.received_at,
                keys: self.keys,
                amount: sale.amount.cents(),
                fate,
            },
            amends: false,
        };
        writes.push(Write::Fraud(FraudWrite::InsertEvent(Box::new(event))));
        let ended = matches!(sale.state, State::Denied | State::Aborted);
        if sale.analysis == Some(Status::Review) && !ended {
            let review = self.review(sale);
            writes.push(Write::Fraud(FraudWrite::InsertReview(Box::new(review))));
        }
        let now = sale.received_at;
        for (list, element) in &self.listed {
            if let Some(digest) = self.keys.of(*element) {
                let entry = lists::by_rule(*list, *element, digest, now);
                writes.push(Write::Fraud(FraudWrite::PutEntry(Box::new(entry))));
            }
        }
        if sale.analysis.is_some() {
            let told = notify::of_sale(self.app, self.merchant, sale, Change::Antifraud, now);
            writes.extend(told);
        }
        writes.extend(self.acted);
        writes
    }

    fn review(&self, sale: &Sale) -> Review {
        let hours = i64::from(self.merchant.settings.fraud_review_hours);
        let reply = sale
            .details
            .fraud
            .as_ref()
            .and_then(|analysis| analysis.reply.as_ref());
        Review {
            merchant: sale.merchant,
            payment: sale.id,
            version: 1,
            progress: Progress::Waiting,
            due_at: sale.received_at.plus(HOUR.saturating_mul(hours)),
            note: String::new(),
            decided_by: None,
            decided_at: None,
            score: reply.map_or(0, |reply| reply.score),
            created_at: sale.received_at,
        }
    }
}
