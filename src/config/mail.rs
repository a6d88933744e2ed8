//! Whether Dogwatch sends mail, and by which server.

use super::Secret;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// By which server mail goes out; none where no relay is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// The server that takes mail: `smtps://HOST` speaks TLS from the first byte, `smtp://HOST` after STARTTLS. Ports
    /// where none is named: 465 and 587.
    pub relay: Option<String>,
    /// Whether `smtp://` goes over to TLS. Where absent: on loopback not, elsewhere always.
    pub starttls: Option<Starttls>,
    /// Who Dogwatch is to the relay, where that asks.
    pub user: Option<String>,
    /// File with the password for it.
    pub password_file: Option<PathBuf>,
    /// The address from which mail comes.
    pub from: Option<String>,
    /// The domain whose mail comes back to Dogwatch: answers to invitations go to addresses of it.
    pub reply_domain: Option<String>,
    /// Where mail for that domain comes in.
    pub inbound: Inbound,
}

/// Where our own mail server hands over what came for the reply domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Inbound {
    /// Address and port on which LMTP is spoken, on loopback; nothing comes in where absent.
    pub listen: Option<SocketAddr>,
    /// How our own mail server names itself in `Authentication-Results` (RFC 8601); without it every answer is held.
    pub authserv_id: Option<String>,
}

/// Whether a connection in clear text goes over to TLS (RFC 3207).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Starttls {
    /// Always, or nothing is sent.
    Required,
    /// Never: for a relay in a network that is private in another way.
    None,
}

/// A relay as it was named, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Its name or address; IPv6 without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub security: Security,
}

/// How a connection is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after STARTTLS.
    Starttls,
    /// It isn't.
    None,
}

