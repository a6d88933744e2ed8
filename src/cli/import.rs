//! `dogwatch import`: people, or what they stood before, from a CSV file; rosters from other tools; holidays from a
//! calendar. Without `--apply` it only says what it would do.

mod holidays;
mod roster;

use super::output::escaped;
use super::{CommandError, Globals};
use crate::service::import::{MAX_BYTES, Step};
use crate::service::{Actor, ServiceError};
use clap::Subcommand;
use serde_json::json;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Import people, rosters, holidays, or what was stood before, from files
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
    /// What people stood before, from CSV: say what that enters into the ledger, and do it with --apply, all or nothing
    ///
    /// The first line names the columns, in any order: team, person (id or mail address), role, start and end (as
    /// 2026-12-01T09:00 of the team's clock, or with an offset), and, where wanted, points.
    History {
        /// UTF-8, with commas
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Do it
        #[arg(long)]
        apply: bool,
    },
    /// A roster from another tool: say what that changes, and do it with --apply, all or nothing
    ///
    /// Shifts to come are published with the reason "import", as slots of a pattern where the file has a rotation that is
    /// one; shifts that have ended become history. People are found by mail address, then by --map, then by full name.
    /// What stands here already is never changed. docs/imports.md says how to export from each tool.
    Roster(roster::ImportRoster),
    /// Holidays from a calendar: say what that adds, and do it with --apply, all or nothing
    Holidays(holidays::ImportHolidays),
}

/// The file, or so much of it that it is seen to be too large: whatever is named (a device, a pipe), not more is read.
fn read(file: &Path) -> Result<Vec<u8>, CommandError> {
    let read = || {
        let mut content = Vec::new();
        std::fs::File::open(file)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut content)?;
        Ok(content)
    };
    read().map_err(|error| CommandError::io(format!("read {}", file.display()), error))
}

/// What is wrong with a file is said with its name.
fn in_file(file: &Path, problem: ServiceError) -> CommandError {
    match problem {
        ServiceError::Invalid { .. } | ServiceError::TooMany(_) => {
            CommandError::Refused(format!("{}: {problem}; nothing is written", file.display()))
        }
        other => other.into(),
    }
}

impl ImportCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        match self {
            Self::People { file, apply } => {
                let csv = read(&file)?;
                let service = globals.service_or_new().await?;
                let done = service.import_people(&Actor::operator(), &csv, apply).await;
                let plan = done.map_err(|problem| in_file(&file, problem))?;
                let text = text((&plan.steps, &plan.notes), (plan.rows, "people"), plan.applied);
                globals.say(&text, &json!(plan));
            }
            Self::History { file, apply } => {
                let csv = read(&file)?;
                let service = globals.service().await?;
                let done = service.import_history(&Actor::operator(), &csv, apply).await;
                let plan = done.map_err(|problem| in_file(&file, problem))?;
                let text = text((&plan.steps, &plan.notes), (plan.rows, "duties"), plan.applied);
                globals.say(&text, &json!(plan));
            }
            Self::Roster(roster) => roster.run(globals).await?,
            Self::Holidays(holidays) => holidays.run(globals).await?,
        }
        Ok(())
    }
}

/// What changes, line by line, and whether it was done.
fn text((steps, notes): (&[Step], &[String]), (rows, what): (usize, &str), applied: bool) -> String {
    let mut text = String::new();
    for step in steps {
        let _ = writeln!(text, "line {}: {}", step.line, escaped(&step.what, false));
    }
    for note in notes {
        let _ = writeln!(text, "note: {}", escaped(note, false));
    }
    text + &match (steps.is_empty(), applied) {
        (true, _) => format!("{rows} {what}, all there already: nothing changes."),
        (false, true) => format!("{rows} {what}: done."),
        (false, false) => format!("{rows} {what}. Nothing is written yet: run it again with --apply to do this."),
    }
}
