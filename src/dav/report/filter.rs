//! The filter of a calendar-query (RFC 4791 9.7) from XML to data. What makes no sense is `valid-filter`, an unknown
//! collation `supported-collation`.

use crate::dav::error::Fault;
use crate::dav::xml::{CALDAV, Element};
use crate::ical::filter::{Collation, CompFilter, ParamFilter, PropFilter, TextMatch};
use crate::ical::value::{DateOrTime, time};
use crate::time::{Instant, Window};

/// Reads `CALDAV:filter` of a query.
pub fn parse(query: &Element) -> Result<CompFilter, Fault> {
    let filter = query.child(CALDAV, "filter").ok_or_else(|| invalid("the query has no filter"))?;
    let mut roots = filter.children().filter(|child| child.is(CALDAV, "comp-filter"));
    let (Some(root), None) = (roots.next(), roots.next()) else {
        return Err(invalid("a filter holds one comp-filter"));
    };
    let root = comp_filter(root)?;
    if root.name != "VCALENDAR" {
        return Err(invalid("the outermost comp-filter is VCALENDAR"));
    }
    nests(&root)?;
    Ok(root)
}

/// Where each component may stand (RFC 5545 3.6, RFC 7953 3.1); others may stand anywhere.
const PARENTS: &[(&str, &[&str])] = &[
    ("VCALENDAR", &[]),
    ("VEVENT", &["VCALENDAR"]),
    ("VTODO", &["VCALENDAR"]),
    ("VJOURNAL", &["VCALENDAR"]),
    ("VFREEBUSY", &["VCALENDAR"]),
    ("VAVAILABILITY", &["VCALENDAR"]),
    ("VTIMEZONE", &["VCALENDAR"]),
    ("STANDARD", &["VTIMEZONE"]),
    ("DAYLIGHT", &["VTIMEZONE"]),
    ("VALARM", &["VEVENT", "VTODO"]),
    ("AVAILABLE", &["VAVAILABILITY"]),
];
/// What has a time to look at (RFC 4791 9.9).
const TIMED: [&str; 7] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM", "VAVAILABILITY", "AVAILABLE"];
/// Properties of iCalendar that hold a time.
const TIMES: [&str; 11] = [
    "COMPLETED",
    "CREATED",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DUE",
    "EXDATE",
    "LAST-MODIFIED",
    "RDATE",
    "RECURRENCE-ID",
    "ACKNOWLEDGED",
];

/// Refuses a filter that asks for what can't be: RFC 4791 7.8 counts that among the invalid ones.
fn nests(filter: &CompFilter) -> Result<(), Fault> {
    if filter.time_range.is_some() && !TIMED.contains(&filter.name.as_str()) {
        return Err(invalid(format!("{} has no time to look at", filter.name)));
    }
    let timeless = |prop: &&PropFilter| prop.time_range.is_some() && !TIMES.contains(&prop.name.as_str());
    if let Some(prop) = filter.props.iter().find(|prop| timeless(prop) && !prop.name.starts_with("X-")) {
        return Err(invalid(format!("{} holds no time", prop.name)));
    }
    for inner in &filter.comps {
        let parents = PARENTS.iter().find(|(name, _)| *name == inner.name).map(|(_, parents)| parents);
        if parents.is_some_and(|parents| !parents.contains(&filter.name.as_str())) {
            return Err(invalid(format!("there is no {} in a {}", inner.name, filter.name)));
        }
        nests(inner)?;
    }
    Ok(())
}

fn comp_filter(element: &Element) -> Result<CompFilter, Fault> {
    let mut filter = CompFilter { name: name_of(element)?, ..CompFilter::default() };
    for child in element.children() {
        match caldav_name(child) {
            "is-not-defined" => filter.is_not_defined = true,
            "time-range" => once(&mut filter.time_range, time_range(child)?)?,
            "prop-filter" => filter.props.push(prop_filter(child)?),
            "comp-filter" => filter.comps.push(comp_filter(child)?),
            _ => return Err(unknown(child)),
        }
    }
    let more = filter.time_range.is_some() || !filter.props.is_empty() || !filter.comps.is_empty();
    alone(filter.is_not_defined, more)?;
    Ok(filter)
}

