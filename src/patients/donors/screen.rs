//! What stands between a viewer and the names of donors on the papers of recipients.

use super::names::{Names, Words};
use crate::access::Viewer;
use crate::db::{self, DbError, Tx};
use crate::domain::ids::PatientId;
use deadpool_postgres::{Object, Pool};
use std::collections::HashMap;
use uuid::Uuid;

const RECIPIENTS: &str = include_str!("../../../sql/queries/patients/list_recipients.sql");
const DONORS: &str = include_str!("../../../sql/queries/patients/list_linked_donors.sql");

/// The donors whose names a viewer must not read on the papers of some patients. For viewers who see
/// donors, and where nobody received from a donor, it is clear.
#[derive(Debug, Default)]
pub struct Screen {
    donors: HashMap<PatientId, Vec<Names>>,
}

impl Screen {
    /// The screen before `viewer` for the papers of `patients`. `tx` is the viewer's own transaction;
    /// where it shows a donation, the names are fetched with the eyes of the house.
    pub async fn before(
        app: &Pool,
        viewer: &Viewer,
        tx: &Tx<'_>,
        patients: impl IntoIterator<Item = PatientId>,
    ) -> Result<Self, DbError> {
        if viewer.sight.donors {
            return Ok(Self::default());
        }
        let asked: Vec<Uuid> = patients.into_iter().map(|patient| patient.0).collect();
        if asked.is_empty() {
            return Ok(Self::default());
        }
        let list = tx.prepare_cached(RECIPIENTS).await?;
        let recipients: Vec<Uuid> = tx
            .query(&list, &[&asked])
            .await?
            .iter()
            .map(|row| row.get(0))
            .collect();
        if recipients.is_empty() {
            return Ok(Self::default());
        }
        let mut connection = db::connection(app).await?;
        let house = db::begin_for(&mut connection, viewer.clinic).await?;
        let list = house.prepare_cached(DONORS).await?;
        let mut donors: HashMap<PatientId, Vec<Names>> = HashMap::new();
        for row in house.query(&list, &[&recipients]).await? {
            donors
                .entry(PatientId(row.get("recipient")))
                .or_default()
                .push(Names::new(
                    row.get("family_name"),
                    row.get("given_names"),
                    row.get("birth_date"),
                    row.get("numbers"),
                ));
        }
        Ok(Self { donors })
    }

    /// As [`Screen::before`], in a transaction of its own.
    pub async fn beside(
        app: &Pool,
        viewer: &Viewer,
        connection: &mut Object,
        patients: impl IntoIterator<Item = PatientId>,
    ) -> Result<Self, DbError> {
        if viewer.sight.donors {
            return Ok(Self::default());
        }
        let tx = viewer.begin(connection).await?;
        let screen = Self::before(app, viewer, &tx, patients).await?;
        tx.commit().await?;
        Ok(screen)
    }

    /// Whether papers of this patient may hold a name that the viewer must not read.
    #[must_use]
    pub fn covers(&self, patient: Option<PatientId>) -> bool {
        patient.is_some_and(|patient| self.donors.contains_key(&patient))
    }

    /// Whether a paper of the patient with these texts names a donor.
    #[must_use]
    pub fn names_donor<'a>(
        &self,
        patient: Option<PatientId>,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        let donors = self.of(patient);
        if donors.is_empty() {
            return false;
        }
        let paper = Words::of(texts);
        donors.iter().any(|donor| donor.stand_in(&paper))
    }

    /// Whether a line from a paper of the patient holds a part of a donor's name or number.
    #[must_use]
    pub fn is_touched_by(&self, patient: Option<PatientId>, line: &str) -> bool {
        let donors = self.of(patient);
        if donors.is_empty() {
            return false;
        }
        let line = Words::of([line]);
        donors.iter().any(|donor| donor.are_touched_by(&line))
    }

    /// Empties a line that holds a part of a donor's name or number.
    pub fn clear(&self, patient: Option<PatientId>, line: &mut String) {
        if self.is_touched_by(patient, line) {
            line.clear();
        }
    }

    fn of(&self, patient: Option<PatientId>) -> &[Names] {
        patient
            .and_then(|patient| self.donors.get(&patient))
            .map_or(&[], Vec::as_slice)
    }
}
