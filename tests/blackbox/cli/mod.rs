//! The command line as an operator types it, beside a running server and without one.

mod audit;
mod bench_solve;
mod config;
mod copy;
mod database_tls;
mod demo;
mod import;
mod import_roster;
mod people;
mod reports;
mod roster;
mod teams;

use crate::support::cluster::{self, Database};
use crate::support::{DOGWATCH, Server, copy_demo, execute, fresh_database, variables};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, OnceLock};

/// A data folder, perhaps with a server over it.
pub struct Place {
    folder: tempfile::TempDir,
    database: OnceLock<Option<Arc<Database>>>,
    /// The server, where one runs.
    pub server: Option<Server>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Done {
    /// Its exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Place {
    /// A folder in which nothing is yet.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: OnceLock::new(), server: None }
    }

    /// An empty folder with a server over it.
    pub fn served() -> Self {
        Self { server: Some(Server::start()), ..Self::empty() }
    }

    /// The demo organisation without a server.
    pub fn demo() -> Self {
        let place = Self::empty();
        let database = copy_demo(&place.data());
        Self { database: OnceLock::from(database), ..place }
    }

    /// The demo organisation, served.
    pub fn served_demo() -> Self {
        Self { server: Some(Server::with_demo("")), ..Self::empty() }
    }

    /// Once without and once with a server: what holds for the one holds for the other.
    pub fn both() -> [Self; 2] {
        [Self::empty(), Self::served()]
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.server.as_ref().map_or_else(|| self.folder.path().join("data"), Server::data)
    }

    /// Its database of the tests' PostgreSQL, where they run on that.
    fn database(&self) -> Option<Arc<Database>> {
        match &self.server {
            Some(server) => server.database(),
            None => self.database.get_or_init(fresh_database).clone(),
        }
    }

    /// What tells a command which database to work on.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        variables(self.database().as_deref())
    }

    /// Runs a statement behind Dogwatch's back.
    pub fn execute(&self, sql: &str) {
        execute(&self.data(), self.database().as_deref(), sql);
    }

    /// A file beside the data.
    pub fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// `dogwatch ARGUMENTS --data …`, words separated by blanks.
    pub fn run(&self, line: &str) -> Done {
        self.run_words(&line.split(' ').collect::<Vec<_>>())
    }

    /// The same for arguments with blanks in them.
    pub fn run_words(&self, words: &[&str]) -> Done {
        let data = self.data();
        let told = self.variables();
        let told: Vec<_> = told.iter().map(|(name, value)| (*name, value.as_str())).collect();
        run(&[words, &["--data", data.to_str().unwrap()]].concat(), &told)
    }

    /// The standard output of a command that ends well.
    pub fn says(&self, line: &str) -> String {
        self.run(line).well()
    }

    /// The document of a command that ends well, with `--json`.
    pub fn json(&self, line: &str) -> Value {
        let said = self.says(&format!("{line} --json"));
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("{line}: {said}"))
    }

    /// The standard error of a command that fails with this code, and says nothing else.
    pub fn refuses(&self, code: i32, line: &str) -> String {
        let done = self.run(line);
        assert_eq!((done.code, done.out.as_str()), (Some(code), ""), "{line}: {done:?}");
        done.err
    }

    /// Adds Ada and Ben, and the team Payments with both.
    pub fn payments(&self) {
        for (id, name) in [("ada", "Ada Okafor"), ("ben", "Ben Hale")] {
            let email = format!("{id}@example.org");
            self.run_words(&["user", "add", id, "--name", name, "--email", &email, "--time-zone", "Europe/London"])
                .well();
        }
        self.says("team add payments --name Payments --email payments@oncall.example.org --time-zone Europe/London");
        self.says("team member add payments ada --manager");
        self.says("team member add payments ben");
    }
}

impl Done {
    /// Its standard output, where it ended well.
    pub fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }
}

/// `dogwatch ARGUMENTS` with these environment variables and no others of ours.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Done {
    let mut command = Command::new(DOGWATCH);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DOGWATCH_")) {
        command.env_remove(name);
    }
    let done = command.args(arguments).envs(variables.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: done.status.code(), out: text(done.stdout), err: text(done.stderr) }
}

#[test]
fn what_is_typed_wrongly_ends_with_two_and_says_how_to_type_it() {
    let place = Place::empty();
    for line in [
        "usr list",
        "user add",
        "whois payments --at noon",
        "roster plan payments --from 2027-01-01",
        "roster plan payments --from 1.1.2027 --to 2027-02-01",
        "token add --scope all --label x",
        "team pattern add payments --start 2027-01-01T09:00",
        "audit --since yesterday",
        "audit --limit 0",
    ] {
        let said = place.refuses(2, line);
        assert!(said.contains("--help") || said.contains("Usage"), "{line}: {said}");
    }
    assert!(!place.data().exists(), "and nothing was made");
}

#[test]
fn a_reading_command_makes_no_database_where_there_is_none() {
    let place = Place::empty();
    for line in ["user list", "team list", "whois payments", "audit", "audit verify", "token list"] {
        let said = place.refuses(1, line);
        let wanted = if cluster::wanted() { "holds nothing of Dogwatch's yet" } else { "there is no database at" };
        assert!(said.contains(wanted) && (cluster::wanted() || said.contains("--data")), "{line}: {said}");
    }
    assert!(!place.data().exists());
}

#[test]
fn a_failure_is_a_document_too_where_documents_are_asked_for() {
    let place = Place::demo();
    let done = place.run("whois nobody --json");
    assert_eq!(done.code, Some(1));
    let error: Value = serde_json::from_str(&done.err).unwrap();
    assert_eq!(error["error"], "team nobody not found; dogwatch team list shows the teams");
}

#[test]
fn the_database_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::empty();
    std::fs::create_dir(place.data()).unwrap();
    place.says("team add payments --name Payments --email p@example.org --time-zone UTC");
    for entry in std::fs::read_dir(place.data()).unwrap().map_while(Result::ok) {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
    }
}
