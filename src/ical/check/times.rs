//! Times and rules of one component: that they can be read, that they lie where calendars can name them, and that
//! expanding them stays bounded.

use super::{MAX_INSTANCES, Refusal, YEARS};
use crate::ical::property::{Property, shortened};
use crate::ical::recur::{Rule, RuleError};
use crate::ical::tree::Component;
use crate::ical::value::{DateOrTime, PeriodEnd, date_or_time, dates, duration, is_periods, periods};
use chrono::Datelike;

/// Instances a rule may give on one day: one every five minutes.
const MAX_PER_DAY: usize = 288;
/// Entries that one list of a rule may have: as many as a year has days.
const MAX_LIST: usize = 366;
/// RRULE properties one component may have; RFC 5545 wants one.
const MAX_RULES: usize = 8;
/// RDATE and EXDATE entries one component may have.
const MAX_DATES: usize = 10_000;

pub(super) fn check(component: Component<'_>) -> Result<(), Refusal> {
    let needs_start = ["VEVENT", "AVAILABLE"].iter().any(|name| component.is(name));
    if needs_start && component.property("DTSTART").is_none() {
        let problem = format!("this {} has no DTSTART", component.name());
        return Err(Refusal::ValidCalendarData { line: component.line(), problem });
    }
    for property in component.properties() {
        match property.name().to_ascii_uppercase().as_str() {
            "DTSTART" | "DTEND" | "DUE" => in_range(property, &date_or_time(property)?)?,
            "RECURRENCE-ID" => drop(date_or_time(property)?),
            "DURATION" => length(property)?,
            "RDATE" => extra_dates(property)?,
            "EXDATE" => drop(dates(property)?),
            "FREEBUSY" => drop(periods(property)?),
            "RRULE" => rule(property)?,
            "EXRULE" => return Err(often(property, "EXRULE is not supported; iCalendar dropped it (RFC 5545)")),
            _ => {}
        }
    }
    end_after_start(component)?;
    if let Some(rule) = component.all("RRULE").nth(MAX_RULES) {
        return Err(often(rule, format!("more than {MAX_RULES} rules")));
    }
    let mut listed = 0;
    for property in component.properties().filter(|p| p.is("RDATE") || p.is("EXDATE")) {
        listed += property.value().split(',').count();
        if listed > MAX_DATES {
            return Err(often(property, format!("more than {MAX_DATES} dates are listed")));
        }
    }
    Ok(())
}

fn often(property: Property<'_>, problem: impl Into<String>) -> Refusal {
    Refusal::MaxInstances { line: property.line(), problem: problem.into() }
}

fn in_range(property: Property<'_>, when: &DateOrTime) -> Result<(), Refusal> {
    let (line, name, year) = (property.line(), property.name().to_owned(), when.civil().year());
    if year < *YEARS.start() {
        Err(Refusal::MinDateTime { line, name, year: *YEARS.start() })
    } else if year > *YEARS.end() {
        Err(Refusal::MaxDateTime { line, name, year: *YEARS.end() })
    } else {
        Ok(())
    }
}

fn length(property: Property<'_>) -> Result<(), Refusal> {
    let length = duration(property.value()).map_err(|e| property.malformed(e.to_string()))?;
    if length.days < 0 || length.seconds < 0 {
        return Err(property.malformed("a DURATION can't be negative").into());
    }
    Ok(())
}

fn extra_dates(property: Property<'_>) -> Result<(), Refusal> {
    if is_periods(property) {
        for period in periods(property)? {
            if let PeriodEnd::At(end) = &period.end {
                in_range(property, end)?;
            }
        }
    }
    dates(property)?.iter().try_for_each(|date| in_range(property, date))
}

/// Where both are written alike; others may name different zones, as the two ends of a flight do.
fn end_after_start(component: Component<'_>) -> Result<(), Refusal> {
    let (Some(first), Some(last)) = (component.property("DTSTART"), component.property("DTEND")) else {
        return Ok(());
    };
    let (start, end) = (date_or_time(first)?, date_or_time(last)?);
    let alike = std::mem::discriminant(&start) == std::mem::discriminant(&end) && start.tzid() == end.tzid();
    if alike && end.civil() < start.civil() {
        return Err(last.malformed(format!("DTEND lies before DTSTART of line {}", first.line())).into());
    }
    Ok(())
}

fn rule(property: Property<'_>) -> Result<(), Refusal> {
    let text = property.value();
    if part(text, "RSCALE").is_some_and(|scale| !scale.eq_ignore_ascii_case("GREGORIAN")) {
        let problem = "only rules in the Gregorian calendar are supported".to_owned();
        return Err(Refusal::SupportedRscale { line: property.line(), problem });
    }
    bounded_lists(property, text)?;
    let rule = Rule::parse(text).map_err(|error| match error {
        RuleError::TooFrequent(_) => often(property, "repeats more often than every hour"),
        other => property.malformed(other.to_string()).into(),
    })?;
    if rule.count().is_some_and(|count| count > MAX_INSTANCES) {
        return Err(often(property, format!("a COUNT of more than {MAX_INSTANCES}")));
    }
    Ok(())
}

/// The lists multiply: a rule of 1 KB can ask for every second of the day.
fn bounded_lists(property: Property<'_>, text: &str) -> Result<(), Refusal> {
    if let Some(piece) = text.split(';').find(|piece| piece.split(',').count() > MAX_LIST) {
        let name = shortened(piece.split('=').next().unwrap_or_default());
        return Err(often(property, format!("{name} lists more than {MAX_LIST} entries")));
    }
    let listed = |name: &str| part(text, name).map(|list| list.split(',').count());
    let hourly = part(text, "FREQ").is_some_and(|freq| freq.eq_ignore_ascii_case("HOURLY"));
    let hours = listed("BYHOUR").unwrap_or(if hourly { 24 } else { 1 });
    let per_day = [hours, listed("BYMINUTE").unwrap_or(1), listed("BYSECOND").unwrap_or(1)].iter().product::<usize>();
    if per_day > MAX_PER_DAY {
        return Err(often(property, format!("repeats {per_day} times a day; {MAX_PER_DAY} are allowed")));
    }
    Ok(())
}

fn part<'t>(rule: &'t str, name: &str) -> Option<&'t str> {
    let mut parts = rule.split(';').filter_map(|part| part.split_once('='));
    parts.find(|(found, _)| found.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
