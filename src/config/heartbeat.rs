//! Receivers elsewhere that are told that all is well, and raise an alarm when they are not.

use serde::Deserialize;

/// The heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Heartbeat {
    /// Addresses that take a POST for a sign of life.
    pub receivers: Vec<String>,
    /// How often, in seconds.
    pub every_seconds: u64,
    /// What is put behind a receiver's address to say that something is wrong, such as `/fail`; where absent, nothing is
    /// sent then.
    pub fail_suffix: Option<String>,
    /// Receivers are told who is on call, too, and where the snapshot is sent.
    pub names: bool,
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self { receivers: Vec::new(), every_seconds: 60, fail_suffix: None, names: false }
    }
}

impl Heartbeat {
    /// Refuses receivers that can't be reached, and a beat without a pause.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.every_seconds == 0 {
            return Err("heartbeat.every_seconds must be at least 1".to_owned());
        }
        // The address is often the secret.
        let place = |at: usize| format!("heartbeat.receivers, number {}", at + 1);
        let mut all = self.receivers.iter().enumerate();
        all.try_for_each(|(at, url)| super::check_operators_url(&place(at), url))
    }
}
