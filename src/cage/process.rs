//! A child as its parent holds it.

use super::seal::Limits;
use super::{Ended, child};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;

/// Bytes of a child's standard error that are looked at.
const COMPLAINTS: usize = 4096;

/// A running child. Dropping it kills it.
pub(super) struct Caged {
    process: Child,
    complaints: JoinHandle<Vec<u8>>,
    pub wire: UnixStream,
}

impl Caged {
    /// Starts a child; it is closed in when it has said that it is ready.
    pub fn start(program: &Path, limits: Limits) -> io::Result<Self> {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut process = Command::new(program)
            .arg("child")
            .arg(limits.address_space.to_string())
            .arg(limits.cpu_seconds.to_string())
            .env_clear()
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stderr = process.stderr.take();
        Ok(Self {
            process,
            complaints: tokio::spawn(first_complaints(stderr)),
            wire: UnixStream::from_std(ours)?,
        })
    }

    /// Whether it has not ended yet.
    pub fn lives(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// The process id, while it has not been waited for.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Kills the child and whatever it might have started.
    pub fn kill(&mut self) {
        if let Some(id) = self.process.id() {
            let _ = killpg(Pid::from_raw(id as i32), Signal::SIGKILL);
        }
    }

    /// Waits for the end and names it. `Err` when the child refused to work in a broken cage.
    pub async fn end(mut self) -> io::Result<Result<Ended, String>> {
        let status = self.process.wait().await?;
        let complaints = self.complaints.await.unwrap_or_default();
        if status.code() == Some(i32::from(child::UNSAFE)) {
            // Before the first byte of a document was read, so this is a message of ours.
            return Ok(Err(String::from_utf8_lossy(&complaints).trim().to_owned()));
        }
        Ok(Ok(Ended::from_exit(status, &complaints)))
    }
}

/// Reads to the end, so that the child never waits, and keeps the beginning.
async fn first_complaints(stderr: Option<ChildStderr>) -> Vec<u8> {
    let mut kept = Vec::new();
    let Some(mut stderr) = stderr else {
        return kept;
    };
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
        let room = COMPLAINTS.saturating_sub(kept.len());
        kept.extend_from_slice(&buffer[..read.min(room)]);
    }
    kept
}
