//! What a team sees of the hours that a member said as VAVAILABILITY (RFC 7953), which hardly any calendar app shows: as
//! events, the time outside of them. What repeats by weeks becomes a weekly event, the rest stands alone.

use super::draft::short_hash;
use super::member_event::{free_line, opening};
use crate::ical::build::vtimezone;
use crate::ical::edit::fold;
use crate::ical::freebusy::{Busy, availability_blocks};
use crate::ical::property::Property;
use crate::ical::recur::{Budget, TooMany};
use crate::ical::tree::Tree;
use crate::roster::availability::Kind;
use crate::roster::model::Person;
use crate::time::{Civil, Instant, Window, Zone, resolve};
use chrono::{Datelike, NaiveTime, TimeDelta};
use std::collections::BTreeMap;

/// Events that one VAVAILABILITY is shown as; more would be no help to anybody who plans.
const MAX_EVENTS: usize = 200;
/// Weeks from which on a repetition is one event.
const REPEATED: usize = 3;

/// An event of its own: a mark that stays the same while its hours do, and when.
struct Shown {
    mark: String,
    kind: Kind,
    /// Starts, all at the same time of the same weekday; or just one.
    starts: Vec<Instant>,
    millis: i64,
}

/// What makes two stretches the same from week to week.
type Weekly = (u32, NaiveTime, i64, bool);

/// The events with a mark that tells them apart, each a whole object once it has its UID. Nothing where the object says
/// nothing by hours.
pub(super) fn member_hours(
    body: &[u8],
    person: &Person,
    window: Window,
    uid: impl Fn(&str) -> String,
) -> Result<Vec<(String, String)>, TooMany> {
    let Ok(tree) = Tree::parse(body) else { return Ok(Vec::new()) };
    let stamp = tree.calendar().children_named("VAVAILABILITY").find_map(|part| part.property("DTSTAMP"));
    let mut shown = series(stretches(&tree, person.zone, window)?, person.zone);
    shown.sort_by_key(|one| one.starts.first().copied());
    shown.truncate(MAX_EVENTS);
    let text = |one: Shown| (one.mark.clone(), written(&one, person, stamp, &uid(&one.mark)));
    Ok(shown.into_iter().map(text).collect())
}

/// When the person is not to be had, or rather not: in order, neighbours of one kind joined.
fn stretches(tree: &Tree<'_>, zone: Zone, window: Window) -> Result<Vec<(Window, Kind)>, TooMany> {
    let mut joined: Vec<(Window, Kind)> = Vec::new();
    for block in availability_blocks(tree, window, zone, &mut Budget::default())? {
        let kind = match block.busy {
            None => continue,
            Some(Busy::Tentative) => Kind::Avoid,
            Some(Busy::Busy | Busy::Unavailable) => Kind::Unavailable,
        };
        match joined.last_mut() {
            Some((last, same)) if *same == kind && last.end == block.window.start => last.end = block.window.end,
            _ => joined.push((block.window, kind)),
        }
    }
    Ok(joined)
}

fn series(stretches: Vec<(Window, Kind)>, zone: Zone) -> Vec<Shown> {
    let mut weekly: BTreeMap<Weekly, Vec<Window>> = BTreeMap::new();
    let mut shown = Vec::new();
    for (window, kind) in stretches {
        let civil = window.start.civil(zone);
        // The second pass through an hour that summer time repeats has no name on the wall clock.
        if resolve(civil, zone) == window.start {
            let key = (civil.weekday().num_days_from_monday(), civil.time(), window.millis(), kind == Kind::Avoid);
            weekly.entry(key).or_default().push(window);
        } else {
            shown.push(alone(window, kind));
        }
    }
    for ((day, time, millis, avoid), windows) in weekly {
        let kind = if avoid { Kind::Avoid } else { Kind::Unavailable };
        if windows.len() < REPEATED {
            shown.extend(windows.into_iter().map(|window| alone(window, kind)));
        } else {
            let mark = short_hash(&[format!("{day} {time} {millis} {avoid}").as_bytes()]);
            let starts = windows.into_iter().map(|window| window.start).collect();
            shown.push(Shown { mark, kind, starts, millis });
        }
    }
    shown
}

fn alone(window: Window, kind: Kind) -> Shown {
    let mark = short_hash(&[format!("{} {} {kind:?}", window.start, window.end).as_bytes()]);
    Shown { mark, kind, starts: vec![window.start], millis: window.millis() }
}

