//! `dogwatch init`: writes a configuration file in which every key stands with its default and what it means, and makes
//! the first administrator and team: by questions on a terminal, or from arguments.

mod first;

use super::{CommandError, Globals};
use crate::config::Limits;
use crate::service::first_run::Begun;
use crate::service::{Actor, Service};
use clap::Args;
use first::First;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

/// Write a commented configuration file, and make the first administrator and team
///
/// On a terminal it asks; with --yes it takes what the arguments say. Otherwise it only writes the file, and a server
/// without an administrator prints where a browser can begin.
#[derive(Debug, Args)]
pub struct Init {
    /// Where to write it
    #[arg(value_name = "FILE", help = "Where to write it; dogwatch.toml where absent")]
    file: Option<PathBuf>,
    #[command(flatten)]
    first: First,
}

const KEYS: &str = r#"# Dogwatch. Every key is optional and stands here with its default; unknown keys are refused.
# The environment overrides this file (DOGWATCH_LISTEN, DOGWATCH_LOG_LEVEL, DOGWATCH_LIMITS_CONNECTIONS ...),
# the command line overrides both. See whether it would be taken: dogwatch check-config --config FILE

# Address and port; port 0 lets the system pick one. For others than this machine name a certificate in [tls] below, or
# put a proxy with TLS in front and name it in trusted_proxies.
#listen = "127.0.0.1:8080"

# How people and programs reach this server. Links in calendars are made from it.
#public_url = "https://calendar.example.org"

# Folder for everything that is kept, and the database file in it. A folder that doesn't begin with / is looked for
# where Dogwatch is started.
#data = "dogwatch-data"
#database = "dogwatch.db"
# Instead of the file, a database of a PostgreSQL server, which several Dogwatches may share:
# database = "postgres://dogwatch@localhost/dogwatch" or "postgres:///dogwatch?user=dogwatch&host=/run/postgresql".
# Its password stands in a file of its own, or in the URL, which DOGWATCH_DATABASE can hold instead of this file.
#database_password_file = "/run/credentials/dogwatch.service/database.password"

# Proxies whose X-Forwarded-For is believed: addresses or ranges such as "10.0.0.0/8".
#trusted_proxies = []

# Take passwords in clear text on a public address. Only in a network that is private in another way.
#allow_plain_http = false

# File with at least 32 random bytes that sign the links in calendars. Without it a key is drawn and kept in the
# database. Changing it ends all links that are out.
#link_key_file = "/run/credentials/dogwatch.service/link.key"

[tls]
# Speak TLS on that address, and HTTP/2 beside HTTP/1.1: the certificate with those between it and its authority, and its
# key, both in PEM. They are read again when they change, within a minute or at a SIGHUP.
#certificate_file = "/etc/letsencrypt/live/calendar.example.org/fullchain.pem"
#key_file = "/etc/letsencrypt/live/calendar.example.org/privkey.pem"

# Or, in the place of those two files, Dogwatch obtains and renews it by ACME; the line in brackets is needed, too. Port 443
# of each name must lead to this listener, with no proxy on the way that ends TLS (docs/http.md).
#[tls.acme]
#names = ["calendar.example.org"]
# Whom the authority tells of trouble.
#contact = "mailto:ops@example.org"
# You have read the terms of service of the authority and agree to them.
#agree_to_terms = true
# Let's Encrypt, unless you name another.
#directory = "https://acme-v02.api.letsencrypt.org/directory"
# For an authority of your own: who signed the directory's certificate, in PEM.
#ca_file = "/etc/dogwatch/authority.pem"
# For an authority that wants an account beforehand: what it calls it, and a file with its key (base64url).
#external_account_id = "kid-1"
#external_account_key_file = "/run/credentials/dogwatch.service/acme.key"

[log]
# error, warn, info or debug; to standard error.
#level = "info"
# text or json
#format = "text"

[outbound]
# Where somebody else chose the address, Dogwatch speaks to public servers by https on these ports, and to nothing else.
#ports = [443]
# Networks of your own that may be spoken to beside that, in clear text and on any port too: "10.1.0.0/16".
#private_networks = []

[push]
# Tell calendar apps of changes through the push services they name (WebDAV-Push).
#enabled = true
# Where the operator of a push service may complain. Without it, public_url.
#contact = "mailto:admin@example.org"

[mail]
# Send mail by this server: smtps://HOST (TLS from the first byte) or smtp://HOST (TLS after STARTTLS, but on loopback),
# with a port or without. See docs/mail.md.
#relay = "smtps://mail.example.org"
# From which address mail comes.
#from = "oncall@example.org"
# Who Dogwatch is to the server, where that asks.
#user = "dogwatch"
#password_file = "/run/credentials/dogwatch.service/mail.password"
# "required" or, of smtp:// in a network that is private in another way, "none".
#starttls = "required"
# Mail to any address of this domain comes back to Dogwatch, by [mail.inbound]. With it, people without a calendar app
# get invitations that they can answer in their mail program; without it, links.
#reply_domain = "oncall.example.org"

[mail.inbound]
# Where your own mail server hands over, by LMTP, what comes for reply_domain: on loopback.
#listen = "127.0.0.1:2400"
# How that server names itself in Authentication-Results, where it says whether a mail is from whom it says (DMARC).
# Without it every answer is held until its sender confirms it on the dashboard.
#authserv_id = "mx.example.org"

[openid]
# Let people sign in to pages by a provider of OpenID Connect: who it is, and what Dogwatch is called there. At the
# provider, enter PUBLIC_URL/sign-in/provider/answer as the address to come back to. Whoever signs in is known by what
# the provider calls them, the first time by a mail address that it has verified.
#issuer = "https://id.example.org"
#client_id = "dogwatch"
#client_secret_file = "/run/credentials/dogwatch.service/openid.secret"
# What the button says; without it, the provider's host.
#name = "the company account"
# Add whoever the provider knows and Dogwatch doesn't.
#register = false

