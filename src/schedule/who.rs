//! Who sends the messages of a scheduling object, and how lines of people are written.

pub(super) use crate::ical::attendee::partstat;
pub use crate::ical::attendee::{User, untagged};
use crate::ical::property::Property;
use crate::ical::tree::Component;

/// Who sends the messages to or from somebody (RFC 6638 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Agent {
    /// The server.
    Server,
    /// The client, or nobody: not the server.
    Other,
}

impl Agent {
    pub(super) fn of(property: Property<'_>) -> Self {
        match property.param("SCHEDULE-AGENT").map(|agent| agent.trim().to_ascii_uppercase()).as_deref() {
            None | Some("SERVER" | "") => Self::Server,
            // An agent that nobody knows is to be treated as NONE.
            Some(_) => Self::Other,
        }
    }
}

/// Whether the component's STATUS is CANCELLED.
pub(super) fn is_cancelled(component: Component<'_>) -> bool {
    component.property("STATUS").is_some_and(|status| status.value().trim().eq_ignore_ascii_case("CANCELLED"))
}

/// A property as a logical line with other parameters: each name with what it becomes, nothing to remove it. What isn't
/// named stays; new ones stand behind the others.
pub(super) fn with_params(property: Property<'_>, changes: &[(&str, Option<&str>)]) -> String {
    let mut line = property.name().to_owned();
    let mut written = vec![false; changes.len()];
    for (name, raw) in property.parameters() {
        let named = changes.iter().zip(written.iter_mut()).find(|((change, _), _)| change.eq_ignore_ascii_case(name));
        match named {
            None => line.extend([";", name, "=", raw]),
            Some(((_, Some(value)), done)) if !*done => {
                line.extend([";", name, "=", value]);
                *done = true;
            }
            Some(_) => {}
        }
    }
    for ((name, value), done) in changes.iter().zip(written) {
        if let (Some(value), false) = (value, done) {
            line.extend([";", name, "=", value]);
        }
    }
    line.extend([":", property.value()]);
    line
}
