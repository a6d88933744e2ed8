//! Clients that speak TLS: a plain one for HTTP/1.1, and one that builds on the `h2` crate.

use super::client::Reply;
use bytes::Bytes;
use h2::client::SendRequest;
use hyper::http::{HeaderMap, Request};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A file of the test certificates.
pub fn fixture(name: &str) -> String {
    format!("{}/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The lines of a configuration that name a pair of the test certificates.
pub fn section(pair: &str) -> String {
    section_of(&fixture(&format!("{pair}.pem")), &fixture(&format!("{pair}.key")))
}

/// The lines of a configuration that name a certificate and its key.
pub fn section_of(certificate: &str, key: &str) -> String {
    format!("[tls]\ncertificate_file = \"{certificate}\"\nkey_file = \"{key}\"\n")
}

/// The test authorities.
pub fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for authority in ["authority.pem", "other-authority.pem"] {
        roots.add(CertificateDer::from_pem_file(fixture(authority)).expect("PEM")).expect("an authority");
    }
    roots
}

/// A client that trusts the test authorities and offers these protocols.
pub fn client(protocols: &[&str]) -> Arc<ClientConfig> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .expect("versions")
        .with_root_certificates(roots())
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// A connection whose handshake is done, or why there is none.
pub fn shaken(
    address: SocketAddr,
    client: Arc<ClientConfig>,
) -> std::io::Result<StreamOwned<ClientConnection, std::net::TcpStream>> {
    let mut socket = std::net::TcpStream::connect(address)?;
    socket.set_read_timeout(Some(Duration::from_secs(40)))?;
    let name = ServerName::try_from("localhost").expect("a name");
    let mut connection = ClientConnection::new(client, name).expect("a configuration");
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    Ok(StreamOwned::new(connection, socket))
}

/// Sends bytes as they are by TLS without naming a protocol, and reads until the other side closes.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> Reply {
    let mut stream = shaken(address, client(&[])).expect("TLS");
    let _ = stream.write_all(bytes);
    let mut raw = Vec::new();
    let _ = stream.read_to_end(&mut raw);
    Reply::parse(&raw)
}

/// A GET on a connection of its own, by HTTP/1.1 over TLS.
pub fn get(address: SocketAddr, path: &str) -> Reply {
    exchange(address, format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
}

/// A TLS connection on which HTTP/2 was agreed on.
pub async fn stream(address: SocketAddr) -> TlsStream<TcpStream> {
    let socket = TcpStream::connect(address).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(client(&["h2"])).connect(name, socket).await.expect("TLS")
}

/// One HTTP/2 connection.
pub struct Http2 {
    /// Opens streams.
    pub send: SendRequest<Bytes>,
    /// Ends as the connection does.
    pub ended: JoinHandle<Result<(), h2::Error>>,
}

impl Http2 {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Self {
        let (send, connection) = h2::client::handshake(stream(address).await).await.expect("HTTP/2");
        Self { send, ended: tokio::spawn(connection) }
    }

    /// One request and its whole answer.
    pub async fn ask(&self, request: Request<()>, body: &str) -> Result<Reply, h2::Error> {
        let mut send = self.send.clone().ready().await?;
        let (answer, mut sending) = send.send_request(request, body.is_empty())?;
        if !body.is_empty() {
            sending.send_data(Bytes::copy_from_slice(body.as_bytes()), true)?;
        }
        let (head, mut arriving) = answer.await?.into_parts();
        let mut bytes = Vec::new();
        while let Some(piece) = arriving.data().await {
            let piece = piece?;
            arriving.flow_control().release_capacity(piece.len())?;
            bytes.extend_from_slice(&piece);
        }
        Ok(Reply { status: head.status.as_u16(), headers: lines(&head.headers), body: bytes })
    }

    /// A GET and its whole answer.
    pub async fn get(&self, path: &str) -> Result<Reply, h2::Error> {
        self.ask(request("GET", path, &[]), "").await
    }
}

/// A request with these headers.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::builder().method(method).uri(format!("https://localhost{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("a request")
}

fn lines(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}
