//! `measure`: what reading costs, in CPU seconds a page, start-up excluded. For people who compare
//! it with another reader on the same files; it reads in this process, so only files that are
//! trusted.

use crate::{
    config,
    extraction::{self, NoSecondVoice},
    lexicon::Lexicon,
    text::{self, pdf},
};
use anyhow::Context as _;
use clap::Args;
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Measure {
    /// PDF files with a text layer.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How often everything is read.
    #[arg(long, default_value_t = 20)]
    rounds: u32,
}

impl Measure {
    pub fn run(self) -> anyhow::Result<()> {
        let files: Vec<Vec<u8>> = self
            .files
            .iter()
            .map(|path| std::fs::read(path).with_context(|| path.display().to_string()))
            .collect::<Result<_, _>>()?;
        let lexicon = Lexicon::built_in();
        let documents: Vec<text::Document> = files
            .iter()
            .map(|bytes| text::open(bytes, &mut |_, _| {}).context("a file cannot be read"))
            .collect::<Result<_, _>>()?;
        let pages: usize = documents.iter().map(|document| document.pages.len()).sum();
        let per_page = |work: &dyn Fn()| -> anyhow::Result<f64> {
            let before = cpu_seconds(UsageWho::RUSAGE_SELF)?;
            for _ in 0..self.rounds {
                work();
            }
            Ok((cpu_seconds(UsageWho::RUSAGE_SELF)? - before)
                / f64::from(self.rounds)
                / pages as f64)
        };
        let structure = per_page(&|| {
            for bytes in &files {
                let _ = pdf::inspect(bytes);
            }
        })?;
        let opened = per_page(&|| {
            for bytes in &files {
                let _ = text::open(bytes, &mut |_, _| {});
            }
        })?;
        let values = per_page(&|| {
            for document in &documents {
                let _ = extraction::extract(&document.pages, lexicon, &NoSecondVoice);
            }
        })?;
        let confirmed = per_page(&|| {
            for (bytes, document) in files.iter().zip(&documents) {
                let second = pdf::SecondVoice::new(bytes);
                let _ = extraction::extract(&document.pages, lexicon, &second);
            }
        })?;
        let child = child_start_seconds()?;
        let total = |per_page: f64| per_page * pages as f64 * f64::from(self.rounds);
        let line = json!({
            "files": files.len(),
            "pages": pages,
            "rounds": self.rounds,
            "cpu_seconds": {
                "structure": total(structure),
                "first_voice_and_layout": total(opened - structure),
                "values": total(values),
                "second_voice": total(confirmed - values),
            },
            "child_start_seconds": child,
        });
        super::print_line(&line.to_string());
        Ok(())
    }
}

/// CPU time of a child that starts, closes itself in and finds that nobody wants anything: the mean
/// of twenty.
fn child_start_seconds() -> anyhow::Result<f64> {
    const CHILDREN: u32 = 20;
    let limits = config::Analysis::default();
    let before = cpu_seconds(UsageWho::RUSAGE_CHILDREN)?;
    for _ in 0..CHILDREN {
        // A child speaks over a socket on its standard input; this one is closed at once.
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        drop(ours);
        std::process::Command::new(std::env::current_exe()?)
            .arg("child")
            .arg(limits.address_space.to_string())
            .arg(limits.cpu_seconds.to_string())
            .stdin(std::process::Stdio::from(std::os::fd::OwnedFd::from(
                theirs,
            )))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()?;
    }
    Ok((cpu_seconds(UsageWho::RUSAGE_CHILDREN)? - before) / f64::from(CHILDREN))
}

/// CPU time so far, user and system.
fn cpu_seconds(who: UsageWho) -> anyhow::Result<f64> {
    let usage = getrusage(who)?;
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}
