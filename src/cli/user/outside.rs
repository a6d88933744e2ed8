//! `dogwatch user outside`: calendars of a person that somebody else's server keeps.

use crate::cli::{CommandError, Globals};
use crate::roster::model::CountsAs;
use crate::service::calendars::{NewOutside, OutsideChange, OutsideView, Problem};
use crate::service::{Actor, Service};
use crate::time::Zone;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Read as _;

/// Calendars of a person that somebody else's server keeps
#[derive(Debug, Subcommand)]
pub enum OutsideCommand {
    /// Hand one in; the server asks for it within seconds, and then again and again
    Add {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
        /// https://… or webcal://…; - reads it from standard input, for whoever sees the address may read the calendar
        #[arg(value_name = "URL")]
        url: String,
        #[command(flatten)]
        how: How,
    },
    /// List a person's, with how they do
    List {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
    },
    /// Change how one counts, or what it is called
    Set {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
        /// Its name as listed
        #[arg(value_name = "NAME")]
        calendar: String,
        #[command(flatten)]
        how: How,
    },
    /// Remove one with all that was had of it
    Remove {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
        /// Its name as listed
        #[arg(value_name = "NAME")]
        calendar: String,
    },
    /// Have one asked for now
    Refresh {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
        /// Its name as listed
        #[arg(value_name = "NAME")]
        calendar: String,
    },
}

/// How a calendar counts and is called.
#[derive(Debug, Args)]
pub struct How {
    /// Name as it is shown
    #[arg(long)]
    name: Option<String>,
    /// How it counts for the rosters they stand in
    #[arg(long, value_enum, value_name = "HOW")]
    counts_as: Option<Counts>,
}

/// How an outside calendar counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Counts {
    /// Its events fill working hours; absences and busy whole days exclude
    Utilisation,
    /// All that shows as busy excludes
    Blocks,
    /// Its whole days are their holidays
    Holidays,
    /// Not at all
    Nothing,
}

impl Counts {
    fn counts_as(self) -> Option<CountsAs> {
        match self {
            Self::Utilisation => Some(CountsAs::Utilisation),
            Self::Blocks => Some(CountsAs::Blocks),
            Self::Holidays => Some(CountsAs::Holidays),
            Self::Nothing => None,
        }
    }
}

impl OutsideCommand {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let operator = &Actor::operator();
        let (Self::Add { login, .. }
        | Self::List { login }
        | Self::Set { login, .. }
        | Self::Remove { login, .. }
        | Self::Refresh { login, .. }) = &self;
        let person = service.person_by_login(operator, login).await?.id;
        match self {
            Self::Add { url, how: How { name, counts_as }, .. } => {
                let (url, transparent) = (typed(url)?, counts_as == Some(Counts::Nothing));
                let counts_as = counts_as.and_then(Counts::counts_as).unwrap_or_default();
                let new = NewOutside { url, name, counts_as, transparent };
                let made = service.add_outside(operator, &person, &new).await?;
                globals.say(
                    &format!("Added, and asked for as soon as the server runs: {}", line(&made)),
                    &document(&made),
                );
            }
            Self::List { .. } => {
                let all = service.outside_calendars(operator, &person).await?;
                let lines: Vec<String> = all.iter().map(line).collect();
                let text =
                    if lines.is_empty() { format!("{person} has no outside calendars") } else { lines.join("\n") };
                globals.say(&text, &all.iter().map(document).collect());
            }
            Self::Set { calendar, how: How { name, counts_as }, .. } => {
                let transparent = counts_as.map(|counts| counts == Counts::Nothing);
                let counts_as = counts_as.and_then(Counts::counts_as);
                let change = OutsideChange { url: None, name, counts_as, transparent };
                let done = service.change_outside(operator, (&person, &calendar), &change).await?;
                globals.say(&line(&done), &document(&done));
            }
            Self::Remove { calendar, .. } => {
                service.remove_outside(operator, &person, &calendar).await?;
                globals
                    .say(&format!("{calendar} of {person} is removed."), &json!({ "name": calendar, "removed": true }));
            }
            Self::Refresh { calendar, .. } => {
                let asked = service.refresh_outside(operator, &person, &calendar).await?;
                let text = "The server asks for it within seconds; dogwatch user outside list says what came of it.";
                globals.say(text, &document(&asked));
            }
        }
        Ok(())
    }
}

fn typed(url: String) -> Result<String, CommandError> {
    if url != "-" {
        return Ok(url);
    }
    let mut read = String::new();
    let failed = |error| CommandError::io("read the address from standard input", error);
    std::io::stdin().take(4_096).read_to_string(&mut read).map_err(failed)?;
    Ok(read)
}

fn line(view: &OutsideView) -> String {
    let counts = if view.transparent { "counts as nothing" } else { word(view.counts_as) };
    let mut line = format!("{}  {}  {}  {counts}  {} events", view.name, view.display_name, view.url, view.events);
    if view.skipped > 0 {
        let _ = write!(line, ", {} unreadable", view.skipped);
    }
    match (view.last_success, view.problem) {
        (None, None) => line.push_str("  not asked for yet"),
        (Some(at), None) => {
            let _ = write!(line, "  had {}", at.rfc3339(Zone::UTC));
        }
        (last, Some(problem)) => {
            let had = last.map_or_else(|| "never had".to_owned(), |at| format!("had {}", at.rfc3339(Zone::UTC)));
            let _ = write!(line, "  {had}, then: {}", said(problem));
        }
    }
    line
}

fn word(counts_as: CountsAs) -> &'static str {
    match counts_as {
        CountsAs::Utilisation => "utilisation",
        CountsAs::Blocks => "blocks",
        CountsAs::Holidays => "holidays",
    }
}

fn said(problem: Problem) -> &'static str {
    match problem {
        Problem::NotReachable => "not reachable",
        Problem::NoCalendar => "what is there is no calendar",
        Problem::TooMuch => "more than is taken",
    }
}

fn document(view: &OutsideView) -> Value {
    let utc = |at: crate::time::Instant| at.rfc3339(Zone::UTC);
    json!({
        "name": view.name, "display_name": view.display_name, "url": view.url, "counts_as": view.counts_as,
        "transparent": view.transparent, "every_minutes": view.every_minutes,
        "last_success": view.last_success.map(utc), "last_attempt": view.last_attempt.map(utc),
        "next_attempt": utc(view.next_attempt), "problem": view.problem, "stale": view.stale,
        "events": view.events, "skipped": view.skipped,
    })
}
