//! `dogwatch serve`: opens the store, listens, and serves until a signal says stop.

use super::location::{location, open_to_serve, until_writable};
use super::manager::Manager;
use super::{CommandError, Globals, open_service, output};
use crate::background;
use crate::config::{Acme, Config};
use crate::http::{App, Metrics, Renewal, Server, Tls, start_logging};
use crate::mail::Door;
use crate::outbound::{Authority, Client, MailRelay, Place, Reach};
use crate::service::Service;
use crate::service::certificates::Wanted;
use crate::store::Store;
use clap::Args;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch::Receiver;

/// How long requests under way may take once the disk has failed.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Serve calendars, pages and the API.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port to listen on; port 0 picks one
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

impl Serve {
    /// Serves until SIGTERM or SIGINT.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let mut config = globals.load()?;
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        config.check()?;
        start_logging(&config.log);
        let Opened { server, service, store } = open(&config).await?;
        store.check().await?;
        if service.lacks_administrator().await? {
            let (url, code) = (service.public_url(), service.first_run_code());
            // Not on standard error: a log holds no secret.
            output::line(&format!("nobody administers this server yet; begin at {url}/setup?code={code}"));
        }
        Box::pin(until_stopped(server, service, store, &config)).await
    }
}

/// A server that is bound but doesn't serve yet.
pub struct Opened {
    /// Bound; its address is known.
    pub server: Server,
    /// What it will serve.
    pub service: Service,
    /// The store below.
    pub store: Store,
}

/// Binds, then opens the store and the service with the address that was really bound.
pub async fn open(config: &Config) -> Result<Opened, CommandError> {
    let listening = |error| CommandError::io(format!("listen on {}", config.listen), error);
    let tls = match &config.tls.acme {
        Some(acme) => Some(Tls::obtained(wanted(acme))?),
        None => Tls::read(&config.tls)?,
    };
    let server = Server::bind(config.listen, tls).await.map_err(listening)?;
    let store = open_to_serve(&location(config)?)?;
    let service = open_service(store.clone(), config, &config.base_url(server.address())).await?;
    service.announce().await?;
    store.seal();
    Ok(Opened { server, service, store })
}

/// Serves until SIGTERM or SIGINT, or until the disk fails; a second signal ends the process at once. Standard output
/// says `listening on URL` in one line once requests are answered.
pub async fn until_stopped(
    server: Server,
    service: Service,
    store: Store,
    config: &Config,
) -> Result<(), CommandError> {
    let mut signals = Signals::listen()?;
    let (app, manager) = (Arc::new(App::new(service.clone(), config)), Manager::of_environment());
    let address = format!("{}://{}", config.scheme(), server.address());
    output::line(&format!("listening on {address}"));
    let (watched, settings) = (watched(config, &app).await?, background(config).await?);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let renewal = server.renewal();
    let client = Client::new(Reach::new(&config.outbound));
    let time = async {
        // What time brings would have to be stored; that it can't be is told.
        if service.reads_only() {
            return background::beat(&service, settings, told(stopped.clone())).await;
        }
        background::run(service.clone(), client, settings, told(stopped.clone())).await;
    };
    let all = async { tokio::join!(server.run(app, told(stopped.clone())), time) };
    // What never ends by itself: it goes on until all has ended.
    let beside = async {
        if let Err(error) = service.probe().await {
            tracing::warn!(%error, "nothing can be stored");
        }
        manager.ready(&address);
        tokio::join!(watched, manager.watch(&service));
    };
    // In a box, for it is large, and whoever awaits it would hold it as well.
    let mut serving = Box::pin(async {
        tokio::select! {
            _ = all => (),
            () = beside => (),
        }
    });
    let failed = tokio::select! {
        () = &mut serving => return Ok(()),
        () = asked_to_stop(&mut signals, &renewal, (&manager, &address)) => {
            tracing::info!("stopping");
            None
        }
        () = mended(&service, config, &manager) => {
            tracing::info!("the database can be written again; stopping, to be started anew");
            None
        }
        error = store.broken() => {
            tracing::error!(%error, "the disk failed; stopping, for no write can be trusted now");
            Some(error)
        }
    };
    manager.stopping();
    let _ = stop.send(true);
    if let Some(error) = failed {
        // Whoever waits for an answer gets it.
        let _ = tokio::time::timeout(LAST_ANSWERS, serving).await;
        return Err(error.into());
    }
    tokio::select! {
        () = serving => {
            if let Err(error) = store.settle().await {
                tracing::warn!(%error, "what was written stays in the log beside the database");
            }
            tracing::info!("stopped");
        }
        () = signals.stops() => tracing::warn!("stopped at once by a second signal"),
    }
    Ok(())
}

