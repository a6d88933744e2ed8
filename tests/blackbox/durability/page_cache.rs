//! The power goes, and with it whatever the kernel had not written yet. What the server asks of the system is recorded by
//! strace, and for moments on the way the files are put together as a disk would hold them: what was synced, and of what
//! was not, nothing, all, or some of it with the last write torn. In each such state every answer that had gone out by
//! then must be true.

use super::scribe::Dice;
use super::{CONFIG, event};
use crate::support::{DOGWATCH, Server, cluster, copy_demo, times};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The files that matter: SQLite makes its shared memory anew.
const FILES: [&str; 2] = ["dogwatch.db", "dogwatch.db-wal"];
/// Bytes of an event: twenty of them fill the log, so that it is taken into the database under way.
const LARGE: usize = 200_000;

/// What the server did.
#[derive(Debug)]
enum Deed {
    Write {
        file: String,
        at: usize,
        bytes: Vec<u8>,
    },
    Cut {
        file: String,
        length: usize,
    },
    Remove {
        file: String,
    },
    /// All that was written to the file before is on disk.
    Synced {
        file: String,
    },
    /// An answer went out that acknowledges the text of this tag.
    Told {
        etag: String,
    },
}

/// strace, attached to a server; it ends with it.
struct Recorder {
    child: Child,
    to: PathBuf,
}

impl Recorder {
    fn attach(server: &Server, to: &Path) -> Self {
        let calls = "trace=pwrite64,write,writev,sendto,sendmsg,fdatasync,fsync,ftruncate,unlink,unlinkat";
        let mut strace = Command::new("strace");
        strace.args(["-f", "-y", "-xx", "-s", "1048576", "-e", calls, "-o"]).arg(to);
        strace.args(["-p", &server.process().to_string()]).stderr(Stdio::piped());
        let mut child = strace.spawn().expect("strace is installed (Debian: apt-get install strace)");
        let mut said = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
        let mut heard = Vec::new();
        let attached = loop {
            match said.next() {
                Some(line) if line.contains(" attached") => break true,
                Some(line) => heard.push(line),
                None => break false,
            }
        };
        assert!(attached, "strace may not look at other processes here: {heard:?}");
        // What it says later must not fill the pipe.
        std::thread::spawn(move || said.for_each(drop));
        Self { child, to: to.to_owned() }
    }

    fn deeds(mut self) -> Vec<Deed> {
        self.child.wait().expect("strace ends with the server");
        let text = fs::read(&self.to).expect("what was recorded");
        let mut reader = Reader::default();
        text.split(|byte| *byte == b'\n').for_each(|line| reader.read(&String::from_utf8_lossy(line)));
        reader.deeds
    }
}

/// Reads what strace writes: a line for each call, or two where another thread's came between.
#[derive(Default)]
struct Reader {
    deeds: Vec<Deed>,
    /// Syncs that have begun, by thread: what was written since is not in them.
    syncing: BTreeMap<String, (String, usize)>,
}

impl Reader {
    fn read(&mut self, line: &str) {
        let Some((thread, call)) = line.split_once(' ') else { return };
        let call = call.trim_start();
        if let Some(rest) = call.strip_prefix("<... ") {
            if rest.starts_with("fdatasync resumed") || rest.starts_with("fsync resumed") {
                self.end_sync(thread, rest);
            }
            return;
        }
        let Some((name, whole)) = call.split_once('(') else { return };
        let arguments = whole.split(" <unfinished").next().unwrap_or(whole);
        let file = first_path(arguments).filter(|path| FILES.iter().any(|file| path.ends_with(&format!("/{file}"))));
        let file = file.and_then(|path| path.rsplit('/').next().map(str::to_owned));
        match (name, file) {
            ("pwrite64", Some(file)) => {
                let bytes = strings(arguments).into_iter().nth(1).expect("what is written");
                let numbers = numbers(arguments);
                assert_eq!(numbers.first(), Some(&bytes.len()), "strace shortened a write");
                self.deeds.push(Deed::Write { file, at: numbers[1], bytes });
            }
            ("ftruncate", Some(file)) => self.deeds.push(Deed::Cut { file, length: numbers(arguments)[0] }),
            ("unlink" | "unlinkat", Some(file)) => self.deeds.push(Deed::Remove { file }),
            ("fdatasync" | "fsync", Some(file)) => {
                self.syncing.insert(thread.to_owned(), (file, self.deeds.len()));
                if whole == arguments {
                    self.end_sync(thread, whole);
                }
            }
            ("write" | "writev" | "sendto" | "sendmsg", None) => {
                let sent = strings(arguments).concat();
                let sent = String::from_utf8_lossy(&sent).to_ascii_lowercase();
                let etag = sent.split("http/1.1 201").nth(1).and_then(|rest| rest.split("etag: ").nth(1));
                if let Some(etag) = etag.and_then(|rest| rest.split("\r\n").next()) {
                    self.deeds.push(Deed::Told { etag: etag.to_owned() });
                }
            }
            _ => {}
        }
    }

