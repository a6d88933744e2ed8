//! A certificate that an authority gave and the database keeps: looked at again and again, for another process may have
//! obtained it; and what the authority is shown when it looks whether a name leads here.

use super::{PAUSE, Shown, TURNS_OF_A_DAY, remind};
use crate::certificate::challenge;
use crate::service::Service;
use crate::service::certificates::Wanted;
use crate::time::Instant;
use rustls::ServerConfig;
use rustls::server::ClientHello;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How often the database is looked at as long as there is no certificate for the names that are wanted.
const WAITING: Duration = Duration::from_secs(2);

/// Takes up what was obtained, within a minute or at once where somebody asks for it; never ends.
pub async fn keep_fresh(wanted: Wanted, shown: Arc<Shown>, service: Service, mut asked: super::Asked) {
    let (mut seen, mut turns, mut problem): (Option<Instant>, u32, String) = (None, 0, String::new());
    let (mut first, mut told) = (true, None::<oneshot::Sender<()>>);
    loop {
        turns = turns.wrapping_add(1);
        let mut pause = PAUSE;
        match service.certificate(&wanted).await {
            Ok(Some(obtained)) => {
                if seen != Some(obtained.at) {
                    tracing::info!(until = %obtained.certificate.until(), "certificate taken up");
                }
                if seen != Some(obtained.at) || turns.is_multiple_of(TURNS_OF_A_DAY) {
                    remind(&obtained.certificate, service.ctx().now);
                }
                shown.set(&obtained.certificate);
                (seen, problem) = (Some(obtained.at), String::new());
                if obtained.former {
                    pause = WAITING;
                }
            }
            Ok(None) => {
                if first {
                    tracing::warn!(names = ?wanted.names, "no certificate yet; until there is one no handshake succeeds");
                }
                pause = WAITING;
            }
            Err(error) => {
                let said = error.to_string();
                if said != problem {
                    tracing::error!(%error, "the certificate can't be looked at; the one before is kept");
                }
                (problem, pause) = (said, WAITING);
            }
        }
        first = false;
        if let Some(told) = told.take() {
            // Who asked may have gone.
            let _ = told.send(());
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            Some(asked) = asked.recv() => (seen, told) = (None, Some(asked)),
        }
    }
}

/// The name after which an authority looks: it offers its own protocol, and nothing else (RFC 8737 3).
pub fn looked_after(hello: &ClientHello<'_>) -> Option<String> {
    let mut offered = hello.alpn()?;
    if offered.next() != Some(challenge::PROTOCOL) || offered.next().is_some() {
        return None;
    }
    hello.server_name().map(str::to_ascii_lowercase)
}

/// What it is shown; nothing where nothing is expected of that name.
pub async fn answer(service: &Service, wanted: &Wanted, name: &str) -> Option<Arc<ServerConfig>> {
    if !wanted.names.iter().any(|known| known == name) {
        return None;
    }
    match service.challenge(name).await {
        Ok(digest) => {
            let answer = challenge::answer(name, &digest?);
            answer.inspect_err(|error| tracing::error!(%error, name, "the authority can't be answered")).ok()
        }
        Err(error) => {
            tracing::warn!(%error, name, "the authority can't be answered");
            None
        }
    }
}
