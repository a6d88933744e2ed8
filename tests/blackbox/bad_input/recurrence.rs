//! Rules that would take for ever: refused when they are stored, or answered within bounds.

use super::super::caldav::{NAMES, event_at, xml};
use super::{App, CALENDAR, Scene, assert_told, event};

/// The names of Ada's events with an instance in this time.
pub(super) fn matching(app: &App<'_>, from: &str, to: &str) -> Vec<String> {
    let query = format!(
        "<C:calendar-query {NAMES}><prop><getetag/></prop><C:filter><C:comp-filter name=\"VCALENDAR\"><C:comp-filter \
         name=\"VEVENT\"><C:time-range start=\"{from}\" end=\"{to}\"/></C:comp-filter></C:comp-filter></C:filter>\
         </C:calendar-query>"
    );
    xml::names(&app.report(CALENDAR, &query).expect(207).text())
}

#[test]
fn checklist_19_20_22_rules_that_repeat_too_often_are_refused() {
    // 19, 20, 22
    let scene = Scene::new();
    let sixty: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    let sixty = sixty.join(",");
    let hours: Vec<String> = (0..24).map(|n| n.to_string()).collect();
    let cross = format!("FREQ=DAILY;COUNT=1;BYHOUR={};BYMINUTE={sixty};BYSECOND={sixty}", hours.join(","));
    let list = vec!["1"; 5_000].join(",");
    for (start, lines, words) in [
        ("20261201T090000Z", "RRULE:FREQ=SECONDLY".to_owned(), "more often than every hour"),
        ("20261201T090000Z", "RRULE:FREQ=SECONDLY;COUNT=1000000000".to_owned(), "more often than every hour"),
        ("19700101T000000Z", "RRULE:FREQ=MINUTELY".to_owned(), "more often than every hour"),
        ("20261201T090000Z", "RRULE:FREQ=DAILY;COUNT=1000000000".to_owned(), "COUNT of more than 10000"),
        ("20261201T090000Z", format!("RRULE:{cross}"), "repeats 86400 times a day"),
        ("20261201T090000Z", format!("RRULE:FREQ=HOURLY;BYMINUTE={sixty}"), "repeats 1440 times a day"),
        ("20261201T090000Z", format!("RRULE:FREQ=YEARLY;BYYEARDAY={list}"), "BYYEARDAY lists more than 366"),
        ("20261201T090000Z", "EXRULE:FREQ=DAILY".to_owned(), "EXRULE is not supported"),
        ("20261201T090000Z", "RRULE:FREQ=DAILY\r\n".repeat(9).trim().to_owned(), "more than 8 rules"),
        ("20261201T090000Z", format!("RDATE:{}", vec!["20261202T090000Z"; 10_001].join(",")), "more than 10000 dates"),
    ] {
        let body = event_at("bad", &format!("DTSTART:{start}\r\nDURATION:PT1H\r\n"), &format!("{lines}\r\n"));
        let refused = scene.ada().put(&format!("{CALENDAR}bad.ics"), &body);
        assert_told(&refused, 403, "C:max-instances", words);
    }
    scene.is_unharmed();
}

#[test]
fn rules_that_say_nothing_are_refused() {
    // 20, 21
    let scene = Scene::new();
    for rule in [
        "",
        "FREQ=NEVER",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=1000000000000000000000000000000",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=DAILY;UNTIL=99999999T999999Z",
        "FREQ=DAILY;UNTIL=20260230",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=YEARLY;BYDAY=99MO",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=WEEKLY;WKST=XX",
        "COUNT=3",
    ] {
        let body = event("bad", &format!("RRULE:{rule}\r\n"));
        let refused = scene.ada().put(&format!("{CALENDAR}bad.ics"), &body);
        assert_told(&refused, 403, "C:valid-calendar-data", "line 9");
    }
    scene.is_unharmed();
}

