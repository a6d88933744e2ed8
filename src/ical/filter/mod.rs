//! CALDAV:filter of a calendar-query (RFC 4791 9.7) as data, and whether an object matches it. A component matches where
//! one and the same component fulfils all conditions; a time range is met by an instance of that component.

mod alarm;
mod text;

#[cfg(test)]
mod tests;

use super::occur::any_occurrence;
use super::property::Property;
use super::recur::{Budget, TooMany};
use super::tree::{Component, Tree};
use super::value::{self, DateOrTime};
use super::zone::Zones;
use crate::time::{DAY, Instant, Window, Zone};
use alarm::Alarm;
use std::borrow::Cow;

/// CALDAV:comp-filter (RFC 4791 9.7.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompFilter {
    /// Component name, in upper case.
    pub name: String,
    /// The component must be missing.
    pub is_not_defined: bool,
    /// An instance must touch this; ends that were not given are [`Window::ALWAYS`]'s.
    pub time_range: Option<Window>,
    /// All must match.
    pub props: Vec<PropFilter>,
    /// All must match.
    pub comps: Vec<CompFilter>,
}

/// CALDAV:prop-filter (RFC 4791 9.7.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropFilter {
    /// Property name, in upper case.
    pub name: String,
    /// The property must be missing.
    pub is_not_defined: bool,
    /// Its time must lie in this.
    pub time_range: Option<Window>,
    /// Its value must match.
    pub text: Option<TextMatch>,
    /// All must match.
    pub params: Vec<ParamFilter>,
}

/// CALDAV:param-filter (RFC 4791 9.7.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParamFilter {
    /// Parameter name, in upper case.
    pub name: String,
    /// The parameter must be missing.
    pub is_not_defined: bool,
    /// Its value must match.
    pub text: Option<TextMatch>,
}

/// CALDAV:text-match (RFC 4791 9.7.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMatch {
    /// What must be contained.
    pub text: String,
    /// How it is compared.
    pub collation: Collation,
    /// It must not be contained.
    pub negate: bool,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Collation {
    /// `i;ascii-casemap`, the default.
    #[default]
    AsciiCasemap,
    /// `i;octet`.
    Octet,
    /// `i;unicode-casemap`.
    UnicodeCasemap,
}