    fn end_sync(&mut self, thread: &str, rest: &str) {
        let Some((file, begun)) = self.syncing.remove(thread) else { return };
        assert!(rest.contains("= 0"), "a sync failed: {rest}");
        let since =
            self.deeds[begun..].iter().any(|deed| matches!(deed, Deed::Write { file: other, .. } if *other == file));
        assert!(!since, "somebody wrote to {file} while it was synced");
        self.deeds.push(Deed::Synced { file });
    }
}

/// The strings of a call, in `\x` digits: names of open files in angle brackets, and texts in quotes.
fn strings(arguments: &str) -> Vec<Vec<u8>> {
    let parts = arguments.split(['<', '>', '"']);
    parts.filter(|part| part.starts_with("\\x")).map(digits).collect()
}

fn digits(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).filter_map(|pair| u8::from_str_radix(pair.get(..2)?, 16).ok()).collect()
}

fn first_path(arguments: &str) -> Option<String> {
    strings(arguments).into_iter().next().and_then(|bytes| String::from_utf8(bytes).ok())
}

/// The plain numbers of a call behind its strings.
fn numbers(arguments: &str) -> Vec<usize> {
    let tail = arguments.rsplit(['"', '>']).next().unwrap_or_default();
    let tail = tail.split([')', '<']).next().unwrap_or_default();
    tail.split(',').filter_map(|word| word.trim().parse().ok()).collect()
}

/// A file as the disk holds it, and what the kernel alone knows of it.
#[derive(Clone, Default)]
struct Kept {
    synced: Vec<u8>,
    pending: Vec<(usize, Option<Vec<u8>>)>,
}

impl Kept {
    /// What a disk may hold after the power went: of the writes that were not synced those that `keep` says.
    fn after_power_loss(&self, mut keep: impl FnMut(usize) -> Part) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for (number, (at, written)) in self.pending.iter().enumerate() {
            match (keep(number), written) {
                (Part::None, _) => {}
                (_, None) => bytes.resize(*at, 0),
                (Part::All, Some(written)) => lay(&mut bytes, *at, written),
                (Part::Half, Some(written)) => lay(&mut bytes, *at, &written[..written.len() / 2]),
            }
        }
        bytes
    }
}

/// How much of a write reached the disk.
enum Part {
    None,
    Half,
    All,
}

fn lay(bytes: &mut Vec<u8>, at: usize, written: &[u8]) {
    if bytes.len() < at + written.len() {
        bytes.resize(at + written.len(), 0);
    }
    bytes[at..at + written.len()].copy_from_slice(written);
}

/// What a power cut at each moment would leave, looked at one after the other.
struct Replay {
    files: BTreeMap<String, Kept>,
    told: BTreeSet<String>,
    dice: Dice,
    place: tempfile::TempDir,
    /// States that were looked at.
    states: usize,
}

impl Replay {
    /// The first state in which something that was told is not there.
    fn run(&mut self, deeds: Vec<Deed>, every: usize) -> Result<(), String> {
        let mut moments = 0;
        for deed in deeds {
            let looked_at = matches!(&deed, Deed::Told { .. })
                || matches!(&deed, Deed::Synced { file } | Deed::Cut { file, .. } if file == "dogwatch.db");
            match deed {
                Deed::Write { file, at, bytes } => self.file(file).pending.push((at, Some(bytes))),
                Deed::Cut { file, length } => self.file(file).pending.push((length, None)),
                Deed::Synced { file } => {
                    let kept = self.file(file);
                    kept.synced = kept.after_power_loss(|_| Part::All);
                    kept.pending.clear();
                }
                Deed::Remove { file } => *self.file(file) = Kept::default(),
                Deed::Told { etag } => {
                    self.told.insert(etag);
                }
            }
            moments += usize::from(looked_at);
            if looked_at && moments.is_multiple_of(every) {
                self.look()?;
            }
        }
        Ok(())
    }

    fn file(&mut self, file: String) -> &mut Kept {
        self.files.entry(file).or_default()
    }

