//! What the service manager hears: when it can send people, that it lives, and that it ends.

use crate::support::{Server, cluster};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

/// Where the service manager listens; the socket may be a file or an abstract name.
pub struct Ear {
    socket: UnixDatagram,
    /// What the service manager puts into `NOTIFY_SOCKET`.
    pub name: String,
    _folder: tempfile::TempDir,
}

impl Ear {
    pub fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        Self { socket: UnixDatagram::bind(&path).unwrap(), name: path.to_str().unwrap().to_owned(), _folder: folder }
    }

    fn abstracted() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("dogwatch-test-{}", folder.path().file_name().unwrap().to_str().unwrap());
        let address = SocketAddr::from_abstract_name(name.as_bytes()).unwrap();
        Self { socket: UnixDatagram::bind_addr(&address).unwrap(), name: format!("@{name}"), _folder: folder }
    }

    /// What is said next, if anything is in that time.
    fn within(&self, most: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(most)).unwrap();
        let mut bytes = [0; 4096];
        let read = self.socket.recv(&mut bytes).ok()?;
        Some(String::from_utf8(bytes[..read].to_vec()).unwrap())
    }

    /// The next word of this kind, whatever comes before it.
    pub fn hears(&self, word: &str) -> String {
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until {
            if let Some(said) = self.within(Duration::from_secs(30)).filter(|said| said.starts_with(word)) {
                return said;
            }
        }
        panic!("{word} is not said");
    }
}

fn start(ear: &Ear, more: &[(&'static str, &str)]) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut variables = vec![("NOTIFY_SOCKET", ear.name.clone())];
    variables.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    (Server::over(folder.path(), crate::support::fresh_database(), "", &variables), folder)
}

#[test]
fn the_service_manager_is_told_of_the_start_a_reload_and_the_end() {
    for ear in [Ear::file(), Ear::abstracted()] {
        let (mut server, _folder) = start(&ear, &[("WATCHDOG_USEC", "500000"), ("WATCHDOG_PID", "1")]);
        let first = ear.within(Duration::from_secs(30)).unwrap();
        assert_eq!(first, format!("READY=1\nSTATUS=answering at http://{}", server.address), "before all else");
        server.get("/readyz").expect(200);
        server.signal("HUP");
        let reloading = ear.within(Duration::from_secs(30)).unwrap();
        let moment = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(moment.parse::<u64>().unwrap() > 0);
        assert!(ear.within(Duration::from_secs(30)).unwrap().starts_with("READY=1"));
        assert_eq!(ear.within(Duration::from_millis(300)), None, "somebody else's watchdog");
        server.signal("TERM");
        assert!(ear.hears("STOPPING=1").contains("STATUS="));
        assert!(server.wait(Duration::from_secs(20)));
    }
}

#[test]
fn the_watchdog_is_fed_as_long_as_the_database_s_writer_answers() {
    let ear = Ear::file();
    let (server, _folder) = start(&ear, &[("WATCHDOG_USEC", "800000")]);
    ear.hears("READY=1");
    assert_eq!(ear.hears("WATCHDOG=1"), "WATCHDOG=1");
    if !cluster::wanted() {
        // Whoever holds the file holds up whoever writes to it.
        let other = rusqlite::Connection::open(server.data().join("dogwatch.db")).unwrap();
        other.busy_timeout(Duration::from_secs(20)).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        while ear.within(Duration::from_millis(100)).is_some() {}
        assert_eq!(ear.within(Duration::from_millis(800)), None, "the service manager would end it now");
        other.execute_batch("ROLLBACK").unwrap();
        ear.hears("WATCHDOG=1");
    }
}
