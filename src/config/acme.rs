//! Of which authority Dogwatch obtains its own certificate (ACME, RFC 8555), and for which names.

use super::Secret;
use serde::Deserialize;
use std::path::PathBuf;

/// Where Let's Encrypt says what it can do.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// A certificate that Dogwatch obtains and renews itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Acme {
    /// The names that it is for; each must lead here, on port 443.
    pub names: Vec<String>,
    /// Whom the authority tells of trouble: `mailto:…`.
    pub contact: Option<String>,
    /// The operator has read the authority's terms of service and agrees to them.
    pub agree_to_terms: bool,
    /// Where the authority says what it can do.
    pub directory: String,
    /// The authorities, in PEM, that sign for the directory's own certificate, in the place of those that the system trusts.
    pub ca_file: Option<PathBuf>,
    /// What the authority calls an account that was made there beforehand (external account binding).
    pub external_account_id: Option<String>,
    /// File with that account's key, as the authority hands it out: base64url.
    pub external_account_key_file: Option<PathBuf>,
}

impl Default for Acme {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            contact: None,
            agree_to_terms: false,
            directory: LETS_ENCRYPT.to_owned(),
            ca_file: None,
            external_account_id: None,
            external_account_key_file: None,
        }
    }
}

impl Acme {
    /// Refuses what no authority would take.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.names.is_empty() {
            return Err("tls.acme.names must say for which names a certificate is asked for".to_owned());
        }
        if let Some(name) = self.names.iter().find(|name| !is_host(name)) {
            return Err(format!(
                "tls.acme.names: \"{name}\" must be the name of a host in small letters, without * and no address"
            ));
        }
        if !self.agree_to_terms {
            let terms = "the authority gives certificates to those who agree to its terms of service: read them";
            return Err(format!("tls.acme.agree_to_terms must be true, for {terms}"));
        }
        if let Some(contact) = self.contact.as_ref().filter(|contact| !contact.starts_with("mailto:")) {
            return Err(format!("tls.acme.contact = \"{contact}\" must begin with mailto:"));
        }
        match (&self.external_account_id, &self.external_account_key_file) {
            (Some(_), None) => return Err("tls.acme.external_account_id needs external_account_key_file".to_owned()),
            (None, Some(_)) => return Err("tls.acme.external_account_key_file needs external_account_id".to_owned()),
            _ => {}
        }
        super::check_operators_url("tls.acme.directory", &self.directory)
    }

    /// The key of an account that was made beforehand, as its file has it.
    pub(crate) fn external_account_key(&self) -> std::io::Result<Option<Secret<String>>> {
        self.external_account_key_file.as_deref().map(super::secret::password).transpose()
    }
}

/// Whether a text is a host's name as certificates have it (RFC 1034 3.5), and no address.
fn is_host(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253 && name.split('.').all(is_label) && !last.bytes().all(|b| b.is_ascii_digit())
}
