//! One component with its rules, dates and overrides: the recurrence set of RFC 5545 3.8.5, instance by instance.

use super::Occurrence;
use super::marks::{Mark, Marks};
use super::timing::{Length, Timing, Touch};
use crate::ical::recur::{self, Budget, Rule, RuleError, TooMany};
use crate::ical::tree::Component;
use crate::ical::value::{self, DateOrTime, PeriodEnd};
use crate::ical::zone::{TzRef, Zones};
use crate::time::{Civil, DAY, Instant, Window, Zone};
use chrono::TimeDelta;
use std::ops::{ControlFlow, Range};

/// What both the master and its overrides are read with.
#[derive(Clone, Copy)]
pub(super) struct Context<'z> {
    pub(super) zones: &'z Zones,
    pub(super) floating: Zone,
}

/// A master with all that recurs of it.
pub(super) struct Series<'t> {
    component: Component<'t>,
    pub(super) timing: Timing,
    pub(super) rules: Vec<Rule>,
    /// A rule repeats by minutes or seconds: nobody can list its instances.
    endless: bool,
    /// Starts on the master's clock; those given as periods with their own length.
    pub(super) dates: Vec<(Civil, Option<Length>)>,
    excluded: Marks,
    pub(super) overrides: Vec<Override<'t>>,
    overridden: Marks,
}

/// A component that stands for one instance, or with RANGE=THISANDFUTURE for all from that one on.
pub(super) struct Override<'t> {
    component: Component<'t>,
    /// The start of the instance it replaces, on the master's clock.
    civil: Civil,
    pub(super) timing: Timing,
    /// With THISANDFUTURE: by how much later instances move.
    shift: Option<TimeDelta>,
}

