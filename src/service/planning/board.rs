//! What the manager's board shows, from one snapshot: people by days, what they said, who stands what, how the load lies.

use super::draft::{open, plan_of, view};
use super::{RosterHead, SlotView};
use crate::ids::{PersonId, RosterId};
use crate::roster::availability::Interval;
use crate::roster::check::{Finding, check};
use crate::roster::model::Role;
use crate::roster::plan::{Assignment, Duty, Member, Planning};
use crate::roster::report::{Report, report};
use crate::service::{Actor, Service, ServiceError, rights};
use crate::store::{Connection, StoreError, months};
use crate::time::{Day, Window, Zone};
use chrono::{Datelike as _, Months};

/// A roster with everything around it that a manager looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// Which roster.
    pub head: RosterHead,
    /// As the team is shown.
    pub team_name: String,
    /// The team's zone, whose days the board has.
    pub zone: Zone,
    /// The team's roles in their order.
    pub roles: Vec<Role>,
    /// The slots by start.
    pub slots: Vec<BoardSlot>,
    /// Who stands shifts, by name.
    pub people: Vec<BoardPerson>,
    /// Gaps and broken rules.
    pub findings: Vec<Finding>,
    /// The spread of the load.
    pub report: Report,
}

/// A slot on the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardSlot {
    /// The slot with who holds it.
    pub view: SlotView,
    /// It has started, or is split: nothing that is planned again.
    pub fixed: bool,
    /// Who holds it as published.
    pub published: Option<PersonId>,
}

/// Somebody on the board.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardPerson {
    /// Who.
    pub id: PersonId,
    /// As shown.
    pub name: String,
    /// Whose hours are counted by this zone.
    pub zone: Zone,
    /// Still learning.
    pub novice: bool,
    /// Share of full load in percent.
    pub fte: u32,
    /// What they said of these days, by start.
    pub said: Vec<Interval>,
    /// What else they stand in these days, in any team.
    pub duties: Vec<Duty>,
    /// Months of the roster that they have not confirmed, by their first days.
    pub unconfirmed: Vec<Day>,
}

impl Service {
    /// A roster with all that bears on it; for managers.
    pub async fn board(&self, actor: &Actor, id: &RosterId) -> Result<Board, ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), id.clone());
        let read = move |tx: &mut dyn Connection| {
            let sheet = open(tx, &id)?;
            rights::manage(tx, &who, &sheet.team.id, ctx.now)?;
            let shown = view(tx, &sheet)?;
            let plan = plan_of(tx, &ctx, &sheet)?;
            let (planning, assignment) = (plan.planning, plan.assignment);
            let people = people(tx, &planning, (sheet.roster.from, sheet.roster.to))?;
            let slots = shown.slots.into_iter().map(|slot| on_board(&planning, slot)).collect();
            let (findings, report) = spread(&planning, &assignment);
            Ok(Board {
                head: shown.head,
                team_name: sheet.team.name,
                zone: sheet.team.zone,
                roles: sheet.team.roles,
                slots,
                people,
                findings,
                report,
            })
        };
        self.store.read(read).await
    }
}

fn spread(planning: &Planning, assignment: &Assignment) -> (Vec<Finding>, Report) {
    (check(planning, assignment), report(planning, assignment))
}

fn on_board(planning: &Planning, view: SlotView) -> BoardSlot {
    let fixed = planning.frozen.contains(&view.id) || planning.slot(&view.id).is_none();
    BoardSlot { published: planning.published.get(&view.id).cloned(), fixed, view }
}

fn people(tx: &mut dyn Connection, planning: &Planning, days: (Day, Day)) -> Result<Vec<BoardPerson>, StoreError> {
    let window = Window::of_days(days.0, days.1, planning.team.zone);
    let mut people = Vec::new();
    for member in planning.members.iter().filter(|member| member.memberships.iter().any(|one| one.member)) {
        let confirmed = months::of_person(tx, &member.person.id)?;
        let open = |month: &Day| confirmed.iter().all(|(known, _)| known != month);
        people.push(BoardPerson { unconfirmed: months_of(days).filter(open).collect(), ..person(member, window) });
    }
    people.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(people)
}

fn person(member: &Member, window: Window) -> BoardPerson {
    let standing = member.memberships.iter().rfind(|one| one.member);
    BoardPerson {
        id: member.person.id.clone(),
        name: member.person.name.clone(),
        zone: member.person.zone,
        novice: standing.is_some_and(|one| one.novice),
        fte: standing.map_or(100, |one| one.fte),
        said: member.availability.intervals().iter().filter(|said| said.window.overlaps(window)).cloned().collect(),
        duties: member.duties.iter().filter(|duty| duty.window.overlaps(window)).cloned().collect(),
        unconfirmed: Vec::new(),
    }
}

/// The first days of the months that `[from, to)` touches.
fn months_of((from, to): (Day, Day)) -> impl Iterator<Item = Day> {
    let first = from.with_day(1).unwrap_or(from);
    (0..).map(move |month| first + Months::new(month)).take_while(move |month| *month < to)
}
