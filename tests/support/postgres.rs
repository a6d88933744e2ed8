//! A PostgreSQL of the tests' own: one cluster for each test binary, on a socket in a temporary folder, and a database
//! for whoever asks. It lies in memory where there is room: making and dropping a database syncs hundreds of files. It ends with the process that started it, however that ends. Unit tests use this file too.

use postgres::SimpleQueryMessage;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
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
    let socket = cluster().folder.to_str().expect("UTF-8").replace('/', "%2F");
    format!("postgres://postgres@{socket}/{database}")
}

struct Cluster {
    folder: PathBuf,
    /// The shell that stops the cluster when its standard input ends, as it does with this process.
    _keeper: Child,
}

/// Its own locale orders texts as people do, so that whatever should be ordered by bytes must say so.
const KEEPER: &str = r#"
    trap '' HUP INT TERM
    cd "$2"
    fail() { cat log >&2; echo failed; rm -rf "$2"; exit 1; }
    "$1/initdb" -D data -U postgres -A trust -E UTF8 --no-locale --locale-provider=icu --icu-locale=en-US --no-sync \
        >log 2>&1 || fail "$@"
    "$1/pg_ctl" -D data -l log -w -s -o "-k '$2' -c listen_addresses='' -c max_connections=1000 -c jit=off" start \
        >>log 2>&1 || fail "$@"
    echo ready
    read -r _
    "$1/pg_ctl" -D data -m immediate -s stop >/dev/null 2>&1
    cd / && rm -rf "$2"
"#;

fn cluster() -> &'static Cluster {
    static STARTED: OnceLock<Cluster> = OnceLock::new();
    STARTED.get_or_init(|| {
        let folder = tempfile::Builder::new().prefix("dogwatch-pg-").tempdir_in(roomy()).expect("a folder").keep();
        let mut keeper = as_nobody_special(&folder);
        keeper.args(["sh", "-c", KEEPER, "sh"]).arg(programs()).arg(&folder);
        let mut keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let mut said = String::new();
        let out = keeper.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut said).expect("the shell says how it went");
        assert_eq!(said.trim(), "ready", "PostgreSQL did not start in {}", folder.display());
        Cluster { folder, _keeper: keeper }
    })
}

/// A folder in memory with a gibibyte to spare, or that for temporary files.
fn roomy() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let told = Command::new("df").args(["--output=avail", "-k"]).arg(memory).output();
    let told = told.map(|done| String::from_utf8_lossy(&done.stdout).into_owned()).unwrap_or_default();
    let free = told.lines().nth(1).and_then(|line| line.trim().parse::<u64>().ok());
    if free.is_some_and(|kibibytes| kibibytes > 1 << 20) { memory.to_owned() } else { std::env::temp_dir() }
}

/// PostgreSQL refuses to run as root.
fn as_nobody_special(folder: &Path) -> Command {
    let id = |flag: &str, user: &[&str]| -> u32 {
        let told = Command::new("id").arg(flag).args(user).output().expect("id runs");
        let number = String::from_utf8_lossy(&told.stdout).trim().parse();
        number.unwrap_or_else(|_| panic!("there is no user {user:?}: install Debian's package postgresql"))
    };
    if id("-u", &[]) != 0 {
        return Command::new("env");
    }
    let (user, group) = (id("-u", &["postgres"]), id("-g", &["postgres"]));
    chown(folder, Some(user), Some(group)).expect("root may give a folder away");
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned()]);
    command
}

/// Where PostgreSQL's programs lie: in the path, or where Debian puts them, the newest first.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versions: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    versions.sort();
    folders.extend(versions.iter().rev().map(|version| version.join("bin")));
    let whole = |folder: &PathBuf| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
    folders.into_iter().find(whole).expect("PostgreSQL is installed (Debian: apt-get install postgresql)")
}
