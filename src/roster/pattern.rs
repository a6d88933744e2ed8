//! Pattern events to slots: wall-clock ends, roles and turns. A 24-hour slot from 09:00 ends at 09:00 on the days that
//! change the clock too, whatever RFC 5545 3.8.5.3 says of exact durations: people hand over by the clock.

mod settle;
#[cfg(test)]
mod tests;

pub use settle::{Settled, settle};

use crate::ical::occur::{Occurrence, occurrences};
use crate::ical::recur::{Budget, TooMany};
use crate::ical::tree::{Component, Tree};
use crate::ical::value::{self, DateOrTime};
use crate::ical::zone::{TzRef, Zones};
use crate::ids::TurnId;
use crate::roster::model::{Role, Team};
use crate::time::{Civil, Day, Instant, Window, Zone, resolve};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// One role of one occurrence, before it is known which stored slot it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// UID of the pattern's event.
    pub pattern: String,
    /// Wall-clock start by which the pattern names the occurrence, `20261201T090000`.
    pub occurrence: String,
    /// The role.
    pub role: String,
    /// Tells two slots of one role apart, from 0.
    pub ordinal: u32,
    /// The turn it is part of.
    pub turn: Option<TurnId>,
    /// When.
    pub window: Window,
    /// The pattern's zone.
    pub zone: Zone,
    /// May stay empty.
    pub optional: bool,
    /// Only for people within whose working hours all of it lies.
    pub at_work: bool,
    /// Only for people of this site of the team.
    pub site: Option<String>,
}

/// What makes a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnLength {
    /// Each occurrence stands alone.
    Occurrence,
    /// All that start on one day.
    Day,
    /// All that start within seven days, counted from the weekday of DTSTART.
    Week,
}

/// The demand of one pattern object: every role of every occurrence that starts within the window.
///
/// # Errors
/// [`TooMany`] where the recurrence has more instances than the budget allows.
pub fn demand(tree: &Tree, team: &Team, window: Window, budget: &mut Budget) -> Result<Vec<Demand>, TooMany> {
    let zones = Zones::of(tree);
    let mut demands = Vec::new();
    for occurrence in occurrences(tree, window, team.zone, budget)? {
        let cancelled = text(occurrence.component, "STATUS").eq_ignore_ascii_case("CANCELLED");
        if !occurrence.component.is("VEVENT") || cancelled || !window.contains(occurrence.window.start) {
            continue;
        }
        demands.extend(roles_of_occurrence(tree, team, &zones, &occurrence));
    }
    demands.sort_by(|a, b| (a.window, &a.pattern, &a.role, a.ordinal).cmp(&(b.window, &b.pattern, &b.role, b.ordinal)));
    Ok(demands)
}

fn roles_of_occurrence(tree: &Tree, team: &Team, zones: &Zones, occurrence: &Occurrence) -> Vec<Demand> {
    let component = occurrence.component;
    let Some(shape) = Shape::of(component, zones, team.zone) else { return Vec::new() };
    let start = occurrence.window.start.civil(shape.zone);
    let named = occurrence.recurrence_civil.unwrap_or(start);
    let window = Window::new(occurrence.window.start, shape.end(start).max(occurrence.window.start));
    if window.millis() == 0 {
        return Vec::new();
    }
    let uid = text(component, "UID");
    let first_day = master(tree, &uid).and_then(|master| Shape::of(master, zones, team.zone)).unwrap_or(shape).start;
    let mut demands: Vec<Demand> = Vec::new();
    for role in roles(component, team) {
        let known = team.roles.iter().find(|known| known.name == role);
        let ordinal = u32::try_from(demands.iter().filter(|demand| demand.role == role).count()).unwrap_or(u32::MAX);
        let block = block(turn_length(component), named.date(), first_day.date());
        demands.push(Demand {
            pattern: uid.clone(),
            occurrence: named.format("%Y%m%dT%H%M%S").to_string(),
            turn: block.map(|day| turn_id(team, &uid, day, &role, ordinal)),
            role,
            ordinal,
            window,
            zone: shape.zone,
            optional: known.is_some_and(|role| role.optional),
            at_work: at_work(component),
            site: site(component),
        });
    }
    demands
}

fn master<'t>(tree: &'t Tree, uid: &str) -> Option<Component<'t>> {
    tree.calendar()
        .children_named("VEVENT")
        .find(|event| event.property("RECURRENCE-ID").is_none() && text(*event, "UID") == uid)
}

/// Start, zone and wall-clock length of an event. An end in a zone of its own is meant by that zone's clock on every day:
/// so one site hands over to the next at the next one's nine o'clock, whenever either changes its clock.
#[derive(Clone, Copy)]
struct Shape {
    start: Civil,
    zone: Zone,
    length: TimeDelta,
    ends_in: Zone,
}

