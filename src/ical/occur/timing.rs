//! When one component happens: its start, how its end follows from a start, and by which rule of RFC 4791 9.9 it touches
//! a window.

use crate::ical::tree::Component;
use crate::ical::value::{self, DateOrTime, Duration};
use crate::ical::zone::{TzRef, Zones};
use crate::time::{Civil, DAY, Instant, Window, Zone};
use chrono::TimeDelta;

/// The rows of the tables in RFC 4791 9.9, by what they compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touch {
    /// Half open; without length, its start must lie inside. VEVENT and VJOURNAL.
    Span,
    /// VTODO with DTSTART and DURATION.
    TodoDuration,
    /// VTODO with DTSTART and DUE.
    TodoDue,
    /// VTODO with DUE alone.
    DueAlone,
    /// VTODO without DTSTART and DUE, by COMPLETED and CREATED: closed at both ends.
    Closed,
    /// VFREEBUSY with DTSTART and DTEND.
    FreeBusy,
}

impl Touch {
    /// Whether an instance at `at` touches the window asked for.
    pub(super) fn touches(self, at: Window, asked: Window) -> bool {
        let (from, to) = (asked.start, asked.end);
        match self {
            Self::Span if at.start >= at.end => from <= at.start && to > at.start,
            Self::Span => from < at.end && to > at.start,
            Self::TodoDuration => from <= at.end && (to > at.start || to >= at.end),
            Self::TodoDue => (from < at.end || from <= at.start) && (to > at.start || to >= at.end),
            Self::DueAlone => from < at.end && to >= at.end,
            Self::Closed => from <= at.end && to >= at.start,
            Self::FreeBusy => from <= at.end && to > at.start,
        }
    }
}

/// How the end of an instance follows from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// DTEND or DUE: the same exact duration for all instances, in milliseconds (RFC 5545 3.8.5.3).
    Exact(i64),
    /// DURATION, and the whole days of an all-day event: days follow the wall clock.
    Nominal(Duration),
}

impl Length {
    pub(super) const NONE: Self = Self::Exact(0);
    const ONE_DAY: Self = Self::Nominal(Duration { days: 1, seconds: 0 });

    /// Never before the start: an end before its start is read as no length.
    pub(super) fn end(self, start: Instant, civil: Civil, zone: &TzRef, floating: Zone) -> Instant {
        let end = match self {
            Self::Exact(millis) => start.plus_millis(millis),
            Self::Nominal(Duration { days: 0, seconds }) => start.plus_millis(seconds * 1_000),
            Self::Nominal(Duration { days, seconds }) => civil
                .checked_add_signed(TimeDelta::days(days))
                .map_or(start, |at| zone.resolve(at, floating))
                .plus_millis(seconds * 1_000),
        };
        end.max(start)
    }

    /// No instance is longer than this, in milliseconds.
    pub(super) fn at_most(self) -> i64 {
        match self {
            Self::Exact(millis) => millis.max(0),
            Self::Nominal(Duration { days, seconds }) => (days * DAY + seconds * 1_000).max(0) + DAY,
        }
    }
}

/// When a component happens.
#[derive(Clone, Debug)]
pub(super) struct Timing {
    /// The zone that its wall clock is in; the floating zone for dates and floating times.
    pub(super) zone: TzRef,
    /// Its start on that clock.
    pub(super) civil: Civil,
    pub(super) all_day: bool,
    /// Its moment depends on who looks: a DATE or a floating time.
    pub(super) floats: bool,
    pub(super) length: Length,
    pub(super) touch: Touch,
}

impl Timing {
    /// The timing of a component that has a start, or in a VTODO a DUE; nothing where it has none or it can't be read.
    pub(super) fn read(component: Component<'_>, zones: &Zones, floating: Zone) -> Option<Self> {
        let time = |name: &str| component.property(name).and_then(|p| value::date_or_time(p).ok());
        let todo = component.is("VTODO");
        let end = time(if todo { "DUE" } else { "DTEND" });
        let Some(start) = time("DTSTART") else {
            let due = end.filter(|_| todo)?;
            return Some(Self::at(&due, Length::NONE, Touch::DueAlone, zones, floating));
        };
        let duration = component.property("DURATION").and_then(|p| value::duration(p.value()).ok());
        let touch = match (todo, &end, duration) {
            (true, Some(_), _) => Touch::TodoDue,
            (true, None, Some(_)) => Touch::TodoDuration,
            _ if component.is("VFREEBUSY") => Touch::FreeBusy,
            _ => Touch::Span,
        };
        let length = match (&end, duration) {
            _ if component.is("VJOURNAL") => None,
            (Some(end), _) => Some(between(&start, end, zones, floating)),
            (None, Some(duration)) => Some(Length::Nominal(duration)),
            (None, None) => None,
        };
        // Without an end an all-day event lasts its day; a to-do has no length.
        let implied = if start.is_date() && !todo { Length::ONE_DAY } else { Length::NONE };
        Some(Self::at(&start, length.unwrap_or(implied), touch, zones, floating))
    }

    /// An override without DTSTART happens where it would have happened anyway.
    pub(super) fn at(start: &DateOrTime, length: Length, touch: Touch, zones: &Zones, floating: Zone) -> Self {
        Self {
            zone: zones.zone_of(start, floating),
            civil: start.civil(),
            all_day: start.is_date(),
            floats: matches!(start, DateOrTime::Date(_) | DateOrTime::Floating(_)),
            length,
            touch,
        }
    }

    /// The instance that starts at a wall-clock time.
    pub(super) fn window_at(&self, civil: Civil, floating: Zone) -> Window {
        let start = self.zone.resolve(civil, floating);
        Window::new(start, self.length.end(start, civil, &self.zone, floating))
    }
}

fn between(start: &DateOrTime, end: &DateOrTime, zones: &Zones, floating: Zone) -> Length {
    if let (DateOrTime::Date(first), DateOrTime::Date(last)) = (start, end) {
        // Some programs end an all-day event on the day it begins.
        let days = (*last - *first).num_days();
        return Length::Nominal(Duration { days: days.max(1), seconds: 0 });
    }
    let millis = zones.resolve(end, floating).millis() - zones.resolve(start, floating).millis();
    Length::Exact(millis.max(0))
}
