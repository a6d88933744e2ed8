//! Secrets in memory, and the file that one may be read from.

use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

/// Something that must not be printed: no `Debug`, no `Display`, no serialization.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Takes charge of it.
    pub const fn new(inner: T) -> Self {
        Self(inner)
    }

    /// The secret itself; only where it is used.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

/// The key that signs links inside events.
pub type LinkKey = Secret<[u8; 32]>;

/// Reads the key that signs links; the first 32 bytes count.
pub(super) fn link_key(path: &Path) -> Result<LinkKey> {
    let mut bytes = Vec::new();
    // A key may be read from a device that never ends.
    std::fs::File::open(path)?.take(32).read_to_end(&mut bytes)?;
    let key = bytes.first_chunk::<32>().copied();
    key.map(Secret::new).ok_or_else(|| Error::new(ErrorKind::InvalidData, "a link key has at least 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("link.key");
        std::fs::write(&path, "short").unwrap();
        assert!(link_key(&path).is_err());
        std::fs::write(&path, [7; 40]).unwrap();
        assert!(link_key(&path).unwrap() == Secret::new([7; 32]));
    }
}
