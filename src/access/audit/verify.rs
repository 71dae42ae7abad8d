//! The record is walked from end to end: what was altered, taken away, put in or never sealed has a
//! place, and the first one is named.

use super::anchor::{AnchorError, Anchors, Head};
use super::chain::{Canonical, ChainKey, Seal};
use super::seal::seal;
use crate::db::DbError;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, IsolationLevel, Transaction};
use uuid::Uuid;

const LIST_CHAINS: &str = include_str!("../../../sql/queries/access/list_chains.sql");
const LIST_SEALS: &str = include_str!("../../../sql/queries/access/list_seals.sql");
const FIND_GAP: &str = include_str!("../../../sql/queries/access/find_audit_gap.sql");
const FIND_LATE: &str = include_str!("../../../sql/queries/access/find_late_unsealed.sql");

/// Seals that are held in memory at once.
const PAGE: i64 = 10_000;

/// A row without its seal for so long was forgotten; a sealer takes two seconds.
const LATE_SECONDS: f64 = 10.0;

/// An anchor may be so far behind its chain: a sealer lays it down each second.
const ANCHOR_SECONDS: f64 = 60.0;

/// A row of a long transaction becomes visible late; after this it must be sealed.
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// What is wrong with a place of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The row, its seal or the order of the two is not what was sealed.
    Altered,
    /// There is a seal, and its row is gone.
    RowMissing,
    /// A number of the chain is skipped.
    SealMissing,
    /// Its anchor says that the chain was longer, or that another seal stood there.
    Cut,
    /// A writer's number is skipped: a row that was never sealed is gone.
    NumberMissing,
    /// Nobody sealed it in time.
    Unsealed,
    /// The anchor does not follow its chain, so a cut would not be found.
    AnchorBehind,
    /// It was sealed by a newer program.
    NewerEncoding,
}

/// One place of the record that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub fault: Fault,
    /// `None` for the house's own chain.
    pub clinic: Option<Uuid>,
    /// The place in the chain, where there is one.
    pub seq: Option<i64>,
    /// The row, or the one behind the hole.
    pub audit_id: Option<i64>,
}

/// What a walk came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verified {
    pub intact: bool,
    pub chains: usize,
    /// Sealed rows that were walked over.
    pub rows: u64,
    pub seconds: f64,
    pub rows_per_second: f64,
    /// The first of each chain and kind, nearest to the beginning of the record first.
    pub findings: Vec<Finding>,
}

/// Why the record could not be walked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Anchor(#[from] AnchorError),
}

impl From<tokio_postgres::Error> for VerifyError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Walks the chains, or the one of `clinic`. `client` is a session of the role `fertidoc_sealer`.
pub async fn verify(
    client: &mut Client,
    key: &ChainKey,
    anchors: &dyn Anchors,
    clinic: Option<Uuid>,
) -> Result<Verified, VerifyError> {
    let began = Instant::now();
    // Looked up before the snapshot is taken, so none is ahead because its chain grew meanwhile.
    let mut laid = BTreeMap::new();
    let mut wanted: BTreeSet<Uuid> = clinic.into_iter().collect();
    if clinic.is_none() {
        wanted.extend(anchors.chains().await?);
    }
    for &chain in &wanted {
        if let Some(head) = anchors.find(chain).await? {
            laid.insert(chain, head);
        }
    }
    let tx = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    if clinic.is_none() {
        let chains = tx.query(LIST_CHAINS, &[]).await?;
        wanted.extend(chains.iter().map(|row| row.get::<_, Uuid>(0)));
    }
    let mut findings = Vec::new();
    let mut rows = 0;
    for &chain in &wanted {
        let walk = Walk::new(key, chain, laid.get(&chain)).along(&tx).await?;
        rows += walk.rows;
        findings.extend(walk.finding);
    }
    if let Some(row) = tx.query_opt(FIND_GAP, &[]).await? {
        findings.push(Finding {
            fault: Fault::NumberMissing,
            clinic: row.try_get("clinic_id")?,
            seq: None,
            audit_id: row.try_get("audit_id")?,
        });
    }
    let late = tx.query_opt(FIND_LATE, &[&LATE_SECONDS, &clinic]).await?;
    tx.commit().await?;
    let seconds = began.elapsed().as_secs_f64();
    if late.is_some() {
        tokio::time::sleep(SECOND_LOOK).await;
        if let Some(row) = client
            .query_opt(FIND_LATE, &[&LATE_SECONDS, &clinic])
            .await?
        {
            findings.push(Finding {
                fault: Fault::Unsealed,
                clinic: row.try_get("clinic_id")?,
                seq: None,
                audit_id: row.try_get("audit_id")?,
            });
        }
    }
    // Where only the anchor speaks there is no row: the end of the record.
    findings.sort_by_key(|finding| finding.audit_id.unwrap_or(i64::MAX));
    Ok(Verified {
        intact: findings.is_empty(),
        chains: wanted.len(),
        rows,
        seconds,
        rows_per_second: rows as f64 / seconds.max(f64::EPSILON),
        findings,
    })
}

