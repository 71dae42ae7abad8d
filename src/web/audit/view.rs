//! What the two pages of the record show.

use super::{Wanted, written_place};
use crate::access::audit::{self, AuditRow, Filter, Outcome};
use crate::domain::ids::PatientId;
use crate::web::{shell::Shell, words};
use askama::Template;
use url::form_urlencoded::Serializer;

#[derive(Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    shell: Shell,
    wanted: Wanted,
    problem: Option<&'static str>,
    /// What may be asked for, with its words.
    actions: &'static [(&'static str, &'static str)],
    rows: Vec<Row>,
    next: Option<String>,
    /// The same rows to take away.
    csv: String,
    ndjson: String,
}

#[derive(Template)]
#[template(path = "looked.html")]
pub struct LookedPage {
    shell: Shell,
    patient: PatientId,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    at: String,
    exact: String,
    who: String,
    agent: Option<String>,
    did: &'static str,
    action: String,
    outcome: &'static str,
    patient: Option<PatientId>,
    shown: usize,
    client: String,
    request: String,
}

impl AuditPage {
    pub fn new(
        shell: Shell,
        wanted: Wanted,
        filter: &Filter,
        rows: &[AuditRow],
        more: bool,
    ) -> Self {
        let export = |ending: &str| format!("/api/v1/audit.{ending}?{}", exported(filter));
        let after = rows
            .last()
            .filter(|_| more)
            .map(|row| written_place((row.at, row.id)));
        let next = after.map(|after| {
            let mut query = Serializer::new(String::new());
            for (name, value) in [
                ("patient", &wanted.patient),
                ("agent", &wanted.agent),
                ("action", &wanted.action),
                ("outcome", &wanted.outcome),
                ("from", &wanted.from),
                ("until", &wanted.until),
                ("after", &after),
            ] {
                if !value.is_empty() {
                    query.append_pair(name, value);
                }
            }
            format!("/audit?{}", query.finish())
        });
        Self {
            shell,
            problem: None,
            actions: &audit::ACTIONS,
            rows: rows.iter().map(Row::new).collect(),
            next,
            csv: export("csv"),
            ndjson: export("ndjson"),
            wanted,
        }
    }

    /// Keeps what was asked for and says what was wrong with it.
    pub fn unusable(shell: Shell, wanted: Wanted, problem: &'static str) -> Self {
        Self {
            problem: Some(problem),
            ..Self::new(shell, wanted, &Filter::default(), &[], false)
        }
    }
}

fn exported(filter: &Filter) -> String {
    let mut query = Serializer::new(String::new());
    let fields = [
        ("patient", filter.patient.map(|id| id.to_string())),
        ("agent", filter.agent.map(|id| id.to_string())),
        ("action", filter.action.clone()),
        ("outcome", filter.outcome.map(|it| it.as_str().to_owned())),
        ("from", filter.from.map(|at| at.to_string())),
        ("to", filter.to.map(|at| at.to_string())),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
    query.finish()
}

impl LookedPage {
    pub fn new(shell: Shell, patient: PatientId, rows: &[AuditRow], more: bool) -> Self {
        let after = rows
            .last()
            .filter(|_| more)
            .map(|row| written_place((row.at, row.id)));
        let next = after.map(|after| {
            let query = Serializer::new(String::new())
                .append_pair("after", &after)
                .finish();
            format!("/patients/{patient}/audit?{query}")
        });
        Self {
            shell,
            patient,
            rows: rows.iter().map(Row::new).collect(),
            next,
        }
    }
}

impl Row {
    fn new(row: &AuditRow) -> Self {
        Self {
            at: words::moment(row.at),
            exact: row.at.to_string(),
            who: match (&row.agent, row.agent_id) {
                (Some(name), _) => name.clone(),
                (None, Some(_)) => "somebody of another clinic".into(),
                (None, None) => "the server".into(),
            },
            agent: row.agent_id.map(|id| id.to_string()),
            did: audit::words(&row.action).unwrap_or_default(),
            action: row.action.clone(),
            outcome: match row.outcome {
                Outcome::Success => "",
                Outcome::Refused => "refused",
                Outcome::Failed => "failed",
            },
            patient: row.patient_id,
            shown: row.patients.len(),
            client: row.client.clone().unwrap_or_default(),
            request: row.request_id.clone().unwrap_or_default(),
        }
    }
}
