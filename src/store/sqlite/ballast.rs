//! A file of eight mebibytes beside the database that holds nothing. Where the disk is full it is given up, so that what is
//! under way can still be stored and whoever looks after the machine has a while; it is made again when there is room.

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Bytes of it. As much must be free beside it.
const SIZE: u64 = 8 << 20;

/// Makes it where it is missing and there is room; whether it is there.
pub(super) fn keep(database: &Path) -> bool {
    let file = place(database);
    if std::fs::metadata(&file).is_ok_and(|known| known.len() == SIZE) {
        return true;
    }
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let free = statvfs(folder).map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    if free < 2 * SIZE {
        return false;
    }
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file);
    let made = made.and_then(|made: File| Ok(fallocate(&made, FallocateFlags::empty(), 0, SIZE)?));
    if let Err(error) = made {
        // Not every file system can set room aside.
        tracing::debug!(%error, "no ballast is kept beside the database");
        give_up(database);
    }
    true
}

/// Removes it; whether it was there.
pub(super) fn give_up(database: &Path) -> bool {
    std::fs::remove_file(place(database)).is_ok()
}

fn place(database: &Path) -> PathBuf {
    let mut file = database.as_os_str().to_owned();
    file.push("-ballast");
    PathBuf::from(file)
}
