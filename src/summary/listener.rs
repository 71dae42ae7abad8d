//! What keeps [`Known`] true: notices of changes, and heartbeats that prove that they come.

use super::known::{Known, Notice};
use crate::db::{self, DbError, Heard, Login};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

const SEND_HEARTBEAT: &str = include_str!("../../sql/queries/summary/send_heartbeat.sql");

const CHANGES: &str = "fertidoc_summary";
const BEATS: &str = "fertidoc_summary_beat";

/// Notices on their way; a full queue holds the connection back, and an old heartbeat tells.
const QUEUE: usize = 1024;

/// Never ends; whoever drops it stops listening.
pub(super) async fn listen(login: Login, known: Arc<Known>, silence: Duration) {
    let (sender, heard) = mpsc::channel(QUEUE);
    tokio::select! {
        () = db::listen(login.clone(), &[CHANGES, BEATS], sender) => {}
        () = take_in(heard, &known) => {}
        () = beat(&login, &known, silence / 3) => {}
    }
    known.lost();
}

async fn take_in(mut heard: mpsc::Receiver<Heard>, known: &Known) {
    while let Some(heard) = heard.recv().await {
        match heard {
            Heard::Connected => known.connected(),
            Heard::Lost => known.lost(),
            Heard::Notice { channel, payload } if channel == BEATS => known.heard(&payload),
            Heard::Notice { payload, .. } => {
                if let Ok(notice) = payload.parse::<Notice>() {
                    known.noticed(&notice);
                } else {
                    // Whom it concerns is unknown, so everybody.
                    tracing::error!("a notice of a changed summary cannot be read");
                    known.connected();
                }
            }
        }
    }
}

/// Sends heartbeats over a connection of their own, so that a busy pool does not silence them.
async fn beat(login: &Login, known: &Known, every: Duration) {
    loop {
        if let Err(error) = beat_on_one(login, known, every).await {
            tracing::warn!(cause = %error, "no heartbeat: summaries are not answered from memory");
        }
        tokio::time::sleep(every).await;
    }
}

async fn beat_on_one(login: &Login, known: &Known, every: Duration) -> Result<(), DbError> {
    let (client, connection) = db::connect_single(login.clone()).await?;
    let driver = tokio::spawn(connection);
    let send = client.prepare(SEND_HEARTBEAT).await?;
    while !driver.is_finished() {
        client.query_one(&send, &[&known.beat()]).await?;
        tokio::time::sleep(every).await;
    }
    Ok(())
}
