//! What should stand in a person's `shifts` and in a team's roster calendar.

use super::board::{Board, horizon, page};
use super::seam::{self, Weeks};
use super::trade::Trade;
use crate::ical::build::Alarm;
use crate::ids::{PersonId, SlotId, SwapId, TeamId};
use crate::roster::availability::{Availability, Kind, Source};
use crate::roster::link::Link;
use crate::roster::model::{Channel, Person, Settings, Shift};
use crate::roster::shift_event::{
    Answered, CoverOffer, HeldShift, Wanted, alarm_event, cancelled_offer, gap_event, offer_event, roster_event,
    shift_event,
};
use crate::roster::swap::{Offer, OfferState, Swap, SwapState};
use crate::service::swaps::{Question, shifts_of, taken_with, together};
use crate::service::{Ctx, ServiceError, availability};
use crate::store::{Connection, people, shifts, swaps};
use crate::time::{DAY, HOUR, Instant, MINUTE, Window, union};
use std::collections::{BTreeMap, BTreeSet};

/// Minutes before a handover's event at which on-call phones ring.
const HANDOVER_RINGS: u32 = 10;

/// An event with the lowest SEQUENCE it may have, whether it asks for an answer, and when the on-call phone rings for it.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) wanted: Wanted,
    pub(super) floor: i64,
    pub(super) asks: bool,
    rings: Vec<Alarm>,
}

impl Placed {
    /// It asks nothing, and nothing rings for it.
    pub(super) fn quiet(wanted: Wanted, floor: i64) -> Self {
        Self { wanted, floor, asks: false, rings: Vec::new() }
    }

    /// So many minutes before its start, and at the start where that is asked for.
    fn ringing(self, minutes: u32, at_start: bool) -> Self {
        let before = Alarm { from_start: -i64::from(minutes) * MINUTE };
        let start = Alarm { from_start: 0 };
        let rings = [Some(before).filter(|before| *before != start || !at_start), Some(start).filter(|_| at_start)];
        Self { rings: rings.into_iter().flatten().collect(), ..self }
    }
}

/// Boards of the teams that were needed so far, and the teams' loads as far as offers tell of them.
#[derive(Default)]
pub(super) struct Boards {
    of_team: BTreeMap<TeamId, Board>,
    of_swap: BTreeMap<SwapId, Taking>,
}

impl Boards {
    pub(super) fn of(&mut self, tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<&mut Board, ServiceError> {
        if !self.of_team.contains_key(team) {
            let board = Board::load(tx, ctx, team)?;
            self.of_team.insert(team.clone(), board);
        }
        self.of_team.get_mut(team).ok_or_else(|| ServiceError::NotFound(format!("team {team}")))
    }

    /// What taking a swap comes to for a person: the load in sentences, and when the shifts are that go along.
    fn taking(
        &mut self,
        (tx, ctx): (&mut dyn Connection, &Ctx),
        person: &Person,
        swap: &Swap,
    ) -> Result<(Vec<String>, Vec<Window>), ServiceError> {
        let name = swap.together.as_ref().unwrap_or(&swap.id);
        if !self.of_swap.contains_key(name) {
            let taking = Taking::of((tx, ctx), swap)?;
            self.of_swap.insert(name.clone(), taking);
        }
        match self.of_swap.get(name) {
            Some(taking) => Ok((taking.load(tx, person)?, taking.beside(swap))),
            None => Ok((Vec::new(), Vec::new())),
        }
    }
}

/// The shifts that one person takes over with a swap, and what everybody carries.
pub(in crate::service) struct Taking {
    shifts: Vec<Shift>,
    question: Option<Question>,
}

impl Taking {
    /// As of the moment when cover was asked for, so that the text stays the same.
    pub(in crate::service) fn of((tx, ctx): (&mut dyn Connection, &Ctx), swap: &Swap) -> Result<Self, ServiceError> {
        let parts = together(tx, swap)?;
        let shifts = shifts_of(tx, &parts)?;
        let stands = shifts.iter().all(|shift| shift.person.is_some());
        let question = stands.then(|| Question::load((tx, ctx), &shifts, swap.opened)).transpose()?;
        Ok(Self { shifts, question })
    }

