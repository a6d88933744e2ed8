//! What people are reminded of because time passes.

use serde::Deserialize;

/// Reminders.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reminders {
    /// There are some.
    pub enabled: bool,
    /// When whoever chose nothing else is left alone, on their own clock: `22:00-07:00`.
    pub quiet_hours: String,
}

impl Default for Reminders {
    fn default() -> Self {
        Self { enabled: true, quiet_hours: "22:00-07:00".to_owned() }
    }
}
