//! `serve`, `work` and `all`: open the house, keep it until a signal, close it in order.

use crate::{
    app::{self, Roles},
    config::Config,
    telemetry,
};
use tokio::signal::unix::{SignalKind, signal};

pub async fn run(config: Config, roles: Roles, name: &'static str) -> anyhow::Result<()> {
    let logs = telemetry::start(&config.telemetry, name)?;
    let mut house = app::open(config, roles).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let outcome = tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = house.failed() => Err(anyhow::anyhow!("a part that must not end has ended")),
    };
    tracing::info!("closing");
    house.stop().await;
    logs.flush().await;
    outcome
}
