//! Secrets in memory, and the one file with a secret that the server itself makes.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Something that must not be printed: no `Debug`, no `Display`, no serialization.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Takes charge of it.
    pub const fn new(inner: T) -> Self {
        Self(inner)
    }

    /// The secret itself; name the reason where you call this.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

/// The key that signs links inside events; without it, every link is refused.
pub type LinkKey = Secret<[u8; 32]>;

/// Reads the key that signs links; the first 32 bytes count. Where the file doesn't exist and may be made, a random one
/// is written with mode 0600.
pub fn link_key(path: &Path, may_make: bool) -> std::io::Result<LinkKey> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let key = bytes.first_chunk::<32>().copied();
            let short = || std::io::Error::new(ErrorKind::InvalidData, "a link key has at least 32 bytes");
            key.map(Secret::new).ok_or_else(short)
        }
        Err(error) if error.kind() == ErrorKind::NotFound && may_make => make(path),
        Err(error) => Err(error),
    }
}

/// Two programs that start at once must not end with two keys: the file appears whole, and the first one wins.
fn make(path: &Path) -> std::io::Result<LinkKey> {
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key).map_err(std::io::Error::other)?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let draft = Path::new(&name);
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(draft)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(draft, path);
    std::fs::remove_file(draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => link_key(path, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("link.key");
        assert!(link_key(&path, false).is_err());
        let first = link_key(&path, true).unwrap();
        assert!(first == link_key(&path, true).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_short_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("link.key");
        std::fs::write(&path, "short").unwrap();
        assert!(link_key(&path, true).is_err());
    }
}
