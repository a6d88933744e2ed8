//! Reminders as the on-call phone shows them: what each says, at what moment it rings, and under which UID it stands, so
//! that it can go when its reason is gone. Shifts are not among them: their own events ring.

use super::model::Person;
use super::quiet::QuietHours;
use super::shift_event::{Status, Wanted, when};
use crate::ical::build::Alarm;
use crate::time::{Day, Instant, MINUTE, Window, Zone};

/// How long before it rings a reminder that nobody saw coming must be there: phones fetch from time to time.
const LEAD: i64 = 15 * MINUTE;
/// How long its event is, for the eye.
const LENGTH: i64 = 15 * MINUTE;
/// What the UIDs of reminders begin with.
pub const PREFIX: &str = "reminder-";

/// The moment to ring for something that is due since a moment, or will be. What is to come rings when it is due; what
/// was due before the calendar knew of it rings in a while; what stands there already (`standing`) stays where it is.
/// In any case not before the person's quiet hours are over.
#[must_use]
pub fn rings(since: Instant, now: Instant, standing: Option<Instant>, (quiet, zone): (QuietHours, Zone)) -> Instant {
    let at = if since > now { since } else { standing.unwrap_or_else(|| in_a_while(now)) };
    quiet.over_by(at, zone)
}

fn in_a_while(now: Instant) -> Instant {
    let raster = 5 * MINUTE;
    Instant::from_millis((now.millis() + LEAD + raster - 1).div_euclid(raster) * raster)
}

/// A shift that a reminder is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The team, as shown.
    pub team: String,
    /// Its role.
    pub role: String,
    /// When it is.
    pub window: Window,
    /// The zone in which that is told.
    pub zone: Zone,
}

/// Why somebody is reminded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A month of availability is not confirmed; by its first day.
    Month(Day),
    /// They have not answered an offer of the named person's.
    Offer(Watch, String),
    /// Nobody whom the named person's request went to has answered; for managers.
    Silent(Watch, String),
    /// A request of the named person's is still open, and the shift is near; for managers.
    Open(Watch, String),
    /// A qualification ends at a moment; how to renew it.
    Lapses(String, Instant, String),
    /// Nobody holds a shift; for managers.
    Gap(Watch),
}

/// Something that one person is reminded of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// The matter's name among all of that person's, the same for as long as it lasts.
    pub key: String,
    /// What it is.
    pub reason: Reason,
    /// Where something can be done about it.
    pub url: String,
}

/// Under which UID it stands in a person's calendar.
#[must_use]
pub fn reminder_uid(reminder: &Reminder, person: &Person, host: &str) -> String {
    format!("{PREFIX}{}-{}@{host}", reminder.key.replace('/', "."), person.id)
}

