//! Grafana OnCall: `GET /api/v1/schedules/{id}/final_shifts`, or the schedule with `GET /api/v1/on_call_shifts/`, in a list
//! with `GET /api/v1/users/` for the addresses. The final shifts are counted out; shifts of the schedule are rules.

use super::json::{Node, Source, who};
use super::layers::Span;
use super::rotation::{Hours, Rotation};
use super::{Duty, Incoming, Reading, Wrong, counted_out};
use crate::time::{Civil, Instant, Window, Zone, resolve};
use chrono::{Datelike, NaiveTime, TimeDelta, Weekday};

/// A shift may last as long as it does between handovers of a year.
const YEAR: i64 = 366 * 86_400;

/// Reads the answers.
pub(super) fn read(text: &str, reading: &Reading) -> Result<Incoming, Wrong> {
    let (source, documents) = Source::documents(text)?;
    let mut parts = Vec::new();
    for value in &documents {
        let root = Node::root(value, "");
        match root.member("results") {
            Some(results) => parts.extend(results.items()?),
            None => parts.push(root),
        }
    }
    let is_rule = |part: &&Node| part.member("start").is_some() && part.member("type").is_some();
    let is_schedule = |part: &&Node| part.member("shifts").is_some() || part.some_text("type") == Some("web");
    let schedule = parts.iter().find(is_schedule).cloned();
    let zone = schedule.as_ref().map_or(Ok(None), |schedule| schedule.zone("time_zone"))?.unwrap_or(reading.zone);
    let users = parts.iter().filter(|part| part.member("email").is_some() && part.member("username").is_some());
    let mut reader = Reader { source, incoming: Incoming::default(), users: users.cloned().collect(), zone };
    let mut final_shifts = false;
    for shift in parts.iter().filter(|part| part.member("shift_start").is_some()) {
        final_shifts = true;
        reader.final_shift(shift)?;
    }
    let (mut overrides, mut rules) = (Vec::new(), 0);
    for rule in parts.iter().filter(is_rule) {
        rules += 1;
        overrides.extend(reader.rule(rule)?);
    }
    if !final_shifts && rules == 0 {
        let problem =
            "holds no shifts; export them with GET /api/v1/schedules/{id}/final_shifts or /api/v1/on_call_shifts/";
        return Err(Wrong::new("the file", problem));
    }
    let mut incoming = reader.incoming;
    if !final_shifts {
        counted_out(&mut incoming, overrides, reading)?;
    }
    Ok(incoming)
}

struct Reader<'t, 'v> {
    source: Source<'t>,
    incoming: Incoming,
    users: Vec<Node<'v>>,
    zone: Zone,
}

