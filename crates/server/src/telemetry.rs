//! Logs and counters.
//!
//! Invariant: one line for each request, with what an operator needs and never card data: no body,
//! no header but the RequestId, no address. Logs go to standard error.

use std::sync::Arc;
use std::time::Duration;

use aval_domain::id::MerchantId;
use http::{HeaderValue, StatusCode};
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::api::route::Route;
use crate::config::LogFormat;
use crate::stopwatch::Stopwatch;

/// A request that is being answered.
pub struct Finished {
    /// When it came.
    pub stopwatch: Stopwatch,
    /// Its route, if it has one.
    pub route: Option<Route>,
    /// Who asked, once that is known.
    pub merchant: Option<MerchantId>,
}

/// Counters of a server.
#[derive(Clone)]
pub struct Metrics {
    recorder: Arc<metrics_exporter_prometheus::PrometheusRecorder>,
    handle: PrometheusHandle,
}

/// Upper bounds of the histogram of durations, in seconds.
const BUCKETS: [f64; 11] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5,
];

/// Starts logging; lines are written by a thread of their own. Lines are lost while the guard is
/// gone, so it is kept until the end.
pub fn start_logging(format: LogFormat) -> WorkerGuard {
    let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer);
    let builder = builder.with_ansi(false).with_target(false);
    // A second subscriber in one process (tests) is no fault.
    let _ = match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.try_init(),
    };
    guard
}

impl Metrics {
    /// New counters, all zero.
    #[must_use]
    pub fn new() -> Self {
        let builder = PrometheusBuilder::new();
        // Fails for an empty list only.
        let builder = builder
            .set_buckets(&BUCKETS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        Self {
            recorder: Arc::new(recorder),
            handle,
        }
    }

    /// Counts and logs a request that was answered. `cause` is for the operator.
    pub fn finished(
        &self,
        finished: &Finished,
        status: StatusCode,
        request_id: &HeaderValue,
        cause: Option<&str>,
    ) {
        let route = finished.route.map_or("none", name);
        let took = finished.stopwatch.elapsed();
        self.count(route, status, took);
        let request_id = request_id.to_str().unwrap_or("?");
        let merchant = finished.merchant.map(tracing::field::display);
        let (status, micros) = (status.as_u16(), took.as_micros());
        match cause {
            None => tracing::info!(request_id, merchant, route, status, micros, "request"),
            Some(cause) => {
                tracing::error!(
                    request_id, merchant, route, status, micros, cause, "request"
                );
            }
        }
    }

    /// The counters in Prometheus' text form.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Sums up what was observed since; called now and then so that memory stays bounded.
    pub fn sum_up(&self) {
        self.handle.run_upkeep();
    }

    fn count(&self, route: &'static str, status: StatusCode, took: Duration) {
        let (counter, histogram): (Counter, Histogram) =
            metrics::with_local_recorder(&*self.recorder, || {
                let status = status_class(status);
                (
                    metrics::counter!("aval_requests_total", "route" => route, "status" => status),
                    metrics::histogram!("aval_request_duration_seconds", "route" => route),
                )
            });
        counter.increment(1);
        histogram.record(took.as_secs_f64());
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// The status as a label, without making a text of it.
fn status_class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        200 => "200",
        201 => "201",
        400 => "400",
        401 => "401",
        403 => "403",
        404 => "404",
        405 => "405",
        408 => "408",
        409 => "409",
        413 => "413",
        422 => "422",
        429 => "429",
        503 => "503",
        _ => "500",
    }
}

/// The route as a label and in logs.
fn name(route: Route) -> &'static str {
    match route {
        Route::CreateSale => "create_sale",
        Route::SalesOfOrder => "sales_of_order",
        Route::Sale => "sale",
        Route::Capture => "capture",
        Route::Void => "void",
        Route::VoidOrder => "void_order",
        Route::CreateCard => "create_card",
        Route::Card => "card",
    }
}
