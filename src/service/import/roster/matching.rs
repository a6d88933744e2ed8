//! Who the people of a file are here: by mail address, then as a file of the caller's says, then by full name where only
//! one person has it.

use super::Stranger;
use crate::ids::PersonId;
use crate::roster::incoming::{Incoming, Who};
use crate::roster::model::{Person, Team};
use crate::service::{Ctx, ServiceError};
use crate::store::{Connection, people, teams};
use csv::{ReaderBuilder, Trim};
use std::collections::{BTreeMap, BTreeSet};

/// Who is who.
pub(super) struct Matched {
    /// By place in the file's people; nothing where that is nobody.
    pub people: Vec<Option<PersonId>>,
    /// Those who are nobody.
    pub strangers: Vec<Stranger>,
}

/// Finds everybody who has a duty in the file.
pub(super) fn people(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &Team,
    map: Option<&[u8]>,
    incoming: &Incoming,
) -> Result<Matched, ServiceError> {
    let all = people::all(tx)?;
    let map = map.map_or(Ok(BTreeMap::new()), |csv| read(csv, &all))?;
    let members: BTreeSet<PersonId> =
        teams::memberships_of_team(tx, &team.id)?.into_iter().filter(|m| m.member).map(|m| m.person).collect();
    let mut matched = Matched { people: vec![None; incoming.people.len()], strangers: Vec::new() };
    for (at, who) in incoming.people.iter().enumerate() {
        let duties = || incoming.duties.iter().filter(|duty| duty.who == at);
        if duties().next().is_none() {
            continue;
        }
        let still = duties().any(|duty| duty.window.end > ctx.now);
        let found = find(who, &all, &map).and_then(|person| belongs(person, team, &members, still));
        match found {
            Ok(person) => {
                if let Some(place) = matched.people.get_mut(at) {
                    *place = Some(person.id.clone());
                }
            }
            Err(why) => {
                let (line, shifts) = (who.line, duties().count());
                matched.strangers.push(Stranger { line, who: who.to_string(), shifts, why });
            }
        }
    }
    matched.strangers.sort_by_key(|stranger| stranger.line);
    Ok(matched)
}

fn find<'p>(who: &Who, all: &'p [Person], map: &BTreeMap<String, &'p Person>) -> Result<&'p Person, String> {
    let by_address = all.iter().find(|person| who.emails.contains(&person.email));
    let mut spelled = who.emails.iter().chain(&who.names);
    if let Some(person) = by_address.or_else(|| spelled.find_map(|text| map.get(&key(text)).copied())) {
        return Ok(person);
    }
    let named = |person: &&Person| who.names.iter().any(|name| key(name) == key(&person.name));
    let mut found = all.iter().filter(named);
    match (found.next(), found.next()) {
        (Some(person), None) => Ok(person),
        (Some(_), Some(_)) => Err("several people here have that name; say which one with --map".to_owned()),
        _ => {
            Err("nobody here has that address or name; add them with dogwatch user add or dogwatch import people, or \
                  say who it is with --map"
                .to_owned())
        }
    }
}

/// Whether somebody may stand for the team at all; whoever only stood may have left since.
fn belongs<'p>(
    person: &'p Person,
    team: &Team,
    members: &BTreeSet<PersonId>,
    still: bool,
) -> Result<&'p Person, String> {
    let (id, team) = (&person.id, &team.id);
    if !members.contains(id) {
        return Err(format!("{id} has never stood for {team}; dogwatch team member add {team} {id}"));
    }
    if still && person.disabled {
        return Err(format!("{id} is disabled; say with --map who stands in, or import only the past with --to"));
    }
    Ok(person)
}

/// Names are compared without case, and with one space between words.
fn key(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Reads `from,person`: an address, name or id of the file, and somebody's id or address here.
fn read<'p>(csv: &[u8], all: &'p [Person]) -> Result<BTreeMap<String, &'p Person>, ServiceError> {
    let csv = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let wrong = |line: u64, column: &str, message: String| {
        ServiceError::invalid(format!("--map, line {line}, column {column}"), message)
    };
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(csv);
    let head = reader.headers().map_err(|problem| wrong(1, "from", problem.to_string()))?.clone();
    let place = |name: &str| head.iter().position(|column| column.eq_ignore_ascii_case(name));
    let (Some(from), Some(to)) = (place("from"), place("person")) else {
        return Err(wrong(1, "from", "the columns must be from and person".to_owned()));
    };
    let mut map = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|problem| {
            wrong(problem.position().map_or(0, csv::Position::line), "from", "is not CSV".to_owned())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let (from, to) = (record.get(from).unwrap_or_default(), record.get(to).unwrap_or_default());
        let is = |person: &&Person| person.id.as_str() == to || person.email.eq_ignore_ascii_case(to);
        let person = all.iter().find(is).ok_or_else(|| wrong(line, "person", format!("nobody here is \"{to}\"")))?;
        if map.insert(key(from), person).is_some_and(|other: &Person| other.id != person.id) {
            return Err(wrong(line, "from", format!("\"{from}\" is somebody else in a line before")));
        }
    }
    Ok(map)
}