impl<'v> Reader<'_, 'v> {
    fn user(&mut self, id: &'v str) -> usize {
        let known = self.users.iter().find(|user| user.some_text("id") == Some(id)).cloned();
        let mut texts: Vec<Option<&str>> = known
            .iter()
            .flat_map(|user| [user.some_text("email"), user.some_text("username"), user.some_text("name")])
            .collect();
        texts.push(Some(id));
        let somebody = who(&texts, self.source.line(id));
        self.incoming.person(id, somebody)
    }

    fn final_shift(&mut self, shift: &Node<'v>) -> Result<(), Wrong> {
        let window = Window::new(shift.instant("shift_start")?, shift.instant("shift_end")?);
        let (id, email, name) =
            (shift.some_text("user_pk"), shift.some_text("user_email"), shift.some_text("user_username"));
        let key =
            id.or(email).or(name).ok_or_else(|| shift.wrong("names nobody: user_pk and user_email are missing"))?;
        let line = self.source.line(key);
        let who = self.incoming.person(key, who(&[email, name, id], line));
        self.incoming.duties.push(Duty { window, who, roles: Vec::new(), zone: self.zone, line });
        Ok(())
    }

    fn set(&mut self, list: &Node<'v>) -> Result<Vec<usize>, Wrong> {
        list.items()?.iter().map(|user| Ok(self.user(user.itself()?))).collect()
    }

    /// A rule of the schedule: an override gives spans, everything else a rotation.
    fn rule(&mut self, node: &Node<'v>) -> Result<Vec<Span>, Wrong> {
        let zone = node.zone("time_zone")?.unwrap_or(self.zone);
        let start = node.civil("start")?;
        let length = node.number("duration", (1, YEAR), None)?;
        let name = node.some_text("name").unwrap_or("shift");
        let line = self.source.line(node.some_text("id").unwrap_or(name));
        let users = node.member("users").map_or(Ok(Vec::new()), |list| self.set(&list))?;
        let once = Window::new(resolve(start, zone), resolve(start + TimeDelta::seconds(length), zone));
        let sort = node.text("type")?;
        let level = node.number("level", (0, 1_000), Some(0))?;
        let sets = match sort {
            "override" => {
                let span = |who| Span { group: 0, level: i64::MAX, window: once, who, zone, line };
                return Ok(users.into_iter().map(span).collect());
            }
            "single_event" => {
                let span = |who| Span { group: 0, level, window: once, who, zone, line };
                return Ok(users.into_iter().map(span).collect());
            }
            "recurrent_event" => vec![users],
            "rolling_users" => {
                let lists = node.list("rolling_users")?;
                let mut sets = lists.iter().map(|list| self.set(list)).collect::<Result<Vec<_>, _>>()?;
                let first = node.number("start_rotation_from_user_index", (0, 10_000), Some(0))?;
                let count = sets.len().max(1);
                sets.rotate_left(usize::try_from(first).unwrap_or(0) % count);
                sets
            }
            other => return Err(node.wrong(format!("type \"{other}\" is unknown"))),
        };
        if sets.iter().all(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let until = node.member("until").map(|_| node.civil("until")).transpose()?;
        let bounds = Window::new(once.start, until.map_or(Instant::FAR_FUTURE, |until| resolve(until, zone)));
        let (anchor, turn, hours) = recurrence(node, start, length)?;
        let name = name.to_owned();
        self.incoming.rotations.push(Rotation { name, line, group: 0, level, zone, anchor, turn, sets, hours, bounds });
        Ok(Vec::new())
    }
}

/// When turns begin, how long they are, and the events in each.
fn recurrence(node: &Node, start: Civil, length: i64) -> Result<(Civil, TimeDelta, Vec<Hours>), Wrong> {
    for unread in ["by_month", "by_monthday"] {
        if node.member(unread).is_some_and(|list| list.items().is_ok_and(|items| !items.is_empty())) {
            return Err(node.wrong(format!("{unread} is not read; export the final shifts")));
        }
    }
    let interval = node.number("interval", (1, 1_000), Some(1))?;
    let mut days = Vec::new();
    for day in node.list("by_day")? {
        days.push(weekday(&day, day.itself()?)?);
    }
    let midnight = start.date().and_time(NaiveTime::MIN);
    let at = (start - midnight).num_seconds();
    let once = |after: i64| Hours::Once { after, length };
    match (node.text("frequency")?, days.is_empty()) {
        ("hourly", true) => Ok((start, TimeDelta::hours(interval), vec![once(0)])),
        ("daily", true) => Ok((start, TimeDelta::days(interval.min(366)), vec![once(0)])),
        ("weekly", true) => Ok((start, TimeDelta::weeks(interval.min(52)), vec![once(0)])),
        ("weekly", false) => {
            let first = node.some_text("week_start").map_or(Ok(Weekday::Sun), |name| weekday(node, name))?;
            let from_first = |day: Weekday| i64::from(day.days_since(first));
            let monday = midnight - TimeDelta::days(from_first(start.weekday()));
            let events = days.iter().map(|day| once(from_first(*day) * 86_400 + at)).collect();
            Ok((monday, TimeDelta::weeks(interval.min(52)), events))
        }
        (other, by_day) => {
            let with = if by_day { "" } else { " with by_day" };
            Err(node.wrong(format!("frequency \"{other}\"{with} is not read; export the final shifts")))
        }
    }
}

fn weekday(node: &Node, name: &str) -> Result<Weekday, Wrong> {
    let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let number = names.iter().position(|known| known.eq_ignore_ascii_case(name)).and_then(|at| u8::try_from(at).ok());
    let day = number.and_then(|number| Weekday::try_from(number).ok());
    day.ok_or_else(|| node.wrong(format!("\"{name}\" is not a day such as MO")))
}