fn prop_filter(element: &Element) -> Result<PropFilter, Fault> {
    let mut filter = PropFilter { name: name_of(element)?, ..PropFilter::default() };
    for child in element.children() {
        match caldav_name(child) {
            "is-not-defined" => filter.is_not_defined = true,
            "time-range" => once(&mut filter.time_range, time_range(child)?)?,
            "text-match" => once(&mut filter.text, text_match(child)?)?,
            "param-filter" => filter.params.push(param_filter(child)?),
            _ => return Err(unknown(child)),
        }
    }
    let more = filter.time_range.is_some() || filter.text.is_some() || !filter.params.is_empty();
    alone(filter.is_not_defined, more)?;
    if filter.time_range.is_some() && filter.text.is_some() {
        return Err(invalid("a prop-filter has a time-range or a text-match, not both"));
    }
    Ok(filter)
}

fn param_filter(element: &Element) -> Result<ParamFilter, Fault> {
    let mut filter = ParamFilter { name: name_of(element)?, ..ParamFilter::default() };
    for child in element.children() {
        match caldav_name(child) {
            "is-not-defined" => filter.is_not_defined = true,
            "text-match" => once(&mut filter.text, text_match(child)?)?,
            _ => return Err(unknown(child)),
        }
    }
    alone(filter.is_not_defined, filter.text.is_some())?;
    Ok(filter)
}

fn text_match(element: &Element) -> Result<TextMatch, Fault> {
    let collation = match element.attribute("collation") {
        None | Some("default" | "i;ascii-casemap") => Collation::AsciiCasemap,
        Some("i;octet") => Collation::Octet,
        Some("i;unicode-casemap") => Collation::UnicodeCasemap,
        Some(other) => {
            return Err(Fault::condition("C:supported-collation", format!("the collation {other} is not known")));
        }
    };
    let negate = match element.attribute("negate-condition") {
        None | Some("no") => false,
        Some("yes") => true,
        Some(_) => return Err(invalid("negate-condition is yes or no")),
    };
    Ok(TextMatch { text: element.text(), collation, negate })
}

/// Reads a `time-range` or another element with `start` and `end` in UTC; an end that is not given is open, and both
/// are cut to what a calendar can name.
pub fn time_range(element: &Element) -> Result<Window, Fault> {
    let (start, end) = (element.attribute("start"), element.attribute("end"));
    if start.is_none() && end.is_none() {
        return Err(invalid("a time-range has a start, an end or both"));
    }
    let window = Window::new(
        start.map(utc).transpose()?.unwrap_or(Instant::FAR_PAST),
        end.map(utc).transpose()?.unwrap_or(Instant::FAR_FUTURE),
    );
    if window.start >= window.end {
        return Err(invalid("a time-range ends after it starts"));
    }
    Ok(window)
}

fn utc(text: &str) -> Result<Instant, Fault> {
    match time(text, None) {
        Ok(DateOrTime::Utc(at)) => Ok(at.clamp(Instant::FAR_PAST, Instant::FAR_FUTURE)),
        _ => Err(invalid(format!("{text:?} is no time in UTC such as 20261201T090000Z"))),
    }
}

fn name_of(element: &Element) -> Result<String, Fault> {
    match element.attribute("name") {
        Some(name) if !name.is_empty() => Ok(name.to_ascii_uppercase()),
        _ => Err(invalid(format!("{} has no name", element.name.local))),
    }
}

/// The local name of an element of CalDAV, and nothing of any other.
fn caldav_name(element: &Element) -> &str {
    if element.name.namespace == CALDAV { &element.name.local } else { "" }
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), Fault> {
    if slot.replace(value).is_some() { Err(invalid("a condition is given twice")) } else { Ok(()) }
}

fn alone(is_not_defined: bool, more: bool) -> Result<(), Fault> {
    if is_not_defined && more { Err(invalid("is-not-defined stands alone")) } else { Ok(()) }
}

