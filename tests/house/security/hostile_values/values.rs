//! What is sent where something sensible is expected.

/// Gives out values in turn: no part gets all of them, and each of them gets to many parts.
#[derive(Default)]
pub struct Turns(usize);

impl Turns {
    pub fn some<T: Clone>(&mut self, values: &[T], number: usize) -> Vec<T> {
        let begin = self.0;
        self.0 += number;
        let taken = values.iter().cycle().skip(begin % values.len());
        taken.take(number.min(values.len())).cloned().collect()
    }
}

/// Texts that were made to break out of something. None holds a word that an answer must not tell.
pub fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{202e}drawkcab\u{2066}",
        "\u{1b}[31mred\u{1b}]8;;http://elsewhere\u{7}",
        "a\r\nSet-Cookie: x=1\r\n\r\n<h1>",
        "'; DROP TABLE patient; --",
        "' OR '1'='1' --",
        "%' ESCAPE '",
        "\\",
        "%_\\%",
        "$1",
        "{{7*7}}${7*7}<%= 7*7 %>{% raw %}#{7*7}",
        "<script>alert(1)</script>\"><img onerror=x>",
        "../../../../etc/shadow",
        "..%2f..%2f",
        "-1",
        "0",
        "1e400",
        "NaN",
        "9223372036854775808",
        "18446744073709551616",
        "-170141183460469231731687303715884105729",
        "0x7fffffff",
        "65536",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "{018f0000-0000-7000-8000-000000000000}",
        "2024-02-30",
        "-009999-01-01",
        "9999-12-31",
        "0000-00-00",
        "2024-01-01T00:00:00Z[Nowhere/Land]",
        "+275760-09-13T00:00:00Z",
        "\u{feff}\u{fffe}\u{ffff}\u{10ffff}",
        "a\u{301}\u{301}\u{301}\u{301}",
        "null",
        "true",
        "[]",
        "WyJhIiwxXQ",
        "bnVsbA",
        "=cmd|' /C calc'!A0",
    ]
    .map(String::from)
    .into();
    texts.push("x".repeat(300));
    texts.push("\u{1f9ec}".repeat(3000));
    texts
}

/// The same as parts of an address, and escapes that are none.
pub fn escaped() -> Vec<String> {
    let mut escaped: Vec<String> = texts()
        .iter()
        .map(|text| {
            let bytes: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            bytes.concat()
        })
        .collect();
    let raw = [
        "%",
        "%zz",
        "%f",
        "%ff%fe",
        "%c0%80",
        "%ed%a0%80",
        "%2",
        "%u0041",
        "a;b",
        "a+b",
        "(",
        "*",
    ];
    escaped.extend(raw.map(String::from));
    escaped.push("y".repeat(30_000));
    escaped
}

/// Whole query strings.
pub fn queries() -> Vec<String> {
    let mut queries: Vec<String> = [
        "&&&",
        "=",
        "==&=",
        "a",
        "a=b=c",
        "%",
        "%00=%00",
        "%ff=%ff",
        "[]=1&[]=2",
        "?",
        "a=1&a=2&a=3",
    ]
    .map(String::from)
    .into();
    let many: Vec<String> = (0..2000).map(|number| format!("f{number}=1&")).collect();
    queries.push(many.concat());
    queries
}

