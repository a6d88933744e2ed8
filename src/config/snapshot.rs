//! Who is on call, kept for when the server is down: where it is written, and what signs it.

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
}

impl Default for Snapshot {
    fn default() -> Self {
        Self { enabled: true, folder: PathBuf::from("snapshot"), key_file: None, trusted_key: None }
    }
}

impl Snapshot {
    /// The seed of the key that signs, where a file is named for it.
    pub(crate) fn seed(&self) -> std::io::Result<Option<Secret<[u8; 32]>>> {
        self.key_file.as_deref().map(super::secret::link_key).transpose()
    }
}
