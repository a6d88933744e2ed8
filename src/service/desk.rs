//! What stands before one person: the shifts they have to stand, with everything that goes with them; what they are asked;
//! and how their load compares. What their dashboard shows.

use super::links::{self, LinkView};
use super::render::{Board, no_at};
use super::swaps::rest_of_turn;
use super::{Actor, Ctx, Scope, Service, ServiceError, availability, pages, rights};
use crate::ids::{OfferId, PersonId, SlotId, SwapId, TeamId};
use crate::roster::link::Link;
use crate::roster::model::{Contact, Person, Shift};
use crate::roster::report::Line;
use crate::roster::report::spread::Spread;
use crate::roster::shift_event::{Note, Partner};
use crate::roster::swap::{OfferState, SwapState};
use crate::store::{Connection, people, shifts, swaps, teams};
use crate::time::{Instant, Window};
use std::collections::{BTreeMap, BTreeSet};

#[cfg(test)]
mod tests;

/// A shift that somebody has to stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Duty {
    /// The shift.
    pub shift: Shift,
    /// As its team is shown.
    pub team: String,
    /// Who stands with them, the most important role first.
    pub partners: Vec<Partner>,
    /// Whom to escalate to, in order.
    pub contacts: Vec<Contact>,
    /// Who hands over to them at the start.
    pub takes_over_from: Option<String>,
    /// To whom they hand over at the end.
    pub hands_over_to: Option<String>,
    /// What the one before left for them.
    pub handed: Option<Note>,
    /// Where they ask for cover or have proposed something.
    pub asked: Option<AskedFor>,
    /// Where their own availability says no.
    pub collisions: Vec<Window>,
}

/// Cover that somebody asks for, or a swap that they proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedFor {
    /// The swap.
    pub swap: SwapId,
    /// Where it stands.
    pub state: SwapState,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Only those whom a proposal names are asked.
    pub proposed: bool,
    /// The whole turn at once.
    pub whole_turn: bool,
    /// Who agreed already, while a manager has to approve.
    pub promised: Option<String>,
    /// Who was asked, by rank.
    pub answers: Vec<Answered>,
}

/// What somebody who was asked says to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// As they are shown.
    pub name: String,
    /// Their answer.
    pub state: OfferState,
    /// Their word to it.
    pub comment: Option<String>,
}

/// A swap that somebody is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The offer.
    pub id: OfferId,
    /// The shift.
    pub slot: SlotId,
    /// What it comes to.
    pub view: LinkView,
}

/// What stands before somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desk {
    /// What they have to stand, by start.
    pub duties: Vec<Duty>,
    /// What they are asked and can still answer, by the start of the shifts.
    pub offers: Vec<Proposed>,
}

/// Somebody's load against that of their team, in hundredths of points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamLoad {
    /// The team.
    pub team: TeamId,
    /// As it is shown.
    pub name: String,
    /// Over how many weeks loads are balanced.
    pub weeks: u32,
    /// Their own line.
    pub own: Line,
    /// The balances of the others, sorted and without names.
    pub others: Vec<i64>,
    /// The smallest balance of all.
    pub min: i64,
    /// The middle balance.
    pub median: i64,
    /// The largest balance.
    pub max: i64,
}

impl Service {
    /// What stands before a person; for the person and administrators.
    pub async fn desk(&self, actor: &Actor, person: &PersonId) -> Result<Desk, ServiceError> {
        let (ctx, who, person) = (self.ctx(), actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &who, &person, Scope::Read)?;
            let person =
                people::find(tx, &person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
            Ok(Desk { duties: duties(tx, &ctx, &person)?, offers: offers(tx, &ctx, &person.id)? })
        };
        self.store.read(read).await
    }

    /// One shift that a person has to stand, and when the others of its turn are that they have still to stand; for the
    /// person and administrators.
    pub async fn duty(
        &self,
        actor: &Actor,
        person: &PersonId,
        (slot, segment): (&SlotId, u32),
    ) -> Result<(Duty, Vec<Window>), ServiceError> {
        let (ctx, who, person, slot) = (self.ctx(), actor.clone(), person.clone(), slot.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &who, &person, Scope::Read)?;
            let missing = || ServiceError::NotFound(format!("shift {slot} of {person}"));
            let whose = people::find(tx, &person)?.ok_or_else(missing)?;
            let shift = shifts::find(tx, &slot, segment)?.filter(|shift| shift.person.as_ref() == Some(&person));
            let shift = shift.filter(|shift| ctx.now < shift.window.end).ok_or_else(missing)?;
            let board = Board::load(tx, &ctx, &shift.team)?;
            let rest = rest_of_turn(tx, &ctx, &shift)?.into_iter().map(|part| part.window);
            let rest = rest.filter(|window| *window != shift.window).collect();
            Ok((duty(tx, &ctx, (&board, &whose), &shift)?.ok_or_else(missing)?, rest))
        };
        self.store.read(read).await
    }

    /// A person's load in each team in which they stand shifts; for the person and administrators. Of the others it tells
    /// the figures, not whose they are.
    pub async fn own_loads(&self, actor: &Actor, person: &PersonId) -> Result<Vec<TeamLoad>, ServiceError> {
        let (ctx, who, person) = (self.ctx(), actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &who, &person, Scope::Read)?;
            let mut loads = Vec::new();
            for team in stands_in(tx, &ctx, &person)? {
                loads.extend(load(tx, &ctx, &person, &team)?);
            }
            Ok(loads)
        };
        self.store.read(read).await
    }
}

