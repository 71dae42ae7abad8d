//! Clinics: each a wall of its own.

use super::{AccessError, Viewer};
use crate::db::{self, DbError};
use crate::domain::ids::ClinicId;
use deadpool_postgres::Pool;

const INSERT: &str = include_str!("../../sql/queries/access/insert_clinic.sql");
const READ: &str = include_str!("../../sql/queries/access/read_clinic.sql");

/// Opens a clinic; done by whoever runs the server, from the command line.
pub async fn create_clinic(app: &Pool, name: &str) -> Result<ClinicId, DbError> {
    let clinic = ClinicId::fresh();
    let mut connection = db::connection(app).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(&insert, &[&clinic.0, &name]).await?;
    tx.commit().await?;
    tracing::info!(%clinic, "clinic opened");
    Ok(clinic)
}

/// What the viewer's clinic is called.
pub async fn clinic_name(app: &Pool, viewer: &Viewer) -> Result<String, AccessError> {
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let read = tx.prepare_cached(READ).await?;
    Ok(tx.query_one(&read, &[&viewer.clinic.0]).await?.get(0))
}
