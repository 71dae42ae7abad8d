//! SEC6 to SEC10: passwords, second factors, what sessions and cookies are worth.

use crate::house::{Person, TestHouse, browser, eventually};
use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use fertidoc::access::{
    self, By, Entered, NewAccount, NewSession, Place, Role, SignIn, SignInError,
};
use fertidoc::app::Roles;
use fertidoc::domain::ids::{ClinicId, UserId};
use reqwest::{Response, redirect::Policy};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use totp_rs::{Algorithm as Hash, Builder, Secret};

const PASSWORD: &str = "kettle heron frozen marshland";
const PATIENTS: &str = "/api/v1/patients";

/// A house that serves, where nurses need a second factor.
async fn house() -> TestHouse {
    TestHouse::with(Roles::SERVE, |config| {
        config.access.second_factor_roles = vec!["nurse".into()];
    })
    .await
}

fn sign_in(house: &TestHouse) -> SignIn {
    let app = house.pools.app.clone();
    SignIn::new(app, house.authenticator(), &house.config.access).unwrap()
}

/// Somebody with a password who signed in nowhere yet.
async fn somebody(house: &TestHouse, door: &SignIn, name: &str, role: Role) -> UserId {
    let new = NewAccount {
        user_name: name,
        display_name: "Ada Invented",
        identity: None,
    };
    let place = Place::Clinic(house.clinic);
    let user = access::add_person(&house.pools.app, By::House, new, place, &[role])
        .await
        .unwrap();
    let link = door.link(By::House, user).await.unwrap();
    assert_eq!(
        door.welcome(&link.secret, PASSWORD, &"test".into())
            .await
            .unwrap(),
        name
    );
    user
}

async fn enter(door: &SignIn, name: &str, password: &str) -> Result<Entered, SignInError> {
    door.password(name, password, &"test".into(), None).await
}

/// The code that an app shows, some steps from now.
fn code(secret: &str, steps: i64) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let totp = Builder::new()
        .with_algorithm(Hash::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .with_account_name("test")
        .with_issuer(Some("test"))
        .build()
        .unwrap();
    totp.generate(now.checked_add_signed(30 * steps).unwrap())
        .to_string()
}

/// The form of the sign-in page, sent as a browser sends it.
async fn post(house: &TestHouse, name: &str, password: &str) -> Response {
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    http.post(house.at("/sign-in"))
        .header("sec-fetch-site", "same-origin")
        .form(&[
            ("user", name),
            ("password", password),
            ("next", "/patients"),
        ])
        .send()
        .await
        .unwrap()
}

fn cookie(answer: &Response) -> String {
    answer.headers()["set-cookie"].to_str().unwrap().to_owned()
}

/// The status of a read by this session.
async fn reads(address: &str, secret: &str) -> u16 {
    let asked = browser(secret, "").get(address).send().await.unwrap();
    asked.status().as_u16()
}

#[actix_web::test]
async fn sec6_passwords_are_kept_as_argon2id_and_hashed_anew_at_sign_in() {
    let house = house().await;
    let door = sign_in(&house);
    let user = somebody(&house, &door, "ada", Role::Clinician).await;
    let admin = house.database.admin().await;
    let stored = async || -> String {
        let sql = "SELECT password_hash FROM fertidoc.user_account WHERE user_id = $1";
        admin.query_one(sql, &[&user.0]).await.unwrap().get(0)
    };
    let first = stored().await;
    assert!(
        first.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"),
        "{first}"
    );
    let weaker = Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(19_456, 2, 1, None).unwrap(),
    );
    let old = weaker
        .hash_password(PASSWORD.as_bytes())
        .unwrap()
        .to_string();
    let sql = "UPDATE fertidoc.user_account SET password_hash = $2 WHERE user_id = $1";
    admin.execute(sql, &[&user.0, &old]).await.unwrap();
    assert!(enter(&door, "ada", "something else").await.is_err());
    assert_eq!(stored().await, old);
    assert!(matches!(
        enter(&door, " ADA ", PASSWORD).await,
        Ok(Entered::Open(_))
    ));
    assert!(
        stored()
            .await
            .starts_with("$argon2id$v=19$m=47104,t=1,p=1$")
    );
}

