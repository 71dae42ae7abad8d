//! Figures for Prometheus. Names carry the unit, counters end in `_total`, labels are bounded.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// The figures of this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Collects the figures of the whole process from now on. A second call in one process (tests
    /// open several houses) gets figures that nobody writes to.
    #[must_use]
    pub fn install() -> Self {
        let seconds = [
            0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
        ];
        let builder = PrometheusBuilder::new();
        let builder = builder
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &seconds)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_ok() {
            describe();
        }
        Self(handle)
    }

    /// The Prometheus text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

/// Says what each figure means.
pub fn describe() {
    metrics::gauge!("fertidoc_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    describe_histogram!(
        "fertidoc_http_request_duration_seconds",
        Unit::Seconds,
        "Time from the head of a request to the head of its answer, by route template and status"
    );
    describe_counter!("fertidoc_panics_total", "Panics in request handlers");
    describe_counter!(
        "fertidoc_upload_bytes_total",
        Unit::Bytes,
        "Bytes of files received, before compression"
    );
    describe_histogram!(
        "fertidoc_upload_duration_seconds",
        Unit::Seconds,
        "Time from the first byte of a file to its row"
    );
    describe_gauge!("fertidoc_jobs", "Jobs by state");
    describe_gauge!(
        "fertidoc_job_oldest_age_seconds",
        Unit::Seconds,
        "Age of the oldest job that is ready to run"
    );
    describe_histogram!(
        "fertidoc_job_duration_seconds",
        Unit::Seconds,
        "Time from claim to result of a job, by outcome"
    );
    describe_counter!(
        "fertidoc_analysis_child_exits_total",
        "Ends of reading processes, by reason"
    );
    describe_gauge!("fertidoc_db_pool_size", "Open connections of a pool");
    describe_gauge!("fertidoc_db_pool_available", "Free connections of a pool");
    describe_gauge!(
        "fertidoc_db_pool_waiting",
        "Requests that wait for a connection"
    );
    describe_gauge!(
        "fertidoc_summary_age_seconds",
        Unit::Seconds,
        "Age of the oldest change that the materialized summaries do not hold yet"
    );
}
