//! TCP, with weather.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// What happens to bytes on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Clear,
    /// Nobody listens, and who was connected is cut off.
    Refused,
    /// Who connects or says anything is cut off.
    Reset,
    /// Nothing gets through and nobody is told.
    Frozen,
    /// Each piece is held back so long.
    Late(Duration),
    /// So many bytes a second each way.
    Narrow(usize),
    /// A connection is cut when it has carried so many bytes.
    CutAfter(u64),
}

/// A way to one address, gone with the value.
pub struct Wire {
    pub address: String,
    weather: watch::Sender<Weather>,
    listening: JoinHandle<()>,
}

impl Wire {
    /// To `target`, as `host:port`.
    pub async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let weather = watch::Sender::new(Weather::Clear);
        let listening = listen(listener, target.to_owned(), weather.subscribe());
        Self {
            address,
            weather,
            listening: tokio::spawn(listening),
        }
    }

    /// From now on, for those who are connected as well.
    pub fn turns(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.weather.send_replace(Weather::Refused);
        self.listening.abort();
    }
}

async fn listen(first: TcpListener, target: String, mut weather: watch::Receiver<Weather>) {
    let address = first.local_addr().unwrap();
    let mut listener = Some(first);
    loop {
        let Some(listening) = &listener else {
            if weather
                .wait_for(|it| *it != Weather::Refused)
                .await
                .is_err()
            {
                return;
            }
            listener = TcpListener::bind(address).await.ok();
            continue;
        };
        tokio::select! {
            accepted = listening.accept() => {
                let (near, _) = accepted.unwrap();
                tokio::spawn(carry(near, target.clone(), weather.clone()));
            }
            changed = weather.changed() => {
                if changed.is_err() {
                    return;
                }
                if *weather.borrow() == Weather::Refused {
                    listener = None;
                }
            }
        }
    }
}

/// One connection: in order to its end, or cut on both sides without a word.
async fn carry(near: TcpStream, target: String, weather: watch::Receiver<Weather>) {
    let Ok(far) = TcpStream::connect(target).await else {
        near.set_zero_linger().unwrap();
        return;
    };
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    let carried = Arc::new(AtomicU64::new(0));
    let up = one_way(from_near, to_far, weather.clone(), carried.clone());
    let down = one_way(from_far, to_near, weather, carried);
    let _ = tokio::try_join!(up, down);
}

/// To the end of what is said, which is passed on. Where the way is cut, both sockets are set to be
/// reset when they are closed.
async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
    carried: Arc<AtomicU64>,
) -> io::Result<()> {
    let cut = |from: &OwnedReadHalf, to: &OwnedWriteHalf| {
        let _ = from.as_ref().set_zero_linger();
        let _ = to.as_ref().set_zero_linger();
        Err(io::ErrorKind::ConnectionReset.into())
    };
    let mut piece = vec![0; 64 << 10];
    loop {
        let now = *weather.borrow_and_update();
        let room = match now {
            Weather::Refused | Weather::Reset => return cut(&from, &to),
            Weather::Frozen => {
                if weather.changed().await.is_err() {
                    return cut(&from, &to);
                }
                continue;
            }
            // Twenty pieces a second.
            Weather::Narrow(rate) => (rate / 20).clamp(1, piece.len()),
            _ => piece.len(),
        };
        let length = tokio::select! {
            length = from.read(&mut piece[..room]) => length?,
            changed = weather.changed() => {
                if changed.is_err() {
                    return cut(&from, &to);
                }
                continue;
            }
        };
        if length == 0 {
            return to.shutdown().await;
        }
        match now {
            Weather::Late(pause) => sleep(pause).await,
            Weather::Narrow(rate) => {
                sleep(Duration::from_secs_f64(length as f64 / rate as f64)).await;
            }
            _ => {}
        }
        to.write_all(&piece[..length]).await?;
        let carried = carried.fetch_add(length as u64, Ordering::Relaxed) + length as u64;
        if let Weather::CutAfter(bytes) = now
            && carried >= bytes
        {
            return cut(&from, &to);
        }
    }
}
