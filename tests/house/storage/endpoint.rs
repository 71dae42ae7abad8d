//! A store of a test's own: the one that the house brings along, or Garage where the tests run
//! against that.

use crate::{
    faults::processes::{Process, free_address},
    security::store::{parts, stored},
};
use bytes::Bytes;
use fertidoc::{
    config::{self, Config},
    domain::ids::ObjectId,
    storage::{Store, embedded::Embedded},
};
use futures_util::TryStreamExt;
use std::{ffi::OsString, path::PathBuf, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle};

/// The program of Garage where it is the store of this run: `./scripts/faults --store garage`.
pub fn garage() -> Option<OsString> {
    std::env::var_os("FERTIDOC_TEST_GARAGE")
}

/// How the stores of the tests are spoken to, wherever they listen.
pub fn settings() -> config::Store {
    let mut settings = config::Store {
        access_key: "the-key-of-tests".into(),
        secret_key: "the-secret-key-of-tests".into(),
        // Tried by tests of its own.
        probe: false,
        ..config::Store::default()
    };
    if garage().is_some() {
        settings.region = "garage".into();
    }
    settings
}

/// An endpoint of its own, that a test may stop and start again; its directory goes with it.
pub struct Endpoint {
    pub config: config::Store,
    directory: PathBuf,
    running: Option<Running>,
}

enum Running {
    /// In this process.
    Embedded(oneshot::Sender<()>, JoinHandle<()>),
    Garage(Process),
}

impl Endpoint {
    pub async fn start() -> Self {
        let directory = std::env::temp_dir().join(format!("fertidoc-{}", ObjectId::fresh()));
        let mut endpoint = Self {
            config: config::Store {
                attempts: 1,
                timeout: Duration::from_secs(20),
                ..settings()
            },
            directory,
            running: None,
        };
        let address = if garage().is_some() {
            free_address()
        } else {
            "127.0.0.1:0".into()
        };
        endpoint.listen(&address).await;
        endpoint
    }

    async fn listen(&mut self, address: &str) {
        if garage().is_some() {
            self.config.endpoint = format!("http://{address}");
            let config = Config {
                store: self.config.clone(),
                ..Config::default()
            };
            let process = Process::store(&config, &self.directory).await;
            self.running = Some(Running::Garage(process));
            return;
        }
        let (key, secret) = (&self.config.access_key, &self.config.secret_key);
        let embedded = Embedded::bind(address, &self.directory, key, secret)
            .await
            .expect("an endpoint");
        self.config.endpoint = format!("http://{}", embedded.address());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(embedded.serve(async {
            let _ = stopped.await;
        }));
        self.running = Some(Running::Embedded(stop, served));
    }

    /// Ends it; requests find nobody. Garage is killed.
    pub async fn stop(&mut self) {
        match self.running.take() {
            Some(Running::Embedded(stop, served)) => {
                let _ = stop.send(());
                served.await.expect("the endpoint ended");
            }
            Some(Running::Garage(process)) => process.kill(),
            None => {}
        }
    }

    /// Starts it again where it was.
    pub async fn again(&mut self) {
        let address = self.config.endpoint.replace("http://", "");
        self.listen(&address).await;
    }

    pub async fn store(&self) -> Store {
        let store = Store::new(&self.config);
        store.ensure_bucket().await.expect("a bucket");
        store
    }

    /// Originals in the bucket, and parts of uploads that were not ended. What the record is anchored
    /// by lies in a folder of its own.
    pub async fn files(&self) -> (Vec<String>, Vec<String>) {
        if garage().is_some() {
            let mut objects = stored(&self.config, "").await;
            objects.retain(|key| !key.contains('/'));
            return (objects, parts(&self.config).await);
        }
        let names = |directory: &std::path::Path| -> Vec<String> {
            std::fs::read_dir(directory)
                .map(|entries| {
                    entries
                        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                        .collect()
                })
                .unwrap_or_default()
        };
        let bucket = self.directory.join(&self.config.bucket);
        let mut objects = names(&bucket);
        objects.retain(|name| bucket.join(name).is_file());
        let mut parts = names(&self.directory);
        parts.retain(|name| name.starts_with(".upload"));
        (objects, parts)
    }

    /// Where everything lies.
    pub fn directory(&self) -> &std::path::Path {
        &self.directory
    }

    /// Whether a folder of the bucket, or one below it, holds anything.
    pub async fn holds(&self, folder: &str) -> bool {
        !stored(&self.config, &format!("{folder}/")).await.is_empty()
    }

    /// The bytes of an object as the store keeps them.
    pub async fn bytes_of(&self, object: ObjectId) -> Vec<u8> {
        let found = Store::new(&self.config).get(object, None).await.unwrap();
        let pieces: Vec<Bytes> = found.try_collect().await.unwrap();
        pieces.concat()
    }

    /// Puts other bytes in the place of an object's.
    pub async fn alter(&self, object: ObjectId, bytes: &[u8]) {
        let altered = bytes.to_vec().into();
        Store::new(&self.config).put(object, altered).await.unwrap();
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        // Nobody is to write there any more.
        self.running = None;
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
