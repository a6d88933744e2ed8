//! The state machine of roster.md, "Swaps": one event, what it changes, or why it may not.

use super::{Offer, OfferState, Swap, SwapState, proposal};
use crate::ids::{OfferId, PersonId, ProposalId};
use crate::time::Instant;

/// Something that happens to a swap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// These people, best first, are to be asked now; whoever was asked before is passed over.
    Ask(Vec<PersonId>),
    /// The requester stands the shift after all.
    Withdraw,
    /// Somebody who was asked agrees.
    Agree(Agreement),
    /// Somebody who was asked says no.
    Disagree(PersonId),
    /// A manager gives the shift to somebody.
    Assign(PersonId),
    /// A manager approves who agreed.
    Approve,
    /// A manager refuses who agreed.
    Refuse,
    /// The shift is republished away, or to somebody else.
    Republished,
    /// The shift starts without a taker; these people are everybody suitable.
    Started(Vec<PersonId>),
    /// The shift ends.
    Ended,
}

/// A person's yes, with what the team and the hard rules say of it at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Who agrees.
    pub person: PersonId,
    /// The team wants a manager's approval.
    pub approval: bool,
    /// Hard rules that stand against it, in words; none means it is possible.
    pub obstacles: Vec<String>,
}

/// What has to change; in this order, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The swap moves on from the version it was read with.
    Move {
        /// To this state.
        to: SwapState,
        /// With this taker, or proposed taker.
        taker: Option<PersonId>,
    },
    /// An offer changes.
    Offer {
        /// Which.
        offer: OfferId,
        /// To this state.
        to: OfferState,
        /// Whether the person answered, as against it happening to them.
        answered: bool,
    },
    /// This person is asked now, with this place in the ranking.
    Ask {
        /// Whom.
        person: PersonId,
        /// Place in the ranking, from 0.
        rank: u32,
    },
    /// The shift, from this minute on if it has begun, goes to this person.
    Assign(PersonId),
    /// Everybody has agreed to this proposal: its moves are made.
    Make(ProposalId),
    /// The team's managers have to know that a shift runs whose holder asked for cover.
    AlertManagers,
}

/// Why an event changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody else was first.
    #[error("{0} has it")]
    TakenBy(PersonId),
    /// Somebody else agreed and a manager has to approve.
    #[error("{0} agreed before; a manager has to approve")]
    Promised(PersonId),
    /// The swap is over without a taker.
    #[error("this request is over: it is {}", .0.as_str())]
    Over(SwapState),
    /// The person was never asked.
    #[error("this was not offered to {0}")]
    NotAsked(PersonId),
    /// Hard rules forbid it by now; the offer lapses.
    #[error("no longer possible: {}", .0.join("; "))]
    Impossible(Vec<String>),
    /// The shift has ended.
    #[error("the shift has ended")]
    Ended,
    /// There is nothing to approve or refuse.
    #[error("nobody's agreement awaits approval")]
    NothingToApprove,
}

/// Decides what `event` changes at `now`. The same event again is harmless: no effects. A refusal changes nothing,
/// except that [`Refusal::Impossible`] obliges the caller to let the offer lapse.
pub fn decide(swap: &Swap, offers: &[Offer], event: &Event, now: Instant) -> Result<Vec<Effect>, Refusal> {
    match event {
        Event::Ask(people) => live(swap, now).map(|()| ask(swap, offers, people)),
        Event::Withdraw => withdraw(swap, offers),
        Event::Agree(agreement) => agree(swap, offers, agreement, now),
        Event::Disagree(person) => disagree(swap, offers, person),
        Event::Assign(person) => assign(swap, offers, person, now),
        Event::Approve => approve(swap, offers, now),
        Event::Refuse => refuse(swap, offers),
        Event::Republished => Ok(close(swap, offers, SwapState::Void, OfferState::Withdrawn)),
        Event::Started(people) => Ok(started(swap, offers, people, now)),
        Event::Ended if now >= swap.window.end => Ok(close(swap, offers, SwapState::Expired, OfferState::Lapsed)),
        Event::Ended => Ok(Vec::new()),
    }
}

fn live(swap: &Swap, now: Instant) -> Result<(), Refusal> {
    match (swap.state, &swap.taker) {
        (SwapState::Taken, Some(taker)) => Err(Refusal::TakenBy(taker.clone())),
        (state, _) if !state.is_live() => Err(Refusal::Over(state)),
        _ if now >= swap.window.end => Err(Refusal::Ended),
        _ => Ok(()),
    }
}

