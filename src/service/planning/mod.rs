//! Planning as it happens: a draft is made, filled, changed, checked and published. `roster` decides, the functions here
//! load what it looks at and store what it says.

mod assign;
mod board;
mod compare;
mod demand;
mod desk;
mod draft;
mod explain;
mod history;
mod incoming;
mod kept;
mod load;
mod moves;
mod notice;
pub(super) mod people;
mod publish;
mod solving;
mod steps;
mod takeover;
mod views;

#[cfg(test)]
mod tests;

pub use crate::store::rosters::RosterState;
pub use board::{Board, BoardPerson, BoardSlot};
pub use compare::{Difference, SwapsSince};
pub(super) use demand::demands;
pub use desk::{Found, Reached, Solving, Stage};
pub use explain::{RosterExplained, SlotExplained};
pub(super) use history::{close, ended};
pub(super) use incoming::{Placed, publish_placed};
pub(super) use kept::Kept;
pub use load::{Plan, load};
pub(super) use load::{remembered, widened};
pub use moves::Handing;
pub use publish::Publication;
pub use solving::{Change, Recommendation, Watch};
pub use steps::Weighed;
pub use views::{Assign, CheckView, RosterHead, RosterView, SlotView, Step};