    /// When the other shifts are.
    pub(in crate::service) fn beside(&self, swap: &Swap) -> Vec<Window> {
        let other = |shift: &&Shift| (&shift.slot, shift.segment) != (&swap.slot, swap.segment);
        self.shifts.iter().filter(other).map(|shift| shift.window).collect()
    }

    /// What it does to a person's load: points against the fair share, and the hours around it.
    pub(in crate::service) fn load(
        &self,
        tx: &mut dyn Connection,
        person: &Person,
    ) -> Result<Vec<String>, ServiceError> {
        let start = self.shifts.iter().map(|shift| shift.window.start).min().unwrap_or(Instant::FAR_PAST);
        let end = self.shifts.iter().map(|shift| shift.window.end).max().unwrap_or(start);
        let held = shifts::of_person(tx, &person.id, Window::new(start.plus_days(-28), end.plus_days(28)))?;
        let taken = |shift: &Shift| self.shifts.iter().any(|t| (&t.slot, t.segment) == (&shift.slot, shift.segment));
        let (mut count, mut millis) = (0, 0);
        for shift in held.iter().filter(|shift| !taken(shift)) {
            count += 1;
            millis += shift.window.millis();
        }
        let more: i64 = self.shifts.iter().map(|shift| shift.window.millis()).sum();
        let these = if self.shifts.len() == 1 { "this one" } else { "these" };
        let mut told = self.question.as_ref().map(|question| question.weighed(&person.id)).unwrap_or_default();
        told.push(format!(
            "In the four weeks before and after you hold {count} other shifts of {} h together; with {these} {} h.",
            millis / HOUR,
            (millis + more) / HOUR
        ));
        Ok(told)
    }
}

/// What should stand in a person's `shifts`, by object name: their shifts, what they are asked, and for a day what they
/// were asked.
pub(super) fn of_person(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    boards: &mut Boards,
    person: &Person,
) -> Result<BTreeMap<String, Placed>, ServiceError> {
    let mut wanted = BTreeMap::new();
    let epoch = people::link_epoch(tx, &person.id)?;
    let standing = shifts::of_person(tx, &person.id, horizon(ctx.now))?;
    let mut collisions = collisions(tx, ctx, boards, person, &standing)?;
    let mut weeks = Weeks::new();
    for shift in standing {
        if shift.hidden {
            continue;
        }
        for (event, floor) in seam::events((tx, ctx), boards, &mut weeks, person, &shift)? {
            insert(&mut wanted, Placed::quiet(event, floor).ringing(HANDOVER_RINGS, false));
        }
        let board = boards.of(tx, ctx, &shift.team)?;
        let lead = board.team.settings.alarm_minutes;
        let Some(held) = board.held(&shift, ctx) else { continue };
        let collisions = collisions.remove(&(shift.slot.clone(), shift.segment)).unwrap_or_default();
        let link = Link::Cover { slot: shift.slot.clone(), segment: shift.segment, person: person.id.clone() };
        let link = (ctx.now < shift.window.end).then(|| url(ctx, &link, epoch));
        let event = shift_event(&HeldShift { collisions, link, ..held }, &ctx.host.host);
        insert(&mut wanted, Placed::quiet(event, shift.sequence).ringing(lead, true));
    }
    // The latest offer of a shift says what stands, be it nothing; older ones give way.
    let mut offers = swaps::offers_of_person(tx, &person.id, horizon(ctx.now).start)?;
    offers.sort_by_key(|(swap, _)| std::cmp::Reverse(swap.opened));
    let mut told = BTreeSet::new();
    for (swap, offer) in offers {
        let taken = taken_with(tx, &swap, &offer)?;
        let fresh = taken.into_iter().filter(|shift| told.insert((shift.slot.clone(), shift.segment)));
        let fresh: Vec<Shift> = fresh.collect();
        let Some(shown) = shown(&swap, &offer, ctx.now).filter(|_| !fresh.is_empty()) else { continue };
        let board = boards.of(tx, ctx, &swap.team)?;
        board.learn(tx, &person.id)?;
        board.learn(tx, &swap.requester)?;
        if let Some(taker) = &swap.taker {
            board.learn(tx, taker)?;
        }
        let mut said = Said { shown, epoch, load: Vec::new(), beside: Vec::new(), trade: None };
        match (&offer.proposal, shown) {
            (Some(_), Shown::Asked) => {
                let trade = Trade::of((tx, ctx), &swap, &offer)?;
                (said.load, said.trade) = (trade.load.clone(), Some(trade));
            }
            (None, Shown::Asked) => (said.load, said.beside) = boards.taking((tx, ctx), person, &swap)?,
            (_, Shown::Over) => {}
        }
        let board = boards.of(tx, ctx, &swap.team)?;
        for shift in fresh {
            if let Some((event, floor)) = offered(ctx, board, person, (&swap, &offer, &shift), &said) {
                let asks = shown == Shown::Asked && offer.state == OfferState::Offered;
                insert(&mut wanted, Placed { asks, ..Placed::quiet(event, floor) });
            }
        }
    }
    Ok(wanted)
}

/// Where the person's own availability says no to shifts that have not ended, part by part.
fn collisions(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    boards: &mut Boards,
    person: &Person,
    standing: &[Shift],
) -> Result<BTreeMap<(SlotId, u32), Vec<Window>>, ServiceError> {
    let mut found = BTreeMap::new();
    let ahead: Vec<&Shift> = standing.iter().filter(|shift| ctx.now < shift.window.end).collect();
    let teams: BTreeSet<&TeamId> = ahead.iter().map(|shift| &shift.team).collect();
    for team in teams {
        let theirs = || ahead.iter().filter(|shift| shift.team == *team);
        let (start, end) = (theirs().map(|s| s.window.start).min(), theirs().map(|s| s.window.end).max());
        let (Some(start), Some(end)) = (start, end) else { continue };
        let settings = boards.of(tx, ctx, team)?.team.settings.clone();
        let said = availability::of_person(tx, ctx, person, &settings.words, Window::new(start, end))?;
        for shift in theirs() {
            found.insert((shift.slot.clone(), shift.segment), no_at(&said, shift.window, &settings));
        }
    }
    Ok(found)
}

/// The spans of a window to which the person said no; silence is no collision.
pub(in crate::service) fn no_at(said: &Availability, window: Window, settings: &Settings) -> Vec<Window> {
    let verdict = said.over(window, settings);
    if verdict.kind != Kind::Unavailable {
        return Vec::new();
    }
    let spoken = verdict.because.iter().filter(|interval| interval.source != Source::Silence);
    union(spoken.filter_map(|interval| interval.window.intersect(window)).collect())
}

/// What of it the on-call phone shows, and rings for; an offer is not one's shift yet.
pub(super) fn alarms(wanted: &BTreeMap<String, Placed>) -> BTreeMap<String, Placed> {
    let mut ringing = BTreeMap::new();
    for placed in wanted.values().filter(|placed| !placed.rings.is_empty()) {
        let event = alarm_event(&placed.wanted, &placed.rings);
        insert(&mut ringing, Placed::quiet(event, placed.floor));
    }
    ringing
}

fn insert(wanted: &mut BTreeMap<String, Placed>, placed: Placed) {
    wanted.entry(object_name(&placed.wanted.uid)).or_insert(placed);
}

/// Under which name an event of Dogwatch's own stands in a calendar.
pub(in crate::service) fn object_name(uid: &str) -> String {
    format!("{uid}.ics")
}

fn url(ctx: &Ctx, link: &Link, epoch: i64) -> String {
    format!("{}{}", ctx.host.public_url, link.path(&ctx.host.link_key, epoch))
}

/// How an offer shows in the person's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Asked,
    Over,
}

