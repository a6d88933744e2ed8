//! What Dogwatch says to other servers, and to which ones it may speak at all.

use super::Network;
use serde::Deserialize;

/// To which servers Dogwatch may speak where somebody else chose the address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Networks of one's own that may be spoken to, in clear text and on any port too.
    pub private_networks: Vec<Network>,
    /// Ports of public servers.
    pub ports: Vec<u16>,
}

impl Default for Outbound {
    fn default() -> Self {
        Self { private_networks: Vec::new(), ports: vec![443] }
    }
}

/// Whether calendar apps are told of changes (WebDAV-Push).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Push {
    /// They are.
    pub enabled: bool,
    /// Where the operator of a push service may complain: `mailto:` or `https://`. Where absent, it is `public_url`.
    pub contact: Option<String>,
}

impl Default for Push {
    fn default() -> Self {
        Self { enabled: true, contact: None }
    }
}

impl Push {
    /// Refuses a contact that push services would refuse (RFC 8292 2.1).
    pub(super) fn check(&self) -> Result<(), String> {
        match &self.contact {
            Some(contact) if !contact.starts_with("mailto:") && !contact.starts_with("https://") => {
                Err(format!("push.contact = \"{contact}\" must begin with mailto: or https://"))
            }
            _ => Ok(()),
        }
    }
}
