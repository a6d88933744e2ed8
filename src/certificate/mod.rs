//! A certificate chain and its key in PEM, in two files or as texts: whether they belong together, until when they are
//! good and for whom.

pub mod challenge;
pub mod renewal;

use crate::time::Instant;
use chrono::NaiveDateTime;
use rustls::client::verify_server_name;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a server shows to say who it is.
#[derive(Debug)]
pub struct Certificate {
    key: Arc<CertifiedKey>,
    from: Instant,
    until: Instant,
}

/// Why a certificate and its key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file can't be read.
    #[error("can't read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file doesn't hold what it should.
    #[error("{path}: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong in it, and never the key.
        problem: String,
    },
    /// Each is well formed, but one isn't the other's.
    #[error("the key in {key} is not the one of the certificate in {certificate}")]
    Mismatch {
        /// File of the certificate.
        certificate: PathBuf,
        /// File of the key.
        key: PathBuf,
    },
}

impl Certificate {
    /// Reads a pair: the server's own certificate first, then those between it and its authority.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, CertificateError> {
        Self::of((certificate, &bytes_of(certificate)?), (key, &bytes_of(key)?))
    }

    /// The same of texts; each with the name by which an error calls it.
    pub fn of((certificate, chain): (&Path, &[u8]), (key, secret): (&Path, &[u8])) -> Result<Self, CertificateError> {
        let malformed = |path: &Path, problem: &str| CertificateError::Malformed {
            path: path.to_owned(),
            problem: problem.to_owned(),
        };
        let chain = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| malformed(certificate, &format!("not PEM: {error}")))?;
        let first = chain.first().ok_or_else(|| malformed(certificate, "there is no certificate in PEM in it"))?;
        let (from, until) =
            validity(first).ok_or_else(|| malformed(certificate, "its first certificate is not X.509"))?;
        let secret = PrivateKeyDer::from_pem_slice(secret).map_err(|error| match error {
            pem::Error::NoItemsFound => {
                malformed(key, "there is no private key in PEM in it (one with a passphrase must be unlocked first)")
            }
            error => malformed(key, &format!("not PEM: {error}")),
        })?;
        let pair = CertifiedKey::from_der(chain, secret, &default_provider()).map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                CertificateError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() }
            }
            Error::InvalidCertificate(problem) => malformed(certificate, &format!("not usable: {problem:?}")),
            error => malformed(key, &error.to_string()),
        })?;
        Ok(Self { key: Arc::new(pair), from, until })
    }

    /// What a handshake needs of it.
    #[must_use]
    pub fn key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }

    /// From when on it is good.
    #[must_use]
    pub const fn from(&self) -> Instant {
        self.from
    }

    /// Until when it is good.
    #[must_use]
    pub const fn until(&self) -> Instant {
        self.until
    }

    /// Whether it is good for a host name or an address.
    #[must_use]
    pub fn names(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let (Some(first), Ok(host)) = (self.key.cert.first(), ServerName::try_from(host)) else { return false };
        ParsedCertificate::try_from(first).is_ok_and(|parsed| verify_server_name(&parsed, &host).is_ok())
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, CertificateError> {
    const MOST: u64 = 1 << 20;
    let unreadable = |source| CertificateError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(unreadable)?.take(MOST).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// From when to when a certificate is good (RFC 5280 4.1): the fifth field of it, or the fourth where it names no version.
fn validity(der: &[u8]) -> Option<(Instant, Instant)> {
    const VERSION: u8 = 0xa0;
    let certificate = Element::first(der)?.content;
    let mut fields = Element::first(certificate)?.content;
    if fields.first() == Some(&VERSION) {
        fields = Element::first(fields)?.rest;
    }
    for _ in ["serial number", "signature", "issuer"] {
        fields = Element::first(fields)?.rest;
    }
    let from = Element::first(Element::first(fields)?.content)?;
    let until = Element::first(from.rest)?;
    Some((from.time()?, until.time()?))
}

/// One element of DER: what it is, what it holds, and what comes after it.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Element<'a> {
    fn first(der: &'a [u8]) -> Option<Self> {
        let (&tag, rest) = der.split_first()?;
        let (&length, mut rest) = rest.split_first()?;
        let mut length = usize::from(length);
        if length > 0x7f {
            let (octets, after) = rest.split_at_checked(length - 0x80).filter(|(octets, _)| octets.len() <= 4)?;
            length = octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet));
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        Some(Self { tag, content, rest })
    }

    /// A moment (RFC 5280 4.1.2.5); two digits of a year are from 1950 on.
    fn time(&self) -> Option<Instant> {
        const UTC_TIME: u8 = 0x17;
        const GENERALIZED_TIME: u8 = 0x18;
        let text = std::str::from_utf8(self.content).ok()?;
        let text = match self.tag {
            UTC_TIME => format!("{}{text}", if text < "50" { "20" } else { "19" }),
            GENERALIZED_TIME => text.to_owned(),
            _ => return None,
        };
        let civil = NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?;
        Some(civil.and_utc().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls").join(name)
    }

    fn refusal(certificate: &Path, key: &Path) -> String {
        Certificate::read(certificate, key).unwrap_err().to_string()
    }

    #[test]
    fn a_pair_says_when_and_for_whom_it_is_good() {
        let good = Certificate::read(&fixture("server.pem"), &fixture("server.key")).unwrap();
        assert_eq!(good.from().to_string(), "2026-11-25T17:20:09Z");
        assert_eq!(good.until().to_string(), "2126-11-01T17:20:09Z");
        assert!(good.names("localhost") && good.names("127.0.0.1") && !good.names("calendar.example.org"));
        let old = Certificate::read(&fixture("expired.pem"), &fixture("expired.key")).unwrap();
        assert_eq!(old.until().to_string(), "2020-04-01T00:00:00Z");
    }

    #[test]
    fn what_is_wrong_with_a_pair_is_said_by_file() {
        let (certificate, key) = (fixture("server.pem"), fixture("server.key"));
        let mismatch = refusal(&certificate, &fixture("renewed.key"));
        assert!(mismatch.contains("renewed.key") && mismatch.contains("server.pem"), "{mismatch}");
        assert!(refusal(&certificate, &certificate).contains("no private key"));
        assert!(refusal(&key, &key).contains("no certificate"));
        assert!(refusal(&fixture("none.pem"), &key).starts_with("can't read "));
        let folder = tempfile::tempdir().unwrap();
        let broken = folder.path().join("broken.pem");
        std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(refusal(&broken, &key).contains("not X.509"));
    }

    #[test]
    fn a_certificate_cut_short_anywhere_is_no_panic() {
        let der = CertificateDer::from_pem_slice(include_bytes!("../../fixtures/tls/server.pem")).unwrap();
        assert!(validity(&der).is_some());
        for end in 0..der.len() {
            assert!(validity(&der[..end]).is_none());
        }
        assert!(Element::first(&[0x30, 0x80]).is_some_and(|indefinite| indefinite.content.is_empty()));
        assert!(Element::first(&[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1]).is_none());
    }
}
