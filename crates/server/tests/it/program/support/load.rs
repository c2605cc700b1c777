//! Clients that sell, capture and void, and remember what they were told.
//!
//! Invariant: what a [`Sale`] says was acknowledged by the server; at most one thing more may have
//! happened to it, the one in doubt, after which nobody touches it but to ask again by its key.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::home::{CARD, Merchant, sale_body};
use super::http::{Answer, Failure, Http, Request};
use super::random::Random;
use super::{SOON, eventually};

/// A sale as its client knows it.
#[derive(Debug, Clone)]
pub struct Sale {
    /// Its order number, which no other sale has.
    pub order: String,
    /// Its amount.
    pub amount: u64,
    /// Its PaymentId, once it was acknowledged.
    pub id: Option<String>,
    /// The token of its card, when one was made.
    pub token: Option<String>,
    /// What was captured.
    pub captured: u64,
    /// What was voided.
    pub voided: u64,
    /// What nobody answered.
    pub doubt: Option<Doubt>,
}

/// A request without an answer.
#[derive(Debug, Clone)]
pub struct Doubt {
    /// What it asked for.
    pub step: Step,
    /// The request, with its Idempotency-Key if it has one.
    pub request: Request,
    /// Whether it can be sent again.
    pub keyed: bool,
}

/// What is done to a sale.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// It is sold, and captured at once or not.
    Sell {
        /// At once.
        capture: bool,
    },
    /// So much is captured.
    Capture(u64),
    /// So much is voided.
    Void(u64),
}

/// What the clients of one run share.
pub struct Load<'a> {
    /// Where the server is.
    pub api: SocketAddr,
    /// Who sells.
    pub merchant: &'a Merchant,
    /// The beginning of the order numbers.
    pub prefix: String,
    /// What the server may do to its clients.
    pub ends: Ends,
    /// Clients at once.
    pub clients: u64,
}

/// How a server that is disturbed behaves to its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// It is killed: connections are lost, and their client stops.
    Lost,
    /// It drains: it refuses new connections, and their client stops; none is lost.
    Drained,
    /// It stays and answers 503 for a while.
    Unavailable,
    /// It is not disturbed.
    Never,
}

/// Progress of a run.
#[derive(Default)]
pub struct Progress {
    /// Requests acknowledged.
    pub acknowledged: AtomicU64,
    /// Requests answered 503.
    pub unavailable: AtomicU64,
    /// Whether the clients are to stop.
    pub stop: AtomicBool,
}

impl Progress {
    /// Waits until so many more requests were acknowledged.
    pub fn advance(&self, more: u64) {
        let goal = self.acknowledged.load(Ordering::Relaxed) + more;
        eventually("requests are acknowledged", SOON, || {
            assert!(!self.stop.load(Ordering::Relaxed), "a client has failed");
            (self.acknowledged.load(Ordering::Relaxed) >= goal).then_some(())
        });
    }
}

impl Load<'_> {
    /// Runs the clients until the server ends them, or the disturber has returned; gives all sales.
    pub fn run(&self, random: &mut Random, disturb: impl FnOnce(&Progress)) -> Vec<Sale> {
        let (progress, sales) = (Progress::default(), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for number in 0..self.clients {
                let random = random.branch();
                let (progress, sales) = (&progress, &sales);
                scope.spawn(move || {
                    let _stop = StopOnPanic(progress);
                    let sold = Client::new(self, number, random, progress).run();
                    sales.lock().unwrap().extend(sold);
                });
            }
            let _stop = StopOnPanic(&progress);
            disturb(&progress);
            progress.stop.store(true, Ordering::Relaxed);
        });
        sales.into_inner().unwrap()
    }
}

/// Lets nobody run on when one has failed.
struct StopOnPanic<'a>(&'a Progress);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop.store(true, Ordering::Relaxed);
        }
    }
}

struct Client<'a> {
    load: &'a Load<'a>,
    number: u64,
    random: Random,
    progress: &'a Progress,
    http: Http,
    ended: bool,
    token: Option<String>,
}

impl<'a> Client<'a> {
    fn new(load: &'a Load<'a>, number: u64, random: Random, progress: &'a Progress) -> Self {
        Self {
            load,
            number,
            random,
            progress,
            http: Http::new(load.api),
            ended: false,
            token: None,
        }
    }

    fn run(mut self) -> Vec<Sale> {
        let mut sold = Vec::new();
        while !self.ended && !self.progress.stop.load(Ordering::Relaxed) {
            let order = format!("{}c{}n{}", self.load.prefix, self.number, sold.len());
            sold.push(self.sell(order));
        }
        sold
    }

