//! Nothing leaves this machine in plain text unless a setting says so.

use super::{Config, ConfigError, DbTls, db};

/// Whether a host of an address is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Whether an address of this scheme names another machine.
fn leaves(address: &str, plain: &str) -> bool {
    url::Url::parse(address)
        .is_ok_and(|url| url.scheme() == plain && !url.host_str().is_some_and(is_loopback))
}

/// Refuses settings that send patient data or passwords to another machine unencrypted.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    let plain = |setting, instead, insecure| ConfigError::PlainText {
        setting,
        instead,
        insecure,
    };
    let db = &config.db;
    if db.tls == DbTls::Off && !db.insecure {
        for url in [
            &db.owner_url,
            &db.app_url,
            &db.worker_url,
            &db.refresher_url,
            &db.sealer_url,
        ] {
            let settings = url.parse::<tokio_postgres::Config>();
            if !url.is_empty() && !settings.is_ok_and(|settings| db::stays_here(&settings)) {
                return Err(plain("db.tls = off", "verify-full", "db.insecure"));
            }
        }
    }
    if !config.cache.insecure && leaves(&config.cache.redis_url, "redis") {
        return Err(plain("cache.redis_url", "rediss://", "cache.insecure"));
    }
    if !config.store.insecure && leaves(&config.store.endpoint, "http") {
        return Err(plain("store.endpoint", "https://", "store.insecure"));
    }
    let clamd = &config.scan.clamd;
    let host = clamd.rsplit_once(':').map_or("", |(host, _)| host);
    if !config.scan.insecure && config.scan.is_on() && !clamd.starts_with('/') && !is_loopback(host)
    {
        let instead = "a scanner on this machine, as ClamAV speaks no TLS";
        return Err(plain("scan.clamd", instead, "scan.insecure"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Config)) -> Option<&'static str> {
        let mut config = Config::default();
        change(&mut config);
        match check(&config) {
            Ok(()) => None,
            Err(ConfigError::PlainText { setting, .. }) => Some(setting),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn plain_text_to_another_machine_is_refused() {
        assert_eq!(refused(|_| {}), None);
        let off = |url: &'static str| {
            refused(move |config| {
                config.db.tls = DbTls::Off;
                config.db.app_url = url.into();
            })
        };
        assert_eq!(off("postgres://a:b@db.example/f"), Some("db.tls = off"));
        assert_eq!(
            off("postgres://a:b@127.0.0.1,db.example/f"),
            Some("db.tls = off")
        );
        assert_eq!(off("postgres://a:b@127.0.0.1:5432/f"), None);
        assert_eq!(off("host=/run/postgresql user=a"), None);
        let redis = |url: &'static str| refused(move |config| config.cache.redis_url = url.into());
        assert_eq!(redis("redis://cache.example/"), Some("cache.redis_url"));
        assert_eq!(redis("rediss://cache.example/"), None);
        assert_eq!(redis("redis://:secret@127.0.0.1:1/"), None);
        let store = |url: &'static str| refused(move |config| config.store.endpoint = url.into());
        assert_eq!(store("http://store:7070"), Some("store.endpoint"));
        assert_eq!(store("https://store:7070"), None);
        assert_eq!(store("http://[::1]:7070"), None);
        let scan = |clamd: &'static str| refused(move |config| config.scan.clamd = clamd.into());
        assert_eq!(scan("clamd.example:3310"), Some("scan.clamd"));
        assert_eq!(scan("127.0.0.1:3310"), None);
        assert_eq!(scan("/run/clamav/clamd.ctl"), None);
        assert_eq!(
            refused(|config| {
                config.store.endpoint = "http://store:7070".into();
                config.store.insecure = true;
            }),
            None
        );
    }
}
