//! Which server and database, from a `postgres://` URL, and what of it is refused.

use super::tls::Wish;
use crate::store::StoreError;
use postgres::config::Host;
use postgres::{Client, Config, NoTls};
use std::fmt;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(3);
/// How long sent bytes may stay unacknowledged before the connection counts as broken.
const SILENCE: Duration = Duration::from_secs(10);

/// How to connect. Holds the password, and never prints it.
#[derive(Clone)]
pub(in crate::store) struct Server {
    config: Config,
    /// How it is spoken to, where that is not in clear text.
    tls: Option<MakeRustlsConnect>,
    name: String,
}

impl Server {
    /// Reads a URL; the password counts where the URL has none. It is never quoted in a refusal, for it may hold a
    /// password.
    pub(in crate::store) fn parse(url: &str, password: Option<&str>) -> Result<Self, StoreError> {
        let wish = Wish::read(url);
        let mut config: Config = wish.url.parse().map_err(|problem| {
            StoreError::Refused(format!(
                "the URL of the database can't be read ({problem}); it is like postgres://user:password@host/database"
            ))
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(StoreError::Refused(
                "the URL of the database names no host; it is like postgres://user@host/database, or \
                 postgres:///database?host=/run/postgresql"
                    .to_owned(),
            ));
        }
        if let (None, Some(password)) = (config.get_password(), password) {
            config.password(password);
        }
        let tls = wish.settle(&mut config)?;
        config.connect_timeout(CONNECT).tcp_user_timeout(SILENCE).keepalives_idle(Duration::from_secs(30));
        if config.get_application_name().is_none() {
            config.application_name("dogwatch");
        }
        let name = name(&config);
        Ok(Self { config, tls, name })
    }

    pub(super) fn connect(&self) -> Result<Client, StoreError> {
        let connected = match self.tls.clone() {
            Some(tls) => self.config.connect(tls),
            None => self.config.connect(NoTls),
        };
        // The address and the server's own words; neither holds the password.
        connected.map_err(|problem| {
            let said = problem.as_db_error().map_or_else(|| chain(&problem), |said| said.message().to_owned());
            StoreError::Away(format!("{}: {said}", self.name))
        })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.name).finish()
    }
}

/// An error with its causes; the driver's own sentences leave out what the system said.
fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }
}

/// What the server is called in messages: hosts and database.
fn name(config: &Config) -> String {
    let host = |host: &Host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    };
    let hosts: Vec<_> = config.get_hosts().iter().map(host).collect();
    format!("PostgreSQL {} at {}", config.get_dbname().unwrap_or("(no database named)"), hosts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let server = Server::parse("postgres://ada@localhost:1/dogwatch", Some("hunter2")).unwrap();
        assert!(!format!("{server:?}").contains("hunter2"));
        let away = std::thread::spawn(move || server.connect().map(drop).unwrap_err()).join().unwrap().to_string();
        assert!(away.contains("PostgreSQL dogwatch at localhost") && !away.contains("hunter2"), "{away}");
        let unread = Server::parse("postgres://ada:hunter2@localhost:port/x", None).unwrap_err().to_string();
        assert!(!unread.contains("hunter2"), "{unread}");
    }
}
