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

/// Reads a password: all of the file but the line end after it.
pub(super) fn password(path: &Path) -> Result<Secret<String>> {
    const MOST: u64 = 4096;
    let wrong = |what| Error::new(ErrorKind::InvalidData, what);
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(wrong("a password has at most 4096 bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("a password is UTF-8 text"))?;
    let password = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() || password.contains(['\n', '\0']) {
        return Err(wrong("a password is one line that is not empty"));
    }
    Ok(Secret::new(password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            password(&path).map(|password| password.expose().clone()).ok()
        };
        assert_eq!(read("hunter2\n").as_deref(), Some("hunter2"));
        assert_eq!(read(" blanks count ").as_deref(), Some(" blanks count "));
        for wrong in ["", "\n", "two\nlines\n", &"x".repeat(5000)] {
            assert_eq!(read(wrong), None);
        }
    }

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
