//! Logs and counters.
//!
//! Invariant: one line for each request, with what an operator needs and never card data: no body,
//! no header but the RequestId, no address. Logs go to standard error.

mod lines;
mod metrics;

use http::StatusCode;
use tracing::Level;
use tracing_subscriber::EnvFilter;

pub use self::lines::{Lines, LogGuard};
pub use self::metrics::Metrics;

use aval_domain::id::MerchantId;

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

/// What a server tells of itself.
pub struct Telemetry {
    /// Counters.
    pub metrics: Metrics,
    lines: Option<Lines>,
}

/// Starts logging; lines are gathered and written by a thread of their own. What was logged is
/// written out when the guard is dropped.
pub fn start_logging(format: LogFormat) -> (Lines, LogGuard) {
    let (lines, guard) = Lines::start(format);
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(lines.clone());
    let builder = builder.with_ansi(false).with_target(false);
    // A second subscriber in one process (tests) is no fault.
    let _ = match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.try_init(),
    };
    (lines, guard)
}

impl Telemetry {
    /// Counters at zero, and where lines go, if anywhere.
    #[must_use]
    pub fn new(lines: Option<Lines>) -> Self {
        Self {
            metrics: Metrics::new(),
            lines,
        }
    }

    /// Counts and logs a request that was answered. `cause` is for the operator.
    pub fn finished(
        &self,
        finished: &Finished,
        status: StatusCode,
        request_id: &str,
        cause: Option<&str>,
    ) {
        let took = finished.stopwatch.elapsed();
        self.metrics.count(finished.route, status, took);
        let (route, merchant) = (metrics::label(finished.route), finished.merchant);
        if let Some(cause) = cause {
            let merchant = merchant.map(tracing::field::display);
            let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            let status = status.as_u16();
            tracing::error!(
                request_id, merchant, route, status, micros, cause, "request"
            );
        } else if let (Some(lines), true) = (&self.lines, tracing::enabled!(Level::INFO)) {
            lines.request(request_id, merchant, route, status.as_u16(), took);
        }
    }
}
