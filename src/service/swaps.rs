//! Swaps as they happen: asking for cover, answering, withdrawing, approving; by whatever channel, in one transaction
//! each. `roster::swap` decides, the functions here carry it out.

mod acknowledge;
mod act;
mod ask;
mod carry;
mod comment;
mod edit;
mod found;
mod options;
mod proposals;
mod propose;
mod suitable;
mod tell;
mod views;

#[cfg(test)]
mod tests;

pub(super) use comment::sound as sound_comment;
pub use edit::{ShiftEdit, shift_object_changed};
pub(super) use options::options_in;
pub use options::{OptionKind, OptionView, Options, Wanting};
pub(super) use proposals::{cut_out, taken_with};
pub(super) use propose::propose_in;
pub use propose::{NewMove, NewProposal};
pub(super) use tell::managers_of;
pub use views::{MoveView, OfferView, Reply, SwapView};

use crate::ids::{OfferId, PersonId, SlotId, SwapId, TeamId};
use crate::roster::model::{Reach, Shift};
use crate::roster::swap::{Event, Swap, SwapState};
use crate::service::{Actor, Ctx, Service, ServiceError, Who, rights};
use crate::store::{Connection, swaps};
use act::Outcome;
pub(super) use act::break_off;
use ask::Wish;
pub(super) use ask::rest_of_turn;
use carry::Along;
pub(super) use found::{may_answer, shift_of_swap, shifts_of, together};
pub(super) use suitable::Question;

impl Service {
    /// The team's swaps by the start of their shifts; of one state where it is given.
    pub async fn swaps(
        &self,
        actor: &Actor,
        team: &TeamId,
        state: Option<SwapState>,
    ) -> Result<Vec<SwapView>, ServiceError> {
        let (actor, team, ctx) = (actor.clone(), team.clone(), self.ctx());
        let list = move |tx: &mut dyn Connection| {
            may_look(tx, &ctx, &actor, &team)?;
            let found = swaps::of_team(tx, &team, state)?;
            found.iter().map(|swap| found::view(tx, &swap.id)).collect()
        };
        self.store.read(list).await
    }

    /// One swap.
    pub async fn swap(&self, actor: &Actor, swap: &SwapId) -> Result<SwapView, ServiceError> {
        let (actor, swap, ctx) = (actor.clone(), swap.clone(), self.ctx());
        let look = move |tx: &mut dyn Connection| {
            let view = found::view(tx, &swap)?;
            may_look(tx, &ctx, &actor, &view.team).map(|()| view)
        };
        self.store.read(look).await
    }

    /// Asks for cover of a shift on its holder's behalf: the holder themselves, a manager or an admin token may. Where
    /// cover is asked for already, that request is answered. An optional shift is emptied at once instead, and a
    /// [`ServiceError::Gone`] says that there is no swap.
    pub async fn ask_for_cover(
        &self,
        actor: &Actor,
        slot: &SlotId,
        segment: u32,
        reason: Option<String>,
    ) -> Result<SwapView, ServiceError> {
        let wish = Wish { reason, ..Wish::default() };
        self.wish_for_cover(actor, (slot, segment), wish).await
    }

    /// The same of all that the holder has still to stand of the shift's turn, to be taken together.
    pub async fn ask_for_cover_of_turn(
        &self,
        actor: &Actor,
        slot: &SlotId,
        segment: u32,
        reason: Option<String>,
    ) -> Result<SwapView, ServiceError> {
        let wish = Wish { reason, whole_turn: true, rewrite: None };
        self.wish_for_cover(actor, (slot, segment), wish).await
    }

    async fn wish_for_cover(
        &self,
        actor: &Actor,
        (slot, segment): (&SlotId, u32),
        wish: Wish<'static>,
    ) -> Result<SwapView, ServiceError> {
        let (actor, slot, ctx) = (actor.clone(), slot.clone(), self.ctx());
        let ask = move |tx: &mut dyn Connection| {
            let shift = found::shift_of(tx, &slot, segment)?;
            if let Some(holder) = &shift.person {
                found::may_answer(tx, &ctx, &actor, (holder, &shift.team))?;
            }
            match ask::ask(tx, &ctx, &actor, &shift, wish.clone())? {
                Some(swap) => found::view(tx, &swap).map(Some),
                None => Ok(None),
            }
        };
        self.store.write(ask).await?.ok_or(ServiceError::Gone)
    }

