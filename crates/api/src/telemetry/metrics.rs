//! Counters, in the form that Prometheus reads.
//!
//! Invariant: no label holds anything a caller sent.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aval_domain::payment::Status as PaymentStatus;
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::route::{ROUTES, Route};

/// Counters of a server.
pub struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
    /// By route, the last one for requests that have none.
    routes: Vec<OfRoute>,
    /// Payments by Type and status, made when first used.
    payments: [[OnceLock<Counter>; PAYMENT_STATUSES]; KINDS.len()],
}

/// Every Payment.Type.
const KINDS: [&str; 4] = ["CreditCard", "DebitCard", "EletronicTransfer", "Boleto"];
/// One more than the greatest status.
const PAYMENT_STATUSES: usize = 21;

/// The counters of one route, made when first used.
struct OfRoute {
    label: &'static str,
    durations: OnceLock<Histogram>,
    statuses: [OnceLock<Counter>; STATUSES.len()],
}

/// Upper bounds of the histogram of durations, in seconds.
const BUCKETS: [f64; 11] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5,
];

/// The statuses that the API answers, and the one that stands for nobody told; another is counted
/// as 500.
const STATUSES: [(u16, &str); 15] = [
    (500, "500"),
    (200, "200"),
    (201, "201"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (408, "408"),
    (409, "409"),
    (413, "413"),
    (422, "422"),
    (429, "429"),
    (499, "499"),
    (503, "503"),
];

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
        let labels = ROUTES
            .iter()
            .map(|row| label(Some(row.route)))
            .chain([label(None)]);
        let of_route = |label| OfRoute {
            label,
            durations: OnceLock::new(),
            statuses: std::array::from_fn(|_| OnceLock::new()),
        };
        Self {
            recorder: Arc::new(recorder),
            handle,
            routes: labels.map(of_route).collect(),
            payments: std::array::from_fn(|_| std::array::from_fn(|_| OnceLock::new())),
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

    /// Counts a payment that was made, by its Type and the status it was answered with.
    pub fn count_payment(&self, kind: &'static str, status: PaymentStatus) {
        let row = KINDS.iter().position(|known| *known == kind).unwrap_or(0);
        let at = usize::from(status.number());
        let Some(counter) = self.payments.get(row).and_then(|row| row.get(at)) else {
            return;
        };
        counter
            .get_or_init(|| {
                let status = status.number().to_string();
                metrics::with_local_recorder(
                    &*self.recorder,
                    || metrics::counter!("aval_payments_total", "type" => kind, "status" => status),
                )
            })
            .increment(1);
    }

    /// Counts a buyer at a page, by what became of it: `shown`, `decided`, or `late` for a decision
    /// that came too late.
    pub fn count_visit(&self, page: &'static str, end: &'static str) {
        metrics::with_local_recorder(
            &*self.recorder,
            || metrics::counter!("aval_buyer_visits_total", "page" => page, "end" => end),
        )
        .increment(1);
    }

    /// Counts a request that has ended.
    pub(super) fn count(&self, route: Option<Route>, status: u16, took: Duration) {
        let row = ROUTES.iter().position(|row| Some(row.route) == route);
        let Some(of_route) = self.routes.get(row.unwrap_or(ROUTES.len())) else {
            return;
        };
        let number = STATUSES.iter().position(|(number, _)| *number == status);
        let at = number.unwrap_or(0);
        let (Some(counter), Some((_, status))) = (of_route.statuses.get(at), STATUSES.get(at))
        else {
            return;
        };
        let (route, status) = (of_route.label, *status);
        counter
            .get_or_init(|| {
                metrics::with_local_recorder(&*self.recorder, || {
                    metrics::counter!("aval_requests_total", "route" => route, "status" => status)
                })
            })
            .increment(1);
        of_route
            .durations
            .get_or_init(|| {
                metrics::with_local_recorder(
                    &*self.recorder,
                    || metrics::histogram!("aval_request_duration_seconds", "route" => route),
                )
            })
            .record(took.as_secs_f64());
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// The route as a label and in logs.
pub(super) const fn label(route: Option<Route>) -> &'static str {
    match route {
        None => "none",
        Some(route) => route.label(),
    }
}
