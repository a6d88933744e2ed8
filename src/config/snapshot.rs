//! Who is on call, kept for when the server is down: where it is written, what signs it, and where it is sent.

use super::Secret;
use serde::Deserialize;
use std::path::PathBuf;

/// The snapshot of who is on call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Snapshot {
    /// It is written.
    pub enabled: bool,
    /// Folder for it, relative to `data`.
    pub folder: PathBuf,
    /// File with the 32 secret bytes that it is signed with; where absent, they are drawn and kept in the database.
    pub key_file: Option<PathBuf>,
    /// The public key with which `whois --snapshot` and `serve-snapshot` check what they read, in base64.
    pub trusted_key: Option<String>,
    /// Where it is sent beside that.
    pub send: Vec<Destination>,
}

/// A place that the snapshot is sent to by HTTP PUT: three files below its address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Destination {
    /// The folder's address; of storage that speaks S3, with its bucket.
    pub url: String,
    /// File with the token that is shown there as `Authorization: Bearer`.
    pub token_file: Option<PathBuf>,
    /// The region of storage that speaks S3; nothing for whatever else takes a PUT.
    pub region: Option<String>,
    /// The access key of storage that speaks S3.
    pub access_key: String,
    /// File with its secret key.
    pub secret_key_file: Option<PathBuf>,
    /// Addresses, telephone numbers and teams without a public page go there too.
    pub contacts: bool,
}

impl Destination {
    fn check(&self) -> Result<(), String> {
        super::check_operators_url("snapshot.send.url", &self.url)?;
        if self.url.contains('?') {
            return Err("snapshot.send.url must be a folder's address, without a query".to_owned());
        }
        let s3 = (self.region.is_some(), !self.access_key.is_empty(), self.secret_key_file.is_some());
        match (s3, &self.token_file) {
            ((true, true, true), None) | ((false, false, false), _) => Ok(()),
            ((true, true, true), Some(_)) => {
                Err(format!("snapshot.send to {}: a token, or keys of S3, not both", self.url))
            }
            _ => Err(format!("snapshot.send to {}: S3 needs region, access_key and secret_key_file", self.url)),
        }
    }

    /// The token, or the secret key.
    pub(crate) fn secret(&self) -> std::io::Result<Option<Secret<String>>> {
        self.secret_key_file.as_deref().or(self.token_file.as_deref()).map(super::secret::password).transpose()
    }
}

impl Default for Snapshot {
    fn default() -> Self {
        Self { enabled: true, folder: PathBuf::from("snapshot"), key_file: None, trusted_key: None, send: Vec::new() }
    }
}

impl Snapshot {
    /// Refuses places that nothing could be sent to.
    pub(super) fn check(&self) -> Result<(), String> {
        self.send.iter().try_for_each(Destination::check)
    }

    /// The seed of the key that signs, where a file is named for it.
    pub(crate) fn seed(&self) -> std::io::Result<Option<Secret<[u8; 32]>>> {
        self.key_file.as_deref().map(super::secret::link_key).transpose()
    }
}
