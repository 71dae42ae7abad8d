//! `audit`: the record of who did what, for whoever runs the server.

use crate::{
    access::{
        Keys,
        audit::{self, Fault, Finding, Verified},
    },
    app::InStore,
    config::Config,
    db,
    domain::ids::ClinicId,
    storage::Store,
};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use futures_util::{StreamExt as _, pin_mut};

#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Walk the record and name the first row that was altered, taken away or never sealed; the
    /// exit status is 1 where there is one.
    Verify {
        /// Only the chain of this clinic.
        #[arg(long)]
        clinic: Option<ClinicId>,
        /// One JSON object instead of words.
        #[arg(long)]
        json: bool,
    },
    /// Print the record, oldest row first, one JSON object a line: of a clinic, or what nobody of a
    /// clinic did, as sign-ins that failed.
    List {
        #[arg(long)]
        clinic: Option<ClinicId>,
    },
}

impl Audit {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let (mut client, connection) = db::connect_single(db::Login::sealer(&config.db))
            .await
            .context("connecting as the role that seals (db.sealer_url)")?;
        tokio::spawn(connection);
        match self.verb {
            Verb::Verify { clinic, json } => {
                let key = audit::ChainKey::new(&Keys::new(&config.access)?);
                let anchors = InStore(Store::new(&config.store));
                let clinic = clinic.map(|clinic| clinic.0);
                let verified = audit::verify(&mut client, &key, &anchors, clinic).await?;
                let told = if json {
                    serde_json::to_string(&verified)?
                } else {
                    words(&verified)
                };
                super::print_line(&told);
                anyhow::ensure!(verified.intact, "the record is not intact");
            }
            Verb::List { clinic } => {
                let rows = audit::whole(&client, clinic).await?;
                pin_mut!(rows);
                while let Some(row) = rows.next().await {
                    super::print_line(&serde_json::to_string(&row?)?);
                }
            }
        }
        Ok(())
    }
}

fn words(verified: &Verified) -> String {
    let walked = format!(
        "{} rows of {} chains in {:.1} s ({:.0} rows/s)",
        verified.rows, verified.chains, verified.seconds, verified.rows_per_second
    );
    match verified.findings.as_slice() {
        [] => format!("intact: {walked}"),
        findings => {
            let lines: Vec<String> = findings.iter().map(line).collect();
            format!("not intact: {walked}\n{}", lines.join("\n"))
        }
    }
}

pub(super) fn line(finding: &Finding) -> String {
    let what = match finding.fault {
        Fault::Altered => "the row or its seal was altered, or put in",
        Fault::RowMissing => "the row of this seal is gone",
        Fault::SealMissing => "a seal before this row is gone",
        Fault::Cut => "the chain was longer once, says its anchor",
        Fault::NumberMissing => "a row that the same writer wrote before this one is gone",
        Fault::Unsealed => "nobody sealed this row in time: does a `work` process run?",
        Fault::AnchorBehind => {
            "the anchor does not follow the chain: does the object store answer?"
        }
        Fault::NewerEncoding => "a newer program sealed this row: verify with that one",
    };
    let chain = match finding.clinic {
        Some(clinic) => format!("clinic {clinic}"),
        None => "the house".to_owned(),
    };
    let seq = finding.seq.map(|seq| format!(", place {seq}"));
    let row = finding.audit_id.map(|id| format!(", row {id}"));
    format!(
        "{chain}{}{}: {what}",
        seq.unwrap_or_default(),
        row.unwrap_or_default()
    )
}
