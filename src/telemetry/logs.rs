//! Events: JSON to standard output, and to Loki.

use crate::config;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    layer::{Filter, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// Why nothing can be told.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("telemetry.log is no filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("telemetry.loki_url is no address: {0}")]
    Address(#[from] url::ParseError),
    #[error("events cannot be sent to Loki: {0}")]
    Loki(#[from] tracing_loki::Error),
    #[error("somebody set up events already: {0}")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Sends what is left when the process ends.
#[must_use]
pub struct Logs {
    loki: Option<(
        tracing_loki::BackgroundTaskController,
        tokio::task::JoinHandle<()>,
    )>,
}

/// Sets events up for the whole process; `role` (`serve`, `work`, ...) labels them.
pub fn start(config: &config::Telemetry, role: &'static str) -> Result<Logs, TelemetryError> {
    quiet_panics();
    let stdout = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_filter(filter(config)?);
    let registry = tracing_subscriber::registry().with(stdout);
    if config.loki_url.is_empty() {
        registry.try_init()?;
        return Ok(Logs { loki: None });
    }
    // Few labels, so that Loki keeps few streams; everything else is in the line.
    let (layer, controller, task) = tracing_loki::builder()
        .label("service", "fertidoc")?
        .label("instance", config.instance.clone())?
        .label("role", role)?
        .build_controller_url(url::Url::parse(&config.loki_url)?)?;
    registry
        .with(layer.with_filter(filter(config)?))
        .try_init()?;
    Ok(Logs {
        loki: Some((controller, tokio::spawn(task))),
    })
}

/// What the settings ask for, as far as it may be told at all.
fn filter<S>(
    config: &config::Telemetry,
) -> Result<impl Filter<S> + use<S>, tracing_subscriber::filter::ParseError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    Ok(EnvFilter::try_new(&config.log)?.and(filter_fn(may_be_told)))
}

/// Of what others wrote (drivers, clients), nothing below `info`: there they tell the parameters of
/// statements, addresses and headers, which no setting may bring into a log.
fn may_be_told(event: &Metadata<'_>) -> bool {
    let target = event.target();
    let ours = target == "fertidoc" || target.starts_with("fertidoc::");
    ours || *event.level() <= Level::INFO
}

/// A panic tells where it happened and never in which words: they may hold anything.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a panic");
    }));
}

impl Logs {
    /// Waits until what was told has been sent.
    pub async fn flush(self) {
        if let Some((controller, task)) = self.loki {
            controller.shutdown().await;
            // The task ends by itself after a shutdown; a panic of it has nothing left to say.
            let _ = task.await;
        }
    }
}
