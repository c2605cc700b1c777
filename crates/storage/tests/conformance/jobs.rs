//! Jobs: as they were written, page by page, counted, leased, and forgotten as drafts only.
//!
//! Invariant: a row of a job changes with its payment or not at all.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a sum that overflows fails the test"
)]

use aval_domain::amount::Amount;
use aval_domain::id::{JobId, MerchantId};
use aval_domain::job::{Job, JobKind, JobRow, JobState, RowState, Totals};
use aval_domain::refusal::Refusal;
use aval_storage::{CommitError, Conflict, JobWrite, Storage, Write};

use crate::on_both_engines;
use crate::support::{NOW, Store, commit, merchant_id, open, sold, unique};

on_both_engines!(
    a_job_is_read_as_it_was_written_and_changed,
    rows_are_listed_in_order_page_by_page_and_by_state,
    a_row_changes_with_its_payment_or_not_at_all,
    totals_are_counted_by_state,
    jobs_are_listed_newest_first_and_due_ones_longest_due_first,
    a_job_is_held_by_one_until_it_runs_out_or_is_given_back,
    drafts_are_forgotten_and_confirmed_jobs_stay,
    the_store_itself_refuses_a_job_that_cannot_be,
    an_operation_says_who_did_it,
);

fn job_id() -> JobId {
    JobId::from_bytes((unique() << 8 | 9).to_be_bytes())
}

fn draft(merchant: MerchantId) -> Job {
    let mut job = Job::draft(merchant, job_id(), JobKind::Capture, "ana", NOW);
    job.total = 5;
    job
}

fn row(job: &Job, position: u32, state: RowState) -> JobRow {
    JobRow {
        merchant: job.merchant,
        job: job.id,
        position,
        version: 1,
        state,
        amount: cents(100),
        at: state.is_decided().then_some(NOW),
        payment: aval_domain::id::PaymentId::from_bytes((unique() << 8 | 5).to_be_bytes()),
    }
}

fn cents(cents: i64) -> Amount {
    Amount::new(cents).unwrap()
}

fn insert(job: &Job) -> Write {
    Write::Job(JobWrite::Insert(Box::new(job.clone())))
}

fn update(job: &Job) -> Write {
    Write::Job(JobWrite::Update(Box::new(job.clone())))
}

async fn write(store: &Storage, job: &Job, writes: Vec<Write>) {
    commit(store, job.merchant, writes).await.unwrap();
}

/// A running job with a row in each state.
async fn running(store: &Storage, merchant: MerchantId) -> (Job, Vec<JobRow>) {
    let job = draft(merchant).confirmed("bia", NOW).unwrap();
    let states = [
        RowState::Waiting,
        RowState::Done(cents(70)),
        RowState::Refused(Some(Refusal::CaptureLate)),
        RowState::InDoubt,
        RowState::Skipped,
    ];
    let numbered = (1..).zip(states);
    let rows: Vec<JobRow> = numbered.map(|(at, state)| row(&job, at, state)).collect();
    let all = rows.iter().cloned().map(JobWrite::InsertRow);
    let mut writes: Vec<Write> = all.map(Write::Job).collect();
    writes.push(insert(&job));
    write(store, &job, writes).await;
    (job, rows)
}

async fn a_job_is_read_as_it_was_written_and_changed(store: Store) {
    let mut job = draft(merchant_id());
    job.retry_of = Some(job_id());
    write(&store, &job, vec![insert(&job)]).await;
    let read = async |id| store.job(job.merchant, id).await.unwrap();
    assert_eq!(read(job.id).await, Some(job.clone()));
    assert_eq!(store.job(merchant_id(), job.id).await.unwrap(), None);
    let again = commit(&store, job.merchant, vec![insert(&job)]).await;
    let taken = matches!(again, Err(CommitError::Conflict(Conflict::Version)));
    assert!(taken, "{again:?}");
    let running = job.clone().confirmed("bia", NOW.plus(1)).unwrap();
    write(&store, &job, vec![update(&running)]).await;
    assert_eq!(read(job.id).await, Some(running.clone()));
    let totals = Totals {
        done: 2,
        refused: 1,
        skipped: 2,
        asked: 300,
        moved: 200,
        ..Totals::default()
    };
    let finished = running.finished(totals, NOW.plus(2));
    write(&store, &job, vec![update(&finished)]).await;
    assert_eq!(read(job.id).await, Some(finished.clone()));
    let late = commit(&store, job.merchant, vec![update(&finished)]).await;
    assert!(matches!(
        late,
        Err(CommitError::Conflict(Conflict::Version))
    ));
}

