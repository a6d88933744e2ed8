//! `dogwatch callout`: call-outs, entered for somebody at the machine.

use super::{CommandError, Globals};
use crate::api::CallOutDocument;
use crate::ids::{CallOutId, TeamId};
use crate::roster::phrase;
use crate::service::Actor;
use crate::service::call_outs::NewCallOut;
use crate::time::{Civil, Instant, Window, Zone, resolve};
use clap::{Args, Subcommand};
use serde_json::json;
use std::fmt::Write as _;

/// Say when somebody was called out on a shift
#[derive(Debug, Subcommand)]
pub enum CallOutCommand {
    /// Enter one that is over; dogwatch report callouts TEAM lists them
    Add(Add),
    /// Remove one that was entered wrongly
    Remove {
        /// As the report lists it
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// A call-out as typed.
#[derive(Debug, Args)]
pub struct Add {
    /// Id or mail address
    #[arg(value_name = "LOGIN")]
    login: String,
    /// When they were called: 2026-12-01T03:10 on their own clock, or 2026-12-01T03:10:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    start: Time,
    /// When they were done
    #[arg(long, value_name = "TIME", value_parser = time)]
    end: Time,
    /// What it was
    #[arg(long, default_value = "")]
    note: String,
    /// Only needed where they stood shifts of two teams at once
    #[arg(long)]
    team: Option<String>,
}

/// A time as it is typed.
#[derive(Clone, Copy, Debug)]
pub enum Time {
    /// With its offset.
    Exact(Instant),
    /// On the person's wall clock.
    Wall(Civil),
}

impl Time {
    fn at(self, zone: Zone) -> Instant {
        match self {
            Self::Exact(at) => at,
            Self::Wall(wall) => resolve(wall, zone),
        }
    }
}

fn time(text: &str) -> Result<Time, String> {
    if let Ok(at) = chrono::DateTime::parse_from_rfc3339(text) {
        return Ok(Time::Exact(at.to_utc().into()));
    }
    let wall = Civil::parse_from_str(text, "%Y-%m-%dT%H:%M");
    wall.map(Time::Wall).map_err(|_| "write it as 2026-12-01T03:10 or 2026-12-01T03:10:00Z".to_owned())
}

impl CallOutCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let (service, operator) = (globals.service().await?, Actor::operator());
        match self {
            Self::Add(Add { login, start, end, note, team }) => {
                let zone = service.person_by_login(&operator, &login).await?.zone;
                let window = Window::new(start.at(zone), end.at(zone));
                let new = NewCallOut { person: login, team: team.map(TeamId::new), window, note };
                let entered = service.add_call_out(&operator, &new).await?;
                let call = &entered.call;
                let when = phrase::span(call.window, entered.zone);
                let mut text = format!("{} was called out {when} as {} for {}", call.person, call.role, call.team);
                let _ = write!(text, " ({})", call.id);
                for lacking in &entered.lacking {
                    let _ = write!(text, "\n! {lacking}");
                }
                let document = serde_json::to_value(CallOutDocument::from(&entered));
                let document = document.map_err(|error| CommandError::Refused(error.to_string()))?;
                globals.say(&text, &document);
            }
            Self::Remove { id } => {
                service.remove_call_out(&operator, &CallOutId::new(id.as_str())).await?;
                globals.say(&format!("removed call-out {id}"), &json!({ "id": id, "removed": true }));
            }
        }
        Ok(())
    }
}