[snapshot]
# Keep a signed copy of who is on call, from now to sixty days ahead, for when the server is down: oncall.json, .ics and
# .html in this folder (below data, unless it begins with /), and in public/ below it what strangers may see.
#enabled = true
#folder = "snapshot"
# File with the 32 random bytes that it is signed with. Without it they are drawn and kept in the database.
#key_file = "/run/credentials/dogwatch.service/snapshot.key"
# Where snapshots are only read (dogwatch whois --snapshot): the public key, as dogwatch snapshot key prints it.
#trusted_key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

# Where it is sent beside that, by PUT: any number of these, without a secret, with a token, or with keys of S3. Without
# contacts = true only what strangers may see.
#[[snapshot.send]]
#url = "https://s3.eu-central-1.amazonaws.com/bucket/oncall"
#region = "eu-central-1"
#access_key = "AKIAEXAMPLE"
#secret_key_file = "/run/credentials/dogwatch.service/s3.secret"
#contacts = false

[heartbeat]
# Receivers elsewhere that are told every so many seconds that all is well, after trying whether it is, and raise an
# alarm when they are not. Two that share nothing with this server.
#receivers = ["https://hc.example.org/5f1e", "https://snitch.example.net/c235"]
#every_seconds = 60
# Tell receivers by this end of their address when something is wrong; without it they are told nothing then.
#fail_suffix = "/fail"
# Tell them who is on call, by name, and where the snapshot is sent: useful beside an alarm, and seen by whoever runs them.
#names = false

[metrics]
# Show Prometheus what is counted, at an address of its own: whoever reaches that reads it, without a password.
#listen = "127.0.0.1:9464"

[reminders]
# Remind people of months to confirm, shifts within a day, offers without an answer and qualifications that lapse, and
# managers of gaps in the next two weeks; but not in these hours of their own clock, unless they chose others.
#enabled = true
#quiet_hours = "22:00-07:00"

[limits]
# Bounds on what one client may ask for; the names say the unit.
"#;

impl Init {
    /// Writes the file, never over one that is there, and begins where that is wanted.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let named = self.file.as_ref().or(globals.config.as_ref());
        let file = named.cloned().unwrap_or_else(|| PathBuf::from("dogwatch.toml"));
        let asking =
            !self.first.yes && !globals.json && std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let kept = (asking || self.first.is_wanted()) && file.exists();
        if !kept {
            write(&file)?;
        }
        let first = if asking { asked(&self.first)? } else { Some(self.first).filter(First::is_wanted) };
        let name = file.display().to_string();
        let wrote = if kept { format!("Kept {name} as it is.") } else { format!("Wrote {name}.") };
        let Some(first) = first else {
            globals.say(&format!("{wrote} Next: dogwatch serve --config {name}"), &json!({ "file": name }));
            return Ok(());
        };
        let service = Globals { config: Some(file), ..globals.clone() }.service_or_new().await?;
        let (begun, drawn) = begin(&service, &first).await?;
        let mut text = format!("{wrote}\n{} ({}) administers it.", begun.administrator.id, begun.administrator.email);
        if let Some(password) = &drawn {
            let _ = write!(text, " Password, shown this once: {password}");
        }
        if let Some(team) = &begun.team {
            let _ =
                write!(text, "\nThe team {team} is there, with its calendars; {} manages it.", begun.administrator.id);
        }
        let _ = write!(text, "\nNext: dogwatch serve --config {name}");
        globals.say(&text, &document(&name, &begun, drawn));
        Ok(())
    }
}

fn document(file: &str, begun: &Begun, password: Option<String>) -> Value {
    json!({ "file": file, "administrator": begun.administrator.id, "password": password, "team": begun.team })
}

fn write(file: &Path) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => {
            CommandError::Refused(format!("{} is there already, and is left as it is", file.display()))
        }
        _ => CommandError::io(format!("write {}", file.display()), error),
    };
    let mut made = std::fs::OpenOptions::new().write(true).create_new(true).open(file).map_err(failed)?;
    made.write_all(text().as_bytes()).map_err(failed)
}

fn asked(given: &First) -> Result<Option<First>, CommandError> {
    let failed = |error| CommandError::io("ask on the terminal", error);
    first::ask(given, &mut std::io::stdin().lock(), &mut std::io::stdout().lock()).map_err(failed)
}

/// Makes administrator and team; the password where it was drawn.
async fn begin(service: &Service, first: &First) -> Result<(Begun, Option<String>), CommandError> {
    let typed = if first.password_stdin {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(|error| CommandError::io("read standard input", error))?;
        Some(line.trim_end_matches(['\r', '\n']).to_owned())
    } else {
        None
    };
    let drawn = if typed.is_none() { Some(crate::service::drawn_password()?) } else { None };
    let password = typed.or_else(|| drawn.clone()).unwrap_or_default();
    let begun = service.first_run(&Actor::operator(), &first.first_run(password)?).await?;
    Ok((begun, drawn))
}

fn text() -> String {
    let mut text = KEYS.to_owned();
    for (name, value) in Limits::documented() {
        let _ = writeln!(text, "#{name} = {value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn written(text: &str) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dogwatch.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(Some(&file), std::iter::empty()).unwrap()
    }

    #[test]
    fn the_file_as_written_changes_nothing() {
        assert_eq!(written(&text()), Config::default());
    }

    #[test]
    fn every_key_in_the_file_is_known() {
        let keys: String = text()
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(key) if !key.starts_with(' ') && !key.is_empty() => format!("{key}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        assert_eq!(written(&keys).limits, Config::default().limits);
    }
}
