//! What runs beside the requests.
//!
//! Invariant: a task takes no input, can run twice without harm, and runs again when it failed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aval_gateway::app::Environment;
use aval_gateway::tasks::retention;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::server::Server;

/// How often the clock is read from the store, where another process may have moved it.
const CLOCK: Duration = Duration::from_millis(500);
/// How often observed durations are summed up, so that memory stays bounded.
const METRICS: Duration = Duration::from_secs(5);
/// How often what is too old is removed.
const RETENTION: Duration = Duration::from_secs(600);

/// How often it is asked whether something is due.
const DUE: Duration = Duration::from_secs(1);

/// Starts the tasks; they end when the answer is dropped.
#[must_use]
pub fn start(server: &Arc<Server>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    if server.app.environment == Environment::Sandbox {
        let server = Arc::clone(server);
        tasks.spawn(every(CLOCK, move || {
            let server = Arc::clone(&server);
            async move {
                if let Err(error) = server.app.clock.refresh(&server.app.storage).await {
                    tracing::warn!(%error, "the clock could not be read");
                }
            }
        }));
    }
    let metered = Arc::clone(server);
    tasks.spawn(every(METRICS, move || {
        metered.telemetry.metrics.sum_up();
        std::future::ready(())
    }));
    let due = Arc::clone(server);
    tasks.spawn(every(DUE, move || {
        let server = Arc::clone(&due);
        async move {
            if let Err(error) = aval_gateway::tasks::run_due(&server.app).await {
                tracing::warn!(%error, "what is due could not be done");
            }
        }
    }));
    let kept = Arc::clone(server);
    tasks.spawn(every(RETENTION, move || {
        let server = Arc::clone(&kept);
        async move {
            match retention::run(&server.app).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "kept answers removed"),
                Err(error) => tracing::warn!(%error, "kept answers could not be removed"),
            }
            server.request_log.forget_old(server.app.clock.now());
        }
    }));
    tasks
}

async fn every<F: Future<Output = ()>>(period: Duration, mut run: impl FnMut() -> F) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        run().await;
    }
}
