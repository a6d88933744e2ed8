//! What happens because time passes, as a task beside the listener.

use crate::service::Service;
use std::future::Future;
use std::time::Duration;

/// How often to look for what is due.
const PAUSE: Duration = Duration::from_secs(20);

/// Does what is due until `shutdown` completes. A failure is logged and tried again at the next turn.
pub async fn run(service: Service, shutdown: impl Future<Output = ()> + Send) {
    tokio::pin!(shutdown);
    loop {
        if let Err(error) = service.advance().await {
            tracing::error!(%error, "what is due could not be done");
        }
        tokio::select! {
            () = &mut shutdown => break,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
    if let Err(error) = service.retire().await {
        tracing::warn!(%error, "the background work stays claimed for a minute");
    }
}
