//! The object store over S3, request by request.

use super::{Fitness, StorageError, asked::Voice};
use crate::config;
use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, RequestChecksumCalculation,
        ResponseChecksumValidation, SharedHttpClient, StalledStreamProtectionConfig,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart},
};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use bytes::Bytes;
use futures_util::Stream;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::{sync::Arc, time::Duration};

/// S3 refuses smaller parts but the last.
pub(super) const MIN_PART_BYTES: usize = 5 << 20;

/// The store's own name of an unfinished multipart upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultipartId(pub String);

/// A part that the store has taken.
#[derive(Debug, Clone)]
pub struct Part {
    number: i32,
    tag: String,
}

impl Part {
    /// A part that was taken in another request.
    #[must_use]
    pub const fn taken(number: i32, tag: String) -> Self {
        Self { number, tag }
    }

    /// The store's own name of these bytes.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

/// One bucket of an S3-compatible store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) client: Client,
    pub(super) bucket: Arc<str>,
    pub(super) fitness: Fitness,
    pub(super) voice: Arc<Voice>,
    part_bytes: usize,
    timeout: Duration,
}

impl Store {
    /// Sets the client up; nothing is sent before the first use.
    pub fn new(config: &config::Store) -> Self {
        let credentials = Credentials::new(
            &config.access_key,
            &config.secret_key,
            None,
            None,
            "fertidoc settings",
        );
        let mut settings = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(&config.endpoint)
            .region(Region::new(config.region.clone()))
            .credentials_provider(credentials)
            .force_path_style(true)
            // Stores other than S3 itself stumble over CRC trailers; our own SHA-256 is the truth.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            // It takes a slow sender for a stalled store; our own deadlines stand instead.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(config.attempts.max(1))
                    .with_max_backoff(Duration::from_secs(2)),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(config.timeout.min(Duration::from_secs(3)))
                    .operation_attempt_timeout(config.timeout)
                    .build(),
            );
        if !config.ca.is_empty() {
            settings = settings.http_client(trusting(&config.ca));
        }
        Self {
            client: Client::from_conf(settings.build()),
            bucket: config.bucket.as_str().into(),
            fitness: Fitness::default(),
            voice: Arc::default(),
            part_bytes: config.part_bytes.max(MIN_PART_BYTES),
            timeout: config.timeout,
        }
    }

    /// Bytes of every part but the last.
    pub const fn part_bytes(&self) -> usize {
        self.part_bytes
    }

    /// Whether the last probe found nothing wrong; before the first one it counts as well.
    pub fn is_fit(&self) -> bool {
        self.fitness.require().is_ok()
    }

    /// Makes the bucket unless it is there; several at once do no harm.
    pub async fn ensure_bucket(&self) -> Result<(), StorageError> {
        let there = self.check().await;
        let Err(StorageError::Missing | StorageError::Refused { .. }) = &there else {
            return there;
        };
        let made = self.asked("create_bucket", async {
            let request = self.client.create_bucket().bucket(&*self.bucket);
            let sent = request.send().await;
            sent.map_err(|error| StorageError::from_sdk("create the bucket", error))
        });
        match made.await {
            // Another process was faster.
            Err(StorageError::Refused { code, .. }) if code.starts_with("BucketAlready") => {
                self.check().await
            }
            made => made.map(drop),
        }
    }

    /// Asks whether the bucket can be reached with our credentials.
    pub async fn check(&self) -> Result<(), StorageError> {
        self.asked("head_bucket", async {
            let request = self.client.head_bucket().bucket(&*self.bucket);
            let sent = request.send().await;
            sent.map(drop)
                .map_err(|error| StorageError::from_sdk("show the bucket", error))
        })
        .await
    }

    /// Stores what is no original and has a key of its own.
    pub async fn put_named(&self, key: &str, body: Bytes) -> Result<(), StorageError> {
        self.asked("put", async {
            let request = self.client.put_object().bucket(&*self.bucket);
            let sent = request.key(key).body(body.into()).send().await;
            sent.map(drop)
                .map_err(|error| StorageError::from_sdk("put an object", error))
        })
        .await
    }

    /// Begins an upload in parts.
    pub(super) async fn begin_named(&self, key: &str) -> Result<MultipartId, StorageError> {
        self.asked("begin", async {
            let request = self.client.create_multipart_upload().bucket(&*self.bucket);
            let sent = request.key(key).send().await;
            sent.map_err(|error| StorageError::from_sdk("begin an upload", error))?
                .upload_id
                .map(MultipartId)
                .ok_or_else(|| unnamed("begin an upload"))
        })
        .await
    }

    /// Stores a part; all but the last have [`Self::part_bytes`] or more.
    pub(super) async fn put_part_named(
        &self,
        key: &str,
        upload: &MultipartId,
        number: i32,
        body: Bytes,
    ) -> Result<Part, StorageError> {
        self.asked("put_part", async {
            let request = self.client.upload_part().bucket(&*self.bucket);
            let request = request.key(key).upload_id(&upload.0);
            let sent = request.part_number(number).body(body.into()).send().await;
            sent.map_err(|error| StorageError::from_sdk("put a part", error))?
                .e_tag
                .map(|tag| Part { number, tag })
                .ok_or_else(|| unnamed("put a part"))
        })
        .await
    }

    /// Joins the parts.
    pub(super) async fn complete_named(
        &self,
        key: &str,
        upload: &MultipartId,
        parts: Vec<Part>,
        stored_bytes: u64,
    ) -> Result<(), StorageError> {
        let parts = parts
            .into_iter()
            .map(|part| {
                CompletedPart::builder()
                    .part_number(part.number)
                    .e_tag(part.tag)
                    .build()
            })
            .collect();
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts))
            .build();
        let completed = self
            .asked("complete", async {
                let request = self.client.complete_multipart_upload();
                let request = request.bucket(&*self.bucket).key(key);
                let request = request.upload_id(&upload.0).multipart_upload(parts);
                let sent = request.send().await;
                sent.map_err(|error| StorageError::from_sdk("complete an upload", error))
            })
            .await;
        match completed {
            Ok(_) => Ok(()),
            // An answer that got lost leaves an object behind all the same, and a second attempt
            // then finds no upload: the object itself decides.
            Err(error) => match self.head_named(key).await {
                Ok(length) if length == stored_bytes => Ok(()),
                _ => Err(error),
            },
        }
    }

    /// Gives an upload in parts up; one that is gone already is no error.
    pub(super) async fn abort_named(
        &self,
        key: &str,
        upload: &MultipartId,
    ) -> Result<(), StorageError> {
        let aborted = self
            .asked("abort", async {
                let request = self.client.abort_multipart_upload().bucket(&*self.bucket);
                let request = request.key(key).upload_id(&upload.0);
                let sent = request.send().await;
                sent.map(drop)
                    .map_err(|error| StorageError::from_sdk("abort an upload", error))
            })
            .await;
        match aborted {
            Err(StorageError::Missing) => Ok(()),
            // s3s-fs answers so for an upload that it does not know (any more); a store that
            // refuses for other reasons still lists parts, or refuses that as well.
            Err(StorageError::Refused { code, .. })
                if code == "AccessDenied" && self.has_no_parts(key, upload).await? =>
            {
                Ok(())
            }
            other => other,
        }
    }

    async fn has_no_parts(&self, key: &str, upload: &MultipartId) -> Result<bool, StorageError> {
        let listed = self
            .asked("list_parts", async {
                let request = self.client.list_parts().bucket(&*self.bucket);
                let request = request.key(key).upload_id(&upload.0);
                let sent = request.send().await;
                sent.map_err(|error| StorageError::from_sdk("list parts", error))
            })
            .await;
        match listed {
            Ok(list) => Ok(list.parts().is_empty()),
            Err(StorageError::Missing) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Stored bytes.
    pub(super) async fn head_named(&self, key: &str) -> Result<u64, StorageError> {
        self.asked("head", async {
            let request = self.client.head_object().bucket(&*self.bucket);
            let sent = request.key(key).send().await;
            let head = sent.map_err(|error| StorageError::from_sdk("show an object", error))?;
            Ok(head.content_length.unwrap_or(0).max(0) as u64)
        })
        .await
    }

    /// What [`Self::put_named`] stored, or a range of it as HTTP writes one.
    pub async fn get_named(
        &self,
        key: &str,
        range: Option<String>,
    ) -> Result<impl Stream<Item = Result<Bytes, StorageError>> + Send + Unpin + use<>, StorageError>
    {
        let body = self
            .asked("get", async {
                let request = self.client.get_object().bucket(&*self.bucket);
                let request = request.key(key).set_range(range);
                let sent = request.send().await;
                sent.map(|answer| answer.body)
                    .map_err(|error| StorageError::from_sdk("get an object", error))
            })
            .await?;
        Ok(Box::pin(arriving(self.clone(), body)))
    }

    /// The keys that begin with `folder`.
    pub async fn list_named(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        let mut keys = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .asked("list", async {
                    let request = self.client.list_objects_v2().bucket(&*self.bucket);
                    let request = request.prefix(folder).set_start_after(after.take());
                    let sent = request.send().await;
                    sent.map_err(|error| StorageError::from_sdk("list objects", error))
                })
                .await?;
            let found = page.contents().iter().filter_map(|object| object.key());
            keys.extend(found.map(str::to_owned));
            if page.is_truncated() != Some(true) || page.contents().is_empty() {
                return Ok(keys);
            }
            after = keys.last().cloned();
        }
    }

    /// Removes what is there; what is gone already is no error.
    pub(super) async fn delete_named(&self, key: &str) -> Result<(), StorageError> {
        let deleted = self
            .asked("delete", async {
                let request = self.client.delete_object().bucket(&*self.bucket);
                let sent = request.key(key).send().await;
                sent.map(drop)
                    .map_err(|error| StorageError::from_sdk("delete an object", error))
            })
            .await;
        match deleted {
            Err(StorageError::Missing) => Ok(()),
            other => other,
        }
    }
}

