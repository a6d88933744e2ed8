//! Dogwatch: on-call rosters that live in people's own calendars.
//!
//! The house, from the ground up; arrows point down only, and a test reads the `use crate::` lines to keep it so.
//!
//! Pure rooms (no tokio, HTTP, SQL, clock or randomness):
//! - [`ids`], [`time`]: what everybody speaks of. Newtypes of identifiers; moments, wall clocks, zones and windows.
//! - [`ical`]: text in, views out. Reads iCalendar objects without changing a byte, expands recurrences, answers
//!   calendar queries, checks a PUT, and builds the events that Dogwatch itself writes.
//! - [`schedule`]: compares an old and a new object for one person and says what happened (answered, declined, changed
//!   something else), merges an attendee's edit into what is stored, and says which messages a meeting's change sends.
//! - [`roster`]: patterns to slots, availability, burden and balance, rules, recommendation, solving, swaps, reports, what
//!   other tools' exports say, and what a shift looks like as an event.
//! - [`measure`]: counters and times that cost no lock, and the text in which Prometheus reads them.
//!
//! Rooms that act:
//! - [`certificate`]: chains and keys in PEM, as files or texts: whether they can be used, until when and for whom.
//! - [`outbound`]: requests to other people's servers, pagers among them, and to which of them Dogwatch speaks at all.
//! - [`store`]: rows in and out. The only room that knows SQL; one text for two engines, SQLite (one writer that groups
//!   commits, many readers) and PostgreSQL (for several servers).
//! - [`service`]: what may happen. One use case, one transaction: authorize, read, decide, write, audit and outbox.
//! - [`background`]: what happens because time passes: offers lapse, swaps expire, tombstones are swept; what lies in the
//!   outbox is delivered (mail, pushes, webhooks), schedules at pagers follow the roster, calendars of other servers are
//!   fetched, heartbeats and the snapshot go out, and a certificate of our own is asked for.
//! - [`dav`], [`api`], [`feed`]: wire formats only. They translate and call `service`.
//! - [`web`]: pages for people, with their texts, style and scripts; the same use cases, and the CSV files of `api`. Who is
//!   signed in to them (sessions, second factors, a provider of OpenID Connect) is `service`'s to say.
//! - [`mail`]: letters as text, HTML and calendar parts, in the words of `web`'s texts; [`chat`]: the same as lines in chats.
//! - [`http`]: the listener, TLS, limits, authentication, and the way to `dav`, `api`, `web` or `feed`; and the listener for
//!   metrics.
//! - [`config`], [`cli`]: arguments and configuration; every command of the `dogwatch` binary.

pub mod api;
pub mod background;
pub mod certificate;
pub mod chat;
pub mod cli;
pub mod config;
pub mod dav;
pub mod feed;
pub mod http;
pub mod ical;
pub mod ids;
pub mod mail;
pub mod measure;
pub mod outbound;
pub mod roster;
pub mod schedule;
pub mod service;
pub mod store;
pub mod time;
pub mod web;

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
#[path = "../tests/support/hostile.rs"]
pub(crate) mod hostile;

/// What is asked of whatever bytes come, for `cargo fuzz` and for a bounded number on every test run.
#[cfg(any(test, fuzzing))]
#[path = "../fuzz/bodies/mod.rs"]
pub mod fuzzed;

/// How often a property is tried: few times, or 32 times as often in the long run (`./tests/run --long`).
#[cfg(test)]
pub(crate) fn cases(few: u32) -> proptest::test_runner::Config {
    let long = std::env::var_os("DOGWATCH_LONG").is_some();
    proptest::test_runner::Config::with_cases(if long { few * 32 } else { few })
}
