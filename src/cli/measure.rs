//! `measure`: what reading costs, in CPU seconds a page, start-up excluded. For people who compare
//! it with another reader on the same files; it reads in this process, so only files that are
//! trusted.

use crate::{
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
            let before = cpu_seconds()?;
            for _ in 0..self.rounds {
                work();
            }
            Ok((cpu_seconds()? - before) / f64::from(self.rounds) / pages as f64)
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
        let line = json!({
            "pages": pages,
            "rounds": self.rounds,
            "cpu_seconds_a_page": {
                "structure_pass": structure,
                "first_voice_and_layout": opened - structure,
                "values": values,
                "second_voice": confirmed - values,
            },
        });
        super::print_line(&line.to_string());
        Ok(())
    }
}

/// CPU time of this process so far, user and system.
fn cpu_seconds() -> anyhow::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}
