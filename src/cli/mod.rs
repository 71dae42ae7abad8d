//! The doors: one binary, its roles chosen by a verb.

mod analyze;
mod audit;
mod check;
mod clinic;
mod demo;
mod doctor;
mod measure;
mod measure_record;
mod nginx;
mod serve;
mod store;
mod token;
mod user;

use crate::config::Config;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The document server of a fertility laboratory.
#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true)]
struct Doors {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Answer requests: API, pages and uploads.
    Serve,
    /// Read documents in the background, refresh summaries, sweep.
    Work,
    /// Serve and work in one process.
    All,
    /// Print what documents say, one JSON object a line; needs no server and no database.
    Analyze(analyze::Analyze),
    /// Bring the schema of the database to this binary's version.
    Migrate,
    /// Serve an S3 endpoint from a directory. It survives killed processes, not power loss.
    Store(store::Store),
    /// Look whether database, Redis, store and cage are there and do what the house relies on; the
    /// exit status is 1 where one does not.
    Doctor(doctor::Doctor),
    /// See or decide what a clinic masks.
    Clinic(clinic::Clinic),
    /// Make a clinic or an API token.
    Token(token::Token),
    /// Look at the record of who did what, and prove that it is whole.
    Audit(audit::Audit),
    /// Prove that what the house promises holds: run it at night, and after every fault.
    Check(check::Check),
    /// People: accounts, roles, one-time links, sessions.
    User(user::User),
    /// Write the limits of the settings in the words of nginx.
    Nginx(nginx::Nginx),
    /// Make the demonstration clinic in a running server.
    Demo(demo::Demo),
    /// Measure what reading trusted files costs, start-up excluded.
    #[command(hide = true)]
    Measure(measure::Measure),
    /// Measure what recording, sealing and verifying cost, in a database that holds nothing else:
    /// what it writes stays.
    #[command(hide = true)]
    MeasureRecord(measure_record::MeasureRecord),
    /// Read one document for the process that started this one, closed in.
    #[command(hide = true)]
    Child {
        address_space: u64,
        cpu_seconds: u64,
    },
}

/// Runs the verb of the command line; the exit status says whether it was done.
#[must_use]
pub fn run() -> ExitCode {
    let doors = Doors::parse();
    if let Verb::Child {
        address_space,
        cpu_seconds,
    } = doors.verb
    {
        // It closes itself in, so it must have one thread only.
        return crate::analysis::run_child(address_space, cpu_seconds);
    }
    #[cfg(feature = "failpoints")]
    let _points = fail::FailScenario::setup();
    crate::app::choose_cryptography();
    let done = actix::System::new().block_on(async {
        let config = Config::load()?;
        match doors.verb {
            Verb::Serve => serve::run(config, crate::app::Roles::SERVE, "serve").await,
            Verb::Work => serve::run(config, crate::app::Roles::WORK, "work").await,
            Verb::All => serve::run(config, crate::app::Roles::ALL, "all").await,
            Verb::Child { .. } => Ok(()),
            Verb::Analyze(analyze) => analyze.run(&config).await,
            Verb::Measure(measure) => measure.run(),
            Verb::MeasureRecord(measure) => measure.run(&config).await,
            Verb::Nginx(nginx) => nginx.run(&config),
            Verb::Migrate => {
                let _logs = crate::telemetry::start(&config.telemetry, "migrate")?;
                Ok(crate::db::migrate(crate::db::Login::owner(&config.db)).await?)
            }
            Verb::Store(store) => store.run(&config).await,
            Verb::Audit(audit) => audit.run(&config).await,
            Verb::Doctor(doctor) => doctor.run(&config).await,
            Verb::Check(check) => check.run(&config).await,
            Verb::Demo(demo) => demo.run(&config).await,
            Verb::Clinic(clinic) => clinic.run(&config).await,
            Verb::Token(token) => token.run(&config).await,
            Verb::User(user) => user.run(&config).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error);
            ExitCode::FAILURE
        }
    }
}

/// The one place where something is written to standard error: a verb that could not be done.
#[expect(
    clippy::print_stderr,
    reason = "a command tells its user why it failed"
)]
fn print_error(error: &anyhow::Error) {
    eprintln!("fertidoc: {error:#}");
}

/// The one place where something is written to standard output: what a verb was asked to print.
#[expect(clippy::print_stdout, reason = "a command prints its result")]
fn print_line(line: &str) {
    println!("{line}");
}
