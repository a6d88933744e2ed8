//! `dogwatch team pattern`: recurring demand, from a file or from its parts.

use crate::cli::{CommandError, Globals};
use crate::ids::TeamId;
use crate::service::teams::NewPattern;
use crate::service::{Actor, Service, fields};
use crate::store::collections::CollectionKind;
use crate::time::Civil;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

/// Recurring demand
#[derive(Debug, Subcommand)]
pub enum PatternCommand {
    /// Add a pattern: an iCalendar file with one recurring event, or its parts
    Add(Add),
}

/// A pattern as typed.
#[derive(Debug, Args)]
pub struct Add {
    /// The team's id
    #[arg(value_name = "TEAM")]
    team: String,
    /// One recurring event; CATEGORIES are its roles
    #[arg(value_name = "FILE.ics", conflicts_with_all = ["start", "end", "rrule", "roles", "turn", "zone", "title", "end_zone", "site",
        "working_hours"])]
    file: Option<PathBuf>,
    /// What it is called
    #[arg(long, default_value = "On call")]
    title: String,
    /// First start on the wall clock, such as 2026-12-07T09:00
    #[arg(long, value_name = "TIME", value_parser = civil, required_unless_present = "file")]
    start: Option<Civil>,
    /// First end on the wall clock
    #[arg(long, value_name = "TIME", value_parser = civil, required_unless_present = "file")]
    end: Option<Civil>,
    /// When it recurs, such as FREQ=WEEKLY;BYDAY=MO,TU,WE,TH
    #[arg(long, value_name = "RULE", required_unless_present = "file")]
    rrule: Option<String>,
    /// Roles it needs, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "primary,secondary")]
    roles: Vec<String>,
    /// What one person holds together
    #[arg(long, value_parser = ["occurrence", "day", "week"], default_value = "occurrence")]
    turn: String,
    /// Zone of the times; the team's where absent
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Zone of the end, where that is another: a site hands over by the next one's clock
    #[arg(long, value_name = "ZONE")]
    end_zone: Option<String>,
    /// Only for people of this site, as the team's settings name it
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// Only for people who are at work for all of it
    #[arg(long)]
    working_hours: bool,
}

fn civil(text: &str) -> Result<Civil, String> {
    let read = |format| Civil::parse_from_str(text, format).ok();
    read("%Y-%m-%dT%H:%M")
        .or_else(|| read("%Y-%m-%dT%H:%M:%S"))
        .ok_or_else(|| "write it as 2026-12-07T09:00".to_owned())
}

impl PatternCommand {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let Self::Add(add) = self;
        let (operator, team) = (Actor::operator(), TeamId::new(add.team.as_str()));
        let uid = match &add.file {
            Some(file) => {
                let read = std::fs::read(file);
                let body = read.map_err(|error| CommandError::io(format!("read {}", file.display()), error))?;
                service.put_team_object(&operator, &team, CollectionKind::Pattern, body).await?
            }
            None => service.add_pattern(&operator, &team, &add.parts(service, &team).await?).await?,
        };
        let text = format!("{team} has the pattern {uid}. Fill a month with dogwatch roster plan {team}");
        globals.say(&text, &json!({ "team": team, "uid": uid }));
        Ok(())
    }
}

impl Add {
    async fn parts(self, service: &Service, team: &TeamId) -> Result<NewPattern, CommandError> {
        let (Some(start), Some(end), Some(rule)) = (self.start, self.end, self.rrule) else {
            return Err(CommandError::Usage("name a file, or --start, --end and --rrule".to_owned()));
        };
        let zone = match &self.zone {
            Some(zone) => fields::zone("zone", zone)?,
            None => service.team(&Actor::operator(), team).await?.team.zone,
        };
        Ok(NewPattern {
            title: self.title,
            start,
            end,
            zone,
            end_zone: self.end_zone.map(|zone| fields::zone("end_zone", &zone)).transpose()?,
            rule,
            roles: self.roles,
            turn: self.turn,
            site: self.site,
            at_work: self.working_hours,
        })
    }
}
