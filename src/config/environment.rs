//! What environment variables override, one for each value that a file may hold (but lists of tables): `DOGWATCH_` and its
//! name.

use super::{Acme, Config};
use serde::Deserialize;
use std::path::PathBuf;
use std::str::FromStr;

/// What else is called `DOGWATCH_…`: the configuration file's own name, and what the tests read.
const OTHER_VARIABLES: [&str; 9] =
    ["CONFIG", "CORPORA", "LONG", "BINARY", "SCREENSHOTS", "TABLE", "TEST_CLOCK", "TEST_ENGINE", "TEST_STEP"];

impl Config {
    /// Variables whose name begins as an override's does and that mean nothing: perhaps one is misspelt. They are no
    /// error, for whoever starts containers may set such names for its own ends (`DOGWATCH_PORT`).
    pub fn unknown_variables(variables: impl Iterator<Item = (String, String)>) -> Vec<String> {
        let means_nothing = |(name, value): &(String, String)| {
            let key = name.strip_prefix("DOGWATCH_").filter(|key| !OTHER_VARIABLES.contains(key))?;
            let known = Self::default().set(key, value);
            matches!(known, Ok(false)).then(|| name.clone())
        };
        variables.filter_map(|variable| means_nothing(&variable)).collect()
    }

    /// One environment override, by the name after `DOGWATCH_`: whether it is one of ours; others are left alone.
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<bool, String> {
        match key {
            "LISTEN" => self.listen = parsed(value)?,
            "PUBLIC_URL" => self.public_url = Some(value.to_owned()),
            "DATA" => self.data = PathBuf::from(value),
            "DATABASE" => self.database = value.parse()?,
            "DATABASE_PASSWORD_FILE" => self.database_password_file = Some(PathBuf::from(value)),
            "TRUSTED_PROXIES" => self.trusted_proxies = listed(value)?,
            "ALLOW_PLAIN_HTTP" => self.allow_plain_http = parsed(value)?,
            "LINK_KEY_FILE" => self.link_key_file = Some(PathBuf::from(value)),
            "TLS_CERTIFICATE_FILE" => self.tls.certificate_file = Some(PathBuf::from(value)),
            "TLS_KEY_FILE" => self.tls.key_file = Some(PathBuf::from(value)),
            "TLS_ACME_NAMES" => self.acme().names = listed(value)?,
            "TLS_ACME_CONTACT" => self.acme().contact = Some(value.to_owned()),
            "TLS_ACME_AGREE_TO_TERMS" => self.acme().agree_to_terms = parsed(value)?,
            "TLS_ACME_DIRECTORY" => value.clone_into(&mut self.acme().directory),
            "TLS_ACME_CA_FILE" => self.acme().ca_file = Some(PathBuf::from(value)),
            "TLS_ACME_EXTERNAL_ACCOUNT_ID" => self.acme().external_account_id = Some(value.to_owned()),
            "TLS_ACME_EXTERNAL_ACCOUNT_KEY_FILE" => {
                self.acme().external_account_key_file = Some(PathBuf::from(value));
            }
            "LOG_LEVEL" => self.log.level = word(value)?,
            "LOG_FORMAT" => self.log.format = word(value)?,
            "OUTBOUND_PRIVATE_NETWORKS" => self.outbound.private_networks = listed(value)?,
            "OUTBOUND_PORTS" => self.outbound.ports = listed(value)?,
            "PUSH_ENABLED" => self.push.enabled = parsed(value)?,
            "OPENID_ISSUER" => self.openid.issuer = Some(value.to_owned()),
            "OPENID_CLIENT_ID" => value.clone_into(&mut self.openid.client_id),
            "OPENID_CLIENT_SECRET_FILE" => self.openid.client_secret_file = Some(PathBuf::from(value)),
            "OPENID_NAME" => self.openid.name = Some(value.to_owned()),
            "OPENID_REGISTER" => self.openid.register = parsed(value)?,
            "SNAPSHOT_ENABLED" => self.snapshot.enabled = parsed(value)?,
            "SNAPSHOT_FOLDER" => self.snapshot.folder = PathBuf::from(value),
            "SNAPSHOT_KEY_FILE" => self.snapshot.key_file = Some(PathBuf::from(value)),
            "SNAPSHOT_TRUSTED_KEY" => self.snapshot.trusted_key = Some(value.to_owned()),
            "HEARTBEAT_RECEIVERS" => self.heartbeat.receivers = listed(value)?,
            "HEARTBEAT_EVERY_SECONDS" => self.heartbeat.every_seconds = parsed(value)?,
            "HEARTBEAT_FAIL_SUFFIX" => self.heartbeat.fail_suffix = Some(value.to_owned()),
            "HEARTBEAT_NAMES" => self.heartbeat.names = parsed(value)?,
            "METRICS_LISTEN" => self.metrics.listen = Some(parsed(value)?),
            "REMINDERS_ENABLED" => self.reminders.enabled = parsed(value)?,
            "REMINDERS_QUIET_HOURS" => value.clone_into(&mut self.reminders.quiet_hours),
            "MAIL_RELAY" => self.mail.relay = Some(value.to_owned()),
            "MAIL_STARTTLS" => self.mail.starttls = Some(word(value)?),
            "MAIL_USER" => self.mail.user = Some(value.to_owned()),
            "MAIL_PASSWORD_FILE" => self.mail.password_file = Some(PathBuf::from(value)),
            "MAIL_FROM" => self.mail.from = Some(value.to_owned()),
            "MAIL_INBOUND_LISTEN" => self.mail.inbound.listen = Some(parsed(value)?),
            "MAIL_INBOUND_AUTHSERV_ID" => self.mail.inbound.authserv_id = Some(value.to_owned()),
            "MAIL_REPLY_DOMAIN" => self.mail.reply_domain = Some(value.to_owned()),
            "PUSH_CONTACT" => self.push.contact = Some(value.to_owned()),
            _ => match key.strip_prefix("LIMITS_") {
                Some(limit) => self.limits.set(&limit.to_ascii_lowercase(), value)?,
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    fn acme(&mut self) -> &mut Acme {
        self.tls.acme.get_or_insert_default()
    }
}

pub(super) fn parsed<T: FromStr>(value: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    value.parse().map_err(|error: T::Err| error.to_string())
}

/// Values between commas.
fn listed<T: FromStr>(value: &str) -> Result<Vec<T>, String>
where
    T::Err: std::fmt::Display,
{
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(parsed).collect()
}

fn word<'a, T: Deserialize<'a>>(value: &'a str) -> Result<T, String> {
    let word = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(value);
    T::deserialize(word).map_err(|error| error.to_string())
}
