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

/// The keys that begin like this; none where there is no bucket.
pub async fn stored(config: &config::Store, beginning: &str) -> Vec<String> {
    let listed = client(config)
        .list_objects_v2()
        .bucket(&config.bucket)
        .prefix(beginning)
        .send()
        .await;
    let Ok(listed) = listed else {
        return Vec::new();
    };
    assert_ne!(listed.is_truncated(), Some(true), "more than one page");
    let keys = listed.contents().iter();
    keys.map(|object| object.key().unwrap().to_owned())
        .collect()
}

/// Uploads that were not ended and their parts, under the names that `fertidoc store` gives to their
/// files: `.upload-ID.json`, `.upload_id-ID.part-N`.
pub async fn parts(config: &config::Store) -> Vec<String> {
    let client = client(config);
    let begun = client.list_multipart_uploads().bucket(&config.bucket);
    let Ok(begun) = begun.send().await else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for upload in begun.uploads() {
        let id = upload.upload_id().unwrap();
        let parts = client.list_parts().bucket(&config.bucket);
        let parts = parts.key(upload.key().unwrap()).upload_id(id);
        // It may just have been ended.
        let Ok(parts) = parts.send().await else {
            continue;
        };
        names.push(format!(".upload-{id}.json"));
        for part in parts.parts() {
            let number = part.part_number().unwrap();
            names.push(format!(".upload_id-{id}.part-{number}"));
        }
    }
    names
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
