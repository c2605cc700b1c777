//! Captures and voids of many payments: prepared, confirmed, done once each, tried again.
//!
//! Invariant: what came of a row is looked up at the payment too, by the API.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

mod by_hand;
mod rows;
mod side_by_side;

use aval_domain::amount::Amount;
use aval_domain::audit::Act;
use aval_domain::id::{JobId, PaymentId};
use aval_domain::job::{Job, JobKind, JobRow, JobState, RowState};
use aval_domain::sale::OrderId;
use aval_gateway::app::App;
use aval_gateway::operations::job::{self, Choice, Confirmed, Prepared};
use aval_storage::{Changes, Write};

use crate::support::caller::Caller;
use crate::support::gateway::Gateway;

/// An amount of so many cents.
fn cents(cents: i64) -> Amount {
    Amount::new(cents).unwrap()
}

/// A payment's id.
fn id(payment: &str) -> PaymentId {
    PaymentId::parse(payment).unwrap()
}

/// A new name for a job.
fn name(app: &App) -> JobId {
    app.chance.job_id(app.clock.now())
}

/// What a user chooses.
fn choice(app: &App, kind: JobKind) -> Choice<'static> {
    Choice {
        id: name(app),
        kind,
        by: "ana",
        retry_of: None,
    }
}

/// The draft that was prepared.
fn draft(prepared: Prepared) -> Job {
    match prepared {
        Prepared::Draft(job) => *job,
        other @ (Prepared::Nothing | Prepared::TooMany) => panic!("{other:?}"),
    }
}

impl Gateway {
    /// A draft of the first merchant.
    async fn draft(&self, kind: JobKind, payments: &[String]) -> Job {
        let app = &self.server.app;
        let payments: Vec<PaymentId> = payments.iter().map(|payment| id(payment)).collect();
        let merchant = self.caller.merchant_id();
        let made = job::prepare(app, merchant, choice(app, kind), &payments).await;
        draft(made.unwrap())
    }

    /// Confirms a draft.
    async fn confirm(&self, job: &Job) -> Confirmed {
        let app = &self.server.app;
        let told = Act::new("bia", "job.capture", &job.id.to_string());
        let now = app.storage.job(job.merchant, job.id).await.unwrap();
        let version = now.map_or(job.version, |now| now.version);
        job::confirm(app, job.merchant, (job.id, version), &told)
            .await
            .unwrap()
    }

    /// Prepares, confirms and does a job; what became of its rows.
    async fn done(&self, kind: JobKind, payments: &[String]) -> (Job, Vec<JobRow>) {
        let job = self.draft(kind, payments).await;
        assert!(matches!(self.confirm(&job).await, Confirmed::Now(_)));
        aval_gateway::tasks::jobs::run(&self.server.app)
            .await
            .unwrap();
        (self.job(&job).await, self.rows(&job).await)
    }

    /// The job as it stands.
    async fn job(&self, job: &Job) -> Job {
        let storage = &self.server.app.storage;
        storage.job(job.merchant, job.id).await.unwrap().unwrap()
    }

    /// Its rows.
    async fn rows(&self, job: &Job) -> Vec<JobRow> {
        let storage = &self.server.app.storage;
        storage
            .job_rows(job.merchant, job.id, 0, 10_000)
            .await
            .unwrap()
    }

    /// Many authorized sales like one that was made by the API, written at once.
    async fn many_sales(&self, count: u32) -> Vec<String> {
        let app = &self.server.app;
        let first = self.caller.authorized().await;
        let merchant = self.caller.merchant_id();
        let like = app
            .storage
            .sale(merchant, id(&first))
            .await
            .unwrap()
            .unwrap();
        let mut all = Vec::new();
        let mut writes = Vec::new();
        for number in 0..count {
            let mut sale = like.clone();
            sale.id = app.chance.payment_id(app.clock.now());
            sale.order = OrderId::restored(format!("Block{number}"));
            all.push(sale.id.to_string());
            writes.push(Write::InsertSale(Box::new(sale)));
        }
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(500));
            let some = std::mem::replace(&mut writes, rest);
            let changes = Changes {
                merchant,
                writes: some,
            };
            app.storage.commit(changes).await.unwrap();
        }
        all
    }
}

impl Caller {
    /// How a payment stands: Status, CapturedAmount, VoidedAmount.
    async fn stands(&self, payment: &str) -> (i64, i64, i64) {
        let sale = self.sale(payment).await.expect(200);
        let number = |member: &str| sale.at(&format!("/Payment/{member}")).as_i64();
        let of = |member| number(member).unwrap_or(0);
        (of("Status"), of("CapturedAmount"), of("VoidedAmount"))
    }
}

/// The states of rows, without what they hold.
fn states(rows: &[JobRow]) -> Vec<u8> {
    rows.iter().map(|row| row.state.number()).collect()
}

/// A finished job.
fn finished(job: &Job) -> bool {
    job.state == JobState::Finished && job.due_at.is_none()
}

/// Numbers of states, by name.
const DONE: u8 = RowState::Done(AMOUNT).number();
const REFUSED: u8 = RowState::Refused(None).number();
const IN_DOUBT: u8 = RowState::InDoubt.number();
const SKIPPED: u8 = RowState::Skipped.number();
const AMOUNT: Amount = match Amount::new(1) {
    Some(amount) => amount,
    None => panic!("one cent is an amount"),
};