#[actix_web::test]
async fn sec6_weak_passwords_are_refused_with_a_reason_and_long_ones_taken() {
    let house = house().await;
    let door = sign_in(&house);
    let user = somebody(&house, &door, "ada", Role::Clinician).await;
    let link = door.link(By::House, user).await.unwrap();
    for weak in ["short", "password1234567", "adainvented2024"] {
        let refused = door.welcome(&link.secret, weak, &"test".into()).await;
        assert!(matches!(refused, Err(SignInError::Weak(_))), "{weak}");
    }
    let long = "seven quiet herons carried the blue kettle over frozen marshland";
    assert_eq!(long.len(), 64);
    door.welcome(&link.secret, long, &"test".into())
        .await
        .unwrap();
    assert!(matches!(
        enter(&door, "ada", PASSWORD).await,
        Err(SignInError::Wrong)
    ));
    assert!(matches!(
        enter(&door, "ada", long).await,
        Ok(Entered::Open(_))
    ));
    // A link is good once, and a newer one ends those before it.
    assert!(matches!(
        door.welcome(&link.secret, PASSWORD, &"test".into()).await,
        Err(SignInError::Link)
    ));
    let older = door.link(By::House, user).await.unwrap();
    door.link(By::House, user).await.unwrap();
    assert!(matches!(
        door.welcome(&older.secret, PASSWORD, &"test".into()).await,
        Err(SignInError::Link)
    ));
}

#[actix_web::test]
async fn sec7_unknown_and_known_names_cost_and_answer_the_same() {
    let house = house().await;
    let door = sign_in(&house);
    let user = somebody(&house, &door, "ada", Role::Clinician).await;
    let before = door.verifications();
    for (tried, name) in ["ada", "nobody", "an impossible name"]
        .into_iter()
        .enumerate()
    {
        assert!(matches!(
            enter(&door, name, "wrong").await,
            Err(SignInError::Wrong)
        ));
        assert_eq!(door.verifications(), before + tried as u64 + 1, "{name}");
    }
    let known = post(&house, "ada", "wrong").await;
    let unknown = post(&house, "bob", "wrong").await;
    assert_eq!(
        (known.status(), unknown.status()),
        (401.try_into().unwrap(), 401.try_into().unwrap())
    );
    let pages = (known.text().await.unwrap(), unknown.text().await.unwrap());
    assert_eq!(
        pages.0.replace("\"ada\"", ""),
        pages.1.replace("\"bob\"", "")
    );
    // Each is on record, with the person where one is known and never with what was typed.
    let admin = house.database.admin().await;
    let sql = "SELECT agent_id, clinic_id, outcome, detail::text FROM fertidoc.audit_event
                WHERE action = 'session.fail' ORDER BY agent_id NULLS LAST";
    let rows = admin.query(sql, &[]).await.unwrap();
    assert_eq!(rows.len(), 5);
    let agents: Vec<Option<uuid::Uuid>> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(
        agents
            .iter()
            .filter(|agent| **agent == Some(user.0))
            .count(),
        2
    );
    for row in rows {
        assert_eq!(row.get::<_, &str>(2), "failed");
        let detail: &str = row.get(3);
        assert!(
            !detail.contains("wrong") && !detail.contains("nobody"),
            "{detail}"
        );
    }
}

/// Signs a nurse in for the first time: the session, the secret of the app and the recovery codes.
async fn enrolled(door: &SignIn, name: &str, user: UserId) -> (NewSession, String, Vec<String>) {
    let Ok(Entered::Enrol(halfway)) = enter(door, name, PASSWORD).await else {
        panic!("a nurse must set a second factor up")
    };
    let offer = door.offer_second_factor(user).await.unwrap();
    let wrong = door
        .enrol(
            &halfway.secret,
            &offer.sealed,
            "000000",
            &"test".into(),
            None,
        )
        .await;
    assert!(matches!(wrong, Err(SignInError::WrongCode)));
    let code = code(&offer.secret, -1);
    let (session, codes) = door
        .enrol(&halfway.secret, &offer.sealed, &code, &"test".into(), None)
        .await
        .unwrap();
    (session, offer.secret, codes)
}