/// A client that trusts the authorities of this file and no others; where it holds none, nobody is
/// trusted and the store counts as unavailable.
fn trusting(ca: &str) -> SharedHttpClient {
    let mut trusted = TrustStore::empty();
    let found = std::fs::read(ca).map(|pem| (CertificateDer::from_pem_slice(&pem).is_ok(), pem));
    match found {
        Ok((true, pem)) => trusted = trusted.with_pem_certificate(pem),
        Ok((false, _)) => tracing::error!("store.ca holds no certificate"),
        Err(error) => tracing::error!(%error, "store.ca cannot be read"),
    }
    let context = TlsContext::builder().with_trust_store(trusted).build();
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(context.unwrap_or_default())
        .build_https()
}

/// The client's deadlines end with the headers; here each further piece has one of its own, and a
/// store that falls silent in between is left as well.
fn arriving(
    store: Store,
    body: ByteStream,
) -> impl Stream<Item = Result<Bytes, StorageError>> + Send {
    futures_util::stream::try_unfold((store, body), |(store, mut body)| async move {
        let next = tokio::time::timeout(store.timeout, body.try_next());
        match store.unless_silent(next).await? {
            Ok(Ok(Some(bytes))) => Ok(Some((bytes, (store, body)))),
            Ok(Ok(None)) => Ok(None),
            Ok(Err(error)) => Err(StorageError::Unavailable(error.into())),
            Err(silence) => Err(StorageError::Unavailable(silence.into())),
        }
    })
}

fn unnamed(operation: &'static str) -> StorageError {
    StorageError::Refused {
        operation,
        code: "answer without an id".into(),
    }
}
