//! The same bytes by aws-sdk-s3 alone: parts of the same size, as many in flight, each read from
//! the file while those before it travel.

use anyhow::Context as _;
use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Credentials, Region, RequestChecksumCalculation,
        ResponseChecksumValidation,
    },
    types::{CompletedMultipartUpload, CompletedPart},
};
use clap::Args;
use serde_json::{Value, json};
use std::{collections::VecDeque, path::PathBuf, time::Instant};
use tokio::{fs::File, io::AsyncReadExt as _, task::JoinHandle};

#[derive(Args)]
pub struct Upload {
    #[arg(long)]
    endpoint: String,
    #[arg(long)]
    bucket: String,
    #[arg(long)]
    access_key_file: PathBuf,
    #[arg(long)]
    secret_key_file: PathBuf,
    #[arg(long)]
    part_bytes: usize,
    #[arg(long)]
    in_flight: usize,
    file: PathBuf,
}

type Travelling = JoinHandle<anyhow::Result<CompletedPart>>;

impl Upload {
    pub async fn run(self) -> anyhow::Result<Value> {
        let client = self.client()?;
        // It is there already from the second time on.
        let _ = client.create_bucket().bucket(&self.bucket).send().await;
        let began = Instant::now();
        let bytes = self.send(&client).await?;
        Ok(json!({ "seconds": began.elapsed().as_secs_f64(), "bytes": bytes }))
    }

    /// As the house makes its own (`src/storage/store.rs`).
    fn client(&self) -> anyhow::Result<Client> {
        let key = std::fs::read_to_string(&self.access_key_file)?;
        let secret = std::fs::read_to_string(&self.secret_key_file)?;
        let keys = Credentials::new(key.trim(), secret.trim(), None, None, "bench");
        let settings = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(&self.endpoint)
            .region(Region::new("eu-central-1"))
            .credentials_provider(keys)
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        Ok(Client::from_conf(settings.build()))
    }

    async fn send(&self, client: &Client) -> anyhow::Result<usize> {
        let name = uuid::Uuid::now_v7().to_string();
        let begun = client.create_multipart_upload().bucket(&self.bucket);
        let begun = begun.key(&name).send().await?;
        let upload = begun.upload_id.context("an upload without an id")?;
        let mut file = File::open(&self.file).await?;
        let mut travelling: VecDeque<Travelling> = VecDeque::new();
        let mut parts = Vec::new();
        let mut bytes = 0;
        for number in 1.. {
            let part = self.next_part(&mut file).await?;
            if part.is_empty() {
                break;
            }
            bytes += part.len();
            if travelling.len() >= self.in_flight
                && let Some(first) = travelling.pop_front()
            {
                parts.push(first.await??);
            }
            let request = client.upload_part().bucket(&self.bucket).key(&name);
            let request = request.upload_id(&upload).part_number(number);
            travelling.push_back(tokio::spawn(async move {
                let sent = request.body(part.into()).send().await?;
                let part = CompletedPart::builder().part_number(number);
                Ok(part.set_e_tag(sent.e_tag).build())
            }));
        }
        for last in travelling {
            parts.push(last.await??);
        }
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
        let complete = client.complete_multipart_upload().bucket(&self.bucket);
        let complete = complete.key(&name).upload_id(&upload);
        complete.multipart_upload(parts.build()).send().await?;
        Ok(bytes)
    }

    async fn next_part(&self, file: &mut File) -> anyhow::Result<Vec<u8>> {
        let mut part = Vec::with_capacity(self.part_bytes);
        file.take(self.part_bytes as u64)
            .read_to_end(&mut part)
            .await?;
        Ok(part)
    }
}
