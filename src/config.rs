//! What Dogwatch is told before it starts: one TOML file, then the environment, then the command line, each over the
//! one before. Unknown keys are refused with their line, so that a misspelt limit can't be silently without effect.

use serde::Deserialize;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

mod acme;
mod database;
mod environment;
mod heartbeat;
mod limits;
mod mail;
mod metrics;
mod network;
mod openid;
mod outbound;
mod reminders;
mod secret;
mod snapshot;
mod tls;

pub use acme::Acme;
pub use database::Database;
pub use heartbeat::Heartbeat;
pub use limits::Limits;
pub use mail::{Inbound, Mail, Relay, Security, Starttls};
pub use metrics::Metrics;
pub use network::Network;
pub use openid::OpenId;
pub use outbound::{Outbound, Push};
pub use reminders::Reminders;
pub use secret::{LinkKey, Secret};
pub use snapshot::{Destination, Snapshot};
pub use tls::Tls;

/// What a running server needs to know, complete and checked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on; port 0 lets the system pick one.
    pub listen: SocketAddr,
    /// Where people and programs reach this server, without a slash at the end; links are made from it, never from a
    /// request's Host. Where absent it is `http://` (`https://` with a certificate) and the address listened on.
    pub public_url: Option<String>,
    /// Folder for everything that is kept.
    pub data: PathBuf,
    /// File name of the SQLite database, relative to `data`, or the URL of a PostgreSQL database.
    pub database: Database,
    /// File with the password for a PostgreSQL database, where its URL has none.
    pub database_password_file: Option<PathBuf>,
    /// Proxies whose `X-Forwarded-For` is believed: addresses or CIDR ranges.
    pub trusted_proxies: Vec<Network>,
    /// Offers passwords in clear text on a public address. Only for a network that is private in another way.
    pub allow_plain_http: bool,
    /// File with the key that signs links, at least 32 bytes; where absent, one is drawn and kept in the database.
    pub link_key_file: Option<PathBuf>,
    /// The certificate with which Dogwatch speaks TLS itself.
    pub tls: Tls,
    /// What is logged and how.
    pub log: Log,
    /// To which servers Dogwatch may speak.
    pub outbound: Outbound,
    /// Whether calendar apps are told of changes.
    pub push: Push,
    /// By which server mail goes out.
    pub mail: Mail,
    /// By whom people may sign in to pages beside their password.
    pub openid: OpenId,
    /// Who is on call, kept for when the server is down.
    pub snapshot: Snapshot,
    /// Who is told that all is well.
    pub heartbeat: Heartbeat,
    /// Where what is counted can be read.
    pub metrics: Metrics,
    /// What people are reminded of because time passes.
    pub reminders: Reminders,
    /// Bounds on what one client may ask for.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            data: PathBuf::from("dogwatch-data"),
            database: Database::File(PathBuf::from("dogwatch.db")),
            database_password_file: None,
            trusted_proxies: Vec::new(),
            allow_plain_http: false,
            link_key_file: None,
            tls: Tls::default(),
            log: Log::default(),
            outbound: Outbound::default(),
            push: Push::default(),
            mail: Mail::default(),
            openid: OpenId::default(),
            snapshot: Snapshot::default(),
            heartbeat: Heartbeat::default(),
            metrics: Metrics::default(),
            reminders: Reminders::default(),
            limits: Limits::default(),
        }
    }
}

/// What is logged and how. Log lines go to standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least severe level that is written.
    pub level: Level,
    /// One JSON object a line, or text for people.
    pub format: LogFormat,
}

/// Severity of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Something is broken.
    Error,
    /// Something needs attention.
    Warn,
    /// One line for each request.
    #[default]
    Info,
    /// For finding faults.
    Debug,
}

/// Shape of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong kind; the message names line and column.
    #[error("{path}: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line and what is wrong in it.
        problem: String,
    },
    /// An environment variable doesn't hold what it should.
    #[error("{variable}: {problem}")]
    Environment {
        /// Name of the variable.
        variable: String,
        /// What is wrong; never the value.
        problem: String,
    },
    /// Each key is well formed, but together they are refused.
    #[error("{0}")]
    Unsafe(String),
}

