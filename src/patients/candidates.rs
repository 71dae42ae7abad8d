//! The rows of the register that a decision needs.

use super::matching::{Candidate, CandidateIdentifier};
use super::paper::{Authority, Paper};
use crate::db::{DbError, Tx};
use crate::domain::analysis::Sex;
use crate::domain::ids::PatientId;
use crate::domain::name;
use uuid::Uuid;

const FIND: &str = include_str!("../../sql/queries/patients/find_candidates.sql");
const AUTHORITIES: &str = include_str!("../../sql/queries/patients/list_authorities.sql");

/// Everybody whom the paper may be about, with the partners linked today.
pub async fn candidates(
    tx: &Tx<'_>,
    paper: &Paper,
    stated: Option<PatientId>,
) -> Result<Vec<Candidate>, DbError> {
    let numbers: Vec<&str> = paper
        .identifiers
        .iter()
        .map(|identifier| identifier.folded.as_str())
        .collect();
    let words = paper.name.as_deref().map(name::search_words);
    let find = tx.prepare_cached(FIND).await?;
    let rows = tx
        .query(
            &find,
            &[
                &stated.map(|patient| patient.0),
                &numbers,
                &paper.birth_date,
                &words.unwrap_or_default(),
            ],
        )
        .await?;
    Ok(rows.iter().map(candidate).collect())
}

/// The houses that the clinic of this transaction knows.
pub async fn authorities(tx: &Tx<'_>) -> Result<Vec<Authority>, DbError> {
    let list = tx.prepare_cached(AUTHORITIES).await?;
    let rows = tx.query(&list, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| Authority {
            code: row.get("code"),
            name: row.get("name"),
            aliases: row.get("aliases"),
        })
        .collect())
}

fn candidate(row: &tokio_postgres::Row) -> Candidate {
    let authorities: Vec<String> = row.get("authorities");
    let numbers: Vec<String> = row.get("numbers");
    let values: Vec<String> = row.get("values");
    let partners: Vec<Uuid> = row.get("partners");
    Candidate {
        patient: PatientId(row.get("patient_id")),
        family_name: row.get("family_name"),
        given_names: row.get("given_names"),
        birth_date: row.get("birth_date"),
        sex: sex(row.get("sex")),
        identifiers: authorities
            .into_iter()
            .zip(numbers.into_iter().zip(values))
            .map(|(authority, (folded, value))| CandidateIdentifier {
                authority,
                folded,
                value,
            })
            .collect(),
        partners: partners.into_iter().map(PatientId).collect(),
    }
}

/// The sex as the database spells it.
pub(super) fn sex(stored: Option<&str>) -> Option<Sex> {
    match stored {
        Some("female") => Some(Sex::Female),
        Some("male") => Some(Sex::Male),
        _ => None,
    }
}
