//! TLS of our own: which certificate is shown, and which protocol is agreed on. Where the certificate comes from is one of
//! two rooms: `files` that somebody else renews, or what was `obtained` of an authority. Either is taken up without a
//! restart.

mod files;
mod obtained;

use crate::certificate::{Certificate, CertificateError};
use crate::config;
use crate::service::Service;
use crate::service::certificates::Wanted;
use crate::time::{DAY, Instant};
use chrono::Utc;
use files::Pair;
use rustls::ServerConfig;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::server::{Acceptor, ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

/// HTTP/2 as ALPN names it (RFC 9113 3.2).
const H2: &[u8] = b"h2";
/// How often it is looked whether there is another certificate.
const PAUSE: Duration = Duration::from_secs(60);
/// Looks in a day.
const TURNS_OF_A_DAY: u32 = 1_440;
/// From so many days before its end on, the log reminds of a certificate's end once a day; of a short one's later.
const REMINDER_DAYS: i64 = 7;

/// Speaks TLS with the certificate that the configuration names.
pub struct Tls {
    server: Arc<ServerConfig>,
    shown: Arc<Shown>,
    source: Source,
}

/// Where the certificate comes from.
enum Source {
    Files(Pair),
    Obtained(Wanted),
}

/// The certificate that is shown at the moment, to whatever name a client asks for; without one no handshake succeeds.
#[derive(Debug, Default)]
pub struct Shown(RwLock<Option<(Arc<CertifiedKey>, Instant)>>);

impl Shown {
    fn set(&self, certificate: &Certificate) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((certificate.key(), certificate.until()));
    }

    fn key(&self) -> Option<Arc<CertifiedKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(key, _)| Arc::clone(key))
    }

    /// Until when it is good.
    pub fn until(&self) -> Option<Instant> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|(_, until)| *until)
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.key()
    }
}

impl Tls {
    /// Reads the configured pair; nothing where there is none and plain HTTP is spoken.
    pub fn read(config: &config::Tls) -> Result<Option<Self>, CertificateError> {
        let Some((certificate, key)) = config.pair() else { return Ok(None) };
        let pair = Pair::new(certificate, key);
        let read = pair.read()?;
        remind(&read, Instant::from(Utc::now()));
        let shown = Arc::new(Shown::default());
        shown.set(&read);
        Ok(Some(Self { server: server(&shown, key)?, shown, source: Source::Files(pair) }))
    }

    /// With what is obtained of an authority; until then no handshake succeeds but the authority's own.
    pub fn obtained(wanted: Wanted) -> Result<Self, CertificateError> {
        let shown = Arc::new(Shown::default());
        let server = server(&shown, Path::new("tls.acme"))?;
        Ok(Self { server, shown, source: Source::Obtained(wanted) })
    }

    /// What is shown.
    pub fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown)
    }

    /// Agrees with a client on keys and on a protocol; nothing where it was an authority, which has seen what it came for.
    pub async fn handshake<S>(&self, stream: S, service: &Service) -> std::io::Result<Option<TlsStream<S>>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let Source::Obtained(wanted) = &self.source else {
            return TlsAcceptor::from(Arc::clone(&self.server)).accept(stream).await.map(Some);
        };
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let answer = match obtained::looked_after(&start.client_hello()) {
            Some(name) => obtained::answer(service, wanted, &name).await,
            None => None,
        };
        let Some(answer) = answer else { return start.into_stream(Arc::clone(&self.server)).await.map(Some) };
        start.into_stream(answer).await?.shutdown().await?;
        Ok(None)
    }

    /// Takes up a renewed certificate within a minute, or at once where somebody asks for it; never ends.
    pub async fn keep_fresh(self: Arc<Self>, service: Service, asked: Asked) {
        match &self.source {
            Source::Files(pair) => files::keep_fresh(pair.clone(), self.shown(), asked).await,
            Source::Obtained(wanted) => obtained::keep_fresh(wanted.clone(), self.shown(), service, asked).await,
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

/// Whether a client and we have agreed on HTTP/2. Who offers nothing speaks HTTP/1.1.
pub fn speaks_http2<S>(stream: &TlsStream<S>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(H2)
}

fn server(shown: &Arc<Shown>, named: &Path) -> Result<Arc<ServerConfig>, CertificateError> {
    let broken =
        |error: rustls::Error| CertificateError::Malformed { path: named.to_owned(), problem: error.to_string() };
    let resolver: Arc<dyn ResolvesServerCert> = Arc::<Shown>::clone(shown);
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(broken)?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
    // Phones come back often: a ticket spares both sides the signature, and us a memory of who was here.
    config.ticketer = Ticketer::new().map_err(broken)?;
    Ok(Arc::new(config))
}

/// Says in the log that a certificate has ended or will soon. It is shown all the same: without it nobody could connect.
fn remind(certificate: &Certificate, now: Instant) {
    let until = certificate.until();
    let sixth = (until.millis() - certificate.from().millis()).max(0) / 6;
    let soon = until.plus_millis(-sixth.min(REMINDER_DAYS * DAY));
    if certificate.from() > now {
        tracing::error!(from = %certificate.from(), "the certificate is not good yet");
    } else if until <= now {
        tracing::error!(%until, "the certificate has expired");
    } else if soon <= now {
        tracing::warn!(%until, "the certificate expires soon");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_certificate_there_is_no_tls() {
        assert!(Tls::read(&config::Tls::default()).unwrap().is_none());
    }
}
