//! What a swap looks like to those who may see it.

use crate::ids::{OfferId, PersonId, ProposalId, SlotId, SwapId, TeamId};
use crate::roster::swap::{Offer, OfferState, Swap, SwapState};
use crate::time::{Instant, Window, Zone};

/// An answer to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Takes the shift.
    Agree,
    /// Can't, or would rather not.
    Disagree,
}

/// A swap with its offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwapView {
    /// Identifier.
    pub id: SwapId,
    /// Whose shift it is.
    pub team: TeamId,
    /// The slot.
    pub slot: SlotId,
    /// Which part of it.
    pub segment: u32,
    /// The role.
    pub role: String,
    /// When the shift is.
    pub window: Window,
    /// The pattern's zone.
    pub zone: Zone,
    /// Who asks.
    pub requester: PersonId,
    /// Why, in the requester's words.
    pub reason: Option<String>,
    /// Where it stands.
    pub state: SwapState,
    /// When cover was asked for.
    pub opened: Instant,
    /// When it reached a final state.
    pub closed: Option<Instant>,
    /// Who has it, or who agreed while approval is awaited.
    pub taker: Option<PersonId>,
    /// Swaps of one turn have the same name here: whoever takes one takes all of them.
    pub together: Option<SwapId>,
    /// Nobody is asked but those whom proposals name.
    pub named_only: bool,
    /// The offers by rank.
    pub offers: Vec<OfferView>,
}

/// A swap as put to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferView {
    /// Identifier.
    pub id: OfferId,
    /// Who is asked.
    pub person: PersonId,
    /// Where it stands.
    pub state: OfferState,
    /// When they were asked.
    pub sent: Instant,
    /// When they answered last.
    pub answered: Option<Instant>,
    /// Where it is a proposal: which. Its offers are agreed to by all or come to nothing.
    pub proposal: Option<ProposalId>,
    /// What changes hands with the proposal.
    pub moves: Vec<MoveView>,
}

/// A shift, or a part of it, that passes from one person to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveView {
    /// The slot.
    pub slot: SlotId,
    /// Its role.
    pub role: String,
    /// When.
    pub window: Window,
    /// The pattern's zone.
    pub zone: Zone,
    /// Who gives it.
    pub from: PersonId,
    /// Who takes it.
    pub to: PersonId,
}

impl SwapView {
    pub(super) fn new(swap: Swap, offers: Vec<Offer>, role: String, zone: Zone) -> Self {
        let offer = |offer: Offer| OfferView {
            id: offer.id,
            person: offer.person,
            state: offer.state,
            sent: offer.sent,
            answered: offer.answered,
            proposal: offer.proposal,
            moves: Vec::new(),
        };
        Self {
            id: swap.id,
            team: swap.team,
            slot: swap.slot,
            segment: swap.segment,
            role,
            window: swap.window,
            zone,
            requester: swap.requester,
            reason: swap.reason,
            state: swap.state,
            opened: swap.opened,
            closed: swap.closed,
            taker: swap.taker,
            together: swap.together,
            named_only: swap.named_only,
            offers: offers.into_iter().map(offer).collect(),
        }
    }
}