fn ask(swap: &Swap, offers: &[Offer], people: &[PersonId]) -> Vec<Effect> {
    let mut rank = offers.iter().map(|offer| offer.rank + 1).max().unwrap_or(0);
    let mut effects: Vec<Effect> = Vec::new();
    let mut asked: Vec<&PersonId> = offers.iter().map(|offer| &offer.person).collect();
    for person in people {
        if *person == swap.requester || asked.contains(&person) {
            continue;
        }
        asked.push(person);
        effects.push(Effect::Ask { person: person.clone(), rank });
        rank += 1;
    }
    effects
}

fn withdraw(swap: &Swap, offers: &[Offer]) -> Result<Vec<Effect>, Refusal> {
    match (swap.state, &swap.taker) {
        (SwapState::Taken, Some(taker)) => Err(Refusal::TakenBy(taker.clone())),
        _ => Ok(close(swap, offers, SwapState::Withdrawn, OfferState::Withdrawn)),
    }
}

fn agree(swap: &Swap, offers: &[Offer], yes: &Agreement, now: Instant) -> Result<Vec<Effect>, Refusal> {
    let person = &yes.person;
    let offer = offers.iter().find(|offer| offer.person == *person);
    let promised = offer.filter(|offer| offer.state == OfferState::Agreed);
    if promised.is_some_and(|offer| offer.proposal.is_some() || swap.taker.as_ref() == Some(person)) {
        return Ok(Vec::new());
    }
    live(swap, now)?;
    let offer = offer.ok_or_else(|| Refusal::NotAsked(person.clone()))?;
    if let (SwapState::AwaitingApproval, Some(first)) = (swap.state, &swap.taker) {
        return Err(Refusal::Promised(first.clone()));
    }
    if !yes.obstacles.is_empty() {
        return Err(Refusal::Impossible(yes.obstacles.clone()));
    }
    let agreed = Effect::Offer { offer: offer.id.clone(), to: OfferState::Agreed, answered: true };
    let proposal = offer.proposal.as_ref();
    if let Some(proposal) = proposal {
        // A no to a proposal has ended it for everybody.
        if matches!(offer.state, OfferState::Disagreed | OfferState::Lapsed | OfferState::Withdrawn) {
            return Err(Refusal::NotAsked(person.clone()));
        }
        if proposal::waits(offers, proposal, person) {
            return Ok(vec![agreed]);
        }
    }
    let taker = proposal.and_then(|proposal| proposal::lead(offers, proposal)).unwrap_or(person);
    if yes.approval {
        let to = SwapState::AwaitingApproval;
        return Ok(vec![Effect::Move { to, taker: Some(taker.clone()) }, agreed]);
    }
    let mut effects = taken(taker, proposal);
    effects.push(agreed);
    effects.extend(end_others(offers, (Some(person), proposal), OfferState::Withdrawn));
    Ok(effects)
}

fn disagree(swap: &Swap, offers: &[Offer], person: &PersonId) -> Result<Vec<Effect>, Refusal> {
    let offer = offers.iter().find(|offer| offer.person == *person).ok_or_else(|| Refusal::NotAsked(person.clone()))?;
    if !swap.state.is_live() || offer.state == OfferState::Disagreed {
        return Ok(Vec::new());
    }
    let said_no = Effect::Offer { offer: offer.id.clone(), to: OfferState::Disagreed, answered: true };
    let Some(proposal) = &offer.proposal else {
        if swap.state == SwapState::AwaitingApproval && swap.taker.as_ref() == Some(person) {
            return Ok(vec![Effect::Move { to: SwapState::Open, taker: None }, said_no]);
        }
        return Ok(vec![said_no]);
    };
    if !matches!(offer.state, OfferState::Offered | OfferState::Agreed) {
        return Ok(Vec::new());
    }
    // One no is enough: the others need not answer any more, and where nobody else is asked the swap is over.
    let (theirs, others): (Vec<&Offer>, Vec<&Offer>) =
        offers.iter().filter(|other| is_standing(other)).partition(|other| other.proposal.as_ref() == Some(proposal));
    let promised =
        swap.state == SwapState::AwaitingApproval && theirs.iter().any(|o| Some(&o.person) == swap.taker.as_ref());
    let mut effects = Vec::new();
    if swap.named_only && others.is_empty() {
        effects.push(Effect::Move { to: SwapState::Withdrawn, taker: None });
    } else if promised {
        effects.push(Effect::Move { to: SwapState::Open, taker: None });
    }
    effects.push(said_no);
    let lapsed = theirs.into_iter().filter(|other| other.person != *person);
    effects.extend(lapsed.map(|o| Effect::Offer { offer: o.id.clone(), to: OfferState::Lapsed, answered: false }));
    Ok(effects)
}

