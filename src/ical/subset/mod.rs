//! CALDAV:calendar-data (RFC 4791 9.6): the part of an object that was asked for. What is not left out stands as it was
//! stored; only an expansion writes times anew, in UTC.

mod instance;
#[cfg(test)]
mod tests;

use super::edit::fold;
use super::occur::{Occurrence, occurrences, overrides_that_matter};
use super::property::Property;
use super::recur::{Budget, TooMany};
use super::tree::{Component, Tree};
use super::value::{self, PeriodEnd};
use super::zone::Zones;
use crate::time::{Window, Zone};

/// CALDAV:calendar-data in a request (RFC 4791 9.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalendarData {
    /// Which components and properties; None for all.
    pub comp: Option<CompSelection>,
    /// CALDAV:expand.
    pub expand: Option<Window>,
    /// CALDAV:limit-recurrence-set.
    pub limit_recurrence: Option<Window>,
    /// CALDAV:limit-freebusy-set.
    pub limit_freebusy: Option<Window>,
}

/// CALDAV:comp (RFC 4791 9.6.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompSelection {
    /// Component name, in upper case.
    pub name: String,
    /// Which properties.
    pub props: Props,
    /// Which components inside.
    pub comps: Comps,
}

/// Which properties of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Props {
    /// CALDAV:allprop.
    #[default]
    All,
    /// CALDAV:prop, as often as given; maybe none.
    Named(Vec<PropSelection>),
}

/// CALDAV:prop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropSelection {
    /// Property name, in upper case.
    pub name: String,
    /// Without its value.
    pub novalue: bool,
}

/// Which components inside a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Comps {
    /// CALDAV:allcomp.
    #[default]
    All,
    /// CALDAV:comp, as often as given; maybe none.
    Named(Vec<CompSelection>),
}

/// Bytes that one object may be expanded to.
const MAX_OUTPUT: usize = 4 * 1024 * 1024;

/// The part of an object that was asked for. Dates and floating times are read in `floating`. Of an expansion without
/// instances in its window the calendar alone remains.
///
/// # Errors
/// [`TooMany`] when an expansion has more instances than the budget allows, or more text than 4 MiB.
pub fn render(tree: &Tree<'_>, data: &CalendarData, floating: Zone, budget: &mut Budget) -> Result<Vec<u8>, TooMany> {
    if *data == CalendarData::default() {
        return Ok(tree.text().to_vec());
    }
    let calendar = tree.calendar();
    let mut page =
        Page { tree, zones: Zones::of(tree), floating, limit_freebusy: data.limit_freebusy, out: Vec::new() };
    let wanted = data.comp.as_ref().unwrap_or(&ALL);
    page.begin(calendar);
    page.properties(calendar, wanted);
    if let Some(window) = data.expand {
        for occurrence in occurrences(tree, window, floating, budget)? {
            if let Some(inner) = inner(wanted, occurrence.component) {
                page.instance(&occurrence, inner);
            }
            if page.out.len() > MAX_OUTPUT {
                return Err(TooMany);
            }
        }
        // Times are in UTC now: time zones have nothing to say any more.
        let kept = |c: &Component<'_>| !c.is("VTIMEZONE") && !super::occur::has_instances(*c);
        for component in calendar.children().filter(kept) {
            page.child(component, wanted);
        }
    } else {
        let needed = data.limit_recurrence.map(|window| overrides_that_matter(tree, window, floating));
        for component in calendar.children() {
            let left_out = needed.as_ref().is_some_and(|needed| {
                component.property("RECURRENCE-ID").is_some() && !needed.contains(&component.span().start)
            });
            if !left_out {
                page.child(component, wanted);
            }
        }
    }
    page.end(calendar);
    Ok(page.out)
}

/// All of a component, whatever its name.
static ALL: CompSelection = CompSelection { name: String::new(), props: Props::All, comps: Comps::All };

/// What is wanted of a component inside, if anything.
fn inner<'s>(wanted: &'s CompSelection, component: Component<'_>) -> Option<&'s CompSelection> {
    match &wanted.comps {
        Comps::All => Some(&ALL),
        Comps::Named(comps) => comps.iter().find(|comp| component.is(&comp.name)),
    }
}

