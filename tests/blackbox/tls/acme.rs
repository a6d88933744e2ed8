//! A certificate that Dogwatch obtains itself (ACME): the first, what every server shows of it, its renewal, and what
//! happens where there is none to be had.

use crate::metrics;
use crate::support::pebble::{ACCOUNT, Pebble};
use crate::support::{DOGWATCH, Server, cluster, fresh_database, variables};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const NAME: &str = "roster.example.org";
const DAY: i64 = 86_400;

/// Servers over one database, on a clock that tests turn, and the authority that they ask.
struct Instance {
    pebble: Pebble,
    roots: RootCertStore,
    config: String,
    clock: PathBuf,
    servers: Vec<Server>,
    folder: tempfile::TempDir,
}

impl Instance {
    fn start(pebble: Pebble) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = folder.path().join("clock");
        std::fs::write(&clock, "0").unwrap();
        let config =
            format!("public_url = \"https://{NAME}\"\n{}[metrics]\nlisten = \"127.0.0.1:0\"\n", pebble.section(NAME));
        let roots = pebble.roots();
        let mut instance = Self { pebble, roots, config, clock, servers: Vec::new(), folder };
        instance.add(&instance.folder.path().join("data"), fresh_database());
        instance
    }

    fn add(&mut self, data: &std::path::Path, database: Option<Arc<cluster::Database>>) {
        let told = [("DOGWATCH_TEST_CLOCK", self.clock.to_str().unwrap().to_owned())];
        self.servers.push(Server::over(data, database, &self.config, &told));
    }

    /// Another server over the same database.
    fn add_another(&mut self) {
        let (data, database) = (self.servers[0].data(), self.servers[0].database());
        self.add(&data, database);
    }

    /// The authority comes to each of the servers, by turns.
    fn open_the_gate(&self) {
        let all: Vec<_> = self.servers.iter().map(|server| server.address).collect();
        self.pebble.leads_to(&all);
    }

    fn turn_the_clock(&self, seconds: i64) {
        std::fs::write(&self.clock, seconds.to_string()).unwrap();
    }

    /// `dogwatch certificate ARGUMENTS` beside the first server.
    fn certificate(&self, arguments: &[&str]) -> String {
        let file = self.folder.path().join("command.toml");
        std::fs::write(&file, &self.config).unwrap();
        let (data, database) = (self.servers[0].data(), self.servers[0].database());
        let mut command = Command::new(DOGWATCH);
        command.arg("certificate").args(arguments).arg("--config").arg(&file).arg("--data").arg(data);
        command.env("DOGWATCH_TEST_CLOCK", &self.clock).envs(variables(database.as_deref()));
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    fn log(&self) -> String {
        self.servers.iter().map(Server::log).collect()
    }

    /// A connection to a server whose certificate is the authority's and for the name, and what was agreed on.
    fn shaken(&self, server: usize, offered: &[&[u8]]) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = offered.iter().map(|name| name.to_vec()).collect();
        let mut socket = TcpStream::connect(self.servers[server].address)?;
        socket.set_read_timeout(Some(Duration::from_secs(40)))?;
        let mut connection = ClientConnection::new(Arc::new(config), ServerName::try_from(NAME).unwrap()).unwrap();
        while connection.is_handshaking() {
            connection.complete_io(&mut socket)?;
        }
        Ok(StreamOwned::new(connection, socket))
    }

    /// The certificate that a server shows, if it has one.
    fn shown(&self, server: usize) -> Option<Vec<u8>> {
        let stream = self.shaken(server, &[b"http/1.1"]).ok()?;
        Some(stream.conn.peer_certificates().unwrap()[0].to_vec())
    }

    /// Waits; what every server is asked to look at again meanwhile.
    fn until<T>(&self, what: &str, done: impl Fn() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(done) = done() {
                return done;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{what}: {}", self.log());
            self.servers.iter().for_each(|server| server.signal("HUP"));
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn until_told(&self, words: &str) {
        self.until(words, || self.log().contains(words).then_some(()));
    }
}

#[test]
fn a_first_certificate_is_obtained_once_the_name_leads_here_and_every_server_shows_it() {
    let pebble = Pebble::start(false);
    pebble.leads_nowhere();
    let mut instance = Instance::start(pebble);
    assert!(instance.shaken(0, &[]).is_err(), "without a certificate there is no handshake");
    // The name leads elsewhere: the log says what to do, and nobody asks again and again.
    instance.until_told("no certificate was obtained");
    let log = instance.log();
    assert!(log.contains("port 443 of that name must lead here") && log.contains(NAME), "{log}");
    let said = instance.certificate(&[]);
    assert!(said.contains("There is no certificate for roster.example.org yet."), "{said}");
    assert!(said.contains("port 443 of that name") && said.contains("The next is made at "), "{said}");
    instance.open_the_gate();
    instance.certificate(&["--again"]);
    let first = instance.until("a certificate", || instance.shown(0));
    assert_eq!(instance.log().matches("asking for a certificate").count(), 2);

    let said = instance.certificate(&[]);
    assert!(said.starts_with("The certificate for roster.example.org is good until 20"), "{said}");
    assert!(!said.contains("attempt"), "{said}");

    instance.add_another();
    instance.until("the other server shows the same", || (instance.shown(1)? == first).then_some(()));
    assert_eq!(instance.log().matches("asking for a certificate").count(), 2);
    let page = metrics::page(&instance.servers[1]);
    let until = metrics::value(&page, "dogwatch_tls_certificate_expiry_time_seconds").unwrap();
    let in_days = |days| {
        let at = chrono::Utc::now() + chrono::TimeDelta::days(days);
        f64::from(u32::try_from(at.timestamp()).unwrap())
    };
    assert!((in_days(89)..in_days(91)).contains(&until), "{until}");

    // Who offers the authority's protocol beside others is nobody special; who offers it alone finds nothing now.
    let stream = instance.shaken(0, &[b"acme-tls/1", b"h2"]).unwrap();
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
    assert!(instance.shaken(0, &[b"acme-tls/1"]).is_err());
    let mut stream = instance.shaken(1, &[b"http/1.1"]).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    let audit = instance.servers[0].command(&["audit"]);
    assert!(audit.contains("certificate.obtained"), "{audit}");
}

#[test]
fn a_certificate_is_renewed_under_way_and_kept_where_there_is_no_other() {
    let mut instance = Instance::start(Pebble::start(true));
    instance.open_the_gate();
    instance.add_another();
    let first =
        instance.until("a certificate", || instance.shown(0).filter(|first| instance.shown(1).as_ref() == Some(first)));
    let mut open = instance.shaken(0, &[b"http/1.1"]).unwrap();

    instance.open_the_gate();
    // The authority looks three times: both servers answer, whichever of them asked.
    instance.turn_the_clock(61 * DAY);
    let second = instance.until("another certificate", || instance.shown(0).filter(|second| *second != first));
    instance.until("the other server shows it", || (instance.shown(1)? == second).then_some(()));
    for server in &instance.servers {
        assert!(server.log().contains("an authority has looked"), "{}", server.log());
    }
    open.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = String::new();
    open.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 200 "), "who is connected stays so: {said}");

    instance.pebble.stop();
    instance.turn_the_clock(122 * DAY);
    instance.until_told("no new certificate was obtained; the one before is kept");
    assert!(instance.log().contains("is tls.acme.directory right"), "{}", instance.log());
    assert!([0, 1].iter().all(|server| instance.shown(*server).as_ref() == Some(&second)));
    assert_eq!(instance.log().matches("asking for a certificate").count(), 3, "once each time");

    let rows = everything(&instance.servers[0]).to_lowercase();
    let log = instance.log().to_lowercase();
    assert!(rows.contains("begin certificate"), "what is stored is looked at");
    // As text, and as PostgreSQL writes bytes.
    for secret in ["PRIVATE KEY", "key_pkcs8", ACCOUNT.1] {
        let digits: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        for place in [&rows, &log] {
            assert!(!place.contains(&secret.to_lowercase()) && !place.contains(&digits), "{secret}");
        }
    }
}

/// All bytes of the database.
fn everything(server: &Server) -> String {
    if let Some(database) = server.database() {
        return cluster::dump(&database.url());
    }
    let read = |name: &str| std::fs::read(server.data().join(name)).unwrap_or_default();
    String::from_utf8_lossy(&[read("dogwatch.db"), read("dogwatch.db-wal")].concat()).into_owned()
}

#[test]
fn what_is_asked_for_is_told_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dogwatch.toml");
    let check = |more: &str| {
        let acme = format!("[tls.acme]\nnames = [\"{NAME}\"]\nagree_to_terms = true\n{more}");
        std::fs::write(&file, acme).unwrap();
        let done = Command::new(DOGWATCH).args(["check-config", "--config"]).arg(&file).output().unwrap();
        (done.status.code(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
    };
    let (code, said) = check("");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("A certificate for roster.example.org is asked for at https://acme-v02."), "{said}");
    assert!(said.contains("port 443 of each name"), "{said}");
    let (code, said) = check("ca_file = \"/nowhere/ca.pem\"\n");
    assert!(code != Some(0) && said.contains("/nowhere/ca.pem"), "{said}");
    let key = folder.path().join("key");
    std::fs::write(&key, "not base64: canary").unwrap();
    let (code, said) =
        check(&format!("external_account_id = \"kid-1\"\nexternal_account_key_file = \"{}\"\n", key.display()));
    assert!(code != Some(0) && said.contains("base64url") && !said.contains("canary"), "{said}");
}
