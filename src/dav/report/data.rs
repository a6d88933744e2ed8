//! `CALDAV:calendar-data` of a report (RFC 4791 9.6): which part of an object is wanted, and in which form.

use super::filter::time_range;
use crate::dav::error::Fault;
use crate::dav::xml::{CALDAV, DAV, Element};
use crate::ical::subset::{CalendarData, CompSelection, Comps, PropSelection, Props};

/// Reads the element below `DAV:prop`, where the report has one.
pub fn parse(report: &Element) -> Result<Option<CalendarData>, Fault> {
    let Some(element) = report.child(DAV, "prop").and_then(|prop| prop.child(CALDAV, "calendar-data")) else {
        return Ok(None);
    };
    let type_known = element.attribute("content-type").is_none_or(|value| value.eq_ignore_ascii_case("text/calendar"));
    let version_known = element.attribute("version").is_none_or(|value| value == "2.0");
    if !type_known || !version_known {
        return Err(Fault::condition("C:supported-calendar-data", "calendar data is text/calendar, version 2.0"));
    }
    let window = |name: &str| element.child(CALDAV, name).map(bounded_range).transpose();
    Ok(Some(CalendarData {
        comp: element.child(CALDAV, "comp").map(selection).transpose()?,
        expand: window("expand")?,
        limit_recurrence: window("limit-recurrence-set")?,
        limit_freebusy: window("limit-freebusy-set")?,
    }))
}

fn bounded_range(element: &Element) -> Result<crate::time::Window, Fault> {
    if element.attribute("start").is_none() || element.attribute("end").is_none() {
        return Err(Fault::bad_request(format!("{} needs a start and an end", element.name.local)));
    }
    time_range(element).map_err(|fault| Fault::bad_request(fault.message))
}

fn selection(comp: &Element) -> Result<CompSelection, Fault> {
    let mut props = Vec::new();
    let mut comps = Vec::new();
    for child in comp.children() {
        if child.is(CALDAV, "prop") {
            let novalue = child.attribute("novalue") == Some("yes");
            props.push(PropSelection { name: name_of(child)?, novalue });
        } else if child.is(CALDAV, "comp") {
            comps.push(selection(child)?);
        }
    }
    // A component that is only named is wanted whole: so RFC 4791 7.8.1 shows it, and Apple asks for VCALENDAR.
    let whole = comp.children().next().is_none();
    let all_props = whole || comp.child(CALDAV, "allprop").is_some();
    let all_comps = whole || comp.child(CALDAV, "allcomp").is_some();
    Ok(CompSelection {
        name: name_of(comp)?,
        props: if all_props { Props::All } else { Props::Named(props) },
        comps: if all_comps { Comps::All } else { Comps::Named(comps) },
    })
}

fn name_of(element: &Element) -> Result<String, Fault> {
    let name = element.attribute("name").filter(|name| !name.is_empty());
    name.map(str::to_ascii_uppercase).ok_or_else(|| Fault::bad_request("a part of calendar-data has no name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::xml;

    fn parsed(inner: &str) -> Result<Option<CalendarData>, Fault> {
        let body = format!(r#"<q xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop>{inner}</prop></q>"#);
        parse(&xml::parse(body.as_bytes()).unwrap().unwrap())
    }

    #[test]
    fn parts_of_an_object_may_be_named() {
        let data = parsed(
            r#"<C:calendar-data><C:comp name="vcalendar"><C:allprop/><C:comp name="VEVENT"><C:prop name="SUMMARY" novalue="yes"/>
               </C:comp></C:comp></C:calendar-data>"#,
        );
        let comp = data.unwrap().unwrap().comp.unwrap();
        assert_eq!((comp.name.as_str(), &comp.props), ("VCALENDAR", &Props::All));
        let Comps::Named(inner) = comp.comps else { panic!("components were named") };
        assert_eq!(inner[0].props, Props::Named(vec![PropSelection { name: "SUMMARY".into(), novalue: true }]));
    }

    #[test]
    fn a_part_that_is_only_named_is_wanted_whole() {
        let data = parsed(r#"<C:calendar-data><C:comp name="VCALENDAR"/></C:calendar-data>"#);
        let comp = data.unwrap().unwrap().comp.unwrap();
        assert_eq!((comp.props, comp.comps), (Props::All, Comps::All));
    }

    #[test]
    fn another_format_is_refused_and_none_is_none() {
        assert_eq!(parsed("<getetag/>").unwrap(), None);
        let fault = parsed(r#"<C:calendar-data content-type="application/calendar+json"/>"#).unwrap_err();
        assert_eq!(fault.condition.unwrap(), "<C:supported-calendar-data/>");
        parsed(r#"<C:calendar-data><C:expand start="20261201T000000Z"/></C:calendar-data>"#).unwrap_err();
    }
}
