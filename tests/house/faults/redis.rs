//! F15: Redis over a bad wire, and Redis without memory. Gone, frozen, restarted and full of rubbish
//! it is in `house::cache` and `house::security::limits`.

use super::{
    ledger::Ledger,
    proxy::{Weather, Wire},
};
use crate::{cache::RedisServer, house::TestHouse};
use bb8_redis::redis;
use fertidoc::app::Roles;
use std::time::Duration;

#[actix_web::test]
async fn f15_whatever_the_wire_to_redis_does_every_answer_is_right() {
    let server = RedisServer::start();
    let wire = Wire::to(
        server
            .url()
            .trim_start_matches("redis://")
            .trim_end_matches('/'),
    )
    .await;
    let house = TestHouse::with(Roles::ALL, |config| {
        config.cache.redis_url = format!("redis://{}/", wire.address);
    })
    .await;
    let ledger = Ledger::default();
    let kim = house.kim().await;
    let truth = house.summary(&kim).await["values"].clone();
    let weathers = [
        Weather::Late(Duration::from_millis(30)),
        Weather::Frozen,
        Weather::Reset,
        Weather::CutAfter(100),
        Weather::Narrow(2_000),
        Weather::Refused,
        Weather::Clear,
    ];
    for weather in weathers {
        wire.turns(weather);
        let report = crate::hostile::plain(&[&format!("{weather:?}")]);
        let document = house.keep(report.clone()).await;
        assert_eq!(house.ended(&document).await["state"], "read", "{weather:?}");
        ledger.keep(document, &report);
        // A new one, which is in no cache, and the old one, which may be.
        let new = house.register("Kim", "Ada", "1990-01-01", "female").await;
        assert_eq!(house.summary(&new).await["documents"], 0, "{weather:?}");
        assert_eq!(house.summary(&kim).await["values"], truth, "{weather:?}");
    }
    assert_eq!(house.stands("redis", "up").await, 200);
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = weathers.len() as u64;
    outcome.tell("wire to Redis");
}

#[actix_web::test]
async fn f15_a_redis_without_memory_keeps_nothing_and_nobody_notices() {
    let server = RedisServer::start();
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    for (name, value) in [("maxmemory", "1mb"), ("maxmemory-policy", "noeviction")] {
        let () = redis::cmd("CONFIG")
            .arg("SET")
            .arg(name)
            .arg(value)
            .query_async(&mut connection)
            .await
            .unwrap();
    }
    let house = TestHouse::with(Roles::ALL, |config| config.cache.redis_url = server.url()).await;
    let kim = house.kim().await;
    let values = house.summary(&kim).await["values"].clone();
    assert!(!values.as_array().unwrap().is_empty());
    let new = house.register("Kim", "Ada", "1990-01-01", "female").await;
    assert_eq!(house.summary(&new).await["documents"], 0);
    assert_eq!(house.summary(&kim).await["values"], values);
    house.settles().await;
    house.is_sound().await;
}
