//! Importing a roster from another tool: what is to come is published, what was worked becomes history. Looked at first,
//! applied wholly or not at all, and nothing that stands here already is changed by it.

mod compare;
mod history;
mod matching;
mod place;

use super::MAX_BYTES;
use crate::ids::{PersonId, TeamId};
use crate::roster::incoming::{self, Format, Incoming, MOST_SHIFTS, Reading};
use crate::roster::model::Team;
use crate::service::audit::{Deed, record};
use crate::service::teams::known;
use crate::service::{Actor, Ctx, Service, ServiceError, rights};
use crate::store::Connection;
use crate::time::{Day, Instant, Window, Zone, start_of_day};
use serde::{Serialize, Serializer};
use serde_json::json;

/// Days ahead that are taken where nobody says until when.
const AHEAD: i64 = 400;

/// A file to be imported.
#[derive(Clone, Debug)]
pub struct RosterFile {
    /// Whose roster it is here.
    pub team: TeamId,
    /// What wrote it.
    pub format: Format,
    /// The file.
    pub content: Vec<u8>,
    /// A CSV file that says who is who: `from,person`.
    pub people: Option<Vec<u8>>,
    /// What they stand as; the team's first role where nobody says.
    pub role: Option<String>,
    /// First day that is wanted, in the team's zone.
    pub from: Option<Day>,
    /// First day after.
    pub to: Option<Day>,
    /// Leave out what collides with what stands here, and import the rest.
    pub skip_collisions: bool,
}

/// What becomes of a shift of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Is published.
    Planned,
    /// Becomes history.
    Worked,
    /// Stands here already, just so.
    Unchanged,
    /// Something else stands here at that time.
    Collision,
}

/// A shift of the file.
#[derive(Clone, Debug, Serialize)]
pub struct ShiftRow {
    /// Line of the file, from 1.
    pub line: usize,
    /// When.
    #[serde(flatten, serialize_with = "moments")]
    pub window: (Window, Zone),
    /// As what.
    pub role: String,
    /// Who.
    pub person: PersonId,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What it collides with, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
}

fn moments<S: Serializer>((window, zone): &(Window, Zone), to: S) -> Result<S::Ok, S::Error> {
    json!({ "start": window.start.rfc3339(*zone), "end": window.end.rfc3339(*zone) }).serialize(to)
}

/// Somebody whom the file names and nobody here is.
#[derive(Clone, Debug, Serialize)]
pub struct Stranger {
    /// Line of the file in which they are first named.
    pub line: usize,
    /// As the file names them.
    pub who: String,
    /// Shifts of theirs in the file.
    pub shifts: usize,
    /// Why that is nobody here, and what to do.
    pub why: String,
}

/// What becomes history for one person.
#[derive(Clone, Debug, Serialize)]
pub struct Worked {
    /// Who.
    pub person: PersonId,
    /// Shifts.
    pub shifts: usize,
    /// Minutes.
    pub minutes: i64,
    /// Hundredths of points, by the weights of today.
    pub points: i64,
}

/// What an import does, or would do.
#[derive(Clone, Debug, Serialize)]
pub struct RosterPlan {
    /// Whose roster.
    pub team: TeamId,
    /// The format.
    pub source: &'static str,
    /// Whether it was done.
    pub applied: bool,
    /// Every shift of the file, by start.
    pub shifts: Vec<ShiftRow>,
    /// Whom the file names and nobody here is.
    pub unmatched: Vec<Stranger>,
    /// What becomes history, by person.
    pub worked: Vec<Worked>,
    /// Patterns that are added, in words.
    pub patterns: Vec<String>,
    /// Hard rules that what is planned breaks, in words; the publication's reason overrules them.
    pub broken: Vec<String>,
    /// What else is to be known.
    pub notes: Vec<String>,
    /// Why it can't be done.
    pub refused: Vec<String>,
}

impl RosterPlan {
    /// How many shifts have an outcome.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.shifts.iter().filter(|shift| shift.outcome == outcome).count()
    }
}

impl Service {
    /// Reads a roster and says what importing it does; with `apply` it is done, in one transaction, unless somebody is
    /// unknown or something collides. For the team's managers.
    pub async fn import_roster(
        &self,
        actor: &Actor,
        file: &RosterFile,
        apply: bool,
    ) -> Result<RosterPlan, ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), file.team.clone());
        let look = move |tx: &mut dyn Connection| {
            let team = known(tx, &id)?;
            rights::manage(tx, &who, &id, ctx.now)?;
            Ok::<_, ServiceError>(team)
        };
        let team = self.store.read(look).await?;
        let ctx = self.ctx();
        let incoming = read(file, &team, ctx.now)?;
        let (actor, file) = (actor.clone(), file.clone());
        let write = move |tx: &mut dyn Connection| {
            let mut plan = import(tx, &ctx, &actor, &file, &incoming)?;
            plan.applied = apply && plan.refused.is_empty();
            let keep = plan.applied;
            Ok((plan, keep))
        };
        self.rehearse(write).await
    }
}

