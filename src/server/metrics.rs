//! Metrics for Prometheus: counts and times by route and code; nothing of a request.

use crate::report::v1::{NoteOutcome, Provenance, Report};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

type Labels = Vec<(&'static str, String)>;

/// Upper bounds of the times, in seconds.
const TIMES: [f64; 14] =
    [0.001, 0.002, 0.004, 0.006, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The counters of a service.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    times: Family<Labels, Histogram>,
    notes: Family<Labels, Counter>,
    broken: Family<Labels, Counter>,
    pub(super) running: Gauge,
    pub(super) lines_lost: Counter,
    pub(super) connections_refused: Refusals,
}

/// Counts connections over the limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusals(Counter);

impl Refusals {
    pub(super) fn count(&self) {
        self.0.inc();
    }
}

impl Metrics {
    pub(super) fn new(engine: &Provenance) -> Self {
        let mut registry = Registry::with_prefix("chartgap");
        let info = Info::new(vec![
            ("version", engine.version.clone()),
            ("code_set", engine.code_set.clone()),
            ("classifier", engine.classifier.as_ref().map_or_else(|| "none".to_owned(), |c| c.name.clone())),
        ]);
        let requests = Family::<Labels, Counter>::default();
        let times =
            Family::<Labels, Histogram>::new_with_constructor(|| Histogram::new(TIMES.iter().copied()));
        let notes = Family::<Labels, Counter>::default();
        let running = Gauge::default();
        registry.register("build", "What runs", info);
        registry.register("requests", "Requests by route, method, status and error code", requests.clone());
        let time = "From the head of a request to that of its answer";
        registry.register_with_unit("request_duration", time, Unit::Seconds, times.clone());
        registry.register(
            "notes",
            "Notes by outcome; `unreadable` for those that could not be read",
            notes.clone(),
        );
        registry.register("requests_running", "Requests that are being answered", running.clone());
        let broken = Family::<Labels, Counter>::default();
        registry.register("batches_broken", "Batches that broke off, by reason", broken.clone());
        let lines_lost = Counter::default();
        let lost = "Lines of the access log that nobody took in time";
        registry.register("access_log_lost", lost, lines_lost.clone());
        let connections_refused = Refusals::default();
        let refused = "Connections over the limit";
        registry.register("connections_refused", refused, connections_refused.0.clone());
        Self { registry, requests, times, notes, broken, running, lines_lost, connections_refused }
    }

    /// Counts a request. All words are the service's own.
    pub(super) fn served(
        &self,
        route: &str,
        method: &'static str,
        status: u16,
        code: Option<&'static str>,
        time: Duration,
    ) {
        let mut labels =
            vec![("route", route.to_owned()), ("method", method.to_owned()), ("status", status.to_string())];
        labels.push(("code", code.unwrap_or("").to_owned()));
        self.requests.get_or_create(&labels).inc();
        self.times.get_or_create(&vec![("route", route.to_owned())]).observe(time.as_secs_f64());
    }

    /// Counts a note that was checked.
    pub(super) fn checked(&self, report: &Report) {
        self.outcome(report.outcome);
    }

    /// Counts a note of that outcome.
    pub(super) fn outcome(&self, outcome: NoteOutcome) {
        self.noted(outcome.name());
    }

    /// Counts a note that could not be read.
    pub(super) fn unreadable(&self) {
        self.noted("unreadable");
    }

    /// Counts a batch whose answer broke off.
    pub(super) fn broken(&self, code: &'static str) {
        self.broken.get_or_create(&vec![("code", code.to_owned())]).inc();
    }

    fn noted(&self, outcome: &str) {
        self.notes.get_or_create(&vec![("outcome", outcome.to_owned())]).inc();
    }

    /// The text for Prometheus.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut out, &self.registry);
        out
    }
}
