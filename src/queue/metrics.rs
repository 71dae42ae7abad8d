use super::{JobKind, JobState, QueueError};
use crate::db;
use deadpool_postgres::Pool;
use metrics::gauge;

const COUNT_JOBS: &str = include_str!("../../sql/queries/queue/count_jobs.sql");

/// Sets the gauges `fertidoc_jobs{kind,state}` and `fertidoc_job_oldest_age_seconds{kind}` (of the
/// job that waits longest for its turn).
pub async fn observe(pool: &Pool) -> Result<(), QueueError> {
    let client = db::connection(pool).await?;
    let statement = client.prepare_cached(COUNT_JOBS).await?;
    let rows = client.query(&statement, &[]).await?;
    for kind in [JobKind::Analyze] {
        for state in [JobState::Ready, JobState::Running, JobState::Dead] {
            let row = rows.iter().find(|row| {
                row.get::<_, &str>("kind") == kind.code()
                    && row.get::<_, &str>("state") == state.code()
            });
            let jobs = row.map_or(0, |row| row.get::<_, i64>("jobs"));
            gauge!("fertidoc_jobs", "kind" => kind.code(), "state" => state.code())
                .set(jobs as f64);
            if state == JobState::Ready {
                let age = row.map_or(0.0, |row| row.get("oldest_seconds"));
                gauge!("fertidoc_job_oldest_age_seconds", "kind" => kind.code()).set::<f64>(age);
            }
        }
    }
    Ok(())
}
