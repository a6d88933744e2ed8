//! Swaps as they happen: asking for cover, answering, withdrawing, approving; by whatever channel, in one transaction
//! each. `roster::swap` decides, the functions here carry it out.

mod views;

pub use views::{OfferView, Reply, SwapView};

use crate::ids::{OfferId, PersonId, SlotId, SwapId, TeamId};
use crate::roster::swap::SwapState;
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::Connection;

#[allow(clippy::unused_async)]
impl Service {
    /// The team's swaps by the start of their shifts; of one state where it is given.
    pub async fn swaps(
        &self,
        _actor: &Actor,
        _team: &TeamId,
        _state: Option<SwapState>,
    ) -> Result<Vec<SwapView>, ServiceError> {
        unimplemented!()
    }

    /// One swap.
    pub async fn swap(&self, _actor: &Actor, _swap: &SwapId) -> Result<SwapView, ServiceError> {
        unimplemented!()
    }

    /// Asks for cover of a shift on its holder's behalf: the holder themselves, a manager or an admin token may. Where
    /// cover is asked for already, that request is answered.
    pub async fn ask_for_cover(
        &self,
        _actor: &Actor,
        _slot: &SlotId,
        _segment: u32,
        _reason: Option<String>,
    ) -> Result<SwapView, ServiceError> {
        unimplemented!()
    }

    /// Answers an offer: who was asked, a manager of the team, or an admin token may. The first to agree has the shift;
    /// [`ServiceError::Conflict`] with code `taken` names who was first, in its message and its detail's `taker`.
    pub async fn answer_offer(
        &self,
        _actor: &Actor,
        _offer: &OfferId,
        _reply: Reply,
    ) -> Result<SwapView, ServiceError> {
        unimplemented!()
    }

    /// Takes a request back: the requester stands the shift after all.
    pub async fn withdraw_swap(&self, _actor: &Actor, _swap: &SwapId) -> Result<SwapView, ServiceError> {
        unimplemented!()
    }

    /// Approves or refuses who agreed; managers only.
    pub async fn approve_swap(&self, _actor: &Actor, _swap: &SwapId, _approve: bool) -> Result<SwapView, ServiceError> {
        unimplemented!()
    }
}

/// A person stored or removed an object of their `shifts`.
#[derive(Clone, Copy, Debug)]
pub struct ShiftEdit<'a> {
    /// Whose calendar it is.
    pub person: &'a PersonId,
    /// The object's name in the calendar, without folder.
    pub name: &'a str,
    /// What was stored there.
    pub old: Option<&'a [u8]>,
    /// What they stored instead; nothing where they removed it.
    pub new: Option<&'a [u8]>,
    /// False for `Schedule-Reply: F`: a removal is no answer (RFC 6638 8.1).
    pub reply: bool,
}

/// What a PUT or DELETE in somebody's `shifts` leads to, inside the caller's transaction; conditions and rights are the
/// caller's. Never refuses an answer (M16): what comes too late or is impossible leads to the object written anew, so
/// that the client reloads it. The caller writes no row of the object itself and answers without ETag.
pub fn shift_object_changed(
    _tx: &mut dyn Connection,
    _ctx: &Ctx,
    _actor: &Actor,
    _edit: &ShiftEdit<'_>,
) -> Result<(), ServiceError> {
    unimplemented!()
}
