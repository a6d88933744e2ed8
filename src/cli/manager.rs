//! What the service manager is told (sd_notify(3)): that requests are answered, that it reloads, that it stops; and, for
//! as long as this process and its database's writer do their work, that it lives.

use crate::service::Service;
use rustix::time::{ClockId, clock_gettime};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// The service manager, if one started us and wants to know.
pub struct Manager {
    socket: Option<UnixDatagram>,
    /// Within which it wants to hear that we live.
    watchdog: Option<Duration>,
}

impl Manager {
    /// The one that the environment names. One that can't be reached is named in the log, and does without.
    pub fn of_environment() -> Self {
        let socket = connected().unwrap_or_else(|error| {
            tracing::warn!(%error, "the service manager can't be told anything");
            None
        });
        let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
        // It may have been meant for whoever started us.
        let ours = number("WATCHDOG_PID").is_none_or(|process| process == u64::from(std::process::id()));
        let watchdog = number("WATCHDOG_USEC").filter(|micros| ours && *micros > 0).map(Duration::from_micros);
        Self { watchdog: watchdog.filter(|_| socket.is_some()), socket }
    }

    /// Whether somebody starts us anew when we end.
    pub fn is_there(&self) -> bool {
        self.socket.is_some()
    }

    /// Requests are answered at this address.
    pub fn ready(&self, address: &str) {
        self.say(&format!("READY=1\nSTATUS=answering at {address}"));
    }

    /// What can be read again is being read; [`Manager::ready`] ends it.
    pub fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        self.say(&format!("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1_000_000 + now.tv_nsec / 1_000));
    }

    /// No new connections are taken.
    pub fn stopping(&self) {
        self.say("STOPPING=1\nSTATUS=letting requests end");
    }

    /// Says that it lives, for ever; not while the database's writer does not answer. A refusal (a full disk, a database
    /// server that is away) is an answer, which a restart would not better.
    pub async fn watch(&self, service: &Service) {
        let Some(within) = self.watchdog else { return std::future::pending().await };
        loop {
            if timeout(within / 2, service.probe()).await.is_ok() {
                self.say("WATCHDOG=1");
            } else {
                tracing::error!(
                    "the database's writer does not answer; the service manager is not told that all is well"
                );
            }
            sleep(within / 4).await;
        }
    }

    fn say(&self, words: &str) {
        let Some(socket) = &self.socket else { return };
        if let Err(error) = socket.send(words.as_bytes()) {
            tracing::warn!(%error, "the service manager was not told");
        }
    }
}

fn connected() -> std::io::Result<Option<UnixDatagram>> {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else { return Ok(None) };
    let address = match name.as_bytes().split_first() {
        Some((b'@', rest)) => SocketAddr::from_abstract_name(rest)?,
        _ => SocketAddr::from_pathname(&name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&address)?;
    // Whoever doesn't read what we say must not hold us up.
    socket.set_nonblocking(true)?;
    Ok(Some(socket))
}
