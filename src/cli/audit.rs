//! `dogwatch audit`: who did what, by which way, and whether the trail is whole.

use super::secrets::say_list;
use super::{CommandError, Globals};
use crate::service::Actor;
use crate::service::audit::{From, PAGE, Recorded};
use clap::Subcommand;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Who did what
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List the trail, at most a thousand rows
    List {
        /// Only what came after the row of this number
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: i64,
    },
    /// Say whether a row was changed or taken out afterwards
    Verify,
}

impl AuditCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let (service, operator) = (globals.service().await?, Actor::operator());
        match self {
            Self::List { after } => {
                let rows = service.audit_since(&operator, From::Place(after), PAGE).await?;
                say_list(globals, rows.iter().map(|row| (line(row), document(row))).collect(), "nothing happened");
                Ok(())
            }
            Self::Verify => match service.audit_break(&operator).await? {
                None => {
                    globals.say("The audit trail is whole.", &json!({ "whole": true, "first_break": null }));
                    Ok(())
                }
                Some(seq) => Err(CommandError::Refused(format!(
                    "the audit trail is broken: row {seq} does not follow from the one before it"
                ))),
            },
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
