//! `dogwatch import`: people from a CSV file. Without `--apply` it only says what it would do.

use super::output::escaped;
use super::{CommandError, Globals};
use crate::service::import::MAX_BYTES;
use crate::service::{Actor, ServiceError};
use clap::Subcommand;
use serde_json::json;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Import people from a file
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// People from CSV: say what that changes, and do it with --apply, all or nothing
    ///
    /// The first line names the columns, in any order: id, name, email and time_zone; and, where wanted, phone, teams
    /// (separated by ;, each team or team:manager), roles (separated by ;, what the person may stand in these teams),
    /// fte (percent) and joined (first day, such as 2026-12-01).
    People {
        /// UTF-8, with commas
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Do it
        #[arg(long)]
        apply: bool,
    },
}

/// The file, or so much of it that it is seen to be too large: whatever is named (a device, a pipe), not more is read.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut csv = Vec::new();
    std::fs::File::open(file)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut csv)?;
    Ok(csv)
}

impl ImportCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let Self::People { file, apply } = self;
        let csv = read(&file).map_err(|error| CommandError::io(format!("read {}", file.display()), error))?;
        let service = globals.service_or_new().await?;
        let plan = service.import_people(&Actor::operator(), &csv, apply).await.map_err(|problem| match problem {
            ServiceError::Invalid { .. } | ServiceError::TooMany(_) => {
                CommandError::Refused(format!("{}: {problem}; nothing is written", file.display()))
            }
            other => other.into(),
        })?;
        let mut text = String::new();
        for step in &plan.steps {
            let _ = writeln!(text, "line {}: {}", step.line, escaped(&step.what, false));
        }
        for note in &plan.notes {
            let _ = writeln!(text, "note: {}", escaped(note, false));
        }
        let end = match (plan.steps.is_empty(), plan.applied) {
            (true, _) => format!("{} people, all there already: nothing changes.", plan.rows),
            (false, true) => format!("{} people: done.", plan.rows),
            (false, false) => {
                format!("{} people. Nothing is written yet: run it again with --apply to do this.", plan.rows)
            }
        };
        text += &end;
        globals.say(&text, &json!(plan));
        Ok(())
    }
}
