//! Hours of duty by person and class: how long, how many nights, weekends and holidays, and how often called out. Who
//! stood nothing has a line of zeros.

use super::stood::{Called, Stood};
use crate::ids::{PersonId, SlotId};
use crate::roster::burden::{days_of, night_of, whole_minutes};
use crate::roster::plan::{Member, Planning};
use crate::time::{DAY, Day, HOUR, Window, monday_of, union};
use chrono::{Datelike, TimeDelta, Weekday};
use std::collections::BTreeSet;

/// How long of a night, a weekend or a holiday somebody must be on duty for it to count as one.
const COUNTS: i64 = 3 * HOUR;

/// One person's hours in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursLine {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: String,
    /// Shifts, of which they may have stood a part.
    pub shifts: usize,
    /// Minutes of duty.
    pub minutes: i64,
    /// The same by class, in the order of [`crate::roster::burden::Class`].
    pub classes: [i64; 5],
    /// Nights (22:00 to 07:00, of any day) of which they stood three hours or more.
    pub nights: usize,
    /// Weekends, likewise.
    pub weekends: usize,
    /// Holidays, likewise.
    pub holidays: usize,
    /// Hundredths of points.
    pub points: i64,
    /// Times they were called out.
    pub calls: usize,
    /// Minutes of that.
    pub call_minutes: i64,
}

/// Everybody's hours, by name; what lies outside the planning's window is cut off already.
#[must_use]
pub fn hours(planning: &Planning, stood: &[Stood], called: &[Called]) -> Vec<HoursLine> {
    let mut lines: Vec<HoursLine> = planning
        .members
        .iter()
        .filter_map(|member| {
            let own: Vec<&Stood> = stood.iter().filter(|duty| duty.person == member.person.id).collect();
            let called: Vec<&Called> = called.iter().filter(|call| call.person == member.person.id).collect();
            let counts = stands_in(planning, member) || !own.is_empty() || !called.is_empty();
            counts.then(|| line(member, &own, &called))
        })
        .collect();
    lines.sort_by(|a, b| (&a.name, &a.person).cmp(&(&b.name, &b.person)));
    lines
}

/// Whether a member may stand shifts at some time of the planning's window.
pub(super) fn stands_in(planning: &Planning, member: &Member) -> bool {
    let zone = planning.team.zone;
    let (first, last) = (planning.window.start.civil(zone).date(), planning.window.end.plus_millis(-1));
    let last = last.civil(zone).date();
    let then = |from: Option<Day>, until: Option<Day>| {
        from.is_none_or(|from| from <= last) && until.is_none_or(|until| first < until)
    };
    member.memberships.iter().any(|m| m.member && then(m.from, m.until))
}

fn line(member: &Member, own: &[&Stood], called: &[&Called]) -> HoursLine {
    let mut classes = [0; 5];
    for duty in own {
        for (sum, minutes) in classes.iter_mut().zip(member.hours().minutes(duty.window)) {
            *sum += minutes;
        }
    }
    let windows = union(own.iter().map(|duty| duty.window).collect());
    let shifts: BTreeSet<&SlotId> = own.iter().map(|duty| &duty.slot).collect();
    HoursLine {
        person: member.person.id.clone(),
        name: member.person.name.clone(),
        shifts: shifts.len(),
        minutes: classes.iter().sum(),
        classes,
        nights: nights(member, &windows),
        weekends: weekends(member, &windows),
        holidays: holidays(member, &windows),
        points: own.iter().map(|duty| duty.points).sum(),
        calls: called.len(),
        call_minutes: called.iter().map(|call| whole_minutes(call.window)).sum(),
    }
}

fn stands(windows: &[Window], of: Window) -> bool {
    windows.iter().filter_map(|window| window.intersect(of)).map(Window::millis).sum::<i64>() >= COUNTS
}

fn nights(member: &Member, windows: &[Window]) -> usize {
    let zone = member.person.zone;
    let evening_before = |window: Window| Window::new(window.start.plus_millis(-DAY), window.end);
    let days: BTreeSet<Day> = windows.iter().flat_map(|window| days_of(evening_before(*window), zone)).collect();
    days.into_iter().filter(|day| stands(windows, night_of(*day, zone))).count()
}

fn weekends(member: &Member, windows: &[Window]) -> usize {
    let zone = member.person.zone;
    let days = windows.iter().flat_map(|window| days_of(*window, zone));
    let mondays: BTreeSet<Day> =
        days.filter(|day| matches!(day.weekday(), Weekday::Sat | Weekday::Sun)).map(monday_of).collect();
    let whole = |monday: Day| Window::of_days(monday + TimeDelta::days(5), monday + TimeDelta::days(7), zone);
    mondays.into_iter().filter(|monday| stands(windows, whole(*monday))).count()
}

