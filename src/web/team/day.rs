//! One day of a team as bars over 24 hours, and below them the same hours on the clock of each zone that its people live
//! by: who has it while whose sun is up.

use crate::service::team_page::{Stand, TeamPeriod};
use crate::time::{Day, Instant, Window, Zone, resolve};
use crate::web::frame::View;
use crate::web::plot::{Bar, Percent};
use chrono::{NaiveTime, TimeDelta, Timelike as _};
use std::collections::BTreeMap;

/// Colours that people are told apart by beside their names.
const TONES: usize = 6;
/// Hours that are shaded on the clock of a zone.
const AT_WORK: (i64, i64) = (9, 17);

/// A day, drawn.
pub struct DayPlot {
    pub day: Day,
    pub before: Day,
    pub after: Day,
    /// Where the present moment lies, if it is of this day.
    pub now: Option<Percent>,
    pub rows: Vec<RoleRow>,
    pub clocks: Vec<Clock>,
}

/// One role's bars.
pub struct RoleRow {
    pub role: String,
    pub pieces: Vec<Piece>,
}

/// One shift's part of the day.
pub struct Piece {
    pub bar: Bar,
    pub name: Option<String>,
    pub tone: usize,
    pub slot: String,
    pub window: Window,
}

/// The clock of a zone over the day.
pub struct Clock {
    pub zone: &'static str,
    pub city: String,
    pub hours: Vec<Hour>,
    pub work: Vec<Bar>,
}

/// A mark of a clock.
pub struct Hour {
    pub x: Percent,
    pub text: String,
}

impl DayPlot {
    /// The day in the viewer's zone.
    pub fn of(view: &View, period: &TeamPeriod, day: Day) -> Self {
        let zone = view.zone();
        let whole = window(day, zone);
        let tones = tones(&period.stands);
        let of_role = |role: &String| {
            let own =
                period.stands.iter().filter(|stand| stand.role == *role && (stand.name.is_some() || !stand.optional));
            let pieces: Vec<Piece> = own.filter_map(|stand| piece(stand, whole, &tones)).collect();
            (!pieces.is_empty()).then(|| RoleRow { role: role.clone(), pieces })
        };
        let mut zones = vec![zone];
        zones.extend(period.zones.iter().copied().filter(|other| *other != zone));
        Self {
            day,
            before: day - TimeDelta::days(1),
            after: day + TimeDelta::days(1),
            now: whole.contains(view.now).then(|| Percent::at(view.now, whole)),
            rows: period.roles.iter().filter_map(of_role).collect(),
            clocks: zones.into_iter().map(|zone| clock(zone, whole)).collect(),
        }
    }
}

/// A day of a zone, of 23 to 25 hours.
pub fn window(day: Day, zone: Zone) -> Window {
    Window::of_days(day, day + TimeDelta::days(1), zone)
}

/// By name, so that a colour stays somebody's on every page of a month.
fn tones(stands: &[Stand]) -> BTreeMap<&str, usize> {
    let mut names: Vec<&str> = stands.iter().filter_map(|stand| stand.name.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().enumerate().map(|(at, name)| (name, at % TONES)).collect()
}

fn piece(stand: &Stand, whole: Window, tones: &BTreeMap<&str, usize>) -> Option<Piece> {
    let bar = Bar::of(stand.window, whole)?;
    let tone = stand.name.as_deref().and_then(|name| tones.get(name)).copied().unwrap_or_default();
    let slot = stand.slot.to_string();
    Some(Piece { bar, name: stand.name.clone(), tone, slot, window: stand.window })
}

fn clock(zone: Zone, whole: Window) -> Clock {
    let first = whole.start.civil(zone).date();
    let last = whole.end.civil(zone).date();
    let at = |day: Day, hour: i64| -> Instant { resolve(day.and_time(NaiveTime::MIN) + TimeDelta::hours(hour), zone) };
    let days: Vec<Day> = first.iter_days().take_while(|day| *day <= last).collect();
    let marks = days.iter().flat_map(|day| (0..24).step_by(3).map(|hour| at(*day, hour)));
    let hours = marks
        .filter(|moment| whole.contains(*moment))
        .map(|moment| Hour { x: Percent::at(moment, whole), text: moment.civil(zone).hour().to_string() });
    let work = days.iter().filter_map(|day| Bar::of(Window::new(at(*day, AT_WORK.0), at(*day, AT_WORK.1)), whole));
    let city = zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ");
    Clock { zone: zone.name(), city, hours: hours.collect(), work: work.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{Asia::Singapore, Europe::London};

    #[test]
    fn the_same_hours_stand_on_each_clock() {
        let day = "2026-12-01".parse().unwrap();
        let whole = window(day, London);
        let (here, there) = (clock(London, whole), clock(Singapore, whole));
        let hours = |clock: &Clock| clock.hours.iter().map(|hour| hour.text.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!(hours(&here), "0 3 6 9 12 15 18 21");
        assert_eq!(hours(&there), "9 12 15 18 21 0 3 6");
        // London's midnight is eight in the morning there: one hour until work begins, and nine until it ends.
        assert_eq!(
            (there.work[0].x.to_string(), there.work[0].width.to_string()),
            ("4.16%".to_owned(), "33.34%".to_owned())
        );
        assert_eq!(there.city, "Singapore");
    }

    #[test]
    fn the_day_that_changes_the_clock_has_the_hours_it_has() {
        let day: Day = "2026-10-25".parse().unwrap();
        assert_eq!(window(day, London).millis(), 25 * crate::time::HOUR);
        assert_eq!(clock(London, window(day, London)).hours[1].x.to_string(), "16.00%");
    }
}
