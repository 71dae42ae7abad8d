//! Who may: tokens, walls between clinics, and the record of who did.

use crate::house::Database;
use fertidoc::access::{
    self, AccessError, Agent, Authenticator, Scope, Scopes, Viewer, audit, audit::Event,
};
use fertidoc::db::{self, DbError};
use fertidoc::domain::ids::ClinicId;
use serde_json::json;

/// Somebody of a new clinic who may do everything.
pub async fn viewer(database: &Database) -> Viewer {
    let app = database.pools().app;
    let clinic = access::create_clinic(&app, "A clinic").await.unwrap();
    viewer_of(database, clinic, Scopes::all()).await
}

/// Somebody of `clinic` with some scopes.
pub async fn viewer_of(database: &Database, clinic: ClinicId, scopes: Scopes) -> Viewer {
    let app = database.pools().app;
    let token = access::create_token(&app, clinic, "test", scopes, None)
        .await
        .unwrap();
    Authenticator::new(app)
        .authenticate(&token.secret, "request-1")
        .await
        .unwrap()
}

#[actix_web::test]
async fn a_token_opens_its_own_clinic_with_its_own_scopes() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let clinic = access::create_clinic(&app, "A clinic").await.unwrap();
    let scopes = [Scope::Read].into_iter().collect();
    let token = access::create_token(&app, clinic, "reader", scopes, None)
        .await
        .unwrap();
    assert!(token.secret.starts_with("fd_") && token.secret.len() == 46);
    assert!(!format!("{token:?}").contains(&token.secret));
    let door = Authenticator::new(app.clone());
    let viewer = door.authenticate(&token.secret, "request-1").await.unwrap();
    assert_eq!(
        (viewer.clinic, viewer.agent),
        (clinic, Agent::Token(token.id))
    );
    assert_eq!(
        access::clinic_name(&app, &viewer).await.unwrap(),
        "A clinic"
    );
    viewer.require(Scope::Read).unwrap();
    assert!(matches!(
        viewer.require(Scope::Write),
        Err(AccessError::Forbidden(Scope::Write))
    ));
    let listed = access::list_tokens(&app, clinic).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].last_used_at.is_some());
    let stored: Vec<u8> = database
        .admin()
        .await
        .query_one("SELECT hash FROM fertidoc.api_token", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(stored.len(), 32, "only the hash is kept");
}

#[actix_web::test]
async fn no_token_but_a_good_one_opens_anything() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let clinic = access::create_clinic(&app, "A clinic").await.unwrap();
    let other = access::create_clinic(&app, "Another").await.unwrap();
    let make = |ends| access::create_token(&app, clinic, "test", Scopes::all(), ends);
    let hour = jiff::SignedDuration::from_hours(1);
    let expired = make(Some(jiff::Timestamp::now() - hour)).await.unwrap();
    let lasting = make(Some(jiff::Timestamp::now() + hour)).await.unwrap();
    let revoked = make(None).await.unwrap();
    assert!(
        !access::revoke_token(&app, other, revoked.id).await.unwrap(),
        "another clinic does not reach it"
    );
    assert!(
        access::revoke_token(&app, clinic, revoked.id)
            .await
            .unwrap()
    );
    let door = Authenticator::new(app.clone());
    for secret in ["", "fd_", "admin", &expired.secret, &revoked.secret] {
        let answer = door.authenticate(secret, "request").await;
        assert!(matches!(answer, Err(AccessError::Unauthenticated)));
    }
    door.authenticate(&lasting.secret, "request").await.unwrap();
    // A clinic has no token by default.
    assert!(access::list_tokens(&app, other).await.unwrap().is_empty());
    assert!(matches!(
        access::create_token(&app, clinic, "test", Scopes::default(), None).await,
        Err(DbError::Refused { .. })
    ));
}

#[actix_web::test]
async fn a_revoked_token_ends_within_five_seconds() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let clinic = access::create_clinic(&app, "A clinic").await.unwrap();
    let token = access::create_token(&app, clinic, "test", Scopes::all(), None)
        .await
        .unwrap();
    let door = Authenticator::new(app.clone());
    door.authenticate(&token.secret, "request").await.unwrap();
    access::revoke_token(&app, clinic, token.id).await.unwrap();
    crate::house::eventually(
        std::time::Duration::from_secs(5),
        "the end of the token",
        async || {
            let answer = door.authenticate(&token.secret, "request").await;
            matches!(answer, Err(AccessError::Unauthenticated)).then_some(())
        },
    )
    .await;
}

