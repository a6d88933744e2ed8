//! The one HTTP client of the house. It speaks HTTP/1.1, follows no redirects, keeps no cookies, and connects only to
//! addresses that [`Reach`] admits: a name is resolved once, and the connection goes to what was judged.

use super::reach::{self, Blocked, Reach};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::header::RETRY_AFTER;
use hyper::{HeaderMap, Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What one connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(60);
/// Idle connections that are kept to one server.
const KEPT: usize = 4;

/// Bounds of one request.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// From the first step to the last byte of the answer.
    pub time: Duration,
    /// Bytes of the answer that are read; a longer one is a [`Failure::TooLong`].
    pub bytes: usize,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// `Retry-After` in seconds; a date there is as good as none.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

/// Why there is no answer. Never says more of the address than whoever typed it may know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It must not be spoken to.
    #[error("blocked address: {0}")]
    Blocked(#[from] Blocked),
    /// It took too long.
    #[error("no answer in time")]
    Late,
    /// The answer is longer than allowed.
    #[error("the answer is too long")]
    TooLong,
    /// No connection, no TLS, or the connection broke.
    #[error("not reachable: {0}")]
    Unreachable(String),
}

/// Holds connections to other servers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    inner: legacy::Client<HttpsConnector<Vetted>, Full<Bytes>>,
}

impl Client {
    /// A client that trusts the certificates which the system trusts.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        Self::trusting(reach, native_roots())
    }

    /// A client that trusts what the authorities in a file have signed, and nothing else.
    pub fn trusting_file(reach: Reach, file: &Path) -> io::Result<Self> {
        let wrong = |problem: &dyn Display| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {problem}", file.display()))
        };
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
            let authority = authority.map_err(|error| wrong(&error))?;
            roots.add(authority).map_err(|error| wrong(&error))?;
        }
        if roots.is_empty() {
            return Err(wrong(&"there is no certificate in PEM in it"));
        }
        Ok(Self::trusting(reach, roots))
    }

    fn trusting(reach: Reach, roots: RootCertStore) -> Self {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(roots))
            .https_or_http()
            .enable_http1()
            .wrap_connector(Vetted { reach });
        let inner = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(KEPT)
            .build(connector);
        Self { inner }
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: Request<Full<Bytes>>, bounds: Bounds) -> Result<Answer, Failure> {
        timeout(bounds.time, self.exchange(request, bounds.bytes)).await.unwrap_or(Err(Failure::Late))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>, most: usize) -> Result<Answer, Failure> {
        let (parts, mut body) = self.inner.request(request).await.map_err(|error| failure(&error))?.into_parts();
        let mut read = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let Ok(bytes) = frame.map_err(|error| failure(&error))?.into_data() else { continue };
            if read.len() + bytes.len() > most {
                return Err(Failure::TooLong);
            }
            read.extend_from_slice(&bytes);
        }
        Ok(Answer { status: parts.status, headers: parts.headers, body: read.freeze() })
    }
}

/// What the system trusts. Where that is nothing, the log says so once.
fn native_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (taken, _) = roots.add_parsable_certificates(found.certs);
    if taken == 0 {
        let problems: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        tracing::warn!(?problems, "the system trusts no certificates: nothing can be sent by https");
    }
    roots
}

fn tls(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        // It fails only for a provider that speaks no version of TLS.
        .unwrap_or_else(|_| ClientConfig::builder())
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// The innermost reason, since the outer ones only say that something failed.
fn failure(error: &(dyn Error + 'static)) -> Failure {
    let mut deepest = error;
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(blocked) = inner.and_then(|inner| inner.downcast_ref::<Blocked>()) {
            return Failure::Blocked(*blocked);
        }
        deepest = error;
        cause = error.source();
    }
    Failure::Unreachable(deepest.to_string())
}

/// Connects to addresses that were judged.
#[derive(Clone, Debug)]
struct Vetted {
    reach: Reach,
}

impl tower_service::Service<Uri> for Vetted {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let reach = self.reach.clone();
        Box::pin(async move { connect(&reach, &uri).await.map(TokioIo::new) })
    }
}

async fn connect(reach: &Reach, uri: &Uri) -> io::Result<TcpStream> {
    let blocked = |blocked: Blocked| io::Error::new(io::ErrorKind::PermissionDenied, blocked);
    let host = reach::host(uri).ok_or_else(|| blocked(Blocked::Unreadable))?;
    let (port, clear) = (reach::port(uri), reach::is_clear(uri).map_err(blocked)?);
    let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![(address, port).into()],
        Err(_) => tokio::net::lookup_host((host, port)).await?.collect(),
    };
    dial(addresses, |address| reach.admit(address.ip(), port, clear).map_err(blocked)).await
}