/// Whether an object of this name is a reminder.
#[must_use]
pub fn is_reminder(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Its event, which rings as it begins and makes nobody busy.
#[must_use]
pub fn reminder_event(reminder: &Reminder, person: &Person, at: Instant, host: &str) -> Wanted {
    let (summary, told) = texts(&reminder.reason, person.zone);
    Wanted {
        uid: reminder_uid(reminder, person, host),
        summary,
        description: format!("{told}\n\n{}", reminder.url),
        url: Some(reminder.url.clone()),
        window: Window::new(at, at.plus_millis(LENGTH)),
        zone: person.zone,
        status: Status::Confirmed,
        transparent: true,
        organizer: None,
        attendee: None,
        categories: vec!["REMINDER".to_owned()],
        comment: None,
        role: String::new(),
        alarms: vec![Alarm { from_start: 0 }],
    }
}

/// The title and what is to be done.
fn texts(reason: &Reason, zone: Zone) -> (String, String) {
    let title = |watch: &Watch| format!("{}, {}", watch.team, watch.role);
    let span = |watch: &Watch| when(watch.window, watch.zone);
    match reason {
        Reason::Month(first) => (
            format!("Confirm your availability for {}", first.format("%B %Y")),
            "Say when you can't be on call, and confirm the month: it is planned soon.".to_owned(),
        ),
        Reason::Offer(watch, who) => (
            format!("Please answer: {}, {}", title(watch), span(watch)),
            format!("{who} asks for cover and waits for your answer. Agree or disagree:"),
        ),
        Reason::Silent(watch, who) => (
            format!("Nobody has answered yet: {}, {}", title(watch), span(watch)),
            format!("{who} asked for cover a day ago and stays responsible until somebody agrees."),
        ),
        Reason::Open(watch, who) => (
            format!("Swap still open: {}, {}", title(watch), span(watch)),
            format!("{who} asked for cover, the shift is near, and nobody has it yet."),
        ),
        Reason::Lapses(what, until, how) => {
            let told = format!("It ends on {}.", until.civil(zone).format("%a %-d %b %Y at %H:%M"));
            let how = if how.is_empty() { String::new() } else { format!("\n\nHow to renew it: {how}") };
            (format!("{what} lapses on {}", until.civil(zone).format("%-d %B %Y")), told + &how)
        }
        Reason::Gap(watch) => {
            (format!("Gap: {}, {}", title(watch), span(watch)), "Nobody holds this shift.".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::sample::{LONDON, member, span};
    use crate::time::{DAY, HOUR};
    use proptest::prelude::*;

    fn at(text: &str) -> Instant {
        span(text, text).start
    }

    fn night() -> (QuietHours, Zone) {
        (QuietHours::default(), LONDON)
    }

    #[test]
    fn what_is_to_come_rings_when_it_is_due_but_not_at_night() {
        let now = at("2026-12-01T12:00:00");
        assert_eq!(rings(at("2026-12-02T15:00:00"), now, None, night()), at("2026-12-02T15:00:00"));
        assert_eq!(rings(at("2026-12-02T00:00:00"), now, None, night()), at("2026-12-02T07:00:00"));
        let moved = rings(at("2026-12-03T15:00:00"), now, Some(at("2026-12-02T15:00:00")), night());
        assert_eq!(moved, at("2026-12-03T15:00:00"), "it is due later than it was");
    }

    #[test]
    fn what_is_due_already_rings_in_a_while_and_then_stays_where_it_is() {
        let (since, now) = (at("2026-11-20T00:00:00"), at("2026-12-01T12:03:10"));
        let first = rings(since, now, None, night());
        assert_eq!(first, at("2026-12-01T12:20:00"));
        for later in [0, HOUR, 9 * DAY] {
            assert_eq!(rings(since, now.plus_millis(later), Some(first), night()), first);
        }
        assert_eq!(rings(since, at("2026-12-01T23:00:00"), None, night()), at("2026-12-02T07:00:00"));
    }

    #[test]
    fn each_says_what_is_to_be_done_and_rings_once_without_making_anybody_busy() {
        let ada = member("ada").person;
        let shift = span("2026-12-03T09:00:00", "2026-12-03T17:00:00");
        let watch = Watch { team: "Payments".into(), role: "primary".into(), window: shift, zone: LONDON };
        let told = |reason: Reason| {
            let reminder = Reminder { key: "gap/one/0".into(), reason, url: "https://dogwatch.example/x".into() };
            let event = reminder_event(&reminder, &ada, at("2026-12-01T07:00:00"), "dogwatch.example");
            assert!(event.transparent && event.alarms == [Alarm { from_start: 0 }] && event.attendee.is_none());
            assert_eq!(event.uid, "reminder-gap.one.0-ada@dogwatch.example");
            assert!(is_reminder(&event.uid) && event.description.ends_with("https://dogwatch.example/x"));
            event.summary
        };
        let who = || "Ben Adler".to_owned();
        let when = "Payments, primary, Thu 3 Dec 2026 09:00 to 17:00 (Europe/London)";
        assert_eq!(told(Reason::Gap(watch.clone())), format!("Gap: {when}"));
        assert_eq!(told(Reason::Open(watch.clone(), who())), format!("Swap still open: {when}"));
        assert_eq!(told(Reason::Silent(watch.clone(), who())), format!("Nobody has answered yet: {when}"));
        assert_eq!(told(Reason::Offer(watch, who())), format!("Please answer: {when}"));
        let january = "2027-01-01".parse().unwrap();
        assert_eq!(told(Reason::Month(january)), "Confirm your availability for January 2027");
        let until = at("2027-01-03T12:00:00");
        let lapses = Reason::Lapses("Access".into(), until, "ask the desk".into());
        assert_eq!(told(lapses), "Access lapses on 3 January 2027");
    }

    proptest! {
        #![proptest_config(crate::cases(256))]
        /// Whenever it is looked at again, a reminder that stands rings at the same moment, and never in quiet hours.
        #[test]
        fn a_reminder_rings_once_and_never_in_quiet_hours(
            since in -40 * DAY..40 * DAY, later in prop::collection::vec(0..DAY, 1..20),
            from in 0u32..1440, until in 0u32..1440, zone in prop::sample::select(vec![LONDON, chrono_tz::Asia::Tokyo, chrono_tz::America::St_Johns]),
        ) {
            let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let quiet: QuietHours = format!("{}-{}", clock(from), clock(until)).parse().unwrap();
            // Around the night in which clocks go forward.
            let mut now = at("2027-03-27T12:00:00");
            let since = now.plus_millis(since);
            let first = rings(since, now, None, (quiet, zone));
            prop_assert!(!quiet.contains(first, zone));
            prop_assert!(first >= since.min(now.plus_millis(1)));
            prop_assert!(first.millis() <= since.max(now).millis() + LEAD + 2 * DAY + 2 * HOUR);
            let mut stands = first;
            for pause in later {
                now = now.plus_millis(pause);
                let again = rings(since, now, Some(stands), (quiet, zone));
                prop_assert_eq!(again, first);
                stands = again;
            }
        }
    }
}
