//! The same rules for the pages: every address that the sources of the pages register, times every
//! role, times own and foreign clinic. Pages are for people, so those who ask are signed in.
//!
//! What a page shows is asked for and must follow the rules of the API, with the way to the sign-in
//! page instead of 401. What a page sends must not be taken from another site, whoever is signed in.

use super::routes::Needs;
use super::world::World;
use super::{Asker, Whose, allows, people};
use std::collections::BTreeSet;
use std::path::Path;

/// Every page that can be looked at, and what it needs.
pub fn table() -> Vec<(&'static str, Needs)> {
    use Needs::{Anybody, Either, Nobody, One};
    use fertidoc::access::Scope::{Admin, Audit, Read, Upload, Write};
    vec![
        ("/assets/{name}", Nobody),
        ("/sign-in", Nobody),
        ("/welcome", Nobody),
        ("/sign-in/code", Anybody),
        ("/sign-in/second-factor", Anybody),
        ("/sign-in/again", Anybody),
        ("/account", Anybody),
        ("/account/second-factor", Anybody),
        ("/people", One(Admin)),
        ("/inbox", One(Read)),
        ("/documents", One(Read)),
        ("/documents/{id}", One(Read)),
        ("/documents/{id}/row", One(Read)),
        ("/documents/{id}/tray", One(Read)),
        ("/documents/{id}/states", One(Read)),
        ("/patients", One(Read)),
        ("/patients/import", One(Write)),
        ("/patients/new", One(Write)),
        ("/patients/{id}", One(Read)),
        ("/patients/{id}/edit", One(Write)),
        ("/upload", One(Upload)),
        ("/tokens", One(Admin)),
        ("/audit", One(Audit)),
        ("/patients/{id}/audit", Either(Read, Audit)),
        ("/clinic", One(Admin)),
        ("/emergency", One(Read)),
        ("/notices", Either(Audit, Admin)),
    ]
}

/// Steps of signing in that lead whoever is signed in already to where they wanted to go.
const STEPS: [&str; 2] = ["/sign-in/code", "/sign-in/second-factor"];

/// `(method, path)` of every `.route(...)` in the sources of the pages.
pub fn registered() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let source: String = std::fs::read_to_string(&path).unwrap();
                let source: String = source.split_whitespace().collect();
                for route in source.split(".route(\"").skip(1) {
                    let (address, rest) = route.split_once('"').unwrap();
                    let method = rest.trim_start_matches(",web::").split_once('(').unwrap().0;
                    found.insert((method.to_uppercase(), address.to_owned()));
                }
            }
        }
    }
    found
}

#[actix_web::test]
async fn pages_show_everybody_what_is_theirs() {
    let mut world = World::open().await;
    let table = table();
    let shown: BTreeSet<String> = registered()
        .into_iter()
        // The way to an identity provider is nowhere where the settings name none; where they do,
        // `./scripts/test oidc` goes it.
        .filter(|(method, path)| {
            method == "GET" && path != "/" && !path.starts_with("/sign-in/idp")
        })
        .map(|(_, path)| path)
        .collect();
    let said: BTreeSet<String> = table.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(
        shown, said,
        "left: registered in src/web; right: in the table"
    );

    let mut askers = people(&world).await;
    askers.insert(0, Asker::nobody());
    let mut wrong = Vec::new();
    let mut cells = 0;
    for &(path, needs) in &table {
        for asker in &askers {
            for whose in [Whose::Own, Whose::Foreign] {
                let asked = world.page(path, whose);
                let answer = asked.ask(&asker.http, &world.house.url).await;
                let expected = match (needs, asker.scopes, whose) {
                    (Needs::Nobody, _, _) => 200,
                    (_, None, _) => 303,
                    _ if STEPS.contains(&path) => 303,
                    (_, Some(scopes), _) if !allows(needs, scopes) => 403,
                    (_, _, Whose::Foreign) if path.contains("{id}") => 404,
                    _ => 200,
                };
                cells += 1;
                if answer.status != expected {
                    wrong.push(format!(
                        "{path} by {} ({whose:?}): {} instead of {expected}",
                        asker.name, answer.status
                    ));
                }
                if world.names_the_other_clinic(&answer.body, &asked) {
                    wrong.push(format!("{path} by {}: names the other clinic", asker.name));
                }
            }
        }
    }
    println!(
        "{} pages x {} askers x 2 clinics = {cells} answers",
        table.len(),
        askers.len()
    );
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    world.house.close().await;
}

#[actix_web::test]
async fn no_page_takes_what_another_site_sends() {
    let mut world = World::open().await;
    let askers = people(&world).await;
    for (method, path) in registered() {
        if method == "GET" {
            continue;
        }
        for asker in &askers {
            let asked = world.page(&path, Whose::Own);
            let status = asked
                .ask_from_elsewhere(&asker.http, &world.house.url, &method)
                .await;
            assert_eq!(status, 403, "{method} {path} by {}", asker.name);
        }
    }
    world.house.close().await;
}
