//! What a child of the analysis does.

use super::reading::{self, Reading};
use crate::cage::{self, Inmate, Limits, Progress};
use serde::{Deserialize, Serialize};
use std::process::ExitCode;
use std::sync::Arc;

/// What a child is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    /// Read the document.
    Analyze {
        name: String,
        request_id: Option<Arc<str>>,
    },
    /// Draw a page, counted from 1, so many pixels wide.
    Render { page: u32, width: u32 },
}

/// What it answers to [`Order::Analyze`]. The request that it names must be the one that asked.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    pub request_id: Option<Arc<str>>,
    pub reading: Reading,
}

struct Reader;

impl Inmate for Reader {
    type Order = Order;

    fn prepare() -> Self {
        reading::prepare();
        Self
    }

    fn work(&mut self, order: Order, document: Vec<u8>, progress: &mut Progress) -> Vec<u8> {
        match order {
            Order::Analyze { name, request_id } => {
                let reading = reading::read(&name, &document, &mut |page, pages| {
                    progress.page(page, pages);
                });
                let answer = Answer {
                    request_id,
                    reading,
                };
                serde_json::to_vec(&answer).unwrap_or_default()
            }
            Order::Render { page, width } => {
                reading::render(&document, page, width).unwrap_or_default()
            }
        }
    }
}

/// The whole life of a child, for the hidden verb `child`. To be called before anything has
/// started a second thread.
pub fn run_child(address_space: u64, cpu_seconds: u64) -> ExitCode {
    cage::run::<Reader>(Limits {
        address_space,
        cpu_seconds,
    })
}