fn unknown(element: &Element) -> Fault {
    Fault::condition("C:supported-filter", format!("the condition {} is not known", element.name.local))
}

fn invalid(why: impl Into<String>) -> Fault {
    Fault::condition("C:valid-filter", why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::xml;

    fn parsed(inner: &str) -> Result<CompFilter, Fault> {
        let body = format!(r#"<C:q xmlns:C="urn:ietf:params:xml:ns:caldav"><C:filter>{inner}</C:filter></C:q>"#);
        parse(&xml::parse(body.as_bytes()).unwrap().unwrap())
    }

    fn refused(inner: &str) -> String {
        parsed(inner).unwrap_err().condition.unwrap()
    }

    const RANGE: &str = r#"<C:time-range start="20261201T000000Z"/>"#;
    const EVENT: &str =
        r#"<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">…</C:comp-filter></C:comp-filter>"#;

    #[test]
    fn a_filter_becomes_data() {
        let filter = parsed(&EVENT.replace(
            '…',
            r#"<C:time-range start="20261201T000000Z"/><C:prop-filter name="attendee"><C:text-match collation="i;octet"
               negate-condition="yes">x</C:text-match><C:param-filter name="PARTSTAT"><C:is-not-defined/></C:param-filter>
               </C:prop-filter>"#,
        ))
        .unwrap();
        let event = &filter.comps[0];
        assert_eq!(event.time_range.unwrap().end, Instant::FAR_FUTURE);
        assert_eq!(event.props[0].name, "ATTENDEE");
        let text = event.props[0].text.clone().unwrap();
        assert_eq!((text.collation, text.negate, text.text.as_str()), (Collation::Octet, true, "x"));
        assert!(event.props[0].params[0].is_not_defined);
    }

    #[test]
    fn what_makes_no_sense_is_no_valid_filter() {
        for inner in [
            "",
            r#"<C:comp-filter name="VEVENT"/>"#,
            "<C:comp-filter/>",
            &EVENT.replace('…', "<C:time-range/>"),
            &EVENT.replace('…', r#"<C:time-range start="20261201"/>"#),
            &EVENT.replace('…', r#"<C:time-range start="20261201T000000"/>"#),
            &EVENT.replace('…', r#"<C:time-range start="20261202T000000Z" end="20261201T000000Z"/>"#),
            &EVENT.replace('…', r#"<C:is-not-defined/><C:prop-filter name="UID"/>"#),
            &EVENT.replace('…', r#"<C:comp-filter name="VEVENT"/>"#),
            &EVENT.replace('…', r#"<C:comp-filter name="VALARM"><C:comp-filter name="VTODO"/></C:comp-filter>"#),
            &EVENT.replace('…', &format!(r#"<C:comp-filter name="X-PART">{RANGE}</C:comp-filter>"#)),
            &EVENT.replace('…', &format!(r#"<C:prop-filter name="SUMMARY">{RANGE}</C:prop-filter>"#)),
            &format!(r#"<C:comp-filter name="VCALENDAR">{RANGE}</C:comp-filter>"#),
            r#"<C:comp-filter name="VCALENDAR"><C:comp-filter name="VALARM"/></C:comp-filter>"#,
        ] {
            assert_eq!(refused(inner), "<C:valid-filter/>", "{inner}");
        }
    }

    #[test]
    fn unknown_conditions_and_collations_are_named() {
        assert_eq!(refused(&EVENT.replace('…', "<C:sounds-like/>")), "<C:supported-filter/>");
        let text =
            r#"<C:prop-filter name="SUMMARY"><C:text-match collation="i;klingon">x</C:text-match></C:prop-filter>"#;
        assert_eq!(refused(&EVENT.replace('…', text)), "<C:supported-collation/>");
    }

    #[test]
    fn a_range_beyond_all_calendars_is_cut() {
        let filter = parsed(&EVENT.replace('…', r#"<C:time-range start="00010101T000000Z" end="99991231T235959Z"/>"#));
        assert_eq!(filter.unwrap().comps[0].time_range, Some(Window::ALWAYS));
    }
}
