//! What the object store itself tells, asked behind the house's back.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use fertidoc::config;

fn client(config: &config::Store) -> Client {
    let credentials = Credentials::new(
        &config.access_key,
        &config.secret_key,
        None,
        None,
        "the test",
    );
    let settings = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(&config.endpoint)
        .region(Region::new(config.region.clone()))
        .credentials_provider(credentials)
        .force_path_style(true)
        .build();
    Client::from_conf(settings)
}

/// The key of every object of the bucket.
pub async fn keys(config: &config::Store) -> Vec<String> {
    let client = client(config);
    let listed = client
        .list_objects_v2()
        .bucket(&config.bucket)
        .send()
        .await
        .unwrap();
    listed
        .contents()
        .iter()
        .map(|object| object.key().unwrap().to_owned())
        .collect()
}

/// What stands beside the bytes of an object: types, names, whatever else was said.
pub async fn beside(config: &config::Store, key: &str) -> String {
    let client = client(config);
    let head = client
        .head_object()
        .bucket(&config.bucket)
        .key(key)
        .send()
        .await
        .unwrap();
    format!("{head:?}")
}
