//! Whether a body may be stored: one valid calendar object (RFC 4791 4.1, 5.3.2.1) within the limits of what can be
//! expanded. Lenient in everything that costs nobody else anything.

mod times;

#[cfg(test)]
mod tests;

pub use super::refusal::Refusal;

use super::build::normal_address;
use super::index::{Index, subjects};
use super::property::{Property, shortened};
use super::tree::{Component, Malformed, Tree};

/// Bytes an object may have, as advertised in `max-resource-size`.
pub const MAX_SIZE: usize = 256 * 1024;
/// Attendees one component may have.
pub const MAX_ATTENDEES: usize = 100;
/// Instances that a COUNT may ask for, as advertised in `max-instances`.
pub const MAX_INSTANCES: u32 = 10_000;
/// Bytes a UID may have.
pub const MAX_UID: usize = 255;
/// First and last year that an event may lie in; Apple writes birthdays without a year as 1604.
pub const YEARS: std::ops::RangeInclusive<i32> = 1601..=2200;

/// STANDARD and DAYLIGHT parts that all time zones of an object may have together.
const MAX_OBSERVANCES: usize = 1_000;

/// What a collection takes.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'r> {
    /// Names of the components it takes, in upper case.
    pub components: &'r [&'r str],
    /// Bytes an object may have; usually [`MAX_SIZE`].
    pub max_size: usize,
}

/// An object that may be stored.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// The object.
    pub tree: Tree<'a>,
    /// What to keep beside it.
    pub index: Index,
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        Self::ValidCalendarData { line: malformed.line, problem: malformed.problem }
    }
}

/// Whether a body may be stored in a collection of these rules.
///
/// # Errors
/// [`Refusal`], the first that was found.
pub fn check<'a>(body: &'a [u8], rules: &Rules<'_>) -> Result<Checked<'a>, Refusal> {
    if body.len() > rules.max_size {
        return Err(Refusal::MaxResourceSize { size: body.len(), limit: rules.max_size });
    }
    let tree = Tree::parse(body)?;
    calendar(tree.calendar())?;
    one_kind(&tree, rules)?;
    one_uid(&tree)?;
    one_organizer(&tree)?;
    zones(tree.calendar())?;
    let mut waiting: Vec<Component<'_>> = subjects(&tree).collect();
    while let Some(component) = waiting.pop() {
        attendees(component)?;
        times::check(component)?;
        waiting.extend(component.children().filter(|child| !child.is("VALARM")));
    }
    let index = Index::of(&tree).ok_or_else(|| nothing_in(tree.calendar()))?;
    Ok(Checked { tree, index })
}

fn calendar(calendar: Component<'_>) -> Result<(), Refusal> {
    let unsupported =
        |at: Property<'_>, problem: String| Err(Refusal::SupportedCalendarData { line: Some(at.line()), problem });
    if let Some(method) = calendar.property("METHOD") {
        let problem = "METHOD makes this a message; nothing stored in a calendar may have it".to_owned();
        return Err(Refusal::ValidCalendarObjectResource { line: method.line(), problem });
    }
    if let Some(version) = calendar.property("VERSION").filter(|version| version.value().trim().starts_with('1')) {
        let number = shortened(version.value().trim());
        return unsupported(version, format!("version {number} is vCalendar; iCalendar is version 2.0"));
    }
    match calendar.property("CALSCALE") {
        Some(scale) if !scale.value().trim().eq_ignore_ascii_case("GREGORIAN") => {
            unsupported(scale, format!("the calendar scale ‘{}’ is not supported", shortened(scale.value())))
        }
        _ => Ok(()),
    }
}

fn nothing_in(calendar: Component<'_>) -> Refusal {
    let problem = "the calendar holds no event, nor anything else that could be stored".to_owned();
    Refusal::ValidCalendarObjectResource { line: calendar.line(), problem }
}

