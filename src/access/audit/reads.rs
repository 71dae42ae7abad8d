//! What was read is recorded before it is given out.

use super::{Event, record};
use crate::access::Viewer;
use crate::db::{self, DbError};
use deadpool_postgres::Pool;
use std::fmt;

/// Writes the rows of what is only read; clones write to the same place.
#[derive(Clone)]
pub struct Reads {
    app: Pool,
}

impl fmt::Debug for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reads").finish_non_exhaustive()
    }
}

impl Reads {
    /// `app` is the pool of the role that answers requests.
    #[must_use]
    pub fn new(app: Pool) -> Self {
        Self { app }
    }

    pub(in crate::access) async fn record(
        &self,
        viewer: &Viewer,
        event: Event,
    ) -> Result<(), DbError> {
        let mut connection = db::connection(&self.app).await?;
        let tx = viewer.begin(&mut connection).await?;
        record(&tx, viewer, event).await?;
        Ok(tx.commit().await?)
    }
}
