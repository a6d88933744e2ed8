//! What a transaction has done that somebody subscribed to, gathered while it runs and told at its end: one message a
//! subscription, however many objects changed.

use crate::ids::{PersonId, SlotId};
use crate::roster::model::Shift;
use crate::time::Instant;
use std::collections::BTreeMap;

/// What one transaction leaves to be told.
#[derive(Debug, Default)]
pub struct Notes {
    touched: BTreeMap<String, Touched>,
    rang: bool,
    stirred: bool,
    shifts: BTreeMap<(SlotId, u32), Changed>,
}

/// A shift as it was before and as it is now; either may be none.
pub type Changed = (Option<Shift>, Option<Shift>);

/// What happened to one resource that can be subscribed to.
#[derive(Debug)]
pub(super) struct Touched {
    /// When.
    pub at: Instant,
    /// Its members changed.
    pub content: bool,
    /// It is gone itself, and this is who owned it: nobody else is sure to have seen it to the end.
    pub gone: Option<PersonId>,
    /// Its properties changed, as these people see them.
    pub properties: Whose,
}

/// Who sees a change of properties.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Nobodys,
    These(Vec<PersonId>),
    Everybodys,
}

/// Subscriptions that are not told, because the device behind them did it (`Push-Dont-Notify`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// Who asked for it; only their own subscriptions are meant.
    pub person: PersonId,
    /// Those, or nothing for all they have.
    pub subscriptions: Option<Vec<String>>,
}

impl Quiet {
    /// Whether this subscription is not told.
    pub(super) fn silences(&self, person: &PersonId, id: &str) -> bool {
        let listed = self.subscriptions.as_ref().is_none_or(|all| all.iter().any(|one| one == id));
        self.person == *person && listed
    }
}

impl Notes {
    /// The resources that something happened to.
    pub(super) fn take(&mut self) -> BTreeMap<String, Touched> {
        std::mem::take(&mut self.touched)
    }

    /// Something lies in the outbox that may be delivered at once.
    pub(super) fn ring(&mut self) {
        self.rang = true;
    }

    /// Whether something does.
    pub(super) fn has_rung(&self) -> bool {
        self.rang
    }

    /// Something was done that the trail tells.
    pub(super) fn stir(&mut self) {
        self.stirred = true;
    }

    /// Whether something was.
    pub(super) fn has_stirred(&self) -> bool {
        self.stirred
    }

    /// A shift was written or removed.
    pub(super) fn shift(&mut self, place: (SlotId, u32), before: Option<Shift>, after: Option<Shift>) {
        self.shifts.entry(place).and_modify(|known| known.1.clone_from(&after)).or_insert((before, after));
    }

    /// The shifts that were written or removed since this was asked last, each as it was first and as it is now.
    pub(super) fn take_shifts(&mut self) -> Vec<Changed> {
        std::mem::take(&mut self.shifts).into_values().collect()
    }

    pub(super) fn content(&mut self, topic: &str, at: Instant) {
        self.of(topic, at).content = true;
    }

    pub(super) fn gone(&mut self, topic: &str, owner: &PersonId, at: Instant) {
        self.of(topic, at).gone = Some(owner.clone());
    }

    pub(super) fn properties(&mut self, topic: &str, only: Option<&PersonId>, at: Instant) {
        let touched = self.of(topic, at);
        match (&mut touched.properties, only) {
            (Whose::These(people), Some(person)) => people.push(person.clone()),
            (Whose::Nobodys, Some(person)) => touched.properties = Whose::These(vec![person.clone()]),
            (Whose::Everybodys, Some(_)) => {}
            (all, None) => *all = Whose::Everybodys,
        }
    }

    fn of(&mut self, topic: &str, at: Instant) -> &mut Touched {
        let new = || Touched { at, content: false, gone: None, properties: Whose::Nobodys };
        self.touched.entry(topic.to_owned()).or_insert_with(new)
    }
}
