//! Opsgenie: `GET /v2/schedules/{id}` (with its rotations), `…/timeline`, `…/overrides` and `GET /v2/users`, alone or in a
//! list. The timeline holds the shifts counted out; rotations stand beside each other, an override in the place of those
//! that it names.

use super::json::{Node, Source, who};
use super::layers::Span;
use super::rotation::{Hours, Rotation};
use super::{Duty, Incoming, Reading, Wrong, counted_out};
use crate::time::{Instant, Window, Zone};
use chrono::{TimeDelta, Weekday};

/// Reads the answers.
pub(super) fn read(text: &str, reading: &Reading) -> Result<Incoming, Wrong> {
    let (source, documents) = Source::documents(text)?;
    let mut reader =
        Reader { source, incoming: Incoming::default(), users: Vec::new(), ids: Vec::new(), zone: reading.zone };
    let mut parts = Vec::new();
    for value in &documents {
        let root = Node::root(value, "");
        let data = root.member("data").unwrap_or(root);
        match data.items() {
            Ok(several) => parts.extend(several),
            Err(_) => parts.push(data),
        }
    }
    reader.users.extend(parts.iter().filter(|part| part.some_text("fullName").is_some()).cloned());
    let schedules: Vec<_> =
        parts.iter().filter(|part| part.member("rotations").is_some() && part.member("user").is_none()).collect();
    if let Some(zone) = schedules.iter().find_map(|schedule| schedule.zone("timezone").transpose()) {
        reader.zone = zone?;
    }
    for schedule in schedules {
        let zone = schedule.zone("timezone")?.unwrap_or(reader.zone);
        for rotation in schedule.list("rotations")? {
            reader.rotation(&rotation, zone)?;
        }
    }
    let timelines: Vec<_> = parts.iter().filter_map(|part| part.member("finalTimeline")).collect();
    for timeline in &timelines {
        for rotation in timeline.list("rotations")? {
            reader.periods(&rotation)?;
        }
    }
    let mut overrides = Vec::new();
    for part in parts.iter().filter(|part| part.member("user").is_some() && part.member("startDate").is_some()) {
        overrides.extend(reader.standing_in(part)?);
    }
    let mut incoming = reader.incoming;
    if timelines.is_empty() && incoming.rotations.is_empty() {
        let problem = "holds no schedule; export it with GET /v2/schedules/{id} and …/timeline";
        return Err(Wrong::new("the file", problem));
    }
    if timelines.is_empty() {
        counted_out(&mut incoming, overrides, reading)?;
    }
    Ok(incoming)
}

struct Reader<'t, 'v> {
    source: Source<'t>,
    incoming: Incoming,
    users: Vec<Node<'v>>,
    /// Ids of rotations, by group.
    ids: Vec<String>,
    zone: Zone,
}

