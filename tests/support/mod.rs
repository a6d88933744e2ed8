//! A real `dogwatch` process to talk to, and a client so plain that it can also say what no proper client says.
#![allow(dead_code)] // each test binary uses its own part

mod client;
#[path = "postgres.rs"]
pub mod cluster;
mod heard;
pub mod hostile;
pub mod ics_server;
pub mod mail_server;
pub mod pager;
pub mod pebble;
pub mod push_service;
pub mod sink;
pub mod tls;

pub use client::{Reply, base64, exchange, send};

use cluster::Database;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// The binary under test.
pub const DOGWATCH: &str = env!("CARGO_BIN_EXE_dogwatch");

/// How often something is repeated: few times, or as often as it takes in the long run (`./tests/run --long`).
pub fn times(few: usize, many: usize) -> usize {
    if std::env::var_os("DOGWATCH_LONG").is_some() { many } else { few }
}

/// The Authorization header of a user name and a password.
pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", client::base64(format!("{user}:{password}").as_bytes()))
}

/// A server of its own with a folder of its own; ended when dropped.
pub struct Server {
    child: Child,
    arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
    /// Where it listens.
    pub address: SocketAddr,
    folder: tempfile::TempDir,
    data: PathBuf,
    database: Option<Arc<Database>>,
}

impl Server {
    /// `dogwatch serve` with the defaults.
    pub fn start() -> Self {
        Self::with_config("")
    }

    /// `dogwatch serve` with this configuration file.
    pub fn with_config(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        Self::serve(config, folder, data, fresh_database())
    }

    /// `dogwatch serve` over a fresh copy of the demo organisation, with this configuration file.
    pub fn with_demo(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let database = copy_demo(&data);
        Self::serve(config, folder, data, database)
    }

