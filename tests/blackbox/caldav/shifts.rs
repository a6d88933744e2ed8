//! Scheduling objects: which conditions hold on them, and that an answer is never refused.

use super::{App, CALENDAR, coming_shift, event};
use crate::support::{Reply, Server};

fn header(reply: &Reply, name: &str) -> String {
    reply.header(name).unwrap_or_else(|| panic!("no {name}: {:?}", reply.headers)).to_owned()
}

fn accepted(text: &str) -> String {
    let changed = text.replace("\r\n ", "").replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
    assert!(changed.contains("PARTSTAT=ACCEPTED"), "{text}");
    changed
}

#[test]
fn an_answer_keeps_the_schedule_tag_and_every_etag_since_it_changed_is_good() {
    let server = Server::with_demo("");
    let (person, path) = coming_shift(&server);
    let app = App::of(&server, &person);
    let first = app.get(&path).expect(200);
    let (etag, tag) = (header(&first, "etag"), header(&first, "schedule-tag"));
    let answer = accepted(&first.text());
    let stored = app.put_if(&path, &[("If-Schedule-Tag-Match", &tag)], &answer).expect(204);
    assert_eq!(stored.header("etag"), None, "what is stored is not what was sent");
    let second = app.get(&path).expect(200);
    assert_ne!(header(&second, "etag"), etag);
    assert_eq!(header(&second, "schedule-tag"), tag);
    let listed = app.properties(&path, "<C:schedule-tag/>").expect(207).text();
    assert!(listed.contains(&tag), "{listed}");
    // Thunderbird knows If-Match alone, and still has the first tag.
    app.send("DELETE", &path, &[("If-Match", &etag)], "").expect(204);
    let third = app.get(&path).expect(200);
    assert!(third.text().contains("cover asked for"), "{}", third.text());
    assert_ne!(header(&third, "schedule-tag"), tag);
    app.send("DELETE", &path, &[("If-Match", &etag)], "").expect(412);
}

#[test]
fn an_answer_is_never_refused_for_its_conditions_or_for_what_else_it_changes() {
    let server = Server::with_demo("");
    let (person, path) = coming_shift(&server);
    let app = App::of(&server, &person);
    let text = app.get(&path).expect(200).text();
    for condition in [("If-Match", "\"other\""), ("If-None-Match", "*"), ("If-Schedule-Tag-Match", "\"other\"")] {
        app.put_if(&path, &[condition], &accepted(&text)).expect(204);
    }
    let stored = app.get(&path).expect(200).text();
    assert!(stored.contains("PARTSTAT=ACCEPTED"));
    let hers = stored.replace("SUMMARY:", "SUMMARY:not ").replace("DTSTART", "DTSTART;X-A=b");
    app.put(&path, &hers).expect(204);
    assert!(!app.get(&path).expect(200).text().contains("SUMMARY:not "));
    app.put(&path, &event("another", "SUMMARY:mine\r\n")).expect(204);
    let restored = app.get(&path).expect(200).text();
    assert!(!restored.contains("mine") && restored.contains("UID:shift-"), "{restored}");
    let wish = app.put_if(&path, &[("Prefer", "return=representation")], &hers).expect(200).text();
    assert!(!wish.contains("SUMMARY:not "), "{wish}");
}

#[test]
fn a_shift_that_is_no_more_is_taken_and_dropped_wherever_it_is_stored() {
    let server = Server::with_demo("");
    let (person, path) = coming_shift(&server);
    let app = App::of(&server, &person);
    let home = format!("/dav/calendars/{person}/");
    let text = app.get(&path).expect(200).text().replace("\r\n ", "").replace("UID:shift-", "UID:shift-0");
    for calendar in ["shifts", "calendar", "availability", "team-payments-availability"] {
        let orphan = format!("{home}{calendar}/orphan.ics");
        for headers in [&[][..], &[("If-None-Match", "*")], &[("Prefer", "return=representation")]] {
            let taken = app.put_if(&orphan, headers, &text);
            assert!(taken.status == 201 && taken.header("etag").is_none(), "{calendar}: {taken:?}");
        }
        app.get(&orphan).expect(404);
    }
    let refused = app.put(&format!("{home}shifts/own.ics"), &event("own", "")).expect(403).text();
    assert!(refused.contains("<D:need-privileges>") && refused.contains("<D:bind/>"), "{refused}");
}

