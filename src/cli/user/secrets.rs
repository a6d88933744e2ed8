//! `dogwatch user app-password` and `feed`: each secret is shown once, when it is made.

use crate::cli::secrets::{feed_url, life_document, life_text, revoke};
use crate::cli::{CommandError, Globals};
use crate::ids::TeamId;
use crate::service::tokens::{DavScope, NewAppPassword, NewFeed, SecretKind};
use crate::service::{Actor, Service};
use clap::Subcommand;
use serde_json::json;

/// Passwords for calendar apps
#[derive(Debug, Subcommand)]
pub enum AppPasswordCommand {
    /// Make one and show it, once
    Add {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
        /// Where it is used, such as "Ada's phone"
        #[arg(long)]
        label: String,
        /// Opens calendars for reading alone
        #[arg(long)]
        read_only: bool,
        /// The on-call phone: it alone lists the calendar with alarms
        #[arg(long)]
        on_call_phone: bool,
    },
    /// List a person's, without the secrets
    List {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
    },
    /// Make one useless at once
    Revoke {
        /// As listed: the eight characters after `dw-`
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Private calendar links of a person's shifts
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// Make one and show it, once
    Add {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
        /// Where it is used, such as "Google"
        #[arg(long)]
        label: String,
        /// Show this team's roster instead of the person's shifts
        #[arg(long, value_name = "TEAM")]
        team: Option<String>,
    },
    /// List a person's, without the secrets
    List {
        /// Id or mail address
        #[arg(value_name = "LOGIN")]
        login: String,
    },
    /// Make one useless at once
    Revoke {
        /// As listed
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Sets a password for pages: a typed one, or one that is drawn and shown once.
pub(super) async fn set_password(
    globals: &Globals,
    service: &Service,
    login: &str,
    typed: bool,
) -> Result<(), CommandError> {
    let operator = Actor::operator();
    let person = service.person_by_login(&operator, login).await?;
    let page = format!("{}/sign-in", service.public_url());
    if typed {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(|error| CommandError::io("read standard input", error))?;
        let password = line.trim_end_matches(['\r', '\n']);
        service.set_web_password(&operator, &person.id, password, None).await?;
        globals.say(&format!("{} signs in at {page} with it.", person.id), &json!({ "person": person.id }));
    } else {
        let password = service.draw_web_password(&operator, &person.id).await?;
        let text = format!("{password}\nShown this once. User name: {} (or {}), at {page}", person.email, person.id);
        globals.say(&text, &json!({ "person": person.id, "password": password }));
    }
    Ok(())
}

/// Turns a second factor off.
pub(super) async fn drop_second_factor(globals: &Globals, service: &Service, login: &str) -> Result<(), CommandError> {
    let operator = Actor::operator();
    let person = service.person_by_login(&operator, login).await?;
    let removed = service.remove_second_factor(&operator, &person.id).await?;
    let text = if removed { "signs in by password alone now" } else { "had no second factor" };
    globals.say(&format!("{} {text}.", person.id), &json!({ "person": person.id, "removed": removed }));
    Ok(())
}

impl AppPasswordCommand {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let operator = Actor::operator();
        match self {
            Self::Add { login, label, read_only, on_call_phone: phone_device } => {
                let person = service.person_by_login(&operator, &login).await?;
                let scope = if read_only { DavScope::ReadOnly } else { DavScope::ReadWrite };
                let new = NewAppPassword { person: person.id.clone(), label, scope, phone_device };
                let made = service.add_app_password(&operator, new).await?;
                let text = format!(
                    "{}\nShown this once. User name: {} (or {}). Revoke it with dogwatch user app-password revoke {}",
                    made.secret, person.email, person.id, made.id
                );
                let document = json!({ "id": made.id, "person": person.id, "password": made.secret, "scope": scope });
                globals.say(&text, &document);
            }
            Self::List { login } => {
                let person = service.person_by_login(&operator, &login).await?;
                let passwords = service.app_passwords(&operator, &person.id).await?;
                let rows = passwords.iter().map(|password| {
                    let text =
                        format!("{}  {}  {}{}", password.id, password.label, password.scope, life_text(password.life));
                    let document = json!({ "id": password.id, "label": password.label, "scope": password.scope });
                    (text, life_document(document, password.life))
                });
                globals.say_list(rows.collect(), "no app passwords");
            }
            Self::Revoke { id } => revoke(globals, service, SecretKind::AppPassword, &id).await?,
        }
        Ok(())
    }
}

impl FeedCommand {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let operator = Actor::operator();
        match self {
            Self::Add { login, label, team } => {
                let person = service.person_by_login(&operator, &login).await?.id;
                let new = NewFeed { person: Some(person.clone()), team: team.map(TeamId::new), label };
                let made = service.add_feed(&operator, new).await?;
                let url = feed_url(service, &made.secret);
                let text = format!("{url}\nShown this once. Revoke it with dogwatch user feed revoke {}", made.id);
                globals.say(&text, &json!({ "id": made.id, "person": person, "url": url }));
            }
            Self::List { login } => {
                let person = service.person_by_login(&operator, &login).await?;
                let feeds = service.feeds_of_person(&operator, &person.id).await?;
                let rows = feeds.iter().map(|feed| {
                    let what =
                        feed.team.as_ref().map_or_else(|| "own shifts".to_owned(), |team| format!("team {team}"));
                    let text = format!("{}  {}  {what}{}", feed.id, feed.label, life_text(feed.life));
                    let document = json!({ "id": feed.id, "label": feed.label, "team": feed.team });
                    (text, life_document(document, feed.life))
                });
                globals.say_list(rows.collect(), "no feeds");
            }
            Self::Revoke { id } => revoke(globals, service, SecretKind::Feed, &id).await?,
        }
        Ok(())
    }
}