    /// `dogwatch demo` itself, on a fresh copy of its organisation; it keeps a file whatever the tests run on.
    pub fn demo() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        copy_files(&data, true);
        Self::spawn(&["demo".to_owned()], folder, data, None)
    }

    /// Another process over the same database, with this configuration file; the first must be kept as long.
    pub fn beside(&self, config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::serve(config, folder, self.data.clone(), self.database.clone())
    }

    fn serve(config: &str, folder: tempfile::TempDir, data: PathBuf, database: Option<Arc<Database>>) -> Self {
        let file = folder.path().join("dogwatch.toml");
        fs::write(&file, config).expect("the configuration is written");
        let arguments = ["serve", "--config", file.to_str().expect("UTF-8")].map(str::to_owned);
        Self::spawn(&arguments, folder, data, database)
    }

    /// `dogwatch demo` over a data folder that lies elsewhere and is kept.
    pub fn demo_over(data: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::spawn(&["demo".to_owned()], folder, data.to_owned(), None)
    }

    /// `dogwatch serve` over what lies in a data folder, or in a database, with this configuration file and these
    /// environment variables.
    pub fn over(
        data: &Path,
        database: Option<Arc<Database>>,
        config: &str,
        variables: &[(&'static str, String)],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("dogwatch.toml");
        fs::write(&file, config).expect("the configuration is written");
        let arguments = ["serve", "--config", file.to_str().expect("UTF-8")].map(str::to_owned);
        Self::launch(&arguments, folder, data.to_owned(), database, variables.to_vec())
    }

    fn spawn(arguments: &[String], folder: tempfile::TempDir, data: PathBuf, database: Option<Arc<Database>>) -> Self {
        Self::launch(arguments, folder, data, database, Vec::new())
    }

    fn launch(
        arguments: &[String],
        folder: tempfile::TempDir,
        data: PathBuf,
        database: Option<Arc<Database>>,
        more: Vec<(&'static str, String)>,
    ) -> Self {
        let told: Vec<_> = variables(database.as_deref()).into_iter().chain(more.clone()).collect();
        let (child, address) = run(arguments, folder.path(), &data, &told);
        Self { child, arguments: arguments.to_vec(), variables: more, address, folder, data, database }
    }

    /// Ends it as a power cut would end the process, with SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again, over what is left, after it has ended.
    pub fn start_again(&mut self) {
        let told: Vec<_> = variables(self.database.as_deref()).into_iter().chain(self.variables.clone()).collect();
        (self.child, self.address) = run(&self.arguments, self.folder.path(), &self.data, &told);
    }

    /// The folder it keeps everything in.
    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// Its database of the tests' PostgreSQL, where they run on that.
    pub fn database(&self) -> Option<Arc<Database>> {
        self.database.clone()
    }

    /// Everything it has logged so far.
    pub fn log(&self) -> String {
        read(&self.folder.path().join("log"))
    }

    /// `dogwatch ARGUMENTS --data …` beside it: its standard output. Panics where it fails.
    pub fn command(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(DOGWATCH);
        command.args(arguments).arg("--data").arg(self.data()).envs(variables(self.database.as_deref()));
        let done = command.envs(self.variables.iter().cloned()).output().expect("it runs");
        let (out, error) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "dogwatch {arguments:?}: {out}{error}");
        out.into_owned()
    }

    /// What `demo` wrote about itself.
    pub fn demo_facts(&self) -> serde_json::Value {
        let text = read(&self.data().join("demo.json"));
        serde_json::from_str(&text).expect("demo.json is JSON")
    }

    /// One request on a connection of its own.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.send_bytes(method, path, headers, body.as_bytes())
    }

    /// The same with a body that need not be text.
    pub fn send_bytes(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        client::send(self.address, method, path, headers, body)
    }

    /// Memory that it has in use, in KiB.
    pub fn resident(&self) -> usize {
        let status = read(&PathBuf::from(format!("/proc/{}/status", self.child.id())));
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// A coming shift of the demo's payments team that two colleagues or more could stand, as `on-call` tells of it:
    /// which that is depends on the day.
    pub fn coverable_watch(&self) -> serde_json::Value {
        let nothing = &serde_json::Value::Null;
        let is_coverable = |watch: &serde_json::Value| {
            if watch["person"].is_null() || watch["role"] == "shadow" {
                return false;
            }
            let path = format!("/slots/{}/swap-options?kind=cover", watch["slot"].as_str().expect("a slot"));
            let reply = self.api("GET", &path, nothing);
            let two = |options: &Vec<serde_json::Value>| options.len() >= 2;
            reply.status == 200 && reply.json()["options"].as_array().is_some_and(two)
        };
        for day in 1..30 {
            let at = chrono::Utc::now() + chrono::TimeDelta::days(day);
            let path = format!("/teams/payments/on-call?at={}", at.format("%Y-%m-%dT%H:%M:%SZ"));
            let found = self.api("GET", &path, nothing).expect(200).json();
            let watches = found["on_call"].as_array().expect("a list");
            if let Some(watch) = watches.iter().find(|watch| is_coverable(watch)) {
                return watch.clone();
            }
        }
        panic!("the demo has no shift that two colleagues could stand");
    }

    /// One request of the JSON API with the demo's administrator token; `Null` sends no body.
    pub fn api(&self, method: &str, path: &str, body: &serde_json::Value) -> Reply {
        self.api_if(method, path, body, &[])
    }

    /// The same with further headers.
    pub fn api_if(&self, method: &str, path: &str, body: &serde_json::Value, headers: &[(&str, &str)]) -> Reply {
        let facts = self.demo_facts();
        let bearer = format!("Bearer {}", facts["admin_token"].as_str().expect("a token"));
        let mut all = vec![("Authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        let text = if body.is_null() { String::new() } else { body.to_string() };
        if !body.is_null() {
            all.push(("Content-Type", "application/json"));
        }
        self.send(method, &format!("/api/v1{path}"), &all, &text)
    }

    /// The Authorization header of somebody in the demo.
    pub fn basic(&self, person: &str) -> String {
        let facts = self.demo_facts();
        let people = facts["people"].as_array().expect("people");
        let found = people.iter().find(|one| one["id"] == person).expect("such a person");
        let password = found["app_password"].as_str().expect("a password");
        basic(person, password)
    }

    /// The objects of somebody's calendar, unfolded, one text each.
    pub fn objects(&self, person: &str, calendar: &str) -> Vec<String> {
        let path = format!("/dav/calendars/{person}/{calendar}/");
        let basic = self.basic(person);
        let ask = [("Authorization", basic.as_str()), ("Depth", "1"), ("Content-Type", "application/xml")];
        let query = "<C:calendar-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns=\"DAV:\"><prop><getetag/>\
                     </prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>";
        let listed = self.send("REPORT", &path, &ask, query).expect(207).text();
        let hrefs =
            listed.split("href>").filter(|part| part.starts_with(&path) && !part.starts_with(&format!("{path}<")));
        let object = |part: &str| {
            let href = part.split('<').next().unwrap_or_default();
            let text = self.send("GET", href, &[("Authorization", basic.as_str())], "").expect(200).text();
            text.replace("\r\n ", "")
        };
        hrefs.map(object).collect()
    }

    /// A GET without credentials.
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "")
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits until it has ended: whether it ended well.
    pub fn wait(&mut self, most: Duration) -> bool {
        let ended = ended_within(&mut self.child, most);
        ended.unwrap_or_else(|| panic!("still running after {most:?}")).success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts `dogwatch`, and waits until it says where it listens.
fn run(arguments: &[String], folder: &Path, data: &Path, told: &[(&'static str, String)]) -> (Child, SocketAddr) {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).expect("a log");
    let mut child = Command::new(DOGWATCH)
        .args(arguments)
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .envs(told.iter().cloned())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("dogwatch starts");
    let out = BufReader::new(child.stdout.take().expect("piped"));
    let mut lines = out.lines().map_while(Result::ok);
    let line = lines.find_map(|line| line.split("listening on ").nth(1)?.split("://").nth(1).map(str::to_owned));
    let line = line.unwrap_or_else(|| panic!("no address: {}", read(&folder.join("log"))));
    let address = line.trim().parse().expect("an address");
    // What it says later must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, address)
}

/// How a process ended, if it did in this time.
pub fn ended_within(child: &mut Child, most: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    while started.elapsed() < most {
        if let Some(status) = child.try_wait().expect("it is ours") {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}

/// An empty database, where the tests run on PostgreSQL.
pub fn fresh_database() -> Option<Arc<Database>> {
    cluster::wanted().then(|| Arc::new(Database::empty()))
}

/// What tells a process which database to work on; nothing where it is a file in the data folder.
pub fn variables(database: Option<&Database>) -> Vec<(&'static str, String)> {
    database.map(|database| ("DOGWATCH_DATABASE", database.url())).into_iter().collect()
}

/// Runs a statement behind Dogwatch's back.
pub fn execute(data: &Path, database: Option<&Database>, sql: &str) {
    if let Some(database) = database {
        return cluster::execute_at(&database.url(), sql);
    }
    let file = rusqlite::Connection::open(data.join("dogwatch.db")).expect("a database");
    file.execute(sql, []).expect("the statement runs");
}

/// The rows of a query behind Dogwatch's back; texts only.
pub fn rows(data: &Path, database: Option<&Database>, sql: &str) -> Vec<Vec<String>> {
    if let Some(database) = database {
        return cluster::rows(&database.url(), sql);
    }
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let file = rusqlite::Connection::open_with_flags(data.join("dogwatch.db"), flags).expect("a database");
    let mut query = file.prepare(sql).expect("the query is understood");
    let columns = query.column_count();
    let found = query.query_map([], |row| (0..columns).map(|column| row.get(column)).collect());
    found.expect("the query runs").map(|row| row.expect("texts")).collect()
}

/// Makes a folder with a fresh copy of the demo organisation, which nobody serves; its database is in the folder, or
/// told.
pub fn copy_demo(data: &Path) -> Option<Arc<Database>> {
    let database = cluster::wanted().then(|| Arc::new(Database::like(demo_database().name())));
    copy_files(data, database.is_none());
    database
}

fn copy_files(data: &Path, with_database: bool) {
    fs::create_dir(data).expect("a folder");
    for entry in fs::read_dir(demo_data()).expect("the demo's data").map_while(Result::ok) {
        let is_database = entry.file_name().to_string_lossy().starts_with("dogwatch.db");
        if with_database || !is_database {
            fs::copy(entry.path(), data.join(entry.file_name())).expect("a copy");
        }
    }
}

/// The same in a database of the tests' PostgreSQL; made once for each test binary, by `dogwatch copy`.
fn demo_database() -> &'static Database {
    static MADE: OnceLock<Database> = OnceLock::new();
    MADE.get_or_init(|| {
        let database = Database::empty();
        let file = demo_data().join("dogwatch.db");
        let mut copy = Command::new(DOGWATCH);
        copy.args(["copy", "--to", &database.url(), "--from"]).arg(file);
        let done = copy.output().expect("it runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        database
    })
}

/// The data of a demo that was started once and stopped; made once for each test binary, since it takes seconds.
fn demo_data() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let kept = own_folder();
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let mut demo = Server::spawn(&["demo".to_owned()], folder, data, None);
        demo.signal("TERM");
        assert!(demo.wait(Duration::from_secs(20)));
        fs::create_dir_all(&kept).expect("a folder");
        let entries = fs::read_dir(demo.data()).expect("the demo's data").map_while(Result::ok);
        // What else a server keeps beside its database it makes anew.
        for entry in entries.filter(|entry| entry.path().is_file()) {
            fs::copy(entry.path(), kept.join(entry.file_name())).expect("a copy");
        }
        kept
    })
}

/// A folder that no other run of the same tests uses; those of runs that have ended are removed.
fn own_folder() -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let prefix = concat!("demo-", env!("CARGO_CRATE_NAME"), "-");
    for entry in fs::read_dir(all).into_iter().flatten().map_while(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix(prefix).and_then(|id| id.parse::<u32>().ok());
        if process.is_some_and(|id| !Path::new(&format!("/proc/{id}")).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    all.join(format!("{prefix}{}", std::process::id()))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
