//! A month's calendar-query, answered from instances kept beside the objects, against the same query with a condition that
//! makes the server read each object: they must never differ.

use super::{App, NAMES, event_at, xml};
use crate::support::Server;

/// The names that match in a calendar; sorted.
fn found(app: &App<'_>, calendar: &str, conditions: &str) -> Vec<String> {
    let filter = format!(
        "<C:filter><C:comp-filter name=\"VCALENDAR\"><C:comp-filter name=\"VEVENT\">{conditions}</C:comp-filter>\
         </C:comp-filter></C:filter>"
    );
    let body = format!("<C:calendar-query {NAMES}><prop><getetag/></prop>{filter}</C:calendar-query>");
    let mut names = xml::names(&app.report(calendar, &body).expect(207).text());
    names.sort();
    names
}

/// An override of an instance at nine, with these times.
fn instead(uid: &str, day: &str, times: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nRECURRENCE-ID;TZID=Europe/London:{day}T090000\r\n{times}\
         END:VEVENT\r\nEND:VCALENDAR"
    )
}

fn objects() -> Vec<(String, String)> {
    let nine = |day: &str| format!("DTSTART;TZID=Europe/London:{day}T090000\r\nDURATION:PT1H\r\n");
    let plain = [
        ("once", "DTSTART:20261210T090000Z\r\nDTEND:20261210T100000Z\r\n", ""),
        ("over-the-turn", "DTSTART:20261231T230000Z\r\nDTEND:20270101T010000Z\r\n", ""),
        ("ends-at-the-turn", "DTSTART:20261130T230000Z\r\nDTEND:20261201T000000Z\r\n", ""),
        ("moment-at-the-turn", "DTSTART:20270101T000000Z\r\n", ""),
        ("day", "DTSTART;VALUE=DATE:20261201\r\n", ""),
        ("days", "DTSTART;VALUE=DATE:20261129\r\nDTEND;VALUE=DATE:20261201\r\n", ""),
        ("birthday", "DTSTART;VALUE=DATE:19800115\r\n", "RRULE:FREQ=YEARLY\r\n"),
        ("floating", "DTSTART:20270101T000000\r\nDURATION:PT1H\r\n", ""),
        ("floating-weekly", "DTSTART:20261101T233000\r\nDURATION:PT1H\r\n", "RRULE:FREQ=WEEKLY;COUNT=9\r\n"),
        ("cancelled", "DTSTART:20261211T090000Z\r\nDURATION:PT1H\r\n", "STATUS:CANCELLED\r\n"),
        (
            "cancelled-series",
            "DTSTART:20261111T090000Z\r\nDURATION:PT1H\r\n",
            "RRULE:FREQ=WEEKLY\r\nSTATUS:CANCELLED\r\n",
        ),
        ("daily", "DTSTART:20240101T080000Z\r\nDURATION:PT30M\r\n", "RRULE:FREQ=DAILY\r\n"),
        ("last-friday", "DTSTART:20260130T170000Z\r\nDURATION:PT2H\r\n", "RRULE:FREQ=MONTHLY;BYDAY=-1FR\r\n"),
        ("leap-day", "DTSTART:20240229T090000Z\r\nDURATION:PT1H\r\n", "RRULE:FREQ=YEARLY\r\n"),
        ("ended", "DTSTART:20260101T090000Z\r\nDURATION:PT1H\r\n", "RRULE:FREQ=DAILY;UNTIL=20261130T090000Z\r\n"),
        ("listed", "DTSTART:20261105T090000Z\r\nDURATION:PT1H\r\n", "RDATE:20261225T090000Z,20270214T090000Z\r\n"),
        // Nothing in December, and not a second more: an instance ends where it begins, the next begins where it ends.
        ("around-december", "DTSTART:20261130T230000Z\r\nDURATION:PT1H\r\n", "RDATE:20270101T000000Z\r\n"),
        ("moments-around-december", "DTSTART:20261130T235959Z\r\n", "RDATE:20270101T000000Z\r\n"),
        ("into-december", "DTSTART:20261130T230000Z\r\nDURATION:PT3601S\r\n", "RDATE:20270101T000000Z\r\n"),
        ("out-of-december", "DTSTART:20261130T220000Z\r\nDURATION:PT1H\r\n", "RDATE:20261231T235959Z\r\n"),
        ("free", "DTSTART:20261215T090000Z\r\nDURATION:PT1H\r\n", "TRANSP:TRANSPARENT\r\n"),
        ("nowhere", "DTSTART;TZID=Nowhere:20261231T233000\r\nDURATION:PT1H\r\n", ""),
        ("fortnight", "DTSTART:20261220T090000Z\r\nDTEND:20270103T090000Z\r\n", ""),
    ];
    let mut all: Vec<(String, String)> =
        plain.iter().map(|(name, times, lines)| ((*name).to_owned(), event_at(name, times, lines))).collect();
    let series = |name: &str, rule: &str, others: &str| {
        let text = event_at(name, &nine("20261103"), rule);
        (name.to_owned(), if others.is_empty() { text } else { text.replace("END:VCALENDAR", others) })
    };
    let weekly = "RRULE:FREQ=WEEKLY;COUNT=4\r\n";
    all.push(series("moved-into-january", weekly, &instead("moved-into-january", "20261110", &nine("20270112"))));
    all.push(series("moved-out-of-november", "", ""));
    let alone = format!("{weekly}EXDATE;TZID=Europe/London:20261110T090000,20261117T090000,20261124T090000\r\n");
    all.push(series("all-but-one-left-out", &alone, ""));
    let gone = "RRULE:FREQ=MONTHLY;COUNT=3\r\nEXDATE;TZID=Europe/London:20261203T090000\r\n";
    all.push(series("december-left-out", gone, ""));
    let away = instead("december-moved-away", "20261203", &nine("20261130"));
    all.push(series("december-moved-away", "RRULE:FREQ=MONTHLY\r\n", &away));
    let day = instead("one-is-a-day", "20261203", "DTSTART;VALUE=DATE:20270228\r\n");
    all.push(series("one-is-a-day", "RRULE:FREQ=MONTHLY;COUNT=2\r\n", &day));
    let off = instead("one-is-off", "20261203", &(nine("20261203") + "STATUS:CANCELLED\r\n"));
    all.push(series("one-is-off", "RRULE:FREQ=MONTHLY;COUNT=2\r\n", &off));
    all
}