/// Connects to the first of a name's addresses that answers, where all of them may be spoken to: one inside is enough to
/// speak to none, for a name that leads both ways is somebody's trick. Nobody asks for the addresses again, so that they
/// can't be others by then.
async fn dial(addresses: Vec<SocketAddr>, may: impl Fn(&SocketAddr) -> io::Result<()>) -> io::Result<TcpStream> {
    addresses.iter().try_for_each(may)?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Outbound;
    use std::net::TcpListener;

    const BOUNDS: Bounds = Bounds { time: Duration::from_secs(5), bytes: 100 };

    fn get(url: &str) -> Request<Full<Bytes>> {
        Request::get(url).body(Full::default()).unwrap()
    }

    fn client(private: &[&str]) -> Client {
        let private_networks = private.iter().map(|network| network.parse().unwrap()).collect();
        Client::new(Reach::new(&Outbound { private_networks, ..Outbound::default() }))
    }

    /// Answers one request with this, on loopback.
    fn server(answer: &'static str) -> (u16, std::thread::JoinHandle<()>) {
        use std::io::{Read as _, Write as _};
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        (port, thread)
    }

    #[tokio::test]
    async fn not_one_packet_goes_to_an_address_inside() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let blocked = Failure::Blocked(Blocked::Private);
        for host in ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]"]
        {
            for scheme in ["http", "https"] {
                let said = client(&[]).send(get(&format!("{scheme}://{host}:{port}/")), BOUNDS).await.unwrap_err();
                // Some resolvers don't take the odd spellings for addresses at all.
                assert!(said == blocked || matches!(said, Failure::Unreachable(_)), "{host}: {said}");
            }
        }
        assert_eq!(client(&[]).send(get(&format!("http://127.0.0.1:{port}/")), BOUNDS).await.unwrap_err(), blocked);
        assert_eq!(client(&[]).send(get(&format!("https://localhost:{port}/")), BOUNDS).await.unwrap_err(), blocked);
        assert!(listener.accept().is_err(), "somebody connected");
    }

    #[tokio::test]
    async fn checklist_34_a_name_that_leads_inside_by_the_time_it_is_connected_to_is_blocked() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let inside = listener.local_addr().unwrap();
        let outside: SocketAddr = "93.184.216.34:443".parse().unwrap();
        let reach = Reach::default();
        // The name was judged when it was typed; what it leads to now is another matter.
        assert!(reach.judge("https://rebound.example.net/x.ics").is_ok());
        let may = |address: &SocketAddr| {
            let refused = |why| io::Error::new(io::ErrorKind::PermissionDenied, why);
            reach.admit(address.ip(), 443, false).map_err(refused)
        };
        for addresses in [vec![inside], vec![outside, inside], vec![inside, outside]] {
            let said = dial(addresses, may).await.unwrap_err();
            assert_eq!(said.kind(), io::ErrorKind::PermissionDenied, "{said}");
        }
        assert!(listener.accept().is_err(), "somebody connected");
    }

    /// Answers requests by TLS, as `localhost` and 127.0.0.1 are called in its certificate.
    fn tls_server(address: &str) -> u16 {
        use rustls::pki_types::pem::PemObject as _;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        use std::io::{Read as _, Write as _};
        let certificate = CertificateDer::from_pem_slice(include_bytes!("../../fixtures/tls/server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../fixtures/tls/server.key")).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let (listener, config) = (TcpListener::bind((address, 0)).unwrap(), Arc::new(config));
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = rustls::StreamOwned::new(connection, stream);
                // Whoever doesn't trust it goes away.
                if stream.read(&mut [0; 4096]).is_ok() {
                    let _ = stream.write_all(b"HTTP/1.1 201 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                }
            }
        });
        port
    }

    #[tokio::test]
    async fn tls_is_spoken_with_whom_the_authority_vouches_for_and_with_nobody_else() {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject as _;
        let mut roots = RootCertStore::empty();
        let authority = include_bytes!("../../fixtures/tls/authority.pem");
        roots.add(CertificateDer::from_pem_slice(authority).unwrap()).unwrap();
        let inside = Outbound {
            private_networks: ["127.0.0.0/8", "::1"].map(|one| one.parse().unwrap()).to_vec(),
            ..Outbound::default()
        };
        let reach = Reach::new(&inside);
        let trusting = Client::trusting(reach.clone(), roots);
        let ask = |client: &Client, address: &str, port: u16| {
            let (client, url) = (client.clone(), format!("https://{address}:{port}/"));
            async move { client.send(get(&url), BOUNDS).await }
        };
        let port = tls_server("127.0.0.1");
        assert_eq!(ask(&trusting, "127.0.0.1", port).await.unwrap().status, 201);
        assert_eq!(ask(&trusting, "localhost", port).await.unwrap().status, 201);
        let stranger = ask(&Client::new(reach), "127.0.0.1", port).await.unwrap_err();
        assert!(matches!(&stranger, Failure::Unreachable(why) if why.contains("UnknownIssuer")), "{stranger}");
        let other = ask(&trusting, "127.0.0.2", tls_server("127.0.0.2")).await.unwrap_err();
        assert!(matches!(&other, Failure::Unreachable(why) if why.contains("not valid for")), "{other}");
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_like_any_other() {
        let (port, thread) = server("HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno");
        let answer = client(&["127.0.0.1"]).send(get(&format!("http://127.0.0.1:{port}/")), BOUNDS).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.as_ref()), (307, b"no".as_slice()));
        thread.join().unwrap();
    }

    #[tokio::test]
    async fn an_answer_that_never_ends_is_cut() {
        let (port, thread) = server(
            "HTTP/1.1 200 x\r\nRetry-After: 7\r\n\r\n0123456789012345678901234567890123456789\
             0123456789012345678901234567890123456789012345678901234567890123456789",
        );
        let said = client(&["127.0.0.1"]).send(get(&format!("http://127.0.0.1:{port}/")), BOUNDS).await;
        assert_eq!(said.unwrap_err(), Failure::TooLong);
        thread.join().unwrap();
    }
}
