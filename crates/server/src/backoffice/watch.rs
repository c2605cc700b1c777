//! What operators' tools ask of a server: whether it lives, takes work, and how much it does.
//!
//! Invariant: nothing here names a merchant or a payment.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aval_gateway::fraud::Fraud;
use aval_gateway::fraud::durations::BOUNDS;
use axum::extract::State;
use axum::response::IntoResponse;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::server::Server;

/// Whether the server takes new work.
#[derive(Debug, Default)]
pub struct Ready {
    stopped: AtomicBool,
}

impl Ready {
    /// From now on it does not.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// Whether the store answers and the server is not about to end.
pub(super) async fn ready(State(server): State<Arc<Server>>) -> impl IntoResponse {
    if server.ready.is_stopped() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match server.app.storage.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the store is out of reach\n",
            )
        }
    }
}

/// The counters, for Prometheus.
pub(super) async fn metrics(State(server): State<Arc<Server>>) -> impl IntoResponse {
    let mut text = server.telemetry.metrics.render();
    if let Some(outbox) = &server.app.outbox {
        text.push_str("# TYPE aval_notifications_total counter\n");
        for (outcome, count) in outbox.counts.all() {
            let _ = writeln!(
                text,
                "aval_notifications_total{{outcome=\"{outcome}\"}} {count}"
            );
        }
    }
    if let Ok(waiting) = server.app.storage.waiting_notifications().await {
        let _ = writeln!(
            text,
            "# TYPE aval_notifications_waiting gauge\naval_notifications_waiting {waiting}"
        );
    }
    text.push_str("# TYPE aval_recurrences_total counter\n");
    for (outcome, count) in server.app.recurrences.counts.all() {
        let _ = writeln!(
            text,
            "aval_recurrences_total{{outcome=\"{outcome}\"}} {count}"
        );
    }
    let look = server.app.recurrences.looked();
    let _ = writeln!(
        text,
        "# TYPE aval_recurrences_look_microseconds gauge\naval_recurrences_look_microseconds {look}"
    );
    fraud_metrics(&mut text, &server.app.fraud);
    let waiting = aval_gateway::search::waiting(&server.app);
    let _ = writeln!(
        text,
        "# TYPE aval_search_waiting gauge\naval_search_waiting {waiting}"
    );
    let now = server.app.clock.now();
    if let Ok(due) = server.app.storage.waiting_recurrences(now).await {
        let _ = writeln!(
            text,
            "# TYPE aval_recurrences_due gauge\naval_recurrences_due {due}"
        );
    }
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
}

/// How long analyses took, and what the histories at hand take.
fn fraud_metrics(text: &mut String, fraud: &Fraud) {
    let counted = fraud.durations.counted();
    let seconds = |micros: u64| Duration::from_micros(micros).as_secs_f64();
    text.push_str("# TYPE aval_fraud_analysis_seconds histogram\n");
    for (bound, count) in BOUNDS.iter().zip(counted.within) {
        let bound = seconds(*bound);
        let _ = writeln!(
            text,
            "aval_fraud_analysis_seconds_bucket{{le=\"{bound}\"}} {count}"
        );
    }
    let (count, sum) = (counted.count, seconds(counted.micros));
    let (merchants, bytes) = fraud.histories.size();
    let _ = writeln!(
        text,
        "aval_fraud_analysis_seconds_bucket{{le=\"+Inf\"}} {count}\n\
         aval_fraud_analysis_seconds_sum {sum}\n\
         aval_fraud_analysis_seconds_count {count}\n\
         # TYPE aval_fraud_histories gauge\naval_fraud_histories {merchants}\n\
         # TYPE aval_fraud_history_bytes gauge\naval_fraud_history_bytes {bytes}"
    );
}
