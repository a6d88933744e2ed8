//! A certificate that lies in two files: read again when they change, or when somebody asks for it. One that can't be used
//! changes nothing.

use super::{PAUSE, Shown, TURNS_OF_A_DAY, remind};
use crate::certificate::{Certificate, CertificateError};
use crate::time::Instant;
use chrono::Utc;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Where certificate and key lie.
#[derive(Clone)]
pub struct Pair {
    certificate: PathBuf,
    key: PathBuf,
}

impl Pair {
    pub fn new(certificate: &Path, key: &Path) -> Self {
        Self { certificate: certificate.to_owned(), key: key.to_owned() }
    }

    pub fn read(&self) -> Result<Certificate, CertificateError> {
        Certificate::read(&self.certificate, &self.key)
    }

    /// What changes when one of the files does: links are followed, so that a renewal behind one is seen.
    fn state(&self) -> [Option<State>; 2] {
        [&self.certificate, &self.key].map(|path| std::fs::metadata(path).ok().map(|file| State::of(&file)))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct State {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

impl State {
    fn of(file: &Metadata) -> Self {
        Self { inode: file.ino(), bytes: file.len(), modified: (file.mtime(), file.mtime_nsec()) }
    }
}

/// What was there at the last look.
#[derive(Clone)]
struct Seen {
    /// The files whose certificate is shown.
    files: [Option<State>; 2],
    /// What the log says already.
    problem: String,
    turns: u32,
}

/// Takes up a renewed pair within a minute, or at once where somebody asks for it; never ends.
pub async fn keep_fresh(pair: Pair, shown: Arc<Shown>, mut asked: super::Asked) {
    let mut seen = Seen { files: pair.state(), problem: String::new(), turns: 0 };
    loop {
        let told: Option<oneshot::Sender<()>> = tokio::select! {
            () = tokio::time::sleep(PAUSE) => None,
            Some(told) = asked.recv() => Some(told),
        };
        let asked = told.is_some();
        let (pair, shown, mut before) = (pair.clone(), Arc::clone(&shown), seen.clone());
        let looked = tokio::task::spawn_blocking(move || {
            look(&pair, &shown, &mut before, asked);
            before
        });
        match looked.await {
            Ok(after) => seen = after,
            Err(error) => tracing::error!(%error, "the certificate was not looked at"),
        }
        if let Some(told) = told {
            // Who asked may have gone.
            let _ = told.send(());
        }
    }
}

/// Reads the pair again where its files have changed, or somebody asks for it, and once a day for the reminder.
fn look(pair: &Pair, shown: &Shown, seen: &mut Seen, asked: bool) {
    seen.turns = seen.turns.wrapping_add(1);
    let files = pair.state();
    let changed = files != seen.files;
    if !changed && !asked && !seen.turns.is_multiple_of(TURNS_OF_A_DAY) {
        return;
    }
    match pair.read() {
        Ok(read) => {
            if changed || asked {
                tracing::info!(until = %read.until(), "certificate read again");
            }
            remind(&read, Instant::from(Utc::now()));
            shown.set(&read);
            (seen.files, seen.problem) = (files, String::new());
        }
        // Perhaps one of the files is yet to be written: `seen.files` stays, so that the next turn tries again.
        Err(error) => {
            let problem = error.to_string();
            if asked || problem != seen.problem {
                tracing::error!(%error, "the certificate can't be used; the one before is kept");
            }
            seen.problem = problem;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::copy;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls").join(name)
    }

    fn first(shown: &Shown) -> Vec<u8> {
        shown.key().unwrap().cert[0].to_vec()
    }

    #[test]
    fn a_renewed_pair_is_taken_up_and_half_of_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
        copy(fixture("server.pem"), &certificate).unwrap();
        copy(fixture("server.key"), &key).unwrap();
        let pair = Pair::new(&certificate, &key);
        let shown = Shown::default();
        shown.set(&pair.read().unwrap());
        let mut seen = Seen { files: pair.state(), problem: String::new(), turns: 0 };
        let old = first(&shown);
        copy(fixture("renewed.pem"), &certificate).unwrap();
        look(&pair, &shown, &mut seen, false);
        assert_eq!(first(&shown), old);
        assert!(seen.problem.contains("is not the one of the certificate"), "{}", seen.problem);
        copy(fixture("renewed.key"), &key).unwrap();
        look(&pair, &shown, &mut seen, false);
        assert_ne!(first(&shown), old);
        assert!(seen.problem.is_empty());
        std::fs::remove_file(&key).unwrap();
        let renewed = first(&shown);
        look(&pair, &shown, &mut seen, true);
        assert_eq!(first(&shown), renewed);
    }
}
