//! What recording, sealing and verifying cost. It asserts nothing, so it runs only when asked for:
//!
//!     cargo test --test house -- --ignored --nocapture audit::figures
//!
//! It is a test and no verb of the program, because what it writes would stay in a record for ever.

use super::Office;
use super::seals::Chest;
use fertidoc::access::audit::{self, Event};
use fertidoc::db;
use futures_util::future::join_all;
use std::time::{Duration, Instant};

const LASTS: Duration = Duration::from_secs(4);

impl Office {
    async fn alone(&self) {
        let mut connection = db::connection(&self.pools.app).await.unwrap();
        let tx = self.viewer.begin(&mut connection).await.unwrap();
        audit::record(&tx, &self.viewer, Event::new("patient.read"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Rows a second and the median latency in milliseconds.
    async fn read(&self, readers: usize, gathered: bool) -> (f64, f64) {
        let end = Instant::now() + LASTS;
        let took = join_all((0..readers).map(|_| async {
            let mut took = Vec::new();
            while Instant::now() < end {
                let began = Instant::now();
                if gathered {
                    self.viewer.saw(Event::new("patient.read")).await.unwrap();
                } else {
                    self.alone().await;
                }
                took.push(began.elapsed());
            }
            took
        }))
        .await;
        let mut took: Vec<Duration> = took.into_iter().flatten().collect();
        took.sort();
        let median = took[took.len() / 2].as_secs_f64() * 1000.0;
        (took.len() as f64 / LASTS.as_secs_f64(), median)
    }
}

#[actix_web::test]
#[ignore = "measures; run it alone"]
async fn what_the_record_costs() {
    let office = Office::open().await;
    let fsync: String = office
        .admin
        .query_one("SHOW fsync", &[])
        .await
        .unwrap()
        .get(0);
    println!("fsync {fsync}");
    for readers in [1, 8, 64] {
        for gathered in [false, true] {
            let (rate, median) = office.read(readers, gathered).await;
            let how = if gathered { "gathered" } else { "each alone" };
            println!("{readers} readers, {how}: {rate:.0} rows/s, p50 {median:.2} ms");
        }
    }
    let chest = Chest::default();
    office
        .admin
        .execute(
            "INSERT INTO fertidoc.audit_event (clinic_id, agent_id, action, subject, patient_id, request_id, detail)
             SELECT c.clinic_id, a.agent_id, 'patient.read', gen_random_uuid(), gen_random_uuid(),
                    gen_random_uuid()::text, '{\"version\": 12}'
               FROM fertidoc.clinic c, fertidoc.agent a, generate_series(1, 200000)",
            &[],
        )
        .await
        .unwrap();
    // It makes sessions end that say nothing for long, so it comes after the rows.
    let mut sealer = office.sealer().await;
    let began = Instant::now();
    let sealed = office.seal(&mut sealer, &chest).await;
    let rate = sealed as f64 / began.elapsed().as_secs_f64();
    println!("sealing: {sealed} rows, {rate:.0} rows/s");
    let verified = office.verify(&chest).await;
    println!(
        "verifying: {} rows in {:.2} s, {:.0} rows/s, intact: {}",
        verified.rows, verified.seconds, verified.rows_per_second, verified.intact
    );
}