impl<'t> Series<'t> {
    /// Reads a master; nothing where it has no start.
    pub(super) fn read(master: Component<'t>, others: &[Component<'t>], with: Context) -> Option<Self> {
        let timing = Timing::read(master, with.zones, with.floating)?;
        let (mut rules, mut endless) = (Vec::new(), false);
        for property in master.all("RRULE") {
            match Rule::parse(property.value()) {
                Ok(mut rule) => {
                    rule.bind_until(|utc| timing.zone.civil(utc.and_utc().into(), with.floating));
                    rules.push(rule);
                }
                Err(RuleError::TooFrequent(_)) => endless = true,
                Err(_) => {}
            }
        }
        let exdates = master.all("EXDATE").filter_map(|p| value::dates(p).ok()).flatten();
        let excluded = exdates.map(|date| Mark::of(&date, &timing, with.zones, with.floating)).collect();
        let dates = read_dates(master, &timing, with);
        let (overrides, marks): (Vec<_>, Vec<_>) =
            others.iter().filter_map(|other| Override::read(*other, Some(&timing), with)).unzip();
        let overridden = marks.into_iter().collect();
        Some(Self { component: master, timing, rules, endless, dates, excluded, overrides, overridden })
    }

    /// Whether there may be more than one instance.
    pub(super) fn recurs(&self) -> bool {
        !(self.rules.is_empty() && self.dates.is_empty() && self.overrides.is_empty()) || self.endless
    }

    /// Calls `visit` with every instance that touches the window; not in order, and an RDATE that repeats an instance
    /// of the rule comes twice.
    pub(super) fn each<V>(
        &self,
        asked: Window,
        floating: Zone,
        budget: &mut Budget,
        visit: &mut V,
    ) -> Result<ControlFlow<()>, TooMany>
    where
        V: FnMut(Occurrence<'t>) -> ControlFlow<()>,
    {
        if self.endless {
            return Err(TooMany);
        }
        let mut answer = self.offer(self.timing.civil, None, asked, floating, visit);
        for (civil, length) in &self.dates {
            if answer.is_break() {
                return Ok(answer);
            }
            budget.spend(1)?;
            answer = self.offer(*civil, *length, asked, floating, visit);
        }
        for each in &self.overrides {
            if answer.is_break() {
                return Ok(answer);
            }
            budget.spend(1)?;
            answer = each.offer(self.timing.zone.resolve(each.civil, floating), asked, floating, visit);
        }
        if self.rules.is_empty() {
            return Ok(answer);
        }
        let starts = self.starts_that_may_touch(asked, floating);
        for rule in &self.rules {
            if answer.is_break() {
                return Ok(answer);
            }
            let series = recur::Series { rule, start: self.timing.civil, all_day: self.timing.all_day };
            let mut last = None;
            series.walk(starts.clone(), budget, |civil| {
                // Of an hourly rule two wall-clock times around a gap are the same moment.
                let start = self.timing.zone.resolve(civil, floating);
                if civil == self.timing.civil || last.replace(start) == Some(start) {
                    return ControlFlow::Continue(());
                }
                answer = self.offer(civil, None, asked, floating, visit);
                answer
            })?;
        }
        Ok(answer)
    }

    /// Visits the instance that starts at `civil`, if nothing takes its place and it touches the window.
    fn offer<V>(
        &self,
        civil: Civil,
        length: Option<Length>,
        asked: Window,
        floating: Zone,
        visit: &mut V,
    ) -> ControlFlow<()>
    where
        V: FnMut(Occurrence<'t>) -> ControlFlow<()>,
    {
        let timing = &self.timing;
        let start = timing.zone.resolve(civil, floating);
        if self.excluded.name(civil, start) || self.overridden.name(civil, start) {
            return ControlFlow::Continue(());
        }
        let moved = self.overrides.iter().filter(|o| o.shift.is_some() && o.civil <= civil).max_by_key(|o| o.civil);
        let (component, all_day, window) = if let Some((o, shift)) = moved.and_then(|o| Some((o, o.shift?))) {
            let moved = on_clock(civil, &timing.zone, &o.timing.zone, floating) + shift;
            (o.component, o.timing.all_day, o.timing.window_at(moved, floating))
        } else {
            let end = length.unwrap_or(timing.length).end(start, civil, &timing.zone, floating);
            (self.component, timing.all_day, Window::new(start, end))
        };
        if !timing.touch.touches(window, asked) {
            return ControlFlow::Continue(());
        }
        let recurs = self.recurs();
        visit(Occurrence {
            window,
            all_day,
            recurrence_id: recurs.then_some(start),
            recurrence_civil: recurs.then_some(civil),
            component,
        })
    }

    /// Where in the text the overrides begin that bear on a window.
    pub(super) fn overrides_that_matter(&self, window: Window, floating: Zone) -> impl Iterator<Item = usize> {
        let touches = move |o: &&Override<'t>| {
            let (own, replaced) =
                (o.timing.window_at(o.timing.civil, floating), self.timing.window_at(o.civil, floating));
            o.timing.touch.touches(own, window)
                || self.timing.touch.touches(replaced, window)
                || (o.shift.is_some() && replaced.start < window.end)
        };
        self.overrides.iter().filter(touches).map(|o| o.component.span().start)
    }

    /// The starts, on the master's clock, of all instances that could touch the window.
    fn starts_that_may_touch(&self, asked: Window, floating: Zone) -> Range<Civil> {
        let lengths = self.overrides.iter().map(|o| o.timing.length).chain([self.timing.length]);
        let longest = lengths.map(Length::at_most).max().unwrap_or(0);
        let shift =
            self.overrides.iter().filter_map(|o| o.shift).map(|s| s.num_milliseconds().abs()).max().unwrap_or(0);
        // A day of slack covers gaps and the ends that RFC 4791 counts in.
        let civil = |at: Instant| self.timing.zone.civil(at, floating);
        let from = asked.start.plus_millis(-longest.saturating_add(shift).saturating_add(DAY));
        civil(from)..civil(asked.end.plus_millis(shift.saturating_add(DAY)))
    }

    /// From the first to the last moment of any instance; what never ends, or is too long to count, ends in
    /// [`Instant::FAR_FUTURE`].
    pub(super) fn extent(&self, floating: Zone) -> Window {
        let mut extent = self.timing.window_at(self.timing.civil, floating);
        let mut add = |window: Window| {
            extent.start = extent.start.min(window.start);
            extent.end = extent.end.max(window.end);
        };
        for (civil, length) in &self.dates {
            let start = self.timing.zone.resolve(*civil, floating);
            let end = length.unwrap_or(self.timing.length).end(start, *civil, &self.timing.zone, floating);
            add(Window::new(start, end));
        }
        for each in &self.overrides {
            add(each.timing.window_at(each.timing.civil, floating));
        }
        let mut last = extent.end;
        for rule in &self.rules {
            last = last.max(self.last_end(rule, floating));
        }
        if self.endless {
            last = Instant::FAR_FUTURE;
        }
        let shift = self.overrides.iter().filter_map(|o| o.shift).map(|s| s.num_milliseconds()).min().unwrap_or(0);
        Window::new(extent.start.plus_millis(shift.min(0)), last)
    }

    fn last_end(&self, rule: &Rule, floating: Zone) -> Instant {
        let last = match (rule.last_allowed(self.timing.all_day), rule.count()) {
            (Some(until), _) => Some(until.max(self.timing.civil)),
            (None, None) => return Instant::FAR_FUTURE,
            (None, Some(_)) => {
                let series = recur::Series { rule, start: self.timing.civil, all_day: self.timing.all_day };
                match series.last(&mut Budget::default()) {
                    Ok(last) => last,
                    Err(TooMany) => return Instant::FAR_FUTURE,
                }
            }
        };
        let Some(last) = last else { return self.timing.window_at(self.timing.civil, floating).end };
        let longest = self.overrides.iter().filter(|o| o.shift.is_some()).map(|o| {
            let shift = o.shift.map_or(0, |s| s.num_milliseconds().max(0));
            o.timing.length.at_most().saturating_add(shift)
        });
        let window = self.timing.window_at(last, floating);
        window.end.max(window.start.plus_millis(longest.max().unwrap_or(0)))
    }
}

