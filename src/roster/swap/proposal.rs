//! Proposals: shifts that change hands together, once everybody who takes one has agreed.

use crate::ids::{PersonId, ProposalId, SlotId};
use crate::roster::swap::{Offer, OfferState};
use crate::time::Window;

/// A shift, or a part of it, that passes from one person to another with a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedMove {
    /// The slot.
    pub slot: SlotId,
    /// Which part of it, as it was split when this was proposed.
    pub segment: u32,
    /// When: all of the shift, or what is to be cut out of it.
    pub window: Window,
    /// Who gives it.
    pub from: PersonId,
    /// Who takes it.
    pub to: PersonId,
}

/// The offers of one proposal.
pub(super) fn of<'a>(offers: &'a [Offer], proposal: &'a ProposalId) -> impl Iterator<Item = &'a Offer> {
    offers.iter().filter(move |offer| offer.proposal.as_ref() == Some(proposal))
}

/// Whether somebody else has yet to agree.
pub(super) fn waits(offers: &[Offer], proposal: &ProposalId, person: &PersonId) -> bool {
    of(offers, proposal).any(|offer| offer.person != *person && offer.state != OfferState::Agreed)
}

/// Who counts as taker: whoever was put first, for they take what was asked.
pub(super) fn lead<'a>(offers: &'a [Offer], proposal: &'a ProposalId) -> Option<&'a PersonId> {
    of(offers, proposal).min_by_key(|offer| offer.rank).map(|offer| &offer.person)
}
