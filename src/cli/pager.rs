//! `dogwatch pager`: schedules at PagerDuty and Opsgenie that follow a role of a team.

use super::{CommandError, Globals};
use crate::ids::{PagerId, TeamId};
use crate::service::Actor;
use crate::service::pagers::{Kind, NewPager, PagerView, USUAL_DAYS};
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// Schedules at pagers that follow a role
#[derive(Debug, Subcommand)]
pub enum PagerCommand {
    /// List them, without the keys
    List(Team),
    /// Have a schedule follow a role
    Add {
        #[command(flatten)]
        team: Team,
        /// pagerduty or opsgenie
        #[arg(long, value_parser = kind)]
        kind: Kind,
        /// The role whose shifts it follows
        #[arg(long, default_value = "primary")]
        role: String,
        /// What the schedule is called at the pager, its id
        #[arg(long)]
        schedule: String,
        /// A file that holds the key of the account
        #[arg(long, value_name = "FILE")]
        key_file: PathBuf,
        /// Where the pager is, such as https://api.eu.pagerduty.com
        #[arg(long)]
        url: Option<String>,
        /// How many days ahead it is kept
        #[arg(long, default_value_t = USUAL_DAYS)]
        days: u32,
    },
    /// Have one compared with the roster now, by the server that runs
    Compare(One),
    /// Have one follow no more; what stands there stays until it ends
    Remove(One),
}

/// A team.
#[derive(Debug, Args)]
pub struct Team {
    /// The team
    #[arg(value_name = "TEAM")]
    team: String,
}

/// One of a team's.
#[derive(Debug, Args)]
pub struct One {
    #[command(flatten)]
    team: Team,
    /// As listed
    #[arg(value_name = "ID")]
    id: String,
}

fn kind(text: &str) -> Result<Kind, String> {
    let word = Json::String(text.trim().to_owned());
    serde_json::from_value(word).map_err(|_| "must be pagerduty or opsgenie".to_owned())
}

impl PagerCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let (service, operator) = (globals.service().await?, Actor::operator());
        match self {
            Self::List(Team { team }) => {
                let found = service.pagers(&operator, &TeamId::new(team)).await?;
                let rows = found.iter().map(|one| (line(one), document(one)));
                globals.say_list(rows.collect(), "no schedules");
            }
            Self::Add { team: Team { team }, kind, role, schedule, key_file, url, days } => {
                let key = std::fs::read_to_string(&key_file);
                let key = key.map_err(|error| CommandError::io(format!("read {}", key_file.display()), error))?;
                let new = NewPager { kind, role, schedule, key, url, days };
                let made = service.add_pager(&operator, &TeamId::new(team), new).await?;
                globals.say(&line(&made), &document(&made));
            }
            Self::Compare(One { team: Team { team }, id }) => {
                let found = service.compare_pager(&operator, &TeamId::new(team), &PagerId::new(id)).await?;
                globals.say(&format!("asked for: {}", line(&found)), &document(&found));
            }
            Self::Remove(One { team: Team { team }, id }) => {
                service.remove_pager(&operator, &TeamId::new(team), &PagerId::new(&*id)).await?;
                globals.say(&format!("removed {id}"), &json!({ "removed": id }));
            }
        }
        Ok(())
    }
}

fn line(view: &PagerView) -> String {
    let PagerView { id, role, kind, schedule, days, health, .. } = view;
    let problem = health.problem.as_ref().map(|why| format!(", {why}")).unwrap_or_default();
    let unknown: Vec<&str> = health.unmatched.iter().map(|person| person.as_str()).collect();
    let unknown = if unknown.is_empty() { String::new() } else { format!(", unknown there: {}", unknown.join(", ")) };
    let kind = kind.as_str();
    format!("{id}  {role}  {kind} {schedule}, {days} days ahead{unknown}{problem}")
}

fn document(view: &PagerView) -> Json {
    json!({
        "id": view.id, "team": view.team, "role": view.role, "kind": view.kind, "schedule": view.schedule,
        "url": view.url, "days": view.days, "problem": view.health.problem, "unmatched": view.health.unmatched,
    })
}