async fn rows_are_listed_in_order_page_by_page_and_by_state(store: Store) {
    let (job, rows) = running(&store, merchant_id()).await;
    let page = async |after| {
        store
            .job_rows(job.merchant, job.id, after, 3)
            .await
            .unwrap()
    };
    assert_eq!(page(0).await, rows[..3]);
    assert_eq!(page(3).await, rows[3..]);
    for one in &rows {
        let key = (job.merchant, job.id);
        let found = store.job_rows_in(key, one.state, 0, 9).await.unwrap();
        assert_eq!(found.as_slice(), std::slice::from_ref(one));
        let later = store.job_rows_in(key, one.state, one.position, 9).await;
        assert!(later.unwrap().is_empty());
        let same = store.job_row(job.merchant, job.id, one.position).await;
        assert_eq!(same.unwrap().as_ref(), Some(one));
    }
    let other = store.job_rows(merchant_id(), job.id, 0, 9).await.unwrap();
    assert!(other.is_empty(), "of another merchant");
}

async fn a_row_changes_with_its_payment_or_not_at_all(store: Store) {
    let merchant = merchant_id();
    let sale = sold(&store, merchant, "1").await;
    let (job, rows) = running(&store, merchant).await;
    let captured = sale.clone().capture(Some(100), None, NOW, 5).unwrap();
    let done = rows[0].became(RowState::Done(cents(100)), NOW);
    let both = || {
        vec![
            Write::UpdateSale(Box::new(captured.clone())),
            Write::Job(JobWrite::UpdateRow(done.clone())),
        ]
    };
    write(&store, &job, both()).await;
    let found = store.job_row(merchant, job.id, 1).await.unwrap();
    assert_eq!(found, Some(done.clone()));
    // The row was decided: the next version of the sale is not written either.
    let voided = captured.clone().void(Some(40), NOW, true).unwrap();
    let writes = vec![
        Write::UpdateSale(Box::new(voided)),
        Write::Job(JobWrite::UpdateRow(done)),
    ];
    let refused = commit(&store, merchant, writes).await;
    assert!(
        matches!(refused, Err(CommitError::Conflict(Conflict::Version))),
        "{refused:?}"
    );
    let stored = store.sale(merchant, sale.id).await.unwrap();
    assert_eq!(stored, Some(captured));
}

async fn totals_are_counted_by_state(store: Store) {
    let (job, _) = running(&store, merchant_id()).await;
    let totals = store.job_totals(job.merchant, job.id).await.unwrap();
    let expected = Totals {
        waiting: 1,
        done: 1,
        refused: 1,
        in_doubt: 1,
        skipped: 1,
        asked: 400,
        moved: 70,
    };
    assert_eq!(totals, expected);
    let none = store.job_totals(job.merchant, job_id()).await.unwrap();
    assert_eq!(none, Totals::default());
}

async fn jobs_are_listed_newest_first_and_due_ones_longest_due_first(store: Store) {
    let merchant = merchant_id();
    let mut jobs = Vec::new();
    for number in 0..5 {
        let mut job = draft(merchant).confirmed("ana", NOW).unwrap();
        job.id = JobId::at(NOW.plus(number * 1_000), [0; 10]);
        job.due_at = Some(NOW.plus(-number));
        write(&store, &job, vec![insert(&job)]).await;
        jobs.push(job);
    }
    let still = draft(merchant);
    write(&store, &still, vec![insert(&still)]).await;
    let due = store.jobs_due(NOW, 9).await.unwrap();
    jobs.reverse();
    assert_eq!(due, jobs);
    assert_eq!(store.jobs_due(NOW.plus(-4), 9).await.unwrap(), jobs[..1]);
    let before = Some(jobs[1].id);
    let page = store.jobs(merchant, before, 2).await.unwrap();
    assert_eq!(page, jobs[2..4]);
    let first = store.jobs(merchant, None, 1).await.unwrap();
    assert_eq!(first, jobs[..1]);
    assert!(store.jobs(merchant_id(), None, 9).await.unwrap().is_empty());
}

