//! How a child closes itself in, before it sees the first byte.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus,
    Scope,
};
use nix::libc;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use std::fs::File;
use std::io;

/// What a child may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of address space.
    pub address_space: u64,
    /// Seconds of CPU time.
    pub cpu_seconds: u64,
}

/// Bytes of stack: deep structures end in an overflow of this, not in one of gigabytes.
const STACK: u64 = 16 << 20;
/// Descriptors; three are used.
const DESCRIPTORS: u64 = 16;

/// A layer of the cage could not be put up, so nothing may be read.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("resource limits: {0}")]
    Limits(#[from] nix::Error),
    #[error("landlock: {0}")]
    Landlock(#[from] landlock::RulesetError),
    #[error(
        "landlock is not in force: the kernel needs CONFIG_SECURITY_LANDLOCK, Linux 5.13 or later"
    )]
    NoLandlock,
    #[error("seccomp: {0}")]
    Seccomp(#[from] seccompiler::Error),
    #[error("seccomp filter: {0}")]
    Filter(#[from] seccompiler::BackendError),
    #[error("descriptors: {0}")]
    Descriptors(#[from] io::Error),
}

/// Closes every descriptor but 0, 1 and 2: a shell or a library may have left one to us.
pub(super) fn close_inherited() -> Result<(), SealError> {
    let open: Vec<i32> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2) {
        // The one that listed the directory is closed already.
        let _ = nix::unistd::close(descriptor);
    }
    Ok(())
}

/// Closes the calling process in. It must have one thread only.
pub(super) fn seal(limits: Limits) -> Result<(), SealError> {
    set_limits(limits)?;
    forbid_paths()?;
    if File::open("/proc/self/status").is_ok() {
        return Err(SealError::NoLandlock);
    }
    seccompiler::apply_filter(&filter()?)?;
    Ok(())
}

fn set_limits(limits: Limits) -> Result<(), SealError> {
    for (resource, wanted) in [
        (Resource::RLIMIT_AS, limits.address_space),
        (Resource::RLIMIT_STACK, STACK),
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_NPROC, 0),
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, DESCRIPTORS),
    ] {
        let (_, hard) = getrlimit(resource)?;
        let limit = wanted.min(hard);
        setrlimit(resource, limit, limit)?;
    }
    // SIGXCPU at the soft limit tells a time-out from a kill; the hard one is the net below it.
    let (_, hard) = getrlimit(Resource::RLIMIT_CPU)?;
    let soft = limits.cpu_seconds.min(hard);
    setrlimit(Resource::RLIMIT_CPU, soft, (soft + 1).min(hard))?;
    Ok(())
}

/// Landlock without a rule: no path of the file system, no TCP port, no signal to others.
fn forbid_paths() -> Result<(), SealError> {
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))?
        // What newer kernels know beyond the first version is taken where it is there.
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V6))?
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .restrict_self()?;
    if status.ruleset == RulesetStatus::NotEnforced || !status.no_new_privs {
        return Err(SealError::NoLandlock);
    }
    Ok(())
}

/// What computing in memory and speaking over open descriptors needs; anything else kills.
fn filter() -> Result<BpfProgram, SealError> {
    let free = [
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_poll,
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_nanosleep,
        libc::SYS_restart_syscall,
        libc::SYS_getrandom,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_tgkill,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let mut rules: Vec<(i64, Vec<SeccompRule>)> =
        free.into_iter().map(|call| (call, Vec::new())).collect();
    // Memory, but never memory that can be run.
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        let not_executable = SeccompCondition::new(
            2,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64),
            0,
        )?;
        rules.push((call, vec![SeccompRule::new(vec![not_executable])?]));
    }
    let filter = SeccompFilter::new(
        rules.into_iter().collect(),
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?;
    Ok(filter.try_into()?)
}
