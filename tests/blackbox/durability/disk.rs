//! A disk that is full, that can only be read, or that has changed bytes behind everybody's back.

use super::{CONFIG, event, people};
use crate::support::{DOGWATCH, Server, cluster, copy_demo};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A small file system in memory; unmounted when dropped.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// Nothing where this process may mount none.
    fn of(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={bytes}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|done| done.status.success());
        if !mounted {
            println!("left out: only root may mount a small disk");
        }
        mounted.then_some(Self { folder })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Takes all the room that is left but for `spare` bytes.
    fn fill(&self, spare: usize) -> PathBuf {
        let ballast = self.folder.path().join("ballast");
        let mut size = 0;
        let page = vec![0_u8; 4096];
        let mut file = fs::File::create(&ballast).unwrap();
        while std::io::Write::write_all(&mut file, &page).is_ok() {
            size += page.len();
        }
        file.set_len(size.saturating_sub(spare) as u64).unwrap();
        ballast
    }

    fn remount(&self, mode: &str) {
        let mut mount = Command::new("mount");
        let done = mount.args(["-o", &format!("remount,{mode}")]).arg(self.folder.path()).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

fn put(server: &Server, person: &str, uid: &str, bytes: usize) -> u16 {
    let basic = server.basic(person);
    let headers = [("Authorization", basic.as_str()), ("Content-Type", "text/calendar")];
    let path = format!("/dav/calendars/{person}/availability/{uid}.ics");
    server.send("PUT", &path, &headers, &event(uid, bytes)).status
}

fn get(server: &Server, person: &str, uid: &str) -> u16 {
    let basic = server.basic(person);
    let path = format!("/dav/calendars/{person}/availability/{uid}.ics");
    server.send("GET", &path, &[("Authorization", basic.as_str())], "").status
}

fn on_call(server: &Server) -> u16 {
    server.api("GET", "/teams/payments/on-call", &Value::Null).status
}

#[test]
fn checklist_39_a_full_disk_refuses_writes_tells_so_reads_on_and_recovers_by_itself() {
    if cluster::wanted() {
        return; // whose disk that is, is PostgreSQL's to look after
    }
    let Some(disk) = Disk::of(64 << 20) else { return };
    copy_demo(&disk.data());
    let server = Server::over(&disk.data(), None, CONFIG, &[]);
    assert_eq!(put(&server, "ada", "before", 0), 201);
    let ballast = disk.fill(256 << 10);
    let mut stored = vec!["before".to_owned()];
    let lies = disk.data().join("dogwatch.db-ballast");
    assert_eq!(fs::metadata(&lies).unwrap().len(), 8 << 20);
    let refused = (0..300).find_map(|n| {
        let uid = format!("n{n}");
        match put(&server, "ada", &uid, 100_000) {
            201 => {
                stored.push(uid);
                None
            }
            status => Some(status),
        }
    });
    assert_eq!(refused, Some(507), "after {} events", stored.len());
    assert!(!lies.exists() && stored.len() > 10, "the ballast was given up, and made room for more: {}", stored.len());
    for uid in &stored {
        assert_eq!(get(&server, "ada", uid), 200, "{uid}");
    }
    assert_eq!(on_call(&server), 200);
    let ready = server.get("/readyz").expect(503);
    assert!(ready.text().contains("the disk is full"), "{}", ready.text());
    assert_eq!(server.get("/healthz").status, 200);
    // Not a byte is left now.
    disk.fill(0);
    server.get("/readyz").expect(503);
    assert_eq!((on_call(&server), get(&server, "ada", "before")), (200, 200));
    fs::remove_file(&ballast).unwrap();
    assert_eq!(put(&server, "ada", "after", 50_000), 201, "without a start");
    server.get("/readyz").expect(200);
    assert!(lies.exists(), "there is room for it again");
    assert!(server.command(&["check"]).starts_with("All is well"));
}

/// What `dogwatch serve` says over a folder on which it must not start.
fn refusal(data: &Path) -> String {
    let mut serve = Command::new(DOGWATCH);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).env_remove("DOGWATCH_DATABASE");
    let mut child = serve.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let ended = crate::support::ended_within(&mut child, Duration::from_secs(60));
    if ended.is_none() {
        child.kill().unwrap();
    }
    let done = child.wait_with_output().unwrap();
    assert!(ended.is_some_and(|status| !status.success()), "it serves");
    String::from_utf8(done.stderr).unwrap()
}

