//! The on-call phone: it alone lists the calendar whose shifts and reminders ring.

use super::{App, NAMES, coming_shift};
use crate::support::{Server, basic, copy_demo};
use chrono::{Datelike as _, Days, Months, NaiveTime, Utc};
use serde_json::{Value, json};

/// A person's on-call phone, or another device of theirs.
fn device<'s>(server: &'s Server, person: &str, flags: &[&str]) -> App<'s> {
    let add = ["user", "app-password", "add", person, "--label", "Telephone", "--json"];
    let made: Value = serde_json::from_str(&server.command(&[&add, flags].concat())).unwrap();
    App { server, login: basic(person, made["password"].as_str().unwrap()) }
}

fn alarms_of(person: &str) -> String {
    format!("/dav/calendars/{person}/on-call-alarms/")
}

/// The calendars of a home as a device lists them.
fn listed(app: &App<'_>, person: &str) -> String {
    app.propfind(&format!("/dav/calendars/{person}/"), "1", "<displayname/>").expect(207).text()
}

/// What the phone's copy of a shift is called.
fn alarm_name(shift: &str) -> String {
    shift.rsplit('/').next().unwrap().replacen("shift-", "alarm-", 1)
}

#[test]
fn only_the_on_call_phone_sees_the_shifts_that_ring() {
    let server = Server::with_demo("");
    let (person, path) = coming_shift(&server);
    let calendar = alarms_of(&person);
    let (phone, laptop) = (device(&server, &person, &["--on-call-phone"]), App::of(&server, &person));
    assert!(listed(&phone, &person).contains(&calendar), "the phone lists it");
    for other in [&laptop, &device(&server, &person, &[])] {
        assert!(!listed(other, &person).contains("on-call-alarms"), "another device does not");
        other.propfind(&calendar, "0", "<displayname/>").expect(404);
        other.get(&format!("{calendar}{}", alarm_name(&path))).expect(404);
    }
    let text = phone.get(&format!("{calendar}{}", alarm_name(&path))).expect(200).text().replace("\r\n ", "");
    assert_eq!(text.matches("BEGIN:VALARM").count(), 2, "{text}");
    assert!(text.contains("TRIGGER:-PT1800S") && text.contains("TRIGGER:PT0S"), "{text}");
    assert!(text.contains("TRANSP:TRANSPARENT") && !text.contains("ATTENDEE"), "nobody answers here: {text}");
    let shift = phone.get(&path).expect(200).text();
    assert!(!shift.contains("VALARM"), "what every device has rings nowhere: {shift}");
    let line = |text: &str| text.lines().find(|line| line.starts_with("DTSTART")).unwrap().to_owned();
    assert_eq!(line(&text), line(&shift));
    let colleague = if person == "ada" { "ben" } else { "ada" };
    let refused = device(&server, colleague, &["--on-call-phone"]).get(&calendar);
    assert!(matches!(refused.status, 403 | 404), "{refused:?}");
}

#[test]
fn the_phone_changes_nothing_there_and_nobody_takes_its_name() {
    let server = Server::with_demo("");
    let (person, path) = coming_shift(&server);
    let calendar = alarms_of(&person);
    let taken = App::of(&server, &person).send("MKCALENDAR", &calendar, &[], "");
    assert!((400..500).contains(&taken.status), "{taken:?}");
    let phone = device(&server, &person, &["--on-call-phone"]);
    let event = format!("{calendar}{}", alarm_name(&path));
    let text = phone.get(&event).expect(200).text();
    let refused = phone.put(&event, &text.replace("SUMMARY:", "SUMMARY:not ")).expect(403).text();
    assert!(refused.contains("<D:need-privileges>"), "{refused}");
    phone.delete(&event).expect(403);
    phone.delete(&calendar).expect(403);
    phone.set(&calendar, "<A:calendar-color>#00FF00</A:calendar-color>").expect(207);
    assert_eq!(phone.get(&event).expect(200).text(), text);
}

