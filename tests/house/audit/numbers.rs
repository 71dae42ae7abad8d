//! Writers number their rows without gaps, whatever is rolled back.

use super::{Office, act};
use fertidoc::db;
use futures_util::future::join_all;

/// Writers whose numbers are not 1, 2, 3 up to their count.
const GAPS: &str = "SELECT count(*) FROM (SELECT FROM fertidoc.audit_event GROUP BY writer
                     HAVING min(writer_number) <> 1 OR max(writer_number) <> count(*)) AS gaps";

#[actix_web::test]
async fn what_is_rolled_back_uses_no_number() {
    let office = Office::open().await;
    let viewer = &office.viewer;
    let mut connection = db::connection(&office.pools.app).await.unwrap();
    // The first transaction of a session is rolled back, and its name with it.
    let tx = viewer.begin(&mut connection).await.unwrap();
    act(&tx, viewer).await;
    tx.rollback().await.unwrap();
    for _ in 0..3 {
        let mut tx = viewer.begin(&mut connection).await.unwrap();
        act(&tx, viewer).await;
        let inner = tx.savepoint("within").await.unwrap();
        act(&inner, viewer).await;
        act(&inner, viewer).await;
        inner.rollback().await.unwrap();
        let inner = tx.savepoint("within").await.unwrap();
        act(&inner, viewer).await;
        inner.commit().await.unwrap();
        act(&tx, viewer).await;
        tx.commit().await.unwrap();
        let tx = viewer.begin(&mut connection).await.unwrap();
        act(&tx, viewer).await;
        tx.execute("SELECT 1 / 0", &[]).await.unwrap_err();
        drop(tx);
    }
    assert_eq!(
        office
            .number("SELECT max(writer_number) FROM fertidoc.audit_event WHERE action = 'thing.do'")
            .await,
        9
    );
    assert_eq!(office.number(GAPS).await, 0);
}

#[actix_web::test]
async fn sixty_four_writers_at_once_leave_no_gap() {
    let office = Office::open().await;
    let writers = (0..64).map(|writer: usize| {
        let (mut config, viewer) = (office.database.config(), &office.viewer);
        config.db.pool_size = 1;
        async move {
            let pool = db::Pools::new(&config.db).unwrap().app;
            for round in 0..12 {
                let mut connection = db::connection(&pool).await.unwrap();
                let tx = viewer.begin(&mut connection).await.unwrap();
                act(&tx, viewer).await;
                if (writer + round).is_multiple_of(3) {
                    tx.rollback().await.unwrap();
                } else {
                    tx.commit().await.unwrap();
                }
            }
        }
    });
    join_all(writers).await;
    assert_eq!(
        office
            .number("SELECT count(*) FROM fertidoc.audit_event WHERE action = 'thing.do'")
            .await,
        64 * 8
    );
    assert_eq!(office.number(GAPS).await, 0);
    // The first sixty-four of `thing.do` and whoever made the clinic and its token.
    assert!(
        office
            .number("SELECT count(DISTINCT writer) FROM fertidoc.audit_event")
            .await
            >= 64
    );
}
