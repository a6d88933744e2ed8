//! `dogwatch audit`: who did what, by which way, and whether the trail is whole. The trail may be long: rows are written
//! as they are read.

mod export;

use super::output::{escaped, line as write_line, remark};
use super::{CommandError, Globals};
use crate::ids::TeamId;
use crate::service::audit::{Recorded, Wanted};
use crate::service::{Actor, Service};
use crate::time::{Day, Instant, Zone, start_of_day};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt::Write as _;

/// Who did what
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    command: Option<AuditCommand>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// List the trail, as without a command
    List(List),
    /// Say whether a row was changed or taken out afterwards
    Verify,
    /// Write the trail as JSON lines, to be kept elsewhere
    Export(export::Export),
    /// Say whether a row of the database, or of an export, was changed, taken out, put in or moved
    Check(export::Check),
}

/// Which rows.
#[derive(Debug, Default, PartialEq, Eq, Args)]
struct List {
    /// Only what happened from this time on: 2026-12-01T09:00:00Z, or a day, which begins at midnight UTC
    #[arg(long, value_name = "TIME|DAY", value_parser = moment)]
    since: Option<Instant>,
    /// Only what concerns this team
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// Only the newest so many rows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Only what came after the row of this number
    #[arg(long, value_name = "NUMBER")]
    after: Option<i64>,
}

fn moment(text: &str) -> Result<Instant, String> {
    if let Ok(day) = text.parse::<Day>() {
        return Ok(start_of_day(day, Zone::UTC));
    }
    let at = chrono::DateTime::parse_from_rfc3339(text);
    at.map(|at| at.to_utc().into()).map_err(|_| "write it as 2026-12-01T09:00:00Z or 2026-12-01".to_owned())
}

impl Audit {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        if let Some(AuditCommand::Check(check)) = self.command {
            // A file may be checked where there is no database.
            return check.run(globals).await;
        }
        let service = globals.service().await?;
        match self.command {
            None => self.list.run(globals, &service).await,
            Some(AuditCommand::List(list)) if self.list == List::default() => list.run(globals, &service).await,
            Some(AuditCommand::Verify) if self.list == List::default() => verify(globals, &service).await,
            Some(AuditCommand::Export(export)) if self.list == List::default() => export.run(&service).await,
            Some(_) => {
                Err(CommandError::Usage("put the options behind the command: dogwatch audit list --since …".to_owned()))
            }
        }
    }
}

async fn verify(globals: &Globals, service: &Service) -> Result<(), CommandError> {
    let found = service.audit_break(&Actor::operator()).await?;
    if found.is_none() || globals.json {
        globals.say("The audit trail is whole.", &json!({ "whole": found.is_none(), "first_break": found }));
    }
    match found {
        None => Ok(()),
        Some(seq) => Err(CommandError::Refused(format!(
            "the audit trail is broken: row {seq} does not follow from the one before it"
        ))),
    }
}

impl List {
    async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let mut wanted = Wanted {
            after: self.after.unwrap_or(0),
            since: self.since.unwrap_or(Instant::FAR_PAST),
            team: self.team.map(TeamId::new),
        };
        let newest = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut out = Rows::begun(globals);
        let (mut kept, mut left_out) = (VecDeque::new(), 0_u64);
        loop {
            let part = service.audit_part(&Actor::operator(), &wanted).await?;
            for row in part.rows {
                if self.limit.is_none() {
                    out.write(&row);
                    continue;
                }
                kept.push_back(row);
                if kept.len() > newest {
                    kept.pop_front();
                    left_out += 1;
                }
            }
            let Some(next) = part.next else { break };
            wanted.after = next;
        }
        kept.iter().for_each(|row| out.write(row));
        out.end();
        if left_out > 0 {
            remark(&format!("{left_out} earlier rows are left out; a larger --limit shows them"));
        }
        Ok(())
    }
}

/// Writes rows one by one: lines for people, one JSON array for programs.
struct Rows {
    json: bool,
    written: u64,
}

impl Rows {
    fn begun(globals: &Globals) -> Self {
        Self { json: globals.json, written: 0 }
    }

    fn write(&mut self, row: &Recorded) {
        match (self.json, self.written) {
            (false, _) => write_line(&escaped(&line(row), false)),
            (true, 0) => write_line(&format!("[{}", document(row))),
            (true, _) => write_line(&format!(",{}", document(row))),
        }
        self.written += 1;
    }

    fn end(self) {
        match (self.json, self.written) {
            (false, 0) => write_line("nothing happened"),
            (false, _) => (),
            (true, 0) => write_line("[]"),
            (true, _) => write_line("]"),
        }
    }
}

fn line(row: &Recorded) -> String {
    let event = &row.event;
    let mut line = format!("{}  {}  {}  {}  {}", row.seq, event.at, event.actor, event.action, event.object);
    for (value, word) in [(&event.subject, "for "), (&event.after, ""), (&event.reason, "because ")] {
        if let Some(value) = value {
            let _ = write!(line, "  {word}{value}");
        }
    }
    line
}

fn document(row: &Recorded) -> Value {
    let event = &row.event;
    let inner = |text: &Option<String>| text.as_ref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    json!({ "seq": row.seq, "at": event.at.to_string(), "actor": event.actor, "subject": event.subject,
        "channel": event.channel, "action": event.action, "object": event.object, "before": inner(&event.before),
        "after": inner(&event.after), "reason": event.reason, "hash": row.hash })
}
