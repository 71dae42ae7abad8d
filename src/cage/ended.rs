use super::child::EXHAUSTED;
use crate::domain::analysis::RefusalCode;
use nix::sys::signal::Signal;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// How a child ended that gave no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    #[error("reading it took too long")]
    TimedOut,
    #[error("reading it took too much memory")]
    OutOfMemory,
    #[error("reading it ended in a crash")]
    Crashed,
}

/// What the runtime of Rust writes before it aborts for want of memory.
const NO_MEMORY: &[u8] = b"memory allocation of ";

impl Ended {
    /// From the exit status and the first bytes that the child wrote to its standard error.
    pub(super) fn from_exit(status: ExitStatus, complaints: &[u8]) -> Self {
        let signal = status
            .signal()
            .and_then(|signal| Signal::try_from(signal).ok());
        if status.code() == Some(i32::from(EXHAUSTED)) {
            return Self::OutOfMemory;
        }
        match signal {
            Some(Signal::SIGXCPU) => Self::TimedOut,
            Some(Signal::SIGABRT)
                if complaints
                    .windows(NO_MEMORY.len())
                    .any(|window| window == NO_MEMORY) =>
            {
                Self::OutOfMemory
            }
            // From outside: the kernel ran out of memory, or somebody's hand.
            Some(Signal::SIGKILL) => Self::OutOfMemory,
            _ => Self::Crashed,
        }
    }

    /// As in the analysis format.
    #[must_use]
    pub const fn code(self) -> RefusalCode {
        match self {
            Self::TimedOut => RefusalCode::TimedOut,
            Self::OutOfMemory => RefusalCode::OutOfMemory,
            Self::Crashed => RefusalCode::Crashed,
        }
    }

    /// As in metrics and records of attempts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::OutOfMemory => "out_of_memory",
            Self::Crashed => "crashed",
        }
    }
}
