//! Accepts connections and serves HTTP/1.1 on them until told to stop. Cleartext only, and no guessing of protocols:
//! the builder that sniffs for HTTP/2 has no timeout until the first bytes have come.

use super::answer::App;
use super::connections::Connections;
use super::wire::{Heads, Wire};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// A bound listener that doesn't serve yet: connections wait in its queue.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Binds; port 0 lets the system pick one.
    pub async fn bind(listen: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// The address really listened on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` resolves, then lets the requests under way end, but waits no longer than the limit.
    pub async fn run(self, app: Arc<App>, stop: impl Future<Output = ()>) {
        let open = Arc::new(Connections::default());
        let limits = app.limits().clone();
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let (stream, peer) = tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Out of descriptors, mostly: others must end before the next can begin.
                        tracing::warn!(%error, "connection not accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            let most_of_one = if app.is_exempt(peer.ip()) { usize::MAX } else { limits.connections_per_address };
            let Some(place) = open.place(peer.ip(), limits.connections, most_of_one) else {
                tracing::debug!("connection refused: too many are open");
                continue;
            };
            let (app, watcher) = (Arc::clone(&app), graceful.watcher());
            tokio::spawn(async move {
                serve(stream, peer, app, watcher).await;
                drop(place);
            });
        }
        drop(self.listener);
        app.stopping();
        let drain = Duration::from_secs(limits.drain_seconds);
        if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
            tracing::warn!("stopped with requests under way");
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, app: Arc<App>, watcher: Watcher) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let heads = Heads::default();
    let limits = app.limits();
    let wire = Wire::new(stream, limits, heads.clone());
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
    let connection = builder.serve_connection(TokioIo::new(wire), answer);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended");
    }
}