/// The teams whose shifts somebody stands at this moment.
fn stands_in(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<BTreeSet<TeamId>, ServiceError> {
    let mut found = BTreeSet::new();
    for membership in teams::memberships_of_person(tx, person)?.into_iter().filter(|membership| membership.member) {
        let zone = teams::zone(tx, &membership.team)?;
        if zone.is_some_and(|zone| rights::is_current(&membership, zone, ctx.now)) {
            found.insert(membership.team);
        }
    }
    Ok(found)
}

fn load(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    team: &TeamId,
) -> Result<Option<TeamLoad>, ServiceError> {
    let Some(team) = teams::find(tx, team)? else { return Ok(None) };
    let report = pages::as_published(tx, ctx, &team.id)?;
    let Some(own) = report.lines.iter().find(|line| line.person == *person).cloned() else { return Ok(None) };
    let others = report.lines.iter().filter(|line| line.person != *person).map(|line| line.balance).collect();
    let Spread { min, median, max, .. } = Spread::of(report.lines.iter().map(|line| line.balance).collect());
    Ok(Some(TeamLoad {
        team: team.id,
        name: team.name,
        weeks: team.settings.balance_weeks,
        own,
        others,
        min,
        median,
        max,
    }))
}

fn duties(tx: &mut dyn Connection, ctx: &Ctx, person: &Person) -> Result<Vec<Duty>, ServiceError> {
    let mut boards: BTreeMap<TeamId, Board> = BTreeMap::new();
    let mut found = Vec::new();
    for shift in shifts::of_person(tx, &person.id, Window::new(ctx.now, Instant::FAR_FUTURE))? {
        if !boards.contains_key(&shift.team) {
            let board = Board::load(tx, ctx, &shift.team)?;
            boards.insert(shift.team.clone(), board);
        }
        let Some(board) = boards.get(&shift.team) else { continue };
        found.extend(duty(tx, ctx, (board, person), &shift)?);
    }
    Ok(found)
}

fn duty(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (board, person): (&Board, &Person),
    shift: &Shift,
) -> Result<Option<Duty>, ServiceError> {
    let Some(held) = board.held(shift, ctx) else { return Ok(None) };
    let said = availability::of_person(tx, ctx, person, &board.team.settings.words, shift.window)?;
    let of_role = |contact: &&Contact| contact.role.as_ref().is_none_or(|role| *role == shift.role);
    Ok(Some(Duty {
        team: board.team.name.clone(),
        contacts: board.team.contacts.iter().filter(of_role).cloned().collect(),
        partners: held.partners,
        takes_over_from: held.takes_over_from,
        hands_over_to: held.hands_over_to,
        handed: held.handed,
        asked: asked_for(tx, shift)?,
        collisions: no_at(&said, shift.window, &board.team.settings),
        shift: shift.clone(),
    }))
}

fn asked_for(tx: &mut dyn Connection, shift: &Shift) -> Result<Option<AskedFor>, ServiceError> {
    let Some(swap) = swaps::live_of_shift(tx, &shift.slot, shift.segment)? else { return Ok(None) };
    let mut answers = Vec::new();
    for offer in swaps::offers_of(tx, &swap.id)? {
        let comment = swaps::comment_of(tx, &offer.id)?;
        answers.push(Answered { name: name(tx, &offer.person)?, state: offer.state, comment });
    }
    let promised = swap.taker.as_ref().filter(|_| swap.state == SwapState::AwaitingApproval);
    Ok(Some(AskedFor {
        promised: promised.map(|taker| name(tx, taker)).transpose()?,
        swap: swap.id,
        state: swap.state,
        reason: swap.reason,
        proposed: swap.named_only,
        whole_turn: swap.together.is_some(),
        answers,
    }))
}

/// Of what goes together one offer stands for all.
fn offers(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<Vec<Proposed>, ServiceError> {
    let mut asked = swaps::offers_of_person(tx, person, ctx.now)?;
    asked.retain(|(swap, offer)| {
        let stands = matches!(offer.state, OfferState::Offered | OfferState::Agreed | OfferState::Disagreed);
        swap.state.is_live() && stands
    });
    asked.sort_by_key(|(swap, _)| swap.window.start);
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    for (swap, offer) in asked {
        let matter =
            offer.proposal.as_ref().map(ToString::to_string).or(swap.together.as_ref().map(ToString::to_string));
        if !seen.insert(matter.unwrap_or_else(|| swap.id.to_string())) {
            continue;
        }
        let link = Link::Offer { offer: offer.id.clone(), person: person.clone() };
        match links::view(tx, ctx, link) {
            Ok(view) => found.push(Proposed { id: offer.id, slot: swap.slot, view }),
            // It is published no more; the next look of the clock ends its swap.
            Err(ServiceError::Gone) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn name(tx: &mut dyn Connection, person: &PersonId) -> Result<String, ServiceError> {
    Ok(people::find(tx, person)?.map_or_else(|| person.to_string(), |person| person.name))
}
