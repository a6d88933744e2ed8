//! Where the certificate comes from with which Dogwatch speaks TLS itself: two files, or an authority that is asked for it.

use super::Acme;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The certificate with which Dogwatch speaks TLS itself; without one it speaks plain HTTP, to a proxy or to its own machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The server's certificate and those between it and the authority that signed it, in PEM.
    pub certificate_file: Option<PathBuf>,
    /// Its private key, in PEM.
    pub key_file: Option<PathBuf>,
    /// An authority of which it is obtained instead.
    pub acme: Option<Acme>,
}

impl Tls {
    /// Whether Dogwatch speaks TLS.
    #[must_use]
    pub fn is_spoken(&self) -> bool {
        self.pair().is_some() || self.acme.is_some()
    }

    /// Certificate and key, where they lie in files.
    #[must_use]
    pub fn pair(&self) -> Option<(&Path, &Path)> {
        Some((self.certificate_file.as_deref()?, self.key_file.as_deref()?))
    }

    /// Refuses half a pair, and more than one certificate.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(acme) = &self.acme {
            if self.certificate_file.is_some() || self.key_file.is_some() {
                let both = "tls.certificate_file and tls.key_file, or tls.acme, and not both";
                return Err(format!("the certificate comes from {both}"));
            }
            return acme.check();
        }
        match (&self.certificate_file, &self.key_file) {
            (Some(_), None) => Err("tls.certificate_file needs tls.key_file beside it".to_owned()),
            (None, Some(_)) => Err("tls.key_file needs tls.certificate_file beside it".to_owned()),
            _ => Ok(()),
        }
    }
}
