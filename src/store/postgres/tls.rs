//! Whether the way to the server is encrypted, and by whom the server has to be vouched for: what `sslmode` and
//! `sslrootcert` of its URL say. Where it is encrypted, name and authority are always checked.

use crate::store::StoreError;
use percent_encoding::percent_decode_str;
use postgres::config::{Config, Host, SslMode};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What the URL says of encryption, and the URL without that of it which the driver doesn't know.
pub(super) struct Wish {
    pub url: String,
    mode: Option<String>,
    authority: Option<PathBuf>,
}

impl Wish {
    /// Takes `sslmode` and `sslrootcert` out of a URL; of several the last counts.
    pub fn read(url: &str) -> Self {
        let (mut mode, mut authority) = (None, None);
        let Some((place, query)) = url.split_once('?') else {
            return Self { url: url.to_owned(), mode, authority };
        };
        let mut rest = Vec::new();
        for parameter in query.split('&') {
            let decoded = |value: &str| percent_decode_str(value).decode_utf8_lossy().into_owned();
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(decoded(value)),
                // As with PostgreSQL's own programs, `system` is what the system trusts.
                Some(("sslrootcert", "system")) => authority = None,
                Some(("sslrootcert", value)) => authority = Some(decoded(value).into()),
                _ => rest.push(parameter),
            }
        }
        let url = if rest.is_empty() { place.to_owned() } else { format!("{place}?{}", rest.join("&")) };
        Self { url, mode, authority }
    }

    /// Sets the driver's mode, and how it speaks TLS; nothing where it doesn't. Rows that travel over a network in clear
    /// text must be somebody's wish, and so must TLS to the own machine: Debian's PostgreSQL offers it there, with a
    /// certificate for which nobody vouches.
    pub fn settle(&self, config: &mut Config) -> Result<Option<MakeRustlsConnect>, StoreError> {
        let encrypted = match self.mode.as_deref() {
            Some("disable") => false,
            Some("require" | "verify-full") => true,
            Some("prefer") | None => !is_near(config),
            Some(_) => {
                return Err(StoreError::Refused(
                    "the URL's sslmode is none that Dogwatch knows: say disable (clear text, for a private network), or \
                     verify-full or require (both check the server's name and authority)"
                        .to_owned(),
                ));
            }
        };
        if !encrypted {
            config.ssl_mode(SslMode::Disable);
            return Ok(None);
        }
        config.ssl_mode(SslMode::Require);
        let roots = self.authority.as_deref().map_or_else(system, named)?;
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| StoreError::Refused(format!("TLS to the database: {error}")))?;
        Ok(Some(MakeRustlsConnect::new(builder.with_root_certificates(roots).with_no_client_auth())))
    }
}

/// Whether all that is named is this machine.
fn is_near(config: &Config) -> bool {
    let near = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
    };
    config.get_hosts().iter().all(near) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// What the system trusts.
fn system() -> Result<RootCertStore, StoreError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    match roots.add_parsable_certificates(found.certs) {
        (0, _) => Err(StoreError::Refused(
            "the system trusts no certificates, so the database can't be reached by TLS: install them (Debian: \
             ca-certificates), or name the authority of the database with sslrootcert=FILE"
                .to_owned(),
        )),
        _ => Ok(roots),
    }
}

/// The authorities in a file.
fn named(file: &Path) -> Result<RootCertStore, StoreError> {
    let wrong = |why: &dyn std::fmt::Display| {
        StoreError::Refused(format!("the authority of the database, sslrootcert={}: {why}", file.display()))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
        roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
    }
    if roots.is_empty() {
        return Err(wrong(&"there is no certificate in it"));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a URL is connected to by TLS.
    fn is_encrypted(url: &str) -> Result<bool, String> {
        let wish = Wish::read(url);
        let mut config: Config = wish.url.parse().unwrap();
        let tls = wish.settle(&mut config).map_err(|error| error.to_string())?;
        let mode = if tls.is_some() { SslMode::Require } else { SslMode::Disable };
        assert_eq!(config.get_ssl_mode(), mode, "{url}");
        Ok(tls.is_some())
    }

    const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/authority.pem");

    #[test]
    fn over_a_network_it_is_encrypted_unless_somebody_says_otherwise() {
        let encrypted = |text: &str| is_encrypted(&text.replace("ROOT", AUTHORITY));
        for near in ["postgres://ada@localhost/d", "postgres://ada@127.0.0.1/d", "postgres:///d?host=/run/postgresql"] {
            assert_eq!(encrypted(near), Ok(false), "{near}");
        }
        assert_eq!(encrypted("postgres://ada@localhost/d?sslmode=prefer"), Ok(false));
        assert_eq!(encrypted("postgres://ada@localhost/d?sslrootcert=ROOT&sslmode=require"), Ok(true));
        assert_eq!(encrypted("postgres://ada@db.example.org/d?sslrootcert=ROOT"), Ok(true));
        assert_eq!(encrypted("postgres://ada@db.example.org/d?sslmode=prefer&sslrootcert=ROOT"), Ok(true));
        assert_eq!(encrypted("postgres://ada@db.example.org/d?sslmode=verify-full&sslrootcert=ROOT"), Ok(true));
        assert_eq!(encrypted("postgres://ada@localhost,db.example.org/d?sslrootcert=ROOT"), Ok(true));
        assert_eq!(encrypted("postgres://ada@db.example.org/d?sslmode=disable"), Ok(false));
        let refused = encrypted("postgres://ada@db.example.org/d?sslmode=verify-ca").unwrap_err();
        assert!(refused.contains("verify-full") && !refused.contains("verify-ca"), "{refused}");
    }

    #[test]
    fn an_authority_that_can_not_be_read_is_named() {
        let of = |file: &str| is_encrypted(&format!("postgres://a@db.example.org/d?sslrootcert={file}")).unwrap_err();
        assert!(of("%2Fno%2Fwhere.pem").contains("/no/where.pem"));
        let empty = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/README.md");
        assert!(of(empty).contains("no certificate in it"));
    }

    #[test]
    fn what_the_driver_knows_stays_in_the_url() {
        let read = |url: &str| Wish::read(url).url;
        assert_eq!(read("postgres:///d?host=/run/x&sslmode=require&user=ada"), "postgres:///d?host=/run/x&user=ada");
        assert_eq!(read("postgres://h/d?sslmode=disable"), "postgres://h/d");
        assert_eq!(read("postgres://h/d"), "postgres://h/d");
    }
}