fn written(one: &Shown, person: &Person, stamp: Option<Property<'_>>, uid: &str) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Dogwatch//Dogwatch//EN\r\n");
    let (first, last) = (one.starts.first().copied(), one.starts.last().copied());
    let (Some(first), Some(last)) = (first, last) else { return text };
    let zone = person.zone;
    let repeats = one.starts.len() > 1;
    let at = |moment: Instant| if repeats { zoned(moment, zone) } else { format!(":{}", utc(moment)) };
    if repeats && zone != Zone::UTC {
        text.push_str(&vtimezone(zone, first.civil(zone).year(), last.civil(zone).year() + 1));
    }
    let mut lines = opening(Some(one.kind), person, uid, stamp);
    lines.push(format!("DTSTART{}", at(first)));
    lines.push(format!("DTEND{}", at(first.plus_millis(one.millis))));
    if repeats {
        lines.push(format!("RRULE:FREQ=WEEKLY;UNTIL={}", utc(last)));
        lines.extend(missing_weeks(&one.starts, zone).into_iter().map(|moment| format!("EXDATE{}", at(moment))));
    }
    lines.push(free_line().to_owned());
    lines.extend(["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()]);
    text.extend(lines.iter().map(|line| fold(line)));
    text
}

/// The weeks between the first and the last start in which there is none.
fn missing_weeks(starts: &[Instant], zone: Zone) -> Vec<Instant> {
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else { return Vec::new() };
    let mut missing = Vec::new();
    let mut civil: Civil = first.civil(zone);
    while civil < last.civil(zone) {
        civil += TimeDelta::weeks(1);
        let moment = resolve(civil, zone);
        if !starts.contains(&moment) {
            missing.push(moment);
        }
    }
    missing
}

fn zoned(moment: Instant, zone: Zone) -> String {
    if zone == Zone::UTC {
        return format!(":{}", utc(moment));
    }
    format!(";TZID={}:{}", zone.name(), moment.civil(zone).format("%Y%m%dT%H%M%S"))
}

fn utc(moment: Instant) -> String {
    moment.utc().format("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::occur::occurrences;
    use crate::ids::PersonId;

    fn ada(zone: Zone) -> Person {
        Person {
            id: PersonId::from("ada"),
            name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
            phone: None,
            zone,
            admin: false,
            disabled: false,
        }
    }

    fn at(text: &str) -> Instant {
        text.parse::<Civil>().unwrap().and_utc().into()
    }

    /// The objects for the year 2027.
    fn shown(lines: &str, zone: Zone) -> Vec<String> {
        let body = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VAVAILABILITY\r\nUID:v\r\nSUMMARY:Therapy\r\n{lines}\
             END:VAVAILABILITY\r\nEND:VCALENDAR\r\n"
        );
        let year = Window::new(at("2027-01-01T00:00:00"), at("2028-01-01T00:00:00"));
        let shown = member_hours(body.as_bytes(), &ada(zone), year, |mark| format!("{mark}@x")).unwrap();
        shown.into_iter().map(|(_, text)| text).collect()
    }

    /// Every stretch that the objects show, by their own expansion.
    fn expanded(objects: &[String], zone: Zone) -> Vec<Window> {
        let mut all = Vec::new();
        for text in objects {
            let tree = Tree::parse(text.as_bytes()).unwrap();
            let found = occurrences(&tree, Window::ALWAYS, zone, &mut Budget::default()).unwrap();
            all.extend(found.into_iter().map(|occurrence| occurrence.window));
        }
        all.sort_unstable();
        all
    }

    const OFFICE: &str = "BEGIN:AVAILABLE\r\nUID:a\r\nDTSTART;TZID=Europe/London:20260105T090000\r\n\
                          DTEND;TZID=Europe/London:20260105T170000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\r\n\
                          END:AVAILABLE\r\n";

    #[test]
    fn what_is_shown_is_exactly_the_time_outside_of_the_hours() {
        for zone in [chrono_tz::Europe::London, chrono_tz::America::New_York, Zone::UTC] {
            let objects = shown(OFFICE, zone);
            let body = format!(
                "BEGIN:VCALENDAR\r\nBEGIN:VAVAILABILITY\r\nUID:v\r\n{OFFICE}END:VAVAILABILITY\r\nEND:VCALENDAR\r\n"
            );
            let year = Window::new(at("2027-01-01T00:00:00"), at("2028-01-01T00:00:00"));
            let tree = Tree::parse(body.as_bytes()).unwrap();
            let wanted: Vec<Window> =
                stretches(&tree, zone, year).unwrap().into_iter().map(|(window, _)| window).collect();
            assert_eq!(expanded(&objects, zone), wanted, "{zone}");
            assert!(objects.len() < 25, "{}", objects.len());
        }
    }

    #[test]
    fn a_week_off_is_cut_out_of_the_series() {
        let away = OFFICE.replace("END:AVAILABLE", "EXDATE;TZID=Europe/London:20270614T090000\r\nEND:AVAILABLE");
        let objects = shown(&away, chrono_tz::Europe::London);
        let cut = objects.iter().filter(|text| text.contains("EXDATE;TZID=Europe/London:20270614T170000")).count();
        assert_eq!(cut, 1, "that Monday's night is part of something longer");
        assert!(objects.iter().all(|text| !text.contains("Therapy") && text.contains("SUMMARY:Ada: unavailable")));
    }

    #[test]
    fn without_hours_all_of_its_span_is_one_event_of_its_kind() {
        let span = "DTSTART:20270301T000000Z\r\nDTEND:20270315T000000Z\r\nBUSYTYPE:BUSY-TENTATIVE\r\n";
        let objects = shown(span, Zone::UTC);
        assert!(objects.len() == 1 && objects[0].contains("DTSTART:20270301T000000Z\r\nDTEND:20270315T000000Z\r\n"));
        assert!(objects[0].contains("SUMMARY:Ada: rather not") && objects[0].contains("CATEGORIES:AVOID"));
        assert!(shown("DTSTART:20200101T000000Z\r\nDTEND:20200201T000000Z\r\n", Zone::UTC).is_empty());
    }
}
