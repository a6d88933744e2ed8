//! POST to the outbox (RFC 6638 5): a VFREEBUSY request, answered for each recipient of this instance, and the few
//! messages about a meeting that no object says (REFRESH, COUNTER, DECLINECOUNTER). Thunderbird and
//! Apple add Originator and Recipient headers; the object says the same and is what counts.

use super::answer::{self, Body};
use super::call::Call;
use super::error::Fault;
use super::write::Xml;
use crate::ical::build::normal_address;
use crate::ical::freebusy::vfreebusy;
use crate::ical::tree::{Component, Tree};
use crate::ical::value::date_or_time;
use crate::ical::zone::Zones;
use crate::ids::PersonId;
use crate::service::calendars::{BusyCalendarUser, CollectionKind, CollectionPath, Delivery, Privilege};
use crate::time::Window;
use hyper::{Response, StatusCode};

/// Recipients of one request.
const MAX_RECIPIENTS: usize = 100;

/// What a request asks.
struct Asked {
    window: Window,
    organizer: String,
    uid: String,
    recipients: Vec<String>,
}

/// Answers the POST.
pub async fn answer(call: &Call, path: &CollectionPath) -> Result<Response<Body>, Fault> {
    let view = call.collection(path).await?;
    if view.kind != CollectionKind::Outbox || !view.privileges.allows(Privilege::ScheduleSend) {
        return Err(Fault::condition("D:need-privileges", "only the owner of an outbox sends from it"));
    }
    if is_about_a_meeting(&call.body) {
        return post(call, &path.home).await;
    }
    let asked = read(&call.body)?;
    // A delegate asks in the name of whose outbox it is.
    let own = call.service.principal(&call.actor, &path.home).await.map_err(|error| call.fault(&error))?;
    if !own.addresses.iter().any(|address| same(address, &asked.organizer)) && !same(&own.email, &asked.organizer) {
        return Err(Fault::condition("C:organizer-allowed", "the ORGANIZER is somebody else"));
    }
    let mut xml = Xml::document("C:schedule-response");
    for recipient in &asked.recipients {
        write_response(call, &asked, recipient, &mut xml).await?;
    }
    xml.close("C:schedule-response");
    Ok(answer::xml(StatusCode::OK, xml.take()))
}

async fn write_response(call: &Call, asked: &Asked, recipient: &str, xml: &mut Xml) -> Result<(), Fault> {
    let found = call.service.free_busy_of(&call.actor, recipient, asked.window).await;
    let found = found.map_err(|error| call.fault(&error))?;
    if found.is_empty() {
        xml.open("C:response");
        xml.href_in("C:recipient", recipient);
        xml.text("C:request-status", "3.7;Invalid calendar user");
        xml.close("C:response");
    }
    for BusyCalendarUser { address, times } in found {
        let extra = [("UID", asked.uid.as_str()), ("ORGANIZER", &asked.organizer), ("ATTENDEE", &address)];
        let text = vfreebusy(asked.window, &times, call.service.ctx().now, &extra);
        let reply = text.replacen("BEGIN:VFREEBUSY", "METHOD:REPLY\r\nBEGIN:VFREEBUSY", 1);
        xml.open("C:response");
        xml.href_in("C:recipient", &address);
        xml.text("C:request-status", "2.0;Success");
        xml.text("C:calendar-data", &reply);
        xml.close("C:response");
    }
    Ok(())
}

/// Whether a message is for `post_meeting`: about an event, a task or a journal entry.
fn is_about_a_meeting(body: &[u8]) -> bool {
    let about = ["VEVENT", "VTODO", "VJOURNAL"];
    Tree::parse(body).is_ok_and(|tree| tree.calendar().children().any(|child| about.iter().any(|name| child.is(name))))
}

async fn post(call: &Call, home: &PersonId) -> Result<Response<Body>, Fault> {
    let posted = call.service.post_meeting(&call.actor, home, call.body.to_vec()).await;
    let mut xml = Xml::document("C:schedule-response");
    for Delivery { recipient, status } in posted.map_err(|error| call.fault(&error))? {
        xml.open("C:response");
        xml.href_in("C:recipient", &recipient);
        xml.text("C:request-status", &status);
        xml.close("C:response");
    }
    xml.close("C:schedule-response");
    Ok(answer::xml(StatusCode::OK, xml.take()))
}

fn read(body: &[u8]) -> Result<Asked, Fault> {
    let bad = |why: &str| Fault::condition("C:valid-scheduling-message", why);
    let tree = Tree::parse(body).map_err(|error| Fault::condition("C:valid-calendar-data", error.to_string()))?;
    let calendar = tree.calendar();
    let method = calendar.property("METHOD").map(|method| method.text().to_ascii_uppercase());
    if method.as_deref() != Some("REQUEST") {
        return Err(bad("only a free/busy REQUEST can be posted; invitations are sent by storing the event"));
    }
    let request = calendar.children_named("VFREEBUSY").next().ok_or_else(|| bad("there is no VFREEBUSY"))?;
    let window = Window::new(instant(&tree, request, "DTSTART")?, instant(&tree, request, "DTEND")?);
    if window.start >= window.end {
        return Err(bad("the DTEND is not after the DTSTART"));
    }
    let recipients: Vec<String> = request.all("ATTENDEE").map(|attendee| attendee.value().trim().to_owned()).collect();
    if recipients.is_empty() || recipients.len() > MAX_RECIPIENTS {
        return Err(bad("a request has between 1 and 100 ATTENDEEs"));
    }
    let text = |name: &str| request.property(name).map(|property| property.value().trim().to_owned());
    Ok(Asked {
        window,
        organizer: text("ORGANIZER").ok_or_else(|| bad("there is no ORGANIZER"))?,
        uid: text("UID").ok_or_else(|| bad("there is no UID"))?,
        recipients,
    })
}

fn instant(tree: &Tree<'_>, request: Component<'_>, name: &str) -> Result<crate::time::Instant, Fault> {
    let missing = || Fault::condition("C:valid-scheduling-message", format!("there is no readable {name}"));
    let when = date_or_time(request.property(name).ok_or_else(missing)?).map_err(|_| missing())?;
    Ok(Zones::of(tree).resolve(&when, crate::time::Zone::UTC))
}

/// Whether two addresses are one, however they are spelled.
fn same(a: &str, b: &str) -> bool {
    normal_address(a) == normal_address(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: &str, lines: &str) -> String {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:{method}\r\nBEGIN:VFREEBUSY\r\n{lines}END:VFREEBUSY\r\nEND:VCALENDAR\r\n"
        );
        read(text.as_bytes()).err().unwrap().message
    }

    #[test]
    fn only_a_whole_free_busy_request_is_taken() {
        assert!(refused("REPLY", "").contains("REQUEST"));
        assert!(refused("REQUEST", "").contains("DTSTART"));
        let times = "DTSTART:20261201T000000Z\r\nDTEND:20261202T000000Z\r\n";
        assert!(refused("REQUEST", times).contains("ATTENDEE"));
        assert!(refused("REQUEST", &format!("{times}ATTENDEE:mailto:a@x\r\n")).contains("ORGANIZER"));
    }
}
