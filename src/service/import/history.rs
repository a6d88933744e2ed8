//! Importing what was stood before Dogwatch was there, so that fairness begins with it: duties of a CSV file become
//! entries of the ledger. Looked at first, applied wholly or not at all.
//!
//! Columns, in any order: `team`, `person` (id or mail address), `role`, `start`, `end`, and, where wanted, `points`,
//! which are counted by the team's weights otherwise.

use super::table::{Named, Table, at, wrong};
use super::{Outcome, Step};
use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::Team;
use crate::roster::phrase;
use crate::roster::plan::Member;
use crate::service::audit::{Deed, record};
use crate::service::people::by_login;
use crate::service::planning::people::{holidays, reported};
use crate::service::requirements::earn;
use crate::service::teams::known;
use crate::service::{Actor, Ctx, Service, ServiceError, rights};
use crate::store::ledger::{self, LONGEST_DAYS, LedgerEntry, LedgerKind};
use crate::store::{Connection, teams};
use crate::time::{Civil, DAY, Day, Instant, Window, Zone, resolve};
use csv::StringRecord;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Points that one duty may count.
const MOST_POINTS: i64 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Team,
    Person,
    Role,
    Start,
    End,
    Points,
}

impl Named for Column {
    const ALL: &'static [Self] = &[Self::Team, Self::Person, Self::Role, Self::Start, Self::End, Self::Points];
    const REQUIRED: &'static [Self] = &[Self::Team, Self::Person, Self::Role, Self::Start, Self::End];

    fn name(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Person => "person",
            Self::Role => "role",
            Self::Start => "start",
            Self::End => "end",
            Self::Points => "points",
        }
    }
}

/// What becomes of one line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// Who.
    pub person: PersonId,
    /// What.
    pub outcome: Outcome,
}

/// What an import of history does, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryPlan {
    /// Duties in the file.
    pub rows: usize,
    /// What becomes of each of them.
    pub duties: Vec<HistoryRow>,
    /// What changes, in the order of the file; nothing where everything is there already.
    pub steps: Vec<Step>,
    /// What people earn by it, as sentences.
    pub notes: Vec<String>,
    /// Whether it was done.
    pub applied: bool,
}

impl Service {
    /// Reads duties from CSV and says what that enters into the ledger; with `apply` it is done, all in one transaction.
    /// Doing it twice changes nothing the second time. For administrators.
    pub async fn import_history(&self, actor: &Actor, csv: &[u8], apply: bool) -> Result<HistoryPlan, ServiceError> {
        let table = Table::<Column>::read(csv)?;
        let (ctx, actor) = (self.ctx(), actor.clone());
        let write = move |tx: &mut dyn Connection| {
            let plan = import(tx, &ctx, &actor, &table)?;
            Ok((HistoryPlan { applied: apply, ..plan }, apply))
        };
        self.rehearse(write).await
    }
}

/// One duty as its line says.
struct Line {
    number: u64,
    team: TeamId,
    person: PersonId,
    role: String,
    window: Window,
    points: Option<i64>,
}

impl Line {
    fn wrong(&self, column: Column, message: impl Into<String>) -> ServiceError {
        at(self.number, column.name(), message.into())
    }

    /// The same line twice is the same duty.
    fn slot(&self) -> SlotId {
        let mut sum = Sha256::new();
        let (start, end) = (self.window.start.millis().to_string(), self.window.end.millis().to_string());
        for field in [self.team.as_str(), self.person.as_str(), &self.role, &start, &end] {
            sum.update(field);
            sum.update([0]);
        }
        let hash = sum.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
            // Writing to a String can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        SlotId::new(format!("history-{hash}"))
    }
}

/// What was looked up, so that not each line has to ask.
#[derive(Default)]
struct Known {
    teams: BTreeMap<String, Team>,
    people: BTreeMap<String, PersonId>,
    members: BTreeMap<(TeamId, PersonId), Member>,
    ledgers: BTreeMap<(TeamId, PersonId), Vec<LedgerEntry>>,
    holidays: BTreeMap<TeamId, BTreeSet<Day>>,
}

