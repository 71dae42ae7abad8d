//! Where a request came from: the connection's other end, unless that is a proxy we trust.

use crate::config;
use ipnet::IpNet;
use std::net::IpAddr;

/// The address of whoever asks, kept beside the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

/// The proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

/// `http.trusted_proxies` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "http.trusted_proxies holds {0:?}, which is no address and no network: write it as 10.0.0.2 or 10.0.0.0/24"
)]
pub struct UnusableProxy(String);

impl Proxies {
    /// Reads them out of the settings.
    pub fn new(config: &config::Http) -> Result<Self, UnusableProxy> {
        let networks = config.trusted_proxies.iter().map(|written| {
            let net = written.parse::<IpNet>().ok();
            net.or_else(|| Some(written.parse::<IpAddr>().ok()?.into()))
                .ok_or_else(|| UnusableProxy(written.clone()))
        });
        Ok(Self(networks.collect::<Result<_, _>>()?))
    }

    /// Who asks: `peer`, or where it is trusted the last of `forwarded` (the lines of
    /// `X-Forwarded-For`, in order) that is no trusted proxy itself. What stands before that one
    /// may be anybody's invention; at a word that is no address the look ends.
    pub fn client<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl IntoIterator<Item = &'a str>,
    ) -> ClientAddress {
        let mut client = peer.to_canonical();
        if self.trust(client) {
            let lines: Vec<&str> = forwarded.into_iter().collect();
            let words = lines.iter().rev().flat_map(|line| line.rsplit(','));
            for word in words {
                let Ok(address) = word.trim().parse::<IpAddr>() else {
                    break;
                };
                client = address.to_canonical();
                if !self.trust(client) {
                    break;
                }
            }
        }
        ClientAddress(client)
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(written: &[&str]) -> Result<Proxies, UnusableProxy> {
        Proxies::new(&config::Http {
            trusted_proxies: written.iter().map(ToString::to_string).collect(),
            ..config::Http::default()
        })
    }

    #[test]
    fn only_a_trusted_proxy_says_for_whom_it_asks_and_only_its_own_words_count() {
        let proxies = proxies(&["10.0.0.0/24", "fd00::2"]).unwrap();
        for (peer, forwarded, client) in [
            ("203.0.113.9", &["1.2.3.4"][..], "203.0.113.9"),
            ("10.0.0.2", &["1.2.3.4"], "1.2.3.4"),
            ("::ffff:10.0.0.2", &["::ffff:1.2.3.4"], "1.2.3.4"),
            ("fd00::2", &["2001:db8::7"], "2001:db8::7"),
            ("10.0.0.2", &["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
            ("10.0.0.2", &["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
            ("10.0.0.2", &["6.6.6.6, 1.2.3.4, 10.0.0.9"], "1.2.3.4"),
            ("10.0.0.2", &["1.2.3.4, rubbish"], "10.0.0.2"),
            ("10.0.0.2", &["1.2.3.4, rubbish, 10.0.0.3"], "10.0.0.3"),
            ("10.0.0.2", &[""], "10.0.0.2"),
            ("10.0.0.2", &[], "10.0.0.2"),
        ] {
            let found = proxies.client(peer.parse().unwrap(), forwarded.iter().copied());
            assert_eq!(found.0, client.parse::<IpAddr>().unwrap(), "{forwarded:?}");
        }
    }

    #[test]
    fn nobody_is_trusted_who_is_not_named() {
        let found = proxies(&[])
            .unwrap()
            .client("127.0.0.1".parse().unwrap(), ["1.2.3.4"]);
        assert_eq!(found.0, "127.0.0.1".parse::<IpAddr>().unwrap());
    }

    #[test]
    fn what_is_no_network_is_refused_at_the_start() {
        let error = proxies(&["10.0.0.0/33"]).unwrap_err();
        assert!(error.to_string().contains("10.0.0.0/33"));
    }
}
