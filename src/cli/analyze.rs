//! `analyze`: what documents say, with no server and no database.

use crate::{analysis, config::Config};
use clap::Args;
use futures_util::StreamExt;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Analyze {
    /// The documents.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Analyze {
    /// Prints one JSON object a line, one for each file, in their order. A file that cannot even
    /// be opened has no line; it is named and makes the verb fail after the others.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let all = self.files.len();
        let analyses = analysis::analyze_files(self.files, &config.analysis);
        let mut analyses = std::pin::pin!(analyses);
        let mut without = 0;
        while let Some(analysis) = analyses.next().await {
            match analysis {
                Ok(analysis) => super::print_line(&serde_json::to_string(&analysis)?),
                Err(error) => {
                    super::print_error(&error.into());
                    without += 1;
                }
            }
        }
        anyhow::ensure!(without == 0, "{without} of {all} files could not be opened");
        Ok(())
    }
}