impl Shape {
    fn of(component: Component, zones: &Zones, floating: Zone) -> Option<Self> {
        let from = value::date_or_time(component.property("DTSTART")?).ok()?;
        // a zone of the object's own has no name to go by later: its wall clock is read in the team's zone
        let of = |at: &DateOrTime| match at {
            DateOrTime::Utc(_) => chrono_tz::UTC,
            DateOrTime::Zoned(_, tzid) => match zones.zone(tzid) {
                TzRef::Iana(zone) => zone,
                TzRef::Custom(_) | TzRef::Unknown => floating,
            },
            DateOrTime::Date(_) | DateOrTime::Floating(_) => floating,
        };
        let zone = of(&from);
        let end = component.property("DTEND").and_then(|end| value::date_or_time(end).ok());
        let duration = component.property("DURATION").and_then(|property| value::duration(property.value()).ok());
        let length = match (&end, duration) {
            (Some(end @ DateOrTime::Utc(_)), _) => zones.resolve(end, floating).civil(zone) - from.civil(),
            // the hours between two clocks as they show, not as they pass
            (Some(end), _) => end.civil() - from.civil(),
            (None, Some(duration)) => TimeDelta::days(duration.days) + TimeDelta::seconds(duration.seconds),
            (None, None) if from.is_date() => TimeDelta::days(1),
            (None, None) => TimeDelta::zero(),
        };
        let ends_in = end.as_ref().filter(|end| !matches!(end, DateOrTime::Utc(_))).map_or(zone, of);
        Some(Self { start: from.civil(), zone, length, ends_in })
    }

    /// When an occurrence that starts there ends.
    fn end(&self, start: Civil) -> Instant {
        resolve(start + self.length, self.ends_in)
    }
}

/// The roles an occurrence needs, repeated ones as often as they are named: a `roles:` line of the description, else the
/// categories that are roles of the team, else primary and secondary, else all that must not stay empty.
fn roles(component: Component, team: &Team) -> Vec<String> {
    let known = |name: &str| team.roles.iter().find(|role| role.name.eq_ignore_ascii_case(name.trim()));
    if let Some(line) = setting(component, "roles") {
        let spelled = |name: &str| known(name).map_or_else(|| name.trim().to_lowercase(), |role| role.name.clone());
        let named: Vec<String> = line.split([',', ';']).map(spelled).filter(|name| !name.is_empty()).collect();
        if !named.is_empty() {
            return named;
        }
    }
    let categories = component.all("CATEGORIES").flat_map(crate::ical::property::Property::texts);
    let named: Vec<String> = categories.filter_map(|name| known(&name).map(|role| role.name.clone())).collect();
    if !named.is_empty() {
        return named;
    }
    let usual: Vec<String> = ["primary", "secondary"].iter().filter_map(|name| known(name)).map(name).collect();
    if usual.is_empty() { team.roles.iter().filter(|role| !role.optional).map(name).collect() } else { usual }
}

fn name(role: &Role) -> String {
    role.name.clone()
}

/// What the pattern says of turns: `X-DOGWATCH-TURN`, or a `turn:` line of the description.
fn turn_length(component: Component) -> TurnLength {
    let said = component.property("X-DOGWATCH-TURN").map(|property| property.value().to_owned());
    match said.or_else(|| setting(component, "turn")).as_deref().map(str::trim).map(str::to_lowercase).as_deref() {
        Some("week" | "weekly") => TurnLength::Week,
        Some("day" | "daily") => TurnLength::Day,
        _ => TurnLength::Occurrence,
    }
}

/// Whether the pattern is for working hours only, as where teams follow the sun: `X-DOGWATCH-HOURS`, or an `hours:` line
/// of the description, that says `working`.
fn at_work(component: Component) -> bool {
    let said = component.property("X-DOGWATCH-HOURS").map(|property| property.value().to_owned());
    said.or_else(|| setting(component, "hours")).is_some_and(|hours| hours.trim().eq_ignore_ascii_case("working"))
}

/// The site to whose people the pattern is bound: `X-DOGWATCH-SITE`, or a `site:` line of the description.
fn site(component: Component) -> Option<String> {
    let said = component.property("X-DOGWATCH-SITE").map(|property| property.value().to_owned());
    let site = said.or_else(|| setting(component, "site"))?.trim().to_owned();
    (!site.is_empty()).then_some(site)
}

/// The first day of the block of days whose occurrences make one turn.
fn block(length: TurnLength, day: Day, first: Day) -> Option<Day> {
    match length {
        TurnLength::Occurrence => None,
        TurnLength::Day => Some(day),
        TurnLength::Week => Some(day - TimeDelta::days((day - first).num_days().rem_euclid(7))),
    }
}

/// The same for the same block of the same pattern, so that a turn across two planning windows is one turn.
fn turn_id(team: &Team, uid: &str, block: Day, role: &str, ordinal: u32) -> TurnId {
    let key = format!("{}\n{uid}\n{block}\n{role}\n{ordinal}", team.id);
    let mut id = "turn-".to_owned();
    for byte in Sha256::digest(key.as_bytes()).iter().take(12) {
        let _ = write!(id, "{byte:02x}");
    }
    TurnId::new(id)
}

/// The value of a `key: value` line of the description.
fn setting(component: Component, key: &str) -> Option<String> {
    let description = component.property("DESCRIPTION")?.text();
    description.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case(key).then(|| value.trim().to_owned())
    })
}

fn text(component: Component, name: &str) -> String {
    component.property(name).map(|property| property.text().trim().to_owned()).unwrap_or_default()
}
