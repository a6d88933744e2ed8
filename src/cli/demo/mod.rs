//! `dogwatch demo`: a demo organisation relative to today, served at once. What it makes goes through the same use cases
//! as everything else; started again on the same data it only serves.

mod absences;
mod account;
mod organisation;
mod seed;

use super::serve::{Opened, open, until_stopped};
use super::{CommandError, Globals, output};
use crate::config::Config;
use crate::http::start_logging;
use crate::service::Actor;
use account::Described;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Serve a demo organisation.
#[derive(Debug, Args)]
pub struct Demo {
    /// Address and port to listen on; port 0 picks one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl Demo {
    /// Makes the organisation where there is none, writes `demo.json`, says what to open, and serves until a signal.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let mut config = Config { listen: self.listen, ..Config::default() };
        config.limits.requests_per_minute = 0;
        let temporary = tempfile::Builder::new().prefix("dogwatch-demo-").tempdir();
        let temporary = temporary.map_err(|error| CommandError::io("make a temporary folder", error))?;
        config.data = globals.data.clone().unwrap_or_else(|| PathBuf::from(temporary.path()));
        config.check()?;
        start_logging(&config.log);
        let _alone = account::claim(&config.data)?;
        let Opened { server, service, store } = open(&config).await?;
        let described = match Described::read(&config.data)? {
            Some(described) => described,
            None if !service.people(&Actor::operator()).await?.is_empty() => {
                return Err(CommandError::Refused(format!(
                    "{} holds people, but no {}: the demo would mix its own with them; name an empty folder with --data",
                    config.data.display(),
                    account::FILE
                )));
            }
            None => seed::organisation(&service).await?,
        };
        let described = described.at(&format!("http://{}", server.address()));
        described.write(&config.data)?;
        introduce(&described, &config);
        Box::pin(until_stopped(server, service, store, &config)).await
    }
}

fn introduce(demo: &Described, config: &Config) {
    output::line(&format!("A demo organisation with {} people and {} teams.", demo.people.len(), demo.teams.len()));
    output::line(&format!(
        "Open {0}/teams/payments and {0}/teams/platform, or add {0} as a CalDAV account:",
        demo.base_url
    ));
    for id in ["ada", "ben", "priya"] {
        if let Some(person) = demo.people.iter().find(|person| person.id == id) {
            output::line(&format!(
                "  {:<6} user {}  password {}  on pages {}",
                person.id, person.email, person.app_password, person.web_password
            ));
        }
    }
    if let Some(open) = &demo.open {
        output::line(&format!("Published up to {}; open for planning: {} to {}.", open.from, open.from, open.to));
    }
    let file = config.data.join(account::FILE);
    output::line(&format!("Everybody's accounts and an administrator's API token: {}", file.display()));
}