/// Waits until what could only be read can be written, for ever where nobody would start us anew.
async fn mended(service: &Service, config: &Config, manager: &Manager) {
    if service.reads_only()
        && let Ok(location) = location(config)
    {
        until_writable(&location).await;
        if manager.is_there() {
            return;
        }
        tracing::error!("the database can be written again: restart this server, which only reads until then");
    }
    std::future::pending::<()>().await;
}

/// Waits until somebody asks for an end, and reads again meanwhile what somebody asks to be read again.
async fn asked_to_stop(signals: &mut Signals, renewal: &Renewal, (manager, address): (&Manager, &str)) {
    while signals.next().await == Asked::Reload {
        manager.reloading();
        renewal.now().await;
        manager.ready(address);
    }
}

async fn told(mut stopped: Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// What a signal asks for.
#[derive(PartialEq, Eq)]
enum Asked {
    Stop,
    Reload,
}

/// What the process is told from outside.
struct Signals {
    term: Signal,
    int: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> Result<Self, CommandError> {
        let handler = |kind| signal(kind).map_err(|error| CommandError::io("listen for signals", error));
        let (term, int) = (handler(SignalKind::terminate())?, handler(SignalKind::interrupt())?);
        Ok(Self { term, int, hangup: handler(SignalKind::hangup())? })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.term.recv() => Asked::Stop,
            _ = self.int.recv() => Asked::Stop,
            _ = self.hangup.recv() => Asked::Reload,
        }
    }

    /// Waits for SIGTERM or SIGINT.
    async fn stops(&mut self) {
        while self.next().await != Asked::Stop {}
    }
}

/// Shows what is counted, for ever; where nobody is to see it, it only waits.
async fn watched(config: &Config, app: &Arc<App>) -> Result<impl Future<Output = ()> + use<>, CommandError> {
    let metrics = Metrics::bind(config).await;
    let metrics = metrics.map_err(|error| CommandError::io("listen on metrics.listen", error))?;
    if let Some(Ok(address)) = metrics.as_ref().map(Metrics::address) {
        tracing::info!(%address, "showing metrics");
    }
    let app = Arc::clone(app);
    Ok(async move {
        match metrics {
            Some(metrics) => metrics.run(app).await,
            None => std::future::pending().await,
        }
    })
}

/// What is done beside the listener.
async fn background(config: &Config) -> Result<background::Settings, CommandError> {
    let unreadable = |error| CommandError::io("read a secret of snapshot.send", error);
    let send = config.snapshot.send.iter().filter(|_| config.snapshot.enabled);
    let places = send.map(Place::new).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let heartbeat = background::Heartbeat {
        receivers: config.heartbeat.receivers.clone(),
        every: Duration::from_secs(config.heartbeat.every_seconds),
        fail_suffix: config.heartbeat.fail_suffix.clone(),
        names: config.heartbeat.names.then(|| places.iter().map(|place| place.name.clone()).collect()),
    };
    let relay = MailRelay::new(&config.mail).map_err(|error| CommandError::io("speak to mail.relay", error))?;
    Ok(background::Settings {
        snapshot: config.snapshot_folder(),
        places: places.into(),
        heartbeat: Some(heartbeat).filter(|heartbeat| !heartbeat.receivers.is_empty()),
        relay,
        door: door(config).await?,
        ordering: ordering(config)?,
    })
}

/// What certificate is asked for, and of whom, where it doesn't lie in files.
fn ordering(config: &Config) -> Result<Option<background::Ordering>, CommandError> {
    let Some(acme) = &config.tls.acme else { return Ok(None) };
    let unreadable = |error| CommandError::io("read a file that tls.acme names", error);
    let authority = Arc::new(Authority::new(acme).map_err(unreadable)?);
    Ok(Some(background::Ordering { wanted: wanted(acme), authority }))
}

/// What the configuration asks an authority for.
pub fn wanted(acme: &Acme) -> Wanted {
    let whose = [&acme.contact, &acme.external_account_id].map(|part| part.as_deref().unwrap_or_default());
    Wanted { directory: acme.directory.clone(), names: acme.names.clone(), owner: whose.join(" ").trim().to_owned() }
}

/// Where mail comes in, if it does.
async fn door(config: &Config) -> Result<Option<Door>, CommandError> {
    let inbound = &config.mail.inbound;
    let Some(listen) = inbound.listen else { return Ok(None) };
    let door = Door::bind(listen, inbound.authserv_id.clone()).await;
    let door = door.map_err(|error| CommandError::io(format!("listen on {listen} for mail"), error))?;
    if let Ok(address) = door.address() {
        tracing::info!(%address, "taking mail in");
    }
    Ok(Some(door))
}