    /// Four disks that may be left by a power cut at this moment.
    fn look(&mut self) -> Result<(), String> {
        for kind in 0..4 {
            for name in FILES {
                let kept = self.files.get(name).cloned().unwrap_or_default();
                let last = kept.pending.len().saturating_sub(1);
                let dice = &mut self.dice;
                let bytes = kept.after_power_loss(|number| {
                    let reached = match kind {
                        0 => false,
                        3 => dice.below(2) == 1,
                        _ => true,
                    };
                    match (reached, kind == 2 && number == last) {
                        (false, _) => Part::None,
                        (true, true) => Part::Half,
                        (true, false) => Part::All,
                    }
                });
                fs::write(self.place.path().join(name), bytes).expect("a state is written");
            }
            let _ = fs::remove_file(self.place.path().join("dogwatch.db-shm"));
            self.states += 1;
            let missing = self.missing()?;
            if !missing.is_empty() {
                return Err(format!("{} of {} acknowledged texts are lost", missing.len(), self.told.len()));
            }
        }
        Ok(())
    }

    fn missing(&self) -> Result<Vec<String>, String> {
        let file = rusqlite::Connection::open(self.place.path().join("dogwatch.db")).map_err(|e| e.to_string())?;
        let sound: String = file.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|e| e.to_string())?;
        if sound != "ok" {
            return Err(format!("the database is damaged: {sound}"));
        }
        let mut query = file.prepare("SELECT etag FROM object").map_err(|e| e.to_string())?;
        let there = query.query_map([], |row| row.get::<_, String>(0)).map_err(|e| e.to_string())?;
        let there: BTreeSet<String> = there.map_while(Result::ok).collect();
        Ok(self.told.difference(&there).cloned().collect())
    }
}

/// Records a server that stores events for two people at once, and looks at what power cuts would leave.
fn replay(synchronous: &'static str) -> (Result<(), String>, Replay) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    copy_demo(&data);
    let mut server = Server::over(&data, None, CONFIG, &[("DOGWATCH_TEST_SYNCHRONOUS", synchronous.to_owned())]);
    let recorder = Recorder::attach(&server, &folder.path().join("recorded"));
    let read = |name: &str| fs::read(data.join(name)).unwrap_or_default();
    let files = FILES.map(|name| (name.to_owned(), Kept { synced: read(name), pending: Vec::new() }));
    let rounds = times(12, 120);
    std::thread::scope(|scope| {
        for person in ["ada", "ben"] {
            let (server, basic) = (&server, server.basic(person));
            scope.spawn(move || {
                for n in 0..rounds {
                    let headers = [("Authorization", basic.as_str()), ("Content-Type", "text/calendar")];
                    let path = format!("/dav/calendars/{person}/availability/{person}-{n}.ics");
                    let size = if n.is_multiple_of(2) { LARGE } else { 300 };
                    server.send("PUT", &path, &headers, &event(&format!("{person}-{n}"), size)).expect(201);
                }
            });
        }
    });
    server.kill();
    let deeds = recorder.deeds();
    let told = deeds.iter().filter(|deed| matches!(deed, Deed::Told { .. })).count();
    assert_eq!(told, 2 * rounds, "every answer was seen");
    let checkpoint = |deed: &Deed| matches!(deed, Deed::Synced { file } if file == "dogwatch.db");
    assert!(deeds.iter().any(checkpoint), "the log was taken into the database on the way");
    let mut replay = Replay {
        files: files.into(),
        told: BTreeSet::new(),
        dice: Dice::new(7),
        place: tempfile::tempdir().unwrap(),
        states: 0,
    };
    let outcome = replay.run(deeds, times(2, 1));
    (outcome, replay)
}

#[test]
fn checklist_38_what_was_acknowledged_outlives_the_loss_of_the_page_cache() {
    if cluster::wanted() {
        return; // whose disk that is, is PostgreSQL's to look after
    }
    let (outcome, replay) = replay("FULL");
    assert_eq!(outcome, Ok(()));
    println!("{} states, {} acknowledged", replay.states, replay.told.len());
    // The last of them as Dogwatch itself finds it.
    let mut check = Command::new(DOGWATCH);
    let check =
        check.args(["check", "--data"]).arg(replay.place.path()).env_remove("DOGWATCH_DATABASE").output().unwrap();
    assert!(
        check.status.success(),
        "{}{}",
        String::from_utf8_lossy(&check.stdout),
        String::from_utf8_lossy(&check.stderr)
    );
}

#[test]
fn checklist_38_commits_that_are_not_synced_would_be_seen_to_be_lost() {
    if cluster::wanted() {
        return;
    }
    let lost = replay("NORMAL").0.expect_err("nothing was synced, and nothing seen to be lost");
    assert!(lost.contains("are lost"), "{lost}");
}
