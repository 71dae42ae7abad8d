//! SEC31: what the store gives back is what was received, or nobody sees it.

use crate::hostile;
use crate::house::TestHouse;
use fertidoc::app::Roles;
use fertidoc::domain::ids::ObjectId;
use fertidoc::storage::Store;
use futures_util::TryStreamExt as _;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

/// Uploads `file` and answers with the address of the document and the object that holds it.
async fn kept(house: &TestHouse, file: Vec<u8>) -> (String, ObjectId) {
    let part = Part::bytes(file).file_name("report.pdf");
    let sent = house
        .http
        .post(house.at("/api/v1/documents"))
        .multipart(Form::new().part("file", part))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 201);
    let sent: Value = sent.json().await.unwrap();
    let location = sent["documents"][0]["location"]
        .as_str()
        .unwrap()
        .to_owned();
    let id: uuid::Uuid = location.rsplit('/').next().unwrap().parse().unwrap();
    let row = house
        .database
        .admin()
        .await
        .query_one(
            "SELECT object_id FROM fertidoc.document WHERE document_id = $1",
            &[&id],
        )
        .await
        .unwrap();
    (location, ObjectId(row.get(0)))
}

#[actix_web::test]
async fn sec31_one_flipped_byte_in_the_store_is_a_502_and_never_wrong_bytes() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let store = Store::new(&house.config.store);
    let mut large = hostile::plain(&["FSH 5.5 IU/l"]);
    // Blanks behind the end of a PDF: more than one frame.
    large.resize(3 << 20, b' ');
    for file in [hostile::plain(&["FSH 5.5 IU/l"]), large] {
        let (location, object) = kept(&house, file.clone()).await;
        let original = house.at(&format!("{location}/original"));
        let whole = house.http.get(&original).send().await.unwrap();
        assert_eq!(whole.bytes().await.unwrap(), file, "what was received");
        let stored: Vec<bytes::Bytes> = store
            .get(object, None)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        let stored = stored.concat();
        for at in [0, stored.len() / 2, stored.len() - 1] {
            let mut flipped = stored.clone();
            flipped[at] ^= 1;
            store.put(object, flipped.into()).await.unwrap();
            for path in ["original", "pages/1/image"] {
                let address = house.at(&format!("{location}/{path}"));
                let answer = house.http.get(address).send().await.unwrap();
                assert_eq!(answer.status(), 502, "{path}, byte {at}");
                let problem: Value = answer.json().await.unwrap();
                assert_eq!(problem["code"], "original-damaged");
            }
        }
        store.put(object, stored.into()).await.unwrap();
        let whole = house.http.get(&original).send().await.unwrap();
        assert_eq!(whole.bytes().await.unwrap(), file);
    }
}
