//! One connection from its first byte to its last: in clear it is HTTP/1.1, by TLS what client and server agreed on. There
//! is no guessing of protocols: the builder that sniffs for HTTP/2 has no timeout until the first bytes have come.

use super::answer::App;
use super::framing::Length;
use super::streams::{Sending, Streams, Verdict};
use super::tls::{Tls, speaks_http2};
use super::wire::{HeadWatch, Heads, Wire};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep, timeout};

/// Streams that a client opens and takes back before we have seen them; more end the connection (rapid reset).
const RESETS: usize = 20;
/// Bytes of one body that may come before they are read.
const STREAM_WINDOW: u32 = 256 << 10;
/// Bytes of all bodies of a connection that may come before they are read.
const CONNECTION_WINDOW: u32 = 1 << 20;
/// Bytes of one answer that wait for a client who doesn't read.
const SEND_BUFFER: usize = 64 << 10;
/// How long a client may take to see that its connection ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves a connection until it ends, or `ends` says that it should.
pub async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    app: Arc<App>,
    tls: Option<Arc<Tls>>,
    mut ends: Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let wire = Wire::new(stream, app.limits());
    let Some(tls) = tls else { return serve_http1(wire, peer, app, ends).await };
    let time = Duration::from_secs(app.limits().handshake_seconds);
    let shaken = tokio::select! {
        shaken = timeout(time, tls.handshake(wire, app.service())) => shaken,
        () = told(&mut ends) => return,
    };
    match shaken {
        Ok(Ok(Some(stream))) if speaks_http2(&stream) => serve_http2(stream, peer, app, ends).await,
        Ok(Ok(Some(stream))) => serve_http1(stream, peer, app, ends).await,
        Ok(Ok(None)) => tracing::info!("an authority has looked whether a name leads here"),
        Ok(Err(error)) => tracing::debug!(%error, "no TLS agreed on"),
        Err(_) => tracing::debug!("the TLS handshake took too long"),
    }
}

async fn told(ends: &mut Receiver<bool>) {
    let _ = ends.wait_for(|ends| *ends).await;
}

async fn serve_http1<S>(stream: S, peer: SocketAddr, app: Arc<App>, mut ends: Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let heads = Heads::default();
    let limits = app.limits();
    let watched = HeadWatch::new(stream, limits, heads.clone());
    let mut builder = http1::Builder::new();
    builder
        // Without a timer hyper's own timeout is silently off.
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits.idle_seconds))
        // Room above our limits, so that we refuse in words; what exceeds even this is refused by hyper, bare.
        .max_headers(limits.headers + 64)
        .max_buf_size((limits.header_bytes + limits.uri_bytes + (32 << 10)).max(64 << 10));
    let answer = service_fn(|request| {
        let (app, length) = (Arc::clone(&app), heads.take());
        async move { Ok::<_, Infallible>(app.answer(request, peer, length).await) }
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(watched), answer));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told(&mut ends) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

async fn serve_http2<S>(stream: S, peer: SocketAddr, app: Arc<App>, mut ends: Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let streams = Streams::new(app.limits());
    let answer = service_fn(|request| answer_stream(request, peer, Arc::clone(&app), Arc::clone(&streams)));
    let mut connection = pin!(builder(&app).serve_connection(TokioIo::new(stream), answer));
    let mut ending: Option<Instant> = None;
    loop {
        let goodbye = tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "connection ended");
                }
                return;
            }
            () = told(&mut ends), if ending.is_none() => true,
            () = streams.abused() => return tracing::debug!("connection dropped: its requests are taken back"),
            () = sleep(streams.pace(ending.is_some())) => match streams.verdict() {
                Verdict::Busy => false,
                Verdict::Idle => true,
                Verdict::Stalled => return tracing::debug!("connection dropped: the client doesn't read its answer"),
            },
        };
        // Whoever doesn't answer to a GOAWAY is gone.
        if ending.is_some_and(|since| since.elapsed() > FAREWELL) && streams.verdict() == Verdict::Idle {
            return;
        }
        if goodbye && ending.is_none() {
            ending = Some(Instant::now());
            streams.close();
            connection.as_mut().graceful_shutdown();
        }
    }
}

fn builder(app: &App) -> http2::Builder<TokioExecutor> {
    // A header counts 32 bytes more than its text (RFC 9113 6.5.2). Room above our limits, as for HTTP/1.1.
    let limits = app.limits();
    let list = limits.header_bytes + limits.uri_bytes + 48 * limits.headers + (4 << 10);
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.requests_at_once_per_connection)
        .max_header_list_size(u32::try_from(list).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS);
    builder
}

/// Answers one request of many on an HTTP/2 connection.
async fn answer_stream(
    request: Request<Incoming>,
    peer: SocketAddr,
    app: Arc<App>,
    streams: Arc<Streams>,
) -> Result<Response<Sending>, Infallible> {
    let stream = streams.begin();
    let place = streams.place().await;
    let response = app.answer(request, peer, Length::Known).await;
    drop(place);
    Ok(response.map(|body| stream.send(body)))
}