impl<'v> Reader<'_, 'v> {
    /// Somebody who takes part; nobody where the place is kept empty. What is not a person can't be read.
    fn participant(&mut self, node: &Node<'v>) -> Result<Option<usize>, Wrong> {
        match node.some_text("type").unwrap_or("user") {
            "user" => {}
            "none" | "noone" => return Ok(None),
            other => {
                let problem = format!("is a {other}; export the timeline too, which names the people behind it");
                return Err(node.wrong(problem));
            }
        }
        let (id, name) = (node.some_text("id"), node.some_text("username").or_else(|| node.some_text("name")));
        let key = id.or(name).ok_or_else(|| node.wrong("names nobody: id and username are missing"))?;
        let known = self.users.iter().find(|user| id.is_some() && user.some_text("id") == id).cloned();
        let mut texts: Vec<Option<&str>> =
            known.iter().flat_map(|user| [user.some_text("fullName"), user.some_text("username")]).collect();
        texts.extend([name, id]);
        let somebody = who(&texts, self.source.line(key));
        Ok(Some(self.incoming.person(key, somebody)))
    }

    fn rotation(&mut self, node: &Node<'v>, zone: Zone) -> Result<(), Wrong> {
        if node.is_false("enabled") {
            return Ok(());
        }
        let mut sets = Vec::new();
        for participant in node.list("participants")? {
            sets.push(self.participant(&participant)?.into_iter().collect());
        }
        let name = node.some_text("name").unwrap_or("rotation");
        let id = node.some_text("id").unwrap_or(name);
        self.ids.push(id.to_owned());
        let start = node.instant("startDate")?;
        let end = node.some_instant("endDate")?.unwrap_or(Instant::FAR_FUTURE);
        let length = node.number("length", (1, 8_784), Some(1))?;
        let turn = match node.text("type")? {
            "hourly" => TimeDelta::hours(length),
            "daily" => TimeDelta::days(length.min(366)),
            "weekly" => TimeDelta::weeks(length.min(52)),
            other => return Err(node.wrong(format!("type \"{other}\" is unknown; hourly, daily and weekly are read"))),
        };
        let hours = node.member("timeRestriction").map_or(Ok(Vec::new()), |limit| restrictions(&limit))?;
        if sets.is_empty() || end <= start {
            return Ok(());
        }
        self.incoming.rotations.push(Rotation {
            name: name.to_owned(),
            line: self.source.line(id),
            group: self.ids.len() - 1,
            level: 0,
            zone,
            anchor: start.civil(zone),
            turn,
            sets,
            hours,
            bounds: Window::new(start, end),
        });
        Ok(())
    }

    /// The shifts of one rotation of a timeline.
    fn periods(&mut self, rotation: &Node<'v>) -> Result<(), Wrong> {
        for period in rotation.list("periods")? {
            let window = Window::new(period.instant("startDate")?, period.instant("endDate")?);
            let mut people = period.list("flattenedRecipients")?;
            if people.is_empty() {
                people.extend(period.member("recipient"));
            }
            for person in people {
                let Some(who) = self.participant(&person)? else { continue };
                let line = self.incoming.people.get(who).map_or(1, |who| who.line);
                self.incoming.duties.push(Duty { window, who, roles: Vec::new(), zone: self.zone, line });
            }
        }
        Ok(())
    }

    /// An override: in the place of the rotations that it names, or of all of them.
    fn standing_in(&mut self, node: &Node<'v>) -> Result<Vec<Span>, Wrong> {
        let window = Window::new(node.instant("startDate")?, node.instant("endDate")?);
        let Some(user) = node.member("user") else { return Ok(Vec::new()) };
        let Some(who) = self.participant(&user)? else { return Ok(Vec::new()) };
        let named = node.list("rotations")?;
        let ids: Vec<_> = named.iter().filter_map(|rotation| rotation.some_text("id")).collect();
        let groups = self.ids.iter().enumerate().filter(|(_, id)| ids.is_empty() || ids.contains(&id.as_str()));
        let line = node.some_text("alias").map_or(1, |alias| self.source.line(alias));
        let zone = self.zone;
        Ok(groups.map(|(group, _)| Span { group, level: 1, window, who, zone, line }).collect())
    }
}

/// Hours of each day (`time-of-day`), or spans of the week (`weekday-and-time-of-day`).
fn restrictions(limit: &Node) -> Result<Vec<Hours>, Wrong> {
    let mut listed = limit.list("restrictions")?;
    if listed.is_empty() {
        listed.extend(limit.member("restriction"));
    }
    let weekly = match limit.text("type")? {
        "time-of-day" => false,
        "weekday-and-time-of-day" => true,
        other => return Err(limit.wrong(format!("type \"{other}\" is unknown"))),
    };
    listed
        .iter()
        .map(|node| {
            let time = |hour: &str, minute: &str| -> Result<i64, Wrong> {
                Ok(node.number(hour, (0, 24), Some(0))? * 3_600 + node.number(minute, (0, 59), Some(0))? * 60)
            };
            let (from, to) = (time("startHour", "startMin")?, time("endHour", "endMin")?);
            if !weekly {
                let length = (to - from).rem_euclid(86_400);
                return Ok(Hours::Daily { at: from, length: if length == 0 { 86_400 } else { length } });
            }
            let (first, last) = (weekday(node, "startDay")?, weekday(node, "endDay")?);
            let days = i64::from(last.num_days_from_monday()) - i64::from(first.num_days_from_monday());
            let length = (days * 86_400 + to - from).rem_euclid(7 * 86_400);
            Ok(Hours::Weekly { day: first, at: from, length: if length == 0 { 7 * 86_400 } else { length } })
        })
        .collect()
}

fn weekday(node: &Node, key: &str) -> Result<Weekday, Wrong> {
    let name = node.text(key)?;
    name.parse().map_err(|_| node.wrong(format!("{key} \"{name}\" is not a day of the week")))
}
