//! Calendars into availability: events of `Availability`, VAVAILABILITY (RFC 7953), the team's calendar, and what a
//! person's other calendars say about whole days. Titles are read for the agreed words and go no further.

use crate::ical::attendee::{User, partstat};
use crate::ical::freebusy::{Busy, availability_blocks};
use crate::ical::occur::{Occurrence, extent, occurrences};
use crate::ical::recur::{Budget, TooMany};
use crate::ical::tree::{Component, Tree};
use crate::roster::availability::{Interval, Kind, Source};
use crate::roster::burden::WorkWeek;
use crate::roster::marks::{Place, mark};
use crate::roster::model::{Person, Words};
use crate::roster::utilisation::Diary;
use crate::time::{Civil, Day, Window, Zone};
use chrono::{Datelike, TimeDelta, Timelike};

/// Reads calendar objects for one person and one window. All-day events are days of the person's own zone.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Whose availability it is.
    pub person: &'a Person,
    /// The same by all their addresses.
    pub user: &'a User,
    /// The team's words.
    pub words: &'a Words,
    /// What is looked at.
    pub window: Window,
}

/// What was read, to be added up over all objects.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Spans with their meaning.
    pub intervals: Vec<Interval>,
    /// Spans about which all there is to say was said.
    pub heard: Vec<Window>,
    /// What utilisation is made of.
    pub diary: Diary,
}

impl Reader<'_> {
    /// An object of the person's `Availability`: every event without a mark is unavailable, whatever its TRANSP,
    /// because clients write all-day events as free by default.
    pub fn own(&self, tree: &Tree, said: &mut Said) -> Result<(), TooMany> {
        if tree.calendar().children_named("VAVAILABILITY").next().is_some() {
            return self.hours(tree, said);
        }
        self.marked(tree, Place::Availability, said)
    }

    /// An object of the team's `Availability` that counts for this person; who stored it decides that.
    pub fn team(&self, tree: &Tree, said: &mut Said) -> Result<(), TooMany> {
        self.marked(tree, Place::Team, said)
    }

    /// An object of another calendar of theirs, of the usual kind or one that blocks. What doesn't exclude them, and shows
    /// as busy, counts as utilisation.
    pub fn elsewhere(&self, tree: &Tree, place: Place, said: &mut Said) -> Result<(), TooMany> {
        for occurrence in self.events(tree)? {
            let event = occurrence.component;
            if let Some((kind, source)) = mark(event, place, self.words, self.user) {
                push(said, &occurrence, kind, source);
            } else if !is(event, "TRANSP", "TRANSPARENT") {
                said.diary.busy.push(occurrence.window);
            }
        }
        Ok(())
    }

    /// An object with more instances than can be read: for as long as it lasts, the worst that any of its events says.
    pub fn unread(&self, tree: &Tree, place: Place, said: &mut Said) {
        let hours = place == Place::Availability && tree.calendar().children_named("VAVAILABILITY").next().is_some();
        let events = tree.calendar().children_named("VEVENT");
        let kinds = events.filter_map(|event| mark(event, place, self.words, self.user)).map(|(kind, _)| kind);
        let Some(kind) = kinds.chain(hours.then_some(Kind::Unavailable)).min() else { return };
        // What is gladly stood but can't be read is as good as not said.
        let Some(window) = extent(tree, self.person.zone).intersect(self.window).filter(|_| kind < Kind::Neutral)
        else {
            return;
        };
        said.intervals.push(Interval { window, kind, source: Source::Unread, all_day: false });
    }

    fn marked(&self, tree: &Tree, place: Place, said: &mut Said) -> Result<(), TooMany> {
        for occurrence in self.events(tree)? {
            if let Some((kind, source)) = mark(occurrence.component, place, self.words, self.user) {
                push(said, &occurrence, kind, source);
            }
        }
        Ok(())
    }

    /// RFC 7953 3.1: within the component's span, what is not AVAILABLE is busy as its BUSYTYPE says.
    fn hours(&self, tree: &Tree, said: &mut Said) -> Result<(), TooMany> {
        for block in availability_blocks(tree, self.window, self.person.zone, &mut Budget::default())? {
            said.heard.push(block.window);
            let kind = match block.busy {
                None => continue,
                Some(Busy::Tentative) => Kind::Avoid,
                Some(Busy::Busy | Busy::Unavailable) => Kind::Unavailable,
            };
            let source = Source::Hours;
            said.intervals.push(Interval { window: block.window, kind, source, all_day: false });
        }
        Ok(())
    }

    /// The occurrences of events that stand: not cancelled, and not declined by this person.
    fn events<'t>(&self, tree: &'t Tree<'t>) -> Result<Vec<Occurrence<'t>>, TooMany> {
        let mut events = occurrences(tree, self.window, self.person.zone, &mut Budget::default())?;
        events.retain(|occurrence| {
            let event = occurrence.component;
            event.is("VEVENT")
                && !is(event, "STATUS", "CANCELLED")
                && self.user.line_in(event).is_none_or(|line| partstat(line) != "DECLINED")
        });
        Ok(events)
    }
}

