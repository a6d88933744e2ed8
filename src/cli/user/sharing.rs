//! `dogwatch user delegate` and `share`: who answers for a person, and to whom their calendars are open.

use crate::cli::{CommandError, Globals};
use crate::service::calendars::{Extent, Grantee};
use crate::service::delegates::{Named, word};
use crate::service::{Actor, Service};
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

/// Colleagues who look after a person's calendars, and answer for them
#[derive(Debug, Subcommand)]
pub enum DelegateCommand {
    /// Name one, or change what they may do
    Add {
        /// Id or mail address of the person
        #[arg(value_name = "LOGIN")]
        login: String,
        /// Id or mail address of the delegate
        #[arg(value_name = "DELEGATE")]
        delegate: String,
        /// May look, and neither write nor answer
        #[arg(long)]
        read_only: bool,
    },
    /// List a person's
    List {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
    },
    /// Name one no more
    Remove {
        /// Id or mail address of the person
        #[arg(value_name = "LOGIN")]
        login: String,
        /// Id or mail address of the delegate
        #[arg(value_name = "DELEGATE")]
        delegate: String,
    },
}

/// A person's calendars that are open to others
#[derive(Debug, Subcommand)]
pub enum ShareCommand {
    /// Share one, or change how far
    Add {
        /// Id or mail address of whose calendar it is
        #[arg(value_name = "LOGIN")]
        login: String,
        /// The calendar's name in their home, such as calendar
        #[arg(value_name = "CALENDAR")]
        calendar: String,
        /// person:ID, team:ID or everybody
        #[arg(value_name = "WITH")]
        with: String,
        /// How far
        #[arg(long, value_enum, default_value = "read")]
        access: Access,
    },
    /// List with whom one is shared
    List {
        /// Id or mail address of whose calendar it is
        #[arg(value_name = "LOGIN")]
        login: String,
        /// The calendar's name in their home, such as calendar
        #[arg(value_name = "CALENDAR")]
        calendar: String,
    },
    /// Share one no more
    Remove {
        /// Id or mail address of whose calendar it is
        #[arg(value_name = "LOGIN")]
        login: String,
        /// The calendar's name in their home, such as calendar
        #[arg(value_name = "CALENDAR")]
        calendar: String,
        /// person:ID, team:ID or everybody
        #[arg(value_name = "WITH")]
        with: String,
    },
}

/// How far a calendar is shared.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Access {
    /// When it is busy, and not why
    FreeBusy,
    /// All that is in it
    Read,
    /// To write into it too
    Write,
}

impl From<Access> for Extent {
    fn from(access: Access) -> Self {
        match access {
            Access::FreeBusy => Self::FreeBusy,
            Access::Read => Self::Read,
            Access::Write => Self::Write,
        }
    }
}

impl DelegateCommand {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let operator = &Actor::operator();
        match self {
            Self::Add { login, delegate, read_only } => {
                let person = service.person_by_login(operator, &login).await?;
                let delegate = service.person_by_login(operator, &delegate).await?;
                let named = service.name_delegate(operator, &person.id, &delegate.id, !read_only).await?;
                globals.say(&format!("For {}: {}.", person.id, line(&named)), &document(&named));
            }
            Self::List { login } => {
                let person = service.person_by_login(operator, &login).await?;
                let named = service.delegates(operator, &person.id).await?;
                let lines: Vec<String> = named.iter().map(line).collect();
                let text =
                    if lines.is_empty() { format!("nobody answers for {}", person.id) } else { lines.join("\n") };
                globals.say(&text, &named.iter().map(document).collect());
            }
            Self::Remove { login, delegate } => {
                let person = service.person_by_login(operator, &login).await?;
                let delegate = service.person_by_login(operator, &delegate).await?;
                service.dismiss_delegate(operator, &person.id, &delegate.id).await?;
                let text = format!("{} answers for {} no more.", delegate.id, person.id);
                globals.say(&text, &json!({ "person": delegate.id, "access": null }));
            }
        }
        Ok(())
    }
}

fn line(named: &Named) -> String {
    let does = if named.writes { "writes and answers" } else { "looks" };
    format!("{}  {}  {does}", named.person, named.name)
}

fn document(named: &Named) -> Value {
    json!({ "person": named.person, "name": named.name, "access": word(named.writes) })
}

impl ShareCommand {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let operator = &Actor::operator();
        let (Self::Add { login, .. } | Self::List { login, .. } | Self::Remove { login, .. }) = &self;
        let person = service.person_by_login(operator, login).await?.id;
        match self {
            Self::Add { calendar, with, access, .. } => {
                let with = grantee(&with)?;
                service.share_calendar(operator, (&person, &calendar), &with, access.into()).await?;
            }
            Self::Remove { calendar, with, .. } => {
                service.unshare_calendar(operator, (&person, &calendar), &grantee(&with)?).await?;
            }
            Self::List { calendar, .. } => return list(globals, service, (&person, &calendar)).await,
        }
        globals.say("Done.", &json!({ "done": true }));
        Ok(())
    }
}

async fn list(
    globals: &Globals,
    service: &Service,
    (person, calendar): (&crate::ids::PersonId, &str),
) -> Result<(), CommandError> {
    let shares = service.shares(&Actor::operator(), person, calendar).await?;
    let lines: Vec<String> =
        shares.iter().map(|share| format!("{}  {}  {}", share.with, share.name, share.privileges.words())).collect();
    let text =
        if lines.is_empty() { format!("{calendar} of {person} is open to nobody else") } else { lines.join("\n") };
    let document = |share: &crate::service::calendars::Share| json!({ "with": share.with.to_string(), "name": share.name, "access": share.extent });
    globals.say(&text, &shares.iter().map(document).collect());
    Ok(())
}

fn grantee(text: &str) -> Result<Grantee, CommandError> {
    text.parse().map_err(|()| CommandError::Refused(format!("{text} is none of person:ID, team:ID and everybody")))
}
