//! `dogwatch serve-snapshot FILE`: answers who is on call from a file alone, on whatever machine is left.

use super::snapshot::{Kept, check, trusted};
use super::{CommandError, Globals, output};
use crate::http::{Offline, start_logging};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// Answer who is on call from a snapshot, without a database
///
/// Pages at / and /teams/TEAM, JSON at /api/v1/teams/TEAM/on-call, nothing to sign in to and nothing to change. The file
/// is read again when it is replaced.
#[derive(Debug, Args)]
pub struct ServeSnapshot {
    /// The oncall.json
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Address and port to listen on; port 0 picks one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// The public key that must have signed it, or a file with it; without, snapshot.trusted_key of the configuration
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Show addresses, telephone numbers and teams without a public page to everybody who reaches this
    #[arg(long)]
    contacts: bool,
}

impl ServeSnapshot {
    /// Serves until SIGTERM or SIGINT.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        start_logging(&globals.load()?.log);
        let (key, file, contacts) = (trusted(globals, self.key.as_deref())?, self.file, self.contacts);
        let read = move || {
            let Kept { snapshot, .. } = check(&file, key).map_err(|error| error.to_string())?;
            Ok(if contacts { snapshot } else { snapshot.for_strangers() })
        };
        // What can't be read at all is said before anything listens.
        let first = read().map_err(CommandError::Refused)?;
        if key.is_none() {
            output::remark("not verified: name the key that must have signed the snapshot with --key");
        }
        let listening = |error| CommandError::io(format!("listen on {}", self.listen), error);
        let offline = Offline::bind(self.listen, first, read).await.map_err(listening)?;
        let handler = |kind| signal(kind).map_err(|error| CommandError::io("listen for signals", error));
        let (mut term, mut int) = (handler(SignalKind::terminate())?, handler(SignalKind::interrupt())?);
        output::line(&format!("listening on http://{}", offline.address()));
        tokio::select! {
            () = offline.run() => {}
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        Ok(())
    }
}
