//! What may be spoken to where somebody else chose the address: public addresses, by TLS, on the usual port. Whoever
//! runs Dogwatch may name networks of their own beside that.
//!
//! A name is judged twice: as it is typed, and by every address that it has when a connection is made.

use crate::config::{Network, Outbound};
use hyper::Uri;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Longest URL that is taken.
const MAX_URL: usize = 2048;

/// Which addresses may be spoken to.
#[derive(Clone, Debug)]
pub struct Reach {
    private: Arc<[Network]>,
    ports: Arc<[u16]>,
}

/// Why an address is not spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// It can't be read as one.
    #[error("it is no URL with a scheme and a host")]
    Unreadable,
    /// Clear text, or something that is not HTTP.
    #[error("it must begin with https://")]
    Scheme,
    /// It names a user, or a fragment.
    #[error("it must have neither a user name nor a fragment")]
    Extra,
    /// The port is none of those allowed.
    #[error("its port is not among those that are allowed")]
    Port,
    /// It leads into somebody's own network.
    #[error("it leads to an address that is not public")]
    Private,
}

impl Default for Reach {
    fn default() -> Self {
        Self::new(&Outbound::default())
    }
}

impl Reach {
    /// What the configuration allows.
    #[must_use]
    pub fn new(config: &Outbound) -> Self {
        Self { private: config.private_networks.clone().into(), ports: config.ports.clone().into() }
    }

    /// Every address, for those that whoever runs Dogwatch chose: they may lie in their own network.
    #[must_use]
    pub fn everywhere() -> Self {
        let everywhere: Vec<Network> = ["0.0.0.0/0", "::/0"].iter().filter_map(|range| range.parse().ok()).collect();
        Self::new(&Outbound { private_networks: everywhere, ports: vec![443] })
    }

    /// Judges a URL as it was typed; what its name leads to is judged when it is connected to.
    pub fn judge(&self, url: &str) -> Result<Uri, Blocked> {
        let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
        if url.len() > MAX_URL || url.contains(odd) {
            return Err(Blocked::Unreadable);
        }
        if url.contains('#') {
            return Err(Blocked::Extra);
        }
        let uri: Uri = url.parse().map_err(|_| Blocked::Unreadable)?;
        let authority = uri.authority().ok_or(Blocked::Unreadable)?;
        if authority.as_str().contains('@') {
            return Err(Blocked::Extra);
        }
        let clear = is_clear(&uri)?;
        let host = host(&uri).ok_or(Blocked::Unreadable)?;
        if clear && self.private.is_empty() {
            return Err(Blocked::Scheme);
        }
        match host.parse::<IpAddr>() {
            Ok(address) => self.admit(address, port(&uri), clear)?,
            // Brackets hold an address and nothing else (RFC 3986 section 3.2.2).
            Err(_) if host.contains(['[', ']']) => return Err(Blocked::Unreadable),
            Err(_) if is_local_name(host) && self.private.is_empty() => return Err(Blocked::Private),
            Err(_) if self.private.is_empty() && !self.ports.contains(&port(&uri)) => return Err(Blocked::Port),
            Err(_) => {}
        }
        Ok(uri)
    }

    /// Judges an address that is about to be connected to.
    pub(crate) fn admit(&self, address: IpAddr, port: u16, clear: bool) -> Result<(), Blocked> {
        if self.private.iter().any(|network| network.contains(address)) {
            return Ok(());
        }
        match () {
            () if !is_public(address) => Err(Blocked::Private),
            () if clear => Err(Blocked::Scheme),
            () if !self.ports.contains(&port) => Err(Blocked::Port),
            () => Ok(()),
        }
    }
}

/// Whether it is plain HTTP; an error where it is no HTTP at all.
pub(super) fn is_clear(uri: &Uri) -> Result<bool, Blocked> {
    match uri.scheme_str() {
        Some("https") => Ok(false),
        Some("http") => Ok(true),
        _ => Err(Blocked::Scheme),
    }
}

