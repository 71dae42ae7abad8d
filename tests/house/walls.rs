//! The walls of the database, read from its own catalogue: a table, view or function that is made
//! without its wall is named here, whoever made it.

use crate::access::{viewer, viewer_of};
use crate::house::Database;
use crate::summary::{Ward, value};
use fertidoc::access::{Scopes, create_clinic};
use fertidoc::{db, patients};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// Tables that hold no clinic's rows, and why.
const OF_NO_CLINIC: &[(&str, &str)] = &[
    (
        "agent",
        "says that somebody acts, and as what; nothing else",
    ),
    ("audit_mark", "one number: how far the record is sealed"),
    (
        "recovery_code",
        "no role may read it; functions only compare",
    ),
    (
        "one_time_link",
        "no role may read it; functions only compare",
    ),
];

/// Tables without row level security that is enabled, forced, and opened to those who answer
/// requests or work by nothing but a policy that names the clinic.
async fn tables_without_wall(admin: &Client) -> Vec<String> {
    let rows = admin
        .query(
            "SELECT c.relname
               FROM pg_class c
              WHERE c.relnamespace = 'fertidoc'::regnamespace
                AND c.relkind IN ('r', 'p', 'f')
                AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                         AND EXISTS (SELECT FROM pg_policies p
                                      WHERE p.schemaname = 'fertidoc' AND p.tablename = c.relname
                                        AND p.permissive = 'PERMISSIVE'
                                        AND p.qual LIKE '%fertidoc.current_clinic()%')
                         AND NOT EXISTS (SELECT FROM pg_policies p
                                          WHERE p.schemaname = 'fertidoc' AND p.tablename = c.relname
                                            AND p.permissive = 'PERMISSIVE'
                                            AND p.roles && '{public,fertidoc_app,fertidoc_worker}'
                                            AND (COALESCE(p.qual, p.with_check) NOT LIKE '%fertidoc.current_clinic()%'
                                                 OR p.with_check NOT LIKE '%fertidoc.current_clinic()%')))
              ORDER BY 1",
            &[],
        )
        .await
        .unwrap();
    let names = rows.iter().map(|row| row.get::<_, String>(0));
    let is_of_a_clinic = |name: &String| !OF_NO_CLINIC.iter().any(|(other, _)| other == name);
    names.filter(is_of_a_clinic).collect()
}