#[test]
fn a_swap_moves_the_alarm_and_the_sync_token_tells_both_phones() {
    let server = Server::with_demo("");
    let (person, path) = coming_shift(&server);
    let slot = path.rsplit('/').next().unwrap().strip_prefix("shift-").unwrap();
    let slot = slot.split(&format!("-{person}")).next().unwrap();
    let asked = server.api("POST", &format!("/slots/{slot}/cover"), &Value::Null).expect(200).json();
    let offer = &asked["offers"][0];
    let taker = offer["person"].as_str().unwrap();
    let sync = |app: &App<'_>, person: &str, token: &str| {
        let body = format!(
            "<sync-collection {NAMES}><sync-token>{token}</sync-token><sync-level>1</sync-level>\
             <prop><getetag/></prop></sync-collection>"
        );
        app.report(&alarms_of(person), &body).expect(207).text()
    };
    let token = |text: &str| text.split("<D:sync-token>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let phones = [&person, taker].map(|one| (one.to_owned(), device(&server, one, &["--on-call-phone"])));
    let before = phones.each_ref().map(|(one, phone)| token(&sync(phone, one, "")));
    let held = |(one, phone): &(String, App<'_>)| {
        let names = phone.names(&alarms_of(one));
        names.iter().any(|name| name.starts_with(&format!("alarm-{slot}-")))
    };
    assert_eq!(phones.each_ref().map(held), [true, false], "an offer does not ring");
    let answer = json!({ "answer": "agree" });
    server.api("POST", &format!("/offers/{}/answer", offer["id"].as_str().unwrap()), &answer).expect(200);
    assert_eq!(phones.each_ref().map(held), [false, true]);
    for ((one, phone), before) in phones.iter().zip(&before) {
        let changes = sync(phone, one, before);
        assert!(changes.contains(&format!("alarm-{slot}-{one}")), "{changes}");
        assert_ne!(&token(&changes), before);
    }
}

#[test]
fn a_month_to_confirm_rings_on_the_phone_alone_until_it_is_confirmed_and_makes_nobody_busy() {
    let folder = tempfile::tempdir().unwrap();
    let (data, clock) = (folder.path().join("data"), folder.path().join("clock"));
    let database = copy_demo(&data);
    // Noon of the day before a month that the demo knows nothing of.
    let month = Utc::now().date_naive().with_day(1).unwrap() + Months::new(4);
    let noon = (month - Days::new(1)).and_time(NaiveTime::from_hms_opt(12, 0, 0).unwrap()).and_utc();
    std::fs::write(&clock, (noon - Utc::now()).num_seconds().to_string()).unwrap();
    let told = [("DOGWATCH_TEST_CLOCK", clock.to_str().unwrap().to_owned())];
    let server = Server::over(&data, database, "", &told);
    let new = json!({ "label": "Telephone", "phone_device": true });
    let made = server.api("POST", "/people/ben/app-passwords", &new).expect(201).json();
    let phone = App { server: &server, login: basic("ben", made["password"].as_str().unwrap()) };
    let calendar = alarms_of("ben");
    let month = month.format("%Y-%m").to_string();
    let reminders = || {
        let mut names = phone.names(&calendar);
        names.retain(|name| name.starts_with("reminder-"));
        names
    };
    let named = reminders();
    let [name] = named.as_slice() else { panic!("{named:?}") };
    assert!(name.starts_with(&format!("reminder-month.{month}.1-ben%40")), "{name}");
    let reply = phone.get(&format!("{calendar}{name}")).expect(200);
    let text = reply.text().replace("\r\n ", "");
    for line in ["TRANSP:TRANSPARENT", "TRIGGER:PT0S", "SEQUENCE:0", "SUMMARY:Confirm your availability for "] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(text.contains(&format!("/me/availability?month={month}")), "{text}");
    phone.put(&format!("{calendar}{name}"), &text.replace("SUMMARY:", "SUMMARY:not ")).expect(403);
    for other in ["shifts", "calendar", "availability"] {
        let names = phone.names(&format!("/dav/calendars/ben/{other}/"));
        assert!(!names.iter().any(|name| name.starts_with("reminder-")), "{names:?}");
    }
    let day = noon.format("%Y%m%d");
    let range = format!(r#"<C:time-range start="{day}T120000Z" end="{day}T130000Z"/>"#);
    let busy = phone.report(&calendar, &format!("<C:free-busy-query {NAMES}>{range}</C:free-busy-query>"));
    assert!(!busy.expect(200).text().contains("FREEBUSY;"), "nobody is busy with a reminder");

    server.api("PUT", &format!("/people/ben/months/{month}"), &Value::Null).expect(200);
    assert_eq!(reminders(), [] as [String; 0], "it goes in the moment when it is confirmed");
    server.api("DELETE", &format!("/people/ben/months/{month}"), &Value::Null).expect(204);
    assert_eq!(reminders(), named);
}