/// Raw JSON in the place of one value.
pub fn json() -> Vec<String> {
    let quoted = |text: &String| serde_json::to_string(text).unwrap();
    let mut values: Vec<String> = texts().iter().map(quoted).collect();
    let raw = [
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\ud83d""#,
        r#""\u0000\u0001\u007f\u0085\u2028""#,
        r#""\x41""#,
        "null",
        "true",
        "-0.0",
        "-1",
        "1e308",
        "1e400",
        "-1e-400",
        "9223372036854775807",
        "-9223372036854775809",
        "123456789012345678901234567890123456789012345678901234567890",
        "NaN",
        "Infinity",
        "01",
        "[]",
        "[[]]",
        "[null]",
        "{}",
        r#"{"a":1,"a":2}"#,
        r#"{"__proto__":{"x":1}}"#,
        "",
        "'a'",
    ];
    values.extend(raw.map(String::from));
    values.push(nested(120));
    values.push(nested(20_000));
    values.push(format!("[{}\"a\"]", "\"a\",".repeat(20_000)));
    // Below the limit of a body, so that it is the field that is too long.
    values.push(quoted(&"z".repeat(900_000)));
    values
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

/// Whole bodies with the type that they are said to have.
pub fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let parts = "multipart/form-data; boundary=b";
    let part =
        |head: &str, body: &str| format!("--b\r\n{head}\r\n\r\n{body}\r\n--b--\r\n").into_bytes();
    let file = |name: &str| {
        part(
            &format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\""),
            "x",
        )
    };
    vec![
        (json, Vec::new()),
        (json, b"null".to_vec()),
        (json, b"[]".to_vec()),
        (json, b"{".to_vec()),
        (json, b"{}{}".to_vec()),
        (json, b"{\"a\":1,\"a\":2}".to_vec()),
        (json, b"\xff\xfe\x00".to_vec()),
        (json, b"\xef\xbb\xbf{}".to_vec()),
        (json, b"{\"\\ud800\": 1}".to_vec()),
        (json, nested(100_000).into_bytes()),
        (json, vec![b' '; (1 << 20) - 1]),
        (json, vec![b' '; (1 << 20) + 1]),
        (
            json,
            [b"{\"a\":\"", "x".repeat(2 << 20).as_bytes(), b"\"}"].concat(),
        ),
        ("application/json; charset=utf-16", b"{}".to_vec()),
        ("application/json; charset=", b"{}".to_vec()),
        ("text/plain", b"{}".to_vec()),
        (
            "application/xml",
            b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/shadow'>]><a>&b;</a>".to_vec(),
        ),
        ("", b"{}".to_vec()),
        ("/", b"{}".to_vec()),
        ("a/b; c=\"", b"{}".to_vec()),
        (form, b"%".to_vec()),
        (form, b"%ff=%ff&%00=%00&=&&".to_vec()),
        (form, b"\xff\xfe".to_vec()),
        (form, "a=1&".repeat(20_000).into_bytes()),
        ("multipart/form-data", b"--\r\n".to_vec()),
        ("multipart/form-data; boundary=", b"--\r\n".to_vec()),
        ("multipart/mixed; boundary=b", b"--b--\r\n".to_vec()),
        (parts, b"--b--\r\n".to_vec()),
        (parts, b"--b\r\n".to_vec()),
        (parts, part("", "x")),
        (parts, part("Content-Disposition: form-data", "x")),
        (
            parts,
            part("Content-Disposition: attachment; name=file", "x"),
        ),
        (
            parts,
            part("Content-Disposition: form-data; name=\"\x01\"", "x"),
        ),
        (
            parts,
            part(
                "Content-Disposition: form-data; name=\"patient_id\"",
                "\0'; --",
            ),
        ),
        (parts, file("")),
        (parts, file("../../a\u{202e}fdp.exe")),
        (parts, file(&"n".repeat(5000))),
        (parts, file("\u{1b}[31m%00.pdf")),
        ("text/csv", b"family_name\n\0\n".to_vec()),
        ("text/csv", b"\xff\xfe\n\xff".to_vec()),
        ("text/csv", "\"".repeat(2000).into_bytes()),
        (
            "text/csv",
            format!("family_name{}\n", ",".repeat(5000)).into_bytes(),
        ),
        (
            "text/csv",
            format!("family_name\n{}\n", "n".repeat(100_000)).into_bytes(),
        ),
    ]
}

/// Headers with bytes that HTTP allows in them.
pub fn headers() -> Vec<(&'static str, Vec<u8>)> {
    let giant = || vec![b'g'; 60_000];
    let mut headers: Vec<(&str, Vec<u8>)> = Vec::new();
    for name in [
        "authorization",
        "if-match",
        "if-none-match",
        "idempotency-key",
        "range",
        "cookie",
        "last-event-id",
        "x-csrf-token",
        "accept",
        "content-type",
        "x-forwarded-for",
        "origin",
    ] {
        headers.push((name, Vec::new()));
        headers.push((name, giant()));
        headers.push((name, b"\xff\xfe\x80".to_vec()));
        headers.push((name, b"'; DROP TABLE patient; --".to_vec()));
    }
    let more: [(&str, &[u8]); 28] = [
        ("authorization", b"Bearer"),
        ("authorization", b"Bearer "),
        ("authorization", b"Bearer \xff\xff"),
        ("authorization", b"Basic YTpi"),
        ("authorization", b"Bearer fd_, Bearer fd_"),
        ("if-match", b"*"),
        ("if-match", b"\""),
        ("if-match", b"W/\"1\""),
        ("if-match", b"\"1\", \"2\""),
        ("if-match", b"\"99999999999999999999999\""),
        ("if-match", b"\"-1\""),
        ("if-none-match", b"*,\",,W/"),
        ("if-none-match", b"\"99999999999999999999999-plain-1\""),
        ("idempotency-key", b"\t"),
        ("range", b"bytes=99999999999999999999999-"),
        ("range", b"bytes=-0"),
        ("range", b"bytes=5-1"),
        ("range", b"bytes=0-0,1-1,2-2,3-3,4-4,-1"),
        ("range", b"lines=1-2"),
        ("cookie", b"fertidoc=; fertidoc=\xff; =;;=;"),
        ("cookie", b"__Host-fertidoc=%00%ff"),
        ("last-event-id", b"99999999999999999999999"),
        ("last-event-id", b"-1"),
        ("accept-encoding", b"gzip;q=9e999, *;q=-1"),
        ("content-encoding", b"gzip"),
        ("expect", b"something else"),
        ("x-forwarded-for", b"::1, 256.256.256.256, unknown, _hidden"),
        ("sec-fetch-site", b"\xf0\x9f\x92\xa9"),
    ];
    headers.extend(more.map(|(name, value)| (name, value.to_vec())));
    headers
}
