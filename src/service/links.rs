//! Signed links out of people's own events. Opening one describes and changes nothing; a button acts.

use crate::ids::PersonId;
use crate::roster::link::Link;
use crate::roster::model::{Channel, Shift};
use crate::roster::swap::{OfferState, Swap, SwapState};
use crate::service::render::{Taking, Trade};
use crate::service::swaps::{
    NewProposal, Options, Reply, Wanting, answer_in, ask_in, options_in, propose_in, rest_of_turn, sound_comment,
    taken_with,
};
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::{Connection, people, shifts, swaps, teams};
use crate::time::{Instant, Window, Zone};

#[cfg(test)]
mod tests;

/// What stands behind a signed link, for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// What the link is for.
    pub link: Link,
    /// Whose link it is.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The team's name.
    pub team: String,
    /// The role.
    pub role: String,
    /// When the shift is.
    pub window: Window,
    /// The pattern's zone.
    pub zone: Zone,
    /// Name of whoever holds the shift now.
    pub holder: Option<String>,
    /// Name of whoever asks for cover.
    pub requester: Option<String>,
    /// Why, in the requester's words.
    pub reason: Option<String>,
    /// Shifts of the same turn: of an offer, those that go along with it; else those that cover may be asked for too.
    pub turn: Vec<Window>,
    /// What a proposal comes to, in sentences: what the person gives in return, who has to agree too.
    pub proposed: Vec<String>,
    /// What agreeing does to the person's load, in sentences.
    pub load: Vec<String>,
    /// Where the swap stands, if there is one.
    pub swap: Option<SwapState>,
    /// Where the person's offer stands, if it is one.
    pub offer: Option<OfferState>,
    /// When they answered last.
    pub answered: Option<Instant>,
    /// What they said to it.
    pub comment: Option<String>,
    /// Whether a button would still do something.
    pub open: bool,
}

impl Service {
    /// What a signed link (its path, from `/links/` on) is about. [`ServiceError::NotFound`] where its code is wrong or
    /// revoked, [`ServiceError::Gone`] where the shift has ended or is published no more.
    pub async fn open_link(&self, path: &str) -> Result<LinkView, ServiceError> {
        let (path, ctx) = (path.to_owned(), self.ctx());
        let open = move |tx: &mut dyn Connection| {
            let link = verified(tx, &ctx, &path)?;
            view(tx, &ctx, link)
        };
        self.store.read(open).await
    }

    /// Acts on a link to an offer, with a word to it for whoever asks. Pressing twice is harmless.
    pub async fn answer_by_link(
        &self,
        path: &str,
        reply: Reply,
        comment: Option<String>,
    ) -> Result<LinkView, ServiceError> {
        let (path, ctx, comment) = (path.to_owned(), self.ctx(), sound_comment(comment)?);
        let answer = move |tx: &mut dyn Connection| {
            let link = verified(tx, &ctx, &path)?;
            let Link::Offer { offer, person } = &link else { return Err(not_found()) };
            let actor = Actor::person(person.clone(), Channel::Link);
            // What follows from a refusal is to be kept: not an error of the transaction.
            match answer_in(tx, &ctx, &actor, (offer, reply), comment.as_deref())? {
                Ok(()) => view(tx, &ctx, link).map(Ok),
                Err(refused) => Ok(Err(refused)),
            }
        };
        self.store.write::<_, ServiceError, _>(answer).await?
    }

    /// Acts on a link of a shift: asks for cover, of all that is left of its turn where that is wished. Pressing twice is
    /// harmless.
    pub async fn ask_by_link(
        &self,
        path: &str,
        reason: Option<String>,
        whole_turn: bool,
    ) -> Result<LinkView, ServiceError> {
        let (path, ctx) = (path.to_owned(), self.ctx());
        let ask = move |tx: &mut dyn Connection| {
            let link = verified(tx, &ctx, &path)?;
            let Link::Cover { slot, segment, person } = &link else { return Err(not_found()) };
            let shift = shifts::find(tx, slot, *segment)?.ok_or(ServiceError::Gone)?;
            match &shift.person {
                Some(holder) if holder == person => {}
                Some(_) => return Err(ServiceError::conflict("not-yours", "somebody else holds this shift now")),
                // An optional shift was emptied by the first press, or a manager took it away: there is nothing to ask.
                None => return view(tx, &ctx, link),
            }
            let actor = Actor::person(person.clone(), Channel::Link);
            ask_in(tx, &ctx, &actor, (slot, *segment), (reason.clone(), whole_turn))?;
            view(tx, &ctx, link)
        };
        self.store.write(ask).await
    }

    /// Ways out of the shift of a link to it.
    pub async fn options_by_link(&self, path: &str, wanting: Wanting) -> Result<Options, ServiceError> {
        let (path, ctx) = (path.to_owned(), self.ctx());
        let search = move |tx: &mut dyn Connection| {
            let Link::Cover { slot, person, .. } = verified(tx, &ctx, &path)? else { return Err(not_found()) };
            options_in(tx, &ctx, &Actor::person(person, Channel::Link), &slot, &wanting)
        };
        self.store.read(search).await
    }

