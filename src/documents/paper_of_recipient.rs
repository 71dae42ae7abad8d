//! Papers of those who received from a donor, for viewers who do not see donors.
//!
//! Where such a paper names the donor, and where nobody could read whether it does, the paper itself is
//! withheld; of what was read from it, lines that hold a part of the donor's name or number are left
//! empty. It is decided when somebody looks: a donation that is linked today covers what was read
//! yesterday.

use super::{Document, Withheld};
use crate::access::Viewer;
use crate::db::{self, DbError, Tx};
use crate::domain::analysis::{Absent, Analysis, Identity, Observation, Report};
use crate::domain::ids::{DocumentId, PatientId};
use crate::patients::Screen;
use deadpool_postgres::Pool;
use tokio_postgres::types::Json;

const READ_PAPER: &str = include_str!("../../sql/queries/documents/read_paper.sql");

/// Stands in the place of a file name that would tell.
const NO_NAME: &str = "withheld";

/// Why the paper of a document of patient `whose` is kept from the viewer; `None` where it is shown.
pub async fn withheld(
    app: &Pool,
    viewer: &Viewer,
    tx: &Tx<'_>,
    document: DocumentId,
    whose: Option<PatientId>,
) -> Result<Option<Withheld>, DbError> {
    let screen = Screen::before(app, viewer, tx, whose).await?;
    judge(app, viewer, &screen, document, whose).await
}

async fn judge(
    app: &Pool,
    viewer: &Viewer,
    screen: &Screen,
    document: DocumentId,
    whose: Option<PatientId>,
) -> Result<Option<Withheld>, DbError> {
    if !screen.covers(whose) {
        return Ok(None);
    }
    // With the eyes of the house: what is decided about is the whole text, whatever is masked.
    let mut connection = db::connection(app).await?;
    let house = db::begin_for(&mut connection, viewer.clinic).await?;
    let read = house.prepare_cached(READ_PAPER).await?;
    let Some(row) = house.query_opt(&read, &[&document.0]).await? else {
        return Ok(Some(Withheld::MayNameDonor));
    };
    let texts: Vec<String> = row.get("texts");
    let pages: Option<i32> = row.get("pages");
    let Json(warnings): Json<Vec<String>> = row.get("warnings");
    let is_whole = row.get::<_, &str>("state") == "read"
        && !texts.is_empty()
        && pages.is_none_or(|pages| pages as usize <= texts.len())
        && texts.iter().all(|text| !text.trim().is_empty())
        && !warnings.iter().any(|warning| warning == "partly_read");
    let names = screen.names_donor(whose, texts.iter().map(String::as_str));
    Ok(match (names, is_whole) {
        (true, _) => Some(Withheld::NamesDonor),
        (false, false) => Some(Withheld::MayNameDonor),
        (false, true) => None,
    })
}

impl Document {
    /// Says whether its paper is withheld, and hides a file name that would tell.
    pub(super) async fn screen(
        &mut self,
        app: &Pool,
        viewer: &Viewer,
        screen: &Screen,
    ) -> Result<(), DbError> {
        let whose = self.touches();
        if let Some(because) = judge(app, viewer, screen, self.id, whose).await? {
            self.withheld_because = Some(because);
        }
        if screen.is_touched_by(whose, &self.file_name) {
            NO_NAME.clone_into(&mut self.file_name);
        }
        Ok(())
    }
}

/// Empties what in an analysis holds a part of a donor's name or number.
pub(super) fn clear_analysis(screen: &Screen, whose: Option<PatientId>, analysis: &mut Analysis) {
    if !screen.covers(whose) {
        return;
    }
    let Analysis {
        file,
        patient,
        report,
        observations,
        absent,
        ..
    } = analysis;
    if screen.is_touched_by(whose, file) {
        NO_NAME.clone_into(file);
    }
    if printed(patient).any(|text| screen.is_touched_by(whose, &text)) {
        *patient = Identity::default();
    }
    let Report {
        id,
        laboratory,
        supersedes,
        ..
    } = report;
    for text in [id, laboratory, supersedes] {
        if text
            .as_deref()
            .is_some_and(|text| screen.is_touched_by(whose, text))
        {
            *text = None;
        }
    }
    for observation in observations {
        clear_observation(screen, whose, observation);
    }
    for Absent { source_text, .. } in absent {
        screen.clear(whose, source_text);
    }
}

/// Empties the texts of a value that hold a part of a donor's name or number.
pub fn clear_observation(screen: &Screen, whose: Option<PatientId>, value: &mut Observation) {
    screen.clear(whose, &mut value.source_text);
    screen.clear(whose, &mut value.value_text);
    for text in [
        &mut value.text,
        &mut value.specimen,
        &mut value.scheme,
        &mut value.method,
    ]
    .into_iter()
    .flatten()
    {
        screen.clear(whose, text);
    }
}

/// All that is printed of a person.
fn printed(identity: &Identity) -> impl Iterator<Item = String> {
    let numbers = identity.identifiers.iter().map(|number| &number.value);
    identity
        .name
        .iter()
        .chain(&identity.mrn)
        .chain(numbers)
        .cloned()
        .chain(identity.dob.map(|day| day.to_string()))
        .collect::<Vec<_>>()
        .into_iter()
}
