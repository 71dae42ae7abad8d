use super::milliseconds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Where the API and the pages are served.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port; port 0 takes a free one.
    pub bind: String,
    /// Address and port of `/metrics`, `/livez` and `/readyz` for operators; empty switches the
    /// second listener off (health is on the first one too, metrics are not).
    pub ops_bind: String,
    /// Threads that answer requests.
    pub workers: usize,
    /// Originals that one process hands out at the same time, some 10 MiB of memory each; more wait
    /// for 3 s and are answered 503.
    pub originals: usize,
    /// How long a request may take to its answer before it is given up with 503; where files or
    /// lists of patients are sent `upload.total` longer. Shorter than the proxy waits (60 s).
    #[serde(with = "milliseconds")]
    pub deadline: Duration,
    /// Where browsers reach us, as `https://fertidoc.example`; one-time links begin with it, and an
    /// identity provider sends people back to `/sign-in/idp/callback` below it.
    pub public_url: String,
    /// Whether browsers reach us over TLS, so that cookies are marked `Secure`.
    pub secure_cookies: bool,
    /// Addresses and networks (`["10.0.0.2/32"]`) of the proxies whose `X-Forwarded-For` is
    /// believed; of anybody else the address of the connection counts.
    pub trusted_proxies: Vec<String>,
    /// How long an instance that is told to end still answers before it stops listening: not ready,
    /// each answer the last of its connection, reads refused with 503 so that the proxy learns to go
    /// elsewhere. Longer than the proxy keeps an idle connection (4 s); 0 where there is no proxy.
    #[serde(with = "milliseconds")]
    pub lame_duck: Duration,
    /// How long what is being answered or received then may take to its end; whole seconds.
    #[serde(with = "milliseconds")]
    pub drain: Duration,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            bind: "127.0.0.1:8080".into(),
            ops_bind: "127.0.0.1:9090".into(),
            workers: 2,
            originals: 32,
            deadline: Duration::from_secs(55),
            public_url: String::new(),
            secure_cookies: true,
            trusted_proxies: Vec::new(),
            lame_duck: Duration::from_secs(5),
            drain: Duration::from_secs(25),
        }
    }
}
