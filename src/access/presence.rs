//! Who somebody is where they are: what stands around every page.

use super::account::ClinicOfUser;
use super::{AccessError, Agent, Viewer, account, clinic_name};
use crate::db;
use deadpool_postgres::Pool;

const LIST: &str = include_str!("../../sql/queries/access/list_clinics_of_person.sql");

/// A viewer by the names that people use.
#[derive(Debug, Clone)]
pub struct Presence {
    /// What the viewer's clinic is called.
    pub clinic: String,
    /// What the person is called; a token is nobody.
    pub person: Option<String>,
    /// Where the person may work, this clinic among them.
    pub clinics: Vec<ClinicOfUser>,
}

/// Who the viewer is, and where else they may be.
pub async fn presence(app: &Pool, viewer: &Viewer) -> Result<Presence, AccessError> {
    let Agent::User(user) = viewer.agent else {
        return Ok(Presence {
            clinic: clinic_name(app, viewer).await?,
            person: None,
            clinics: Vec::new(),
        });
    };
    let rows = {
        let mut connection = db::connection(app).await?;
        let tx = viewer.begin(&mut connection).await?;
        let list = tx.prepare_cached(LIST).await?;
        tx.query(&list, &[&user.0]).await?
    };
    let clinics: Vec<ClinicOfUser> = rows.iter().map(account::clinic_of).collect();
    let here = clinics.iter().find(|clinic| clinic.id == viewer.clinic);
    let clinic = match here {
        Some(here) => here.name.clone(),
        // The last role here was taken away within the last seconds.
        None => clinic_name(app, viewer).await?,
    };
    Ok(Presence {
        clinic,
        person: rows.first().map(|row| row.get("display_name")),
        clinics,
    })
}
