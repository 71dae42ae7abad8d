//! What a campaign came to, for `./scripts/faults`.

use std::{io::Write as _, time::Duration};

/// How often a fault is done, and what chance is drawn from, so that a failure can be repeated.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub rounds: u64,
    pub seed: u64,
}

impl Plan {
    /// As `./scripts/faults` says, else a few.
    pub fn of(few: u64) -> Self {
        let said = |name: &str| std::env::var(name).ok()?.parse().ok();
        Self {
            rounds: said("FERTIDOC_FAULT_ROUNDS").unwrap_or(few),
            seed: said("FERTIDOC_FAULT_SEED").unwrap_or(7),
        }
    }
}

/// One row of the table.
#[derive(Debug, Default)]
pub struct Outcome {
    pub rounds: u64,
    /// Files that were answered with 201.
    pub acknowledged: usize,
    /// Of those, what is not there or not the same.
    pub lost: usize,
    pub read_twice: usize,
    /// From the death of a worker to the next attempt at its job.
    pub worst_takeover: Option<Duration>,
    /// Whatever else there is to say.
    pub beside: String,
}

impl Outcome {
    /// Writes the row where `./scripts/faults` reads it; a test by itself writes nothing.
    pub fn tell(&self, fault: &str) {
        let Ok(path) = std::env::var("FERTIDOC_FAULT_REPORT") else {
            return;
        };
        let takeover = self
            .worst_takeover
            .map_or("-".to_owned(), |it| format!("{:.1} s", it.as_secs_f64()));
        let row = [
            fault.to_owned(),
            self.rounds.to_string(),
            self.acknowledged.to_string(),
            self.lost.to_string(),
            self.read_twice.to_string(),
            takeover,
            self.beside.clone(),
        ];
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        file.write_all(format!("{}\n", row.join("\t")).as_bytes())
            .unwrap();
    }
}
