//! What happens beside the listener: what is due because time passes, what lies in the outbox, and what other servers
//! keep of people's calendars; and the copy of who is on call for when nothing of this answers.

mod certificates;
mod heartbeat;
mod mail;
mod outbox;
mod outside;
mod pager;
mod push;
mod snapshot;
mod webhook;

pub use certificates::Ordering;
pub use heartbeat::Heartbeat;

use crate::mail::Door;
use crate::outbound::{Client, MailRelay, Place};
use crate::service::Service;
use outbox::Transport;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often to look for what is due.
const PAUSE: Duration = Duration::from_secs(20);

/// What is to be done beside what always is.
pub struct Settings {
    /// The folder in which the snapshot of who is on call is kept; nothing where it is not.
    pub snapshot: Option<PathBuf>,
    /// Where it is sent beside that.
    pub places: Arc<[Place]>,
    /// Who is told that all is well; nobody where it is absent.
    pub heartbeat: Option<Heartbeat>,
    /// By whom mail goes out.
    pub relay: Option<MailRelay>,
    /// Where mail comes in.
    pub door: Option<Door>,
    /// What certificate is asked for, and of whom.
    pub ordering: Option<Ordering>,
}

/// Does what is due and delivers what is to be delivered until `shutdown` completes. A failure is logged and tried
/// again at the next turn.
pub async fn run(service: Service, client: Client, settings: Settings, shutdown: impl Future<Output = ()> + Send) {
    let (stop, stopped) = watch::channel(false);
    // Each further way out of the house is one more of these.
    let mut transports: Vec<Arc<dyn Transport>> = Vec::new();
    if service.push().is_some() {
        transports.push(Arc::new(push::WebPush::new(service.clone(), client.clone())));
    }
    let places = settings.places.iter().map(|place| place.name.clone()).collect();
    if !settings.places.is_empty() {
        transports.push(Arc::new(snapshot::Sending::new(service.clone(), settings.places)));
    }
    if let Some(relay) = settings.relay {
        transports.push(Arc::new(mail::Mail::new(service.clone(), relay)));
    }
    transports.push(Arc::new(webhook::Webhooks::new(service.clone(), client.clone())));
    transports.push(Arc::new(pager::Pagers::new(service.clone(), client.clone())));
    let delivery = outbox::run(&service, transports, stopped.clone());
    let asking = outside::run(&service, client, stopped.clone());
    let keeping = snapshot::run(&service, settings.snapshot, places, stopped.clone());
    let (host, told) = (service.clone(), stopped.clone());
    let arriving = async move {
        if let Some(door) = settings.door {
            door.run(host, told).await;
        }
    };
    let stopping = async {
        shutdown.await;
        // All wait for it as long as they run.
        let _ = stop.send(true);
    };
    let beating = async {
        if let Some(heartbeat) = settings.heartbeat {
            heartbeat::run(&service, heartbeat, stopped.clone()).await;
        }
    };
    let ordering = async {
        if let Some(ordering) = settings.ordering {
            certificates::run(&service, ordering, stopped.clone()).await;
        }
    };
    let advancing = advance(&service, stopped.clone());
    tokio::join!(stopping, advancing, delivery, asking, keeping, beating, arriving, ordering);
}

/// All that is done where nothing can be stored: whoever is to hear that all is well hears that it isn't.
pub async fn beat(service: &Service, settings: Settings, shutdown: impl Future<Output = ()> + Send) {
    let (stop, stopped) = watch::channel(false);
    let stopping = async {
        shutdown.await;
        let _ = stop.send(true);
    };
    let beating = async {
        if let Some(heartbeat) = settings.heartbeat {
            heartbeat::run(service, heartbeat, stopped).await;
        }
    };
    tokio::join!(stopping, beating);
}

async fn advance(service: &Service, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = service.advance().await {
            tracing::error!(%error, "what is due could not be done");
        }
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
    if let Err(error) = service.retire().await {
        tracing::warn!(%error, "the background work stays claimed for a minute");
    }
}
