//! What `./scripts/bench` needs that must be as fast as the house itself: the programs that it is
//! held against (`bare`, `upload`, `commits`), and those that ask it over and over (`claims`,
//! `age`). Each prints one JSON object; the script decides what is compared with what.

mod age;
mod bare;
mod claims;
mod commits;
mod upload;

use clap::{Parser, Subcommand};
use serde_json::Value;
use std::io::Write as _;

#[derive(Parser)]
struct Beside {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// What `cargo bench` says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Verb {
    /// Answer every request with the bytes of a file, until killed.
    Bare(bare::Bare),
    /// Put files into the store in parts, as aws-sdk-s3 does it.
    Upload(upload::Upload),
    /// Claim and complete what waits in the queue.
    Claims(claims::Claims),
    /// Commit twice, over and over, and do nothing else.
    Commits(commits::Commits),
    /// Change a patient and see how long an instance answers the old summary.
    Age(age::Age),
}

fn main() -> anyhow::Result<()> {
    fertidoc::app::choose_cryptography();
    let system = actix_web::rt::System::new();
    let said = match Beside::parse().verb {
        None => Value::from("this is run by ./scripts/bench"),
        Some(Verb::Bare(bare)) => system.block_on(bare.run())?,
        // On all cores, as the house itself.
        Some(verb) => tokio::runtime::Runtime::new()?.block_on(async {
            match verb {
                Verb::Bare(bare) => bare.run().await,
                Verb::Upload(upload) => upload.run().await,
                Verb::Claims(claims) => claims.run().await,
                Verb::Commits(commits) => commits.run().await,
                Verb::Age(age) => age.run().await,
            }
        })?,
    };
    writeln!(std::io::stdout(), "{said}")?;
    Ok(())
}