fn assign(swap: &Swap, offers: &[Offer], person: &PersonId, now: Instant) -> Result<Vec<Effect>, Refusal> {
    if swap.taker.as_ref() == Some(person) && swap.state == SwapState::Taken {
        return Ok(Vec::new());
    }
    live(swap, now)?;
    if *person == swap.requester {
        return Ok(close(swap, offers, SwapState::Withdrawn, OfferState::Withdrawn));
    }
    let mut effects = taken(person, None);
    // Whoever is assigned without having agreed has not answered; whoever had, keeps their yes.
    let kept = swap.taker.as_ref().filter(|taker| *taker == person);
    effects.extend(end_others(offers, (kept, None), OfferState::Withdrawn));
    Ok(effects)
}

fn approve(swap: &Swap, offers: &[Offer], now: Instant) -> Result<Vec<Effect>, Refusal> {
    if swap.state == SwapState::Taken {
        return Ok(Vec::new());
    }
    live(swap, now)?;
    let (SwapState::AwaitingApproval, Some(person)) = (swap.state, &swap.taker) else {
        return Err(Refusal::NothingToApprove);
    };
    let proposal = proposal_of(offers, person);
    let mut effects = taken(person, proposal);
    effects.extend(end_others(offers, (Some(person), proposal), OfferState::Withdrawn));
    Ok(effects)
}

/// To which proposal a person agreed, if it was one.
fn proposal_of<'a>(offers: &'a [Offer], person: &PersonId) -> Option<&'a ProposalId> {
    offers.iter().find(|offer| offer.person == *person).and_then(|offer| offer.proposal.as_ref())
}

fn refuse(swap: &Swap, offers: &[Offer]) -> Result<Vec<Effect>, Refusal> {
    let (SwapState::AwaitingApproval, Some(person)) = (swap.state, &swap.taker) else {
        return Err(Refusal::NothingToApprove);
    };
    let mut effects = vec![Effect::Move { to: SwapState::Open, taker: None }];
    let proposal = proposal_of(offers, person);
    let theirs = offers.iter().filter(|offer| offer.person == *person || is_of(offer, proposal));
    effects.extend(theirs.map(|o| Effect::Offer { offer: o.id.clone(), to: OfferState::Lapsed, answered: false }));
    Ok(effects)
}

fn started(swap: &Swap, offers: &[Offer], people: &[PersonId], now: Instant) -> Vec<Effect> {
    if live(swap, now).is_err() || now < swap.window.start {
        return Vec::new();
    }
    let mut effects = ask(swap, offers, people);
    effects.push(Effect::AlertManagers);
    effects
}

fn taken(person: &PersonId, proposal: Option<&ProposalId>) -> Vec<Effect> {
    let makes = match proposal {
        Some(proposal) => Effect::Make(proposal.clone()),
        None => Effect::Assign(person.clone()),
    };
    vec![Effect::Move { to: SwapState::Taken, taker: Some(person.clone()) }, makes]
}

fn is_of(offer: &Offer, proposal: Option<&ProposalId>) -> bool {
    proposal.is_some() && offer.proposal.as_ref() == proposal
}

/// Still open, or promised.
fn is_standing(offer: &Offer) -> bool {
    matches!(offer.state, OfferState::Offered | OfferState::Agreed)
}

fn close(swap: &Swap, offers: &[Offer], to: SwapState, offers_to: OfferState) -> Vec<Effect> {
    if !swap.state.is_live() {
        return Vec::new();
    }
    let mut effects = vec![Effect::Move { to, taker: None }];
    effects.extend(end_others(offers, (None, None), offers_to));
    effects
}

/// A disagreement is an answer and stays one; what is still open, or was promised, ends.
fn end_others(
    offers: &[Offer],
    (except, proposal): (Option<&PersonId>, Option<&ProposalId>),
    to: OfferState,
) -> Vec<Effect> {
    let still = |offer: &&Offer| Some(&offer.person) != except && !is_of(offer, proposal) && is_standing(offer);
    offers.iter().filter(still).map(|offer| Effect::Offer { offer: offer.id.clone(), to, answered: false }).collect()
}
