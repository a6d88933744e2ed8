//! Whether a person's other calendars block, fill their working hours, or are their holidays.

use super::{assign, candidates, drafted, get, list, moment, own_token, put, send, text};
use crate::support::Server;
use serde_json::{Value, json};

fn counts(server: &Server, person: &str, counts_as: &str) {
    let path = format!("/people/{person}/calendars/calendar");
    let done = server.api("PUT", &path, &json!({ "counts_as": counts_as })).expect(200).json();
    assert_eq!((&done["name"], &done["counts_as"]), (&json!("calendar"), &json!(counts_as)));
}

fn of(server: &Server, roster: &Value, slot: &Value, person: &str) -> Value {
    candidates(server, roster, slot).into_iter().find(|one| one["person"] == person).unwrap()
}

/// A slot that is given to Chloe.
fn hers(server: &Server, roster: &Value) -> Value {
    let slots = list(&roster["slots"]);
    let free = slots
        .iter()
        .find(|slot| slot["role"] == "secondary" && of(server, roster, slot, "chloe")["level"] != "excluded");
    let slot = free.expect("she could stand one");
    assign(server, roster, slot, &json!({ "person": "chloe", "pin": false })).expect(200).json()
}

#[test]
fn a_meeting_excludes_only_where_its_calendar_is_switched_to_block() {
    let server = Server::with_demo("");
    let roster = drafted(&server, "payments", 60, 74);
    let slot = &hers(&server, &roster);
    let start = moment(&slot["start"]).to_utc().format("%Y%m%dT%H%M%SZ");
    let meeting = format!("DTSTART:{start}\nDURATION:PT1H\nSUMMARY:Performance review");
    put(&server, "chloe", "calendar", "meeting", &meeting).expect(201);
    let team = || server.objects("ada", "team-payments-availability").join("\n");
    let shown = |text: &str| text.matches("Chloe Marsh: unavailable").count();
    let before = shown(&team());
    assert_ne!(of(&server, &roster, slot, "chloe")["level"], "excluded");

    counts(&server, "chloe", "blocks");
    let out = of(&server, &roster, slot, "chloe");
    assert_eq!(out["level"], "excluded");
    assert!(out["reasons"].to_string().contains("(a calendar that blocks)"), "{out}");
    assert_eq!(shown(&team()), before + 1, "the team sees when, and no title");
    assert!(!team().contains("Performance"));

    // What comes into it later blocks, too; what shows as free doesn't.
    put(&server, "chloe", "calendar", "meeting", &format!("{meeting}\nTRANSP:TRANSPARENT")).expect(204);
    assert_ne!(of(&server, &roster, slot, "chloe")["level"], "excluded");
    put(&server, "chloe", "calendar", "another", &meeting).expect(201);
    assert_eq!(of(&server, &roster, slot, "chloe")["level"], "excluded");
    counts(&server, "chloe", "utilisation");
    assert_ne!(of(&server, &roster, slot, "chloe")["level"], "excluded");
    assert_eq!(shown(&team()), before);
}

#[test]
fn the_switch_tells_of_published_shifts_that_collide() {
    let server = Server::with_demo("");
    let next = get(&server, "/teams/payments/on-call")["next"].clone();
    let watch = list(&next).iter().find(|watch| watch["role"] == "secondary").unwrap().clone();
    let (person, slot) = (text(&watch["person"]["id"]), text(&watch["slot"]));
    let start = moment(&watch["start"]).to_utc().format("%Y%m%dT%H%M%SZ");
    put(&server, person, "calendar", "meeting", &format!("DTSTART:{start}\nDURATION:PT1H\nSUMMARY:x")).expect(201);
    let noted = || {
        let events = server.objects(person, "shifts");
        events.iter().any(|event| event.contains(slot) && event.contains("Your availability says no"))
    };
    assert!(!noted());
    counts(&server, person, "blocks");
    assert!(noted());
    counts(&server, person, "utilisation");
    assert!(!noted());
}

