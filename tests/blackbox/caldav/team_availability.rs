//! What a team sees of its members: who, when and what kind, whatever form it was said in, and no word of why.

use super::{App, TEAM, event_at};
use crate::support::Server;

/// What Ada's team calendar shows of somebody, unfolded.
fn shown(app: &App<'_>, name: &str) -> Vec<String> {
    let names = app.names(TEAM);
    let texts = names.iter().map(|object| app.get(&format!("{TEAM}{object}")).expect(200).text().replace("\r\n ", ""));
    let mut texts: Vec<String> = texts.filter(|text| text.contains(&format!("SUMMARY:{name}: "))).collect();
    texts.sort();
    texts
}

/// Hours in which somebody can be on call, in the week of 7 June 2027.
fn hours(lines: &str, available: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VAVAILABILITY\r\nUID:hours\r\nDTSTAMP:20261101T000000Z\r\n\
         SUMMARY:Therapy plan\r\n{lines}{available}END:VAVAILABILITY\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn an_absence_shows_without_its_title() {
    let server = Server::with_demo("");
    let (ada, ella) = (App::of(&server, "ada"), App::of(&server, "ella"));
    let path = "/dav/calendars/ella/availability/e.ics";
    let day = "DTSTART;VALUE=DATE:20270607\r\nDTEND;VALUE=DATE:20270612\r\n";
    ella.put(path, &event_at("e", day, "SUMMARY:Clinic\r\nLOCATION:Ward\r\n")).expect(201);
    let seen = shown(&ada, "Ella Sorensen");
    assert!(seen.len() == 1 && seen[0].contains(day) && !seen[0].contains("Clinic") && !seen[0].contains("Ward"));
    assert!(seen[0].contains("SUMMARY:Ella Sorensen: unavailable"), "{}", seen[0]);
    ella.delete(path).expect(204);
    assert!(shown(&ada, "Ella Sorensen").is_empty());
}

#[test]
fn hours_said_as_availability_show_as_the_time_outside_of_them() {
    let server = Server::with_demo("");
    let (ada, ella) = (App::of(&server, "ada"), App::of(&server, "ella"));
    let path = "/dav/calendars/ella/availability/hours.ics";
    let now = chrono::Utc::now().date_naive();
    // A fortnight of which she is there on one day: what is before and after it is not free.
    let first = (now + chrono::TimeDelta::days(40)).format("%Y%m%d").to_string();
    let (day, next, end) = (
        (now + chrono::TimeDelta::days(45)).format("%Y%m%d").to_string(),
        (now + chrono::TimeDelta::days(46)).format("%Y%m%d").to_string(),
        (now + chrono::TimeDelta::days(54)).format("%Y%m%d").to_string(),
    );
    let span = format!("DTSTART:{first}T000000Z\r\nDTEND:{end}T000000Z\r\n");
    let there = format!(
        "BEGIN:AVAILABLE\r\nUID:there\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:{day}T000000Z\r\nDTEND:{next}T000000Z\r\n\
         SUMMARY:In town\r\nEND:AVAILABLE\r\n"
    );
    ella.put(path, &hours(&span, &there)).expect(201);
    let seen = shown(&ada, "Ella Sorensen");
    assert_eq!(seen.len(), 2, "{seen:?}");
    let all = seen.concat();
    assert!(
        all.contains(&format!("DTSTART:{first}T000000Z")) && all.contains(&format!("DTEND:{day}T000000Z")),
        "{all}"
    );
    assert!(all.contains(&format!("DTSTART:{next}T000000Z")) && all.contains(&format!("DTEND:{end}T000000Z")), "{all}");
    assert!(!all.contains("Therapy") && !all.contains("In town"), "{all}");

    ella.put(path, &hours(&format!("{span}BUSYTYPE:BUSY-TENTATIVE\r\n"), "")).expect(204);
    let seen = shown(&ada, "Ella Sorensen");
    assert!(seen.len() == 1 && seen[0].contains("SUMMARY:Ella Sorensen: rather not"), "{seen:?}");
    ella.delete(path).expect(204);
    assert!(shown(&ada, "Ella Sorensen").is_empty());
}

#[test]
fn weekly_hours_show_as_weekly_events() {
    let server = Server::with_demo("");
    let (ada, ella) = (App::of(&server, "ada"), App::of(&server, "ella"));
    let available = "BEGIN:AVAILABLE\r\nUID:there\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;TZID=Europe/London:20260105T090000\r\n\
                     DTEND;TZID=Europe/London:20260105T170000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\r\nEND:AVAILABLE\r\n";
    ella.put("/dav/calendars/ella/availability/hours.ics", &hours("", available)).expect(201);
    let seen = shown(&ada, "Ella Sorensen");
    let weekly: Vec<&String> = seen.iter().filter(|text| text.contains("RRULE:FREQ=WEEKLY")).collect();
    assert!(weekly.len() >= 5, "four nights and the weekend: {seen:?}");
    for times in ["T170000\r\nDTEND;TZID=Europe/London:", "T090000\r\n"] {
        assert!(weekly.iter().all(|text| text.contains(times)), "{weekly:?}");
    }
    assert!(seen.len() < 20, "the nights on which the clock changes stand alone: {}", seen.len());
    for text in &seen {
        assert!(text.contains("TRANSP:TRANSPARENT") && !text.contains("Therapy"), "{text}");
    }
}

#[test]
fn nothing_takes_the_place_of_what_is_shown_and_names_may_begin_alike() {
    let server = Server::with_demo("");
    let (ada, ella) = (App::of(&server, "ada"), App::of(&server, "ella"));
    ella.put("/dav/calendars/ella/availability/e.ics", &event_at("e", "DTSTART:20270607T090000Z\r\n", "")).expect(201);
    let seen = shown(&ada, "Ella Sorensen");
    let reflected =
        ada.names(TEAM).into_iter().find(|name| ada.get(&format!("{TEAM}{name}")).text().contains("Ella")).unwrap();
    ada.put(&format!("{TEAM}busy-lunch.ics"), &event_at("lunch", "DTSTART:20270607T120000Z\r\n", "")).expect(201);
    let refused = ada.move_to(&format!("{TEAM}busy-lunch.ics"), &format!("{TEAM}{reflected}"), &[]).expect(403).text();
    assert!(refused.contains("<D:need-privileges>"), "{refused}");
    let name = format!("busy-{}.ics", "0".repeat(32));
    ada.put(&format!("{TEAM}{name}"), &event_at("fake", "DTSTART:20270607T120000Z\r\n", "")).expect(403);
    assert_eq!(shown(&ada, "Ella Sorensen"), seen);
    // A change of the team's words writes everything that is shown anew, and nothing else.
    let words = serde_json::json!({ "settings": { "words": { "avoid": ["lieber nicht"] } } });
    server.api("PATCH", "/teams/payments", &words).expect(200);
    ada.get(&format!("{TEAM}busy-lunch.ics")).expect(200);
    assert_eq!(shown(&ada, "Ella Sorensen"), seen);
}
