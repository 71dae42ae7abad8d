//! A small S3 endpoint over a directory, for one machine and for tests.
//!
//! It survives killed processes: an object appears by a rename once all its bytes are written. It
//! does not survive a power cut, because nothing is synced to disk; a deployment that must has a
//! store of its own. One process serves a directory at a time.

use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use s3s::{auth::SimpleAuth, service::S3Service, service::S3ServiceBuilder};
use std::{
    collections::HashSet,
    fs::{File, TryLockError},
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::net::TcpListener;

/// How long requests in flight may take after the word to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Why the endpoint cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error("the directory {path} cannot be used: {source}")]
    Directory { path: PathBuf, source: io::Error },
    #[error("another process serves the directory {0}")]
    Taken(PathBuf),
    #[error("the address {address} cannot be listened on: {source}")]
    Address { address: String, source: io::Error },
    #[error("the directory cannot be served: {0:?}")]
    Unusable(s3s_fs::Error),
}

/// An endpoint that listens already and answers once it is served.
pub struct Embedded {
    service: S3Service,
    listener: TcpListener,
    address: SocketAddr,
    /// Held while the directory is served.
    _lock: File,
}

impl Embedded {
    /// Takes directory and address; port 0 takes a free one, see [`Self::address`].
    pub async fn bind(
        address: &str,
        directory: &Path,
        access_key: &str,
        secret_key: &str,
    ) -> Result<Self, EmbeddedError> {
        let lock = take(directory)?;
        let files = s3s_fs::FileSystem::new(directory).map_err(EmbeddedError::Unusable)?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(access_key, secret_key));
        let refused = |source| EmbeddedError::Address {
            address: address.to_owned(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self {
            service: service.build(),
            listener,
            address,
            _lock: lock,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is ready, then lets requests in flight end.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let server = Builder::new(TokioExecutor::new());
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let socket = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut stop => break,
            };
            match socket {
                Ok((socket, _)) => {
                    // Parts are sent in one piece; waiting for more bytes only costs time.
                    let _ = socket.set_nodelay(true);
                    let service = self.service.clone();
                    let answer = service_fn(move |request| to_its_end(service.clone(), request));
                    let connection = server.serve_connection(TokioIo::new(socket), answer);
                    tokio::spawn(graceful.watch(connection.into_owned()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection to the store could not be accepted");
                    // Out of descriptors, mostly; without a pause this would spin.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        if tokio::time::timeout(GRACE, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("requests to the store were cut");
        }
    }
}

/// Answers a request, to its end even when its sender is gone by then. s3s-fs forgets an upload
/// before it joins the parts: a joining that is cut would leave parts that nobody can name.
async fn to_its_end(
    service: S3Service,
    request: Request<Incoming>,
) -> Result<s3s::HttpResponse, Box<dyn std::error::Error + Send + Sync>> {
    let answer = tokio::spawn(async move { service.call(request.map(s3s::Body::from)).await });
    Ok(answer.await??)
}

/// Serves a directory until the process is told to end (SIGTERM or SIGINT); `bound` hears the
/// address first.
pub async fn serve(
    address: &str,
    directory: &Path,
    access_key: &str,
    secret_key: &str,
    bound: impl FnOnce(SocketAddr),
) -> Result<(), EmbeddedError> {
    let endpoint = Embedded::bind(address, directory, access_key, secret_key).await?;
    bound(endpoint.address());
    endpoint.serve(told_to_end()).await;
    Ok(())
}

async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be listened to");
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Makes the directory, locks it and removes what a killed process left half joined.
fn take(directory: &Path) -> Result<File, EmbeddedError> {
    let refused = |source| EmbeddedError::Directory {
        path: directory.to_owned(),
        source,
    };
    std::fs::create_dir_all(directory).map_err(refused)?;
    let lock = File::create(directory.join(".lock")).map_err(refused)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(EmbeddedError::Taken(directory.to_owned())),
        Err(TryLockError::Error(source)) => return Err(refused(source)),
    }
    remove_orphan_parts(directory).map_err(refused)?;
    Ok(lock)
}

/// s3s-fs forgets an upload before it joins its parts, so a process killed in between leaves
/// parts (`.upload_id-ID.part-N`) that no request can name any more (no `.upload-ID.json`).
fn remove_orphan_parts(directory: &Path) -> io::Result<()> {
    let mut known = HashSet::new();
    let mut parts = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        if let Some(id) = name
            .strip_prefix(".upload-")
            .and_then(|rest| rest.strip_suffix(".json"))
        {
            known.insert(id.to_owned());
        } else if let Some((id, _)) = name
            .strip_prefix(".upload_id-")
            .and_then(|rest| rest.split_once(".part-"))
        {
            parts.push((id.to_owned(), directory.join(name)));
        }
    }
    for (id, path) in parts {
        if !known.contains(&id) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
