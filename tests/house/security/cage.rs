//! SEC28: the cage around untrusted files is proven at start, and readiness depends on it.

use crate::{
    hostile,
    house::{Database, TestHouse, eventually, store},
};
use fertidoc::app::{self, Roles};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use std::{os::unix::fs::symlink, path::Path, time::Duration};

const SOON: Duration = Duration::from_mins(1);

#[actix_web::test]
async fn without_a_cage_that_holds_nothing_opens() {
    let database = Database::fresh().await;
    for roles in [Roles::SERVE, Roles::WORK, Roles::ALL] {
        let mut config = database.config();
        config.http.bind = "127.0.0.1:0".into();
        config.http.ops_bind = "127.0.0.1:0".into();
        config.store.endpoint = store();
        // A child that never closes itself in.
        config.analysis.program = "/bin/true".into();
        let Err(error) = app::open(config, roles).await else {
            panic!("{roles:?} opened without a cage");
        };
        let said = format!("{error:#}");
        assert!(
            said.contains("documents cannot be read safely here"),
            "{said}"
        );
    }
}

fn point(link: &Path, at: &str) {
    let fresh = link.with_extension("fresh");
    symlink(at, &fresh).unwrap();
    std::fs::rename(&fresh, link).unwrap();
}

async fn ready(house: &TestHouse) -> (u16, Value) {
    let answer = house.http.get(house.at("/readyz")).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[actix_web::test]
async fn a_cage_that_breaks_later_ends_readiness_until_it_is_proven_again() {
    let folder = std::env::temp_dir().join(format!("fertidoc-cage-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&folder).unwrap();
    let program = folder.join("program");
    point(&program, env!("CARGO_BIN_EXE_fertidoc"));
    let house = TestHouse::with(Roles::ALL, |config| {
        config.analysis.program = program.display().to_string();
    })
    .await;
    let (status, said) = ready(&house).await;
    assert_eq!((status, said["cage"].as_str()), (200, Some("up")), "{said}");

    point(&program, "/bin/true");
    // More than there are spares from before.
    let files = (0..6).fold(Form::new(), |form, number| {
        let bytes = hostile::plain(&[&format!("FSH {number}.5 IU/l")]);
        form.part("file", Part::bytes(bytes).file_name("report.pdf"))
    });
    let sent = house.http.post(house.at("/api/v1/documents"));
    assert_eq!(sent.multipart(files).send().await.unwrap().status(), 201);
    eventually(SOON, "the end of readiness", async || {
        let (status, said) = ready(&house).await;
        (status == 503 && said["cage"] == "down").then_some(())
    })
    .await;
    point(&program, env!("CARGO_BIN_EXE_fertidoc"));
    eventually(SOON, "a cage that is proven again", async || {
        (ready(&house).await.0 == 200).then_some(())
    })
    .await;
    std::fs::remove_dir_all(&folder).unwrap();
}
