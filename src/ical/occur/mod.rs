//! The instances of an object in a window, with the meaning RFC 4791 9.9 gives to "touches": rules, RDATE, EXDATE and
//! overrides (RFC 5545 3.8.5), gap and fold of the clock (3.3.5), floating times and dates in the zone passed in.

mod marks;
mod series;
mod timing;

#[cfg(test)]
mod tests;

use super::recur::{Budget, TooMany};
use super::tree::{Component, Tree};
use super::value;
use super::zone::Zones;
use crate::time::{Civil, HOUR, Instant, Window, Zone};
use series::{Context, Override, Series};
use std::ops::ControlFlow;
use timing::Touch;

/// One instance of a component.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'t> {
    /// When; an instance without length ends where it starts. A VTODO that has no times at all is always.
    pub window: Window,
    /// Its start is a DATE.
    pub all_day: bool,
    /// The moment by which the instance is named (RECURRENCE-ID), where the object recurs.
    pub recurrence_id: Option<Instant>,
    /// The same as the wall clock of the master's zone.
    pub recurrence_civil: Option<Civil>,
    /// The master, or the override that takes the instance's place.
    pub component: Component<'t>,
}

/// Whether an instance of an event touches a window.
pub(super) fn touches_event(at: Window, asked: Window) -> bool {
    Touch::Span.touches(at, asked)
}

/// Components that have instances.
const TIMED: [&str; 4] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"];

/// The instances that touch a window, in order of time.
///
/// # Errors
/// [`TooMany`] when the budget is used up, or the object repeats by minutes or seconds.
pub fn occurrences<'t>(
    tree: &'t Tree<'t>,
    window: Window,
    floating: Zone,
    budget: &mut Budget,
) -> Result<Vec<Occurrence<'t>>, TooMany> {
    let zones = Zones::of(tree);
    listed(groups(timed(tree)), Context { zones: &zones, floating }, window, budget)
}

/// The instances of parts that stand inside a component, such as the AVAILABLE of a VAVAILABILITY.
///
/// # Errors
/// As [`occurrences`].
pub(super) fn instances_of<'t>(
    parts: &[Component<'t>],
    zones: &Zones,
    window: Window,
    floating: Zone,
    budget: &mut Budget,
) -> Result<Vec<Occurrence<'t>>, TooMany> {
    listed(groups(parts.iter().copied()), Context { zones, floating }, window, budget)
}

fn listed<'t>(
    groups: Vec<Group<'t>>,
    with: Context,
    window: Window,
    budget: &mut Budget,
) -> Result<Vec<Occurrence<'t>>, TooMany> {
    let mut found: Vec<(usize, Occurrence<'t>)> = Vec::new();
    let mut results = *budget;
    let mut full = false;
    let walked = each(groups, with, window, budget, &mut |group, occurrence| {
        if results.take_result().is_err() {
            full = true;
            return ControlFlow::Break(());
        }
        found.push((group, occurrence));
        ControlFlow::Continue(())
    });
    budget.results = results.results;
    walked?;
    if full {
        return Err(TooMany);
    }
    found.sort_by_key(|(group, o)| (o.window.start, o.window.end, *group, o.recurrence_id));
    // An RDATE may repeat an instance of the rule.
    found.dedup_by(|(group, a), (other, b)| {
        group == other && a.recurrence_id.is_some() && a.recurrence_id == b.recurrence_id
    });
    Ok(found.into_iter().map(|(_, occurrence)| occurrence).collect())
}

/// Whether an instance for which `wanted` holds touches the window; stops at the first. This answers for windows
/// without end, too, where listing would be too many.
///
/// # Errors
/// As [`occurrences`], but results are not counted.
pub fn any_occurrence<'t>(
    tree: &'t Tree<'t>,
    window: Window,
    floating: Zone,
    budget: &mut Budget,
    mut wanted: impl FnMut(&Occurrence<'t>) -> bool,
) -> Result<bool, TooMany> {
    let mut found = false;
    let zones = Zones::of(tree);
    each(groups(timed(tree)), Context { zones: &zones, floating }, window, budget, &mut |_, occurrence| {
        found = wanted(&occurrence);
        if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(found)
}

/// From the first to the last moment at which the object is, for the index; [`Instant::FAR_FUTURE`] where it never ends.
/// Wide enough for every query: an object of dates and floating times is stretched by the zones of all readers, one
/// without times is always, and one without length lasts a millisecond.
#[must_use]
pub fn extent(tree: &Tree<'_>, floating: Zone) -> Window {
    let zones = Zones::of(tree);
    let with = Context { zones: &zones, floating };
    let mut extent: Option<Window> = None;
    for group in groups(timed(tree)) {
        let window = match &group {
            Group::Series { master, overrides } => match Series::read(*master, overrides, with) {
                Some(series) => stretched(series.extent(floating), *master, series.timing.floats),
                None => untimed(*master, &zones, floating)
                    .map_or(Window::ALWAYS, |(window, _)| stretched(window, *master, false)),
            },
            Group::Orphan(component) => match Override::read(*component, None, with) {
                Some((each, _)) => {
                    let window = each.timing.window_at(each.timing.civil, floating);
                    stretched(window, *component, each.timing.floats)
                }
                None => Window::ALWAYS,
            },
        };
        extent = Some(extent.map_or(window, |e| Window::new(e.start.min(window.start), e.end.max(window.end))));
    }
    extent.unwrap_or(Window::ALWAYS)
}

/// For the index, so that a half-open comparison misses nothing that RFC 4791 9.9 counts in.
fn stretched(window: Window, component: Component<'_>, floats: bool) -> Window {
    let zones = if floats { 26 * HOUR } else { 0 };
    let closed = i64::from(component.is("VTODO") || component.is("VFREEBUSY"));
    let end = window.end.plus_millis(zones + closed).max(window.start.plus_millis(1));
    Window::new(window.start.plus_millis(-zones - closed).max(Instant::FAR_PAST), end.min(Instant::FAR_FUTURE))
}

/// A component with its overrides, or an override whose master was not stored.
enum Group<'t> {
    Series { master: Component<'t>, overrides: Vec<Component<'t>> },
    Orphan(Component<'t>),
}

/// The series of an object. Usually one: all components of a calendar object share their UID, but a file may hold many.
fn groups<'t>(components: impl Iterator<Item = Component<'t>>) -> Vec<Group<'t>> {
    let uid = |component: Component<'t>| component.property("UID").map_or("", |uid| uid.value().trim());
    let (mut overrides, masters): (Vec<_>, Vec<_>) = components.partition(|c| c.property("RECURRENCE-ID").is_some());
    let mut groups = Vec::with_capacity(masters.len());
    for master in masters {
        let (own, others) = if overrides.is_empty() {
            (Vec::new(), Vec::new())
        } else {
            let name = uid(master);
            std::mem::take(&mut overrides).into_iter().partition(|o| uid(*o) == name && o.is(master.name()))
        };
        overrides = others;
        groups.push(Group::Series { master, overrides: own });
    }
    groups.extend(overrides.into_iter().map(Group::Orphan));
    groups
}

