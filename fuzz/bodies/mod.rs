//! What is asked of whatever bytes come, one function for each way in: each panics where something holds that must not.
//! `cargo fuzz` calls them with bytes of its own choosing (`fuzz/run`), and `drive` with a bounded number on every test run.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::missing_panics_doc, clippy::expect_used)]

#[cfg(test)]
mod drive;

mod calendars;
mod requests;
mod senders;

pub use calendars::{feed_roundtrip, ical_parse, rrule_expand};
pub use requests::{http_path, url_guard, xml_dav};
pub use senders::{csv_import, itip_mail};

/// What is asked of some bytes.
type Body = fn(&[u8]);

/// Every target by its name.
pub const ALL: [(&str, Body); 8] = [
    ("ical_parse", ical_parse),
    ("rrule_expand", rrule_expand),
    ("feed_roundtrip", feed_roundtrip),
    ("xml_dav", xml_dav),
    ("http_path", http_path),
    ("url_guard", url_guard),
    ("itip_mail", itip_mail),
    ("csv_import", csv_import),
];

/// Bytes as parts of a request: numbers from the front, then texts that end with a line.
struct Parts<'d>(&'d [u8]);

impl<'d> Parts<'d> {
    fn number(&mut self) -> u32 {
        let (head, rest) = self.0.split_at(self.0.len().min(4));
        self.0 = rest;
        head.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
    }

    fn text(&mut self) -> String {
        let end = self.0.iter().position(|byte| *byte == b'\n').unwrap_or(self.0.len());
        let (head, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        String::from_utf8_lossy(head).into_owned()
    }

    fn rest(self) -> &'d [u8] {
        self.0
    }
}
