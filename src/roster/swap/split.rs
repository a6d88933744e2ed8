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

/// The parts after several people take pieces out of `held`; what nobody takes stays with its holder. `fresh` and what
/// follows are numbers that no part of the slot has yet; the first piece taken keeps the number. Pieces that overlap or
/// reach beyond the shift leave it as it is: they belong to another edition of it.
#[must_use]
pub fn split_into(held: &Segment, pieces: &[(Window, PersonId)], fresh: u32) -> Vec<Segment> {
    let mut sorted: Vec<_> = pieces.iter().filter(|(window, _)| window.start < window.end).collect();
    sorted.sort_by_key(|(window, _)| *window);
    let apart = sorted.windows(2).all(|pair| matches!(pair, [(a, _), (b, _)] if a.end <= b.start));
    if sorted.is_empty() || !apart || !sorted.iter().all(|(window, _)| held.window.covers(*window)) {
        return vec![held.clone()];
    }
    let (mut parts, mut at, mut next, mut kept) = (Vec::new(), held.window.start, fresh, Some(held.number));
    let mut number = |kept: Option<u32>| {
        kept.unwrap_or_else(|| {
            next += 1;
            next - 1
        })
    };
    for (window, taker) in sorted {
        if at < window.start {
            let rest = Window::new(at, window.start);
            parts.push(Segment { number: number(None), window: rest, person: held.person.clone() });
        }
        parts.push(Segment { number: number(kept.take()), window: *window, person: Some(taker.clone()) });
        at = window.end;
    }
    if at < held.window.end {
        let rest = Window::new(at, held.window.end);
        parts.push(Segment { number: number(None), window: rest, person: held.person.clone() });
    }
    parts
}