fn one_kind(tree: &Tree<'_>, rules: &Rules<'_>) -> Result<(), Refusal> {
    let first = subjects(tree).next().ok_or_else(|| nothing_in(tree.calendar()))?;
    for component in subjects(tree) {
        let (name, line) = (shortened(component.name()), component.line());
        if !rules.components.iter().any(|taken| component.is(taken)) {
            let supported = rules.components.iter().map(|&taken| taken.to_owned()).collect();
            return Err(Refusal::SupportedComponent { line, name, supported });
        }
        if !component.is(first.name()) {
            let problem = format!("{name} beside {}: an object is of one kind", first.name());
            return Err(Refusal::ValidCalendarObjectResource { line, problem });
        }
    }
    Ok(())
}

/// Each component has a UID, all the same, and at most one of them is the master of the others.
fn one_uid(tree: &Tree<'_>) -> Result<(), Refusal> {
    let refuse = |line, problem: String| Err(Refusal::ValidCalendarObjectResource { line, problem });
    let mut known: Option<(String, usize)> = None;
    let mut master: Option<usize> = None;
    for component in subjects(tree) {
        let name = component.name();
        let Some(property) = component.property("UID").filter(|uid| !uid.value().trim().is_empty()) else {
            return refuse(component.line(), format!("this {name} has no UID"));
        };
        let uid = property.text().trim().to_owned();
        if uid.len() > MAX_UID {
            return refuse(property.line(), format!("the UID is longer than {MAX_UID} bytes"));
        }
        match &known {
            Some((first, line)) if *first != uid => {
                return refuse(property.line(), format!("another UID than in line {line}: one object has one UID"));
            }
            Some(_) => {}
            None => known = Some((uid, property.line())),
        }
        match (component.property("RECURRENCE-ID"), master) {
            (None, Some(line)) => {
                let problem =
                    format!("a second {name} of this UID without RECURRENCE-ID; the first begins in line {line}");
                return refuse(component.line(), problem);
            }
            (None, None) => master = Some(component.line()),
            (Some(_), _) => {}
        }
    }
    Ok(())
}

/// An override may leave the organizer out, but not name somebody else.
fn one_organizer(tree: &Tree<'_>) -> Result<(), Refusal> {
    let named =
        |component: Component<'_>| component.property("ORGANIZER").map(|p| (normal_address(p.value()), p.line()));
    let mut organizers = subjects(tree).filter_map(named);
    let Some((address, first)) = organizers.next() else { return Ok(()) };
    match organizers.find(|(other, _)| *other != address) {
        Some((_, line)) => Err(Refusal::SameOrganizer { line, first }),
        None => Ok(()),
    }
}

/// Zones are never refused for their dates: Outlook starts them in 1601. Only what would be dear to expand is.
fn zones(calendar: Component<'_>) -> Result<(), Refusal> {
    let observances = calendar.children_named("VTIMEZONE").flat_map(Component::children);
    for (count, observance) in observances.enumerate() {
        if count == MAX_OBSERVANCES {
            let problem = format!("the time zones have more than {MAX_OBSERVANCES} parts");
            return Err(Refusal::ValidCalendarData { line: observance.line(), problem });
        }
        for rule in observance.all("RRULE") {
            let text = rule.value().to_ascii_uppercase();
            if ["SECONDLY", "MINUTELY", "HOURLY", "DAILY"].iter().any(|often| text.contains(often)) {
                let problem = "a time zone whose clock changes every day or more often".to_owned();
                return Err(Refusal::MaxInstances { line: rule.line(), problem });
            }
        }
    }
    Ok(())
}

fn attendees(component: Component<'_>) -> Result<(), Refusal> {
    match component.all("ATTENDEE").nth(MAX_ATTENDEES) {
        Some(one_too_many) => Err(Refusal::MaxAttendees { line: one_too_many.line(), limit: MAX_ATTENDEES }),
        None => Ok(()),
    }
}
