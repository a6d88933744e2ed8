//! `dogwatch outbox`: what waits to be delivered, what fails, and what was given up.

use super::{CommandError, Globals};
use crate::service::Actor;
use crate::service::delivery::{ChannelState, Stuck};
use crate::time::{Instant, MINUTE};
use clap::Args;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// Say what waits to be delivered, and what can't be.
#[derive(Debug, Args)]
pub struct Outbox {}

impl Outbox {
    /// Looks into the database, beside a server that may be running.
    #[allow(clippy::unused_self)] // as every command
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let state = globals.service().await?.outbox_state(&Actor::operator()).await?;
        let mut text = String::new();
        for channel in &state.channels {
            let _ = writeln!(text, "{}", line(channel, state.now));
        }
        for stuck in &state.stuck {
            let _ = writeln!(text, "  {}", reason(stuck));
        }
        if text.is_empty() {
            text.push_str("Nothing was ever to be delivered.");
        }
        let json = json!({
            "channels": state.channels.iter().map(channel).collect::<Vec<_>>(),
            "stuck": state.stuck.iter().map(message).collect::<Vec<_>>(),
        });
        globals.say(text.trim_end(), &json);
        Ok(())
    }
}

fn line(state: &ChannelState, now: Instant) -> String {
    let ChannelState { channel, waiting, oldest, failing, given_up } = state;
    let age =
        oldest.map(|oldest| format!(" (the oldest for {} min)", (now.millis() - oldest.millis()).max(0) / MINUTE));
    format!(
        "{channel}: {waiting} wait{}, {failing} of them failed before; {given_up} given up",
        age.unwrap_or_default()
    )
}

fn reason(stuck: &Stuck) -> String {
    let Stuck { id, kind, at, attempts, next, reason } = stuck;
    let next = next.map_or_else(|| "given up".to_owned(), |next| format!("tried again at {next}"));
    format!("{kind} {id} of {at}, failed {attempts} times, {next}: {reason}")
}

fn channel(state: &ChannelState) -> Json {
    json!({
        "channel": state.channel,
        "waiting": state.waiting,
        "oldest": state.oldest.map(|at| at.to_string()),
        "failing": state.failing,
        "given_up": state.given_up,
    })
}

fn message(stuck: &Stuck) -> Json {
    json!({
        "id": stuck.id,
        "kind": stuck.kind,
        "at": stuck.at.to_string(),
        "attempts": stuck.attempts,
        "next": stuck.next.map(|at| at.to_string()),
        "reason": stuck.reason,
    })
}