#[test]
fn checklist_23_years_beyond_all_calendars_are_refused() {
    // 23
    let scene = Scene::new();
    for (start, element, words) in [
        ("00010101T000000Z", "C:min-date-time", "before the year 1601"),
        ("15991231T235959Z", "C:min-date-time", "before the year 1601"),
        ("22010101T000000Z", "C:max-date-time", "after the year 2200"),
        ("99991231T235959Z", "C:max-date-time", "after the year 2200"),
        ("00000000T000000Z", "C:valid-calendar-data", "not a date or a time"),
        ("20260230T090000Z", "C:valid-calendar-data", "not a date or a time"),
        ("99999999999T000000Z", "C:valid-calendar-data", "not a date or a time"),
    ] {
        let body = event_at("bad", &format!("DTSTART:{start}\r\n"), "");
        assert_told(&scene.ada().put(&format!("{CALENDAR}bad.ics"), &body), 403, element, words);
    }
    let apple = event_at("birthday", "DTSTART;VALUE=DATE:16040229\r\n", "RRULE:FREQ=YEARLY\r\n");
    scene.ada().put(&format!("{CALENDAR}birthday.ics"), &apple).expect(201);
    assert!(matching(&scene.ada(), "20280101T000000Z", "20290101T000000Z").contains(&"birthday.ics".to_owned()));
    scene.is_unharmed_but_for(&["birthday.ics"]);
}

#[test]
fn checklist_21_what_may_be_stored_is_answered_within_bounds() {
    // 21 and what is dear without being forbidden
    let scene = Scene::new();
    let ada = scene.ada();
    let long = "x".repeat(1_000);
    let rules = [
        ("never", "20261201T090000Z", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        ("never-with-count", "20261201T090000Z", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30,31;COUNT=10"),
        ("hourly-since-1970", "19700101T000000Z", "FREQ=HOURLY"),
        ("each-five-minutes", "16010101T000000Z", "FREQ=HOURLY;BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55"),
        ("last-of-366", "16010101T000000Z", "FREQ=YEARLY;BYSETPOS=366;BYDAY=MO,TU,WE,TH,FR,SA,SU"),
        ("leap-days", "16040229T000000Z", "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29"),
        ("far-apart", "16010101T000000Z", "FREQ=HOURLY;INTERVAL=2147483647"),
        ("friday-the-13th", "16010101T000000Z", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"),
    ];
    let mut names: Vec<String> = Vec::new();
    for (name, start, rule) in rules {
        let lines = format!("RRULE:{rule}\r\nDESCRIPTION:{long}\r\n");
        let body = event_at(name, &format!("DTSTART:{start}\r\nDURATION:PT5M\r\n"), &lines);
        let stored = ada.put(&format!("{CALENDAR}{name}.ics"), &body);
        // A budget may say no to what another one takes; nothing in between is lost.
        assert!(matches!(stored.status, 201 | 403), "{name}: {}", stored.text());
        if stored.status == 201 {
            names.push(format!("{name}.ics"));
        }
    }
    for (from, to) in [("20261115T000000Z", "20261116T000000Z"), ("21991231T000000Z", "22000101T000000Z")] {
        let found = matching(&ada, from, to);
        assert!(!found.contains(&"never.ics".to_owned()), "{found:?}");
    }
    // 300 expansions of a thousand characters each were two gigabytes elsewhere (CVE-2025-59045).
    let before = scene.server.resident();
    let expand = format!(
        "<C:calendar-query {NAMES}><prop><C:calendar-data><C:expand start=\"19000101T000000Z\" end=\"21000101T000000Z\"/>\
         </C:calendar-data></prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>"
    );
    let refused = ada.report(CALENDAR, &expand);
    assert_told(&refused, 403, "D:number-of-matches-within-limits", "too many instances");
    let busy = format!(
        "<C:free-busy-query {NAMES}><C:time-range start=\"19000101T000000Z\" end=\"21000101T000000Z\"/></C:free-busy-query>"
    );
    let told = ada.report(CALENDAR, &busy);
    assert!(told.status == 200 || told.status == 403, "{}", told.text());
    let grown = scene.server.resident().saturating_sub(before);
    assert!(grown < 32 << 10, "{grown} KiB more");
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    scene.is_unharmed_but_for(&names);
}
