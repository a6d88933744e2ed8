//! `dogwatch check`: whether the database holds together, what is wrong with it, and what to do.

use super::{CommandError, Globals, output};
use crate::service::Actor;
use crate::service::check::{Flaw, Kind};
use clap::Args;
use serde_json::json;

/// Look whether the database holds what it should.
#[derive(Debug, Args)]
pub struct Check {
    /// Write calendars anew that don't say what the roster says
    #[arg(long)]
    mend: bool,
}

impl Check {
    /// Reads everything; ends with 1 where something is wrong.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let service = globals.service().await?;
        let mended = if self.mend { service.mend_calendars(&Actor::operator()).await? } else { 0 };
        let flaws = service.check().await?;
        let listed: Vec<_> = flaws.iter().map(document).collect();
        let document = json!({ "sound": flaws.is_empty(), "mended": mended, "flaws": listed });
        if self.mend && !globals.json {
            output::line(&format!("{mended} events were written anew."));
        }
        if flaws.is_empty() {
            globals.say(
                "All is well: the file, what people stored, responsibility for each slot, swaps, calendars, the audit trail.",
                &document,
            );
            return Ok(());
        }
        globals.say(&text(&flaws), &document);
        Err(CommandError::Refused(format!("{} things are wrong", flaws.len())))
    }
}

fn document(flaw: &Flaw) -> serde_json::Value {
    json!({ "kind": flaw.kind.name(), "what": flaw.what, "remedy": flaw.kind.remedy() })
}

fn text(flaws: &[Flaw]) -> String {
    let mut lines = Vec::new();
    for kind in Kind::ALL {
        let of_kind: Vec<_> = flaws.iter().filter(|flaw| flaw.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        lines.extend(of_kind.iter().map(|flaw| format!("{}: {}", kind.name(), flaw.what)));
        lines.push(format!("    What to do: {}.", kind.remedy()));
    }
    lines.join("\n")
}