#[actix_web::test]
async fn what_was_done_is_recorded_and_stays() {
    let database = Database::fresh().await;
    let viewer = viewer(&database).await;
    let app = database.pools().app;
    let mut connection = db::connection(&app).await.unwrap();
    let tx = db::begin_for(&mut connection, viewer.clinic).await.unwrap();
    audit::record(
        &tx,
        &viewer,
        Event::new("thing.do")
            .on(viewer.agent.id().0)
            .with(json!({"n": 1})),
    )
    .await
    .unwrap();
    let row = tx
        .query_one(
            "SELECT agent_id, request_id FROM audit_event WHERE action = 'thing.do'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, uuid::Uuid>(0), viewer.agent.id().0);
    assert_eq!(row.get::<_, String>(1), "request-1");
    tx.commit().await.unwrap();
    for role in ["fertidoc_app", "fertidoc_worker"] {
        let (client, driver) = db::connect_single(&database.url(role)).await.unwrap();
        tokio::spawn(driver);
        for sql in [
            "UPDATE audit_event SET action = 'x.y'",
            "DELETE FROM audit_event",
            "TRUNCATE audit_event",
        ] {
            let error = client.execute(sql, &[]).await.unwrap_err();
            assert_eq!(
                error.code(),
                Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE),
                "{role}: {sql}"
            );
        }
    }
    // Nobody writes into another clinic's record.
    let tx = db::begin_for(&mut connection, ClinicId::fresh())
        .await
        .unwrap();
    assert!(
        audit::record(&tx, &viewer, Event::new("thing.do"))
            .await
            .is_err()
    );
}

#[actix_web::test]
async fn every_table_of_a_clinic_stands_behind_forced_row_level_security() {
    let database = Database::fresh().await;
    let admin = database.admin().await;
    let open = admin
        .query(
            "SELECT c.relname
               FROM pg_class c
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'clinic_id' AND NOT a.attisdropped
              WHERE c.relnamespace = 'fertidoc'::regnamespace
                AND c.relkind IN ('r', 'p')
                AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                         AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))",
            &[],
        )
        .await
        .unwrap();
    let open: Vec<String> = open.iter().map(|row| row.get(0)).collect();
    assert!(open.is_empty(), "tables without a wall: {open:?}");
    let owned = admin
        .query(
            "SELECT c.relname::text FROM pg_class c
              WHERE c.relowner IN ('fertidoc_app'::regrole, 'fertidoc_worker'::regrole, 'fertidoc_backup'::regrole)
             UNION ALL
             SELECT rolname::text FROM pg_roles
              WHERE rolname LIKE 'fertidoc%' AND (rolsuper OR rolbypassrls)",
            &[],
        )
        .await
        .unwrap();
    assert!(owned.is_empty(), "a role owns or bypasses something");
}

#[actix_web::test]
async fn without_a_clinic_nothing_is_seen() {
    let database = Database::fresh().await;
    let viewer = viewer(&database).await;
    assert_eq!(viewer.scopes, Scopes::all());
    let tables: Vec<String> = database
        .admin()
        .await
        .query(
            "SELECT c.relname::text FROM pg_class c
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'clinic_id' AND NOT a.attisdropped
              WHERE c.relnamespace = 'fertidoc'::regnamespace AND c.relkind IN ('r', 'p')
                AND has_table_privilege('fertidoc_app', c.oid, 'SELECT')",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert!(tables.len() >= 10, "{tables:?}");
    let app = database.pools().app;
    let mut connection = db::connection(&app).await.unwrap();
    for table in tables {
        let tx = db::begin(&mut connection).await.unwrap();
        let sql = format!("SELECT count(*) FROM fertidoc.{table}");
        let seen: i64 = tx.query_one(&sql, &[]).await.unwrap().get(0);
        assert_eq!(seen, 0, "{table} without a clinic");
        drop(tx);
        let tx = db::begin_for(&mut connection, ClinicId::fresh())
            .await
            .unwrap();
        let seen: i64 = tx.query_one(&sql, &[]).await.unwrap().get(0);
        assert_eq!(seen, 0, "{table} as another clinic");
    }
}

/// What is forgotten here is missing in every backup, without an error.
#[actix_web::test]
async fn the_role_of_backups_reads_every_table_of_every_clinic_and_changes_none() {
    let database = Database::fresh().await;
    let pools = database.pools();
    access::create_clinic(&pools.app, "One").await.unwrap();
    access::create_clinic(&pools.app, "Other").await.unwrap();
    let (backup, connection) =
        tokio_postgres::connect(&database.url("fertidoc_backup"), tokio_postgres::NoTls)
            .await
            .unwrap();
    tokio::spawn(connection);
    let clinics: i64 = backup
        .query_one("SELECT count(*) FROM fertidoc.clinic", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(clinics, 2);
    let unread: Vec<String> = database
        .admin()
        .await
        .query(
            "SELECT c.relname::text FROM pg_class c
              WHERE c.relnamespace = 'fertidoc'::regnamespace AND c.relkind IN ('r', 'p')
                AND NOT (has_table_privilege('fertidoc_backup', c.oid, 'SELECT')
                         AND (NOT c.relrowsecurity OR EXISTS (
                              SELECT FROM pg_policy p WHERE p.polrelid = c.oid
                                 AND p.polroles = ARRAY['fertidoc_backup'::regrole::oid])))
                 OR c.relnamespace = 'fertidoc'::regnamespace AND c.relkind IN ('r', 'p')
                AND has_table_privilege('fertidoc_backup', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert!(unread.is_empty(), "{unread:?}");
}