#[test]
fn whole_days_of_a_holiday_calendar_are_holidays_and_exclude_nobody() {
    let server = Server::with_demo("");
    let roster = drafted(&server, "payments", 60, 74);
    let slot = &hers(&server, &roster);
    let carries = || {
        let check = get(&server, &format!("/rosters/{}/check", text(&roster["id"])));
        list(&check["balance"]).iter().find(|line| line["person"] == "chloe").unwrap()["load"].as_f64().unwrap()
    };
    let before = carries();
    let day = text(&slot["start"]).get(..10).unwrap().replace('-', "");
    counts(&server, "chloe", "holidays");
    put(&server, "chloe", "calendar", "day", &format!("DTSTART;VALUE=DATE:{day}\nSUMMARY:St Brigid")).expect(201);
    assert_ne!(of(&server, &roster, slot, "chloe")["level"], "excluded");
    assert!(carries() > before, "an hour of a holiday counts more");
    counts(&server, "chloe", "utilisation");
    assert_eq!(of(&server, &roster, slot, "chloe")["level"], "excluded", "a busy whole day elsewhere is an absence");
}

#[test]
fn calendars_are_the_persons_own_business() {
    let server = Server::with_demo("");
    let path = "/people/chloe/calendars";
    let mine = send(&server, &own_token(&server, "chloe", "roster"), "GET", path, &Value::Null).expect(200).json();
    assert_eq!(mine, json!([{ "name": "calendar", "display_name": "Calendar", "counts_as": "utilisation" }]));
    for other in ["ada", "priya"] {
        send(&server, &own_token(&server, other, "admin"), "GET", path, &Value::Null).expect(404);
    }
    let put = |name: &str, body: &Value| server.api("PUT", &format!("{path}/{name}"), body).status;
    assert_eq!(put("calendar", &json!({ "counts_as": "sometimes" })), 422);
    assert_eq!(put("availability", &json!({ "counts_as": "blocks" })), 404);
    assert_eq!(put("none", &json!({ "counts_as": "blocks" })), 404);
}

#[test]
fn a_pattern_for_working_hours_takes_only_who_is_at_work_then() {
    let server = Server::with_demo("");
    let monday = monday_of(super::today() + chrono::Days::new(60));
    let day = monday.format("%Y%m%d");
    let desk = format!(
        "DTSTART;TZID=Europe/London:{day}T090000\nDTEND;TZID=Europe/London:{day}T170000\nSUMMARY:Desk\n\
         RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\nCATEGORIES:shadow\nDESCRIPTION:hours: working"
    );
    put(&server, "ada", "team-payments-pattern", "desk", &desk).expect(201);
    let roster = drafted(&server, "payments", 60, 74);
    let nine =
        |slot: &&Value| slot["role"] == "shadow" && (moment(&slot["end"]) - moment(&slot["start"])).num_hours() == 8;
    let slot = list(&roster["slots"]).iter().find(nine).expect("the desk");
    let away =
        |person: &str| of(&server, &roster, slot, person)["reasons"].to_string().contains("outside their working");
    assert!(away("grace") && !away("ada"), "nine in London is the night in New York");
    let hours = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VAVAILABILITY\nUID:h\nDTSTAMP:20260801T080000Z\nBEGIN:AVAILABLE\n\
         UID:a\nDTSTAMP:20260801T080000Z\nDTSTART;TZID=America/New_York:20260105T030000\n\
         DTEND;TZID=America/New_York:20260105T140000\nRRULE:FREQ=DAILY\nEND:AVAILABLE\nEND:VAVAILABILITY\nEND:VCALENDAR\n";
    let basic = server.basic("grace");
    let set = format!(
        "<propertyupdate xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><set><prop>\
         <C:calendar-availability>{hours}</C:calendar-availability></prop></set></propertyupdate>"
    );
    let headers = [("Authorization", basic.as_str()), ("Content-Type", "application/xml")];
    server.send("PROPPATCH", "/dav/calendars/grace/inbox/", &headers, &set).expect(207);
    assert!(!away("grace"), "she works early");
}

fn monday_of(day: chrono::NaiveDate) -> chrono::NaiveDate {
    day.week(chrono::Weekday::Mon).first_day()
}
