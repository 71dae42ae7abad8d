//! Watching a document from any instance: notices wake, polling is the promise.
//!
//! One listener a process hears `fertidoc_document` (every change of a document row says its
//! clinic and id there) and passes it on to whoever waits. A notice that was lost costs the waiting
//! page one second, nothing more.

use crate::{
    db::{Heard, Login, listen},
    domain::ids::DocumentId,
};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};

/// How long a change may stay unseen when its notice is lost.
const POLL: Duration = Duration::from_secs(1);
/// Notices kept for a waiter that is slow to look; more is the same as "look again".
const KEPT: usize = 256;

/// The watcher of one process.
#[derive(Clone)]
pub struct Watch {
    /// `None` says that anything may have changed.
    said: broadcast::Sender<Option<DocumentId>>,
}

impl Watch {
    /// Listens with the login of the role that answers requests, as long as the process lives.
    #[must_use]
    pub fn start(app: Login) -> Self {
        let (said, _) = broadcast::channel(KEPT);
        let (heard, mut notices) = mpsc::channel(KEPT);
        tokio::spawn(listen(app, &["fertidoc_document"], heard));
        let watch = Self { said: said.clone() };
        tokio::spawn(async move {
            while let Some(heard) = notices.recv().await {
                let changed = match heard {
                    Heard::Notice { payload, .. } => {
                        payload.rsplit(':').next().and_then(|id| id.parse().ok())
                    }
                    Heard::Connected | Heard::Lost => None,
                };
                // Nobody waits: nobody is told.
                let _ = said.send(changed);
            }
        });
        watch
    }

    /// Begins to wait for changes of one document; what changes from now on is not missed.
    #[must_use]
    pub fn document(&self, document: DocumentId) -> Watched {
        Watched {
            document,
            said: self.said.subscribe(),
        }
    }
}

/// Somebody who waits for changes of one document.
pub struct Watched {
    document: DocumentId,
    said: broadcast::Receiver<Option<DocumentId>>,
}

impl Watched {
    /// Comes back when the document may have changed, at the latest after a second.
    pub async fn changed(&mut self) {
        let wait = async {
            loop {
                match self.said.recv().await {
                    Ok(Some(document)) if document != self.document => {}
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        let _ = tokio::time::timeout(POLL, wait).await;
    }
}
