//! The child's side of the wall.

use super::frame::{self, LONGEST_ORDER, LONGEST_PIECE, Tag};
use super::seal::{self, Limits, SealError};
use super::{Order, Probe};
use nix::sys::prctl;
use nix::sys::signal::Signal;
use serde::de::DeserializeOwned;
use std::io::{self, Write};
use std::process::ExitCode;

/// What a child is made to do.
pub trait Inmate: Sized {
    type Order: DeserializeOwned;

    /// Loads whatever any order needs; the last moment at which a file could be opened.
    fn prepare() -> Self;

    /// Works on one document. What it returns goes to the parent as it is.
    fn work(&mut self, order: Self::Order, document: Vec<u8>, progress: &mut Progress) -> Vec<u8>;
}

/// Tells the parent how far the work has come.
pub struct Progress(Wire);

impl Progress {
    /// `page` of `pages` is begun, counted from 1.
    pub fn page(&mut self, page: u32, pages: u32) {
        let mut payload = [0; 8];
        payload[..4].copy_from_slice(&page.to_le_bytes());
        payload[4..].copy_from_slice(&pages.to_le_bytes());
        // A parent that is gone takes the child with it.
        let _ = frame::write(&mut self.0, Tag::Progress, &payload);
    }
}

/// Why a child ends without having worked; only its parent ever hears of it.
#[derive(Debug, thiserror::Error)]
enum ChildError {
    #[error("the cage cannot be closed: {0}")]
    Unsealed(#[from] SealError),
    #[error("the parent cannot be understood: {0}")]
    Wire(#[from] io::Error),
    #[error("the order cannot be understood: {0}")]
    Order(#[from] serde_json::Error),
}

/// Exit status of a child that could not close itself in, or whose cage has a hole.
pub(super) const UNSAFE: u8 = 3;
/// Exit status of a child whose document does not fit into its memory.
pub(super) const EXHAUSTED: u8 = 5;
/// Exit status of a child that did not understand its parent.
const CONFUSED: u8 = 4;

/// The whole life of a child. To be called before anything has started a second thread.
pub fn run<I: Inmate>(limits: Limits) -> ExitCode {
    // What a panic says may be text of a patient.
    std::panic::set_hook(Box::new(|_| {}));
    match live::<I>(limits) {
        Ok(code) => code,
        Err(ChildError::Unsealed(error)) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(UNSAFE)
        }
        Err(ChildError::Wire(error)) if error.kind() == io::ErrorKind::OutOfMemory => {
            ExitCode::from(EXHAUSTED)
        }
        Err(ChildError::Wire(_) | ChildError::Order(_)) => ExitCode::from(CONFUSED),
    }
}

fn live<I: Inmate>(limits: Limits) -> Result<ExitCode, ChildError> {
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(SealError::from)?;
    seal::close_inherited()?;
    let mut inmate = I::prepare();
    seal::seal(limits)?;
    let mut wire = Wire;
    frame::write(&mut wire, Tag::Ready, &[])?;

    let mut parent = io::stdin().lock();
    let mut order = Vec::new();
    frame::read(&mut parent, &mut order, LONGEST_ORDER)?;
    let (order, bytes) = match serde_json::from_slice(&order)? {
        Order::Break(probe) => return Ok(try_to_break(probe)),
        Order::Work { order, bytes } => (order, bytes),
    };
    let mut document = Vec::new();
    // A hint: a document of 200 MiB is not moved about while it grows.
    let _ = document.try_reserve_exact(bytes.unwrap_or(0) as usize);
    while frame::read(&mut parent, &mut document, LONGEST_PIECE)? > 0 {}
    let result = inmate.work(order, document, &mut Progress(Wire));
    frame::write(&mut wire, Tag::Result, &result)?;
    Ok(ExitCode::SUCCESS)
}

fn try_to_break(probe: Probe) -> ExitCode {
    probe.attempt();
    ExitCode::from(UNSAFE)
}

/// Descriptor 0, on which the parent listens too.
struct Wire;

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(nix::unistd::write(io::stdin(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
