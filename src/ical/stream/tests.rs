//! What is left of streams as servers write them, and of those that are broken.

use super::*;
use crate::ical::check::{Rules, check};
use proptest::prelude::*;

fn stream(body: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\n{}END:VCALENDAR\r\n", body.replace('\n', "\r\n"))
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")
}

fn texts(body: &str) -> (Vec<String>, usize) {
    let read = read(&stream(body), &User::new(["mailto:ada@example.org"])).unwrap();
    let texts: Vec<String> = read.objects.iter().map(|object| object.text("u")).collect();
    for text in &texts {
        let rules = Rules { components: &["VEVENT", "VFREEBUSY"], max_size: 1 << 18 };
        check(text.as_bytes(), &rules).unwrap_or_else(|refusal| panic!("{refusal}: {text}"));
    }
    (texts, read.skipped)
}

/// The lines between UID and END of the only object's only part.
fn kept(lines: &str) -> String {
    let (texts, _) = texts(&event(&format!("UID:a\n{lines}")));
    let text = texts.concat();
    let from = text.find("UID:u\r\n").unwrap() + 7;
    text[from..text.find("END:VEVENT").unwrap()].replace("\r\n", "\n")
}

#[test]
fn of_an_event_only_its_times_and_how_it_shows_are_kept() {
    let said = kept(
        "DTSTAMP:20261101T000000Z\nDTSTART;TZID=Europe/Berlin:20261201T090000\nDURATION:PT1H\nSUMMARY:Salary talk\n\
         LOCATION:Room 3\nDESCRIPTION:secret\nATTENDEE:mailto:ben@example.org\nATTACH;ENCODING=BASE64;VALUE=BINARY:AAAA\n\
         RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20261208T090000\nSTATUS:CONFIRMED\nTRANSP:OPAQUE\n\
         BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM",
    );
    assert_eq!(
        said,
        "DTSTART;TZID=Europe/Berlin:20261201T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\n\
         EXDATE;TZID=Europe/Berlin:20261208T090000\n"
    );
}

#[test]
fn a_server_that_stamps_its_events_anew_changes_nothing() {
    let at = |stamp: &str| texts(&event(&format!("UID:a\nDTSTAMP:{stamp}\nDTSTART:20261201T090000Z\nSUMMARY:{stamp}")));
    assert_eq!(at("20261101T000000Z"), at("20261102T000000Z"));
}

#[test]
fn the_owners_answer_is_part_of_how_it_shows() {
    let answered = |partstat: &str, more: &str| {
        let start = "DTSTART:20261201T090000Z\n";
        kept(&format!("{start}ATTENDEE;PARTSTAT={partstat}:mailto:Ada@example.org{more}")).replace(start, "")
    };
    assert_eq!(answered("ACCEPTED", ""), "");
    assert_eq!(answered("DECLINED", "\nX-MICROSOFT-CDO-BUSYSTATUS:OOF"), "TRANSP:TRANSPARENT\n");
    assert_eq!(answered("NEEDS-ACTION", ""), "STATUS:TENTATIVE\n");
    assert_eq!(answered("TENTATIVE", "\nSTATUS:CANCELLED"), "STATUS:CANCELLED\n");
    assert_eq!(answered("DECLINED", "\nSTATUS:CANCELLED"), "TRANSP:TRANSPARENT\nSTATUS:CANCELLED\n");
    assert_eq!(
        answered("ACCEPTED", "\nTRANSP:TRANSPARENT\nX-MICROSOFT-CDO-BUSYSTATUS:oof"),
        "TRANSP:TRANSPARENT\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\n"
    );
}

#[test]
fn exceptions_go_with_their_series_and_the_later_edition_stands() {
    let series = "UID:a\nDTSTART:20261201T090000Z\nRRULE:FREQ=WEEKLY;COUNT=3";
    let moved = |sequence: u32, hour: u32| {
        event(&format!("UID:a\nSEQUENCE:{sequence}\nRECURRENCE-ID:20261208T090000Z\nDTSTART:20261208T{hour}0000Z"))
    };
    let (found, skipped) = texts(&(moved(2, 14) + &event(series) + &moved(1, 15)));
    assert_eq!((found.len(), skipped), (1, 0));
    assert!(
        found[0].contains("RECURRENCE-ID:20261208T090000Z\r\nEND") || found[0].contains("T140000Z"),
        "{}",
        found[0]
    );
    assert!(!found[0].contains("T150000Z"), "{}", found[0]);
}

