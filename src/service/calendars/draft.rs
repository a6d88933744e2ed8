//! A PUT's body before the transaction: checked, indexed and hashed, so that the writer only writes.

use super::requests::PutRequest;
use super::{COMPONENTS, MAX_OBJECT_BYTES};
use crate::ical::build::normal_address;
use crate::ical::check::{Refusal, Rules, check};
use crate::ical::index::Index;
use crate::ical::often::too_often;
use crate::ical::tree::{Component, Tree};
use crate::store::objects::StoredObject;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// An object that may be stored.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// The text as sent.
    pub body: Vec<u8>,
    /// Its strong entity tag, with quotes.
    pub etag: String,
    /// What the index columns say.
    pub index: Index,
    /// The line at which its first component begins.
    pub line: usize,
    /// The line of a rule that gives more instances than a plan could read.
    pub often: Option<usize>,
    /// Addresses of all attendees, normalised.
    pub attendees: Vec<String>,
}

impl Draft {
    /// Checks what can be checked without knowing where it goes.
    pub(super) fn read(request: &PutRequest) -> Result<Self, Refusal> {
        if !is_calendar(request.content_type.as_deref()) {
            let problem = "calendar objects are text/calendar".to_owned();
            return Err(Refusal::SupportedCalendarData { line: None, problem });
        }
        Self::of(&request.body)
    }

    /// What is stored already, on its way to another calendar.
    pub(super) fn stored(object: &StoredObject) -> Result<Self, Refusal> {
        Self::of(&object.body)
    }

    /// A text of the server's own making, or of a client's.
    pub(super) fn of(body: &[u8]) -> Result<Self, Refusal> {
        let rules = Rules { components: &COMPONENTS, max_size: MAX_OBJECT_BYTES };
        let checked = check(body, &rules)?;
        let calendar = checked.tree.calendar();
        Ok(Self {
            etag: etag(body),
            attendees: attendees(&checked.tree),
            line: calendar.children().find(|c| !c.is("VTIMEZONE")).map_or(1, Component::line),
            // The few instances of most objects are listed already.
            often: if checked.index.instances.is_some() { None } else { too_often(&checked.tree) },
            index: checked.index,
            body: body.to_vec(),
        })
    }
}

/// The strong entity tag of a text: its hash, so that the same bytes have the same tag wherever they are.
pub(super) fn etag(body: &[u8]) -> String {
    format!("\"{}\"", short_hash(&[body]))
}

/// 128 bits of SHA-256 in hexadecimal.
pub(super) fn short_hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest.iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn attendees(tree: &Tree<'_>) -> Vec<String> {
    let components = tree.calendar().children().filter(|c| !c.is("VTIMEZONE"));
    let mut found: Vec<String> =
        components.flat_map(|c| c.all("ATTENDEE").map(|p| normal_address(p.value())).collect::<Vec<_>>()).collect();
    found.sort();
    found.dedup();
    found
}

/// A PUT without Content-Type is taken at its word; any other type than `text/calendar` is refused.
fn is_calendar(content_type: Option<&str>) -> bool {
    content_type.is_none_or(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.is_empty() || essence.eq_ignore_ascii_case("text/calendar")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calendars_are_calendars() {
        for (value, wanted) in [
            (None, true),
            (Some("text/calendar; charset=utf-8; component=VEVENT"), true),
            (Some("TEXT/Calendar"), true),
            (Some("text/plain"), false),
            (Some("application/xml"), false),
        ] {
            assert_eq!(is_calendar(value), wanted, "{value:?}");
        }
    }

    #[test]
    fn equal_bytes_have_equal_tags() {
        assert_eq!(etag(b"a"), etag(b"a"));
        assert_ne!(etag(b"a"), etag(b"b"));
        assert_ne!(short_hash(&[b"ab", b"c"]), short_hash(&[b"a", b"bc"]));
    }
}
