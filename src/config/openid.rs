//! The one provider of OpenID Connect by whom people may sign in.

use super::Secret;
use serde::Deserialize;
use std::path::PathBuf;

/// By whom people may sign in beside their password; nobody where no issuer is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenId {
    /// The provider's issuer: `https://id.example.org`, as it calls itself.
    pub issuer: Option<String>,
    /// What Dogwatch is called there.
    pub client_id: String,
    /// File with the client's secret; a public client has none.
    pub client_secret_file: Option<PathBuf>,
    /// What the button says: `Sign in with NAME`.
    pub name: Option<String>,
    /// Add whoever the provider knows and Dogwatch doesn't.
    pub register: bool,
}

impl OpenId {
    /// Refuses half of it, and a provider that is asked in clear text over a network.
    pub(super) fn check(&self) -> Result<(), String> {
        let Some(issuer) = &self.issuer else {
            let empty = *self == Self::default();
            return if empty { Ok(()) } else { Err("openid.issuer must name the provider".to_owned()) };
        };
        let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
        if !issuer.starts_with("https://") && !local.iter().any(|start| issuer.starts_with(start)) {
            return Err(format!("openid.issuer = \"{issuer}\" must begin with https://"));
        }
        if self.client_id.is_empty() {
            return Err("openid.client_id must say what Dogwatch is called at the provider".to_owned());
        }
        Ok(())
    }

    /// The client's secret, where a file is named for it.
    pub(crate) fn client_secret(&self) -> std::io::Result<Option<Secret<String>>> {
        self.client_secret_file.as_deref().map(super::secret::password).transpose()
    }
}
