//! LISTEN: a hint that something changed. It may be lost at any time, so nothing rests on it alone.

use super::{DbError, Login, connect_single};
use futures_util::{StreamExt, stream};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_postgres::AsyncMessage;

/// What a listener is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The connection stands, for the first time or again: whatever was said meanwhile was missed.
    Connected,
    /// Somebody said something.
    Notice { channel: String, payload: String },
    /// The connection is gone; another one is on its way.
    Lost,
}

/// Pause before a lost connection is made again.
const PAUSE: Duration = Duration::from_millis(250);

/// Listens on `channels` (names of our own, never input) for as long as anybody takes what is
/// heard. A lost connection is made again by itself.
pub async fn listen(login: Login, channels: &'static [&'static str], heard: mpsc::Sender<Heard>) {
    while !heard.is_closed() {
        if let Err(error) = listen_once(&login, channels, &heard).await {
            tracing::warn!(cause = %error, ?channels, "not listening");
        }
        if heard.send(Heard::Lost).await.is_err() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen_once(
    login: &Login,
    channels: &[&str],
    heard: &mpsc::Sender<Heard>,
) -> Result<(), DbError> {
    let (client, mut connection) = connect_single(login.clone()).await?;
    let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
    let subscribe = format!("LISTEN {}", channels.join("; LISTEN "));
    let subscribed = client.batch_execute(&subscribe);
    tokio::pin!(subscribed);
    let mut ready = false;
    loop {
        tokio::select! {
            done = &mut subscribed, if !ready => {
                done?;
                ready = true;
                if heard.send(Heard::Connected).await.is_err() {
                    return Ok(());
                }
            }
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(notice))) => {
                    let notice = Heard::Notice {
                        channel: notice.channel().to_owned(),
                        payload: notice.payload().to_owned(),
                    };
                    if heard.send(notice).await.is_err() {
                        return Ok(());
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(()),
            },
            () = heard.closed() => return Ok(()),
        }
    }
}
