//! `dogwatch swap`: ways out of a shift, searched for and proposed on its holder's behalf.

use super::{CommandError, Globals};
use crate::api::{OptionsDocument, kind};
use crate::ids::{PersonId, SlotId};
use crate::service::Actor;
use crate::service::swaps::{NewMove, NewProposal, OptionKind, Options, Wanting};
use crate::time::{Instant, Window};
use clap::{Args, Subcommand};
use serde_json::json;
use std::fmt::Write as _;

/// Search ways out of a shift, and propose one
#[derive(Debug, Subcommand)]
pub enum SwapCommand {
    /// Say who could take a shift, exchange it or stand parts of it; the fairest first
    Search(Search),
    /// Put one of them to everybody who would take something; it is settled when the last of them agrees
    Propose(Propose),
}

/// What is looked for.
#[derive(Debug, Args)]
pub struct Search {
    /// The shift's slot
    #[arg(value_name = "SLOT")]
    slot: String,
    /// cover, exchange (for a shift of theirs), cycle (three go round) or part (several, one after another)
    #[arg(long, default_value = "cover", value_name = "KIND", value_parser = kind_of)]
    kind: OptionKind,
    /// Only of a part of the shift, from then on: 2026-12-01T09:00:00Z
    #[arg(long, value_name = "TIME", value_parser = exact)]
    from: Option<Instant>,
    /// Only of a part of the shift, until then
    #[arg(long, value_name = "TIME", value_parser = exact)]
    until: Option<Instant>,
    /// Of all that the holder has still to stand of the turn
    #[arg(long)]
    whole_turn: bool,
}

/// What is proposed.
#[derive(Debug, Args)]
pub struct Propose {
    /// The shift's slot
    #[arg(value_name = "SLOT")]
    slot: String,
    /// What changes hands: SLOT=PERSON, or a part of it: SLOT@START/END=PERSON; search prints them so
    #[arg(long = "move", value_name = "MOVE", required = true, value_parser = wished)]
    moves: Vec<NewMove>,
    /// Why; those who are asked see it
    #[arg(long)]
    reason: Option<String>,
}

fn kind_of(word: &str) -> Result<OptionKind, String> {
    kind(word).ok_or_else(|| "it is one of cover, exchange, cycle, part".to_owned())
}

fn exact(text: &str) -> Result<Instant, String> {
    let at = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| "write it as 2026-12-01T09:00:00Z".to_owned())?;
    Ok(at.to_utc().into())
}

fn wished(text: &str) -> Result<NewMove, String> {
    let wrong = || "write it as SLOT=PERSON or SLOT@START/END=PERSON".to_owned();
    let (what, to) = text.rsplit_once('=').ok_or_else(wrong)?;
    let (slot, window) = match what.split_once('@') {
        None => (what, None),
        Some((slot, span)) => {
            let (start, end) = span.split_once('/').ok_or_else(wrong)?;
            let (start, end) = (exact(start)?, exact(end)?);
            if end <= start {
                return Err("a part ends after it begins".to_owned());
            }
            (slot, Some(Window::new(start, end)))
        }
    };
    Ok(NewMove { slot: SlotId::new(slot), window, from: None, to: PersonId::new(to) })
}

impl SwapCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let (service, operator) = (globals.service().await?, Actor::operator());
        match self {
            Self::Search(Search { slot, kind, from, until, whole_turn }) => {
                let wanting = Wanting { kind, part: (from, until), whole_turn };
                let found = service.swap_options(&operator, &SlotId::new(slot), wanting).await?;
                let document = serde_json::to_value(OptionsDocument::from(&found));
                let document = document.map_err(|error| CommandError::Refused(error.to_string()))?;
                globals.say(&listed(&found, kind), &document);
            }
            Self::Propose(Propose { slot, moves, reason }) => {
                let slot = SlotId::new(slot);
                let swap = service.propose_swap(&operator, &slot, NewProposal { moves, reason }).await?;
                let asked: Vec<&str> =
                    swap.offers.iter().filter(|o| o.answered.is_none()).map(|o| o.person.as_str()).collect();
                let text = format!("proposed; asked: {} (swap {})", asked.join(", "), swap.id);
                globals.say(&text, &json!({ "swap": swap.id, "slot": slot, "asked": asked }));
            }
        }
        Ok(())
    }
}

fn listed(found: &Options, kind: OptionKind) -> String {
    let mut text = String::new();
    // Writing to a String can't fail.
    for option in &found.options {
        let parts = kind == OptionKind::Part;
        for (place, one) in option.moves.iter().enumerate() {
            let part = if parts { format!("@{}/{}", one.window.start, one.window.end) } else { String::new() };
            let space = if place == 0 { "" } else { " " };
            let _ = write!(text, "{space}--move {}{part}={}", one.slot, one.to);
        }
        let _ = writeln!(text);
        for (_, line) in &option.people {
            let _ = writeln!(text, "    {line}");
        }
        for reason in &option.reasons {
            let _ = writeln!(text, "    {reason}");
        }
    }
    if found.options.is_empty() {
        text.push_str("no such way out\n");
    }
    if found.more {
        text.push_str("there may be more\n");
    }
    text
}