/// Working hours as a VAVAILABILITY tells them, read off the week that begins on `monday`; nothing where it says nothing
/// of that week.
pub fn working_week(tree: &Tree, monday: Day, zone: Zone) -> Result<Option<WorkWeek>, TooMany> {
    let week = Window::of_days(monday, monday + TimeDelta::days(7), zone);
    let mut hours = WorkWeek([None; 7]);
    for block in availability_blocks(tree, week, zone, &mut Budget::default())? {
        let (start, end) = (block.window.start.civil(zone), block.window.end.civil(zone));
        let Some(day) = hours.0.get_mut(start.weekday().num_days_from_monday() as usize) else { continue };
        if block.busy.is_none() && start.date() == end.date() {
            let minute = |civil: Civil| civil.hour() * 60 + civil.minute();
            let (from, to) = day.unwrap_or((minute(start), minute(end)));
            *day = Some((from.min(minute(start)), to.max(minute(end))));
        }
    }
    Ok(hours.0.iter().any(Option::is_some).then_some(hours))
}

fn push(said: &mut Said, occurrence: &Occurrence, kind: Kind, source: Source) {
    if occurrence.all_day && kind == Kind::Unavailable {
        said.diary.leave.push(occurrence.window);
    }
    said.intervals.push(Interval { window: occurrence.window, kind, source, all_day: occurrence.all_day });
}

