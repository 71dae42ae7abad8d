//! Migrations: forward only, one thought a file, run by one process at a time.

use super::{DbError, Login, connect_single};

mod embedded {
    refinery::embed_migrations!("sql/migrations");
}

/// The newest migration that this binary knows.
pub static SCHEMA_VERSION: std::sync::LazyLock<i64> = std::sync::LazyLock::new(|| {
    embedded::migrations::runner()
        .get_migrations()
        .iter()
        .map(|migration| i64::from(migration.version()))
        .max()
        .unwrap_or(0)
});

/// Any number that no other program on the same server uses as its advisory lock ("fertidoc").
const LOCK: i64 = 0x6665_7274_6964_6f63;

const TAKE_LOCK: &str = include_str!("../../sql/queries/db/take_session_lock.sql");
const READ_VERSION: &str = include_str!("../../sql/queries/db/read_schema_version.sql");

/// Why the schema is not what this binary needs.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("a migration failed: {0}")]
    Failed(#[from] refinery::Error),
    #[error("the schema is at version {found}, this binary needs {needed}: run `fertidoc migrate`")]
    TooOld { found: i64, needed: i64 },
    #[error("the schema is at version {found}, newer than this binary's {known}: use its binary")]
    TooNew { found: i64, known: i64 },
}

/// Brings the schema to this binary's version. Several at once wait for each other.
pub async fn migrate(owner: impl Into<Login>) -> Result<(), MigrateError> {
    let (mut client, connection) = connect_single(owner).await?;
    let driver = tokio::spawn(connection);
    client
        .query_one(TAKE_LOCK, &[&LOCK])
        .await
        .map_err(DbError::from)?;
    if let Some(found) = version(&client).await?
        && found > *SCHEMA_VERSION
    {
        return Err(MigrateError::TooNew {
            found,
            known: *SCHEMA_VERSION,
        });
    }
    let mut runner = embedded::migrations::runner();
    // Said with its schema: the first migration makes `fertidoc`, which stands first in the search
    // path, so the second run would look there, find no history and begin anew.
    runner.set_migration_table_name("public.refinery_schema_history");
    let report = runner.run_async(&mut client).await?;
    for migration in report.applied_migrations() {
        tracing::info!(
            version = migration.version(),
            name = migration.name(),
            "migrated"
        );
    }
    drop(client);
    // The lock goes with the connection; its end is waited for so that no other finds it held.
    let _ = driver.await;
    Ok(())
}

/// Refuses a schema that is older or newer than this binary.
pub async fn check_schema(client: &tokio_postgres::Client) -> Result<(), MigrateError> {
    let found = version(client).await?.unwrap_or(0);
    match found.cmp(&SCHEMA_VERSION) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(MigrateError::TooOld {
            found,
            needed: *SCHEMA_VERSION,
        }),
        std::cmp::Ordering::Greater => Err(MigrateError::TooNew {
            found,
            known: *SCHEMA_VERSION,
        }),
    }
}

async fn version(client: &tokio_postgres::Client) -> Result<Option<i64>, DbError> {
    match client.query_opt(READ_VERSION, &[]).await {
        Ok(row) => Ok(row.and_then(|row| row.get(0))),
        Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::UNDEFINED_TABLE) => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