fn holidays(member: &Member, windows: &[Window]) -> usize {
    let zone = member.person.zone;
    let days: BTreeSet<Day> = windows.iter().flat_map(|window| days_of(*window, zone)).collect();
    let free = days.into_iter().filter(|day| member.holidays.contains(day));
    free.filter(|day| stands(windows, Window::of_days(*day, *day + TimeDelta::days(1), zone))).count()
}

#[cfg(test)]
mod tests {
    use super::super::stood::tests::{stood, team_of};
    use super::*;
    use crate::roster::sample::span;

    #[test]
    fn nights_weekends_and_holidays_are_counted_beside_their_hours() {
        let mut planning = team_of(&["ada", "ben"]);
        planning.members[0].holidays.insert("2026-12-25".parse().unwrap());
        let duties = [
            // Christmas Eve to Sunday morning: three nights, a holiday, a weekend
            stood("ada", "primary", "a", ("2026-12-24T18:00:00", "2026-12-27T09:00:00")),
            // a Tuesday's evening until midnight: two hours of a night are none
            stood("ada", "primary", "b", ("2026-12-01T18:00:00", "2026-12-02T00:00:00")),
        ];
        let called = [Called {
            person: "ada".into(),
            role: "primary".into(),
            window: span("2026-12-25T03:00:00", "2026-12-25T04:30:00"),
        }];
        let lines = hours(&planning, &duties, &called);
        let ada = &lines[0];
        assert_eq!((ada.shifts, ada.nights, ada.weekends, ada.holidays), (2, 3, 1, 1));
        assert_eq!(ada.classes, [0, 8 * 60, 4 * 60, 33 * 60, 24 * 60]);
        assert_eq!(ada.minutes, (63 + 6) * 60);
        assert_eq!((ada.calls, ada.call_minutes), (1, 90));
        assert_eq!(ada.points, duties.iter().map(|duty| duty.points).sum::<i64>());
    }

    #[test]
    fn the_night_that_changes_the_clock_has_the_hours_it_has() {
        let planning = team_of(&["ada"]);
        let night = |from, to| hours(&planning, &[stood("ada", "primary", "a", (from, to))], &[])[0].minutes;
        assert_eq!(night("2026-10-24T22:00:00", "2026-10-25T07:00:00"), 10 * 60);
        assert_eq!(night("2026-03-28T22:00:00", "2026-03-29T07:00:00"), 8 * 60);
    }

    #[test]
    fn the_hours_of_a_duty_are_classed_where_the_person_lives() {
        let mut planning = team_of(&["ada", "pri"]);
        planning.members[1].person.zone = chrono_tz::Asia::Singapore;
        let times = ("2026-12-01T09:00:00", "2026-12-01T17:00:00");
        let duties = [stood("ada", "primary", "a", times), stood("pri", "primary", "b", times)];
        let lines = hours(&planning, &duties, &[]);
        assert_eq!(lines[0].classes, [8 * 60, 0, 0, 0, 0]);
        // 17:00 to 01:00 of the next day
        assert_eq!(lines[1].classes, [0, 5 * 60, 3 * 60, 0, 0]);
    }

    #[test]
    fn who_stood_nothing_has_a_line_and_who_only_manages_has_none() {
        let mut planning = team_of(&["ada", "ben", "cho", "dee"]);
        planning.members[1].memberships[0].novice = true;
        planning.members[2].memberships[0].member = false;
        planning.members[3].memberships[0].until = "2026-11-01".parse().ok();
        let duties = [stood("ada", "primary", "a", ("2026-12-01T09:00:00", "2026-12-02T09:00:00"))];
        let lines = hours(&planning, &duties, &[]);
        assert_eq!(
            lines.iter().map(|line| (line.name.as_str(), line.minutes)).collect::<Vec<_>>(),
            [("Ada", 1440), ("Ben", 0)]
        );
    }

    #[test]
    fn parts_of_a_shift_add_up_to_it() {
        let planning = team_of(&["ada", "ben"]);
        let whole =
            hours(&planning, &[stood("ada", "primary", "a", ("2026-12-04T18:00:00", "2026-12-05T09:00:00"))], &[]);
        let parts = [
            stood("ada", "primary", "a", ("2026-12-04T18:00:00", "2026-12-04T23:17:00")),
            stood("ben", "primary", "a", ("2026-12-04T23:17:00", "2026-12-05T09:00:00")),
        ];
        let lines = hours(&planning, &parts, &[]);
        for class in 0..5 {
            assert_eq!(lines[0].classes[class] + lines[1].classes[class], whole[0].classes[class]);
        }
        assert_eq!((lines[0].shifts, lines[1].shifts, lines[0].nights, lines[1].nights), (1, 1, 0, 1));
    }
}
