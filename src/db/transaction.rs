//! Transactions that know their clinic.

use super::DbError;
use crate::domain::ids::ClinicId;
use deadpool_postgres::{Object, Pool, Transaction};
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};

/// A transaction of one clinic.
pub type Tx<'a> = Transaction<'a>;

const SAY_CLINIC: &str = include_str!("../../sql/queries/db/say_clinic.sql");
const ALLOW_TIME: &str = include_str!("../../sql/queries/db/allow_time.sql");

/// The eyes of the house itself: no wall within the clinic is before them.
const WHOLE: &str = "donors,genetics";

/// Begins a transaction of the house's own work, which sees the rows of `clinic` and of no other.
/// What is done for a viewer begins with [`crate::access::Viewer::begin`].
///
/// `connection` outlives the transaction: `let mut connection = pool.get().await?`.
pub async fn begin_for(connection: &mut Object, clinic: ClinicId) -> Result<Tx<'_>, DbError> {
    begin_seeing(connection, clinic, WHOLE).await
}

/// Begins a transaction that sees of `clinic` what the words of `sight` allow.
pub async fn begin_seeing<'a>(
    connection: &'a mut Object,
    clinic: ClinicId,
    sight: &str,
) -> Result<Tx<'a>, DbError> {
    let tx = begin(connection).await?;
    say(&tx, clinic, sight).await?;
    Ok(tx)
}

/// As [`begin_for`], for looking a clinic over: all of it sees one moment, nothing can be written,
/// and a statement may take longer than a request would wait.
pub async fn begin_still(connection: &mut Object, clinic: ClinicId) -> Result<Tx<'_>, DbError> {
    let tx = connection
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    say(&tx, clinic, WHOLE).await?;
    tx.query_one(ALLOW_TIME, &[]).await?;
    Ok(tx)
}

/// One statement in a transaction of its own that sees what [`begin_seeing`] lets it see, in one
/// round trip instead of four. All of it is on its way before the first answer is waited for, so
/// whoever gives up meanwhile leaves no transaction open; and where the clinic could not be said,
/// the statement fails with it.
pub async fn ask_seeing(
    connection: &Object,
    clinic: ClinicId,
    sight: &str,
    statement: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, DbError> {
    let say = connection.prepare_cached(SAY_CLINIC).await?;
    let statement = connection.prepare_cached(statement).await?;
    let clinic = clinic.to_string();
    let (begun, said, rows, over) = futures_util::future::join4(
        connection.batch_execute("BEGIN READ ONLY"),
        connection.query(&say, &[&clinic, &sight]),
        connection.query(&statement, parameters),
        connection.batch_execute("COMMIT"),
    )
    .await;
    begun?;
    said?;
    let rows = rows?;
    over?;
    Ok(rows)
}

/// Goes on in another clinic within the same transaction: what concerns a person is recorded in
/// every clinic where they work.
pub async fn turn_to(tx: &Tx<'_>, clinic: ClinicId) -> Result<(), DbError> {
    say(tx, clinic, WHOLE).await
}

async fn say(tx: &Tx<'_>, clinic: ClinicId, sight: &str) -> Result<(), DbError> {
    let statement = tx.prepare_cached(SAY_CLINIC).await?;
    tx.query_one(&statement, &[&clinic.to_string(), &sight])
        .await?;
    Ok(())
}

/// Begins a transaction that no clinic was said for; row level security shows it nothing.
pub async fn begin(connection: &mut Object) -> Result<Tx<'_>, DbError> {
    Ok(connection.transaction().await?)
}

/// A pooled connection, or the word that the database is unavailable.
pub async fn connection(pool: &Pool) -> Result<Object, DbError> {
    Ok(pool.get().await?)
}
