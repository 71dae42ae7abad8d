//! Documents that were made to hurt, through the door that everybody uses.

use crate::{hostile, house::TestHouse};
use serde_json::Value;

/// What a file is, what the reading of it ends as, and the code of the end.
type Case = (&'static str, Vec<u8>, &'static str, Option<&'static str>);

#[actix_web::test]
async fn every_hostile_document_has_its_end_and_the_house_stays_open() {
    let house = TestHouse::open().await;
    let report = hostile::plain(&["Sperm concentration 15 M/mL"]);
    let cases: [Case; 9] = [
        ("truncated", hostile::truncated(&report), "read", None),
        ("noise", hostile::noise(4096), "refused", Some("unreadable")),
        (
            "deflate bomb",
            hostile::deflate_bomb(1 << 30),
            "refused",
            Some("too_large"),
        ),
        (
            "double bomb",
            hostile::double_deflate_bomb(2 << 30),
            "refused",
            Some("too_large"),
        ),
        (
            "self-calling form",
            hostile::self_calling_form(),
            "read",
            None,
        ),
        ("form expansion", hostile::form_expansion(28), "read", None),
        (
            "nested arrays",
            hostile::nested_arrays(20_000),
            "refused",
            Some("unreadable"),
        ),
        ("page tree cycle", hostile::page_tree_cycle(), "read", None),
        ("plain", report, "read", None),
    ];
    let mut documents = Vec::new();
    for (_, bytes, ..) in &cases {
        documents.push(house.keep(bytes.clone()).await);
    }
    let mut ends = Vec::new();
    for ((name, _, state, code), document) in cases.iter().zip(&documents) {
        let document = house.ended(document).await;
        let alive = house.http.get(house.at("/livez")).send().await.unwrap();
        assert_eq!(alive.status(), 200);
        let found = (document["state"].clone(), document["error_code"].clone());
        let expected = (Value::from(*state), code.map_or(Value::Null, Value::from));
        if found != expected {
            ends.push(format!("{name}: {found:?}"));
        }
    }
    assert!(ends.is_empty(), "{ends:#?}");
}
