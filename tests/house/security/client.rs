//! SEC22: where a request came from is what the connection or the trusted proxy says, and is what
//! the record names.

use crate::house::TestHouse;
use fertidoc::app::Roles;
use serde_json::json;
use std::net::IpAddr;

/// A patient is registered by a request that says it was forwarded; what the record then says.
async fn recorded(trusted: &[&str], said: &[(&'static str, &'static str)]) -> IpAddr {
    let house = TestHouse::with(Roles::SERVE, |config| {
        config.http.trusted_proxies = trusted.iter().map(ToString::to_string).collect();
    })
    .await;
    let patient =
        json!({ "family_name": "Kim", "given_names": "Daniel", "birth_date": "1987-07-22" });
    let mut request = house.http.post(house.at("/api/v1/patients")).json(&patient);
    for (name, value) in said {
        request = request.header(*name, *value);
    }
    assert_eq!(request.send().await.unwrap().status(), 201);
    let rows = house
        .database
        .admin()
        .await
        .query(
            "SELECT client FROM fertidoc.audit_event WHERE client IS NOT NULL",
            &[],
        )
        .await
        .unwrap();
    let mut clients: Vec<IpAddr> = rows.iter().map(|row| row.get(0)).collect();
    clients.dedup();
    assert_eq!(clients.len(), 1, "{clients:?}");
    clients[0]
}

#[actix_web::test]
async fn who_comes_directly_cannot_choose_an_address() {
    let said = [
        ("x-forwarded-for", "1.2.3.4"),
        ("forwarded", "for=1.2.3.4"),
        ("x-real-ip", "1.2.3.4"),
    ];
    for trusted in [&[][..], &["10.0.0.0/8"]] {
        assert_eq!(recorded(trusted, &said).await.to_string(), "127.0.0.1");
    }
}

#[actix_web::test]
async fn the_trusted_proxy_says_for_whom_it_asks_and_what_the_client_wrote_before_it_is_nothing() {
    let trusted = ["127.0.0.1/32", "10.0.0.0/8"];
    for forwarded in [
        "203.0.113.7",
        "1.2.3.4, 203.0.113.7",
        "1.2.3.4, 203.0.113.7, 10.0.0.9",
    ] {
        let client = recorded(&trusted, &[("x-forwarded-for", forwarded)]).await;
        assert_eq!(client.to_string(), "203.0.113.7", "{forwarded}");
    }
    let forwarded = recorded(&trusted, &[("forwarded", "for=1.2.3.4")]).await;
    assert_eq!(
        forwarded.to_string(),
        "127.0.0.1",
        "only one header is read"
    );
}

#[test]
fn nginx_writes_the_header_anew() {
    let nginx = include_str!("../../../nginx/nginx.conf");
    let lines: Vec<_> = nginx
        .lines()
        .filter(|line| line.to_lowercase().contains("forwarded-for"))
        .map(str::trim)
        .collect();
    assert_eq!(lines, ["proxy_set_header X-Forwarded-For $remote_addr;"]);
    assert!(!nginx.contains("real_ip_header"));
}
