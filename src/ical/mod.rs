//! iCalendar (RFC 5545): text in, views out. The client's bytes are the truth; nothing here regenerates them.
//!
//! `line` unfolds, `property` and `tree` give views with byte spans over the stored text, `edit` splices, `value` reads
//! dates, times and durations, `check` decides whether a PUT is accepted, `index` is what the store keeps beside the
//! bytes, `instances` what it keeps of a series, `attendee` knows who is meant by an address, `often` finds rules that give too many, and `build` writes the events
//! that Dogwatch itself authors. `stream` reduces a whole calendar of somebody else's server to when it makes busy.
//!
//! `zone` knows what a TZID means, `recur` expands rules in civil time, `occur` gives the instances of an object, and on
//! these stand `filter` (calendar-query), `freebusy` and `subset` (calendar-data).

pub mod attendee;
pub mod build;
pub mod check;
pub mod edit;
pub mod filter;
pub mod freebusy;
pub mod index;
pub mod instances;
pub mod line;
pub mod occur;
pub mod often;
pub mod property;
pub mod recur;
pub mod refusal;
pub mod stream;
pub mod subset;
pub mod tree;
pub mod value;
pub mod zone;

#[cfg(test)]
mod hostile_tests;