fn shown(swap: &Swap, offer: &Offer, now: Instant) -> Option<Shown> {
    // Whoever removed it doesn't want to see it.
    if offer.channel == Some(Channel::Deletion) {
        return None;
    }
    match (swap.state.is_live(), offer.state) {
        (true, OfferState::Offered | OfferState::Agreed | OfferState::Disagreed) => Some(Shown::Asked),
        (false, OfferState::Agreed | OfferState::Disagreed) => None,
        _ => {
            let over = swap.closed.or(offer.answered)?;
            (now < over.plus_millis(DAY)).then_some(Shown::Over)
        }
    }
}

/// What the event of an offer says beside its shift.
struct Said {
    shown: Shown,
    epoch: i64,
    load: Vec<String>,
    beside: Vec<Window>,
    trade: Option<Trade>,
}

/// The offer's event, and the lowest SEQUENCE it may have.
fn offered(
    ctx: &Ctx,
    board: &Board,
    person: &Person,
    (swap, offer, shift): (&Swap, &Offer, &Shift),
    said: &Said,
) -> Option<(Wanted, i64)> {
    let link = Link::Offer { offer: offer.id.clone(), person: person.id.clone() };
    let answered = match offer.state {
        OfferState::Agreed => Answered::Accepted,
        OfferState::Disagreed => Answered::Declined,
        _ => Answered::NeedsAction,
    };
    let put = CoverOffer {
        team: &board.team,
        shift,
        person,
        requester: board.person(&swap.requester)?,
        reason: swap.reason.clone(),
        load: said.load.clone(),
        beside: said.beside.iter().copied().filter(|window| *window != shift.window).collect(),
        proposed: said.trade.as_ref().map(|trade| trade.told.clone()).unwrap_or_default(),
        until: match &said.trade {
            Some(trade) => trade.until,
            None if ctx.now < swap.window.start => swap.window.start,
            None => swap.window.end,
        },
        answered,
        link: url(ctx, &link, said.epoch),
        page: page(ctx, &shift.slot),
    };
    let event = match said.shown {
        Shown::Asked => offer_event(&put, &ctx.host.host),
        Shown::Over => {
            let event = cancelled_offer(&put, &why(board, swap), &ctx.host.host);
            Wanted { window: if offer.proposal.is_some() { shift.window } else { swap.window }, ..event }
        }
    };
    Some((event, shift.sequence))
}

