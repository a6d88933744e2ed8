//! Scheduling (iTIP, RFC 5546, as RFC 6638 has servers do it): what one person's copy of an event said before and says
//! now, and what of an attendee's edit may stay in it. Pure.

mod compare;
mod merge;

pub use compare::{Comparison, Happened, compare};
pub use merge::{Personal, graft, merge};

use crate::ical::build::normal_address;
use crate::ical::property::Property;
use crate::ical::tree::{Component, Tree};

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

/// The ATTENDEE line of an address, in whatever spelling.
fn attendee<'t>(event: Component<'t>, address: &str) -> Option<Property<'t>> {
    let address = normal_address(address);
    event.all("ATTENDEE").find(|attendee| normal_address(attendee.value()) == address)
}

#[cfg(test)]
mod tests;