#[actix_web::test]
async fn sec8_who_must_have_a_second_factor_can_do_nothing_before() {
    let house = house().await;
    let door = sign_in(&house);
    let user = somebody(&house, &door, "ada", Role::Nurse).await;
    let Ok(Entered::Enrol(halfway)) = enter(&door, "ada", PASSWORD).await else {
        panic!("a second factor must be set up")
    };
    assert_eq!(reads(&house.at(PATIENTS), &halfway.secret).await, 401);
    let page = browser(&halfway.secret, "")
        .get(house.at("/inbox"))
        .send()
        .await
        .unwrap();
    assert_eq!(page.headers()["location"], "/sign-in/second-factor");
    let (session, secret, _) = enrolled(&door, "ada", user).await;
    assert_ne!(session.secret, halfway.secret);
    assert_eq!(reads(&house.at(PATIENTS), &session.secret).await, 200);
    let sealed: Vec<u8> = house
        .database
        .admin()
        .await
        .query_one("SELECT totp_sealed FROM fertidoc.user_account", &[])
        .await
        .unwrap()
        .get(0);
    let plain = Secret::try_from_base32(&secret).unwrap();
    let plain: &[u8] = plain.as_ref();
    assert!(
        !sealed.windows(plain.len()).any(|part| part == plain),
        "it is sealed"
    );
}

