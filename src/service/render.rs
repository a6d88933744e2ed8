//! Calendars follow the roster: what should stand in people's `shifts` and inboxes and in the teams' roster calendars,
//! compared with what is stored. Only differences are written.

mod board;
mod compare;
mod reminded;
mod seam;
mod trade;
mod wanted;
mod write;

pub(super) use board::{Board, horizon};
pub(super) use compare::{differences, mend};
pub(super) use reminded::{refresh_reminders, stale_reminders};
pub(super) use trade::Trade;
pub(super) use wanted::{Taking, no_at, object_name, touched_by};

use crate::ical::build::EventDraft;
use crate::ids::{CollectionId, PersonId, TeamId};
use crate::roster::model::Shift;
use crate::roster::shift_event::roster_event;
use crate::service::letters::{Before, invite};
use crate::service::swaps::managers_of;
use crate::service::{Ctx, ServiceError, webhooks};
use crate::store::collections::{self, CollectionKind, Owner};
use crate::store::{Connection, objects, people};
use std::collections::{BTreeMap, BTreeSet};
use wanted::{Boards, Placed};
use write::Outcome;

/// Brings the `shifts` and inbox of these people and the roster calendars of these teams up to date with the shifts,
/// swaps and offers as they stand in the transaction; and reminders on their phones, and on those of the teams' managers.
/// Personal additions in stored copies are kept; SEQUENCE goes up only where time, role or status changed; nothing that is
/// as it should be is touched. Receivers of webhooks hear of the shifts that the transaction has changed so far.
pub fn render_people(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    people: &[PersonId],
    teams: &[TeamId],
) -> Result<(), ServiceError> {
    render(tx, ctx, people, teams, None)
}

/// As [`render_people`]; the named object of that person is written anew even if nothing about it changed, so that the
/// person's client reloads it.
pub(super) fn render(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    people: &[PersonId],
    teams: &[TeamId],
    rewrite: Option<(&PersonId, &str)>,
) -> Result<(), ServiceError> {
    let mut boards = Boards::default();
    for person in people.iter().collect::<BTreeSet<_>>() {
        let anew = rewrite.filter(|(whose, _)| *whose == person).map(|(_, name)| name.to_owned());
        person_calendar(tx, ctx, &mut boards, person, &anew.into_iter().collect())?;
    }
    for team in teams.iter().collect::<BTreeSet<_>>() {
        let Some(calendar) = find(tx, &Owner::Team(team.clone()), CollectionKind::Roster)? else { continue };
        let wanted = wanted::of_team(boards.of(tx, ctx, team)?, ctx);
        write::settle(tx, ctx, &calendar, &wanted, &BTreeSet::new())?;
    }
    let mut reminded: BTreeSet<PersonId> = people.iter().cloned().collect();
    for team in teams {
        // A gap that is filled, and a swap that is taken, are of no more concern to them.
        reminded.extend(managers_of(tx, ctx, team)?);
    }
    refresh_reminders(tx, ctx, &reminded)?;
    webhooks::shifts_changed(tx, ctx)
}

fn person_calendar(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    boards: &mut Boards,
    person: &PersonId,
    rewrite: &BTreeSet<String>,
) -> Result<(), ServiceError> {
    let owner = Owner::Person(person.clone());
    let Some(calendar) = find(tx, &owner, CollectionKind::Shifts)? else { return Ok(()) };
    let Some(person) = people::find(tx, person)? else { return Ok(()) };
    let wanted = wanted::of_person(tx, ctx, boards, &person)?;
    let before = Before::of(tx, ctx, &person, &calendar)?;
    let outcomes = write::settle(tx, ctx, &calendar, &wanted, rewrite)?;
    invite(tx, ctx, (&person, &calendar), &before)?;
    if let Some(phone) = find(tx, &owner, CollectionKind::Alarms)? {
        write::settle(tx, ctx, &phone, &wanted::alarms(&wanted), &BTreeSet::new())?;
    }
    let Some(inbox) = find(tx, &owner, CollectionKind::Inbox)? else { return Ok(()) };
    inbox_items(tx, ctx, &inbox, &wanted, &outcomes)
}

/// A new question comes with an inbox item; once it is answered or over, by whatever way, the item goes. An item that
/// the person removed does not come back.
fn inbox_items(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    inbox: &CollectionId,
    wanted: &BTreeMap<String, Placed>,
    outcomes: &[(String, Outcome)],
) -> Result<(), ServiceError> {
    for (name, outcome) in outcomes {
        let Some(placed) = wanted.get(name).filter(|placed| placed.asks) else { continue };
        if *outcome == Outcome::Invited {
            write::deliver(tx, ctx, inbox, name, placed)?;
        }
    }
    for item in objects::heads_page(tx, inbox, None, MOST_ITEMS)? {
        let ours = item.uid.ends_with(&format!("@{}", ctx.host.host));
        if ours && !wanted.get(&item.name).is_some_and(|placed| placed.asks) {
            objects::delete(tx, inbox, &item.name, ctx.now)?;
        }
    }
    Ok(())
}

/// Inbox items that are looked through; more than that many open offers nobody has.
const MOST_ITEMS: u32 = 1_000;

/// The owner's one calendar of a kind.
pub(super) fn find(
    tx: &mut dyn Connection,
    owner: &Owner,
    kind: CollectionKind,
) -> Result<Option<CollectionId>, ServiceError> {
    let all = match owner {
        Owner::Person(person) => collections::of_person(tx, person)?,
        Owner::Team(team) => collections::of_team(tx, team)?,
    };
    Ok(all.into_iter().find(|collection| collection.kind == kind).map(|collection| collection.id))
}

/// Published shifts as plain events for a feed: no links, nobody to answer. `own` titles them as one person's.
pub(super) fn plain(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    shown: &[Shift],
    own: bool,
) -> Result<Vec<EventDraft>, ServiceError> {
    let mut boards = Boards::default();
    let mut events = Vec::new();
    for shift in shown {
        let board = boards.of(tx, ctx, &shift.team)?;
        if let Some(person) = &shift.person {
            board.learn(tx, person)?;
        }
        let Some(held) = board.held(shift, ctx) else { continue };
        let mut event = roster_event(&held, &ctx.host.host);
        if own {
            event.summary = format!("On call: {}, {}", board.team.name, shift.role);
        }
        // Stamped by the shift alone, so that an unchanged feed is the same text and keeps its entity tag.
        events.push(event.draft(shift.sequence, shift.window.start));
    }
    Ok(events)
}