impl Config {
    /// Reads the file (if one is named), then the environment. The command line comes after this, then
    /// [`Config::check`].
    pub fn load(file: Option<&Path>, variables: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut config = match file {
            Some(path) => Self::parse(&read_text(path)?, path)?,
            None => Self::default(),
        };
        for (name, value) in variables {
            if let Some(key) = name.strip_prefix("DOGWATCH_") {
                config.set(key, &value).map_err(|problem| ConfigError::Environment { variable: name, problem })?;
            }
        }
        Ok(config)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            let problem = format!("line {line}: {}", error.message());
            ConfigError::Malformed { path: path.to_owned(), problem }
        })
    }

    /// Refuses what must not be started: a public address that takes passwords in clear text, a public URL that isn't
    /// one, limits of nothing.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.tls.check().map_err(ConfigError::Unsafe)?;
        let safe = self.tls.is_spoken() || !self.trusted_proxies.is_empty() || self.allow_plain_http;
        if !self.listen.ip().is_loopback() && !safe {
            return Err(ConfigError::Unsafe(format!(
                "listen = \"{}\" would take passwords in clear text from anybody: name a certificate in [tls], put a \
                 proxy with TLS in front and name it in trusted_proxies, or set allow_plain_http = true",
                self.listen
            )));
        }
        if let Some(url) = &self.public_url {
            check_public_url(url).map_err(ConfigError::Unsafe)?;
            if self.tls.is_spoken() && !url.starts_with("https://") {
                let problem = format!("public_url = \"{url}\" must be https://, for [tls] leaves no plain HTTP");
                return Err(ConfigError::Unsafe(problem));
            }
            if let (Some(acme), Some(host)) = (&self.tls.acme, host_of(url))
                && !acme.names.contains(&host)
            {
                let problem = format!("tls.acme.names must have {host}, where public_url says that this server is");
                return Err(ConfigError::Unsafe(problem));
            }
        }
        self.push.check().map_err(ConfigError::Unsafe)?;
        self.mail.check().map_err(ConfigError::Unsafe)?;
        self.openid.check().map_err(ConfigError::Unsafe)?;
        self.snapshot.check().map_err(ConfigError::Unsafe)?;
        self.heartbeat.check().map_err(ConfigError::Unsafe)?;
        self.metrics.check().map_err(ConfigError::Unsafe)?;
        self.limits.check().map_err(ConfigError::Unsafe)
    }

    /// The password for the database, where a file is named for it.
    pub fn database_password(&self) -> Result<Option<Secret<String>>, ConfigError> {
        let Some(path) = &self.database_password_file else { return Ok(None) };
        let unreadable = |source| ConfigError::Unreadable { path: path.clone(), source };
        secret::password(path).map(Some).map_err(unreadable)
    }

    /// The key that signs links, where a file is named for it.
    pub fn link_key(&self) -> Result<Option<LinkKey>, ConfigError> {
        let Some(path) = &self.link_key_file else { return Ok(None) };
        let unreadable = |source| ConfigError::Unreadable { path: path.clone(), source };
        secret::link_key(path).map(Some).map_err(unreadable)
    }

    /// The seed of the key that signs snapshots, where a file is named for it.
    pub fn snapshot_seed(&self) -> Result<Option<LinkKey>, ConfigError> {
        let Some(path) = &self.snapshot.key_file else { return Ok(None) };
        self.snapshot.seed().map_err(|source| ConfigError::Unreadable { path: path.clone(), source })
    }

    /// Where the snapshot of who is on call is kept; nothing where it is not written.
    #[must_use]
    pub fn snapshot_folder(&self) -> Option<PathBuf> {
        self.snapshot.enabled.then(|| self.data.join(&self.snapshot.folder))
    }

    /// Base of every link, without a slash at the end; `bound` is the address really listened on.
    #[must_use]
    pub fn base_url(&self, bound: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("{}://{bound}", self.scheme()),
        }
    }

    /// What the listener speaks: `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_spoken() { "https" } else { "http" }
    }
}

fn check_public_url(url: &str) -> Result<(), String> {
    let refused = || format!("public_url = \"{url}\" must be http:// or https://, a host, and no path");
    let parsed: hyper::Uri = url.parse().map_err(|_| refused())?;
    let plain = matches!(parsed.scheme_str(), Some("http" | "https"))
        && parsed.host().is_some_and(|host| !host.is_empty())
        && matches!(parsed.path(), "" | "/")
        && parsed.query().is_none()
        && !url.contains('@');
    if plain { Ok(()) } else { Err(refused()) }
}

/// The host of a URL, in small letters.
fn host_of(url: &str) -> Option<String> {
    url.parse::<hyper::Uri>().ok()?.host().map(str::to_ascii_lowercase)
}

/// Refuses an address that requests could not be sent to; in clear text only on this machine. `name` is the key, for the
/// address may be a secret.
fn check_operators_url(name: &str, url: &str) -> Result<(), String> {
    let refused = || format!("{name} must be https://, a host and a path, without a user name or fragment");
    let parsed: hyper::Uri = url.parse().map_err(|_| refused())?;
    let local = matches!(parsed.host(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let scheme = parsed.scheme_str() == Some("https") || (parsed.scheme_str() == Some("http") && local);
    let plain = scheme && parsed.host().is_some_and(|host| !host.is_empty()) && !url.contains(['@', '#']);
    if plain { Ok(()) } else { Err(refused()) }
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    const MOST: u64 = 1 << 20;
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(MOST + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MOST {
        return Err(unreadable(std::io::Error::other("it is larger than a mebibyte, which no configuration is")));
    }
    Ok(text)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

#[cfg(test)]
mod tests;
