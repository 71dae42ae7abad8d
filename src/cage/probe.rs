//! Attempts to break out, made by a child that is closed in.

use serde::{Deserialize, Serialize};

/// What a child tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// To speak to the network.
    Socket,
    /// To open a file.
    Open,
    /// To become another program.
    Exec,
    /// To start a second process.
    Fork,
    /// To take all memory.
    Memory,
    /// To fill the stack.
    Stack,
    /// To compute for ever.
    Cpu,
}

impl Probe {
    /// Those that must fail before a worker takes its first document.
    pub(super) const TRIED_AT_START: [Self; 5] = [
        Self::Socket,
        Self::Open,
        Self::Exec,
        Self::Fork,
        Self::Memory,
    ];

    /// Returns only when the cage has a hole.
    pub(super) fn attempt(self) {
        match self {
            Self::Socket => drop(std::net::UdpSocket::bind("127.0.0.1:0")),
            Self::Open => drop(std::fs::File::open("/etc/passwd")),
            Self::Exec => drop(nix::unistd::execv(c"/bin/true", &[c"true"])),
            Self::Fork => drop(std::process::Command::new("/bin/true").spawn()),
            Self::Memory => hoard(),
            Self::Stack => drop(std::hint::black_box(descend(1))),
            Self::Cpu => loop {
                std::hint::black_box(0);
            },
        }
    }
}

/// Ends by itself after 64 GiB, so that a missing limit shows as a hole and not as a dead machine:
/// the pages are never touched.
fn hoard() {
    let kept: Vec<Vec<u8>> = (0..1024).map(|_| Vec::with_capacity(64 << 20)).collect();
    std::hint::black_box(kept);
}

#[expect(
    unconditional_recursion,
    reason = "filling the stack is what it is for"
)]
fn descend(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    frame[0] + descend(depth + 1) + frame[63]
}
