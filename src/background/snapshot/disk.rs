//! Files that are replaced as a whole: whoever reads one finds the former or the new text, also after a power failure.

use std::fs::{DirBuilder, File, Permissions};
use std::io::{Result, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

/// Makes a folder with these rights where there is none.
pub fn make(folder: &Path, mode: u32) -> Result<()> {
    DirBuilder::new().recursive(true).mode(mode).create(folder)
}

/// Writes a file beside the old one, has it on disk, and puts it in the old one's place.
pub fn replace(folder: &Path, name: &str, text: &str, mode: u32) -> Result<()> {
    let mut builder = tempfile::Builder::new();
    let mut file = builder.prefix(".").suffix(".new").permissions(Permissions::from_mode(mode)).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    // The new name is on disk only when the folder is.
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn whoever_reads_finds_one_text_or_the_other_and_nothing_is_left_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let texts = ["a".repeat(1 << 18), "b".repeat(1 << 17)];
        replace(place.path(), "file", &texts[0], 0o600).unwrap();
        let done = AtomicBool::new(false);
        let looks = std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut looks = 0;
                while !done.load(Ordering::Relaxed) {
                    let found = std::fs::read_to_string(place.path().join("file")).unwrap();
                    assert!(texts.contains(&found), "{} bytes", found.len());
                    looks += 1;
                }
                looks
            });
            for turn in 0..30 {
                replace(place.path(), "file", &texts[turn % 2], 0o600).unwrap();
            }
            done.store(true, Ordering::Relaxed);
            reader.join().unwrap()
        });
        assert!(looks > 0);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_has_the_rights_it_was_given_also_where_another_was_there() {
        let place = tempfile::tempdir().unwrap();
        let rights = || std::fs::metadata(place.path().join("file")).unwrap().permissions().mode() & 0o777;
        replace(place.path(), "file", "one", 0o600).unwrap();
        assert_eq!(rights(), 0o600);
        replace(place.path(), "file", "two", 0o640).unwrap();
        assert_eq!(rights() & 0o700, 0o600);
    }

    #[test]
    fn where_it_can_not_be_written_the_former_text_stays() {
        let place = tempfile::tempdir().unwrap();
        replace(place.path(), "file", "one", 0o600).unwrap();
        assert!(replace(&place.path().join("nowhere"), "file", "two", 0o600).is_err());
        std::fs::create_dir(place.path().join("folder")).unwrap();
        std::fs::write(place.path().join("folder/x"), "x").unwrap();
        assert!(replace(place.path(), "folder", "two", 0o600).is_err());
        assert_eq!(std::fs::read_to_string(place.path().join("file")).unwrap(), "one");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2, "nothing half written is left");
    }
}