impl Mail {
    /// The relay, where one is named; what is wrong with it otherwise.
    pub fn relay(&self) -> Result<Option<Relay>, String> {
        let Some(url) = &self.relay else { return Ok(None) };
        let refused = || format!("mail.relay = \"{url}\" must be smtps://HOST or smtp://HOST, with a port or without");
        let (tls, rest) = match url.split_once("://") {
            Some(("smtps", rest)) => (true, rest),
            Some(("smtp", rest)) => (false, rest),
            _ => return Err(refused()),
        };
        if rest.contains('@') {
            return Err(
                "mail.relay must not hold a user: name that in mail.user, and its password in a file".to_owned()
            );
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split(rest).ok_or_else(refused)?;
        let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let security = match (tls, self.starttls) {
            (true, None) => Security::Tls,
            (true, Some(_)) => return Err("mail.starttls is for smtp://; smtps:// begins with TLS".to_owned()),
            (false, Some(Starttls::Required)) => Security::Starttls,
            (false, None) if !local => Security::Starttls,
            (false, _) => Security::None,
        };
        if security == Security::None && self.user.is_some() && !local {
            return Err(
                "mail.user would show its password to the network: mail.starttls must be \"required\"".to_owned()
            );
        }
        let usual = if tls { 465 } else { 587 };
        Ok(Some(Relay { host: host.to_owned(), port: port.unwrap_or(usual), security }))
    }

    /// Refuses half of it, and what no server would take.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.relay()?.is_none() {
            let empty = *self == Self::default();
            return if empty { Ok(()) } else { Err("mail.relay must name the server that takes mail".to_owned()) };
        }
        match &self.from {
            Some(from) if is_address(from) => {}
            Some(from) => return Err(format!("mail.from = \"{from}\" must be an address like oncall@example.org")),
            None => return Err("mail.from must say from which address mail comes".to_owned()),
        }
        if let Some(domain) = self.reply_domain.as_ref().filter(|domain| !is_address(&format!("x@{domain}"))) {
            return Err(format!("mail.reply_domain = \"{domain}\" must be a domain like oncall.example.org"));
        }
        self.check_inbound()?;
        match (&self.user, &self.password_file) {
            (Some(_), None) => Err("mail.user needs mail.password_file beside it".to_owned()),
            (None, Some(_)) => Err("mail.password_file needs mail.user beside it".to_owned()),
            _ => Ok(()),
        }
    }

    fn check_inbound(&self) -> Result<(), String> {
        match (&self.reply_domain, self.inbound.listen) {
            (Some(_), None) => {
                Err("mail.reply_domain needs mail.inbound.listen: answers would come to nothing".to_owned())
            }
            (None, Some(_)) => Err("mail.inbound.listen needs mail.reply_domain: whose mail is it?".to_owned()),
            (_, Some(listen)) if !listen.ip().is_loopback() => {
                Err(format!("mail.inbound.listen = \"{listen}\" must be on loopback: it believes whoever speaks to it"))
            }
            (None, None) if self.inbound.authserv_id.is_some() => {
                Err("mail.inbound.authserv_id needs mail.inbound.listen beside it".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// The password for the relay, where a file is named for it.
    pub(crate) fn password(&self) -> std::io::Result<Option<Secret<String>>> {
        self.password_file.as_deref().map(super::secret::password).transpose()
    }
}

/// Host and port of `host`, `host:25`, `[::1]` or `[::1]:25`.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?,
        None => authority
            .split_once(':')
            .map_or((authority, ""), |(host, _)| (host, authority.get(host.len()..).unwrap_or_default())),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':');
    if host.is_empty() || !host.bytes().all(plain) {
        return None;
    }
    match rest.strip_prefix(':') {
        Some(port) => Some((host, Some(port.parse().ok().filter(|port| *port != 0)?))),
        None => rest.is_empty().then_some((host, None)),
    }
}

/// `local@domain` in ASCII, without anything that needs quoting.
fn is_address(text: &str) -> bool {
    let plain = |part: &str| {
        let known = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+-/=?^_`{|}~".contains(&b);
        !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && part.bytes().all(known)
    };
    text.len() <= 254
        && text.split_once('@').is_some_and(|(local, domain)| local.len() <= 64 && plain(local) && plain(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(relay: &str) -> Mail {
        Mail { relay: Some(relay.to_owned()), from: Some("oncall@example.org".to_owned()), ..Mail::default() }
    }

    fn relay(text: &str) -> Relay {
        mail(text).relay().unwrap().unwrap()
    }

    #[test]
    fn a_relay_is_spoken_to_by_tls_unless_it_is_on_this_machine() {
        let of = |text: &str| {
            let Relay { host, port, security } = relay(text);
            (host, port, security)
        };
        let mail = "mail.example.org".to_owned();
        assert_eq!(of("smtps://mail.example.org"), (mail.clone(), 465, Security::Tls));
        assert_eq!(of("smtp://mail.example.org/"), (mail.clone(), 587, Security::Starttls));
        assert_eq!(of("smtp://mail.example.org:25"), (mail, 25, Security::Starttls));
        assert_eq!(of("smtp://127.0.0.1:2525"), ("127.0.0.1".to_owned(), 2525, Security::None));
        assert_eq!(of("smtp://[::1]:25"), ("::1".to_owned(), 25, Security::None));
        assert_eq!(of("smtps://[2001:db8::1]"), ("2001:db8::1".to_owned(), 465, Security::Tls));
    }

    #[test]
    fn what_is_no_relay_is_refused() {
        for text in ["mail.example.org", "http://a", "smtp://", "smtp://a:0", "smtp://a:x", "smtp://a/b", "smtp://a b"]
        {
            assert!(mail(text).check().is_err(), "{text}");
        }
        assert!(mail("smtp://ada:secret@mail.example.org").check().unwrap_err().contains("mail.user"));
        assert!(Mail { relay: None, ..mail("") }.check().unwrap_err().contains("mail.relay"));
    }

    #[test]
    fn a_password_is_never_shown_to_the_network_and_comes_with_its_user() {
        let (user, password_file) = (Some("dogwatch".to_owned()), Some("password".into()));
        let all = Mail { user, password_file, ..mail("smtp://mail.example.org") };
        all.check().unwrap();
        let clear = Mail { starttls: Some(Starttls::None), ..all.clone() };
        assert!(clear.check().unwrap_err().contains("starttls"));
        Mail { user: None, password_file: None, ..clear }.check().unwrap();
        assert!(Mail { password_file: None, ..all.clone() }.check().unwrap_err().contains("password_file"));
        assert!(Mail { user: None, ..all }.check().unwrap_err().contains("mail.user"));
    }

    #[test]
    fn answers_come_in_on_loopback_or_are_not_asked_for() {
        let inbound = |listen: &str| Inbound { listen: Some(listen.parse().unwrap()), authserv_id: None };
        let domain = Some("roster.example.org".to_owned());
        let all = Mail { reply_domain: domain, inbound: inbound("127.0.0.1:2400"), ..mail("smtp://a") };
        all.check().unwrap();
        let check = |mail: Mail| mail.check().unwrap_err();
        assert!(check(Mail { inbound: Inbound::default(), ..all.clone() }).contains("inbound.listen"));
        assert!(check(Mail { reply_domain: None, ..all.clone() }).contains("reply_domain"));
        assert!(check(Mail { inbound: inbound("0.0.0.0:24"), ..all.clone() }).contains("loopback"));
        assert!(check(Mail { reply_domain: Some("a b".to_owned()), ..all }).contains("reply_domain"));
    }

    #[test]
    fn mail_comes_from_an_address() {
        for from in ["", "oncall", "@example.org", "a@b@c", "a b@example.org", "a@example.org\r\nBcc: b@example.org"] {
            assert!(Mail { from: Some(from.to_owned()), ..mail("smtp://a") }.check().is_err(), "{from}");
        }
        assert!(Mail { from: None, ..mail("smtp://a") }.check().unwrap_err().contains("mail.from"));
    }
}
