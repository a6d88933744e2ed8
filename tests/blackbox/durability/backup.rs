//! Backups that are made while people write, what a restored one is worth, and what is never replaced.

use super::CONFIG;
use super::scribe::Scribe;
use crate::support::{DOGWATCH, Server, cluster, fresh_database, variables};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A place to restore into.
struct Place {
    folder: tempfile::TempDir,
    database: Option<Arc<cluster::Database>>,
}

/// How a command ended, and what it said.
struct Said {
    well: bool,
    out: String,
    err: String,
}

impl Place {
    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: fresh_database() }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(DOGWATCH);
        command.args(arguments).arg("--data").arg(self.data()).envs(variables(self.database.as_deref()));
        let done = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { well: done.status.success(), out: text(done.stdout), err: text(done.stderr) }
    }

    fn refuses(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert!(!said.well, "{arguments:?}: {}", said.out);
        said.err
    }

    /// A server over what was restored; `facts` is the folder of the demo it was.
    fn serve(&self, facts: &Path) -> Server {
        std::fs::create_dir_all(self.data()).unwrap();
        std::fs::copy(facts.join("demo.json"), self.data().join("demo.json")).unwrap();
        Server::over(&self.data(), self.database.clone(), CONFIG, &[])
    }
}

/// What is damaged, and how.
type Damage<'d> = (&'d str, &'d dyn Fn(&mut Vec<u8>));

fn backed_up(server: &Server, to: &Path) -> Value {
    serde_json::from_str(&server.command(&["backup", to.to_str().unwrap(), "--json"])).unwrap()
}

fn in_bytes(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_backup_made_while_people_write_holds_all_that_was_acknowledged_before_it() {
    let server = Server::with_demo(CONFIG);
    let people = super::people(&server);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    let enough = AtomicBool::new(false);
    let mut scribes: Vec<Scribe> =
        people.iter().take(4).enumerate().map(|(n, id)| Scribe::new(&server, id, n as u64 + 1, 0)).collect();
    let begun = std::thread::scope(|scope| {
        for scribe in &mut scribes {
            let (enough, address) = (&enough, server.address);
            scope.spawn(move || {
                while !enough.load(Ordering::Relaxed) {
                    assert!(scribe.write(address));
                }
            });
        }
        std::thread::sleep(Duration::from_millis(400));
        let begun = Instant::now();
        let told = backed_up(&server, &file);
        assert!(told["rows"].as_u64().unwrap() > 300, "{told}");
        std::thread::sleep(Duration::from_millis(200));
        enough.store(true, Ordering::Relaxed);
        begun
    });
    assert!(scribes.iter().all(|scribe| scribe.acknowledged() > 0));

    let place = Place::empty();
    let restored = place.run(&["restore", file.to_str().unwrap(), "--json"]);
    assert!(restored.well, "{}", restored.err);
    let document: Value = serde_json::from_str(&restored.out).unwrap();
    assert_eq!((&document["restored"], &document["proven"]), (&true.into(), &true.into()));
    let sound = place.run(&["check"]);
    assert!(sound.well, "{}{}", sound.out, sound.err);
    let second = place.serve(&server.data());
    for scribe in &mut scribes {
        assert_eq!(scribe.sync_status(&server), 207, "on the first, the token counts");
        assert_eq!(scribe.sync_status(&second), 403, "a client that has seen what the backup lacks reads all anew");
        scribe.verify(&second, Some(begun));
    }
    let trail = second.command(&["audit", "--json"]);
    assert!(trail.contains("instance.restored"), "the trail says so");
}

#[test]
fn what_is_there_is_replaced_only_where_that_is_asked_for_and_then_kept() {
    if cluster::wanted() {
        return; // there, an empty database is named instead
    }
    let mut server = Server::with_demo("");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    backed_up(&server, &file);
    let file = file.to_str().unwrap();
    server.command(&["user", "add", "zoe", "--name", "Zoe", "--email", "zoe@example.org", "--time-zone", "UTC"]);
    let restore = |server: &Server, more: &[&str]| {
        let mut command = Command::new(DOGWATCH);
        command.args(["restore", file]).args(more).arg("--data").arg(server.data());
        let done = command.output().unwrap();
        (done.status.success(), String::from_utf8(done.stderr).unwrap())
    };
    assert!(restore(&server, &[]).1.contains("with --replace it is moved aside"));
    assert!(restore(&server, &["--replace"]).1.contains("a server works on"));
    assert!(server.command(&["user", "list"]).contains("Zoe"), "and nothing was done");
    server.signal("TERM");
    assert!(server.wait(Duration::from_secs(20)));
    let (well, said) = restore(&server, &["--replace"]);
    assert!(well, "{said}");
    assert!(!server.command(&["user", "list"]).contains("Zoe"));
    let aside = std::fs::read_dir(server.data()).unwrap().map(|entry| entry.unwrap().path());
    let aside: Vec<_> = aside.filter(|path| path.to_string_lossy().contains(".replaced-")).collect();
    let kept = tempfile::tempdir().unwrap();
    for path in &aside {
        let end = path.to_str().unwrap().rsplit('Z').next().unwrap();
        std::fs::copy(path, kept.path().join(format!("dogwatch.db{end}"))).unwrap();
    }
    let mut list = Command::new(DOGWATCH);
    let listed = list.args(["user", "list", "--data"]).arg(kept.path()).output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("Zoe"), "what was replaced is whole: {aside:?}");
}

