//! GET of a calendar: all its objects as one iCalendar file, each time zone once, read and sent page by page.

use super::answer::{self, Body};
use super::call::Call;
use super::error::Fault;
use crate::ical::edit::escape_text;
use crate::ical::property::Property;
use crate::ical::tree::Tree;
use crate::service::calendars::CollectionPath;
use hyper::{Method, Response, StatusCode};
use std::collections::BTreeSet;

const PAGE: u32 = 200;
const TYPE: &str = "text/calendar; charset=utf-8";

/// Answers GET and HEAD of a calendar.
pub async fn answer(call: Call, path: CollectionPath) -> Result<Response<Body>, Fault> {
    let view = call.collection(&path).await?;
    if call.method == Method::HEAD {
        return Ok(answer::typed(StatusCode::OK, TYPE, answer::whole("")));
    }
    answer::stream(StatusCode::OK, TYPE, move |mut out| async move {
        out.xml.raw("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Dogwatch//Dogwatch//EN\r\n");
        out.xml.raw(&crate::ical::edit::fold(&format!("X-WR-CALNAME:{}", escape_text(&view.display_name))));
        let mut zones = BTreeSet::new();
        let mut after: Option<String> = None;
        loop {
            let page = call.service.objects_page(&call.actor, &path, after.as_deref(), PAGE).await;
            let page = page.map_err(|error| call.fault(&error))?;
            for object in &page.rows {
                out.xml.raw(&components(&object.body, &mut zones));
                out.flush().await;
            }
            after = page.next;
            if after.is_none() {
                out.xml.raw("END:VCALENDAR\r\n");
                return Ok(out);
            }
        }
    })
    .await
}

/// The components of an object as they are stored; a time zone only if it is the first of its name.
fn components(body: &[u8], zones: &mut BTreeSet<String>) -> String {
    let Ok(tree) = Tree::parse(body) else { return String::new() };
    let mut text = String::new();
    for component in tree.calendar().children() {
        let tzid = component.property("TZID").filter(|_| component.is("VTIMEZONE")).map(Property::text);
        if tzid.is_some_and(|tzid| !zones.insert(tzid)) {
            continue;
        }
        text.push_str(&String::from_utf8_lossy(component.bytes()));
        if !text.ends_with('\n') {
            text.push_str("\r\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_joined_with_each_zone_once() {
        let object = |uid: &str| {
            format!(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/London\r\nEND:VTIMEZONE\r\n\
                 BEGIN:VEVENT\r\nUID:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            )
        };
        let mut zones = BTreeSet::new();
        let text = components(object("1").as_bytes(), &mut zones) + &components(object("2").as_bytes(), &mut zones);
        assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 1);
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 2);
    }
}
