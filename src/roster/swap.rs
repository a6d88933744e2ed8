//! Swaps: who takes over a shift after publication. A state machine as one pure function: what is, what happens and
//! when go in; what has to change comes out. Carrying it out, in one transaction, is `service::swaps`.

mod decide;
mod proposal;
pub mod search;
mod split;
mod together;
mod weigh;

pub use decide::{Agreement, Effect, Event, Refusal, decide};
pub use proposal::ProposedMove;
pub use split::{Segment, split_for, split_into};
pub use together::{Part, decide_together};
pub use weigh::weighed;

use crate::ids::{OfferId, PersonId, ProposalId, SlotId, SwapId, TeamId};
use crate::roster::model::Channel;
use crate::time::{Instant, Window};
use serde::{Deserialize, Serialize};

/// Where a swap stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwapState {
    /// Cover is asked for; the requester is still responsible.
    Open,
    /// Somebody agreed; a manager has to approve. The requester is still responsible.
    AwaitingApproval,
    /// Somebody else has the shift.
    Taken,
    /// The requester stands the shift after all.
    Withdrawn,
    /// The shift ended without a taker.
    Expired,
    /// The shift was republished away.
    Void,
}

impl SwapState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::AwaitingApproval, Self::Taken, Self::Withdrawn, Self::Expired, Self::Void];

    /// The word that is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::AwaitingApproval => "awaiting-approval",
            Self::Taken => "taken",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Void => "void",
        }
    }

    /// The state that a stored word names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether somebody may still take the shift.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::AwaitingApproval)
    }
}

/// Where one person's offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfferState {
    /// Asked, no answer yet.
    Offered,
    /// Said yes.
    Agreed,
    /// Said no; may change their mind while the swap is open.
    Disagreed,
    /// Became impossible or too late.
    Lapsed,
    /// No longer needed: somebody else has it, or the requester took the request back.
    Withdrawn,
}

impl OfferState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Offered, Self::Agreed, Self::Disagreed, Self::Lapsed, Self::Withdrawn];

    /// The word that is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Agreed => "agreed",
            Self::Disagreed => "disagreed",
            Self::Lapsed => "lapsed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state that a stored word names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A request that somebody else take a shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// Identifier.
    pub id: SwapId,
    /// Whose shift it is.
    pub team: TeamId,
    /// The slot.
    pub slot: SlotId,
    /// Which part of it.
    pub segment: u32,
    /// Who holds the shift and asks.
    pub requester: PersonId,
    /// Why, in the requester's words.
    pub reason: Option<String>,
    /// Where it stands.
    pub state: SwapState,
    /// Goes up with every change of state; the conditional update names it.
    pub version: i64,
    /// When the shift is.
    pub window: Window,
    /// When cover was asked for.
    pub opened: Instant,
    /// When it reached a final state.
    pub closed: Option<Instant>,
    /// Who has it, or who agreed while approval is awaited.
    pub taker: Option<PersonId>,
    /// Swaps of one turn that were asked for at once have the same name here: whoever takes one takes all of them.
    pub together: Option<SwapId>,
    /// Nobody is asked but those whom proposals name.
    pub named_only: bool,
}

/// A swap as put to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Identifier.
    pub id: OfferId,
    /// The swap.
    pub swap: SwapId,
    /// Who is asked.
    pub person: PersonId,
    /// Where it stands.
    pub state: OfferState,
    /// Place in the ranking at the time of asking, from 0.
    pub rank: u32,
    /// When they were asked.
    pub sent: Instant,
    /// When they answered last.
    pub answered: Option<Instant>,
    /// By which way the last answer came.
    pub channel: Option<Channel>,
    /// They are asked for their part in a proposal rather than for cover.
    pub proposal: Option<ProposalId>,
}

#[cfg(test)]
mod tests;
