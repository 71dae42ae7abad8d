//! The houses that issue identifiers, known under a code, a name and aliases.

use super::PatientsError;
use super::candidates::authorities;
use super::paper::Authority;
use crate::access::audit::{self, Event};
use crate::access::{Scope, Viewer};
use crate::db::{self, Tx};
use crate::domain::name;
use deadpool_postgres::Pool;
use serde_json::json;

const INSERT: &str = include_str!("../../sql/queries/patients/insert_authority.sql");

/// The houses that the viewer's clinic knows, by code.
pub async fn list_authorities(
    app: &Pool,
    viewer: &Viewer,
) -> Result<Vec<Authority>, PatientsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    Ok(authorities(&tx).await?)
}

/// Registers a house under `name`, with other spellings under which it stands on paper; one that
/// is known already is answered as it is.
pub async fn register_authority(
    app: &Pool,
    viewer: &Viewer,
    name: &str,
    aliases: &[String],
) -> Result<Authority, PatientsError> {
    viewer.require(Scope::Write)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let mut known = authorities(&tx).await?;
    let found = resolve(&tx, viewer, &mut known, name, aliases).await?;
    tx.commit().await?;
    Ok(found)
}

/// The house that is called `name`, registered now where nobody knew it.
pub(super) async fn resolve(
    tx: &Tx<'_>,
    viewer: &Viewer,
    known: &mut Vec<Authority>,
    called: &str,
    aliases: &[String],
) -> Result<Authority, PatientsError> {
    if let Some(found) = known.iter().find(|authority| authority.is_called(called)) {
        return Ok(found.clone());
    }
    let fresh = Authority {
        code: code_of(called).ok_or(PatientsError::UnnamedAuthority)?,
        name: called.to_owned(),
        aliases: aliases.iter().map(|alias| name::fold(alias)).collect(),
    };
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(
        &insert,
        &[&viewer.clinic.0, &fresh.code, &fresh.name, &fresh.aliases],
    )
    .await?;
    let detail = json!({ "authority": fresh.code });
    audit::record(tx, viewer, Event::new("authority.create").with(detail)).await?;
    known.push(fresh.clone());
    Ok(fresh)
}

/// The code that a house gets from its name.
pub(super) fn code_of(called: &str) -> Option<String> {
    let code: String = name::fold(called)
        .chars()
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
        .collect();
    let code = code.trim_matches('-').to_owned();
    (!code.is_empty()).then_some(code)
}