/// What is wanted of a property: nothing, or with its value or without.
fn selected(wanted: &CompSelection, name: &str) -> Option<bool> {
    match &wanted.props {
        Props::All => Some(true),
        Props::Named(props) => props.iter().find(|prop| prop.name.eq_ignore_ascii_case(name)).map(|prop| !prop.novalue),
    }
}

/// The text as it grows.
struct Page<'p> {
    tree: &'p Tree<'p>,
    zones: Zones,
    floating: Zone,
    limit_freebusy: Option<Window>,
    out: Vec<u8>,
}

impl Page<'_> {
    fn raw(&mut self, span: std::ops::Range<usize>) {
        self.out.extend(self.tree.text().get(span).unwrap_or_default());
        if self.out.last() != Some(&b'\n') {
            self.out.extend(b"\r\n");
        }
    }

    fn line(&mut self, line: &str) {
        self.out.extend(fold(line).as_bytes());
    }

    fn begin(&mut self, component: Component<'_>) {
        self.raw(component.begin_span());
    }

    fn end(&mut self, component: Component<'_>) {
        self.raw(component.end_span());
    }

    /// A component inside one of which `wanted` was asked. The tree is at most eight deep, and so is this.
    fn child(&mut self, component: Component<'_>, wanted: &CompSelection) {
        let Some(inner) = inner(wanted, component) else { return };
        self.begin(component);
        self.properties(component, inner);
        for child in component.children() {
            self.child(child, inner);
        }
        self.end(component);
    }

    fn properties(&mut self, component: Component<'_>, wanted: &CompSelection) {
        for property in component.properties() {
            self.property(property, wanted);
        }
    }

    fn property(&mut self, property: Property<'_>, wanted: &CompSelection) {
        match (selected(wanted, property.name()), self.limit_freebusy) {
            (None, _) => {}
            (Some(false), _) => self.line(without_value(property)),
            (Some(true), Some(window)) if property.is("FREEBUSY") => self.freebusy(property, window),
            (Some(true), _) => self.raw(property.span()),
        }
    }

    /// FREEBUSY with those of its periods that overlap the window (RFC 4791 9.6.7).
    fn freebusy(&mut self, property: Property<'_>, window: Window) {
        let Ok(periods) = value::periods(property) else { return self.raw(property.span()) };
        let overlaps = |period: &value::Period| {
            let start = self.zones.resolve(&period.start, self.floating);
            let end = match &period.end {
                PeriodEnd::At(end) => self.zones.resolve(end, self.floating),
                PeriodEnd::For(length) => start.plus_days(length.days).plus_millis(length.seconds * 1_000),
            };
            Window::new(start, end).overlaps(window)
        };
        let texts = property.value().split(',').map(str::trim).filter(|text| !text.is_empty());
        let kept: Vec<&str> =
            texts.zip(&periods).filter(|(_, period)| overlaps(period)).map(|(text, _)| text).collect();
        if kept.len() == periods.len() {
            self.raw(property.span());
        } else if !kept.is_empty() {
            let line = format!("{}{}", without_value(property), kept.join(","));
            self.line(&line);
        }
    }

    /// One instance of an expansion.
    fn instance(&mut self, occurrence: &Occurrence<'_>, wanted: &CompSelection) {
        let component = occurrence.component;
        self.begin(component);
        for property in component.properties() {
            let Some(times) = instance::rewritten(property, occurrence, self.floating) else {
                self.property(property, wanted);
                continue;
            };
            for (name, line) in times {
                match selected(wanted, name) {
                    Some(true) => self.line(&line),
                    Some(false) => self.line(&format!("{name}:")),
                    None => {}
                }
            }
        }
        for child in component.children() {
            self.child(child, wanted);
        }
        self.end(component);
    }
}

/// Name and parameters, up to the colon.
fn without_value(property: Property<'_>) -> &str {
    let content = property.content();
    content.get(..content.len() - property.value().len()).unwrap_or(content)
}
