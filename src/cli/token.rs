//! `dogwatch token`: tokens of the JSON API. Each is shown once, when it is made.

use super::secrets::{life_document, life_text, revoke};
use super::{CommandError, Globals};
use crate::service::tokens::SecretKind;
use crate::service::{Actor, Scope};
use clap::Subcommand;
use serde_json::json;

/// Tokens of the JSON API
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make one and show it, once
    Add {
        /// How far it reaches: read, roster or admin
        #[arg(long, value_parser = scope)]
        scope: Scope,
        /// Where it is used
        #[arg(long)]
        label: String,
        /// On whose behalf, by id or mail address; it never reaches farther than they do
        #[arg(long, value_name = "LOGIN")]
        person: Option<String>,
    },
    /// List them, without the secrets
    List,
    /// Make one useless at once
    Revoke {
        /// As listed: the eight characters after `dwt-`
        #[arg(value_name = "ID")]
        id: String,
    },
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| "must be read, roster or admin".to_owned())
}

impl TokenCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let operator = Actor::operator();
        let service = match self {
            Self::Add { .. } => globals.service_or_new().await?,
            _ => globals.service().await?,
        };
        match self {
            Self::Add { scope, label, person } => {
                let person = match person {
                    Some(login) => Some(service.person_by_login(&operator, &login).await?.id),
                    None => None,
                };
                let made = service.add_api_token(&operator, &label, scope, person.clone()).await?;
                let text =
                    format!("{}\nShown this once. Revoke it with dogwatch token revoke {}", made.secret, made.id);
                globals.say(&text, &json!({ "id": made.id, "token": made.secret, "scope": scope, "person": person }));
            }
            Self::List => {
                let tokens = service.api_tokens(&operator).await?;
                let rows = tokens.iter().map(|token| {
                    let whose = token.person.as_ref().map(|person| format!("  for {person}")).unwrap_or_default();
                    let text =
                        format!("{}  {}  {}{whose}{}", token.id, token.label, token.scope, life_text(token.life));
                    let document = json!({ "id": token.id, "label": token.label, "scope": token.scope,
                        "person": token.person });
                    (text, life_document(document, token.life))
                });
                globals.say_list(rows.collect(), "no tokens");
            }
            Self::Revoke { id } => revoke(globals, &service, SecretKind::ApiToken, &id).await?,
        }
        Ok(())
    }
}
