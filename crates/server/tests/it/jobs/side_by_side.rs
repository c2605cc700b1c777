//! Jobs on several servers, cut off in the middle, and of five thousand payments.
//!
//! Invariant: whatever runs twice or is cut off, each payment is captured once.

use std::sync::Arc;
use std::time::Duration;

use aval_api::stopwatch::Stopwatch;
use aval_domain::job::{JobKind, JobState};
use aval_gateway::operations::job::Confirmed;
use aval_gateway::tasks::jobs;

use super::{DONE, finished, id, states};
use crate::program::support::say;
use crate::support::gateway::{Gateway, Setup};
use crate::support::on_both_engines;
use crate::support::store::Store;

on_both_engines!(
    of_several_servers_at_once_each_row_is_done_by_one,
    what_was_cut_off_in_the_middle_is_done_afterwards,
    a_block_of_five_thousand_is_done_beside_sales,
);

/// Each payment was captured once, by one operation.
async fn captured_once(gateway: &Gateway, sales: &[String]) {
    let storage = &gateway.server.app.storage;
    for sale in sales {
        let merchant = gateway.caller.merchant_id();
        let found = storage.operations(merchant, id(sale)).await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].version, 2);
    }
}

async fn of_several_servers_at_once_each_row_is_done_by_one(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let beside = [gateway.beside().await, gateway.beside().await];
    let sales = gateway.many_sales(400).await;
    let mut made = Vec::new();
    // The same payments in every job: one captures, the others are refused.
    for _ in 0..3 {
        let job = gateway.draft(JobKind::Capture, &sales).await;
        assert!(matches!(gateway.confirm(&job).await, Confirmed::Now(_)));
        made.push(job);
    }
    let mut running = Vec::new();
    for server in [&gateway.server, &beside[0].server, &beside[1].server] {
        let server = Arc::clone(server);
        running.push(tokio::spawn(async move {
            jobs::run(&server.app).await.unwrap()
        }));
    }
    let mut decided = 0;
    for run in running {
        decided += run.await.unwrap();
    }
    // Who held no lease left it to the others.
    decided += jobs::run(&gateway.server.app).await.unwrap();
    assert_eq!(decided, 1_200);
    captured_once(&gateway, &sales).await;
    let mut done = 0;
    for job in &made {
        let job = gateway.job(job).await;
        assert!(finished(&job), "{job:?}");
        done += job.totals.done;
        assert_eq!(job.totals.done + job.totals.refused, 400);
    }
    assert_eq!(done, 400);
}

async fn what_was_cut_off_in_the_middle_is_done_afterwards(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let sales = gateway.many_sales(600).await;
    let job = gateway.draft(JobKind::Capture, &sales).await;
    gateway.confirm(&job).await;
    let server = Arc::clone(&gateway.server);
    let run = tokio::spawn(async move { jobs::run(&server.app).await });
    let begun = Stopwatch::start();
    let cut_at = loop {
        let storage = &gateway.server.app.storage;
        let totals = storage.job_totals(job.merchant, job.id).await.unwrap();
        if totals.done > 0 {
            break totals.done;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{totals:?}");
        tokio::task::yield_now().await;
    };
    run.abort();
    assert!(run.await.is_err_and(|error| error.is_cancelled()));
    assert!(cut_at < 600, "nothing was left");
    let before = gateway.job(&job).await;
    assert_eq!(before.state, JobState::Running);
    let gateway = gateway.restarted().await;
    // The lease of who was cut off has to run out, unless it is the same server.
    let begun = Stopwatch::start();
    while !finished(&gateway.job(&job).await) {
        jobs::run(&gateway.server.app).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(states(&gateway.rows(&job).await), [DONE; 600]);
    captured_once(&gateway, &sales).await;
}

async fn a_block_of_five_thousand_is_done_beside_sales(store: Store) {
    let gateway = Gateway::start(store, Setup::default()).await;
    let sales = gateway.many_sales(5_000).await;
    let begun = Stopwatch::start();
    let job = gateway.draft(JobKind::Capture, &sales).await;
    let prepared = begun.elapsed();
    gateway.confirm(&job).await;
    let server = Arc::clone(&gateway.server);
    let begun = Stopwatch::start();
    let run = tokio::spawn(async move { jobs::run(&server.app).await.unwrap() });
    let mut beside = Vec::new();
    while !run.is_finished() {
        let asked = Stopwatch::start();
        gateway.authorized().await;
        beside.push(asked.elapsed());
    }
    let took = begun.elapsed();
    assert_eq!(run.await.unwrap(), 5_000);
    let job = gateway.job(&job).await;
    assert!(finished(&job), "{job:?}");
    assert_eq!((job.totals.done, job.totals.moved), (5_000, 78_500_000));
    beside.sort();
    let (count, slowest) = (beside.len(), beside.last().copied().unwrap_or_default());
    say(&format!(
        "prepared in {prepared:?}, done in {took:?}; {count} sales beside, at most {slowest:?}"
    ));
    assert!(count > 0 && slowest < Duration::from_secs(5), "{slowest:?}");
}