impl<'t> Override<'t> {
    /// Reads a component with a RECURRENCE-ID, and the mark of the instance whose place it takes. `master` is missing
    /// where only single instances were stored, as for somebody invited to one of a series.
    pub(super) fn read(component: Component<'t>, master: Option<&Timing>, with: Context) -> Option<(Self, Mark)> {
        let property = component.property("RECURRENCE-ID")?;
        let id = value::date_or_time(property).ok()?;
        let own = Timing::read(component, with.zones, with.floating);
        let length = master.map_or(Length::NONE, |m| m.length);
        let touch = master.map_or(Touch::Span, |m| m.touch);
        let timing = own.unwrap_or_else(|| Timing::at(&id, length, touch, with.zones, with.floating));
        let named = Timing::at(&id, Length::NONE, touch, with.zones, with.floating);
        let series = master.unwrap_or(&named);
        let mark = Mark::of(&id, series, with.zones, with.floating);
        let civil = match mark {
            Mark::Day(day) => day.and_time(series.civil.time()),
            Mark::At(at) => series.zone.civil(at, with.floating),
        };
        let ranged = property.param("RANGE").is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"));
        let shift = ranged.then(|| timing.civil - on_clock(civil, &series.zone, &timing.zone, with.floating));
        Some((Self { component, civil, timing, shift }, mark))
    }

    /// Visits this instance if it touches the window; `id` is the moment of the one it replaces.
    pub(super) fn offer<V>(&self, id: Instant, asked: Window, floating: Zone, visit: &mut V) -> ControlFlow<()>
    where
        V: FnMut(Occurrence<'t>) -> ControlFlow<()>,
    {
        let window = self.timing.window_at(self.timing.civil, floating);
        if !self.timing.touch.touches(window, asked) {
            return ControlFlow::Continue(());
        }
        visit(Occurrence {
            window,
            all_day: self.timing.all_day,
            recurrence_id: Some(id),
            recurrence_civil: Some(self.civil),
            component: self.component,
        })
    }

    /// The moment of the instance it replaces, where no master says otherwise.
    pub(super) fn id(&self, with: Context) -> Option<Instant> {
        let id = value::date_or_time(self.component.property("RECURRENCE-ID")?).ok()?;
        Some(with.zones.resolve(&id, with.floating))
    }
}

/// What the clock of another zone shows at the moment that `civil` is in `zone`.
fn on_clock(civil: Civil, zone: &TzRef, other: &TzRef, floating: Zone) -> Civil {
    if zone == other { civil } else { other.civil(zone.resolve(civil, floating), floating) }
}

/// RDATE, as starts on the master's clock.
fn read_dates(master: Component<'_>, timing: &Timing, with: Context) -> Vec<(Civil, Option<Length>)> {
    let civil = |date: &DateOrTime| match Mark::of(date, timing, with.zones, with.floating) {
        Mark::Day(day) => day.and_time(timing.civil.time()),
        Mark::At(at) => timing.zone.civil(at, with.floating),
    };
    let mut dates = Vec::new();
    for property in master.all("RDATE") {
        if !value::is_periods(property) {
            dates.extend(value::dates(property).unwrap_or_default().iter().map(|date| (civil(date), None)));
            continue;
        }
        for period in value::periods(property).unwrap_or_default() {
            let length = match &period.end {
                PeriodEnd::For(duration) => Length::Nominal(*duration),
                PeriodEnd::At(end) => {
                    let start = with.zones.resolve(&period.start, with.floating);
                    Length::Exact(with.zones.resolve(end, with.floating).millis() - start.millis())
                }
            };
            dates.push((civil(&period.start), Some(length)));
        }
    }
    dates
}
