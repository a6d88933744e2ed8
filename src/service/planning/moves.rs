//! Which of somebody's shifts to hand to somebody else: each of them weighed, the one that does most good first.

use super::{Plan, SlotView};
use crate::ids::{PersonId, RosterId};
use crate::roster::explain::{Told, handings};
use crate::service::{Actor, Service, ServiceError};
use crate::store::rosters::RosterState;
use crate::store::{Connection, people};

/// One shift handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handing {
    /// The shift.
    pub slot: SlotView,
    /// What it would do.
    pub effect: Told,
}

impl Service {
    /// What each shift that one person holds in a roster would do if another stood it, best first: those that break no
    /// rule before those that do. Pinned ones and what has started are left out; for managers.
    pub async fn handings(
        &self,
        actor: &Actor,
        id: &RosterId,
        from: &PersonId,
        to: &PersonId,
    ) -> Result<Vec<Handing>, ServiceError> {
        let (ctx, who, id, from, to) = (self.ctx(), actor.clone(), id.clone(), from.clone(), to.clone());
        let kept = self.kept.clone();
        let read = move |tx: &mut dyn Connection| {
            let opened = kept.managed((tx, &ctx), &who, &id)?;
            if opened.sheet.roster.state != RosterState::Draft {
                return Err(ServiceError::conflict("not-a-draft", "only shifts of a draft are handed on here"));
            }
            for person in [&from, &to] {
                people::find(tx, person)?
                    .ok_or_else(|| ServiceError::invalid("person", format!("nobody is called {person}")))?;
            }
            let Plan { planning, assignment } = &opened.plan;
            let found = handings(planning, assignment, &from, &to);
            let seen = found.into_iter().filter_map(|(slot, effect)| {
                let slot = opened.shown.slots.iter().find(|view| view.id == slot)?.clone();
                Some(Handing { slot, effect })
            });
            Ok(seen.collect())
        };
        self.store.read(read).await
    }
}
