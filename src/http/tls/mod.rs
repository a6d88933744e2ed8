//! TLS of our own: which certificate is shown, and which protocol is agreed on. The certificate is read again when its
//! files change, so that a renewal needs no restart; one that can't be used changes nothing.

use crate::certificate::{Certificate, CertificateError};
use crate::config;
use crate::time::Instant;
use chrono::Utc;
use rustls::ServerConfig;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// HTTP/2 as ALPN names it (RFC 9113 3.2).
const H2: &[u8] = b"h2";
/// How often the files are looked at.
const PAUSE: Duration = Duration::from_secs(60);
/// Looks in a day.
const TURNS_OF_A_DAY: u32 = 1_440;
/// From so many days before its end on, the log reminds of a certificate's end once a day.
const REMINDER_DAYS: i64 = 7;

/// Speaks TLS with the certificate that the configuration names.
pub struct Tls {
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
    pair: Pair,
}

/// Where certificate and key lie.
#[derive(Clone)]
struct Pair {
    certificate: PathBuf,
    key: PathBuf,
}

impl Pair {
    fn read(&self) -> Result<Certificate, CertificateError> {
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

/// The certificate that is shown at the moment, to whatever name a client asks for.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Tls {
    /// Reads the configured pair; nothing where there is none and plain HTTP is spoken.
    pub fn read(config: &config::Tls) -> Result<Option<Self>, CertificateError> {
        let Some((certificate, key)) = config.pair() else { return Ok(None) };
        let read = Certificate::read(certificate, key)?;
        remind(&read);
        let pair = Pair { certificate: certificate.to_owned(), key: key.to_owned() };
        let shown = Arc::new(Shown(RwLock::new(read.key())));
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Shown>::clone(&shown);
        let acceptor = TlsAcceptor::from(Arc::new(server(resolver, key)?));
        Ok(Some(Self { acceptor, shown, pair }))
    }

    /// Agrees with a client on keys and on a protocol.
    pub async fn handshake<S>(&self, stream: S) -> std::io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.acceptor.accept(stream).await
    }

    /// Takes up a renewed certificate within a minute, or at once where somebody asks for it; never ends.
    pub async fn keep_fresh(self: Arc<Self>, mut asked: Asked) {
        let mut seen = Seen { files: self.pair.state(), problem: String::new(), turns: 0 };
        loop {
            let told = tokio::select! {
                () = tokio::time::sleep(PAUSE) => None,
                Some(told) = asked.recv() => Some(told),
            };
            let asked = told.is_some();
            let (tls, mut before) = (Arc::clone(&self), seen.clone());
            let looked = tokio::task::spawn_blocking(move || {
                tls.look(&mut before, asked);
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
    fn look(&self, seen: &mut Seen, asked: bool) {
        seen.turns = seen.turns.wrapping_add(1);
        let files = self.pair.state();
        let changed = files != seen.files;
        if !changed && !asked && !seen.turns.is_multiple_of(TURNS_OF_A_DAY) {
            return;
        }
        match self.pair.read() {
            Ok(read) => {
                if changed || asked {
                    tracing::info!(until = %read.until(), "certificate read again");
                }
                remind(&read);
                *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = read.key();
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
}

/// Asks for the certificate to be read again.
#[derive(Clone)]
pub struct Renewal(mpsc::Sender<oneshot::Sender<()>>);

/// Where that is heard.
pub type Asked = mpsc::Receiver<oneshot::Sender<()>>;

/// Both ends.
pub fn renewal() -> (Renewal, Asked) {
    let (ask, asked) = mpsc::channel(1);
    (Renewal(ask), asked)
}

impl Renewal {
    /// Asks, and waits until it was read. Without TLS nobody hears it, and nothing is to be read.
    pub async fn now(&self) {
        let (done, read) = oneshot::channel();
        if self.0.send(done).await.is_ok() {
            let _ = read.await;
        }
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

/// Whether a client and we have agreed on HTTP/2. Who offers nothing speaks HTTP/1.1.
pub fn speaks_http2<S>(stream: &TlsStream<S>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(H2)
}

fn server(resolver: Arc<dyn ResolvesServerCert>, key: &Path) -> Result<ServerConfig, CertificateError> {
    let broken =
        |error: rustls::Error| CertificateError::Malformed { path: key.to_owned(), problem: error.to_string() };
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(broken)?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
    // Phones come back often: a ticket spares both sides the signature, and us a memory of who was here.
    config.ticketer = Ticketer::new().map_err(broken)?;
    Ok(config)
}

/// Says in the log that a certificate has ended or will soon. It is shown all the same: without it nobody could connect.
fn remind(certificate: &Certificate) {
    let (now, until) = (Instant::from(Utc::now()), certificate.until());
    if certificate.from() > now {
        tracing::error!(from = %certificate.from(), "the certificate is not good yet");
    } else if until <= now {
        tracing::error!(%until, "the certificate has expired");
    } else if until <= now.plus_days(REMINDER_DAYS) {
        tracing::warn!(%until, "the certificate expires soon");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::copy;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls").join(name)
    }

    fn shown(tls: &Tls) -> Vec<u8> {
        tls.shown.0.read().unwrap().cert[0].to_vec()
    }

    #[test]
    fn a_renewed_pair_is_taken_up_and_half_of_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
        copy(fixture("server.pem"), &certificate).unwrap();
        copy(fixture("server.key"), &key).unwrap();
        let named = config::Tls { certificate_file: Some(certificate.clone()), key_file: Some(key.clone()) };
        let tls = Tls::read(&named).unwrap().unwrap();
        let mut seen = Seen { files: tls.pair.state(), problem: String::new(), turns: 0 };
        let first = shown(&tls);
        copy(fixture("renewed.pem"), &certificate).unwrap();
        tls.look(&mut seen, false);
        assert_eq!(shown(&tls), first);
        assert!(seen.problem.contains("is not the one of the certificate"), "{}", seen.problem);
        copy(fixture("renewed.key"), &key).unwrap();
        tls.look(&mut seen, false);
        assert_ne!(shown(&tls), first);
        assert!(seen.problem.is_empty());
        std::fs::remove_file(&key).unwrap();
        let renewed = shown(&tls);
        tls.look(&mut seen, true);
        assert_eq!(shown(&tls), renewed);
    }

    #[test]
    fn without_a_certificate_there_is_no_tls() {
        assert!(Tls::read(&config::Tls::default()).unwrap().is_none());
    }
}