    /// Proposes a way out of the shift of a link to it.
    pub async fn propose_by_link(&self, path: &str, proposal: NewProposal) -> Result<LinkView, ServiceError> {
        let (path, ctx) = (path.to_owned(), self.ctx());
        let propose = move |tx: &mut dyn Connection| {
            let link = verified(tx, &ctx, &path)?;
            let Link::Cover { slot, person, .. } = &link else { return Err(not_found()) };
            propose_in(tx, &ctx, &Actor::person(person.clone(), Channel::Link), slot, &proposal)?;
            view(tx, &ctx, link)
        };
        self.store.write(propose).await
    }
}

fn not_found() -> ServiceError {
    ServiceError::NotFound("this link".to_owned())
}

/// The link behind a path, if its code is right and its person still has an account; [`ServiceError::Gone`] where its
/// shift has ended or is published no more, whatever is asked of it.
fn verified(tx: &mut dyn Connection, ctx: &Ctx, path: &str) -> Result<Link, ServiceError> {
    let (link, code) = Link::parse(path).ok_or_else(not_found)?;
    let person = people::find(tx, link.person())?.filter(|person| !person.disabled).ok_or_else(not_found)?;
    let epoch = people::link_epoch(tx, &person.id)?;
    if !link.verify(code, &ctx.host.link_key, epoch) {
        return Err(not_found());
    }
    let (_, shift) = about(tx, &link)?;
    if shift.is_some_and(|shift| ctx.now < shift.window.end) { Ok(link) } else { Err(ServiceError::Gone) }
}

/// The swap that a link is about, if there is one, and the shift as it stands.
fn about(tx: &mut dyn Connection, link: &Link) -> Result<(Option<Swap>, Option<Shift>), ServiceError> {
    let (swap, slot, segment) = match link {
        Link::Cover { slot, segment, .. } => (swaps::live_of_shift(tx, slot, *segment)?, slot.clone(), *segment),
        Link::Offer { offer, .. } => {
            let offer = swaps::find_offer(tx, offer)?.ok_or_else(not_found)?;
            let swap = swaps::find(tx, &offer.swap)?.ok_or_else(not_found)?;
            if offer.proposal.is_some() {
                let taken = taken_with(tx, &swap, &offer)?.into_iter().next();
                return Ok((Some(swap), taken));
            }
            (Some(swap.clone()), swap.slot, swap.segment)
        }
    };
    Ok((swap, shifts::find(tx, &slot, segment)?))
}

/// What a page shows of a link.
pub(super) fn view(tx: &mut dyn Connection, ctx: &Ctx, link: Link) -> Result<LinkView, ServiceError> {
    let (swap, shift) = about(tx, &link)?;
    let shift = shift.ok_or(ServiceError::Gone)?;
    let offer = match &link {
        Link::Offer { offer, .. } => swaps::find_offer(tx, offer)?,
        Link::Cover { .. } => None,
    };
    let person = people::find(tx, link.person())?.ok_or_else(not_found)?;
    let team = teams::find(tx, &shift.team)?.ok_or_else(not_found)?;
    let mut name = |who: &Option<PersonId>| -> Result<Option<String>, ServiceError> {
        let Some(who) = who else { return Ok(None) };
        Ok(people::find(tx, who)?.map(|found| found.name))
    };
    let holder = name(&shift.person)?;
    let requester = name(&swap.as_ref().map(|swap| swap.requester.clone()))?;
    let live = swap.as_ref().is_some_and(|swap| swap.state.is_live());
    let open = match &link {
        Link::Cover { person, .. } => shift.person.as_ref() == Some(person) && swap.is_none(),
        Link::Offer { .. } => {
            live && offer.as_ref().is_some_and(|offer| offer.proposal.is_none() || offer.state == OfferState::Offered)
        }
    };
    let mut proposed = Vec::new();
    let (load, turn) = match (&link, &swap) {
        (Link::Offer { .. }, Some(swap)) if open && offer.as_ref().is_some_and(|offer| offer.proposal.is_some()) => {
            let trade = offer.as_ref().map(|offer| Trade::of((tx, ctx), swap, offer)).transpose()?;
            let (told, load) = trade.map(|trade| (trade.told, trade.load)).unwrap_or_default();
            proposed = told;
            (load, Vec::new())
        }
        (Link::Offer { .. }, Some(swap)) if open => {
            let taking = Taking::of((tx, ctx), swap)?;
            (taking.load(tx, &person)?, taking.beside(swap))
        }
        (Link::Cover { .. }, None) if open => {
            let rest = rest_of_turn(tx, ctx, &shift)?.into_iter().filter(|part| part.window != shift.window);
            (Vec::new(), rest.map(|part| part.window).collect())
        }
        _ => (Vec::new(), Vec::new()),
    };
    let comment = offer.as_ref().map(|offer| swaps::comment_of(tx, &offer.id)).transpose()?.flatten();
    Ok(LinkView {
        comment,
        person: person.id,
        name: person.name,
        team: team.name,
        role: shift.role,
        window: shift.window,
        zone: shift.zone,
        holder,
        requester,
        reason: swap.as_ref().and_then(|swap| swap.reason.clone()),
        turn,
        proposed,
        load,
        swap: swap.map(|swap| swap.state),
        offer: offer.as_ref().map(|offer| offer.state),
        answered: offer.and_then(|offer| offer.answered),
        open,
        link,
    })
}
