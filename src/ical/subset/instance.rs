//! One instance of an expansion: its times in UTC, its name as RECURRENCE-ID, and no rules (RFC 4791 9.6.5).

use crate::ical::occur::Occurrence;
use crate::ical::property::Property;
use crate::ical::tree::Component;
use crate::ical::value::{self, DateOrTime};
use crate::time::{Civil, Instant, Zone};

/// The lines, each with its property's name, that stand for a property in an instance; nothing where it stays as it is.
pub(super) fn rewritten(
    property: Property<'_>,
    occurrence: &Occurrence<'_>,
    floating: Zone,
) -> Option<Vec<(&'static str, String)>> {
    let is = |name: &str| property.is(name);
    if is("RRULE") || is("RDATE") || is("EXDATE") || is("EXRULE") || is("RECURRENCE-ID") {
        // The instance is named where it starts; an override without a start keeps its name here.
        let startless = is("RECURRENCE-ID") && occurrence.component.property("DTSTART").is_none();
        return Some(if startless { recurrence_id(occurrence).into_iter().collect() } else { Vec::new() });
    }
    let window = occurrence.window;
    if is("DTSTART") {
        let start = ("DTSTART", time("DTSTART", window.start, occurrence.all_day, floating));
        return Some(std::iter::once(start).chain(recurrence_id(occurrence)).collect());
    }
    let ends_on_a_day = value::date_or_time(property).is_ok_and(|end| end.is_date());
    if is("DTEND") {
        return Some(vec![("DTEND", time("DTEND", window.end, ends_on_a_day, floating))]);
    }
    if is("DUE") {
        return Some(vec![("DUE", time("DUE", window.end, ends_on_a_day, floating))]);
    }
    // A day of the clock is not always 24 hours, which it would be read as beside a start in UTC.
    let counts_days = is("DURATION") && value::duration(property.value()).is_ok_and(|length| length.days != 0);
    let seconds = window.millis() / 1_000;
    (counts_days && !occurrence.all_day).then(|| vec![("DURATION", format!("DURATION:PT{seconds}S"))])
}

fn recurrence_id(occurrence: &Occurrence<'_>) -> Option<(&'static str, String)> {
    let (at, civil) = (occurrence.recurrence_id?, occurrence.recurrence_civil?);
    let own = occurrence.component.property("RECURRENCE-ID").and_then(|id| value::date_or_time(id).ok());
    if own.is_none() && starts_with(occurrence.component, civil) {
        return None;
    }
    let by_day = own.map_or(occurrence.all_day, |id| id.is_date());
    let line = if by_day {
        format!("RECURRENCE-ID;VALUE=DATE:{}", DateOrTime::Date(civil.date()))
    } else {
        format!("RECURRENCE-ID:{}", DateOrTime::Utc(at))
    };
    Some(("RECURRENCE-ID", line))
}

/// Whether a series starts with this instance, which then needs no name: as the peers and their clients have it.
fn starts_with(series: Component<'_>, civil: Civil) -> bool {
    let start = series.property("DTSTART").and_then(|start| value::date_or_time(start).ok());
    start.is_some_and(|start| start.civil() == civil)
}

fn time(name: &str, at: Instant, by_day: bool, floating: Zone) -> String {
    if by_day {
        format!("{name};VALUE=DATE:{}", DateOrTime::Date(at.civil(floating).date()))
    } else {
        format!("{name}:{}", DateOrTime::Utc(at))
    }
}
