//! Who is on call in a team and which gaps it has, against what was told last: what differs is news. So a handover is told
//! however it came about, by time or by somebody's doing, and once, whatever was asleep meanwhile.

use super::tell::Ears;
use super::{Event, facts};
use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::Team;
use crate::service::{Ctx, ServiceError};
use crate::store::{Connection, StoreError, shifts, teams, webhooks as rows};
use crate::time::{Instant, Window};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// How far ahead gaps are told, in days.
const GAP_DAYS: i64 = 14;

/// What is so in a team at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    on_call: Vec<Duty>,
    gaps: BTreeSet<Gap>,
}

/// Somebody on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Duty {
    role: String,
    person: PersonId,
    start: i64,
    end: i64,
}

/// A part of a slot that has to be filled and is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Gap {
    start: i64,
    end: i64,
    role: String,
    slot: SlotId,
    segment: u32,
}

impl Gap {
    fn told(&self) -> Json {
        let window = Window::new(Instant::from_millis(self.start), Instant::from_millis(self.end));
        facts::part((self.slot.as_str(), self.segment), &self.role, window)
    }
}

/// The teams whose state is another one than was told last, or that nobody hears of any more.
pub(in crate::service) fn to_look_at(tx: &mut dyn Connection, ctx: &Ctx) -> Result<Vec<TeamId>, ServiceError> {
    let (own, everybody) = rows::teams_heard(tx)?;
    let heard = if everybody { teams::all(tx)?.into_iter().map(|team| team.id).collect() } else { own };
    let mut stale: Vec<TeamId> = rows::states(tx)?.into_iter().filter(|team| !heard.contains(team)).collect();
    for team in heard {
        let Some(found) = teams::find(tx, &team)? else { continue };
        let now = text(&present(tx, ctx, &found)?)?;
        if rows::state(tx, &team)?.is_none_or(|told| told != now) {
            stale.push(team);
        }
    }
    Ok(stale)
}

