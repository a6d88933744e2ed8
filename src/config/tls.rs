//! Where the certificate lies with which Dogwatch speaks TLS itself.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The pair with which Dogwatch speaks TLS itself; without one it speaks plain HTTP, to a proxy or to its own machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The server's certificate and those between it and the authority that signed it, in PEM.
    pub certificate_file: Option<PathBuf>,
    /// Its private key, in PEM.
    pub key_file: Option<PathBuf>,
}

impl Tls {
    /// Certificate and key, where Dogwatch is to speak TLS.
    #[must_use]
    pub fn pair(&self) -> Option<(&Path, &Path)> {
        Some((self.certificate_file.as_deref()?, self.key_file.as_deref()?))
    }

    /// Refuses half a pair.
    pub(super) fn check(&self) -> Result<(), String> {
        match (&self.certificate_file, &self.key_file) {
            (Some(_), None) => Err("tls.certificate_file needs tls.key_file beside it".to_owned()),
            (None, Some(_)) => Err("tls.key_file needs tls.certificate_file beside it".to_owned()),
            _ => Ok(()),
        }
    }
}