#[test]
fn a_backup_that_was_changed_or_cut_is_refused_and_nothing_is_replaced() {
    let server = Server::with_demo("");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    backed_up(&server, &file);
    let whole = std::fs::read(&file).unwrap();
    let place = Place::empty();
    let path = file.to_str().unwrap();
    let damages: [Damage<'_>; 4] = [
        ("the middle", &|bytes| {
            let middle = bytes.len() / 2;
            bytes[middle..middle + 4096].iter_mut().for_each(|byte| *byte ^= 0x5A);
        }),
        ("its first page", &|bytes| bytes[100..2000].fill(0)),
        ("its end", &|bytes| bytes.truncate(bytes.len() * 2 / 3)),
        ("one letter of a text", &|bytes| {
            let at = bytes.windows(6).position(|part| part == b"Okafor").expect("Ada is in it");
            bytes[at] = b'0';
        }),
    ];
    for (what, damage) in damages {
        in_bytes(&file, damage);
        let said = place.refuses(&["restore", path]);
        assert!(said.contains("damaged") || said.contains("is not a database"), "{what}: {said}");
        assert!(!place.data().join("dogwatch.db").exists());
        place.refuses(&["restore", "--check", path]);
        std::fs::write(&file, &whole).unwrap();
    }
    assert!(place.run(&["restore", "--check", path]).well);
    assert!(!place.data().exists(), "looking changes nothing");
}

#[test]
fn a_restore_that_was_interrupted_leaves_no_empty_database_in_its_place() {
    if cluster::wanted() {
        return;
    }
    let place = Place::empty();
    std::fs::create_dir(place.data()).unwrap();
    std::fs::write(place.data().join("dogwatch.db.restoring"), "half").unwrap();
    let said = place.refuses(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("run dogwatch restore again"), "{said}");
    assert!(!place.data().join("dogwatch.db").exists());
    let server = Server::with_demo("");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    backed_up(&server, &file);
    assert!(place.run(&["restore", file.to_str().unwrap()]).well);
    assert!(place.run(&["user", "list"]).out.contains("Ada"));
}

#[test]
fn a_backup_that_is_only_put_in_place_begins_anew_too() {
    if cluster::wanted() {
        return;
    }
    let server = Server::with_demo(CONFIG);
    let scribe = Scribe::new(&server, "ada", 1, 0);
    let place = Place::empty();
    std::fs::create_dir(place.data()).unwrap();
    backed_up(&server, &place.data().join("dogwatch.db"));
    let second = place.serve(&server.data());
    assert_eq!((scribe.sync_status(&server), scribe.sync_status(&second)), (207, 403));
    let target = place.data().join("other.db");
    backed_up(&server, &target);
    let copied = place.folder.path().join("copied.db");
    let said = place.refuses(&["copy", "--from", target.to_str().unwrap(), "--to", copied.to_str().unwrap()]);
    assert!(said.contains("dogwatch restore") && !copied.exists(), "{said}");
}
