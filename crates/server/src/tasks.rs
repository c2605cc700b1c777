//! What runs beside the requests.
//!
//! Invariant: a task takes no input, can run twice without harm, and runs again when it failed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aval_gateway::app::Environment;
use aval_gateway::error::Error;
use aval_gateway::listeners;
use aval_gateway::operations::merchant;
use aval_gateway::tasks::{histories, moves, notifications, retention};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::server::Server;

/// How often the clock is read from the store, where another process may have moved it, and who
/// listens.
const CLOCK: Duration = listeners::LOOKED_AT;
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
                let app = &server.app;
                if let Err(error) = app.clock.refresh(&app.storage).await {
                    tracing::warn!(%error, "the clock could not be read");
                }
                let real = app.clock.real();
                if let Err(error) = app.listeners.refresh(&app.storage, real).await {
                    tracing::warn!(%error, "it could not be read who listens");
                }
                if let Err(error) = move_clock(&server).await {
                    tracing::warn!(%error, "it could not be read how the clock is to be moved");
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
    let charged = Arc::clone(server);
    tasks.spawn(every(DUE, move || {
        let server = Arc::clone(&charged);
        async move {
            match aval_gateway::tasks::charge_due(&server.app).await {
                Ok(0) => {}
                Ok(charged) => tracing::info!(charged, "recurrences that were due"),
                Err(error) => tracing::warn!(%error, "recurrences could not be charged"),
            }
        }
    }));
    tasks.spawn(jobs(Arc::clone(server)));
    let kept = Arc::clone(server);
    tasks.spawn(every(RETENTION, move || {
        let server = Arc::clone(&kept);
        async move {
            match retention::run(&server.app).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "what is too old was removed"),
                Err(error) => tracing::warn!(%error, "what is too old could not be removed"),
            }
            server.request_log.forget_old(server.app.clock.real());
        }
    }));
    tasks.spawn(notify(Arc::clone(server)));
    let searched = Arc::clone(server);
    tasks.spawn(async move { aval_gateway::search::follow(&searched.app).await });
    tasks.spawn(read_histories(Arc::clone(server)));
    tasks.spawn(seal_settings(Arc::clone(server)));
    tasks
}

/// Moves the clock as commands ask for it, each by a task of its own.
async fn move_clock(server: &Arc<Server>) -> Result<(), Error> {
    for asked in moves::asked(&server.app).await? {
        let server = Arc::clone(server);
        tokio::spawn(async move {
            match moves::answer(&server.app, &asked).await {
                Ok(true) => {
                    let now = server.app.clock.now().wire_iso();
                    tracing::info!(now, "a command moved the clock");
                }
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the clock could not be moved"),
            }
        });
    }
    Ok(())
}

/// Seals what is secret of settings that an earlier version stored, once.
async fn seal_settings(server: Arc<Server>) {
    match merchant::seal_settings(&server.app).await {
        Ok(0) => {}
        Ok(merchants) => tracing::info!(merchants, "settings that were in clear are sealed"),
        Err(error) => tracing::warn!(%error, "settings could not be sealed"),
    }
}

/// Reads histories of fraud analysis, once.
async fn read_histories(server: Arc<Server>) {
    match histories::run(&server.app).await {
        Ok(0) => {}
        Ok(merchants) => tracing::info!(merchants, "histories of who sells were read"),
        Err(error) => tracing::warn!(%error, "histories could not be read"),
    }
}

/// How long nobody looks for notifications that are due: those of retries, of a clock that was
/// moved, of another server.
const NOTIFICATIONS: Duration = Duration::from_millis(500);
/// Merchants who have a task at once. Most of them wait for a place; beyond this they wait for the
/// next look.
const WORKERS: usize = 20_000;

/// Delivers notifications, each merchant's by a task of its own: at once of whom this server wrote
/// some, and of all others when it looks for them.
async fn notify(server: Arc<Server>) {
    let Some(outbox) = &server.app.outbox else {
        return;
    };
    let mut workers = JoinSet::new();
    let mut looks = interval(NOTIFICATIONS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let due = tokio::select! {
            woken = outbox.woken() => Ok(woken),
            _ = looks.tick() => notifications::due(&server.app).await,
        };
        while workers.try_join_next().is_some() {}
        let due = match due {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "notifications could not be looked for");
                continue;
            }
        };
        for merchant in due {
            if workers.len() >= WORKERS {
                break;
            }
            let server = Arc::clone(&server);
            workers.spawn(async move {
                if let Err(error) = notifications::deliver(&server.app, merchant).await {
                    tracing::warn!(%merchant, %error, "notifications could not be delivered");
                }
            });
        }
    }
}

/// Does the rows of jobs: at once of those confirmed on this server, and of all others when it
/// looks for them.
async fn jobs(server: Arc<Server>) {
    let mut looks = interval(DUE);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = server.app.jobs.woken() => {}
            _ = looks.tick() => {}
        }
        match aval_gateway::tasks::jobs::run(&server.app).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "captures and voids of jobs"),
            Err(error) => tracing::warn!(%error, "jobs could not be done"),
        }
    }
}

async fn every<F: Future<Output = ()>>(period: Duration, mut run: impl FnMut() -> F) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        run().await;
    }
}
