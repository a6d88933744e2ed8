//! Swaps of one turn that go together: what happens to one happens to all of them, or to none.

use super::{Effect, Event, Offer, Refusal, Swap, decide};
use crate::time::Instant;

/// A swap with its offers.
pub type Part = (Swap, Vec<Offer>);

/// Decides what `event` changes in each part at `now`; where one of them refuses it, it is refused for all.
pub fn decide_together(parts: &[Part], event: &Event, now: Instant) -> Result<Vec<Vec<Effect>>, Refusal> {
    parts.iter().map(|(swap, offers)| decide(swap, offers, event, now)).collect()
}

impl Event {
    /// Whether it concerns everything that goes together. A single shift may be republished away, start or end.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        !matches!(self, Self::Republished | Self::Started(_) | Self::Ended)
    }
}
