//! `dogwatch handover`: what is left for whoever comes on.

use super::{CommandError, Globals};
use crate::api::HandoverDocument;
use crate::ids::SlotId;
use crate::roster::phrase;
use crate::service::Actor;
use crate::service::handover::Handover;
use clap::{Args, Subcommand};
use std::fmt::Write as _;

/// Read and leave handover notes
#[derive(Debug, Subcommand)]
pub enum HandoverCommand {
    /// Say what was left for a shift, and what its holder leaves for the next
    Show(Part),
    /// Leave a note on the holder's behalf, in place of the one before
    Write {
        #[command(flatten)]
        part: Part,
        /// The note; an empty one takes it back
        #[arg(value_name = "TEXT")]
        note: String,
    },
}

/// Which shift.
#[derive(Debug, Args)]
pub struct Part {
    /// The shift's slot, as whois --json and roster show --json name it
    #[arg(value_name = "SLOT")]
    slot: String,
    /// Of a slot that is stood in parts: which one, from 0
    #[arg(long)]
    segment: Option<u32>,
}

impl HandoverCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let (service, operator) = (globals.service().await?, Actor::operator());
        let seen = match self {
            Self::Show(part) => service.handover(&operator, &SlotId::new(part.slot), part.segment).await?,
            Self::Write { part, note } => {
                service.leave_handover(&operator, &SlotId::new(part.slot), part.segment, Some(note)).await?
            }
        };
        let document = serde_json::to_value(HandoverDocument::from(&seen));
        globals.say(&text(&seen), &document.map_err(|error| CommandError::Refused(error.to_string()))?);
        Ok(())
    }
}

fn text(seen: &Handover) -> String {
    let shift = &seen.shift;
    let holder = seen.name.as_deref().unwrap_or("nobody");
    let mut text = format!("{} {}: {holder}\n", phrase::span(shift.window, shift.zone), shift.role);
    // Writing to a String can't fail.
    match &seen.before {
        Some(before) => {
            let note = before.note.as_deref().unwrap_or("(no note)");
            let _ = writeln!(text, "  from {}: {}", before.name, indented(note));
        }
        None => text.push_str("  nobody hands over to them\n"),
    }
    let to = seen.after.as_ref().map_or("the next", |after| &after.name);
    let _ = writeln!(text, "  to {to}: {}", indented(shift.note.as_deref().unwrap_or("(no note)")));
    text
}

fn indented(note: &str) -> String {
    note.replace('\n', "\n    ")
}
