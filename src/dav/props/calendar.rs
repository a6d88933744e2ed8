//! Properties of calendars and their limits (RFC 4791, RFC 5689), with Apple's colour and order.

use super::{CALENDAR_DATA, Live, Scene, Subject, href_property, live, text_property};
use crate::dav::write::Xml;
use crate::dav::xml::{APPLE, CALDAV, CALENDARSERVER};
use crate::ical::check::{MAX_ATTENDEES, MAX_INSTANCES, YEARS};
use crate::ical::zone::tzid_of;
use crate::service::calendars::MAX_OBJECT_BYTES;

pub(super) const TABLE: &[Live] = &[
    live(CALENDAR_DATA.0, CALENDAR_DATA.1, false, calendar_data),
    live(CALDAV, "calendar-description", false, description),
    live(CALDAV, "calendar-timezone", false, timezone),
    live(CALDAV, "calendar-timezone-id", false, timezone_id),
    live(CALDAV, "timezone-service-set", false, timezone_services),
    live(CALDAV, "supported-calendar-component-set", false, components),
    live(CALDAV, "supported-calendar-component-sets", false, component_sets),
    live(CALDAV, "supported-calendar-data", false, supported_data),
    live(CALDAV, "supported-collation-set", false, collations),
    live(CALDAV, "max-resource-size", false, max_size),
    live(CALDAV, "min-date-time", false, min_date),
    live(CALDAV, "max-date-time", false, max_date),
    live(CALDAV, "max-instances", false, max_instances),
    live(CALDAV, "max-attendees-per-instance", false, max_attendees),
    live(CALDAV, "schedule-calendar-transp", false, transparency),
    live(CALENDARSERVER, "source", false, source),
    live(APPLE, "calendar-color", false, color),
    live(APPLE, "calendar-order", false, order),
];

fn calendar_data(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Object(_, _, text) = scene.subject else { return false };
    text_property(xml, "C:calendar-data", text)
}

fn description(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let text = scene.plain_calendar().and_then(|view| view.description.as_deref());
    text_property(xml, "C:calendar-description", text)
}

fn timezone(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let text = scene.calendar().and_then(|view| view.timezone.as_deref());
    text_property(xml, "C:calendar-timezone", text)
}

/// RFC 7809 5.2: the identifier of what `calendar-timezone` spells out.
fn timezone_id(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let id = scene.calendar().and_then(|view| view.timezone.as_deref()).and_then(tzid_of);
    text_property(xml, "C:calendar-timezone-id", id.as_deref())
}

/// RFC 7809 5.1: there is none here, and clients bring their own data.
fn timezone_services(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let is_home = matches!(scene.subject, Subject::Home(..));
    if is_home {
        xml.empty("C:timezone-service-set");
    }
    is_home
}

fn components(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Some(view) = scene.calendar() else { return false };
    xml.open("C:supported-calendar-component-set");
    for component in &view.components {
        write_component(xml, component);
    }
    xml.close("C:supported-calendar-component-set");
    true
}

/// What a new calendar may hold; Apple asks the home before it offers to make one.
fn component_sets(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Home(..) = scene.subject else { return false };
    xml.open("C:supported-calendar-component-sets");
    for component in ["VEVENT", "VTODO", "VJOURNAL"] {
        xml.open("C:supported-calendar-component-set");
        write_component(xml, component);
        xml.close("C:supported-calendar-component-set");
    }
    xml.close("C:supported-calendar-component-sets");
    true
}

fn write_component(xml: &mut Xml, component: &str) {
    xml.raw("<C:comp name=\"");
    xml.characters(component);
    xml.raw("\"/>");
}

fn supported_data(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    fixed(scene, xml, |xml| {
        xml.open("C:supported-calendar-data");
        xml.empty("C:calendar-data content-type=\"text/calendar\" version=\"2.0\"");
        xml.close("C:supported-calendar-data");
    })
}

fn collations(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    fixed(scene, xml, |xml| {
        xml.open("C:supported-collation-set");
        for collation in ["i;ascii-casemap", "i;octet", "i;unicode-casemap"] {
            xml.text("C:supported-collation", collation);
        }
        xml.close("C:supported-collation-set");
    })
}

fn max_size(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    fixed(scene, xml, |xml| xml.text("C:max-resource-size", &MAX_OBJECT_BYTES.to_string()))
}

fn min_date(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    fixed(scene, xml, |xml| xml.text("C:min-date-time", &format!("{}0101T000000Z", YEARS.start())))
}

fn max_date(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    fixed(scene, xml, |xml| xml.text("C:max-date-time", &format!("{}1231T235959Z", YEARS.end())))
}

fn max_instances(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    fixed(scene, xml, |xml| xml.text("C:max-instances", &MAX_INSTANCES.to_string()))
}

fn max_attendees(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    fixed(scene, xml, |xml| xml.text("C:max-attendees-per-instance", &MAX_ATTENDEES.to_string()))
}

/// What is the same on every calendar.
fn fixed(scene: &Scene<'_>, xml: &mut Xml, write: impl FnOnce(&mut Xml)) -> bool {
    let is_calendar = matches!(scene.subject, Subject::Collection(..));
    if is_calendar {
        write(xml);
    }
    is_calendar
}

fn transparency(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Some(view) = scene.plain_calendar() else { return false };
    xml.open("C:schedule-calendar-transp");
    xml.empty(if view.transparent { "C:transparent" } else { "C:opaque" });
    xml.close("C:schedule-calendar-transp");
    true
}

/// Where the text of a subscription comes from.
fn source(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let source = scene.calendar().and_then(|view| view.source.as_deref());
    source.is_some_and(|url| href_property(xml, "CS:source", url))
}

fn color(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let color = scene.plain_calendar().and_then(|view| view.color.as_deref());
    text_property(xml, "A:calendar-color", color)
}

fn order(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let order = scene.plain_calendar().and_then(|view| view.order).map(|order| order.to_string());
    text_property(xml, "A:calendar-order", order.as_deref())
}
