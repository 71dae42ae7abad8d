//! The doors of a process: health, figures, the OpenAPI document, and what stands where nothing is.

use crate::house::TestHouse;
use serde_json::Value;

#[actix_web::test]
async fn a_house_is_alive_and_ready_and_says_what_it_stands_on() {
    let mut house = TestHouse::open().await;
    let live = house.http.get(house.at("/livez")).send().await.unwrap();
    assert_eq!(live.status(), 200);
    let ready = house.http.get(house.at("/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 200);
    let body: Value = ready.json().await.unwrap();
    assert_eq!(body["database"], "up");
    house.close().await;
}

#[actix_web::test]
async fn figures_are_on_the_listener_of_operators_only() {
    let house = TestHouse::open().await;
    let figures = house
        .http
        .get(format!("{}/metrics", house.ops_url))
        .send()
        .await
        .unwrap();
    assert_eq!(figures.status(), 200);
    let outside = house.http.get(house.at("/metrics")).send().await.unwrap();
    assert_eq!(outside.status(), 404);
}

#[actix_web::test]
async fn where_nothing_is_a_problem_says_so_with_the_id_of_the_request() {
    let house = TestHouse::open().await;
    let answer = house
        .http
        .get(house.at("/api/v1/nothing"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let header = answer.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "not-found");
    assert_eq!(problem["type"], "/problems/not-found");
    assert_eq!(problem["request_id"], header.as_str());
}

#[actix_web::test]
async fn the_openapi_document_is_served() {
    let house = TestHouse::open().await;
    let document: Value = house
        .http
        .get(house.at("/api/openapi.json"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/livez"].is_object());
}