#[test]
fn one_uid_for_several_events_hides_none_of_them() {
    let at = |hour: u32| event(&format!("UID:a\nDTSTART:20261201T{hour}0000Z"));
    let (found, skipped) = texts(&(at(10) + &at(11) + &at(10)));
    assert_eq!((found.len(), skipped), (2, 0), "{found:?}");
}

#[test]
fn what_has_no_uid_keeps_an_identity_of_its_own() {
    let at = |hour: u32| event(&format!("DTSTART:20261201T{hour}0000Z"));
    let identities = |body: &str| {
        let read = read(&stream(body), &User::default()).unwrap();
        read.objects.into_iter().map(|object| object.identity).collect::<BTreeSet<_>>()
    };
    let (few, more) = (identities(&(at(10) + &at(10))), identities(&(at(9) + &at(10) + &at(10))));
    assert_eq!((few.len(), more.len()), (2, 3));
    assert!(few.is_subset(&more));
}

#[test]
fn what_can_not_be_read_is_counted_and_the_rest_is_taken() {
    let good = event("UID:a\nDTSTART:20261201T090000Z");
    let (found, skipped) = texts(&format!("{}BEGIN:VTODO\nUID:t\nEND:VTODO\n{good}", event("UID:b\nno colon here")));
    assert_eq!((found.len(), skipped), (1, 1));
}

#[test]
fn a_zone_is_described_only_where_its_name_says_nothing() {
    let zone = |id: &str| {
        format!(
            "BEGIN:VTIMEZONE\nTZID:{id}\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\n\
             TZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n"
        )
    };
    let body = zone("Europe/Berlin")
        + &zone("Our own")
        + &event("UID:a\nDTSTART;TZID=Our own:20261201T090000")
        + &event("UID:b\nDTSTART;TZID=Europe/Berlin:20261201T090000");
    let (found, _) = texts(&body);
    assert!(found[0].contains("TZID:Our own") && !found[0].contains("TZID:Europe/Berlin"), "{}", found[0]);
    assert!(!found[1].contains("VTIMEZONE"), "{}", found[1]);
}

#[test]
fn published_free_busy_is_taken_as_it_comes() {
    let (found, _) =
        texts("BEGIN:VFREEBUSY\nDTSTART:20261201T000000Z\nFREEBUSY:20261201T090000Z/PT1H\nEND:VFREEBUSY\n");
    assert!(found[0].contains("FREEBUSY:20261201T090000Z/PT1H"), "{}", found[0]);
}

proptest! {
    #![proptest_config(crate::cases(64))]

    #[test]
    fn each_identity_stands_once_whatever_order_events_come_in(
        mut events in proptest::collection::vec((0_u32..6, 10_u32..14, prop::bool::ANY, 0_u32..3), 0..20),
        seed in any::<u64>(),
    ) {
        let write = |events: &[(u32, u32, bool, u32)]| events.iter().map(|(uid, hour, exception, sequence)| {
            let recurrence = if *exception { "RECURRENCE-ID:20261208T090000Z\n" } else { "" };
            event(&format!("UID:{uid}\nSEQUENCE:{sequence}\n{recurrence}DTSTART:20261201T{hour}0000Z"))
        }).collect::<String>();
        let identities = |events: &[(u32, u32, bool, u32)]| {
            let read = read(&stream(&write(events)), &User::default()).unwrap();
            let all: Vec<String> = read.objects.into_iter().map(|object| object.identity).collect();
            (all.len(), all.into_iter().collect::<BTreeSet<_>>().len(), read.skipped)
        };
        let (all, distinct, skipped) = identities(&events);
        prop_assert_eq!((all, skipped), (distinct, 0));
        let turn = usize::try_from(seed % 7).unwrap() % events.len().max(1);
        events.rotate_left(turn);
        prop_assert_eq!(identities(&events).0, all);
        texts(&write(&events));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(BEGIN:VCALENDAR\n)?(BEGIN:VEVENT\n|END:VEVENT\n|UID:[a-c]\n|DTSTART:[0-9TZ]{0,16}\n|[ -~]{0,8}\n){0,20}(END:VCALENDAR)?") {
        let _ = read(&text, &User::default());
    }
}
