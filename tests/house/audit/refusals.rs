//! What was refused stands in the record, who looked is complete, and both can be read.

use crate::house::{TestHouse, client};
use fertidoc::access::{Scope, Scopes, create_token};
use fertidoc::app::Roles;
use serde_json::{Value, json};

async fn registered(house: &TestHouse) -> String {
    let answer = house
        .http
        .post(house.at("/api/v1/patients"))
        .json(&json!({ "family_name": "Okafor", "given_names": "Ada", "birth_date": "1988-02-03", "sex": "female",
                       "identifiers": [] }))
        .send()
        .await
        .unwrap();
    let created: Value = answer.json().await.unwrap();
    created["id"].as_str().unwrap().to_owned()
}

async fn of_scopes(house: &TestHouse, scopes: &[Scope]) -> reqwest::Client {
    let scopes: Scopes = scopes.iter().copied().collect();
    let token = create_token(&house.pools.app, house.clinic, "=SUM(1)", scopes, None)
        .await
        .unwrap();
    client(&token.secret)
}

#[actix_web::test]
async fn every_refusal_is_recorded_with_its_route() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let (_, stranger) = house.other_clinic().await;
    let patient = registered(&house).await;
    let path = house.at(&format!("/api/v1/patients/{patient}"));
    let uploader = of_scopes(&house, &[Scope::Upload]).await;
    for (http, status) in [
        (&stranger, 404),
        (&uploader, 403),
        (&client("fd_unknown"), 401),
        (&reqwest::Client::new(), 401),
    ] {
        assert_eq!(http.get(&path).send().await.unwrap().status(), status);
    }
    // What is no token at all claims to be somebody as well.
    for said in ["Basic YWRhOnNlY3JldA==", "Bearer"] {
        let asked = reqwest::Client::new().get(&path);
        let answer = asked.header("authorization", said).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{said}");
    }
    let page = house.at(&format!("/patients/{patient}"));
    let unsigned = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let with_cookie = |value: &str| {
        unsigned
            .get(&page)
            .header("cookie", format!("fertidoc={value}"))
    };
    assert_eq!(with_cookie("fd_stale").send().await.unwrap().status(), 303);
    assert_eq!(unsigned.get(&page).send().await.unwrap().status(), 303);
    let admin = house.database.admin().await;
    let rows = admin
        .query(
            "SELECT clinic_id = $1 AS own, clinic_id IS NULL AS strange, outcome, subject::text AS subject,
                    detail->>'route' AS route, (detail->>'status')::int AS status, client IS NOT NULL AS located
               FROM fertidoc.audit_event WHERE action = 'access.refuse' ORDER BY audit_id",
            &[&house.clinic.0],
        )
        .await
        .unwrap();
    let told: Vec<String> = rows
        .iter()
        .map(|row| {
            let chain = match (row.get("own"), row.get("strange")) {
                (Some(true), _) => "own",
                (_, true) => "house",
                _ => "other",
            };
            let subject: Option<&str> = row.get("subject");
            let named = if subject == Some(&patient) {
                "named"
            } else {
                "-"
            };
            let (outcome, route): (&str, &str) = (row.get("outcome"), row.get("route"));
            format!(
                "{chain} {outcome} {named} {route} {}",
                row.get::<_, i32>("status")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "other refused named /api/v1/patients/{id} 404",
            "own refused named /api/v1/patients/{id} 403",
            "house failed - /api/v1/patients/{id} 401",
            "house failed - /api/v1/patients/{id} 401",
            "house failed - /api/v1/patients/{id} 401",
            "house failed - /patients/{id} 303",
        ]
    );
    assert!(rows.iter().all(|row| row.get("located")), "where from");
    let own: Value = house
        .get(&format!("/api/v1/patients/{patient}/audit"))
        .await;
    let own = own["items"].as_array().unwrap();
    let tried = own.iter().filter(|row| row["action"] == "access.refuse");
    assert_eq!(tried.count(), 1, "in the patient's own record");
    // The house's own rows are of no clinic's concern.
    let seen: Value = house.get("/api/v1/audit?action=access.").await;
    assert_eq!(seen["items"].as_array().unwrap().len(), 1, "{seen}");
}

#[actix_web::test]
async fn who_looked_names_everybody_who_saw_the_patient_and_how() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let patient = registered(&house).await;
    let nurse = of_scopes(&house, &[Scope::Read]).await;
    for path in [
        format!("/api/v1/patients/{patient}"),
        format!("/api/v1/patients/{patient}/summary"),
        "/api/v1/patients?q=okafor".to_owned(),
        format!("/api/v1/documents?patient_id={patient}"),
    ] {
        let answer = nurse.get(house.at(&path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    let looked: Value = nurse
        .get(house.at(&format!("/api/v1/patients/{patient}/audit")))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let told: Vec<(&str, &str)> = looked["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["action"].as_str().unwrap(),
                row["agent"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("document.list", "=SUM(1)"),
            ("patient.list", "=SUM(1)"),
            ("summary.read", "=SUM(1)"),
            ("patient.read", "=SUM(1)"),
            ("patient.create", "test"),
        ],
        "{looked}"
    );
    // Another clinic learns nothing, not even that there is somebody.
    let (_, stranger) = house.other_clinic().await;
    let answer = stranger
        .get(house.at(&format!("/api/v1/patients/{patient}/audit")))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
}

#[actix_web::test]
async fn the_record_is_filtered_paged_and_taken_away() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let patient = registered(&house).await;
    let auditor = of_scopes(&house, &[Scope::Audit]).await;
    let nurse = of_scopes(&house, &[Scope::Read]).await;
    for _ in 0..5 {
        let path = house.at(&format!("/api/v1/patients/{patient}"));
        assert_eq!(nurse.get(path).send().await.unwrap().status(), 200);
    }
    assert_eq!(
        nurse
            .get(house.at("/api/v1/audit"))
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
    let mut next = Some(format!(
        "/api/v1/audit?action=patient.read&patient={patient}&limit=2"
    ));
    let mut seen = Vec::new();
    while let Some(path) = next {
        let answer = auditor.get(house.at(&path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        next = answer.headers().get("link").map(|link| {
            let link = link.to_str().unwrap();
            link[1..link.find('>').unwrap()].to_owned()
        });
        let page: Value = answer.json().await.unwrap();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].as_i64().unwrap()),
        );
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|one, other| one > other));
    let asked = "outcome=success&action=patient.&to=2999-01-01T00:00:00Z";
    let csv = auditor
        .get(house.at(&format!("/api/v1/audit.csv?{asked}")))
        .send()
        .await
        .unwrap();
    assert_eq!(
        csv.headers()["content-disposition"],
        "attachment; filename=\"audit.csv\""
    );
    let csv = csv.text().await.unwrap();
    assert_eq!(csv.lines().count(), 1 + 6, "{csv}");
    assert!(csv.contains(",'=SUM(1),"), "no formula of a name");
    let lines = auditor
        .get(house.at(&format!("/api/v1/audit.ndjson?{asked}")))
        .send()
        .await
        .unwrap();
    let lines = lines.text().await.unwrap();
    let rows: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 6);
    let taken: Value = house.get("/api/v1/audit?action=audit.export").await;
    assert_eq!(
        taken["items"].as_array().unwrap().len(),
        2,
        "taking it away is recorded"
    );
}