#[actix_web::test]
async fn sec8_a_code_is_taken_once_and_so_is_a_recovery_code() {
    let house = house().await;
    let door = sign_in(&house);
    let user = somebody(&house, &door, "ada", Role::Nurse).await;
    let (_, secret, codes) = enrolled(&door, "ada", user).await;
    assert_eq!(codes.len(), access::RECOVERY_CODES);
    let second = async |code: &str| {
        let Ok(Entered::Code(halfway)) = enter(&door, "ada", PASSWORD).await else {
            panic!("a code is due")
        };
        assert_eq!(reads(&house.at(PATIENTS), &halfway.secret).await, 401);
        door.code(&halfway.secret, code, &"test".into(), None).await
    };
    let now = code(&secret, 0);
    let opened = second(&now).await.unwrap();
    assert_eq!(reads(&house.at(PATIENTS), &opened.secret).await, 200);
    assert!(
        matches!(second(&now).await, Err(SignInError::WrongCode)),
        "a replay"
    );
    let before = code(&secret, -1);
    assert!(
        matches!(second(&before).await, Err(SignInError::WrongCode)),
        "an older one"
    );
    second(&codes[0].to_uppercase()).await.unwrap();
    assert!(matches!(
        second(&codes[0]).await,
        Err(SignInError::WrongCode)
    ));
    assert_eq!(door.recovery_codes_left(user).await.unwrap(), 9);
    let kept: i64 = house
        .database
        .admin()
        .await
        .query_one(
            "SELECT count(*) FROM fertidoc.recovery_code WHERE length(hash) = 32",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(kept, 10, "hashes only");
}

#[actix_web::test]
async fn sec9_signing_in_gives_a_new_id_and_signing_out_ends_it_everywhere() {
    let house = house().await;
    let door = sign_in(&house);
    somebody(&house, &door, "ada", Role::Clinician).await;
    let secret = |answer: &Response| -> String {
        let cookie = cookie(answer);
        let value = cookie.split(['=', ';']).nth(1).unwrap();
        value.to_owned()
    };
    let first = post(&house, "ada", PASSWORD).await;
    assert_eq!(first.status(), 303);
    assert_eq!(first.headers()["location"], "/patients");
    let (first, second) = (secret(&first), secret(&post(&house, "ada", PASSWORD).await));
    assert_ne!(first, second);
    // 32 random bytes, of which the database has the hash alone.
    assert_eq!(first.len(), "fs_".len() + 43);
    let other = fertidoc::app::open(house.config.clone(), Roles::SERVE)
        .await
        .unwrap();
    let there = format!("http://{}{PATIENTS}", other.address().unwrap());
    assert_eq!(reads(&there, &first).await, 200);
    let known = house.authenticator().signed_in(&first).await.unwrap();
    let csrf = house.authenticator().csrf(known.session, known.clinic);
    let out = browser(&first, &csrf)
        .post(house.at("/sign-out"))
        .send()
        .await
        .unwrap();
    assert_eq!(out.status(), 303);
    for address in [house.at(PATIENTS), there] {
        eventually(Duration::from_secs(5), "the end of the session", || async {
            (reads(&address, &first).await == 401).then_some(())
        })
        .await;
        assert_eq!(reads(&address, &second).await, 200, "the other one goes on");
    }
    other.stop().await;
}

#[actix_web::test]
async fn sec9_a_disabled_person_and_one_without_a_role_are_out_within_seconds() {
    let house = house().await;
    let admin = house.person(&[Role::ClinicAdmin]).await;
    let disabled = house.person(&[Role::Clinician]).await;
    let left = house.person(&[Role::Clinician]).await;
    for person in [&disabled, &left] {
        assert_eq!(reads(&house.at(PATIENTS), &person.secret).await, 200);
    }
    let address = house.at(&format!("/people/{}/disable", disabled.user));
    let answer = admin.http.post(address).send().await.unwrap();
    assert_eq!(answer.headers()["location"], "/people?said=disabled");
    let place = Place::Clinic(house.clinic);
    access::revoke(
        &house.pools.app,
        By::House,
        left.user,
        place,
        Role::Clinician,
    )
    .await
    .unwrap();
    for person in [&disabled, &left] {
        eventually(Duration::from_secs(5), "the person to be out", || async {
            (reads(&house.at(PATIENTS), &person.secret).await == 401).then_some(())
        })
        .await;
    }
    let page = browser(&disabled.secret, "")
        .get(house.at("/patients"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        page.headers()["location"],
        "/sign-in?next=%2Fpatients&ended=disabled"
    );
}

#[actix_web::test]
async fn sec9_sessions_end_when_idle_and_after_twelve_hours() {
    let house = house().await;
    let database = house.database.admin().await;
    for (change, because) in [
        (
            "last_seen_at = last_seen_at - interval '15 minutes'",
            "idle",
        ),
        ("expires_at = expires_at - interval '12 hours'", "absolute"),
    ] {
        let person = house.person(&[Role::Clinician]).await;
        let sql = format!("UPDATE fertidoc.user_session SET {change} WHERE session_id = $1");
        database.execute(&sql, &[&person.session.0]).await.unwrap();
        assert_eq!(
            reads(&house.at(PATIENTS), &person.secret).await,
            401,
            "{because}"
        );
        let page = person
            .http
            .get(house.at("/patients?q=x"))
            .send()
            .await
            .unwrap();
        // What was searched for stays behind: an address is no place for it.
        let way = format!("/sign-in?next=%2Fpatients&ended={because}");
        assert_eq!(page.headers()["location"], way.as_str());
    }
}

#[actix_web::test]
async fn sec9_what_is_sensitive_asks_for_a_fresh_proof_that_gives_a_new_id() {
    let house = house().await;
    let door = sign_in(&house);
    let user = somebody(&house, &door, "ada", Role::ClinicAdmin).await;
    let person = house.signed_in(user, "ada".into(), house.clinic).await;
    let sql = "UPDATE fertidoc.user_session SET confirmed_at = confirmed_at - interval '6 minutes'";
    house
        .database
        .admin()
        .await
        .execute(sql, &[])
        .await
        .unwrap();
    let change = async |person: &Person| {
        let form = [("user", "bob"), ("name", "Bob Invented"), ("role", "nurse")];
        person
            .http
            .post(house.at("/people"))
            .form(&form)
            .send()
            .await
            .unwrap()
    };
    let asked = change(&person).await;
    assert_eq!(asked.headers()["location"], "/sign-in/again?next=%2Fpeople");
    let wish = [("name", "feed"), ("days", "90"), ("scope", "read")];
    let token = person.http.post(house.at("/tokens")).form(&wish);
    let asked = token.send().await.unwrap();
    assert_eq!(asked.headers()["location"], "/sign-in/again?next=%2Ftokens");
    // Who reads the page is told before filling anything in.
    for (path, back) in [("/people", "%2Fpeople"), ("/tokens", "%2Ftokens")] {
        let page = person.http.get(house.at(path)).send().await.unwrap();
        let way = format!("href=\"/sign-in/again?next={back}\"");
        assert!(page.text().await.unwrap().contains(&way), "{path}");
    }
    let prove = async |proof: &str| {
        let form = [("proof", proof), ("next", "/people")];
        person
            .http
            .post(house.at("/sign-in/again"))
            .form(&form)
            .send()
            .await
            .unwrap()
    };
    assert_eq!(prove("wrong").await.status(), 401);
    let proven = prove(PASSWORD).await;
    assert_eq!(proven.headers()["location"], "/people");
    let secret = cookie(&proven).split(['=', ';']).nth(1).unwrap().to_owned();
    assert_ne!(secret, person.secret);
    let person = Person {
        http: browser(&secret, &person.csrf),
        secret,
        ..person
    };
    let made = change(&person).await;
    assert_eq!(made.status(), 201);
    let made = made.text().await.unwrap();
    assert!(made.contains("/welcome#fl_") && !made.contains("/sign-in/again"));
}

#[actix_web::test]
async fn a_step_of_signing_in_that_is_not_due_leads_on() {
    let house = house().await;
    let door = sign_in(&house);
    let open = house.person(&[Role::Clinician]).await;
    for step in ["/sign-in/code", "/sign-in/second-factor"] {
        for (query, way) in [("", "/"), ("?next=%2Fpatients", "/patients")] {
            let asked = open.http.get(house.at(&format!("{step}{query}")));
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status(), 303, "{step}{query}");
            assert_eq!(answer.headers()["location"], way);
        }
    }
    somebody(&house, &door, "nora", Role::Nurse).await;
    let Entered::Enrol(halfway) = enter(&door, "nora", PASSWORD).await.unwrap() else {
        panic!("a nurse must set a second factor up here");
    };
    let http = browser(&halfway.secret, "");
    let code = http.get(house.at("/sign-in/code?next=%2Finbox")).send();
    let way = &code.await.unwrap().headers()["location"].clone();
    assert_eq!(way, "/sign-in/second-factor?next=%2Finbox");
    let due = http.get(house.at("/sign-in/second-factor")).send().await;
    assert_eq!(due.unwrap().status(), 200);
}

#[actix_web::test]
async fn a_page_that_is_refused_names_the_roles_that_open_it() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    for (role, path, open) in [
        (
            Role::Nurse,
            "/people",
            "these roles: administrator of the clinic.",
        ),
        (
            Role::ClinicAdmin,
            "/inbox",
            "these roles: clinician, nurse, embryologist",
        ),
        (
            Role::Ops,
            "/audit",
            "laboratory manager, administrator of the clinic or auditor.",
        ),
    ] {
        let person = house.person(&[role]).await;
        let answer = person.http.get(house.at(path)).send().await.unwrap();
        assert_eq!(answer.status(), 403);
        assert!(answer.text().await.unwrap().contains(open), "{role} {path}");
        let own = person.http.get(house.at("/account")).send().await.unwrap();
        let own = own.text().await.unwrap();
        let leads = format!("href=\"{path}\"");
        assert!(!own.contains(&leads), "the frame leads {role} to {path}");
    }
}

