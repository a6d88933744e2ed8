//! A shift is acknowledged by its holder: they have seen it, and stand it.

use super::act;
use super::carry::Along;
use super::found::{may_answer, shift_of};
use crate::ids::SlotId;
use crate::roster::model::{Answer, Shift};
use crate::roster::swap::Event;
use crate::service::audit::{Deed, record};
use crate::service::render::render_people;
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::{Connection, shifts, swaps};

impl Service {
    /// Acknowledges a shift as accepting its event does: whoever asks for cover of it stands it after all. The holder, a
    /// delegate of theirs, a manager or an admin token may. Again is harmless.
    pub async fn acknowledge_shift(&self, actor: &Actor, slot: &SlotId, segment: u32) -> Result<Shift, ServiceError> {
        let (actor, slot, ctx) = (actor.clone(), slot.clone(), self.ctx());
        let acknowledge = move |tx: &mut dyn Connection| {
            let shift = shift_of(tx, &slot, segment)?;
            let Some(holder) = shift.person.clone() else {
                return Err(ServiceError::conflict("gap", "nobody holds this shift"));
            };
            may_answer(tx, &ctx, &actor, (&holder, &shift.team))?;
            if let Some(swap) = swaps::live_of_shift(tx, &slot, segment)? {
                act::happen(tx, &ctx, &actor, (&swap.id, &Event::Withdraw), Along::default())?;
            }
            accept(tx, &ctx, &actor, &slot, segment)?;
            shift_of(tx, &slot, segment)
        };
        self.store.write(acknowledge).await
    }
}

fn accept(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, slot: &SlotId, segment: u32) -> Result<(), ServiceError> {
    let shift = shift_of(tx, slot, segment)?;
    let Some(holder) = shift.person.filter(|_| shift.answer != Answer::Accepted) else { return Ok(()) };
    shifts::set_answer(tx, slot, segment, Answer::Accepted)?;
    let deed = Deed::new("shift.acknowledged", format!("shift:{slot}.{segment}"));
    record(tx, ctx, actor, deed.subject(&holder))?;
    render_people(tx, ctx, &[holder], &[])
}
