//! `dogwatch user`: people, and how they and their apps get in.

mod outside;
mod reminders;
mod requirements;
mod secrets;
mod sharing;

use super::{CommandError, Globals};
use crate::roster::model::Person;
use crate::service::people::{Gap, NewPerson};
use crate::service::{Actor, Service};
use clap::{Args, Subcommand};
use outside::OutsideCommand;
use secrets::{AppPasswordCommand, FeedCommand};
use serde_json::{Value, json};
use sharing::{DelegateCommand, ShareCommand};
use std::fmt::Write as _;

/// Add people, list them, and make their passwords
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a person with their calendars
    Add(Add),
    /// List everybody
    List,
    /// Shut a person out; what they still had to stand becomes a gap
    Disable {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
    },
    /// Set a person's password for pages; calendars have app passwords
    Password {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
        /// Take the first line of standard input instead of drawing one
        #[arg(long)]
        stdin: bool,
    },
    /// Turn a person's second factor off, when telephone and recovery codes are lost
    DropSecondFactor {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
    },
    /// Show what a person needs for the roles of their teams, and how to obtain it
    Requirements {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
    },
    /// Show or set what a person is reminded of, and when they are left alone
    Reminders(reminders::Reminders),
    /// Passwords for calendar apps
    #[command(subcommand)]
    AppPassword(AppPasswordCommand),
    /// Private calendar links of a person's shifts
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Colleagues who look after a person's calendars, and answer for them
    #[command(subcommand)]
    Delegate(DelegateCommand),
    /// Calendars of a person that somebody else's server keeps
    #[command(subcommand)]
    Outside(OutsideCommand),
    /// A person's calendars that are open to others
    #[command(subcommand)]
    Share(ShareCommand),
}

/// A person as typed.
#[derive(Debug, Args)]
pub struct Add {
    /// Id, for ever: lower-case letters, digits and hyphens
    #[arg(value_name = "LOGIN")]
    id: String,
    /// Name as it is shown
    #[arg(long)]
    name: String,
    /// Mail address; also a user name
    #[arg(long)]
    email: String,
    /// Time zone such as Europe/London
    #[arg(long, value_name = "ZONE")]
    time_zone: String,
    /// Telephone number such as +44 7700 900123
    #[arg(long)]
    phone: Option<String>,
    /// May administer everything
    #[arg(long)]
    admin: bool,
}

impl UserCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let service = match self {
            Self::Add(_) => globals.service_or_new().await?,
            _ => globals.service().await?,
        };
        match self {
            Self::Add(add) => add.run(globals, &service).await,
            Self::List => list(globals, &service).await,
            Self::Disable { login } => disable(globals, &service, &login).await,
            Self::Password { login, stdin } => secrets::set_password(globals, &service, &login, stdin).await,
            Self::DropSecondFactor { login } => secrets::drop_second_factor(globals, &service, &login).await,
            Self::Requirements { login } => requirements::show(globals, &service, &login).await,
            Self::Reminders(command) => command.run(globals, &service).await,
            Self::AppPassword(command) => command.run(globals, &service).await,
            Self::Feed(command) => command.run(globals, &service).await,
            Self::Delegate(command) => command.run(globals, &service).await,
            Self::Outside(command) => command.run(globals, &service).await,
            Self::Share(command) => command.run(globals, &service).await,
        }
    }
}

impl Add {
    async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let Self { id, name, email, time_zone, phone, admin } = self;
        let new = NewPerson { id, name, email, phone, zone: time_zone, admin };
        let person = service.add_person(&Actor::operator(), &new).await?;
        let next = format!("dogwatch user app-password add {} --label \"their phone\"", person.id);
        globals.say(&format!("Added {}. A password for a calendar app: {next}", line(&person)), &document(&person));
        Ok(())
    }
}

async fn list(globals: &Globals, service: &Service) -> Result<(), CommandError> {
    let people = service.people(&Actor::operator()).await?;
    let text: Vec<String> = people.iter().map(line).collect();
    let text =
        if text.is_empty() { "nobody yet; add somebody with dogwatch user add".to_owned() } else { text.join("\n") };
    globals.say(&text, &people.iter().map(document).collect());
    Ok(())
}

async fn disable(globals: &Globals, service: &Service, login: &str) -> Result<(), CommandError> {
    let person = service.person_by_login(&Actor::operator(), login).await?;
    let gaps = service.disable_person(&Actor::operator(), &person.id).await?;
    let mut text = format!("{} is disabled: every password, token and feed is revoked.", person.id);
    for gap in &gaps {
        let _ = write!(text, "\ngap: {gap}");
    }
    globals.say(&text, &json!({ "id": person.id, "disabled": true, "gaps": gap_documents(&gaps) }));
    Ok(())
}

/// Shifts that nobody holds any more.
pub(super) fn gap_documents(gaps: &[Gap]) -> Value {
    let gap = |gap: &Gap| {
        json!({ "team": gap.team, "role": gap.role, "slot": gap.slot, "start": gap.window.start.rfc3339(gap.zone),
            "end": gap.window.end.rfc3339(gap.zone) })
    };
    gaps.iter().map(gap).collect()
}

fn line(person: &Person) -> String {
    let mut line = format!("{}  {}  {}  {}", person.id, person.name, person.email, person.zone.name());
    for (holds, word) in [(person.admin, "administrator"), (person.disabled, "disabled")] {
        if holds {
            let _ = write!(line, "  ({word})");
        }
    }
    line
}

fn document(person: &Person) -> Value {
    json!({ "id": person.id, "name": person.name, "email": person.email, "phone": person.phone,
        "time_zone": person.zone.name(), "admin": person.admin, "disabled": person.disabled })
}