/// Why an offer is over, for whoever was asked.
fn why(board: &Board, swap: &Swap) -> String {
    match (swap.state, &swap.taker) {
        (SwapState::Taken, Some(taker)) => format!("{} has it.", board.name(taker)),
        (SwapState::Withdrawn, _) => format!("{} stands it after all.", board.name(&swap.requester)),
        (SwapState::Expired, _) => "The shift has ended.".to_owned(),
        (SwapState::Void, _) => "The roster has changed: this shift is not to be covered any more.".to_owned(),
        _ => "It is no longer possible for you.".to_owned(),
    }
}

/// What should stand in a team's roster calendar, by object name.
pub(super) fn of_team(board: &Board, ctx: &Ctx) -> BTreeMap<String, Placed> {
    let mut wanted = BTreeMap::new();
    for shift in &board.shifts {
        let event = match board.held(shift, ctx) {
            Some(held) => roster_event(&held, &ctx.host.host),
            None if board.is_required(shift) => gap_event(shift, &page(ctx, &shift.slot), &ctx.host.host),
            None => continue,
        };
        insert(&mut wanted, Placed::quiet(event, shift.sequence));
    }
    wanted
}

/// People whose texts name this shift: its holder, its partners and its neighbours.
pub(in crate::service) fn touched_by(tx: &mut dyn Connection, shift: &Shift) -> Result<Vec<PersonId>, ServiceError> {
    // The seam counts: whoever hands over or takes over reads the name.
    let around = Window::new(shift.window.start.plus_millis(-1), shift.window.end.plus_millis(1));
    let beside = shifts::of_team(tx, &shift.team, around)?;
    let mut people: Vec<PersonId> = beside.into_iter().filter_map(|other| other.person).collect();
    people.extend(shift.person.clone());
    people.sort();
    people.dedup();
    Ok(people)
}
