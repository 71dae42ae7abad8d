//! Patients are found: by name in any order and without accents, by number, by birth date.

use super::{ListedPatient, PatientsError};
use crate::access::audit::Event;
use crate::access::{Scope, Viewer};
use crate::db;
use crate::domain::ids::PatientId;
use crate::domain::name;
use deadpool_postgres::Pool;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

const LIST: &str = include_str!("../../sql/queries/patients/list_patients.sql");

/// A page of patients, by family name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PatientPage {
    pub patients: Vec<ListedPatient>,
    /// The cursor of the next page; it says nothing of any patient but the id.
    pub next_cursor: Option<PatientId>,
}

/// Patients who fit all words of `query` (all patients where it is empty), `limit` of them after
/// the cursor `after`.
pub async fn list(
    app: &Pool,
    viewer: &Viewer,
    query: &str,
    after: Option<PatientId>,
    limit: u16,
) -> Result<PatientPage, PatientsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let list = tx.prepare_cached(LIST).await?;
    let patterns = patterns(query);
    // One more than asked for tells whether there is a next page.
    let rows = tx
        .query(
            &list,
            &[
                &patterns,
                &after.map(|patient| patient.0),
                &(i64::from(limit) + 1),
            ],
        )
        .await?;
    let mut patients: Vec<ListedPatient> = rows.iter().map(ListedPatient::of).collect();
    let more = patients.len() > usize::from(limit);
    patients.truncate(usize::from(limit));
    let detail = json!({ "searched": !patterns.is_empty(), "shown": patients.len() });
    tx.commit().await?;
    drop(connection);
    let shown = patients.iter().map(|patient| patient.id);
    let event = Event::new("patient.list").showing(shown).with(detail);
    viewer.saw(event).await?;
    Ok(PatientPage {
        next_cursor: patients.last().filter(|_| more).map(|patient| patient.id),
        patients,
    })
}

/// One LIKE pattern for each word: a date in the form of the register, a number anywhere within a
/// number, a name from its beginning.
fn patterns(query: &str) -> Vec<String> {
    let mut patterns = Vec::new();
    for word in query.split_whitespace() {
        if let Some(day) = birth_date(word) {
            patterns.push(format!("% {day}%"));
        } else if word.chars().any(|letter| letter.is_ascii_digit()) {
            let number = super::fold_identifier(word).to_lowercase();
            patterns.push(format!("%{number}%"));
        } else {
            patterns.extend(
                name::query_words(word)
                    .into_iter()
                    .map(|word| format!("% {word}%")),
            );
        }
    }
    // A query of nothing but marks finds nobody, not everybody.
    if patterns.is_empty() && !query.trim().is_empty() {
        patterns.push("% \u{1}%".to_owned());
    }
    patterns
}

/// `1986-03-30` or `30.3.1986`, day first as wherever dots are written.
pub(super) fn birth_date(word: &str) -> Option<Date> {
    if let Ok(day) = word.parse() {
        return (word.len() == 10).then_some(day);
    }
    let parts: Vec<&str> = word.split('.').collect();
    let [day, month, year] = parts.as_slice() else {
        return None;
    };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_patterns() {
        assert_eq!(patterns("Núñez gab"), ["% nunez%", "% gab%"]);
        assert_eq!(patterns("Taylor-Brown"), ["% taylor%", "% brown%"]);
        assert_eq!(patterns("MRN-001/23"), ["%mrn00123%"]);
        assert_eq!(patterns("30.3.1986"), ["% 1986-03-30%"]);
        assert_eq!(patterns("1986-03-30"), ["% 1986-03-30%"]);
        assert_eq!(patterns("100%"), ["%100%"]);
        assert!(patterns("  ").is_empty());
        assert_eq!(patterns("%_").len(), 1);
    }

    #[test]
    fn only_whole_dates_are_dates() {
        for word in [
            "31.2.1986",
            "1.1.86",
            "1.2",
            "19860330",
            "SDI.0000294415",
            "77.219",
        ] {
            assert_eq!(birth_date(word), None, "{word}");
        }
    }
}
