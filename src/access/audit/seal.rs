//! One pass of the sealer: what was committed and not sealed yet is chained, clinic by clinic.

use super::anchor::{AnchorError, Anchors, Head};
use super::chain::{Canonical, ChainKey, ENCODING, Seal};
use crate::db::DbError;
use crate::failpoint::fail_point;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio_postgres::{Client, IsolationLevel, Row, Transaction};
use uuid::Uuid;

const SET_TIMEOUTS: &str = include_str!("../../../sql/queries/access/set_sealer_timeouts.sql");
const TAKE_LEAD: &str = include_str!("../../../sql/queries/summary/take_lead.sql");
const READ_DRAWN: &str = include_str!("../../../sql/queries/access/read_drawn_audit_id.sql");
const READ_MARK: &str = include_str!("../../../sql/queries/access/read_audit_mark.sql");
const MOVE_MARK: &str = include_str!("../../../sql/queries/access/move_audit_mark.sql");
const READ_HORIZON: &str = include_str!("../../../sql/queries/access/read_audit_horizon.sql");
const LIST_UNSEALED: &str = include_str!("../../../sql/queries/access/list_unsealed.sql");
const READ_HEADS: &str = include_str!("../../../sql/queries/access/read_chain_heads.sql");
const INSERT_SEALS: &str = include_str!("../../../sql/queries/access/insert_seals.sql");

/// The advisory lock of whoever seals ("seal").
const LEAD: i64 = 0x7365_616c;

/// How long an anchor is waited for within a pass.
const PATIENCE: Duration = Duration::from_secs(2);

/// Rows of one pass: some ten milliseconds of work, far below the pause within a transaction after
/// which the session would be ended.
const ROWS: i64 = 2_000;

/// What one pass came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sealed {
    /// Another session seals.
    Follows,
    /// All chains that grew, with their new heads.
    Rows {
        rows: usize,
        heads: Vec<Head>,
        /// There is more than one pass takes.
        more: bool,
    },
}

/// A session that seals, or waits to.
pub struct Sealer {
    client: Client,
    key: ChainKey,
    lead: Option<Lead>,
}

/// What whoever leads knows.
#[derive(Clone)]
struct Lead {
    /// Up to this id everything is sealed, or will never be there.
    mark: i64,
    /// An id that was drawn, and a transaction number above those of all who may have drawn up to
    /// it: once these are over, what is not there up to that id will never be.
    drawn: Option<(i64, i64)>,
    /// Where the chains end that were compared with their anchors.
    ends: BTreeMap<Uuid, (i64, Seal)>,
}

impl Sealer {
    /// `client` is a session of the role `fertidoc_sealer` that nobody else uses.
    pub async fn new(client: Client, key: ChainKey) -> Result<Self, DbError> {
        client.query_one(SET_TIMEOUTS, &[]).await?;
        Ok(Self {
            client,
            key,
            lead: None,
        })
    }

    /// Whether the session is gone, and the lead with it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Seals what is committed by now. Two sessions never both do: the lock is the session's, and
    /// the key of the table refuses a second row for one place of a chain.
    ///
    /// A chain that is shorter than this sealer knows, or than its anchor says, was cut: it goes on
    /// behind the place that it had reached, so the hole stays.
    pub async fn pass(&mut self, anchors: &dyn Anchors) -> Result<Sealed, DbError> {
        let known = self.lead.take();
        let leads = self.client.query_one(TAKE_LEAD, &[&LEAD]).await?;
        if !leads.try_get::<_, bool>("leads")? {
            // What it measured while it led is no news any more.
            metrics::gauge!("fertidoc_audit_lag_seconds").set(0.0);
            return Ok(Sealed::Follows);
        }
        let mut lead = match known {
            Some(lead) => lead,
            None => Lead {
                mark: self.client.query_one(READ_MARK, &[]).await?.try_get(0)?,
                drawn: None,
                ends: BTreeMap::new(),
            },
        };
        // Read before the snapshot is taken: whoever drew up to here has a number by then.
        let drawn: i64 = self.client.query_one(READ_DRAWN, &[]).await?.try_get(0)?;
        if drawn <= lead.mark {
            self.lead = Some(lead);
            metrics::gauge!("fertidoc_audit_lag_seconds").set(0.0);
            return Ok(Sealed::Rows {
                rows: 0,
                heads: Vec::new(),
                more: false,
            });
        }
        let tx = self
            .client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .start()
            .await?;
        let horizon = tx.query_one(READ_HORIZON, &[&lead.drawn.is_none()]).await?;
        let rows = tx.query(LIST_UNSEALED, &[&lead.mark, &ROWS]).await?;
        let more = rows.len() as i64 == ROWS;
        let age = rows.first().map_or(Ok(0.0), |row| row.try_get("age"))?;
        metrics::gauge!("fertidoc_audit_lag_seconds").set(age);
        let last = rows.last().map(|row| row.try_get("audit_id")).transpose()?;
        if let Some((up_to, number)) = lead.drawn
            && horizon.try_get::<_, i64>("oldest")? >= number
        {
            // Where the pass is cut short, the rows behind its last one are still to come.
            lead.mark = last.filter(|_| more).map_or(up_to, |last| up_to.min(last));
            lead.drawn = None;
            tx.execute(MOVE_MARK, &[&lead.mark]).await?;
        } else if let Some(own) = horizon.try_get("own")? {
            lead.drawn = Some((drawn, own));
        }
        let heads = chain(&tx, &self.key, &rows, &mut lead.ends, anchors).await?;
        fail_point!("seal.before_commit");
        tx.commit().await?;
        fail_point!("seal.after_commit");
        self.lead = Some(lead);
        metrics::counter!("fertidoc_audit_sealed_total").increment(rows.len() as u64);
        Ok(Sealed::Rows {
            rows: rows.len(),
            heads,
            more,
        })
    }
}