/// The host without the brackets of an IPv6 address.
pub(super) fn host(uri: &Uri) -> Option<&str> {
    let host = uri.host()?;
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    Some(host).filter(|host| !host.is_empty())
}

/// The port, said or meant.
pub(super) fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 })
}

/// Names that no public server has.
fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    !host.contains('.') || [".localhost", ".local", ".internal", ".home.arpa"].iter().any(|end| host.ends_with(end))
}

/// Whether an address is one of the public internet's, by the registries of special addresses (RFC 6890 and after it).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a >= 240
        || (a == 100 && b & 0xc0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && b & 0xfe == 18);
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    if let [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, v4 @ ..] = address.octets() {
        // NAT64 (RFC 6052): what stands behind it is an IPv4 address.
        return is_public_v4(Ipv4Addr::from(v4));
    }
    // Global unicast, without documentation, 6to4, Teredo and the other special ones below 2001:200::.
    let special = (a == 0x2001 && (b < 0x200 || b == 0xdb8)) || a == 0x2002 || (a == 0x3fff && b < 0x1000);
    a & 0xe000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(networks: &[&str]) -> Reach {
        let private_networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        Reach::new(&Outbound { private_networks, ..Outbound::default() })
    }

    #[test]
    fn the_public_internet_is_reached_by_tls() {
        let reach = Reach::default();
        for url in
            ["https://up.example.net/yohd4yai5Phiz1wi", "https://93.184.216.34/x", "https://[2606:2800:220::1]/x"]
        {
            assert!(reach.judge(url).is_ok(), "{url}");
        }
        assert_eq!(reach.judge("http://up.example.net/x"), Err(Blocked::Scheme));
        assert_eq!(reach.judge("https://up.example.net:8443/x"), Err(Blocked::Port));
        assert_eq!(reach.judge("file:///etc/passwd").ok(), None);
        assert_eq!(reach.judge("gopher://up.example.net/x"), Err(Blocked::Scheme));
    }

    #[test]
    fn nothing_that_leads_inside_is_taken_however_it_is_spelled() {
        for url in [
            "https://127.0.0.1/x",
            "https://10.0.0.1/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://[64:ff9b::a00:1]/x",
            "https://[fd00::1]/x",
            "https://[fe80::1]/x",
            "https://[2002:7f00:1::]/x",
            "https://0.0.0.0/x",
            "https://100.64.1.1/x",
            "https://localhost/x",
            "https://printer.local/x",
            "https://db/x",
        ] {
            assert_eq!(Reach::default().judge(url), Err(Blocked::Private), "{url}");
        }
        for url in ["https://user@10.0.0.1/x", "https://up.example.net/x#y"] {
            assert_eq!(Reach::default().judge(url), Err(Blocked::Extra), "{url}");
        }
        for url in
            ["https://", "/x", "https:///x", "https://a b/", "https://a\\b/", "https://[::1", "https://2[a.local]/"]
        {
            assert!(Reach::default().judge(url).is_err(), "{url}");
        }
        assert!(Reach::default().judge(&format!("https://a.example/{}", "x".repeat(3000))).is_err());
    }

    #[test]
    fn a_network_of_ones_own_may_be_named_and_then_takes_clear_text_and_any_port() {
        let reach = inside(&["127.0.0.0/8"]);
        assert!(reach.judge("http://127.0.0.1:3000/x").is_ok());
        assert_eq!(reach.judge("http://10.0.0.1/x"), Err(Blocked::Private));
        assert_eq!(reach.judge("http://93.184.216.34/x"), Err(Blocked::Scheme));
        // A name is judged by its addresses.
        assert!(reach.judge("http://push.internal/x").is_ok());
        assert_eq!(reach.admit("10.0.0.1".parse().unwrap(), 80, true), Err(Blocked::Private));
        assert_eq!(reach.admit("::ffff:127.0.0.1".parse().unwrap(), 80, true), Ok(()));
    }
}