/// Whatever of a kind breaks its rule: one text column of names.
async fn named(admin: &Client, query: &str) -> Vec<String> {
    let rows = admin.query(query, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[actix_web::test]
async fn every_table_stands_behind_its_clinic() {
    let database = Database::fresh().await;
    let admin = database.admin().await;
    assert_eq!(tables_without_wall(&admin).await, [""; 0]);
    // A table that is on the list although it could be told by its clinic would be a hole.
    for (name, why) in OF_NO_CLINIC {
        let tells = named(
            &admin,
            &format!(
                "SELECT attname::text FROM pg_attribute
                  WHERE attrelid = 'fertidoc.{name}'::regclass AND attnum > 0
                    AND attname IN ('clinic_id', 'patient_id', 'document_id')"
            ),
        )
        .await;
        assert_eq!(tells, [""; 0], "{name}: {why}");
    }
}

#[actix_web::test]
async fn a_table_that_is_made_without_its_wall_is_named() {
    let database = Database::fresh().await;
    let admin = database.admin().await;
    let steps = [
        (
            "CREATE TABLE fertidoc.forgotten (clinic_id uuid, patient_id uuid)",
            true,
        ),
        (
            "ALTER TABLE fertidoc.forgotten ENABLE ROW LEVEL SECURITY",
            true,
        ),
        (
            "CREATE POLICY own ON fertidoc.forgotten USING (clinic_id = fertidoc.current_clinic())",
            true,
        ),
        (
            "ALTER TABLE fertidoc.forgotten FORCE ROW LEVEL SECURITY",
            false,
        ),
        (
            "CREATE POLICY wide ON fertidoc.forgotten TO fertidoc_owner USING (true)",
            false,
        ),
        (
            "CREATE POLICY hole ON fertidoc.forgotten TO fertidoc_app USING (true)",
            true,
        ),
        ("DROP POLICY hole ON fertidoc.forgotten", false),
        (
            "CREATE POLICY entry ON fertidoc.forgotten FOR INSERT WITH CHECK (true)",
            true,
        ),
    ];
    for (step, is_named) in steps {
        admin.batch_execute(step).await.unwrap();
        let found = tables_without_wall(&admin).await;
        let expected: &[&str] = if is_named { &["forgotten"] } else { &[] };
        assert_eq!(found, expected, "{step}");
    }
}

#[actix_web::test]
async fn views_look_with_the_eyes_of_whoever_asks() {
    let database = Database::fresh().await;
    let admin = database.admin().await;
    let views = "SELECT relname::text FROM pg_class
                  WHERE relnamespace IN ('fertidoc'::regnamespace, 'materialized'::regnamespace)
                    AND relkind = 'v'
                    AND NOT COALESCE(reloptions && '{security_invoker=true,security_barrier=true}', false)";
    assert_eq!(named(&admin, views).await, [""; 0]);
    admin
        .batch_execute("CREATE VIEW fertidoc.wide AS SELECT * FROM fertidoc.patient")
        .await
        .unwrap();
    assert_eq!(named(&admin, views).await, ["wide"]);

    let materialized = "SELECT c.relname::text FROM pg_class c, (VALUES ('fertidoc_app'), ('fertidoc_worker')) r (name)
                         WHERE c.relkind = 'm'
                           AND (has_table_privilege(r.name, c.oid, 'SELECT')
                                OR has_any_column_privilege(r.name, c.oid, 'SELECT'))";
    assert_eq!(named(&admin, materialized).await, [""; 0]);
    admin
        .batch_execute("GRANT SELECT ON materialized.patient_summary TO fertidoc_app")
        .await
        .unwrap();
    assert_eq!(named(&admin, materialized).await, ["patient_summary"]);
}

#[actix_web::test]
async fn functions_with_rights_of_their_own_say_where_they_look_and_are_not_for_everybody() {
    let database = Database::fresh().await;
    let admin = database.admin().await;
    let loose = "SELECT p.oid::regprocedure::text FROM pg_proc p
                  WHERE p.prosecdef
                    AND p.pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
                                              AND nspname <> 'information_schema')
                    AND (NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=pg_catalog%')
                         OR has_function_privilege('public', p.oid, 'EXECUTE'))";
    assert_eq!(named(&admin, loose).await, [""; 0]);
    admin
        .batch_execute(
            "CREATE FUNCTION fertidoc.loose() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        )
        .await
        .unwrap();
    assert_eq!(named(&admin, loose).await, ["fertidoc.loose()"]);
}

#[actix_web::test]
async fn roles_own_what_they_must_and_may_pass_no_wall() {
    let database = Database::fresh().await;
    let admin = database.admin().await;
    let mighty = named(
        &admin,
        "SELECT rolname::text FROM pg_roles
          WHERE rolname LIKE 'fertidoc\\_%'
            AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
    )
    .await;
    assert_eq!(mighty, [""; 0]);
    let members = named(
        &admin,
        "SELECT m.member::regrole || ' is ' || m.roleid::regrole FROM pg_auth_members m
          WHERE m.member::regrole::text LIKE 'fertidoc\\_%'",
    )
    .await;
    assert_eq!(members, ["fertidoc_owner is fertidoc_refresher"]);
    let owners = named(
        &admin,
        "SELECT DISTINCT relkind::text || ' of ' || relowner::regrole FROM pg_class
          WHERE relowner::regrole::text LIKE 'fertidoc\\_%' AND relkind IN ('r', 'p', 'v', 'm', 'S')
          ORDER BY 1",
    )
    .await;
    assert_eq!(
        owners,
        [
            "S of fertidoc_owner",
            "m of fertidoc_refresher",
            "r of fertidoc_owner",
            "v of fertidoc_owner"
        ]
    );
    let makers = named(
        &admin,
        "SELECT r.rolname || ' in ' || n.nspname FROM pg_roles r, pg_namespace n
          WHERE r.rolname IN ('fertidoc_app', 'fertidoc_worker', 'fertidoc_backup')
            AND n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast%'
            AND (has_schema_privilege(r.rolname, n.oid, 'CREATE')
                 OR has_database_privilege(r.rolname, current_database(), 'CREATE'))",
    )
    .await;
    assert_eq!(makers, [""; 0]);
    let trusted = named(
        &admin,
        "SELECT table_name || ': ' || privilege_type FROM information_schema.role_table_grants
          WHERE grantee IN ('PUBLIC', 'fertidoc_app', 'fertidoc_worker', 'fertidoc_backup')
            AND table_schema IN ('fertidoc', 'materialized')
            AND privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')",
    )
    .await;
    assert_eq!(trusted, [""; 0]);
}

#[actix_web::test]
async fn whoever_answers_requests_changes_no_schema_and_no_wall() {
    let database = Database::fresh().await;
    for pool in [database.pools().app, database.pools().worker] {
        let connection = db::connection(&pool).await.unwrap();
        for attempt in [
            "CREATE TABLE fertidoc.mine (a int)",
            "CREATE TABLE public.mine (a int)",
            "CREATE SCHEMA mine",
            "CREATE FUNCTION fertidoc.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE fertidoc.patient DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE fertidoc.patient NO FORCE ROW LEVEL SECURITY",
            "CREATE POLICY mine ON fertidoc.patient USING (true)",
            "DROP POLICY own_clinic ON fertidoc.patient",
            "DROP TABLE fertidoc.observation",
            "TRUNCATE fertidoc.observation",
            "ALTER ROLE fertidoc_app BYPASSRLS",
            "SET ROLE fertidoc_owner",
            "SET SESSION AUTHORIZATION fertidoc_owner",
            "GRANT SELECT ON materialized.patient_summary TO fertidoc_app",
        ] {
            let refused = connection.batch_execute(attempt).await;
            let code = refused.err().and_then(|error| error.code().cloned());
            assert_eq!(code, Some(SqlState::INSUFFICIENT_PRIVILEGE), "{attempt}");
        }
    }
}

#[actix_web::test]
async fn a_connection_goes_back_without_a_clinic_and_without_sight() {
    let database = Database::fresh().await;
    let viewer = viewer(&database).await;
    let mut config = database.config();
    config.db.pool_size = 1;
    let pool = db::Pools::new(&config.db).unwrap().app;
    let left = async || {
        let connection = db::connection(&pool).await.unwrap();
        let said = "SELECT COALESCE(current_setting('fertidoc.clinic', true), ''),
                           COALESCE(current_setting('fertidoc.sight', true), '')";
        let row = connection.query_one(said, &[]).await.unwrap();
        (row.get::<_, String>(0), row.get::<_, String>(1))
    };
    let nothing = (String::new(), String::new());
    patients::list(&pool, &viewer, "", None, 10).await.unwrap();
    assert_eq!(left().await, nothing, "after a request");
    {
        let mut connection = db::connection(&pool).await.unwrap();
        let tx = viewer.begin(&mut connection).await.unwrap();
        assert!(tx.batch_execute("SELECT 1 / 0").await.is_err());
    }
    assert_eq!(left().await, nothing, "after one that failed");
    {
        let mut connection = db::connection(&pool).await.unwrap();
        let tx = db::begin_for(&mut connection, viewer.clinic).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(left().await, nothing, "after work of the house");
}

#[actix_web::test]
async fn a_statement_that_forgets_its_clinic_finds_nothing_of_another() {
    let ward = Ward::open().await;
    let (ada, eva) = (ward.patient("Ada").await, ward.patient("Eva").await);
    ward.document(ada, &[value("fsh", 1.0, "2026-01-01")]).await;
    let clinic = ward.viewer.clinic;
    ward.admin
        .batch_execute(&format!(
            "INSERT INTO fertidoc.identifier_authority (clinic_id, code, name) VALUES ('{clinic}', 'house', 'House');
             INSERT INTO fertidoc.patient_identifier VALUES ('{clinic}', '{ada}', 'house', 'A-1', 'A1');
             INSERT INTO fertidoc.patient_name_word VALUES ('{clinic}', 'ada', '{ada}');
             INSERT INTO fertidoc.partnership VALUES (gen_random_uuid(), '{clinic}', '{}', '{}', '2024-01-01', NULL);
             INSERT INTO fertidoc.job (job_id, clinic_id, kind, document_id, max_attempts)
             SELECT gen_random_uuid(), clinic_id, 'analyze', document_id, 3 FROM fertidoc.document;
             INSERT INTO fertidoc.job_attempt (clinic_id, job_id, fence, attempt, worker)
             SELECT clinic_id, job_id, 1, 1, 'w' FROM fertidoc.job;
             INSERT INTO fertidoc.idempotency_key (clinic_id, agent_id, key, holder, lease_until)
             SELECT '{clinic}', agent_id, 'k', gen_random_uuid(), now() FROM fertidoc.agent LIMIT 1;
             INSERT INTO fertidoc.upload (upload_id, clinic_id, agent_id, length, file_name, expires_at)
             SELECT gen_random_uuid(), '{clinic}', agent_id, 9, 'a.pdf', now() FROM fertidoc.agent LIMIT 1;
             INSERT INTO fertidoc.audit_event (clinic_id, action) VALUES ('{clinic}', 'patient.read');",
            ada.min(eva),
            ada.max(eva),
        ))
        .await
        .unwrap();
    let other = create_clinic(&ward.pools.app, "Other").await.unwrap();
    let stranger = viewer_of(&ward.database, other, Scopes::all()).await;
    let tables = named(
        &ward.admin,
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
          WHERE c.relnamespace = 'fertidoc'::regnamespace AND c.relkind IN ('r', 'p', 'v')
            AND a.attname = 'clinic_id' AND has_table_privilege('fertidoc_app', c.oid, 'SELECT')
          ORDER BY 1",
    )
    .await;
    let mut held = 0;
    for table in &tables {
        let all = format!("SELECT count(*) FROM fertidoc.{table} WHERE clinic_id = '{clinic}'");
        let there: i64 = ward.admin.query_one(&all, &[]).await.unwrap().get(0);
        held += usize::from(there > 0);
        let mut connection = db::connection(&ward.pools.app).await.unwrap();
        let tx = stranger.begin(&mut connection).await.unwrap();
        for forgetful in [
            all.clone(),
            format!("SELECT count(*) FROM fertidoc.{table} WHERE clinic_id <> '{other}'"),
        ] {
            let found: i64 = tx.query_one(&forgetful, &[]).await.unwrap().get(0);
            assert_eq!(found, 0, "{table}");
        }
        drop(tx);
        let nobody = db::begin(&mut connection).await.unwrap();
        let said_nothing = format!("SELECT count(*) FROM fertidoc.{table}");
        let found: i64 = nobody.query_one(&said_nothing, &[]).await.unwrap().get(0);
        assert_eq!(found, 0, "{table}, no clinic said");
        drop(nobody);
        let own = ward.viewer.begin(&mut connection).await.unwrap();
        let found: i64 = own.query_one(&all, &[]).await.unwrap().get(0);
        assert_eq!(found, there, "{table}, for its own clinic");
    }
    assert!(held >= 15, "only {held} of {tables:?} hold a row");
}
