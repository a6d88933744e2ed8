//! Properties of principals and of scheduling (RFC 6638), with CalendarServer's that Apple asks for.

use super::webdav::{home_of, hrefs};
use super::{Live, Scene, Subject, href_property, in_home, live, text_property};
use crate::dav::write::Xml;
use crate::dav::xml::{CALDAV, CALENDARSERVER};
use crate::service::calendars::{InboxView, Owner, principal_href};

pub(super) const TABLE: &[Live] = &[
    live(CALDAV, "calendar-home-set", false, calendar_home),
    live(CALDAV, "calendar-user-address-set", false, user_addresses),
    live(CALDAV, "calendar-user-type", false, user_type),
    live(CALDAV, "schedule-inbox-URL", false, inbox_url),
    live(CALDAV, "schedule-outbox-URL", false, outbox_url),
    live(CALDAV, "schedule-default-calendar-URL", false, default_calendar),
    live(CALDAV, "calendar-availability", false, availability),
    live(CALENDARSERVER, "calendar-availability", false, apple_availability),
    live(CALDAV, "calendar-free-busy-set", false, free_busy_set),
    live(CALDAV, "schedule-tag", false, schedule_tag),
    live(CALENDARSERVER, "email-address-set", false, email_addresses),
    live(CALENDARSERVER, "calendar-proxy-read-for", false, proxy_read),
    live(CALENDARSERVER, "calendar-proxy-write-for", false, proxy_write),
];

/// One href only: Apple gives up at several.
fn calendar_home(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    home_of(scene).is_some_and(|home| href_property(xml, "C:calendar-home-set", &home))
}

/// Clients pick the first, the last or the preferred entry: all three are the mail address.
fn user_addresses(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Principal(view) = scene.subject else { return false };
    if view.addresses.is_empty() {
        return false;
    }
    xml.open("C:calendar-user-address-set");
    for address in &view.addresses {
        if address.starts_with("mailto:") {
            xml.raw("<D:href preferred=\"1\">");
            xml.characters(address);
            xml.close("D:href");
        } else {
            xml.href(address);
        }
    }
    xml.close("C:calendar-user-address-set");
    true
}

fn user_type(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Principal(view) = scene.subject else { return false };
    let kind = match view.owner {
        Owner::Person(_) if view.proxy.is_none() => "INDIVIDUAL",
        Owner::Person(_) | Owner::Team(_) => "GROUP",
    };
    text_property(xml, "C:calendar-user-type", Some(kind))
}

fn inbox_url(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    scene.person().is_some_and(|(person, _)| href_property(xml, "C:schedule-inbox-URL", &in_home(person, "inbox")))
}

fn outbox_url(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    scene.person().is_some_and(|(person, _)| href_property(xml, "C:schedule-outbox-URL", &in_home(person, "outbox")))
}

fn inbox<'a>(scene: &Scene<'a>) -> Option<&'a InboxView> {
    match scene.subject {
        Subject::Collection(_, inbox) => inbox,
        _ => None,
    }
}

/// On the inbox as RFC 6638 9.2 says, and on the principal, where some clients look.
fn default_calendar(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let tag = "C:schedule-default-calendar-URL";
    match (inbox(scene), scene.person()) {
        (Some(inbox), _) => href_property(xml, tag, &inbox.default_calendar.href()),
        (None, Some((person, _))) => href_property(xml, tag, &in_home(person, "calendar")),
        (None, None) => false,
    }
}

fn availability(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let text = inbox(scene).and_then(|inbox| inbox.availability.as_deref());
    text_property(xml, "C:calendar-availability", text)
}

fn apple_availability(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let text = inbox(scene).and_then(|inbox| inbox.availability.as_deref());
    text_property(xml, "CS:calendar-availability", text)
}

/// Older clients ask the inbox which calendars count as busy; what counts is said by each calendar's transparency.
fn free_busy_set(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Some(inbox) = inbox(scene) else { return false };
    xml.open("C:calendar-free-busy-set");
    inbox.counted.iter().for_each(|path| xml.href(&path.href()));
    xml.close("C:calendar-free-busy-set");
    true
}

fn schedule_tag(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Object(_, head, _) = scene.subject else { return false };
    text_property(xml, "C:schedule-tag", head.schedule_tag.as_deref())
}

fn email_addresses(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Principal(view) = scene.subject else { return false };
    if view.email.is_empty() {
        return false;
    }
    xml.open("CS:email-address-set");
    xml.text("CS:email-address", &view.email);
    xml.close("CS:email-address-set");
    true
}

/// For whom somebody may look and write: macOS asks at every start, and offers their calendars.
fn proxy_read(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Principal(view) = scene.subject else { return false };
    hrefs(xml, "CS:calendar-proxy-read-for", view.looks_for.iter().map(principal_href))
}

fn proxy_write(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Principal(view) = scene.subject else { return false };
    hrefs(xml, "CS:calendar-proxy-write-for", view.writes_for.iter().map(principal_href))
}
