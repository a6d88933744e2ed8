//! `dogwatch webhook`: programs elsewhere that hear of what happens, in a team or in all of them. Each one's secret is shown
//! once, when it is made or replaced.

use super::{CommandError, Globals};
use crate::ids::{TeamId, WebhookId};
use crate::service::webhooks::{Event, Format, KEEP_HOURS, MadeWebhook, NewWebhook, Owner, WebhookChange, WebhookView};
use crate::service::{Actor, Service};
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Programs elsewhere that hear of what happens
#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// List them: of their addresses the hosts alone, and no secrets
    List(Whose),
    /// Register one, and show its secret, once
    Add {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        url: Url,
        /// As it is shown; the host where nothing is said
        #[arg(long)]
        name: Option<String>,
        /// What it is sent: dogwatch, slack or chat
        #[arg(long, value_parser = format, default_value = "dogwatch")]
        format: Format,
        /// What it wants to hear of, with commas between, such as handover,swap.taken; all there is where nothing is said
        #[arg(long, value_delimiter = ',', value_parser = event)]
        events: Vec<Event>,
    },
    /// Pause one: what happens meanwhile it never hears of
    Pause(One),
    /// End the pause
    Resume(One),
    /// Send one a message that is a test
    Test(One),
    /// Replace the secret of one, and show the new one, once
    Rotate {
        #[command(flatten)]
        one: One,
        /// For how many hours messages are signed with the former secret too
        #[arg(long, value_name = "HOURS", default_value_t = KEEP_HOURS)]
        keep: u32,
    },
    /// Remove one with all that waits for it
    Remove(One),
}

/// A team, or all of them.
#[derive(Debug, Args)]
pub struct Whose {
    /// The team; all of them where nothing is said
    #[arg(long)]
    team: Option<String>,
}

/// One of them.
#[derive(Debug, Args)]
pub struct One {
    #[command(flatten)]
    whose: Whose,
    /// As listed
    #[arg(value_name = "ID")]
    id: String,
}

/// An address, which may be a secret.
#[derive(Debug, Args)]
pub struct Url {
    /// Where it is, as https://…
    #[arg(value_name = "URL", required_unless_present = "url_file", conflicts_with = "url_file")]
    url: Option<String>,
    /// A file that holds the address: what is typed can be read by everybody on the machine
    #[arg(long, value_name = "FILE")]
    url_file: Option<PathBuf>,
}

impl Url {
    fn read(self) -> Result<String, CommandError> {
        let Some(file) = self.url_file else { return Ok(self.url.unwrap_or_default()) };
        let text = std::fs::read_to_string(&file);
        let text = text.map_err(|error| CommandError::io(format!("read {}", file.display()), error))?;
        Ok(text.trim().to_owned())
    }
}

impl Whose {
    fn owner(self) -> Owner {
        self.team.map(TeamId::new)
    }
}

fn word<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Json::String(text.trim().to_owned())).ok()
}

fn event(text: &str) -> Result<Event, String> {
    let known = || Event::CHOICE.map(Event::as_str).join(", ");
    word(text).ok_or_else(|| format!("must be one of {}", known()))
}

fn format(text: &str) -> Result<Format, String> {
    word(text).ok_or_else(|| "must be dogwatch, slack or chat".to_owned())
}

impl WebhookCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let service = globals.service().await?;
        match self {
            Self::List(whose) => {
                let found = service.webhooks(&Actor::operator(), &whose.owner()).await?;
                let rows = found.iter().map(|one| (line(one), document(one)));
                globals.say_list(rows.collect(), "no receivers");
            }
            Self::Add { whose, url, name, format, events } => {
                let events = (!events.is_empty()).then(|| events.into_iter().collect::<BTreeSet<_>>());
                let new = NewWebhook { name, url: url.read()?, format, events };
                say_made(globals, &service.add_webhook(&Actor::operator(), &whose.owner(), new).await?);
            }
            Self::Pause(one) => pause(globals, &service, one, true).await?,
            Self::Resume(one) => pause(globals, &service, one, false).await?,
            Self::Test(One { whose, id }) => {
                let id = WebhookId::new(id);
                let view = service.test_webhook(&Actor::operator(), &whose.owner(), &id).await?;
                let text = format!("the running server sends a test to {} at {}", view.name, view.host);
                globals.say(&text, &document(&view));
            }
            Self::Rotate { one: One { whose, id }, keep } => {
                let (owner, id) = (whose.owner(), WebhookId::new(id));
                say_made(globals, &service.rotate_webhook(&Actor::operator(), (&owner, &id), keep).await?);
            }
            Self::Remove(One { whose, id }) => {
                service.remove_webhook(&Actor::operator(), &whose.owner(), &WebhookId::new(&*id)).await?;
                globals.say(&format!("removed {id}"), &json!({ "removed": id }));
            }
        }
        Ok(())
    }
}

async fn pause(globals: &Globals, service: &Service, one: One, paused: bool) -> Result<(), CommandError> {
    let (owner, id) = (one.whose.owner(), WebhookId::new(one.id));
    let change = WebhookChange { paused: Some(paused), ..WebhookChange::default() };
    let view = service.change_webhook(&Actor::operator(), (&owner, &id), change).await?;
    globals.say(&line(&view), &document(&view));
    Ok(())
}

fn say_made(globals: &Globals, made: &MadeWebhook) {
    let text = format!("{}\n{}\nThe secret is shown this once.", line(&made.view), made.secret);
    let mut json = document(&made.view);
    if let Json::Object(members) = &mut json {
        members.insert("secret".to_owned(), made.secret.clone().into());
    }
    globals.say(&text, &json);
}

fn line(view: &WebhookView) -> String {
    let WebhookView { id, name, host, format, waiting, given_up, health, .. } = view;
    let paused = if view.paused { ", paused" } else { "" };
    let problem = health.problem.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let format = format.as_str();
    format!("{id}  {name}  {host}  {format}{paused}  {waiting} wait, {given_up} given up{problem}")
}

fn document(view: &WebhookView) -> Json {
    json!({
        "id": view.id, "team": view.team, "name": view.name, "host": view.host, "format": view.format,
        "events": view.events, "paused": view.paused, "problem": view.health.problem, "waiting": view.waiting,
        "given_up": view.given_up,
    })
}