    /// Answers an offer: who was asked, a manager of the team, or an admin token may. The first to agree has the shift;
    /// [`ServiceError::Conflict`] with code `taken` names who was first, in its message and its detail's `taker`.
    pub async fn answer_offer(&self, actor: &Actor, offer: &OfferId, reply: Reply) -> Result<SwapView, ServiceError> {
        self.answer_offer_saying(actor, offer, reply, None).await
    }

    /// The same with a word to it for whoever asks.
    pub async fn answer_offer_saying(
        &self,
        actor: &Actor,
        offer: &OfferId,
        reply: Reply,
        comment: Option<String>,
    ) -> Result<SwapView, ServiceError> {
        let (actor, offer, ctx, comment) = (actor.clone(), offer.clone(), self.ctx(), comment::sound(comment)?);
        let answer = move |tx: &mut dyn Connection| {
            let not_found = || ServiceError::NotFound(format!("offer {offer}"));
            let asked = swaps::find_offer(tx, &offer)?.ok_or_else(not_found)?;
            let swap = swaps::find(tx, &asked.swap)?.ok_or_else(not_found)?;
            found::may_answer(tx, &ctx, &actor, (&asked.person, &swap.team))?;
            match act::answer(tx, &ctx, &actor, (&offer, reply), None)? {
                Outcome::Done(done) => {
                    comment::keep(tx, &ctx, &actor, (&swap, &asked), comment.as_deref())?;
                    Ok(Ok(found::view(tx, &done)?))
                }
                // What follows from a refusal (the offer lapses) is to be kept: not an error of the transaction.
                Outcome::Refused(refusal) => Ok(Err(found::refused(tx, &refusal))),
            }
        };
        self.store.write::<_, ServiceError, _>(answer).await?
    }

    /// Takes a request back: the requester stands the shift after all.
    pub async fn withdraw_swap(&self, actor: &Actor, swap: &SwapId) -> Result<SwapView, ServiceError> {
        let (actor, swap, ctx) = (actor.clone(), swap.clone(), self.ctx());
        let withdraw = move |tx: &mut dyn Connection| {
            let view = found::view(tx, &swap)?;
            found::may_answer(tx, &ctx, &actor, (&view.requester, &view.team))?;
            act::happen(tx, &ctx, &actor, (&swap, &Event::Withdraw), Along::default())?;
            found::view(tx, &swap)
        };
        self.store.write(withdraw).await
    }

    /// Gives the shift to somebody, asked or not; managers only. A broken hard rule needs a written reason; without one
    /// it is [`ServiceError::Unprocessable`] with the rules as sentences. Given to the requester, they keep it.
    pub async fn assign_swap(
        &self,
        actor: &Actor,
        swap: &SwapId,
        person: &PersonId,
        reason: Option<String>,
    ) -> Result<SwapView, ServiceError> {
        let (actor, swap, person, ctx) = (actor.clone(), swap.clone(), person.clone(), self.ctx());
        let assign = move |tx: &mut dyn Connection| {
            let view = found::view(tx, &swap)?;
            rights::manage(tx, &actor, &view.team, ctx.now)?;
            act::assign(tx, &ctx, &actor, (&swap, &person), reason.clone())?;
            found::view(tx, &swap)
        };
        self.store.write(assign).await
    }

    /// Approves or refuses who agreed; managers only.
    pub async fn approve_swap(&self, actor: &Actor, swap: &SwapId, approve: bool) -> Result<SwapView, ServiceError> {
        let (actor, swap, ctx) = (actor.clone(), swap.clone(), self.ctx());
        let event = if approve { Event::Approve } else { Event::Refuse };
        let decide = move |tx: &mut dyn Connection| {
            let view = found::view(tx, &swap)?;
            rights::manage(tx, &actor, &view.team, ctx.now)?;
            act::happen(tx, &ctx, &actor, (&swap, &event), Along::default())?;
            found::view(tx, &swap)
        };
        self.store.write(decide).await
    }
}

/// Members, managers and tokens see a team's swaps.
fn may_look(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, team: &TeamId) -> Result<(), ServiceError> {
    let allowed = match &actor.who {
        Who::Operator | Who::System | Who::Token { person: None, .. } => true,
        Who::Person(person) | Who::Token { person: Some(person), .. } => {
            rights::manages(tx, person, team, ctx.now)? || rights::belongs(tx, person, team, ctx.now, |m| m.member)?
        }
    };
    if allowed { Ok(()) } else { Err(ServiceError::Forbidden(format!("only people of {team} see its swaps"))) }
}