/// The file as duties.
fn read(file: &RosterFile, team: &Team, now: Instant) -> Result<Incoming, ServiceError> {
    if file.content.len() > MAX_BYTES {
        return Err(ServiceError::TooMany(format!("the file has more than {MAX_BYTES} bytes; import it in parts")));
    }
    let text = std::str::from_utf8(&file.content).map_err(|problem| {
        let before = file.content.get(..problem.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        ServiceError::invalid(format!("line {line}"), "the file is not UTF-8")
    })?;
    let start = file.from.map_or(Instant::from_millis(0), |day| start_of_day(day, team.zone));
    let end = file.to.map_or(now.plus_days(AHEAD), |day| start_of_day(day, team.zone));
    if end <= start {
        return Err(ServiceError::invalid("to", "must come after from"));
    }
    let reading = Reading { zone: team.zone, now, window: Window::new(start, end), ends: file.to.is_some() };
    incoming::read(file.format, text, &reading).map_err(|wrong| ServiceError::invalid(wrong.place, wrong.problem))
}

fn import(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    file: &RosterFile,
    incoming: &Incoming,
) -> Result<RosterPlan, ServiceError> {
    let team = known(tx, &file.team)?;
    rights::manage(tx, actor, &team.id, ctx.now)?;
    let role = role(&team, file.role.as_deref())?;
    let matched = matching::people(tx, ctx, &team, file.people.as_deref(), incoming)?;
    let mut plan = RosterPlan {
        team: team.id.clone(),
        source: file.format.name(),
        applied: false,
        shifts: rows(&team, &role, incoming, &matched),
        unmatched: matched.strangers,
        worked: Vec::new(),
        patterns: Vec::new(),
        broken: Vec::new(),
        notes: incoming.notes.clone(),
        refused: Vec::new(),
    };
    compare::judge(tx, ctx, &team, &mut plan.shifts)?;
    refuse(&mut plan, file.skip_collisions);
    if !plan.unmatched.is_empty() {
        // Who nobody is can't be looked at any further.
        return Ok(plan);
    }
    history::enter(tx, ctx, &team, file.format, &mut plan)?;
    place::publish(tx, ctx, actor, (&team, file), incoming, &mut plan)?;
    let (planned, worked) = (plan.count(Outcome::Planned), plan.count(Outcome::Worked));
    if planned + worked > 0 {
        let after = json!({ "source": plan.source, "planned": planned, "worked": worked,
            "patterns": plan.patterns, "digest": digest(&file.content) });
        record(tx, ctx, actor, Deed::new("roster.imported", format!("team:{}", team.id)).after(after))?;
    }
    Ok(plan)
}

/// Says why nothing is written.
fn refuse(plan: &mut RosterPlan, skip_collisions: bool) {
    let (strangers, collisions) = (plan.unmatched.len(), plan.count(Outcome::Collision));
    if strangers > 0 {
        plan.refused.push(format!("{strangers} of the people in the file are nobody here"));
    }
    if collisions > 0 && !skip_collisions {
        plan.refused.push(format!(
            "{collisions} shifts collide with what stands here; --skip-collisions leaves those out and imports the rest"
        ));
    }
}

/// What the file's people stand as where it doesn't say.
fn role(team: &Team, asked: Option<&str>) -> Result<String, ServiceError> {
    let found = match asked {
        Some(name) => team.roles.iter().find(|role| role.name == name),
        None => team.roles.first(),
    };
    found.map(|role| role.name.clone()).ok_or_else(|| match asked {
        Some(name) => ServiceError::NotFound(format!("a role {name} in {}", team.id)),
        None => ServiceError::invalid("role", format!("{} has no role to stand", team.id)),
    })
}

/// The duties of people who are somebody here.
fn rows(team: &Team, usual: &str, incoming: &Incoming, matched: &matching::Matched) -> Vec<ShiftRow> {
    let role = |names: &[String]| {
        let mut known = names.iter().filter_map(|name| team.roles.iter().find(|r| r.name.eq_ignore_ascii_case(name)));
        known.next().map_or(usual, |role| role.name.as_str()).to_owned()
    };
    let mut rows = Vec::with_capacity(incoming.duties.len().min(MOST_SHIFTS));
    for duty in &incoming.duties {
        let Some(person) = matched.people.get(duty.who).cloned().flatten() else { continue };
        let (window, role) = ((duty.window, duty.zone), role(&duty.roles));
        rows.push(ShiftRow { line: duty.line, window, role, person, outcome: Outcome::Planned, with: None });
    }
    rows
}

/// What tells two files apart in the trail.
fn digest(content: &[u8]) -> String {
    use sha2::Digest as _;
    crate::service::hex(&sha2::Sha256::digest(content)).chars().take(32).collect()
}

#[cfg(test)]
mod tests;