#[actix_web::test]
async fn sec10_the_cookie_is_bound_to_the_host_and_out_of_reach() {
    let house = TestHouse::with(Roles::SERVE, |config| config.http.secure_cookies = true).await;
    somebody(&house, &sign_in(&house), "ada", Role::Clinician).await;
    let cookie = cookie(&post(&house, "ada", PASSWORD).await);
    let (value, attributes) = cookie.split_once("; ").unwrap();
    assert!(value.starts_with("__Host-fertidoc=fs_"), "{cookie}");
    let mut attributes: Vec<&str> = attributes.split("; ").collect();
    attributes.sort_unstable();
    assert_eq!(
        attributes,
        ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]
    );
}

#[actix_web::test]
async fn staff_of_a_laboratory_work_in_every_clinic_of_it_one_at_a_time() {
    let house = house().await;
    let app = &house.pools.app;
    let laboratory = access::create_laboratory(app, "Shared laboratory")
        .await
        .unwrap();
    let (other, _) = house.other_clinic().await;
    let (stranger, _) = house.other_clinic().await;
    access::join_laboratory(app, house.clinic, laboratory)
        .await
        .unwrap();
    let new = NewAccount {
        user_name: "emma",
        display_name: "Emma Invented",
        identity: None,
    };
    let place = Place::Laboratory(laboratory);
    let user = access::add_person(app, By::House, new, place, &[Role::Embryologist])
        .await
        .unwrap();
    // A clinic that comes later is theirs too.
    access::join_laboratory(app, other, laboratory)
        .await
        .unwrap();
    let places: Vec<ClinicId> = access::clinics_of(app, user)
        .await
        .unwrap()
        .iter()
        .map(|place| place.id)
        .collect();
    assert!(places.contains(&house.clinic) && places.contains(&other) && places.len() == 2);
    let person = house.signed_in(user, "emma".into(), house.clinic).await;
    let switch = async |clinic: ClinicId| {
        let form = [("clinic", clinic.to_string())];
        person
            .http
            .post(house.at("/clinic"))
            .form(&form)
            .send()
            .await
            .unwrap()
    };
    assert_eq!(switch(stranger).await.status(), 404);
    let moved = switch(other).await;
    assert_eq!(moved.status(), 303);
    let secret = cookie(&moved).split(['=', ';']).nth(1).unwrap().to_owned();
    let viewer = house
        .authenticator()
        .session(&secret, "test")
        .await
        .unwrap();
    assert_eq!(viewer.clinic, other);
    // A form that was drawn for the clinic before changes nothing in this one.
    let stale = browser(&secret, &person.csrf);
    let form = [("family_name", "Planted")];
    let answer = stale
        .post(house.at("/patients"))
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
}