fn import(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    table: &Table<Column>,
) -> Result<HistoryPlan, ServiceError> {
    rights::administer(tx, actor)?;
    let mut known = Known::default();
    let mut lines = Vec::with_capacity(table.records.len());
    for (number, record) in &table.records {
        lines.push(known.line(tx, ctx, table, (*number, record))?);
    }
    let start = lines.iter().map(|line| line.window.start).min().unwrap_or(ctx.now);
    let end = lines.iter().map(|line| line.window.end).max().unwrap_or(ctx.now);
    let mut plan =
        HistoryPlan { rows: lines.len(), duties: Vec::new(), steps: Vec::new(), notes: Vec::new(), applied: false };
    let mut changed: BTreeMap<TeamId, (usize, BTreeSet<PersonId>)> = BTreeMap::new();
    for line in &lines {
        let outcome = known.enter(tx, ctx, (line, Window::new(start, end)), &mut plan.steps)?;
        plan.duties.push(HistoryRow { line: line.number, person: line.person.clone(), outcome });
        if outcome != Outcome::Unchanged {
            let (count, people) = changed.entry(line.team.clone()).or_default();
            *count += 1;
            people.insert(line.person.clone());
        }
    }
    for (team, (count, people)) in changed {
        let after = json!({ "duties": count, "people": people, "from": start.to_string(), "until": end.to_string() });
        record(tx, ctx, actor, Deed::new("history.imported", format!("team:{team}")).after(after))?;
        for (person, qualification) in earn(tx, ctx, actor, &team, &people)? {
            let name = crate::store::qualifications::find(tx, &qualification)?.map(|found| found.name);
            plan.notes.push(format!("{person} has earned {} in {team}", name.unwrap_or_default()));
        }
    }
    Ok(plan)
}

impl Known {
    fn line(
        &mut self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        table: &Table<Column>,
        (number, record): (u64, &StringRecord),
    ) -> Result<Line, ServiceError> {
        let field = |column: Column| table.field(record, column);
        let named = |column: Column, problem: ServiceError| wrong(number, column.name(), problem);
        let team = self.team(tx, field(Column::Team)).map_err(|problem| named(Column::Team, problem))?;
        let (zone, id) = (team.zone, team.id.clone());
        let role = field(Column::Role).to_owned();
        if team.roles.iter().all(|known| known.name != role) {
            return Err(named(Column::Role, ServiceError::NotFound(format!("a role {role} in {id}"))));
        }
        let person = self.person(tx, field(Column::Person)).map_err(|problem| named(Column::Person, problem))?;
        let moment = |column: Column| moment(field(column), zone).map_err(|message| at(number, column.name(), message));
        let window = Window::new(moment(Column::Start)?, moment(Column::End)?);
        let points = Some(field(Column::Points)).filter(|text| !text.is_empty());
        let points =
            points.map(hundredths).transpose().map_err(|message| at(number, Column::Points.name(), message))?;
        let line = Line { number, team: id, person, role, window, points };
        if window.end <= window.start || window.millis() > LONGEST_DAYS * DAY {
            return Err(line.wrong(Column::End, format!("must come after the start, by {LONGEST_DAYS} days at most")));
        }
        if ctx.now < window.end {
            return Err(line.wrong(Column::End, "lies ahead; history is what has been stood"));
        }
        Ok(line)
    }

    fn team(&mut self, tx: &mut dyn Connection, id: &str) -> Result<&Team, ServiceError> {
        if !self.teams.contains_key(id) {
            self.teams.insert(id.to_owned(), known(tx, &TeamId::from(id))?);
        }
        self.teams.get(id).ok_or_else(|| ServiceError::NotFound(format!("team {id}")))
    }

    fn person(&mut self, tx: &mut dyn Connection, login: &str) -> Result<PersonId, ServiceError> {
        if let Some(person) = self.people.get(login) {
            return Ok(person.clone());
        }
        let person = by_login(tx, login)?.id;
        self.people.insert(login.to_owned(), person.clone());
        Ok(person)
    }