/// Tells of what differs from what was told last. What is so when the first receiver comes is no news.
pub(in crate::service) fn look(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<(), ServiceError> {
    let Some(ears) = Ears::of(tx, team)? else { return Ok(rows::forget_state(tx, team)?) };
    let (told, now) = (rows::state(tx, team)?, present(tx, ctx, ears.team())?);
    let fresh = text(&now)?;
    if told.as_ref() == Some(&fresh) || !rows::set_state(tx, team, told.as_deref(), &fresh)? {
        return Ok(());
    }
    let Some(before) = told.and_then(|text| serde_json::from_str::<State>(&text).ok()) else { return Ok(()) };
    if let Some((at, roles)) = handovers(&before.on_call, &now.on_call, ctx.now)
        && ears.want(Event::Handover)
    {
        let mut told = Vec::new();
        for (role, (outgoing, incoming)) in roles {
            told.push(json!({ "role": role, "outgoing": people(tx, &outgoing)?, "incoming": people(tx, &incoming)? }));
        }
        ears.tell(tx, ctx, (Event::Handover, json!({ "at": facts::utc(at), "roles": told })))?;
    }
    for gap in now.gaps.difference(&before.gaps) {
        if ears.want(Event::GapOpened) {
            ears.tell(tx, ctx, (Event::GapOpened, json!({ "shift": gap.told() })))?;
        }
    }
    for gap in before.gaps.difference(&now.gaps) {
        if ears.want(Event::GapClosed) {
            let data = closed(tx, ctx, gap)?;
            ears.tell(tx, ctx, (Event::GapClosed, data))?;
        }
    }
    Ok(())
}

fn text(state: &State) -> Result<String, StoreError> {
    serde_json::to_string(state).map_err(|error| StoreError::Shape(error.to_string()))
}

fn present(tx: &mut dyn Connection, ctx: &Ctx, team: &Team) -> Result<State, StoreError> {
    let ahead = Window::new(ctx.now, ctx.now.plus_days(GAP_DAYS));
    let optional = |name: &str| team.roles.iter().any(|role| role.name == name && role.optional);
    let mut state = State::default();
    for shift in shifts::of_team(tx, &team.id, ahead)? {
        let (start, end) = (shift.window.start.millis(), shift.window.end.millis());
        match shift.person {
            Some(person) if shift.window.contains(ctx.now) => {
                state.on_call.push(Duty { role: shift.role, person, start, end });
            }
            None if !optional(&shift.role) => {
                state.gaps.insert(Gap { start, end, role: shift.role, slot: shift.slot, segment: shift.segment });
            }
            _ => {}
        }
    }
    Ok(state)
}

/// Who went and who came, by role; only roles in which these are not the same people.
type Handovers = BTreeMap<String, (BTreeSet<PersonId>, BTreeSet<PersonId>)>;

/// Who hands over to whom, and when the last of it happened: not later than now.
fn handovers(before: &[Duty], after: &[Duty], now: Instant) -> Option<(Instant, Handovers)> {
    let mut roles = Handovers::new();
    for duty in before {
        roles.entry(duty.role.clone()).or_default().0.insert(duty.person.clone());
    }
    for duty in after {
        roles.entry(duty.role.clone()).or_default().1.insert(duty.person.clone());
    }
    roles.retain(|_, (outgoing, incoming)| outgoing != incoming);
    if roles.is_empty() {
        return None;
    }
    let came = after.iter().filter(|duty| roles.contains_key(&duty.role)).map(|duty| duty.start).max();
    let went = before.iter().filter(|duty| roles.contains_key(&duty.role)).map(|duty| duty.end).max();
    let at = came.or(went).map_or(now, Instant::from_millis);
    Some((at.min(now), roles))
}

fn people(tx: &mut dyn Connection, all: &BTreeSet<PersonId>) -> Result<Vec<Json>, StoreError> {
    all.iter().map(|person| facts::person(tx, person)).collect()
}

/// Why a gap is none any more.
fn closed(tx: &mut dyn Connection, ctx: &Ctx, gap: &Gap) -> Result<Json, StoreError> {
    let shift = shifts::find(tx, &gap.slot, gap.segment)?;
    let (why, person) = match &shift {
        Some(shift) if shift.person.is_some() => ("filled", shift.person.as_ref()),
        _ if gap.end <= ctx.now.millis() => ("over", None),
        Some(_) => ("changed", None),
        None => ("removed", None),
    };
    Ok(json!({ "shift": gap.told(), "why": why, "person": facts::somebody(tx, person)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duty(role: &str, person: &str, start: i64, end: i64) -> Duty {
        Duty { role: role.to_owned(), person: person.into(), start, end }
    }

    #[test]
    fn only_roles_that_somebody_else_stands_are_handed_over() {
        let before = [duty("primary", "ada", 0, 10), duty("secondary", "ben", 0, 10)];
        let after = [duty("primary", "cleo", 10, 20), duty("secondary", "ben", 10, 20)];
        let (at, roles) = handovers(&before, &after, Instant::from_millis(12)).unwrap();
        assert_eq!((at.millis(), roles.len()), (10, 1));
        let primary = ([PersonId::from("ada")].into(), [PersonId::from("cleo")].into());
        assert_eq!(roles["primary"], primary);
        assert_eq!(handovers(&after, &after, Instant::from_millis(12)), None);
    }

    #[test]
    fn nobody_comes_after_the_last_shift() {
        let (at, roles) = handovers(&[duty("primary", "ada", 0, 10)], &[], Instant::from_millis(30)).unwrap();
        assert_eq!((at.millis(), roles["primary"].1.len()), (10, 0));
        let (at, _) = handovers(&[], &[duty("primary", "ada", 5, 50)], Instant::from_millis(30)).unwrap();
        assert_eq!(at.millis(), 5);
    }
}