/// Whether an object matches. Dates and floating times are read in `floating`.
///
/// # Errors
/// [`TooMany`] when a time range cannot be decided within the budget.
pub fn matches(tree: &Tree<'_>, filter: &CompFilter, floating: Zone, budget: &mut Budget) -> Result<bool, TooMany> {
    let calendar = tree.calendar();
    if !calendar.is(&filter.name) || filter.is_not_defined {
        return Ok(false);
    }
    let mut asked = Question { tree, floating, budget };
    if !asked.properties_match(calendar, &filter.props) {
        return Ok(false);
    }
    for inner in &filter.comps {
        if !asked.some_component_matches(calendar, inner)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl CompFilter {
    /// Whether an event with an instance in [`CompFilter::bounds`] is all that is asked for.
    #[must_use]
    pub fn asks_only_for_events_in_time(&self) -> bool {
        let [inner] = self.comps.as_slice() else { return false };
        let plain = |filter: &Self| !filter.is_not_defined && filter.props.is_empty();
        let ranged = inner.time_range.is_some() && inner.comps.is_empty() && inner.name == "VEVENT";
        plain(self) && self.name == "VCALENDAR" && plain(inner) && ranged
    }

    /// A time range that every matching object must touch, for the index: the narrowest of those asked of its
    /// components. Ranges on alarms don't count, since alarms may go off long before their event.
    #[must_use]
    pub fn bounds(&self) -> Option<Window> {
        let ranged = self.comps.iter().filter(|inner| !inner.is_not_defined && inner.name != "VAVAILABILITY");
        ranged.filter_map(|inner| inner.time_range).min_by_key(|range| range.millis())
    }
}

struct Question<'q> {
    tree: &'q Tree<'q>,
    floating: Zone,
    budget: &'q mut Budget,
}

impl<'q> Question<'q> {
    /// Whether a component directly inside `parent` matches.
    fn some_component_matches(&mut self, parent: Component<'q>, filter: &CompFilter) -> Result<bool, TooMany> {
        if filter.is_not_defined {
            return Ok(parent.children_named(&filter.name).next().is_none());
        }
        if let (Some(range), true) = (filter.time_range, filter.props.is_empty() && filter.comps.is_empty()) {
            // What nearly every query asks: no need to know which components fulfil other conditions.
            if parent.children_named(&filter.name).next().is_none() {
                return Ok(false);
            }
            if !is_alarm_or_availability(&filter.name) {
                let wanted = |component: Component<'_>| component.is(&filter.name);
                return any_occurrence(self.tree, range, self.floating, self.budget, |o| wanted(o.component));
            }
        }
        for component in parent.children_named(&filter.name) {
            if !self.properties_match(component, &filter.props) {
                continue;
            }
            let mut all = true;
            for inner in &filter.comps {
                all = all && self.some_component_matches(component, inner)?;
            }
            if all && self.is_in_range(parent, component, filter.time_range)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_in_range(
        &mut self,
        parent: Component<'q>,
        component: Component<'q>,
        range: Option<Window>,
    ) -> Result<bool, TooMany> {
        let Some(range) = range else { return Ok(true) };
        if component.is("VALARM") {
            return self.alarm_is_in_range(parent, component, range);
        }
        if component.is("VAVAILABILITY") {
            return Ok(self.availability(component).overlaps(range));
        }
        let place = component.begin_span();
        any_occurrence(self.tree, range, self.floating, self.budget, |o| o.component.begin_span() == place)
    }

    fn alarm_is_in_range(
        &mut self,
        parent: Component<'q>,
        alarm: Component<'q>,
        range: Window,
    ) -> Result<bool, TooMany> {
        let Some(alarm) = Alarm::read(alarm) else { return Ok(false) };
        let Some(reach) = alarm.reach() else { return Ok(alarm.goes_off(range, range)) };
        let reach = reach.saturating_add(DAY);
        let near = Window::new(range.start.plus_millis(-reach), range.end.plus_millis(reach));
        let place = parent.begin_span();
        any_occurrence(self.tree, near, self.floating, self.budget, |o| {
            o.component.begin_span() == place && alarm.goes_off(o.window, range)
        })
    }

    /// A VAVAILABILITY without start or end speaks of all time on that side (RFC 7953 3.1).
    fn availability(&self, component: Component<'_>) -> Window {
        let zones = Zones::of(self.tree);
        let at = |name: &str| {
            let time = component.property(name).and_then(|p| value::date_or_time(p).ok())?;
            Some(zones.resolve(&time, self.floating))
        };
        Window::new(at("DTSTART").unwrap_or(Instant::FAR_PAST), at("DTEND").unwrap_or(Instant::FAR_FUTURE))
    }

    fn properties_match(&self, component: Component<'_>, filters: &[PropFilter]) -> bool {
        filters.iter().all(|filter| {
            let mut named = component.all(&filter.name);
            if filter.is_not_defined {
                return named.next().is_none();
            }
            named.any(|property| self.property_matches(property, filter))
        })
    }

    fn property_matches(&self, property: Property<'_>, filter: &PropFilter) -> bool {
        filter.text.as_ref().is_none_or(|text| text.holds(&plain(property)))
            && filter.time_range.is_none_or(|range| self.property_is_in_range(property, range))
            && filter.params.iter().all(|param| {
                let values = property.params(&param.name);
                match &param.text {
                    _ if param.is_not_defined => values.is_empty(),
                    None => !values.is_empty(),
                    Some(text) => values.iter().any(|value| text.holds(value)),
                }
            })
    }

    fn property_is_in_range(&self, property: Property<'_>, range: Window) -> bool {
        let Ok(when) = value::date_or_time(property) else { return false };
        if let DateOrTime::Date(day) = when {
            let next = day.succ_opt().unwrap_or(day);
            return Window::of_days(day, next, self.floating).overlaps(range);
        }
        let zone = Zones::of(self.tree).zone_of(&when, self.floating);
        let at = match when {
            DateOrTime::Utc(at) => at,
            other => zone.resolve(other.civil(), self.floating),
        };
        range.contains(at)
    }
}

fn is_alarm_or_availability(name: &str) -> bool {
    name.eq_ignore_ascii_case("VALARM") || name.eq_ignore_ascii_case("VAVAILABILITY")
}

/// The value as a reader sees it.
fn plain(property: Property<'_>) -> Cow<'_, str> {
    let value = property.value();
    if value.contains('\\') { Cow::Owned(property.text()) } else { Cow::Borrowed(value) }
}
