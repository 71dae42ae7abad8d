//! What stands at the edge: TLS of nginx (SEC19), framing, methods and sizes (SEC21), and what is
//! not for everybody (SEC25).

use super::{
    authority::Authority,
    nginx::{CONFIGURATION, Nginx},
};
use crate::{
    faults::processes::{Directory, run},
    house::TestHouse,
};
use fertidoc::{app::Roles, config::Config};
use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

async fn house() -> TestHouse {
    TestHouse::with(Roles::SERVE, |_| {}).await
}

/// Whether a handshake with these options succeeds.
fn shakes_hands(nginx: &Nginx, options: &[&str]) -> bool {
    Command::new("openssl")
        .args(["s_client", "-connect", &nginx.address])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
        .success()
}

#[actix_web::test]
async fn nginx_speaks_tls_of_today_only() {
    let house = house().await;
    let authority = Authority::new();
    let nginx = Nginx::before_house(&house.url, &authority).await;
    // Whatever the client would accept: security level 0 allows everything that OpenSSL has.
    let old: [&[&str]; 5] = [
        &["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA"],
        &["-tls1_2", "-cipher", "AES128-GCM-SHA256:AES128-SHA:DHE"],
    ];
    for options in old {
        assert!(!shakes_hands(&nginx, options), "{options:?}");
    }
    let new: [&[&str]; 4] = [
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"],
        &["-tls1_3"],
        &["-tls1_3", "-groups", "X25519"],
    ];
    for options in new {
        assert!(shakes_hands(&nginx, options), "{options:?}");
    }
    // The client of this test can do the old ones: a server that allows them is spoken to.
    let lax = Nginx::changed(&house.url, &authority, |text| {
        let text = text.replace("ssl_protocols ", "ssl_protocols TLSv1 TLSv1.1 ");
        text.replace("ssl_ciphers ", "ssl_ciphers ALL:@SECLEVEL=0:")
    })
    .await;
    for options in &old[..4] {
        assert!(shakes_hands(&lax, options), "{options:?}");
    }
}

/// Sends bytes as they are and hears everything until the other side closes.
async fn said(address: &str, bytes: &[u8]) -> String {
    let mut line = TcpStream::connect(address).await.unwrap();
    // Whoever refuses early may close before everything was sent.
    let _ = line.write_all(bytes).await;
    let mut heard = Vec::new();
    let hearing = async {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = line.read(&mut piece).await {
            heard.extend_from_slice(&piece[..length]);
        }
    };
    let ended = tokio::time::timeout(Duration::from_mins(1), hearing).await;
    let heard = String::from_utf8_lossy(&heard).into_owned();
    assert!(ended.is_ok(), "the line stays open after {heard}");
    heard
}

/// The statuses of all answers in what was heard.
fn statuses(heard: &str) -> Vec<u16> {
    heard
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| answer[..3].parse().unwrap())
        .collect()
}

/// Requests whose end two servers might see at different places. The body, taken for a request,
/// would register a patient.
fn ambiguous(token: &str) -> Vec<(&'static str, Vec<u8>)> {
    let patient = r#"{"family_name":"Smuggled","given_names":"A","sex":"female"}"#;
    let inner = format!(
        "POST /api/v1/patients HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{patient}",
        patient.len()
    );
    let length = inner.len();
    let outer = |headers: &str, body: &str| {
        format!(
            "POST /api/v1/patients HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\n{headers}\r\n\r\n{body}"
        )
        .into_bytes()
    };
    let chunked = format!("0\r\n\r\n{inner}");
    let both = format!(
        "Content-Length: {}\r\nTransfer-Encoding: chunked",
        chunked.len()
    );
    let reversed = format!(
        "Transfer-Encoding: chunked\r\nContent-Length: {}",
        chunked.len()
    );
    vec![
        ("length and chunks", outer(&both, &chunked)),
        ("chunks and length", outer(&reversed, &chunked)),
        (
            "two lengths",
            outer(
                &format!("Content-Length: 0\r\nContent-Length: {length}"),
                &inner,
            ),
        ),
        (
            "one length twice",
            outer(
                &format!("Content-Length: {length}\r\nContent-Length: {length}"),
                &inner,
            ),
        ),
        (
            "a list of lengths",
            outer(&format!("Content-Length: 0, {length}"), &inner),
        ),
        ("a signed length", outer("Content-Length: +0", &inner)),
        ("a negative length", outer("Content-Length: -1", &inner)),
        ("a hexadecimal length", outer("Content-Length: 0x0", &inner)),
        (
            "a space before the colon",
            outer(&format!("Content-Length : {length}"), &inner),
        ),
        (
            "a folded header",
            outer("X-A: b\r\n Content-Length: 0", &inner),
        ),
        (
            "an unknown coding",
            outer("Transfer-Encoding: xchunked", &chunked),
        ),
        (
            "two codings",
            outer("Transfer-Encoding: chunked, identity", &chunked),
        ),
        (
            "two headers of codings",
            outer(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                &chunked,
            ),
        ),
        (
            "a size that is none",
            outer("Transfer-Encoding: chunked", &format!("zz\r\n{inner}")),
        ),
        (
            "a size beyond all",
            outer(
                "Transfer-Encoding: chunked",
                &format!("fffffffffffffffff\r\n{inner}"),
            ),
        ),
        (
            "data beyond its size",
            outer(
                "Transfer-Encoding: chunked",
                &format!("1\r\nabc\r\n0\r\n\r\n{inner}"),
            ),
        ),
        (
            "a zero byte",
            outer("X-A: a\0b\r\nContent-Length: 0", &inner),
        ),
        (
            "a carriage return alone",
            outer(
                "X-A: a\rTransfer-Encoding: chunked\r\nContent-Length: 0",
                &inner,
            ),
        ),
    ]
}

