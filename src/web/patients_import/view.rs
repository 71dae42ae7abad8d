//! What the import shows.

use crate::domain::ids::PatientId;
use crate::patients::{ImportReport, Imported};
use crate::web::shell::Shell;
use askama::Template;

#[derive(Template)]
#[template(path = "patients_import.html")]
pub struct ImportPage {
    shell: Shell,
    pub report: Option<Report>,
    pub problem: Option<String>,
}

/// What became of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    pub summed: String,
    pub lines: Vec<Line>,
}

/// What became of a line.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    pub number: u64,
    pub outcome: &'static str,
    pub patient: Option<PatientId>,
    pub refused: bool,
    pub reason: &'static str,
}

impl ImportPage {
    pub fn new(shell: Shell) -> Self {
        Self {
            shell,
            report: None,
            problem: None,
        }
    }
}

impl Report {
    pub fn new(report: &ImportReport) -> Self {
        let done = if report.dry_run {
            "would be created, nothing was written"
        } else {
            "created"
        };
        Self {
            summed: format!(
                "{} {done} · {} known already · {} left out",
                report.created, report.unchanged, report.refused
            ),
            lines: report
                .lines
                .iter()
                .map(|line| Line {
                    number: line.line,
                    outcome: match (line.outcome, report.dry_run) {
                        (Imported::Created, false) => "created",
                        (Imported::Created, true) => "would be created",
                        (Imported::Unchanged, _) => "known already",
                        (Imported::Refused, _) => "left out",
                    },
                    patient: line.patient_id,
                    refused: line.outcome == Imported::Refused,
                    reason: line.reason.unwrap_or_default(),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patients::ImportLine;

    #[test]
    fn every_line_is_answered_for() {
        let line = |line, outcome, reason| ImportLine {
            line,
            outcome,
            patient_id: None,
            reason,
        };
        let mut report = ImportReport {
            dry_run: false,
            created: 1,
            unchanged: 0,
            refused: 1,
            lines: vec![
                line(2, Imported::Created, None),
                line(3, Imported::Refused, Some("a family name is needed")),
            ],
        };
        let shown = Report::new(&report);
        assert_eq!(shown.summed, "1 created · 0 known already · 1 left out");
        assert_eq!(
            (shown.lines[1].number, shown.lines[1].reason),
            (3, "a family name is needed")
        );
        report.dry_run = true;
        assert_eq!(Report::new(&report).lines[0].outcome, "would be created");
    }
}
