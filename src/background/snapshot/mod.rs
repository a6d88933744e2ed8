//! Keeps the snapshot of who is on call on this machine's disk: anew after every change and every hour. Each process
//! writes its own folder, for the machine that is left must have one whichever that is; and says that it is to be sent
//! elsewhere.

mod disk;
mod send;

pub use send::Sending;

use crate::service::snapshot::Files;
use crate::service::{Service, ServiceError};
use crate::time::{HOUR, Instant};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;

/// How often to look for what other processes did.
const PAUSE: Duration = Duration::from_secs(2);
/// How long after a change, since one seldom comes alone.
const SETTLE: Duration = Duration::from_millis(500);
/// How long to wait after a failure, or between two that changes follow closely.
const REST: Duration = Duration::from_secs(3);

/// Writes until told to stop.
pub async fn run(service: &Service, folder: Option<PathBuf>, places: Vec<String>, mut stopped: watch::Receiver<bool>) {
    if folder.is_none() && places.is_empty() {
        return;
    }
    let mut keeper = Keeper { service, folder, places, place: None, kept: None };
    loop {
        let wrote = keeper.turn().await.unwrap_or_else(|error| {
            tracing::warn!(%error, folder = ?keeper.folder, "the snapshot of who is on call was not written");
            keeper.place = None;
            true
        });
        let pause = async {
            if wrote {
                tokio::time::sleep(REST).await;
            } else {
                tokio::select! {
                    () = service.stirred() => tokio::time::sleep(SETTLE).await,
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        };
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            () = pause => {}
        }
    }
}

/// What is known of what is on disk.
struct Keeper<'s> {
    service: &'s Service,
    folder: Option<PathBuf>,
    /// Where it is sent.
    places: Vec<String>,
    /// The place of the trail when the last snapshot was taken.
    place: Option<i64>,
    /// What it said, and when that was.
    kept: Option<(u64, Instant)>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error("the disk: {0}")]
    Disk(#[from] std::io::Error),
}

impl Keeper<'_> {
    /// Writes a new one where there is need to; whether there was.
    async fn turn(&mut self) -> Result<bool, Failure> {
        let place = self.service.trail_place().await?;
        let is_due = self.is_due();
        if self.place == Some(place) && !is_due {
            return Ok(false);
        }
        let snapshot = self.service.snapshot().await?;
        let says = snapshot.says();
        self.place = Some(place);
        if self.kept.is_some_and(|(known, _)| known == says) && !is_due {
            return Ok(false);
        }
        if let Some(folder) = self.folder.clone() {
            let whole = self.service.snapshot_files(&snapshot)?;
            let public = self.service.snapshot_files(&snapshot.for_strangers())?;
            let write = move || write(&folder, &whole, &public);
            tokio::task::spawn_blocking(write).await.map_err(std::io::Error::other)??;
        }
        self.service.send_snapshot(self.places.clone()).await?;
        self.kept = Some((says, snapshot.taken));
        tracing::debug!(taken = %snapshot.taken, "the snapshot of who is on call is written");
        Ok(true)
    }

    /// Whether the one on disk is as old as one may become; also where the clock went back.
    fn is_due(&self) -> bool {
        let now = self.service.ctx().now;
        self.kept.is_none_or(|(_, taken)| now >= taken.plus_millis(HOUR) || now < taken.plus_millis(-HOUR))
    }
}

/// All of it for those who run the server, and below it what strangers may see.
fn write(folder: &Path, whole: &Files, public: &Files) -> std::io::Result<()> {
    let below = folder.join("public");
    disk::make(folder, 0o711)?;
    disk::make(&below, 0o755)?;
    for (name, _, text) in whole.named() {
        disk::replace(folder, name, text, 0o600)?;
    }
    for (name, _, text) in public.named() {
        disk::replace(&below, name, text, 0o644)?;
    }
    Ok(())
}