/// One chain from its first seal to its last.
struct Walk<'a> {
    key: &'a ChainKey,
    chain: Uuid,
    anchor: Option<&'a Head>,
    /// The last seal that was walked over.
    seq: i64,
    before: Option<Seal>,
    /// How long ago the first seal behind the anchor was made.
    unanchored: f64,
    rows: u64,
    finding: Option<Finding>,
}

impl<'a> Walk<'a> {
    fn new(key: &'a ChainKey, chain: Uuid, anchor: Option<&'a Head>) -> Self {
        Self {
            key,
            chain,
            anchor,
            seq: 0,
            before: None,
            unanchored: 0.0,
            rows: 0,
            finding: None,
        }
    }

    /// To the end, or to the first place that is wrong.
    async fn along(mut self, tx: &Transaction<'_>) -> Result<Self, VerifyError> {
        loop {
            let page = tx
                .query(LIST_SEALS, &[&self.chain, &self.seq, &PAGE])
                .await?;
            for row in &page {
                if let Some((fault, audit_id)) = self.step(row)? {
                    self.find(fault, Some(audit_id));
                    return Ok(self);
                }
            }
            if (page.len() as i64) < PAGE {
                break;
            }
        }
        if self.anchor.is_some_and(|anchor| anchor.seq > self.seq) {
            self.seq += 1;
            self.find(Fault::Cut, None);
        } else if self.unanchored > ANCHOR_SECONDS {
            self.find(Fault::AnchorBehind, None);
        }
        Ok(self)
    }

    fn step(&mut self, row: &tokio_postgres::Row) -> Result<Option<(Fault, i64)>, VerifyError> {
        let (seq, audit_id): (i64, i64) = (row.try_get("seq")?, row.try_get("sealed_id")?);
        if seq != self.seq + 1 {
            self.seq += 1;
            return Ok(Some((Fault::SealMissing, audit_id)));
        }
        self.seq = seq;
        if !row.try_get::<_, bool>("there")? {
            return Ok(Some((Fault::RowMissing, audit_id)));
        }
        let found = seal(row)?;
        let Some(bytes) = Canonical::of(row, row.try_get("encoding")?)? else {
            return Ok(Some((Fault::NewerEncoding, audit_id)));
        };
        if self.key.seal(self.chain, seq, self.before, &bytes) != found {
            return Ok(Some((Fault::Altered, audit_id)));
        }
        let anchored = self.anchor.map_or(0, |anchor| anchor.seq);
        if seq == anchored && self.anchor.is_some_and(|it| it.mac != found.to_string()) {
            return Ok(Some((Fault::Cut, audit_id)));
        }
        if seq == anchored + 1 {
            self.unanchored = row.try_get("sealed_ago")?;
        }
        self.before = Some(found);
        self.rows += 1;
        Ok(None)
    }

    fn find(&mut self, fault: Fault, audit_id: Option<i64>) {
        self.finding = Some(Finding {
            fault,
            clinic: Some(self.chain).filter(|chain| !chain.is_nil()),
            seq: Some(self.seq),
            audit_id,
        });
    }
}