fn is(event: Component, property: &str, value: &str) -> bool {
    event.property(property).is_some_and(|found| found.value().trim().eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::sample::{member, span};

    fn object(component: &str, lines: &str) -> String {
        let lines = lines.replace('\n', "\r\n");
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:{component}\r\nUID:u\r\n{lines}\r\nEND:{component}\r\nEND:VCALENDAR\r\n"
        )
    }

    fn read(text: &str, how: impl Fn(&Reader, &Tree, &mut Said) -> Result<(), TooMany>) -> Said {
        let (ada, words) = (member("ada").person, Words::default());
        let window = span("2026-12-01T00:00:00", "2027-01-01T00:00:00");
        let user = User::new([&ada.email]);
        let reader = Reader { person: &ada, user: &user, words: &words, window };
        let mut said = Said::default();
        how(&reader, &Tree::parse(text.as_bytes()).unwrap(), &mut said).unwrap();
        said
    }

    fn own_object(reader: &Reader, tree: &Tree, said: &mut Said) -> Result<(), TooMany> {
        reader.own(tree, said)
    }

    fn own(lines: &str) -> Vec<Kind> {
        let lines = format!("DTSTART;VALUE=DATE:20261210\nTRANSP:TRANSPARENT\n{lines}");
        let said = read(&object("VEVENT", &lines), own_object);
        said.intervals.iter().map(|interval| interval.kind).collect()
    }

    #[test]
    fn an_event_without_a_mark_is_unavailable_even_if_it_shows_as_free() {
        assert_eq!(own("SUMMARY:Dentist"), [Kind::Unavailable]);
        let said = read(&object("VEVENT", "DTSTART;VALUE=DATE:20261210\nSUMMARY:Leave"), own_object);
        assert_eq!(said.intervals[0].window, span("2026-12-10T00:00:00", "2026-12-11T00:00:00"));
        assert!(said.intervals[0].all_day);
        assert_eq!(said.diary.leave.len(), 1);
    }

    #[test]
    fn marks_are_categories_words_and_status() {
        assert_eq!(own("SUMMARY:x\nCATEGORIES:Avoid"), [Kind::Avoid]);
        assert_eq!(own("SUMMARY:x\nCATEGORIES:Home,PREFER"), [Kind::Prefer]);
        assert_eq!(own("SUMMARY:Prefer not: school run"), [Kind::Avoid]);
        assert_eq!(own("SUMMARY:?"), [Kind::Avoid]);
        assert_eq!(own("SUMMARY:available"), [Kind::Prefer]);
        assert_eq!(own("SUMMARY:x\nSTATUS:TENTATIVE"), [Kind::Avoid]);
        assert_eq!(own("SUMMARY:Free"), []);
        assert_eq!(own("SUMMARY:Freedom day"), [Kind::Unavailable]);
        assert_eq!(own("SUMMARY:x\nSTATUS:CANCELLED"), []);
        assert_eq!(own("SUMMARY:x\nATTENDEE;PARTSTAT=DECLINED:MAILTO:Ada@example.org"), []);
    }

    #[test]
    fn what_is_too_much_to_read_counts_for_as_long_as_it_lasts() {
        let often = |lines: &str| {
            let minutes = "DTSTART:20261205T000000Z\nDURATION:PT1M\nRRULE:FREQ=DAILY;BYMINUTE=0,10,20,30,40,50;BYHOUR=0,\
                           1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;UNTIL=20270201T000000Z";
            let text = object("VEVENT", &format!("{minutes}\n{lines}"));
            let unread = |place: Place| {
                read(&text, |reader, tree, said| {
                    let read = reader.own(tree, &mut Said::default());
                    assert_eq!(read, Err(TooMany));
                    reader.unread(tree, place, said);
                    Ok(())
                })
            };
            let told =
                |said: Said| said.intervals.into_iter().map(|i| (i.kind, i.source, i.window)).collect::<Vec<_>>();
            (told(unread(Place::Availability)), told(unread(Place::Calendar)))
        };
        let december = span("2026-12-05T00:00:00", "2027-01-01T00:00:00");
        assert_eq!(often("SUMMARY:Away"), (vec![(Kind::Unavailable, Source::Unread, december)], vec![]));
        assert_eq!(often("CATEGORIES:AVOID").0, [(Kind::Avoid, Source::Unread, december)]);
        assert_eq!(often("CATEGORIES:PREFER").0, []);
        assert_eq!(often("X-MICROSOFT-CDO-BUSYSTATUS:OOF").1, [(Kind::Unavailable, Source::Unread, december)]);
    }

    #[test]
    fn available_hours_say_when_and_that_all_was_said() {
        let text = "DTSTART:20261201T000000Z\nDTEND:20261208T000000Z\nBUSYTYPE:BUSY-TENTATIVE\n\
                    BEGIN:AVAILABLE\nUID:a\nDTSTART:20261202T000000Z\nDTEND:20261204T000000Z\nEND:AVAILABLE";
        let said = read(&object("VAVAILABILITY", text), own_object);
        let kinds: Vec<_> = said.intervals.iter().map(|i| (i.kind, i.window)).collect();
        assert_eq!(
            kinds,
            [
                (Kind::Avoid, span("2026-12-01T00:00:00", "2026-12-02T00:00:00")),
                (Kind::Avoid, span("2026-12-04T00:00:00", "2026-12-08T00:00:00"))
            ]
        );
        assert_eq!(crate::time::union(said.heard), [span("2026-12-01T00:00:00", "2026-12-08T00:00:00")]);
    }

    #[test]
    fn working_hours_are_read_off_a_week() {
        let text = "DTSTART;TZID=Europe/London:20260101T000000\n\
                    BEGIN:AVAILABLE\nUID:a\nDTSTART;TZID=Europe/London:20260105T100000\n\
                    DTEND;TZID=Europe/London:20260105T180000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE\nEND:AVAILABLE";
        let text = object("VAVAILABILITY", text);
        let tree = Tree::parse(text.as_bytes()).unwrap();
        let week = working_week(&tree, "2026-12-07".parse().unwrap(), chrono_tz::Europe::London).unwrap().unwrap();
        let day = Some((600, 1_080));
        assert_eq!(week, WorkWeek([day, None, day, None, None, None, None]));
    }

    #[test]
    fn of_other_calendars_only_whole_days_and_out_of_office_block() {
        let elsewhere =
            |lines: &str, place| read(&object("VEVENT", lines), |r, tree, said| r.elsewhere(tree, place, said));
        let meeting = "DTSTART:20261210T100000Z\nDTEND:20261210T110000Z\nSUMMARY:Private matter";
        let said = elsewhere(meeting, Place::Calendar);
        assert_eq!((said.intervals.len(), said.diary.busy.len()), (0, 1));
        assert_eq!(elsewhere(meeting, Place::Blocking).intervals[0].source, Source::Calendar);
        assert_eq!(
            elsewhere(&format!("{meeting}\nX-MICROSOFT-CDO-BUSYSTATUS:OOF"), Place::Calendar).intervals[0].source,
            Source::OutOfOffice
        );
        assert_eq!(elsewhere("DTSTART;VALUE=DATE:20261210", Place::Calendar).intervals[0].source, Source::AllDay);
        assert!(elsewhere("DTSTART;VALUE=DATE:20261210\nTRANSP:TRANSPARENT", Place::Blocking).intervals.is_empty());
    }
}
