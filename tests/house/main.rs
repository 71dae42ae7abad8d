//! Tests of the house as its users meet it, on a real Postgres, Redis and S3 endpoint.
//!
//! `./scripts/test` starts what they stand on. One binary, so that it is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says by a panic what is wrong"
)]

mod access;
mod api;
mod audit;
mod cache;
mod cage;
mod doctor;
mod documents;
mod donors;
mod doors;
mod faults;
mod flow;
#[allow(
    dead_code,
    reason = "one file for each way to hurt, used as stages need them"
)]
mod hostile;
#[allow(
    dead_code,
    reason = "one method for each thing a person does, used as stages need them"
)]
mod house;
mod imports;
mod masks;
mod matrix;
mod observations;
mod patients;
mod queue;
mod ranges;
mod security;
mod several;
mod statements;
mod storage;
mod summary;
mod text;
mod tokens;
mod upload;
mod uploads;
mod walls;
mod worker;
