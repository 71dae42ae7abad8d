//! The document server of a fertility laboratory.
//!
//! Data flows one way: upload, storage, queue, analysis, observations, summary, api and web.
//! `ARCHITECTURE.md` draws the picture; each module begins with the life of its thing.

pub mod access;
pub mod analysis;
pub mod api;
pub mod app;
pub mod cache;
pub mod cage;
pub mod cli;
pub mod config;
pub mod db;
pub mod documents;
pub mod domain;
pub mod extraction;
mod failpoint;
pub mod lexicon;
pub mod observations;
pub mod patients;
pub mod queue;
pub mod storage;
pub mod summary;
pub mod telemetry;
pub mod text;
pub mod upload;
pub mod web;