async fn patients(house: &TestHouse) -> i64 {
    let admin = house.database.admin().await;
    let count = "SELECT count(*) FROM fertidoc.patient";
    admin.query_one(count, &[]).await.unwrap().get(0)
}

#[actix_web::test]
async fn requests_without_one_clear_end_reach_nobody() {
    let house = house().await;
    let authority = Authority::new();
    // Without its TLS, so that single bytes can be sent; what reads requests is the same.
    let nginx = Nginx::changed(&house.url, &authority, |text| {
        text.replace(" ssl http2;", ";")
    })
    .await;
    let direct = house.url.trim_start_matches("http://");
    let mut wrong = Vec::new();
    for (what, bytes) in ambiguous(&house.token) {
        for (door, address) in [("nginx", nginx.address.as_str()), ("direct", direct)] {
            let heard = said(address, &bytes).await;
            let statuses = statuses(&heard);
            if !matches!(statuses[..], [400 | 405 | 411 | 413 | 501] | []) {
                wrong.push(format!("{what}, {door}: {statuses:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(patients(&house).await, 0);
}

#[actix_web::test]
async fn a_line_that_ends_without_a_carriage_return_hides_nothing() {
    let house = house().await;
    let authority = Authority::new();
    let nginx = Nginx::changed(&house.url, &authority, |text| {
        text.replace(" ssl http2;", ";")
    })
    .await;
    let direct = house.url.trim_start_matches("http://");
    // RFC 9112, 2.2 allows it to be read as the end of a line; then everybody must read it so.
    let head = "GET /nothing HTTP/1.1\nHost: a\nConnection: close\n\n";
    for address in [nginx.address.as_str(), direct] {
        let statuses = statuses(&said(address, head.as_bytes()).await);
        assert!(matches!(statuses[..], [400 | 404]), "{statuses:?}");
    }
}

#[actix_web::test]
async fn methods_that_nobody_needs_are_refused() {
    let house = house().await;
    let authority = Authority::new();
    let nginx = Nginx::changed(&house.url, &authority, |text| {
        text.replace(" ssl http2;", ";")
    })
    .await;
    let direct = house.url.trim_start_matches("http://");
    for method in ["TRACE", "TRACK", "CONNECT", "PROPFIND", "get"] {
        for address in [nginx.address.as_str(), direct] {
            let request = format!(
                "{method} /api/v1/patients HTTP/1.1\r\nHost: a\r\nCookie: secret=1\r\nConnection: close\r\n\r\n"
            );
            let heard = said(address, request.as_bytes()).await;
            let statuses = statuses(&heard);
            assert!(
                matches!(statuses[..], [400 | 405]),
                "{method}: {statuses:?}"
            );
            assert!(!heard.contains("secret"), "{method}");
        }
    }
}

#[test]
fn what_nginx_lets_through_is_what_the_settings_say() {
    let folder = Directory::fresh();
    std::fs::create_dir(&folder.0).unwrap();
    run(&["nginx", folder.0.to_str().unwrap()], &Config::default());
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("nginx/site");
    for name in ["upload.conf", "limits.conf"] {
        let written = std::fs::read_to_string(folder.0.join(name)).unwrap();
        let shipped = std::fs::read_to_string(site.join(name)).unwrap();
        assert_eq!(
            shipped, written,
            "`fertidoc nginx nginx/site` writes it anew"
        );
    }
    let found = |name: &str| {
        let text = CONFIGURATION.split(&format!("        {name} ")).nth(1);
        let number = text.and_then(|text| text.split("s;").next());
        Duration::from_secs(number.unwrap().parse().unwrap())
    };
    // So that an instance that drains closes no connection over which something may just come.
    assert!(found("keepalive_timeout") < Config::default().http.lame_duck);
}

#[test]
fn the_house_listens_to_this_machine_only_unless_it_is_told_otherwise() {
    let http = Config::default().http;
    for bind in [http.bind, http.ops_bind] {
        let address: std::net::SocketAddr = bind.parse().unwrap();
        assert!(address.ip().is_loopback(), "{bind}");
    }
}

#[actix_web::test]
async fn what_is_for_operators_is_not_reached_from_outside() {
    let house = house().await;
    let authority = Authority::new();
    let nginx = Nginx::before_house(&house.url, &authority).await;
    let ca = std::fs::read(authority.ca()).unwrap();
    let outside = reqwest::Client::builder()
        .add_root_certificate(reqwest::Certificate::from_pem(&ca).unwrap())
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let at = |path: &str| format!("https://localhost:{}{path}", nginx.port());
    for path in ["/metrics", "/readyz", "/livez", "/api/openapi.json"] {
        let answer = outside.get(at(path)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let said = answer.text().await.unwrap();
        assert!(
            !said.contains("openapi") && !said.contains("database"),
            "{said}"
        );
    }
    // The house itself is there, and plain text leads to TLS.
    let answer = outside.get(at("/api/v1/patients")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let plain = format!("http://{}/sign-in", nginx.plain);
    assert_eq!(outside.get(plain).send().await.unwrap().status(), 308);
    let figures = format!("{}/metrics", house.ops_url);
    assert_eq!(house.http.get(figures).send().await.unwrap().status(), 200);
    let figures = house.http.get(house.at("/metrics")).send().await.unwrap();
    assert_eq!(figures.status(), 404);
    // What was searched for and who asked is in no log of nginx.
    let searched = at("/api/v1/patients?q=zzcanary");
    outside.get(searched).send().await.unwrap();
    assert!(!nginx.log().contains("zzcanary"));
}
