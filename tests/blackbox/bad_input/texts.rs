//! Markup and line breaks in every text that people can write: shown as they were written, in pages, XML, JSON and calendars.

use super::super::caldav::{event_at, xml};
use super::{App, Scene};
use crate::crew::Crew;
use chrono::{Days, Utc};
use serde_json::{Value, json};

const MARKUP: &str = "<svg onload=alert(1)>\"'&amp;]]>";
const BREAK: &str = "a\r\nATTENDEE:mailto:x@example.org";

/// That a page holds nothing that a browser would run, whatever was written.
fn assert_harmless(page: &str, what: &str) {
    let lower = page.to_lowercase();
    // Plots are drawn on the server; scripts are files of ours.
    assert!(!lower.contains("<svg onload") && !lower.contains("<script>"), "{what}: {page}");
    assert!(!lower.contains("=\"\"'&amp;]]"), "{what}: out of an attribute: {page}");
}

#[test]
fn checklist_36_markup_is_shown_as_it_was_written_wherever_it_can_be_read() {
    // 36
    let scene = Scene::new();
    let server = &scene.server;
    let api = |method: &str, path: &str, body: Value| server.api(method, path, &body);
    let people = ["one", "two", "three"].map(|id| (id.to_owned(), MARKUP.to_owned()));
    let crew = Crew::gather(server, MARKUP, &people);
    let cover = format!("/slots/{}/cover", crew.slot);
    api("POST", &cover, json!({ "reason": MARKUP })).expect(200);
    api("POST", "/people/ada/app-passwords", json!({ "label": MARKUP })).expect(201);
    let feed = api("POST", "/people/ada/feeds", json!({ "label": MARKUP })).expect(201).json();

    let ada = scene.ada();
    let escaped = MARKUP.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    ada.set("/dav/calendars/ada/calendar/", &format!("<displayname>{escaped}</displayname>")).expect(207);
    let day = (Utc::now().date_naive() + Days::new(3)).format("%Y%m%d");
    let lines = format!("SUMMARY:{MARKUP}\r\nDESCRIPTION:{MARKUP}\r\nLOCATION:{MARKUP}\r\n");
    let away = event_at("away", &format!("DTSTART;VALUE=DATE:{day}\r\n"), &lines);
    ada.put("/dav/calendars/ada/availability/away.ics", &away).expect(201);

    // XML is read strictly by the app; what it holds is the text.
    let named = ada.properties("/dav/calendars/ada/calendar/", "<displayname/>").expect(207).text();
    assert!(named.contains("&lt;svg onload=alert(1)&gt;"), "{named}");
    let known = ada.properties("/dav/principals/users/one/", "<displayname/>").expect(207).text();
    assert!(known.contains("&lt;svg onload=alert(1)&gt;"), "{known}");
    let data = "<C:calendar-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns=\"DAV:\"><prop><C:calendar-data/></prop>\
                <C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>";
    let read = ada.report("/dav/calendars/ada/availability/", data).expect(207).text();
    assert!(xml::names(&read).contains(&"away.ics".to_owned()) && !read.contains("<svg"), "{read}");

    let login = server.basic("ada");
    let shift = format!("/shifts/{}", crew.slot);
    for path in ["/", "/teams/watch", &shift, "/teams/%3Csvg%20onload=alert(1)%3E"] {
        assert_harmless(&server.get(path).text(), path);
        assert_harmless(&server.send("GET", path, &[("Authorization", &login)], "").text(), path);
    }
    let page = server.get("/teams/watch").expect(200).text();
    assert!(page.contains("&#60;svg onload=alert(1)&#62;"), "{page}");
    let told = api("GET", &format!("/teams/watch/on-call?at={}", crew.at), Value::Null).expect(200);
    assert_eq!(told.header("content-type"), Some("application/json"));
    assert_eq!(told.json()["on_call"][0]["person"]["name"], MARKUP);

    // An address that isn't known is repeated to nobody as markup.
    for path in ["/<svg onload=alert(1)>".replace(' ', "%20"), "/links/offer/%3Csvg%3E/a/b".to_owned()] {
        assert_harmless(&server.get(&path).text(), &path);
    }
    let url = feed["url"].as_str().unwrap();
    let feed = server.get(&url[url.find("/feeds/").unwrap()..]).expect(200);
    assert!(feed.header("content-type").is_some_and(|kind| kind.starts_with("text/calendar")));
    scene.is_unharmed();
}

#[test]
fn checklist_36_no_text_becomes_a_line_of_a_calendar() {
    // 36
    let scene = Scene::new();
    let server = &scene.server;
    let mallory = json!({ "id": "mallory", "name": "Mallory", "email": "mallory@example.org", "time_zone": "UTC" });
    let team = json!({ "id": "night", "name": "Night", "email": "night@example.org", "time_zone": "UTC" });
    for (path, form, field) in [
        ("/people", &mallory, "name"),
        ("/people", &mallory, "email"),
        ("/people", &mallory, "id"),
        ("/people", &mallory, "time_zone"),
        ("/teams", &team, "name"),
        ("/teams", &team, "email"),
    ] {
        let mut body = form.clone();
        body[field] = json!(format!("{}\r\n{BREAK}", form[field].as_str().unwrap()));
        let refused = server.api("POST", path, &body).expect(422).text();
        assert!(refused.contains(field), "{body}: {refused}");
    }
    // What may have several lines is escaped into one.
    let watch = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let next = watch["next"].as_array().unwrap();
    let watch = next.iter().find(|watch| !watch["person"].is_null() && watch["role"] != "shadow").unwrap();
    let cover = format!("/slots/{}/cover", watch["slot"].as_str().unwrap());
    let asked = server.api("POST", &cover, &json!({ "reason": BREAK }));
    if asked.status == 200 {
        let offer = asked.json()["offers"][0]["person"].as_str().unwrap().to_owned();
        for text in server.objects(&offer, "shifts") {
            assert!(!text.lines().any(|line| line.starts_with("ATTENDEE:mailto:x@")), "{text}");
        }
    } else {
        assert_eq!(asked.status, 422, "{}", asked.text());
    }
    let ben = App::of(server, "ben");
    let named = format!("<displayname>{}</displayname>", BREAK.replace('\r', "&#13;"));
    ben.set("/dav/calendars/ben/calendar/", &named).expect(207);
    let file = ben.get("/dav/calendars/ben/calendar/").expect(200).text();
    assert!(!file.lines().any(|line| line.starts_with("ATTENDEE:mailto:x@")), "{file}");
    scene.is_unharmed();
}