async fn chain(
    tx: &Transaction<'_>,
    key: &ChainKey,
    rows: &[Row],
    known: &mut BTreeMap<Uuid, (i64, Seal)>,
    anchors: &dyn Anchors,
) -> Result<Vec<Head>, DbError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let chain_of = |row: &Row| -> Result<Uuid, DbError> {
        let clinic: Option<Uuid> = row.try_get("clinic_id")?;
        Ok(clinic.unwrap_or_default())
    };
    let chains: BTreeSet<Uuid> = rows.iter().map(chain_of).collect::<Result<_, _>>()?;
    let chains: Vec<Uuid> = chains.into_iter().collect();
    let mut found = BTreeMap::new();
    for row in tx.query(READ_HEADS, &[&chains]).await? {
        let end = (row.try_get("seq")?, seal(&row)?);
        found.insert(row.try_get::<_, Uuid>("chain")?, end);
    }
    let mut ends = BTreeMap::new();
    let mut uncompared = BTreeSet::new();
    for &chain in &chains {
        let found = found.get(&chain).copied();
        let expected = match known.get(&chain) {
            Some(end) => Some(*end),
            None => {
                if let Ok(anchor) = anchor(anchors, chain).await {
                    anchor.filter(|(seq, _)| found.is_none_or(|(found, _)| found < *seq))
                } else {
                    uncompared.insert(chain);
                    None
                }
            }
        };
        if let Some(end) = end(chain, found, expected) {
            ends.insert(chain, end);
        }
    }
    let (mut of, mut seqs, mut ids, mut macs) = (vec![], vec![], vec![], vec![]);
    for row in rows {
        let chain = chain_of(row)?;
        let before = ends.get(&chain).copied();
        let seq = before.map_or(0, |(seq, _)| seq) + 1;
        let Some(bytes) = Canonical::of(row, ENCODING)? else {
            continue;
        };
        let seal = key.seal(chain, seq, before.map(|(_, seal)| seal), &bytes);
        ends.insert(chain, (seq, seal));
        of.push(chain);
        seqs.push(seq);
        ids.push(row.try_get::<_, i64>("audit_id")?);
        macs.push(seal.0.to_vec());
    }
    let encodings = vec![ENCODING; ids.len()];
    tx.execute(INSERT_SEALS, &[&of, &seqs, &ids, &macs, &encodings])
        .await?;
    ends.retain(|chain, _| !uncompared.contains(chain));
    known.extend(ends.iter().map(|(chain, end)| (*chain, *end)));
    let now = Timestamp::now();
    Ok(ends
        .into_iter()
        .map(|(chain, (seq, seal))| Head::new(chain, seq, seal, now))
        .collect())
}

async fn anchor(anchors: &dyn Anchors, chain: Uuid) -> Result<Option<(i64, Seal)>, AnchorError> {
    let found = tokio::time::timeout(PATIENCE, anchors.find(chain)).await;
    let found = found.unwrap_or_else(|silence| Err(AnchorError(silence.into())));
    Ok(found?.and_then(|head| Some((head.seq, head.mac.parse().ok()?))))
}

/// Behind which seal a chain goes on.
fn end(
    chain: Uuid,
    found: Option<(i64, Seal)>,
    expected: Option<(i64, Seal)>,
) -> Option<(i64, Seal)> {
    let Some((seq, seal)) = expected else {
        return found;
    };
    if found != expected {
        metrics::counter!("fertidoc_audit_broken_total").increment(1);
        tracing::error!(%chain, seq, found = found.map(|(seq, _)| seq),
            "a chain of the record does not end where it should: run `fertidoc audit verify`");
    }
    Some((found.map_or(seq, |(found, _)| found.max(seq)), seal))
}

/// The seal of a row of `audit_seal`; the table holds no other length.
pub(super) fn seal(row: &Row) -> Result<Seal, DbError> {
    let mac: &[u8] = row.try_get("mac")?;
    Ok(Seal(mac.try_into().unwrap_or_default()))
}
