//! A person decides whose a document is.

use super::document::analysis_of;
use super::paper_of_recipient::clear_analysis;
use super::settle::{Locked, file, hold, lock};
use super::{DocumentsError, Filing, State};
use crate::access::audit::{self, Actor, Event};
use crate::access::{Scope, Viewer};
use crate::db::{self, Tx};
use crate::domain::ids::{DocumentId, PatientId};
use crate::patients::{self, HoldReason, NewPatient, Paper, Screen, matching, newcomer};
use deadpool_postgres::Pool;
use serde_json::json;

/// Files a document for `patient`, whatever speaks against it: that was shown to whoever decided
/// and is recorded with the decision. With `revision` only where nobody changed it meanwhile.
pub async fn assign(
    app: &Pool,
    viewer: &Viewer,
    document: DocumentId,
    patient: PatientId,
    revision: Option<i64>,
) -> Result<(), DocumentsError> {
    viewer.require(Scope::Write)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let was = open(&tx, document, revision).await?;
    file_by_hand(&tx, viewer, document, &was, patient).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a document back from its patient: its values leave the summary at once.
pub async fn unassign(
    app: &Pool,
    viewer: &Viewer,
    document: DocumentId,
    revision: Option<i64>,
) -> Result<(), DocumentsError> {
    viewer.require(Scope::Write)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let was = open(&tx, document, revision).await?;
    if was.filing == Filing::Filed {
        let detail = json!({ "patient_id": was.patient });
        let event = Event::new("document.unassign").on(document.0);
        audit::record(&tx, viewer, event.of(was.patient).with(detail)).await?;
        hold(
            &tx,
            Actor::Viewer(viewer),
            document,
            was.touches(),
            vec![HoldReason::TakenBack],
            was.patient.as_slice(),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Registers the patient whom the paper names and files the document for him or her, in one step.
/// `corrected` is what the person made of the proposal; without it the proposal itself is taken.
pub async fn register_patient(
    app: &Pool,
    viewer: &Viewer,
    document: DocumentId,
    corrected: Option<NewPatient>,
) -> Result<PatientId, DocumentsError> {
    viewer.require(Scope::Write)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let was = open(&tx, document, None).await?;
    if was.filing == Filing::Filed {
        // A second click must not register the same person again.
        return Err(DocumentsError::FiledAlready);
    }
    let patient = if let Some(patient) = corrected {
        patient
    } else {
        let mut analysis = analysis_of(&tx, document).await?;
        let screen = Screen::before(app, viewer, &tx, was.touches()).await?;
        if let Some(analysis) = &mut analysis {
            clear_analysis(&screen, was.touches(), analysis);
        }
        analysis
            .as_ref()
            .and_then(newcomer)
            .ok_or(DocumentsError::NamesNobody)?
    };
    let patient = match patients::insert(&tx, viewer, patient).await {
        Ok(patient) => patient,
        Err(error) => {
            drop(tx);
            drop(connection);
            return Err(patients::told_of_holder(viewer, error).await.into());
        }
    };
    file_by_hand(&tx, viewer, document, &was, patient).await?;
    tx.commit().await?;
    Ok(patient)
}

/// A document about which a person may decide: what it says was there to be seen.
async fn open(
    tx: &Tx<'_>,
    document: DocumentId,
    revision: Option<i64>,
) -> Result<Locked, DocumentsError> {
    let was = lock(tx, document).await?;
    if revision.is_some_and(|revision| revision != was.revision) {
        return Err(DocumentsError::Stale {
            current: was.revision,
        });
    }
    if matches!(was.state, State::Stored | State::Reading) {
        return Err(DocumentsError::NotReadYet);
    }
    Ok(was)
}

async fn file_by_hand(
    tx: &Tx<'_>,
    viewer: &Viewer,
    document: DocumentId,
    was: &Locked,
    patient: PatientId,
) -> Result<(), DocumentsError> {
    // Another clinic's patient is no patient here.
    patients::fetch(tx, patient).await?;
    let overruled = match analysis_of(tx, document).await? {
        Some(analysis) => {
            let authorities = patients::authorities(tx).await?;
            let paper = Paper::of(&analysis, &authorities);
            let register = patients::candidates(tx, &paper, Some(patient)).await?;
            register
                .iter()
                .find(|candidate| candidate.patient == patient)
                .map(|candidate| matching::contradictions(&paper, candidate))
                .unwrap_or_default()
        }
        None => Vec::new(),
    };
    file(tx, document, patient, Some(viewer.agent)).await?;
    let detail = json!({ "patient_id": patient, "overruled": overruled });
    audit::record(
        tx,
        viewer,
        Event::new("document.assign")
            .on(document.0)
            .of(patient)
            // Whoever had it before loses it.
            .showing(was.touches())
            .with(detail),
    )
    .await?;
    Ok(())
}