    /// One sale with all that becomes of it.
    fn sell(&mut self, order: String) -> Sale {
        let mut sale = Sale {
            order,
            amount: self.random.between(100, 1_000_000),
            id: None,
            token: None,
            captured: 0,
            voided: 0,
            doubt: None,
        };
        let capture = self.random.percent(30);
        let request = self.sale_request(&sale, capture);
        let done = self.step(&mut sale, Step::Sell { capture }, request);
        if !done {
            return sale;
        }
        self.token.clone_from(&sale.token);
        if sale.captured == 0 && self.random.percent(70) {
            let amount = self.random.between(1, sale.amount);
            if !self.change(&mut sale, Step::Capture(amount)) {
                return sale;
            }
        }
        while sale.voided < sale.open() && self.random.percent(45) {
            let open = sale.open() - sale.voided;
            let part = sale.captured > 0 && self.random.percent(60);
            let amount = if part {
                self.random.between(1, open)
            } else {
                open
            };
            if !self.change(&mut sale, Step::Void(amount)) {
                return sale;
            }
        }
        sale
    }

    fn sale_request(&mut self, sale: &Sale, capture: bool) -> Request {
        let card = match self.token.take() {
            Some(token) => format!(r#""CardToken":"{token}","Brand":"Visa""#),
            None if self.random.percent(20) => format!(r#"{CARD},"SaveCard":true"#),
            None => CARD.to_owned(),
        };
        let body = sale_body(&sale.order, sale.amount, &card);
        let kind = format!(r#""Capture":{capture},"Type""#);
        let merchant = self.load.merchant;
        let request = merchant.request("POST", "/1/sales/");
        request.body(body.replace(r#""Type""#, &kind))
    }

    fn change(&mut self, sale: &mut Sale, step: Step) -> bool {
        let (word, amount) = match step {
            Step::Capture(amount) => ("capture", amount),
            Step::Void(amount) => ("void", amount),
            Step::Sell { .. } => panic!("a sale is sold once"),
        };
        let id = sale.id.as_deref().unwrap();
        let path = format!("/1/sales/{id}/{word}?amount={amount}");
        let request = self.load.merchant.request("PUT", path);
        self.step(sale, step, request)
    }

    /// Sends a request; says whether it was acknowledged.
    fn step(&mut self, sale: &mut Sale, step: Step, mut request: Request) -> bool {
        let keyed = self.random.percent(50);
        if keyed {
            let key = format!("{}-{}-{step:?}", sale.order, sale.voided);
            request = request.header("Idempotency-Key", &key);
        }
        let doubt = match self.http.send(&request) {
            Ok(answer) if answer.status == 503 && self.load.ends == Ends::Unavailable => {
                assert!(answer.header("retry-after").is_some(), "{answer:?}");
                self.progress.unavailable.fetch_add(1, Ordering::Relaxed);
                // A client's patience, without which it would only make noise.
                std::thread::sleep(Duration::from_millis(50));
                true
            }
            Ok(answer) => {
                sale.acknowledge(step, &answer);
                self.progress.acknowledged.fetch_add(1, Ordering::Relaxed);
                false
            }
            Err(failure) => {
                self.check_failure(&failure);
                self.ended = true;
                true
            }
        };
        sale.doubt = doubt.then_some(Doubt {
            step,
            request,
            keyed,
        });
        !doubt
    }

    fn check_failure(&self, failure: &Failure) {
        let expected = match (self.load.ends, failure) {
            (Ends::Lost, _) | (Ends::Drained, Failure::Refused) => true,
            // The kernel may take a connection that the listener does not live to see.
            (Ends::Drained, Failure::Lost { reused, .. }) => !reused,
            (Ends::Unavailable | Ends::Never, _) => false,
        };
        assert!(expected, "{:?}: {failure}", self.load.ends);
    }
}

impl Sale {
    /// What can be given back.
    fn open(&self) -> u64 {
        match self.captured {
            0 => self.amount,
            captured => captured,
        }
    }

    fn acknowledge(&mut self, step: Step, answer: &Answer) {
        let body = answer.json();
        let expected = match step {
            Step::Sell { capture } => {
                assert_eq!(answer.status, 201, "{answer:?}");
                let payment = &body["Payment"];
                assert_eq!(payment["Amount"], self.amount, "{answer:?}");
                self.id = Some(payment["PaymentId"].as_str().unwrap().to_owned());
                let card = &payment["CreditCard"];
                self.token = card["CardToken"].as_str().map(str::to_owned);
                self.captured = if capture { self.amount } else { 0 };
                assert_eq!(payment["Status"], if capture { 2 } else { 1 }, "{answer:?}");
                return;
            }
            Step::Capture(amount) => {
                self.captured = amount;
                2
            }
            Step::Void(amount) => {
                self.voided += amount;
                if self.voided == self.open() { 10 } else { 2 }
            }
        };
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(body["Status"], expected, "{answer:?} of {self:?}");
    }

    /// Asks again, by its key, for what nobody answered, until it is; then once more.
    pub fn resolve(&mut self, http: &mut Http) {
        let Some(doubt) = self.doubt.take_if(|doubt| doubt.keyed) else {
            return;
        };
        let answer = eventually("a repeated request is answered", SOON, || {
            let answer = http.must(&doubt.request);
            (![409, 503].contains(&answer.status)).then_some(answer)
        });
        self.acknowledge(doubt.step, &answer);
        let again = http.must(&doubt.request);
        assert_eq!((again.status, &again.body), (answer.status, &answer.body));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }
}
