//! Where Prometheus finds what is counted.

use serde::Deserialize;
use std::net::SocketAddr;

/// Metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Address and port of a listener of their own; nothing listens where it is absent.
    pub listen: Option<SocketAddr>,
}

impl Metrics {
    /// Refuses every address at once: whoever reaches this listener reads it, without a password.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.listen {
            Some(listen) if listen.ip().is_unspecified() => Err(format!(
                "metrics.listen = \"{listen}\" would show them to every network: name loopback, or the one address that \
                 Prometheus reaches"
            )),
            _ => Ok(()),
        }
    }
}