/// The same for the callers of this service that act by a signed link, inside their transaction.
pub(super) fn answer_in(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (offer, reply): (&OfferId, Reply),
    comment: Option<&str>,
) -> Result<Result<(), ServiceError>, ServiceError> {
    match act::answer(tx, ctx, actor, (offer, reply), None)? {
        Outcome::Done(_) => {
            let not_found = || ServiceError::NotFound(format!("offer {offer}"));
            let asked = swaps::find_offer(tx, offer)?.ok_or_else(not_found)?;
            let swap = swaps::find(tx, &asked.swap)?.ok_or_else(not_found)?;
            comment::keep(tx, ctx, actor, (&swap, &asked), comment)?;
            Ok(Ok(()))
        }
        Outcome::Refused(refusal) => Ok(Err(found::refused(tx, &refusal))),
    }
}

/// Asks for cover inside the caller's transaction; rights are the caller's.
pub(super) fn ask_in(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (slot, segment): (&SlotId, u32),
    (reason, whole_turn): (Option<String>, bool),
) -> Result<(), ServiceError> {
    let shift = found::shift_of(tx, slot, segment)?;
    ask::ask(tx, ctx, actor, &shift, Wish { reason, whole_turn, rewrite: None }).map(|_| ())
}

/// A shift is not to be covered any more: nobody holds it, or somebody else does. To be called when its row is written.
pub(super) fn void(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (slot, segment): (&SlotId, u32),
) -> Result<(), ServiceError> {
    let Some(swap) = swaps::live_of_shift(tx, slot, segment)? else { return Ok(()) };
    act::happen(tx, ctx, actor, (&swap.id, &Event::Republished), Along::default())
}

/// What time does to one live swap: the next are asked, a shift that starts is everybody's, one that ends expires. Of
/// those that go together the first asks for all.
pub(super) fn time_passes(tx: &mut dyn Connection, ctx: &Ctx, swap: &Swap) -> Result<(), ServiceError> {
    let happen = |tx: &mut dyn Connection, event: &Event| {
        act::happen(tx, ctx, &Actor::system(), (&swap.id, event), Along::default())
    };
    let shift = shift_of_swap(tx, swap)?;
    if ctx.now >= swap.window.end {
        return happen(tx, &Event::Ended);
    }
    if shift.person.as_ref() != Some(&swap.requester) || shift.window.end != swap.window.end {
        return happen(tx, &Event::Republished);
    }
    act::lapse_begun(tx, ctx, swap)?;
    let Some(swap) = &swaps::find(tx, &swap.id)?.filter(|swap| swap.state.is_live() && !swap.named_only) else {
        return Ok(());
    };
    let parts = together(tx, swap)?;
    if parts.first().is_some_and(|(first, _)| first.id != swap.id) {
        return Ok(());
    }
    let shifts = shifts_of(tx, &parts)?;
    if ctx.now >= swap.window.start {
        let everybody = Question::load((tx, ctx), &shifts, ctx.now)?.ranked(&swap.requester);
        if parts.len() > 1 {
            happen(tx, &Event::Ask(everybody.clone()))?;
        }
        return happen(tx, &Event::Started(everybody));
    }
    match next_asked(tx, ctx, swap, &shifts)? {
        Some(event) => happen(tx, &event),
        None => Ok(()),
    }
}

/// One more each `every_minutes` after the first; those whom nobody asked yet, best first.
fn next_asked(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    swap: &Swap,
    shifts: &[Shift],
) -> Result<Option<Event>, ServiceError> {
    let Some(team) = crate::store::teams::find(tx, &swap.team)? else { return Ok(None) };
    let deadline = swap.window.start.plus_hours(-i64::from(team.settings.swap_deadline_hours));
    if let Some(shift) = shifts.first().filter(|_| ctx.now >= deadline) {
        tell::managers(tx, ctx, swap, shift, "swap.deadline")?;
    }
    let Reach::Ranked { first, every_minutes } = team.settings.reach else { return Ok(None) };
    let passed = (ctx.now.millis() - swap.opened.millis()) / crate::time::MINUTE;
    let due = i64::from(first) + passed / i64::from(every_minutes.max(1));
    let offers = swaps::offers_of(tx, &swap.id)?;
    let asked = i64::try_from(offers.len()).unwrap_or(i64::MAX);
    if due <= asked || swap.state != SwapState::Open {
        return Ok(None);
    }
    let ranked = Question::load((tx, ctx), shifts, ctx.now)?.ranked(&swap.requester);
    let fresh = ranked.into_iter().filter(|person| !offers.iter().any(|offer| offer.person == *person));
    let more: Vec<_> = fresh.take(usize::try_from(due - asked).unwrap_or(0)).collect();
    Ok((!more.is_empty()).then_some(Event::Ask(more)))
}
