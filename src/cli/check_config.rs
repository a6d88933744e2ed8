//! `dogwatch check-config`: says whether the configuration would be taken, without starting anything.

use super::location::location;
use super::{CommandError, Globals, environment};
use crate::certificate::Certificate;
use crate::config::Config;
use crate::outbound::Authority;
use crate::time::Instant;
use chrono::Utc;
use clap::Args;
use serde_json::json;

/// Say whether a configuration file would be taken.
#[derive(Debug, Args)]
pub struct CheckConfig {}

impl CheckConfig {
    /// Checks file, environment and arguments as `serve` would.
    #[allow(clippy::unused_self)] // as every command
    pub fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let config = globals.load()?;
        config.check()?;
        config.link_key()?;
        let unreadable = |error| CommandError::io("read mail.password_file", error);
        config.mail.password().map_err(unreadable)?;
        let (listen, data) = (config.listen.to_string(), config.data.display().to_string());
        let database = location(&config)?.to_string();
        let certificate = config.tls.pair().map(|(chain, key)| Certificate::read(chain, key)).transpose()?;
        let until = certificate.as_ref().map(|certificate| certificate.until().to_string());
        if let Some(acme) = &config.tls.acme {
            let unreadable = |error| CommandError::io("read a file that tls.acme names", error);
            Authority::new(acme).map_err(unreadable)?;
        }
        let asked = config.tls.acme.as_ref().map(|acme| json!({ "names": acme.names, "directory": acme.directory }));
        let ignored = Config::unknown_variables(environment());
        let mut text = format!(
            "The configuration is fine: it listens on {listen} and keeps its data in {data}, the database being {database}."
        );
        if let Some(certificate) = &certificate {
            text += &format!("\nThe certificate is good until {}.", certificate.until());
            if let Some(trouble) = trouble(certificate, &config) {
                return Err(CommandError::Refused(trouble));
            }
        }
        if let Some(acme) = &config.tls.acme {
            let names = acme.names.join(", ");
            text += &format!("\nA certificate for {names} is asked for at {}.", acme.directory);
            if config.listen.port() != 443 {
                text += &format!(
                    "\nThe authority looks at port 443 of each name: what comes there must be led to port {}.",
                    config.listen.port()
                );
            }
        }
        for name in &ignored {
            text += &format!("\nThe environment variable {name} means nothing to Dogwatch; is it misspelt?");
        }
        globals.say(
            &text,
            &json!({
                "ok": true, "listen": listen, "data": data, "database": database, "certificate_until": until, "acme": asked,
                "ignored": ignored,
            }),
        );
        Ok(())
    }
}

/// Why no client would take a certificate that a server could show.
fn trouble(certificate: &Certificate, config: &Config) -> Option<String> {
    let now = Instant::from(Utc::now());
    if certificate.until() <= now {
        return Some(format!("the certificate expired at {}", certificate.until()));
    }
    if certificate.from() > now {
        return Some(format!("the certificate is good from {} on, not yet", certificate.from()));
    }
    let url: hyper::Uri = config.public_url.as_deref()?.parse().ok()?;
    let host = url.host()?;
    let missing = format!("the certificate is not for {host}, where public_url says that this server is");
    (!certificate.names(host)).then_some(missing)
}
