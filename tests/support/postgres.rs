//! A PostgreSQL of the tests' own: one cluster for each test binary (`postgres.sh`), and a database for whoever asks. It ends
//! with the process that started it, however that ends. Unit tests use this file too.

use postgres::SimpleQueryMessage;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whether the tests are to run on PostgreSQL: `DOGWATCH_TEST_ENGINE=postgres`.
pub fn wanted() -> bool {
    match std::env::var("DOGWATCH_TEST_ENGINE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite" | "") | Err(_) => false,
        Ok(other) => panic!("DOGWATCH_TEST_ENGINE is sqlite or postgres, not {other}"),
    }
}

/// A database of its own; gone when dropped.
#[derive(Debug)]
pub struct Database {
    name: String,
}

impl Database {
    /// An empty one.
    pub fn empty() -> Self {
        Self::like("template1")
    }

    /// A copy of another one, to which nobody is connected.
    pub fn like(template: &str) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", MADE.fetch_add(1, Ordering::Relaxed));
        execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { name }
    }

    /// Its name, for copies.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        url(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// Runs a statement as the cluster's owner.
pub fn execute(sql: &str) {
    execute_at(&url("postgres"), sql);
}

/// Runs statements in the database of a URL.
pub fn execute_at(url: &str, sql: &str) {
    ask(url, sql);
}

/// Every row of every table, as text.
pub fn dump(url: &str) -> String {
    let tables = ask(url, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'");
    tables.iter().flat_map(|table| ask(url, &format!("SELECT one::text FROM {table} AS one"))).collect()
}

/// Runs statements: the first column of their rows.
fn ask(url: &str, sql: &str) -> Vec<String> {
    rows(url, sql).into_iter().filter_map(|row| row.into_iter().next()).collect()
}

/// Runs statements: their rows as texts, without what is absent.
pub fn rows(url: &str, sql: &str) -> Vec<Vec<String>> {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    // The driver can't be used on a thread that drives tasks.
    let asked = std::thread::spawn(move || {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("the test's own PostgreSQL answers");
        let messages = client.simple_query(&sql).unwrap_or_else(|problem| panic!("{sql}: {problem:?}"));
        let texts = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).filter_map(|column| row.get(column).map(str::to_owned)).collect())
            }
            _ => None,
        };
        messages.iter().filter_map(texts).collect()
    });
    asked.join().expect("the statement runs")
}

/// How to reach a database of the cluster.
pub fn url(database: &str) -> String {
    cluster().url(database)
}

/// A running PostgreSQL; it ends when dropped.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    /// Where it listens for TLS, where it does.
    port: Option<u16>,
    /// The shell that stops the cluster when its standard input ends, as it does with this process.
    keeper: Child,
    said: BufReader<ChildStdout>,
}

impl Cluster {
    /// One beside that of all other tests.
    pub fn start() -> Self {
        Self::listening(None)
    }

    /// One that speaks TLS on a port of 127.0.0.1 and 127.0.0.2, with the certificate of `fixtures/tls`, and asks for the
    /// password of the user `rota`, whom its owner has yet to make.
    pub fn with_tls() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port");
        Self::listening(Some(free.port()))
    }

    fn listening(port: Option<u16>) -> Self {
        let mut keeper = Command::new("sh");
        keeper.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/postgres.sh"));
        keeper.args(port.map(|port| port.to_string()));
        let mut keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let mut said = BufReader::new(keeper.stdout.take().expect("piped"));
        let mut line = String::new();
        said.read_line(&mut line).expect("the shell says how it went");
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some("ready"), "PostgreSQL did not start");
        Self { folder: PathBuf::from(words.next().expect("the folder")), port, keeper, said }
    }

    /// Where it listens for TLS.
    pub fn port(&self) -> u16 {
        self.port.expect("one with TLS")
    }

    /// How to reach a database of it.
    pub fn url(&self, database: &str) -> String {
        let socket = self.folder.to_str().expect("UTF-8").replace('/', "%2F");
        // The socket is called after the port.
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("postgres://postgres@{socket}{port}/{database}")
    }

    /// Has it fall without a word to anybody, and start again.
    pub fn crash_and_start(&mut self) {
        let stdin = self.keeper.stdin.as_mut().expect("piped");
        stdin.write_all(b"restart\n").and_then(|()| stdin.flush()).expect("the shell listens");
        let mut line = String::new();
        self.said.read_line(&mut line).expect("the shell says how it went");
        assert_eq!(line.trim(), "restarted");
    }
}

/// A cluster whose processes stand still until this is dropped.
pub struct Still(Vec<String>);

impl Cluster {
    /// Has all its processes stand still, as a machine does that is out of memory or asleep.
    pub fn stand_still(&self) -> Still {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("it runs");
        let first = file.lines().next().expect("a process").trim().to_owned();
        let children = format!("/proc/{first}/task/{first}/children");
        let children = std::fs::read_to_string(children).expect("Linux tells it");
        let all = std::iter::once(first).chain(children.split_whitespace().map(str::to_owned));
        let still = Still(all.collect());
        still.signal("-STOP");
        still
    }
}

impl Still {
    fn signal(&self, name: &str) {
        let _ = Command::new("kill").arg(name).args(&self.0).status();
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn cluster() -> &'static Cluster {
    static STARTED: OnceLock<Cluster> = OnceLock::new();
    STARTED.get_or_init(Cluster::start)
}
