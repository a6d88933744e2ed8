//! Scheduling (iTIP, RFC 5546, as RFC 6638 has servers do it), pure: an object before and after, for one calendar user,
//! gives what happened; what happened gives messages; a message changes the copy of whoever receives it.
//!
//! - `object`, `who`, `significant`: an object read as instances, its people, and whether two versions say the same.
//! - `organize`, `tell`, `view`: what an organizer stores, and what each attendee is told and sees of it.
//! - `attend`, `copy`: what an attendee stores, merged and read as an answer; how their copy follows the organizer.
//! - `receive`: messages from elsewhere.
//! - `compare`, `merge`: the same for shifts, whose organizer is the roster.

mod attend;
mod compare;
mod copy;
mod merge;
mod object;
mod organize;
mod receive;
mod significant;
mod tell;
mod view;
mod who;

pub use attend::{Attended, OtherOrganizer, attend, introduce, leave};
pub use compare::{Comparison, Happened, compare};
pub use copy::follow;
pub use merge::{Personal, graft, merge};
pub use object::Key;
pub use organize::{
    Known, Organized, expand_groups, organize, pass_on, seen, with_organizer, with_organizer_status, with_status,
    with_uid,
};
pub use receive::{Received, ask, deliver, reply as receive_reply};
pub use tell::{Copy, Message, Method, Told};
pub use who::{User, untagged};

use crate::ical::build::normal_address;
use crate::ical::tree::{Component, Tree};
use who::Agent;

/// The VEVENT that stands for the whole object: the one without RECURRENCE-ID, else the first. Clients that answer one
/// occurrence may leave the master out.
fn event<'t>(tree: &'t Tree<'_>) -> Option<Component<'t>> {
    let mut events = tree.calendar().children_named("VEVENT");
    let first = events.next()?;
    if first.property("RECURRENCE-ID").is_none() {
        return Some(first);
    }
    events.find(|event| event.property("RECURRENCE-ID").is_none()).or(Some(first))
}

#[cfg(test)]
mod tests;