#[test]
fn checklist_39_on_a_disk_that_can_only_be_read_it_shows_everything_says_so_and_stores_nothing() {
    if cluster::wanted() {
        return;
    }
    let Some(disk) = Disk::of(64 << 20) else { return };
    copy_demo(&disk.data());
    let mut before = Server::over(&disk.data(), None, CONFIG, &[]);
    assert_eq!(put(&before, "ada", "before", 0), 201);
    // What was stored last is in the log beside the database, as after a disk that failed.
    before.kill();
    disk.remount("ro");
    let mut server = Server::over(&disk.data(), None, CONFIG, &[]);
    assert_eq!((get(&server, "ada", "before"), on_call(&server)), (200, 200));
    assert_eq!(put(&server, "ada", "meanwhile", 0), 503);
    assert_eq!(get(&server, "ada", "meanwhile"), 404);
    let ready = server.get("/readyz").expect(503).text();
    assert!(ready.contains("can only be read"), "{ready}");
    assert!(server.get("/teams/payments").expect(200).text().contains("can only be read"), "a page says so");
    assert!(server.log().contains("the database can only be read"), "{}", server.log());
    server.signal("TERM");
    assert!(server.wait(Duration::from_secs(20)));
    disk.remount("rw");
    let server = Server::over(&disk.data(), None, CONFIG, &[]);
    assert_eq!(put(&server, "ada", "after", 0), 201);
    assert_eq!(get(&server, "ada", "before"), 200);
}

/// What is damaged, and how.
type Damage<'d> = (&'d str, &'d dyn Fn(&mut Vec<u8>));

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    copy_demo(&data);
    (folder, data)
}

#[test]
fn checklist_39_a_damaged_database_is_refused_at_the_start_with_what_to_do() {
    if cluster::wanted() {
        return;
    }
    let (_folder, data) = folder();
    let file = data.join("dogwatch.db");
    let whole = fs::read(&file).unwrap();
    let damages: [Damage<'_>; 4] = [
        ("the first page", &|bytes| bytes[16..1000].fill(0xA5)),
        ("the tree of the first page", &|bytes| bytes[100..4000].fill(0)),
        ("pages in the middle", &|bytes| {
            let middle = bytes.len() / 2 / 4096 * 4096;
            bytes[middle..middle + 8 * 4096].fill(0x5A);
        }),
        ("its end", &|bytes| bytes.truncate(bytes.len() / 2 / 4096 * 4096)),
    ];
    for (what, damage) in damages {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(&file, bytes).unwrap();
        let said = refusal(&data);
        assert!(said.contains("dogwatch restore"), "{what}: {said}");
        for name in ["dogwatch.db-wal", "dogwatch.db-shm"] {
            let _ = fs::remove_file(data.join(name));
        }
    }
    fs::write(&file, whole).unwrap();
    let server = Server::over(&data, None, CONFIG, &[]);
    assert_eq!(people(&server).len(), 16);
}

#[test]
fn checklist_39_of_a_damaged_log_what_was_whole_before_the_damage_is_there() {
    if cluster::wanted() {
        return;
    }
    let mut server = Server::with_demo(CONFIG);
    for n in 0..6 {
        assert_eq!(put(&server, "ada", &format!("n{n}"), 3000), 201);
    }
    server.kill();
    let log = server.data().join("dogwatch.db-wal");
    let mut bytes = fs::read(&log).unwrap();
    // The last frames: a page and its header each.
    let at = bytes.len() - 2 * 4120;
    bytes[at..].iter_mut().for_each(|byte| *byte ^= 0x5A);
    fs::write(&log, bytes).unwrap();
    server.start_again();
    assert_eq!(get(&server, "ada", "n0"), 200);
    assert!(server.command(&["check"]).starts_with("All is well"), "no half of a change is there");
}
