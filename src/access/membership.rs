//! Roles in clinics and laboratories: given and taken away.

use super::account::{self, By};
use super::audit::Event;
use super::{AccessError, Role};
use crate::db;
use crate::domain::ids::{ClinicId, LaboratoryId, UserId};
use deadpool_postgres::Pool;
use serde_json::json;

const GRANT: &str = include_str!("../../sql/queries/access/grant_role.sql");
const REVOKE: &str = include_str!("../../sql/queries/access/revoke_role.sql");
const GRANT_IN_LABORATORY: &str =
    include_str!("../../sql/queries/access/grant_role_in_laboratory.sql");
const REVOKE_IN_LABORATORY: &str =
    include_str!("../../sql/queries/access/revoke_role_in_laboratory.sql");

/// Where a role holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Clinic(ClinicId),
    /// Every clinic of it, those opened later too.
    Laboratory(LaboratoryId),
}

/// Gives a role.
pub async fn grant(
    app: &Pool,
    by: By<'_>,
    user: UserId,
    place: Place,
    role: Role,
) -> Result<(), AccessError> {
    let mut connection = db::connection(app).await?;
    let tx = db::begin(&mut connection).await?;
    let giver = by.agent();
    match place {
        Place::Clinic(clinic) => {
            db::turn_to(&tx, clinic).await?;
            let grant = tx.prepare_cached(GRANT).await?;
            let row: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
                [&clinic.0, &user.0, &role.as_str(), &"local", &giver];
            tx.execute(&grant, &row).await?;
        }
        Place::Laboratory(laboratory) => {
            let grant = tx.prepare_cached(GRANT_IN_LABORATORY).await?;
            let row: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
                [&laboratory.0, &user.0, &role.as_str(), &"local", &giver];
            tx.execute(&grant, &row).await?;
        }
    }
    let event = Event::new("user.grant").on(user.0);
    account::record(&tx, by, user, event.with(detail(place, role))).await?;
    Ok(tx.commit().await?)
}

/// Takes a role away; `false` where the person does not have it there.
pub async fn revoke(
    app: &Pool,
    by: By<'_>,
    user: UserId,
    place: Place,
    role: Role,
) -> Result<bool, AccessError> {
    let mut connection = db::connection(app).await?;
    let tx = db::begin(&mut connection).await?;
    let event = Event::new("user.revoke").on(user.0);
    // Before it is gone: afterwards the clinic may be none of theirs.
    account::record(&tx, by, user, event.with(detail(place, role))).await?;
    let found = match place {
        Place::Clinic(clinic) => {
            db::turn_to(&tx, clinic).await?;
            let revoke = tx.prepare_cached(REVOKE).await?;
            tx.execute(&revoke, &[&clinic.0, &user.0, &role.as_str()])
                .await?
                == 1
        }
        Place::Laboratory(laboratory) => {
            let revoke = tx.prepare_cached(REVOKE_IN_LABORATORY).await?;
            tx.query_one(&revoke, &[&laboratory.0, &user.0, &role.as_str()])
                .await?
                .get(0)
        }
    };
    if found {
        tx.commit().await?;
    }
    Ok(found)
}

fn detail(place: Place, role: Role) -> serde_json::Value {
    match place {
        Place::Clinic(_) => json!({ "role": role }),
        Place::Laboratory(laboratory) => json!({ "role": role, "laboratory": laboratory }),
    }
}
