//! VAVAILABILITY (RFC 7953): from its start to its end somebody is not to be had, but in its AVAILABLE parts.

use super::Busy;
use crate::ical::occur::instances_of;
use crate::ical::recur::{Budget, TooMany};
use crate::ical::tree::{Component, Tree};
use crate::ical::value;
use crate::ical::zone::Zones;
use crate::time::{DAY, Instant, Window, Zone, union};

/// A stretch of what a VAVAILABILITY describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvailabilityBlock {
    /// When.
    pub window: Window,
    /// BUSYTYPE outside of AVAILABLE; nothing inside, where the person is free.
    pub busy: Option<Busy>,
}

/// What the VAVAILABILITYs of an object say about a window: in order and disjoint, with gaps where they say nothing.
/// Where they overlap the higher PRIORITY counts (1 before 9, 0 last), and of equal ones the later.
///
/// # Errors
/// [`TooMany`] when the AVAILABLE parts have more instances than the budget allows.
pub fn availability_blocks(
    tree: &Tree<'_>,
    window: Window,
    floating: Zone,
    budget: &mut Budget,
) -> Result<Vec<AvailabilityBlock>, TooMany> {
    let mut parts: Vec<Component<'_>> = tree.calendar().children_named("VAVAILABILITY").collect();
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let zones = Zones::of(tree);
    parts.sort_by_key(|part| std::cmp::Reverse(rank(*part)));
    let mut blocks = Vec::new();
    for part in parts {
        let Some(span) = span_of(part, &zones, floating).intersect(window) else { continue };
        let mut free = Vec::new();
        let available: Vec<Component<'_>> = part.children_named("AVAILABLE").collect();
        for occurrence in instances_of(&available, &zones, span, floating, budget)? {
            free.extend(occurrence.window.intersect(span));
        }
        blocks = painted_over(blocks, blocks_of(span, union(free), busy_type(part)));
    }
    Ok(blocks)
}

/// 1 is the highest priority, 9 the lowest, and what has none comes after that.
fn rank(part: Component<'_>) -> u8 {
    let priority = part.property("PRIORITY").and_then(|p| p.value().trim().parse::<u8>().ok());
    priority.filter(|priority| (1..=9).contains(priority)).unwrap_or(10)
}

fn busy_type(part: Component<'_>) -> Busy {
    match part.property("BUSYTYPE").map(|p| p.value().trim().to_ascii_uppercase()).as_deref() {
        Some("BUSY") => Busy::Busy,
        Some("BUSY-TENTATIVE") => Busy::Tentative,
        _ => Busy::Unavailable,
    }
}

/// A side that is not given is open.
fn span_of(part: Component<'_>, zones: &Zones, floating: Zone) -> Window {
    let time = |name: &str| part.property(name).and_then(|p| value::date_or_time(p).ok());
    let start = time("DTSTART").map(|start| zones.resolve(&start, floating));
    let end = time("DTEND").map(|end| zones.resolve(&end, floating)).or_else(|| {
        let length = value::duration(part.property("DURATION")?.value()).ok()?;
        Some(start?.plus_millis(length.days * DAY + length.seconds * 1_000))
    });
    Window::new(start.unwrap_or(Instant::FAR_PAST), end.unwrap_or(Instant::FAR_FUTURE))
}

/// The span with its free windows, which are in order, disjoint and inside it.
fn blocks_of(span: Window, free: Vec<Window>, busy: Busy) -> Vec<AvailabilityBlock> {
    let mut blocks = Vec::with_capacity(free.len() * 2 + 1);
    let mut since = span.start;
    for window in free {
        if since < window.start {
            blocks.push(AvailabilityBlock { window: Window::new(since, window.start), busy: Some(busy) });
        }
        blocks.push(AvailabilityBlock { window, busy: None });
        since = window.end;
    }
    if since < span.end {
        blocks.push(AvailabilityBlock { window: Window::new(since, span.end), busy: Some(busy) });
    }
    blocks
}

/// `above` as it is, and what remains of `below` on either side of it. `above` covers one span without gaps.
fn painted_over(below: Vec<AvailabilityBlock>, above: Vec<AvailabilityBlock>) -> Vec<AvailabilityBlock> {
    let (Some(first), Some(last)) = (above.first(), above.last()) else { return below };
    let (start, end) = (first.window.start, last.window.end);
    let part = |block: &AvailabilityBlock, side: Window| {
        Some(AvailabilityBlock { window: block.window.intersect(side)?, busy: block.busy })
    };
    let before = Window::new(Instant::FAR_PAST, start);
    let after = Window::new(end, Instant::FAR_FUTURE);
    let mut blocks: Vec<_> = below.iter().filter_map(|block| part(block, before)).collect();
    blocks.extend(above);
    blocks.extend(below.iter().filter_map(|block| part(block, after)));
    blocks
}
