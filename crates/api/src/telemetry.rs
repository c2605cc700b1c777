//! Logs and counters.
//!
//! Invariant: one line for each request, answered or not, with what an operator needs and never
//! card data: no body, no header but the RequestId, no address. Logs go to standard error.

mod lines;
mod metrics;

use http::StatusCode;
use tracing::Level;
use tracing_subscriber::EnvFilter;

pub use self::lines::{Lines, LogGuard};
pub use self::metrics::Metrics;

use aval_domain::id::MerchantId;

use crate::route::Route;
use crate::stopwatch::Stopwatch;

/// The form of the log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// The word for it in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// A request that is being answered.
pub struct Finished {
    /// When it came.
    pub stopwatch: Stopwatch,
    /// Its RequestId, as it is logged.
    pub request_id: String,
    /// Its route, if it has one.
    pub route: Option<Route>,
    /// Who asked, once that is known.
    pub merchant: Option<MerchantId>,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With an answer.
    Answered(StatusCode),
    /// It was carried through, and nobody was left to read the answer.
    Left(StatusCode),
    /// It was given up: the limit of a drain had passed.
    GivenUp,
}

/// What stands in the place of a status when nobody was told one.
const NOBODY: u16 = 499;

impl End {
    /// The status to count and log.
    fn status(self) -> u16 {
        match self {
            Self::Answered(status) => status.as_u16(),
            Self::Left(_) | Self::GivenUp => NOBODY,
        }
    }

    /// The status that nobody read.
    fn unread(self) -> Option<u16> {
        match self {
            Self::Left(status) => Some(status.as_u16()),
            Self::Answered(_) | Self::GivenUp => None,
        }
    }
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

    /// Counts and logs a request that has ended. `cause` is for the operator.
    pub fn finished(&self, finished: &Finished, end: End, cause: Option<&str>) {
        let took = finished.stopwatch.elapsed();
        let (status, unread) = (end.status(), end.unread());
        self.metrics.count(finished.route, status, took);
        let route = metrics::label(finished.route);
        if let Some(cause) = cause {
            let request_id = finished.request_id.as_str();
            let merchant = finished.merchant.map(tracing::field::display);
            let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            tracing::error!(
                request_id, merchant, route, status, unread, micros, cause, "request"
            );
        } else if let (Some(lines), true) = (&self.lines, tracing::enabled!(Level::INFO)) {
            lines.request(finished, route, status, unread, took);
        }
    }
}
