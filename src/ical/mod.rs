//! iCalendar (RFC 5545): text in, views out. The client's bytes are the truth; nothing here regenerates them.
//!
//! `line` unfolds, `property` and `tree` give views with byte spans over the stored text, `edit` splices, `value` reads
//! dates, times and durations, `check` decides whether a PUT is accepted, `index` is what the store keeps beside the
//! bytes, and `build` writes the events that Dogwatch itself authors.

pub mod edit;
pub mod line;
pub mod property;
pub mod tree;
pub mod value;
