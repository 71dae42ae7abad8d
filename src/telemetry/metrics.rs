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

/// Says what each figure means. Counters are there from the beginning, so that what counts their
/// growth sees the first of its kind; gauges and histograms come with their first value.
pub fn describe() {
    metrics::gauge!("fertidoc_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    for (name, meaning) in COUNTERS {
        describe_counter!(name, meaning);
        metrics::counter!(name).absolute(0);
    }
    for (name, labels, meaning) in COUNTERS_BY_KIND {
        describe_counter!(name, meaning);
        let labels = labels
            .iter()
            .map(|&(key, value)| metrics::Label::from_static_parts(key, value));
        metrics::counter!(name, labels.collect::<Vec<_>>()).absolute(0);
    }
    for (name, unit, meaning) in GAUGES {
        describe_gauge!(name, unit, meaning);
    }
    for (name, meaning) in HISTOGRAMS {
        describe_histogram!(name, Unit::Seconds, meaning);
    }
}

const COUNTERS: [(&str, &str); 9] = [
    ("fertidoc_panics_total", "Panics in request handlers"),
    (
        "fertidoc_upload_bytes_total",
        "Bytes of files received, before compression",
    ),
    (
        "fertidoc_swept_objects_total",
        "Objects of interrupted uploads that were removed",
    ),
    (
        "fertidoc_jobs_rescued_total",
        "Jobs taken from silent workers",
    ),
    (
        "fertidoc_observations_recorded_total",
        "Values recorded out of documents",
    ),
    (
        "fertidoc_cache_garbage_total",
        "Entries of Redis that were none of ours",
    ),
    (
        "fertidoc_audit_sealed_total",
        "Rows of the record of who did what that were sealed",
    ),
    (
        "fertidoc_audit_broken_total",
        "Chains of the record that were found cut",
    ),
    (
        "fertidoc_audit_unrecorded_total",
        "Reads that could not be recorded, and so were not answered",
    ),
];

type Labels = &'static [(&'static str, &'static str)];

/// With the labels of what happens most, or must not happen unseen.
const COUNTERS_BY_KIND: [(&str, Labels, &str); 8] = [
    (
        "fertidoc_upload_files_total",
        &[("outcome", "stored")],
        "Files handed in, by outcome",
    ),
    (
        "fertidoc_jobs_claimed_total",
        &[("kind", "analyze")],
        "Jobs claimed, by kind",
    ),
    (
        "fertidoc_job_attempts_total",
        &[("kind", "analyze"), ("outcome", "done")],
        "Attempts that ended, by kind and outcome",
    ),
    (
        "fertidoc_job_leases_lost_total",
        &[("kind", "analyze")],
        "Jobs that another worker took meanwhile",
    ),
    (
        "fertidoc_analysis_child_exits_total",
        &[("reason", "done")],
        "Ends of reading processes, by reason",
    ),
    (
        "fertidoc_scans_total",
        &[("outcome", "malware")],
        "Malware scans, by outcome",
    ),
    (
        "fertidoc_cache_reads_total",
        &[("layer", "memory"), ("outcome", "hit")],
        "Summaries looked for in memory and Redis, by outcome",
    ),
    (
        "fertidoc_limited_total",
        &[("class", "read")],
        "Requests refused because somebody asked too often, by class",
    ),
];

const GAUGES: [(&str, Unit, &str); 15] = [
    (
        "fertidoc_ready",
        Unit::Count,
        "1 while this instance can serve, 0 while it cannot or drains",
    ),
    (
        "fertidoc_part_up",
        Unit::Count,
        "Whether a part that this instance needs answers it",
    ),
    ("fertidoc_jobs", Unit::Count, "Jobs by state"),
    (
        "fertidoc_job_oldest_age_seconds",
        Unit::Seconds,
        "Age of the oldest job that is ready to run",
    ),
    (
        "fertidoc_queue_listening",
        Unit::Count,
        "1 while a worker is woken by notices, 0 while it only polls",
    ),
    (
        "fertidoc_mailbox_messages",
        Unit::Count,
        "Messages that wait for an actor",
    ),
    (
        "fertidoc_upload_sessions",
        Unit::Count,
        "Files that are being received",
    ),
    (
        "fertidoc_db_pool_size",
        Unit::Count,
        "Open connections of a pool",
    ),
    (
        "fertidoc_db_pool_available",
        Unit::Count,
        "Free connections of a pool",
    ),
    (
        "fertidoc_db_pool_waiting",
        Unit::Count,
        "Requests that wait for a connection",
    ),
    (
        "fertidoc_summary_stale_patients",
        Unit::Count,
        "Patients whose summary is computed at each read until the next refresh",
    ),
    (
        "fertidoc_summary_age_seconds",
        Unit::Seconds,
        "Age of the oldest change that the materialized summaries do not hold yet",
    ),
    (
        "fertidoc_audit_lag_seconds",
        Unit::Seconds,
        "Age of the oldest row of the record that is not sealed yet",
    ),
    (
        "fertidoc_limits_without_redis",
        Unit::Count,
        "1 while limits are kept without Redis",
    ),
    (
        "fertidoc_build_info",
        Unit::Count,
        "1, with the version as a label",
    ),
];

const HISTOGRAMS: [(&str, &str); 5] = [
    (
        "fertidoc_http_request_duration_seconds",
        "Time from the head of a request to the head of its answer, by route template and status",
    ),
    (
        "fertidoc_upload_duration_seconds",
        "Time from the first byte of a request with files to its commit",
    ),
    (
        "fertidoc_job_duration_seconds",
        "Time from claim to result of a job, by kind",
    ),
    (
        "fertidoc_summary_refresh_duration_seconds",
        "Time that one refresh of the materialized summaries took",
    ),
    (
        "fertidoc_s3_request_duration_seconds",
        "Time of one request to the object store, by operation and outcome",
    ),
];