/// The components of an object that have instances.
fn timed<'t>(tree: &'t Tree<'_>) -> impl Iterator<Item = Component<'t>> {
    tree.calendar().children().filter(|component| has_instances(*component))
}

/// Whether a component of this name has instances.
pub(super) fn has_instances(component: Component<'_>) -> bool {
    TIMED.iter().any(|name| component.is(name))
}

/// Where the overrides begin that bear on a window (RFC 4791 9.6.6): they touch it, or the instance they replace would
/// have, or they move all later ones.
pub(super) fn overrides_that_matter(tree: &Tree<'_>, window: Window, floating: Zone) -> Vec<usize> {
    let zones = Zones::of(tree);
    let with = Context { zones: &zones, floating };
    let mut begins = Vec::new();
    for group in groups(timed(tree)) {
        match group {
            Group::Orphan(component) => begins.push(component.span().start),
            Group::Series { master, overrides } => match Series::read(master, &overrides, with) {
                Some(series) => begins.extend(series.overrides_that_matter(window, floating)),
                None => begins.extend(overrides.iter().map(|component| component.span().start)),
            },
        }
    }
    begins
}

/// Calls `visit` with each instance that touches the window and the number of its series.
fn each<'t, V>(
    groups: Vec<Group<'t>>,
    with: Context,
    window: Window,
    budget: &mut Budget,
    visit: &mut V,
) -> Result<(), TooMany>
where
    V: FnMut(usize, Occurrence<'t>) -> ControlFlow<()>,
{
    let floating = with.floating;
    for (number, group) in groups.into_iter().enumerate() {
        let mut visit = |occurrence| visit(number, occurrence);
        let answer = match group {
            Group::Series { master, overrides } => match Series::read(master, &overrides, with) {
                Some(series) => series.each(window, floating, budget, &mut visit)?,
                None => offer_untimed(master, window, with, &mut visit),
            },
            Group::Orphan(component) => match Override::read(component, None, with) {
                Some((each, _)) => each.offer(each.id(with).unwrap_or(Instant::FAR_PAST), window, floating, &mut visit),
                None => ControlFlow::Continue(()),
            },
        };
        if answer.is_break() {
            break;
        }
    }
    Ok(())
}

/// When a component without a start is: a VTODO by COMPLETED and CREATED, a VFREEBUSY by its periods, others never.
fn untimed(component: Component<'_>, zones: &Zones, floating: Zone) -> Option<(Window, Touch)> {
    let time = |name: &str| component.property(name).and_then(|p| value::date_or_time(p).ok());
    let at = |name: &str| time(name).map(|time| zones.resolve(&time, floating));
    if component.is("VTODO") {
        return Some(match (at("COMPLETED"), at("CREATED")) {
            (Some(done), Some(made)) => (Window::new(done.min(made), done.max(made)), Touch::Closed),
            (Some(done), None) => (Window::new(done, done), Touch::Closed),
            (None, Some(made)) => (Window::new(made, Instant::FAR_FUTURE), Touch::Span),
            (None, None) => (Window::ALWAYS, Touch::Closed),
        });
    }
    if component.is("VFREEBUSY") {
        let periods = super::freebusy::periods_of(component, zones, floating);
        let start = periods.iter().map(|busy| busy.window.start).min()?;
        let end = periods.iter().map(|busy| busy.window.end).max()?;
        return Some((Window::new(start, end), Touch::Span));
    }
    None
}

fn offer_untimed<'t, V>(component: Component<'t>, asked: Window, with: Context, visit: &mut V) -> ControlFlow<()>
where
    V: FnMut(Occurrence<'t>) -> ControlFlow<()>,
{
    match untimed(component, with.zones, with.floating) {
        Some((window, touch)) if touch.touches(window, asked) => {
            visit(Occurrence { window, all_day: false, recurrence_id: None, recurrence_civil: None, component })
        }
        _ => ControlFlow::Continue(()),
    }
}
