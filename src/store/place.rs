//! Where the database file may lie: not on a network file system, whose locks and syncs can't be relied on.

use super::StoreError;
use std::path::Path;

const NETWORK: [&str; 9] = ["nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs"];

/// Refuses a file on a network file system. Knows Linux's table of mounts; elsewhere it lets everything pass.
pub(super) fn refuse_network(file: &Path) -> Result<(), StoreError> {
    let Ok(mounts) = std::fs::read_to_string("/proc/self/mounts") else { return Ok(()) };
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(folder) = folder.canonicalize() else { return Ok(()) };
    match file_system(&mounts, &folder) {
        Some(kind) if NETWORK.contains(&kind) => Err(StoreError::Refused(format!(
            "{} lies on a network file system ({kind}), where a database loses data; name a folder on a local disk",
            folder.display()
        ))),
        _ => Ok(()),
    }
}

/// The type of the file system a folder lies on: that of the longest mount point above it, the last mounted of two.
fn file_system<'m>(mounts: &'m str, folder: &Path) -> Option<&'m str> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let mut fields = line.split(' ').skip(1);
        let (Some(point), Some(kind)) = (fields.next(), fields.next()) else { continue };
        let point = point.replace("\\040", " ");
        if folder.starts_with(&point) && best.is_none_or(|(length, _)| length <= point.len()) {
            best = Some((point.len(), kind));
        }
    }
    best.map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_says_what_a_folder_lies_on() {
        let mounts =
            "overlay / overlay rw 0 0\nbox:/x /srv/shared nfs4 rw 0 0\n/dev/sdb /srv/shared/fast ext4 rw 0 0\n";
        assert_eq!(file_system(mounts, Path::new("/srv/shared/dogwatch")), Some("nfs4"));
        assert_eq!(file_system(mounts, Path::new("/srv/shared/fast/dogwatch")), Some("ext4"));
        assert_eq!(file_system(mounts, Path::new("/srv/sharedness")), Some("overlay"));
    }
}