    /// Enters a line into the ledger, unless it is there; what overlaps something else of the person's is refused.
    fn enter(
        &mut self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        (line, span): (&Line, Window),
        steps: &mut Vec<Step>,
    ) -> Result<Outcome, ServiceError> {
        let key = (line.team.clone(), line.person.clone());
        if !self.ledgers.contains_key(&key) {
            self.ledgers.insert(key.clone(), ledger::of_person_in(tx, &line.team, &line.person)?);
        }
        let points = match line.points {
            Some(points) => points,
            None => self.points(tx, ctx, line, span)?,
        };
        let slot = line.slot();
        let team = self.team(tx, line.team.as_str())?;
        let (zone, weights_version) = (team.zone, team.weights.version);
        let own = self.ledgers.entry(key).or_default();
        let there = own.iter().position(|entry| entry.slot == slot);
        if there.is_some_and(|at| own.get(at).is_some_and(|entry| entry.points == points)) {
            return Ok(Outcome::Unchanged);
        }
        let overlaps = |entry: &&LedgerEntry| entry.slot != slot && entry.window.overlaps(line.window);
        if let Some(other) = own.iter().find(overlaps) {
            let when = phrase::span(other.window, zone);
            let message = format!("{} stood {} {when}, as the ledger says already", line.person, other.role);
            return Err(line.wrong(Column::Start, message));
        }
        let entry = LedgerEntry {
            id: ctx.fresh(),
            team: line.team.clone(),
            slot: slot.clone(),
            segment: 0,
            person: line.person.clone(),
            role: line.role.clone(),
            window: line.window,
            points,
            weights_version,
            kind: LedgerKind::History,
        };
        ledger::remove_of_shift(tx, &slot, 0)?;
        ledger::insert(tx, &entry)?;
        let when = phrase::span(line.window, zone);
        let what =
            format!("{} stood {} for {} {when}, {} points", line.person, line.role, line.team, phrase::points(points));
        steps.push(Step { line: line.number, what });
        let replaced = there.map(|at| own.remove(at)).is_some();
        own.push(entry);
        Ok(if replaced { Outcome::Updated } else { Outcome::Created })
    }

    /// By the team's weights of today, and the person's own day, hours and holidays.
    fn points(&mut self, tx: &mut dyn Connection, ctx: &Ctx, line: &Line, span: Window) -> Result<i64, ServiceError> {
        let key = (line.team.clone(), line.person.clone());
        let team = self.team(tx, line.team.as_str())?.clone();
        if !self.members.contains_key(&key) {
            if !self.holidays.contains_key(&team.id) {
                self.holidays.insert(team.id.clone(), holidays(tx, &team, span)?);
            }
            let holidays = self.holidays.get(&team.id).cloned().unwrap_or_default();
            let person = by_login(tx, line.person.as_str())?;
            let mut memberships = teams::memberships_of_person(tx, &person.id)?;
            memberships.retain(|membership| membership.team == team.id);
            let member = reported((tx, ctx), &team, span, person, memberships, &holidays)?;
            self.members.insert(key.clone(), member);
        }
        let weight = team.roles.iter().find(|role| role.name == line.role).map_or(100, |role| role.weight);
        Ok(self.members.get(&key).map_or(0, |member| member.hours().points(line.window, weight, &team.weights)))
    }
}

/// A time with its offset, or one of the team's wall clock; with a blank or a `T` between day and time.
fn moment(text: &str, zone: Zone) -> Result<Instant, String> {
    let text = text.replacen(' ', "T", 1);
    if let Ok(at) = chrono::DateTime::parse_from_rfc3339(&text) {
        return Ok(at.to_utc().into());
    }
    let wall = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].into_iter().find_map(|f| Civil::parse_from_str(&text, f).ok());
    let wanted = "is not a time; write it as 2026-12-01T09:00 of the team's clock, or 2026-12-01T09:00:00Z";
    wall.map(|wall| resolve(wall, zone)).ok_or_else(|| format!("\"{text}\" {wanted}"))
}

/// Points with at most two decimals, as hundredths.
fn hundredths(text: &str) -> Result<i64, String> {
    let value = phrase::hundredths(text).filter(|value| *value <= MOST_POINTS * 100);
    value.ok_or_else(|| format!("\"{text}\" must be points from 0 to {MOST_POINTS}, such as 24.5"))
}

#[cfg(test)]
mod tests;
