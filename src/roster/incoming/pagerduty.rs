//! PagerDuty: `GET /schedules/{id}` of the REST API v2, alone or in a list with `GET /users` (for the addresses) and
//! `GET /schedules/{id}/overrides`. With `since` and `until` it holds the final schedule counted out; without, its layers.

use super::json::{Node, Source, who};
use super::layers::Span;
use super::rotation::{Hours, Rotation};
use super::{Duty, Incoming, Reading, Who, Wrong, counted_out};
use crate::time::{Instant, Window, Zone};
use chrono::{NaiveTime, TimeDelta, Timelike, Weekday};
use serde_json::Value;

/// A turn may last a year.
const YEAR: i64 = 366 * 86_400;

/// Reads the answers.
pub(super) fn read(text: &str, reading: &Reading) -> Result<Incoming, Wrong> {
    let (source, documents) = Source::documents(text)?;
    let mut reader = Reader { source, incoming: Incoming::default(), users: Vec::new(), overrides: Vec::new() };
    let nodes: Vec<Node> = documents.iter().map(|value| Node::root(value, "")).collect();
    for node in &nodes {
        reader.users.extend(node.list("users")?);
    }
    let mut schedules = 0;
    for (number, node) in nodes.iter().enumerate() {
        if let Some(schedule) = node.member("schedule").or_else(|| bare(node, documents.get(number))) {
            schedules += 1;
            reader.schedule(number, &schedule, reading)?;
        }
    }
    if schedules == 0 {
        let problem = "holds no schedule; export it with GET /schedules/{id}?since=…&until=…";
        return Err(Wrong::new("the file", problem));
    }
    for node in &nodes {
        for entry in node.list("overrides")? {
            let span = reader.span(0, &entry, reading.zone, i64::MAX)?;
            reader.overrides.extend(span);
        }
    }
    let Reader { mut incoming, overrides, .. } = reader;
    if incoming.duties.is_empty() {
        counted_out(&mut incoming, overrides, reading)?;
    }
    Ok(incoming)
}

/// A schedule that stands in the file without the member that wraps it.
fn bare<'v>(node: &Node<'v>, value: Option<&'v Value>) -> Option<Node<'v>> {
    value.filter(|value| value.get("schedule_layers").is_some()).map(|_| node.clone())
}

struct Reader<'t, 'v> {
    source: Source<'t>,
    incoming: Incoming,
    users: Vec<Node<'v>>,
    overrides: Vec<Span>,
}

impl<'v> Reader<'_, 'v> {
    fn schedule(&mut self, group: usize, schedule: &Node<'v>, reading: &Reading) -> Result<(), Wrong> {
        let zone = schedule.zone("time_zone")?.unwrap_or(reading.zone);
        let layers = schedule.list("schedule_layers")?;
        let count = layers.len();
        // the first in the list stands above those after it
        for (layer, level) in layers.iter().zip((0..count).rev()) {
            if let Some(rotation) = self.layer(layer, zone, (group, level))? {
                self.incoming.rotations.push(rotation);
            }
        }
        let rendered =
            |of: &str| schedule.member(of).map_or(Ok(Vec::new()), |part| part.list("rendered_schedule_entries"));
        for entry in rendered("final_schedule")? {
            if let Some(span) = self.span(group, &entry, zone, 0)? {
                let Span { window, who, zone, line, .. } = span;
                self.incoming.duties.push(Duty { window, who, roles: Vec::new(), zone, line });
            }
        }
        for entry in rendered("overrides_subschedule")? {
            let span = self.span(group, &entry, zone, i64::MAX)?;
            self.overrides.extend(span);
        }
        Ok(())
    }

    /// A person by reference: what the list of users says of them, else the reference's own summary.
    fn user(&mut self, reference: &Node<'v>) -> Result<usize, Wrong> {
        let id = reference.text("id")?;
        let known = self.users.iter().find(|user| user.some_text("id") == Some(id)).cloned();
        let mut texts = vec![reference.some_text("name"), reference.some_text("summary"), reference.some_text("email")];
        texts.extend(
            known.iter().flat_map(|user| [user.some_text("name"), user.some_text("summary"), user.some_text("email")]),
        );
        texts.push(Some(id));
        let somebody: Who = who(&texts, self.source.line(id));
        Ok(self.incoming.person(id, somebody))
    }

    /// A rendered entry, or an override; entries of nobody are none.
    fn span(&mut self, group: usize, entry: &Node<'v>, zone: Zone, level: i64) -> Result<Option<Span>, Wrong> {
        let window = Window::new(entry.instant("start")?, entry.instant("end")?);
        let Some(user) = entry.member("user") else { return Ok(None) };
        let who = self.user(&user)?;
        let line = entry.some_text("id").map_or_else(|| self.line_of(who), |id| self.source.line(id));
        Ok(Some(Span { group, level, window, who, zone, line }))
    }

    fn line_of(&self, who: usize) -> usize {
        self.incoming.people.get(who).map_or(1, |who| who.line)
    }

    fn layer(
        &mut self,
        layer: &Node<'v>,
        zone: Zone,
        (group, level): (usize, usize),
    ) -> Result<Option<Rotation>, Wrong> {
        let mut sets = Vec::new();
        for member in layer.list("users")? {
            let user = member.member("user").unwrap_or(member);
            sets.push(vec![self.user(&user)?]);
        }
        let (start, end) = (layer.instant("start")?, layer.some_instant("end")?);
        let (Some(end), false) = (end.or(Some(Instant::FAR_FUTURE)).filter(|end| start < *end), sets.is_empty()) else {
            return Ok(None);
        };
        let hours = layer.list("restrictions")?.iter().map(restriction).collect::<Result<_, _>>()?;
        let name = layer.some_text("name").unwrap_or("layer");
        Ok(Some(Rotation {
            name: name.to_owned(),
            line: self.source.line(layer.some_text("id").unwrap_or(name)),
            group,
            level: i64::try_from(level).unwrap_or(0),
            zone,
            anchor: layer.instant("rotation_virtual_start")?.civil(zone),
            turn: TimeDelta::seconds(layer.number("rotation_turn_length_seconds", (3_600, YEAR), None)?),
            sets,
            hours,
            bounds: Window::new(start, end),
        }))
    }
}

/// A restriction to hours of every day, or of one day of the week (1 is Monday).
fn restriction(node: &Node) -> Result<Hours, Wrong> {
    let text = node.text("start_time_of_day")?;
    let time: Option<NaiveTime> = text.parse().ok();
    let time =
        time.ok_or_else(|| node.wrong(format!("start_time_of_day \"{text}\" is not a time such as 09:00:00")))?;
    let at = i64::from(time.num_seconds_from_midnight());
    match node.text("type")? {
        "daily_restriction" => Ok(Hours::Daily { at, length: node.number("duration_seconds", (1, 86_400), None)? }),
        "weekly_restriction" => {
            let length = node.number("duration_seconds", (1, 7 * 86_400), None)?;
            let number = node.number("start_day_of_week", (1, 7), None)?;
            let day = u8::try_from(number - 1).ok().and_then(|number| Weekday::try_from(number).ok());
            Ok(Hours::Weekly { day: day.unwrap_or(Weekday::Mon), at, length })
        }
        other => {
            Err(node.wrong(format!("type \"{other}\" is unknown; daily_restriction and weekly_restriction are read")))
        }
    }
}
