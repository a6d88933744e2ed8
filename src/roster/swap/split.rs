//! Cutting a shift that has begun: what was worked stays with whoever worked it, the rest goes to the taker.

use crate::ids::PersonId;
use crate::time::{Instant, MINUTE, Window};

/// One part of a slot with its person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Number of the part within its slot.
    pub number: u32,
    /// When.
    pub window: Window,
    /// Who is responsible; nobody is a gap.
    pub person: Option<PersonId>,
}

/// The parts after `taker` takes over `held` at `now`; `fresh` is a number no part of the slot has yet.
///
/// A shift that has not begun changes hands whole. Otherwise it is cut at the minute of taking: the taker's part keeps
/// the number, so that the offer's event becomes the shift's and links stay true; what was worked gets `fresh`. A shift
/// that has ended stays as it is.
#[must_use]
pub fn split_for(held: &Segment, taker: &PersonId, now: Instant, fresh: u32) -> Vec<Segment> {
    if now >= held.window.end {
        return vec![held.clone()];
    }
    let minute = Instant::from_millis(now.millis() - now.millis().rem_euclid(MINUTE));
    let handed_on = |window| Segment { number: held.number, window, person: Some(taker.clone()) };
    if minute <= held.window.start {
        return vec![handed_on(held.window)];
    }
    vec![
        Segment { number: fresh, window: Window::new(held.window.start, minute), person: held.person.clone() },
        handed_on(Window::new(minute, held.window.end)),
    ]
}
