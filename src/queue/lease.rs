use super::{Claim, QueueError};
use crate::{config, db};
use deadpool_postgres::Pool;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const RENEW_LEASE: &str = include_str!("../../sql/queries/queue/renew_lease.sql");

/// Renews the lease; `false` when the job is no longer ours.
pub async fn renew(pool: &Pool, claim: &Claim, lease: Duration) -> Result<bool, QueueError> {
    let client = db::connection(pool).await?;
    let statement = client.prepare_cached(RENEW_LEASE).await?;
    let row = client
        .query_one(
            &statement,
            &[&claim.job.0, &claim.fence, &lease.as_secs_f64()],
        )
        .await?;
    Ok(row.get(0))
}

/// The heartbeat: ends only when the lease is lost, because another took the job or because the
/// database could not be asked for as long as the lease lasts. The work is to stop then.
pub async fn hold(pool: &Pool, claim: &Claim, config: &config::Queue) {
    let mut sure_until = Instant::now() + config.lease;
    loop {
        sleep(config.heartbeat).await;
        let asked = Instant::now();
        match renew(pool, claim, config.lease).await {
            Ok(true) => sure_until = asked + config.lease,
            Ok(false) => break,
            Err(error) => {
                tracing::warn!(job = %claim.job, %error, "the heartbeat did not get through");
                if Instant::now() >= sure_until {
                    break;
                }
            }
        }
    }
    ::metrics::counter!("fertidoc_job_leases_lost_total", "kind" => claim.kind.code()).increment(1);
}