async fn a_job_is_held_by_one_until_it_runs_out_or_is_given_back(store: Store) {
    let (job, _) = running(&store, merchant_id()).await;
    let other = open(&store.target).await;
    let key = (job.merchant, job.id);
    let take = async |of: &Storage, holder, now| {
        let until = NOW.plus(now + 10);
        of.take_job(key, [holder; 16], until, NOW.plus(now))
            .await
            .unwrap()
    };
    assert!(take(&store, 1, 0).await);
    assert!(!take(&other, 2, 9).await, "held");
    assert!(take(&store, 1, 5).await, "kept");
    assert!(take(&other, 2, 15).await, "run out");
    assert!(!take(&store, 1, 16).await);
    other.give_jobs([2; 16]).await.unwrap();
    assert!(take(&store, 1, 16).await);
    let finished = job.clone().finished(Totals::default(), NOW);
    write(&store, &job, vec![update(&finished)]).await;
    assert!(!take(&store, 1, 17).await, "nothing to be done");
}

async fn drafts_are_forgotten_and_confirmed_jobs_stay(store: Store) {
    let merchant = merchant_id();
    let at = |micros| JobId::at(NOW.plus(micros), [0; 10]);
    let mut old = draft(merchant);
    old.id = at(-10_000);
    let first = row(&old, 1, RowState::Waiting);
    let first = Write::Job(JobWrite::InsertRow(first));
    write(&store, &old, vec![insert(&old), first]).await;
    let mut young = draft(merchant);
    young.id = at(10_000);
    write(&store, &young, vec![insert(&young)]).await;
    let (kept, rows) = running(&store, merchant).await;
    assert_eq!(store.forget_drafts(merchant, NOW, 9).await.unwrap(), 2);
    assert_eq!(store.forget_drafts(merchant, NOW, 9).await.unwrap(), 0);
    assert_eq!(store.job(merchant, old.id).await.unwrap(), None);
    let gone = store.job_rows(merchant, old.id, 0, 9).await.unwrap();
    assert!(gone.is_empty());
    assert_eq!(store.job(merchant, young.id).await.unwrap(), Some(young));
    let found = store.job(merchant, kept.id).await.unwrap().unwrap();
    assert_eq!(found.state, JobState::Running);
    let all = store.job_rows(merchant, kept.id, 0, 9).await.unwrap();
    assert_eq!(all, rows);
}

async fn the_store_itself_refuses_a_job_that_cannot_be(store: Store) {
    let merchant = merchant_id();
    let job = draft(merchant);
    let mut due = job.clone();
    due.due_at = Some(NOW);
    let mut beyond = job.clone().confirmed("ana", NOW).unwrap();
    beyond.total = 1;
    let done = Totals {
        done: 2,
        ..Totals::default()
    };
    let beyond = beyond.finished(done, NOW);
    for bad in [due, beyond] {
        let refused = commit(&store, merchant, vec![insert(&bad)]).await;
        assert!(
            matches!(refused, Err(CommitError::Refused(_))),
            "{refused:?}"
        );
    }
    let nowhere = Write::Job(JobWrite::InsertRow(row(&job, 0, RowState::Waiting)));
    let refused = commit(&store, merchant, vec![nowhere]).await;
    assert!(
        matches!(refused, Err(CommitError::Refused(_))),
        "{refused:?}"
    );
}

async fn an_operation_says_who_did_it(store: Store) {
    let merchant = merchant_id();
    let sale = sold(&store, merchant, "1").await;
    let by = |version, by: Option<&str>| aval_domain::operation::Operation {
        merchant,
        payment: sale.id,
        version,
        kind: aval_domain::operation::Kind::Capture,
        amount: cents(5),
        at: NOW,
        request_id: "r".to_owned(),
        return_code: "6".to_owned(),
        by: by.map(str::to_owned),
        before: None,
    };
    let all = vec![by(2, Some("ana")), by(3, None)];
    let writes = all.iter().cloned().map(Write::InsertOperation).collect();
    commit(&store, merchant, writes).await.unwrap();
    let found = store.operations(merchant, sale.id).await.unwrap();
    assert_eq!(found, all);
}
