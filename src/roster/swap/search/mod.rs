//! Ways out of a shift: who could cover it, exchange it in twos or threes, or stand it in parts. Every way keeps all the
//! hard rules in what comes of it, and says what it does to everybody's load.

mod cover;
mod exchange;
mod judge;
mod parts;
#[cfg(test)]
mod tests;
mod told;

pub use cover::covers;
pub use exchange::{cycles, exchanges};
pub use judge::{obstacles, piece};
pub use parts::parts;
pub use told::told;

use crate::ids::{PersonId, SlotId};
use crate::roster::balance::{Balance, balance};
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Planning};
use crate::roster::recommend::Level;
use crate::time::{Instant, Window};
use std::collections::BTreeMap;

/// Ways that one search answers; nobody reads more.
pub const MOST_WAYS: usize = 20;

/// What somebody wants to be rid of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The slots, which one person holds; several are all that is left of a turn.
    pub slots: Vec<SlotId>,
    /// Only this part of the one slot.
    pub part: Option<Window>,
}

/// A slot, or a part of it, that passes from one person to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// The slot.
    pub slot: SlotId,
    /// When: all of the slot, or the part.
    pub window: Window,
    /// Who gives it.
    pub from: PersonId,
    /// Who takes it.
    pub to: PersonId,
}

/// What a way does to one person, in hundredths of points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toll {
    /// Who.
    pub person: PersonId,
    /// What they carry more than before; less where it is below nothing.
    pub more: i64,
    /// What they carried and would carry without it.
    pub load: i64,
    /// Their fair part.
    pub share: i64,
}

impl Toll {
    /// Balance as it is.
    #[must_use]
    pub const fn before(&self) -> i64 {
        self.load - self.share
    }

    /// Balance as it would be.
    #[must_use]
    pub const fn after(&self) -> i64 {
        self.load + self.more - self.share
    }

    /// By how much the square of the balance changes.
    fn change(&self) -> i64 {
        let square = |balance: i64| balance.saturating_mul(balance);
        square(self.after()).saturating_sub(square(self.before()))
    }
}

/// One way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What changes hands; what is asked comes first.
    pub moves: Vec<Move>,
    /// By how much the sum of everybody's squared balances changes: below nothing is fairer than before.
    pub change: i64,
    /// What it does to everybody it concerns, the giver first.
    pub tolls: Vec<Toll>,
    /// How warmly whoever covers it alone is recommended, and why.
    pub advice: Option<(Level, Vec<String>)>,
}

/// What a search found, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The ways.
    pub ways: Vec<Way>,
    /// There may be more: so many were found, or so much was tried, that the search ended.
    pub more: bool,
}

/// What all searches look at.
struct Sight<'a> {
    planning: &'a Planning,
    assignment: &'a Assignment,
    balances: BTreeMap<PersonId, Balance>,
    /// What is asked, cut to the part where only that is.
    asked: Vec<Slot>,
    holder: PersonId,
}

impl<'a> Sight<'a> {
    /// Nothing where the slots are not known, or not held by one and the same person.
    fn new(planning: &'a Planning, assignment: &'a Assignment, asked: &Asked) -> Option<Self> {
        let mut slots = Vec::with_capacity(asked.slots.len());
        for id in &asked.slots {
            let slot = planning.slot(id)?;
            let window = asked.part.map_or(Some(slot.window), |part| slot.window.intersect(part))?;
            slots.push(Slot { window, ..slot.clone() });
        }
        let holder = assignment.holder(&slots.first()?.id)?.clone();
        if slots.iter().any(|slot| assignment.holder(&slot.id) != Some(&holder)) {
            return None;
        }
        let balances = balance(planning, assignment).into_iter().map(|one| (one.person.clone(), one)).collect();
        Some(Self { planning, assignment, balances, asked: slots, holder })
    }

    /// The way that these moves are, whether or not they are allowed.
    fn way(&self, moves: Vec<Move>) -> Way {
        let mut people: Vec<&PersonId> = Vec::new();
        for person in moves.iter().flat_map(|one| [&one.from, &one.to]) {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        let tolls: Vec<Toll> = people.into_iter().map(|person| self.toll(person, self.gain(person, &moves))).collect();
        Way { change: tolls.iter().map(Toll::change).sum(), tolls, moves, advice: None }
    }

    fn toll(&self, person: &PersonId, more: i64) -> Toll {
        let (load, share) = self.balances.get(person).map_or((0, 0), |balance| (balance.load, balance.share));
        Toll { person: person.clone(), more, load, share }
    }

    /// Points that somebody carries more once the moves are made.
    fn gain(&self, person: &PersonId, moves: &[Move]) -> i64 {
        let Some(member) = self.planning.member(person) else { return 0 };
        let points = |one: &Move| piece(self.planning, one).map_or(0, |slot| self.planning.points(member, &slot));
        let taken: i64 = moves.iter().filter(|one| one.to == *person).map(points).sum();
        taken - moves.iter().filter(|one| one.from == *person).map(points).sum::<i64>()
    }

    /// Whether no hard rule stands against what comes of it.
    fn holds(&self, moves: &[Move]) -> bool {
        obstacles(self.planning, self.assignment, moves).is_empty()
    }
}

/// All of these slots from one to another.
fn handed<'a>(slots: impl IntoIterator<Item = &'a Slot>, from: &PersonId, to: &PersonId) -> Vec<Move> {
    let one = |slot: &Slot| Move { slot: slot.id.clone(), window: slot.window, from: from.clone(), to: to.clone() };
    slots.into_iter().map(one).collect()
}

/// When the first of what is given in return begins; else when what is asked does.
fn soonest(moves: &[Move], holder: &PersonId) -> Option<Instant> {
    let returned = moves.iter().filter(|one| one.from != *holder).map(|one| one.window.start).min();
    returned.or_else(|| moves.iter().map(|one| one.window.start).min())
}
