//! An authority of the tests' own: pebble, Let's Encrypt's ACME server for tests. To it every name leads to this machine,
//! and what it looks at there comes to a gate of ours, which leads it on.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::io::copy;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// An account that was made beforehand, and its key.
pub const ACCOUNT: (&str, &str) = ("kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W");
/// For how long its certificates are good, in seconds: 90 days.
const VALID: u64 = 90 * 86_400;

/// It runs; ended when dropped.
pub struct Pebble {
    child: Child,
    address: SocketAddr,
    management: SocketAddr,
    targets: Targets,
    wants_account: bool,
    folder: tempfile::TempDir,
}

/// Where the gate leads, by turns.
type Targets = Arc<Mutex<Vec<SocketAddr>>>;

impl Pebble {
    /// Starts it; whoever comes to the gate waits. Perhaps it knows nobody but whoever has an account that was made beforehand.
    pub fn start(wants_account: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (address, management) = (free(), free());
        let (gate, targets) = gate();
        let config = serde_json::json!({ "pebble": {
            "listenAddress": address.to_string(), "managementListenAddress": management.to_string(),
            "certificate": super::tls::fixture("server.pem"), "privateKey": super::tls::fixture("server.key"),
            "httpPort": 9, "tlsPort": gate.port(), "ocspResponderURL": "", "externalAccountBindingRequired": wants_account,
            "externalAccountMACKeys": { ACCOUNT.0: ACCOUNT.1 },
            "certificateValidityPeriod": VALID,
        }});
        let file = folder.path().join("pebble.json");
        std::fs::write(&file, config.to_string()).expect("written");
        let mut pebble = Command::new("pebble");
        pebble.arg("-strict").arg("-config").arg(&file).arg("-dnsserver").arg(resolver().to_string());
        // It neither waits at random, nor refuses what is right, nor believes what was proven before.
        pebble.env("PEBBLE_VA_NOSLEEP", "1").env("PEBBLE_WFE_NONCEREJECT", "0").env("PEBBLE_AUTHZREUSE", "0");
        let pebble = pebble.stdout(Stdio::null()).stderr(Stdio::null());
        let child = pebble.spawn().expect("pebble is installed (Debian: apt-get install pebble)");
        let running = Self { child, address, management, targets, wants_account, folder };
        let started = Instant::now();
        while TcpStream::connect(address).and(TcpStream::connect(management)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "pebble does not listen");
            sleep(Duration::from_millis(20));
        }
        running
    }

    /// The lines of a configuration that ask it for a certificate.
    pub fn section(&self, name: &str) -> String {
        let section = format!(
            "[tls.acme]\nnames = [\"{name}\"]\ncontact = \"mailto:ops@example.org\"\nagree_to_terms = true\n\
             directory = \"https://{}/dir\"\nca_file = \"{}\"\n",
            self.address,
            super::tls::fixture("authority.pem")
        );
        if !self.wants_account {
            return section;
        }
        let key = self.folder.path().join("account.key");
        std::fs::write(&key, ACCOUNT.1).expect("written");
        format!("{section}external_account_id = \"{}\"\nexternal_account_key_file = \"{}\"\n", ACCOUNT.0, key.display())
    }

    /// Whoever looks after a name comes to these from now on, by turns.
    pub fn leads_to(&self, targets: &[SocketAddr]) {
        *self.targets.lock().expect("nobody panics with it") = targets.to_vec();
    }

    /// Whoever looks after a name finds nobody.
    pub fn leads_nowhere(&self) {
        self.leads_to(&[free()]);
    }

    /// The authority above what it gives.
    pub fn roots(&self) -> RootCertStore {
        let root = super::tls::get(self.management, "/roots/0").expect(200).body;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&root).expect("PEM")).expect("an authority");
        roots
    }

    /// Nobody answers there any more.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An address at which nobody listens at the moment.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port")
}

/// Leads each connection on to the next target, as a balancer does that doesn't speak TLS.
fn gate() -> (SocketAddr, Targets) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let targets = Targets::default();
    let known = Arc::clone(&targets);
    spawn(move || {
        for (turn, client) in listener.incoming().map_while(Result::ok).enumerate() {
            let target = loop {
                let targets = known.lock().expect("nobody panics with it").clone();
                match targets.get(turn % targets.len().max(1)) {
                    Some(target) => break *target,
                    None => sleep(Duration::from_millis(5)),
                }
            };
            let Ok(server) = TcpStream::connect(target) else { continue };
            let pairs = [(client.try_clone(), server.try_clone()), (Ok(server), Ok(client))];
            for (from, to) in pairs {
                let (mut from, mut to) = (from.expect("a socket"), to.expect("a socket"));
                spawn(move || {
                    let _ = copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
    (address, targets)
}

/// Says of every name that it is 127.0.0.1 (RFC 1035 4).
fn resolver() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address");
    spawn(move || {
        let mut asked = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut asked) {
            if let Some(answer) = resolved(&asked[..length]) {
                let _ = socket.send_to(&answer, from);
            }
        }
    });
    address
}

fn resolved(asked: &[u8]) -> Option<Vec<u8>> {
    let name = 12 + asked.get(12..)?.iter().position(|byte| *byte == 0)? + 1;
    let question = asked.get(12..name + 4)?;
    let is_address = question.ends_with(&[0, 1, 0, 1]);
    let head = [asked.get(..2)?, &[0x85, 0x80, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0]].concat();
    let record: &[u8] = if is_address { b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x01" } else { b"" };
    Some([&head, question, record].concat())
}