/// Asks for each month from October to March, and for the whole of them: how many matched in all.
fn compared(app: &App<'_>, calendar: &str) -> usize {
    let turns = ["20261001", "20261101", "20261201", "20270101", "20270201", "20270301", "20270401"];
    let mut spans: Vec<(&str, &str)> = turns.iter().zip(&turns[1..]).map(|(from, to)| (*from, *to)).collect();
    spans.push(("20261001", "20270401"));
    spans.push(("20340101", "20340201"));
    let mut count = 0;
    for (from, to) in spans {
        let month = format!("<C:time-range start=\"{from}T000000Z\" end=\"{to}T000000Z\"/>");
        let stored = found(app, calendar, &month);
        let read = found(app, calendar, &format!("{month}<C:prop-filter name=\"UID\"/>"));
        assert_eq!(stored, read, "{calendar} from {from} to {to}");
        count += stored.len();
    }
    count
}

#[test]
fn a_month_told_from_kept_instances_is_the_month_that_the_objects_tell() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let (one, other) = ("/dav/calendars/ada/one/", "/dav/calendars/ada/other/");
    ada.make(one);
    ada.make(other);
    let all = objects();
    for (name, text) in &all {
        ada.put(&format!("{one}{name}"), text).expect(201);
    }
    let december = "<C:time-range start=\"20261201T000000Z\" end=\"20270101T000000Z\"/>";
    let there = found(&ada, one, december);
    for (name, wanted) in [
        ("once", true),
        ("ends-at-the-turn", false),
        ("moment-at-the-turn", false),
        ("december-left-out", false),
        ("december-moved-away", false),
        ("moved-into-january", false),
        ("cancelled", true),
        ("one-is-off", true),
        ("daily", true),
        ("ended", false),
        ("listed", true),
        ("fortnight", true),
        ("around-december", false),
        ("moments-around-december", false),
        ("into-december", true),
        ("out-of-december", true),
    ] {
        assert_eq!(there.contains(&name.to_owned()), wanted, "{name} in {there:?}");
    }
    let before = compared(&ada, one);
    // Every other object goes to another calendar; what is known of them goes with them.
    for (name, _) in all.iter().step_by(2) {
        ada.move_to(&format!("{one}{name}"), &format!("{other}{name}"), &[]).expect(201);
    }
    let (stayed, went) = (compared(&ada, one), compared(&ada, other));
    assert_eq!(stayed + went, before, "nothing is lost on the way");
    assert!(stayed > 0 && went > 0);
    // What is stored anew under the same name is known anew.
    let later = event_at("once", "DTSTART:20270310T090000Z\r\nDTEND:20270310T100000Z\r\n", "");
    ada.put(&format!("{other}once"), &later).expect(204);
    assert!(!found(&ada, other, december).contains(&"once".to_owned()));
    compared(&ada, other);
}