#[test]
fn a_shift_that_is_stored_in_another_calendar_is_an_answer_to_it_and_no_copy() {
    let server = Server::with_demo("");
    let (person, path) = coming_shift(&server);
    let app = App::of(&server, &person);
    let text = app.get(&path).expect(200).text();
    let home = format!("/dav/calendars/{person}/");
    let answered = |answer: &str| {
        let text = text.replace("\r\n ", "");
        text.replace("PARTSTAT=NEEDS-ACTION", &format!("PARTSTAT={answer}"))
    };
    let stands = |calendar: &str, what: &str, text: &str, headers: &[(&str, &str)]| {
        let copy = format!("{home}{calendar}/copy.ics");
        let taken = app.put_if(&copy, headers, text);
        assert!(taken.status == 201 && taken.header("etag").is_none(), "{calendar}: {taken:?}");
        app.get(&copy).expect(404);
        let stands = app.get(&path).expect(200).text();
        assert!(stands.contains(what), "{calendar}: {stands}");
    };
    stands("calendar", "PARTSTAT=NEEDS-ACTION", &text, &[("If-None-Match", "*")]);
    stands("calendar", "PARTSTAT=ACCEPTED", &answered("ACCEPTED"), &[("If-Match", "\"another\"")]);
    stands("calendar", "cover asked for", &answered("DECLINED"), &[]);
    stands("availability", "PARTSTAT=ACCEPTED", &answered("ACCEPTED"), &[]);
    // It answers for nobody else.
    let other = App::of(&server, if person == "ada" { "ben" } else { "ada" });
    let theirs =
        if person == "ada" { "/dav/calendars/ben/calendar/copy.ics" } else { "/dav/calendars/ada/calendar/copy.ics" };
    other.put(theirs, &answered("DECLINED")).expect(201);
    other.get(theirs).expect(404);
    assert!(!app.get(&path).expect(200).text().contains("cover asked for"));
}

#[test]
fn a_shift_is_not_moved_by_anybody() {
    let server = Server::with_demo("");
    let (person, path) = coming_shift(&server);
    let app = App::of(&server, &person);
    for to in ["calendar/x.ics", "availability/x.ics", "shifts/x.ics"] {
        let refused = app.move_to(&path, &format!("/dav/calendars/{person}/{to}"), &[]).expect(403).text();
        assert!(refused.contains("<D:need-privileges>"), "{to}: {refused}");
    }
    app.get(&path).expect(200);
}

#[test]
fn on_an_invitation_of_somebody_else_former_etags_are_good_and_on_ones_own_meeting_not() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    for (name, organizer, late) in [("theirs", "boss@example.com", 204), ("mine", "Ada@example.org", 412)] {
        let path = format!("{CALENDAR}{name}.ics");
        let meeting = |answer: &str| {
            let people =
                format!("ORGANIZER:MAILTO:{organizer}\r\nATTENDEE;PARTSTAT={answer}:mailto:ada@example.org\r\n");
            event(name, &people)
        };
        let first = ada.put(&path, &meeting("NEEDS-ACTION")).expect(201);
        let (etag, tag) = (header(&first, "etag"), header(&first, "schedule-tag"));
        let second = ada.put_if(&path, &[("If-Schedule-Tag-Match", &tag)], &meeting("TENTATIVE")).expect(204);
        assert_eq!(header(&second, "schedule-tag") == tag, late == 204, "{name}");
        ada.put_if(&path, &[("If-Match", &etag)], &meeting("ACCEPTED")).expect(late);
        ada.put_if(&path, &[("If-Match", "\"none\"")], &meeting("DECLINED")).expect(412);
        ada.put_if(&path, &[("If-Schedule-Tag-Match", "\"none\"")], &meeting("DECLINED")).expect(412);
        ada.put_if(&path, &[("If-Schedule-Tag-Match", "")], &meeting("DECLINED")).expect(204);
    }
}
