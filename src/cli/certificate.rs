//! `dogwatch certificate`: how it stands with the certificate that Dogwatch obtains itself, and asking for it again at once.

use super::serve::wanted;
use super::{CommandError, Globals};
use crate::service::Actor;
use crate::service::certificates::Progress;
use clap::Args;
use serde_json::json;

/// Say how it stands with the certificate of [tls.acme].
#[derive(Debug, Args)]
pub struct Certificate {
    /// Ask at once, without waiting for the end of the pause after a failure
    #[arg(long)]
    again: bool,
}

impl Certificate {
    /// Looks into the database, beside a server that asks.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let config = globals.load()?;
        let nothing = || CommandError::Usage("the configuration has no [tls.acme]: nothing is asked for".to_owned());
        let wanted = wanted(config.tls.acme.as_ref().ok_or_else(nothing)?);
        let (service, actor) = (globals.service().await?, Actor::operator());
        if self.again {
            service.ask_again(&actor, &wanted).await?;
        }
        let progress = service.certificate_progress(&actor, &wanted).await?;
        let json = json!({
            "names": wanted.names,
            "until": progress.until.map(|until| until.to_string()),
            "failures": progress.failures,
            "problem": progress.problem,
            "next": progress.next.map(|next| next.to_string()),
        });
        globals.say(&text(&wanted.names.join(", "), &progress), &json);
        Ok(())
    }
}

fn text(names: &str, progress: &Progress) -> String {
    let mut text = match progress.until {
        Some(until) => format!("The certificate for {names} is good until {until}."),
        None => format!("There is no certificate for {names} yet."),
    };
    if let Some(problem) = &progress.problem {
        text += &format!("\nThe last attempt of {} brought none: {problem}.", progress.failures);
    }
    if let Some(next) = progress.next {
        text += &format!("\nThe next is made at {next}; dogwatch certificate --again does not wait for it.");
    }
    text
}