#[actix_web::test]
async fn an_administrator_decides_about_accounts_of_the_own_clinic_alone() {
    let house = house().await;
    let admin = house.person(&[Role::ClinicAdmin]).await;
    let nurse = house.person(&[Role::Nurse]).await;
    let shared = house.person(&[Role::Nurse]).await;
    let (other, _) = house.other_clinic().await;
    let place = Place::Clinic(other);
    access::grant(&house.pools.app, By::House, shared.user, place, Role::Nurse)
        .await
        .unwrap();
    let foreign = house.person_in(other, &[Role::Nurse]).await;
    let act = async |user: UserId, act: &str| {
        let address = house.at(&format!("/people/{user}/{act}"));
        admin
            .http
            .post(address)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    for step in ["link", "disable", "second-factor"] {
        assert_eq!(act(shared.user, step).await, 422, "{step}");
        assert_eq!(act(foreign.user, step).await, 404, "{step}");
    }
    assert_eq!(act(nurse.user, "link").await, 200);
    assert_eq!(act(admin.user, "disable").await, 422, "not oneself");
    let page = nurse.http.get(house.at("/people")).send().await.unwrap();
    assert_eq!(page.status(), 403);
    let page = admin
        .http
        .get(house.at("/people"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains(&shared.user_name) && !page.contains(&format!(">{}<", foreign.user_name))
    );
}
