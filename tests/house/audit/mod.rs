//! The record of who did what: nobody is shown what could not be recorded, and nothing of it can be
//! altered quietly.

mod numbers;
mod pages;
mod reads;
mod refusals;
mod seals;
mod sessions;

use crate::access::viewer;
use crate::house::Database;
use fertidoc::access::{Viewer, audit, audit::Event};
use fertidoc::db::{self, Tx};

/// Somebody, and a table of what they did.
pub struct Office {
    pub database: Database,
    pub pools: db::Pools,
    pub admin: tokio_postgres::Client,
    pub viewer: Viewer,
}

impl Office {
    pub async fn open() -> Self {
        let database = Database::fresh().await;
        let viewer = viewer(&database).await;
        Self {
            pools: database.pools(),
            admin: database.admin().await,
            viewer,
            database,
        }
    }

    /// One number of the database, asked as its superuser.
    pub async fn number(&self, sql: &str) -> i64 {
        self.admin.query_one(sql, &[]).await.unwrap().get(0)
    }
}

/// Does something that is recorded, within a transaction.
pub async fn act(tx: &Tx<'_>, viewer: &Viewer) {
    audit::record(tx, viewer, Event::new("thing.do"))
        .await
        .unwrap();
}
