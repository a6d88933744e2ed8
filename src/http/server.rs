//! Accepts connections, within their number, until told to stop; then waits for those that are open to end.

use super::answer::App;
use super::connection::serve;
use super::tls::{Asked, Renewal, Tls, renewal};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A bound listener that doesn't serve yet: connections wait in its queue.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
    renewal: Renewal,
    asked: Asked,
}

impl Server {
    /// Binds; port 0 lets the system pick one. Without a certificate it speaks plain HTTP.
    pub async fn bind(listen: SocketAddr, tls: Option<Tls>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let (renewal, asked) = renewal();
        Ok(Self { listener, address, tls: tls.map(Arc::new), renewal, asked })
    }

    /// How to have the certificate read again.
    #[must_use]
    pub fn renewal(&self) -> Renewal {
        self.renewal.clone()
    }

    /// The address really listened on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` resolves, then lets the requests under way end, but waits no longer than the limit.
    pub async fn run(self, app: Arc<App>, stop: impl Future<Output = ()>) {
        let asked = self.asked;
        if let Some(tls) = &self.tls {
            app.shows(tls.shown());
        }
        let service = app.service().clone();
        let fresh = self.tls.clone().map(|tls| tokio::spawn(tls.keep_fresh(service, asked)));
        let limits = app.limits().clone();
        let (ending, ends) = watch::channel(false);
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
            let Some(place) = app.connections().place(peer.ip(), limits.connections, most_of_one) else {
                app.meter().refused_connections.add();
                tracing::debug!("connection refused: too many are open");
                continue;
            };
            let (app, tls, ends) = (Arc::clone(&app), self.tls.clone(), ends.clone());
            tokio::spawn(async move {
                serve(stream, peer, app, tls, ends).await;
                drop(place);
            });
        }
        drop((self.listener, ends));
        if let Some(fresh) = fresh {
            fresh.abort();
        }
        app.stopping();
        let drain = Duration::from_secs(limits.drain_seconds);
        let _ = ending.send(true);
        // Each connection holds the other end as long as it lasts.
        if tokio::time::timeout(drain, ending.closed()).await.is_err() {
            tracing::warn!("stopped with requests under way");
        }
    }
}
