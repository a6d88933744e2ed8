//! `dogwatch snapshot …`, and how a snapshot is read and checked by every command that takes one.

use super::{CommandError, Globals};
use crate::config::Config;
use crate::roster::snapshot::{self, PublicKey, SigningKey, Snapshot};
use clap::Subcommand;
use serde_json::json;
use std::io::Read as _;
use std::path::Path;

/// Bytes of a snapshot that are read: many times what a hundred teams need.
const MOST: u64 = 64 << 20;

/// The snapshot of who is on call, and the key it is signed with.
#[derive(Debug, Subcommand)]
pub enum SnapshotCommand {
    /// Say with which public key snapshots are checked
    Key {
        /// As PEM, for other tools
        #[arg(long)]
        pem: bool,
    },
}

impl SnapshotCommand {
    /// Says it.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let Self::Key { pem } = self;
        let key = match own_key(&globals.load()?)? {
            Some(key) => key,
            None => globals.service().await?.snapshot_key().clone(),
        };
        let public = key.public();
        let text = if pem { public.pem() } else { public.to_string() };
        globals.say(text.trim_end(), &json!({ "key": public.to_string(), "pem": public.pem() }));
        Ok(())
    }
}

/// A snapshot as it was read.
pub(super) struct Kept {
    /// What it says.
    pub snapshot: Snapshot,
    /// Whoever holds the key that was asked for signed it; false where none was.
    pub verified: bool,
    /// With which key it says that it was signed.
    pub key: Option<PublicKey>,
}

/// Reads a snapshot and checks it with the key that is named, or that the configuration trusts.
pub(super) fn read(globals: &Globals, file: &Path, key: Option<&str>) -> Result<Kept, CommandError> {
    check(file, trusted(globals, key)?)
}

/// Reads a snapshot and checks it with a key, where one is known.
pub(super) fn check(file: &Path, trusted: Option<PublicKey>) -> Result<Kept, CommandError> {
    let name = file.display();
    let found = snapshot::read(&text(file)?).map_err(|error| CommandError::Refused(format!("{name}: {error}")))?;
    if let Some(key) = trusted
        && !found.is_signed_by(&key)
    {
        let by = found.key.map(|key| format!(" (it names {key})")).unwrap_or_default();
        return Err(CommandError::Untrusted(format!(
            "{name} was not signed with the key {key}{by}, or was changed afterwards: believe nothing of it"
        )));
    }
    Ok(Kept { verified: trusted.is_some(), key: found.key, snapshot: found.snapshot })
}

/// The key that must have signed a snapshot, if any is known.
pub(super) fn trusted(globals: &Globals, key: Option<&str>) -> Result<Option<PublicKey>, CommandError> {
    let config = globals.load()?;
    let Some(named) = key.map(str::to_owned).or_else(|| config.snapshot.trusted_key.clone()) else {
        return Ok(own_key(&config)?.map(|key| key.public()));
    };
    let key = match PublicKey::parse(&named) {
        Some(key) => Some(key),
        None => PublicKey::parse(&text(Path::new(&named)).unwrap_or_default()),
    };
    let wrong = || CommandError::Usage(format!("{named} is neither a public key in base64 nor a file with one"));
    key.map(Some).ok_or_else(wrong)
}

/// The owner's key, where a file is named for it.
pub(super) fn own_key(config: &Config) -> Result<Option<SigningKey>, CommandError> {
    let Some(seed) = config.snapshot_seed()? else { return Ok(None) };
    let unusable = || CommandError::Usage("snapshot.key_file holds no key that can be used".to_owned());
    SigningKey::of(seed.expose()).map(Some).ok_or_else(unusable)
}

fn text(file: &Path) -> Result<String, CommandError> {
    let failed = |error| CommandError::io(format!("read {}", file.display()), error);
    let mut text = String::new();
    std::fs::File::open(file).map_err(failed)?.take(MOST + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MOST {
        return Err(CommandError::Refused(format!("{} is larger than any snapshot", file.display())));
    }
    Ok(text)
}
