//! How patterns become slots.

use super::*;
use crate::ids::SlotId;
use crate::roster::model::Slot;
use crate::roster::sample::{span, team};
use crate::time::HOUR;

fn object(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:p1\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn demands(lines: &str, from: &str, to: &str) -> Vec<Demand> {
    let text = object(&lines.replace('\n', "\r\n"));
    let tree = Tree::parse(text.as_bytes()).unwrap();
    demand(&tree, &team(), span(from, to), &mut Budget::default()).unwrap()
}

const DAILY: &str =
    "DTSTART;TZID=Europe/London:20261001T090000\nDTEND;TZID=Europe/London:20261002T090000\nRRULE:FREQ=DAILY";

#[test]
fn a_day_ends_at_nine_on_both_days_that_change_the_clock() {
    let autumn = demands(DAILY, "2026-10-24T00:00:00", "2026-10-26T00:00:00");
    assert_eq!(autumn[0].window, span("2026-10-24T09:00:00", "2026-10-25T09:00:00"));
    assert_eq!(autumn[0].window.millis(), 25 * HOUR);
    let spring = demands(DAILY, "2027-03-27T00:00:00", "2027-03-28T00:00:00");
    assert_eq!(spring[0].window, span("2027-03-27T09:00:00", "2027-03-28T09:00:00"));
    let lasting = DAILY.replace("DTEND;TZID=Europe/London:20261002T090000", "DURATION:PT24H");
    assert_eq!(demands(&lasting, "2026-10-24T00:00:00", "2026-10-26T00:00:00"), autumn);
}

#[test]
fn roles_come_from_the_description_then_the_categories_then_by_default() {
    let roles = |extra: &str| {
        let lines = format!("{DAILY}{extra}");
        let all = demands(&lines, "2026-12-01T00:00:00", "2026-12-02T00:00:00");
        all.into_iter().map(|demand| (demand.role, demand.ordinal, demand.optional)).collect::<Vec<_>>()
    };
    let (primary, secondary) = (("primary".to_owned(), 0, false), ("secondary".to_owned(), 0, false));
    assert_eq!(roles(""), [primary.clone(), secondary.clone()]);
    assert_eq!(roles("\nCATEGORIES:On-call,PRIMARY,Shadow"), [primary.clone(), ("shadow".to_owned(), 0, true)]);
    assert_eq!(
        roles("\nCATEGORIES:SHADOW\nDESCRIPTION:Roles: primary\\, secondary\\, secondary\\nturn: week"),
        [primary, secondary, ("secondary".to_owned(), 1, false)]
    );
}

#[test]
fn a_week_of_nights_is_one_turn_even_across_two_windows() {
    let nights = "DTSTART;TZID=Europe/London:20261130T173000\nDTEND;TZID=Europe/London:20261201T093000\n\
                  RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\nCATEGORIES:PRIMARY\nDESCRIPTION:turn: week";
    let all = demands(nights, "2026-11-30T00:00:00", "2026-12-14T00:00:00");
    assert_eq!(all.len(), 10);
    assert!(all[..5].iter().all(|demand| demand.turn == all[0].turn && demand.turn.is_some()));
    assert_ne!(all[4].turn, all[5].turn);
    let rest = demands(nights, "2026-12-03T00:00:00", "2026-12-14T00:00:00");
    assert_eq!(rest[0].turn, all[0].turn);
}

#[test]
fn slots_start_in_the_window_and_cancelled_or_excluded_ones_do_not_exist() {
    let lines = format!("{DAILY}\nEXDATE;TZID=Europe/London:20261202T090000");
    let all = demands(&lines, "2026-12-01T10:00:00", "2026-12-04T09:00:00");
    let starts: Vec<_> = all.iter().map(|demand| demand.occurrence.as_str()).collect();
    assert_eq!(starts, ["20261203T090000", "20261203T090000"]);
}

fn stored(demand: &Demand, id: &str) -> Slot {
    Slot {
        id: id.into(),
        team: "payments".into(),
        pattern: demand.pattern.clone(),
        occurrence: demand.occurrence.clone(),
        role: demand.role.clone(),
        ordinal: demand.ordinal,
        turn: demand.turn.clone(),
        window: demand.window,
        zone: demand.zone,
        optional: demand.optional,
        at_work: demand.at_work,
        site: demand.site.clone(),
    }
}

#[test]
fn a_pattern_may_be_for_working_hours_only() {
    let at_work = |lines: &str| {
        let found = demands(&format!("{DAILY}\n{lines}"), "2026-12-01T00:00:00", "2026-12-02T00:00:00");
        found.iter().all(|demand| demand.at_work)
    };
    assert!(at_work("DESCRIPTION:turn: week\\nHours: working"));
    assert!(at_work("X-DOGWATCH-HOURS:WORKING"));
    assert!(!at_work("DESCRIPTION:Working hours: all"));
}

#[test]
fn a_moved_handover_keeps_its_slots() {
    let before = demands(DAILY, "2026-12-01T00:00:00", "2026-12-04T00:00:00");
    let old: Vec<Slot> = before.iter().zip(0..).map(|(demand, n)| stored(demand, &format!("s{n}"))).collect();
    let moved = DAILY.replace("T090000", "T100000");
    let after = demands(&moved, "2026-12-01T00:00:00", "2026-12-04T00:00:00");
    let settled = settle(&"payments".into(), &old, after, || SlotId::from("new"));
    assert_eq!(settled.gone, vec![]);
    for (slot, was) in settled.slots.iter().zip(&old) {
        assert_eq!((&slot.id, &slot.role), (&was.id, &was.role));
        assert_eq!(slot.window.start, was.window.start.plus_hours(1));
    }
}

#[test]
fn a_slot_no_pattern_asks_for_is_gone_and_a_new_one_gets_a_fresh_name() {
    let before = demands(DAILY, "2026-12-01T00:00:00", "2026-12-02T00:00:00");
    let old: Vec<Slot> = before.iter().zip(0..).map(|(demand, n)| stored(demand, &format!("s{n}"))).collect();
    let after = demands(&format!("{DAILY}\nCATEGORIES:PRIMARY,SHADOW"), "2026-12-01T00:00:00", "2026-12-02T00:00:00");
    let settled = settle(&"payments".into(), &old, after, || SlotId::from("new"));
    let ids: Vec<_> = settled.slots.iter().map(|slot| (slot.role.as_str(), slot.id.as_str())).collect();
    assert_eq!(ids, [("primary", "s0"), ("shadow", "new")]);
    assert_eq!(settled.gone, vec![SlotId::from("s1")]);
}

/// Three sites, each of which hands over at the next one's nine o'clock.
const SUN: [(&str, &str, &str); 3] = [
    ("Europe/London:20260105", "America/New_York:20260105", "London"),
    ("America/New_York:20260105", "Australia/Lord_Howe:20260106", "New York"),
    ("Australia/Lord_Howe:20260106", "Europe/London:20260106", "Lord Howe"),
];

fn following_the_sun(from: &str, to: &str) -> Vec<Demand> {
    let site = |(start, end, site): &(&str, &str, &str)| {
        let lines = format!(
            "DTSTART;TZID={start}T090000\nDTEND;TZID={end}T090000\nRRULE:FREQ=DAILY\nCATEGORIES:PRIMARY\n\
             DESCRIPTION:hours: any\\nsite: {site}"
        );
        demands(&lines, from, to)
    };
    let mut all: Vec<Demand> = SUN.iter().flat_map(site).collect();
    all.sort_by_key(|demand| demand.window);
    all
}

#[test]
fn no_minute_is_uncovered_or_doubled_while_three_sites_change_their_clocks_on_different_days() {
    // America on 8 March, Europe on 29 March, Lord Howe Island, by half an hour, on 5 April; then 4 October, 25 October
    // and 1 November
    for (from, to) in [("2026-02-20T00:00:00", "2026-04-20T00:00:00"), ("2026-09-20T00:00:00", "2026-11-20T00:00:00")] {
        let all = following_the_sun(from, to);
        assert!(all.len() > 170, "{}", all.len());
        for pair in all.windows(2) {
            assert_eq!(pair[0].window.end, pair[1].window.start, "{pair:?}");
        }
        // each is stood from nine by its own clock, and as long as the clocks make it
        assert!(all.iter().all(|one| one.window.start.civil(one.zone).format("%H:%M").to_string() == "09:00"));
        let lengths: std::collections::BTreeSet<i64> = all
            .iter()
            .filter(|one| one.zone == chrono_tz::Australia::Lord_Howe)
            .map(|one| one.window.millis())
            .collect();
        assert!(lengths.len() >= 3, "half an hour and an hour: {lengths:?}");
        assert!(all.iter().all(|one| one.site.is_some()));
    }
}

#[test]
fn an_end_in_utc_or_without_a_zone_is_meant_by_the_clock_of_the_start() {
    let utc = DAILY.replace("DTEND;TZID=Europe/London:20261002T090000", "DTEND:20261002T080000Z");
    let both = |lines: &str| demands(lines, "2026-10-24T00:00:00", "2026-10-26T00:00:00");
    assert_eq!(both(&utc), both(DAILY));
}
