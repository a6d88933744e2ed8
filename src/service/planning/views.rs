//! What planning answers, as plain data.

use crate::ids::{PersonId, RosterId, SlotId, TeamId, TurnId};
use crate::roster::check::Finding;
use crate::roster::report::Report;
use crate::store::rosters::{Roster, RosterState};
use crate::time::{Day, Instant, Window, Zone};
use sha2::{Digest as _, Sha256};

/// A roster without its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterHead {
    /// Identifier.
    pub id: RosterId,
    /// Whose.
    pub team: TeamId,
    /// First day, in the team's zone.
    pub from: Day,
    /// First day after.
    pub to: Day,
    /// Where it stands.
    pub state: RosterState,
    /// Number of the edition; of a draft, the one it is on top of.
    pub version: i64,
    /// Goes up with every change.
    pub counter: i64,
    /// Who made it, as the audit trail names them.
    pub created_by: String,
    /// When it was made.
    pub created: Instant,
    /// When it was published.
    pub published: Option<Instant>,
    /// Why, in the manager's words.
    pub reason: Option<String>,
}

impl From<&Roster> for RosterHead {
    fn from(roster: &Roster) -> Self {
        Self {
            id: roster.id.clone(),
            team: roster.team.clone(),
            from: roster.from,
            to: roster.to,
            state: roster.state,
            version: roster.version,
            counter: roster.counter,
            created_by: roster.created_by.clone(),
            created: roster.created,
            published: roster.published,
            reason: roster.reason.clone(),
        }
    }
}

/// A roster with its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterView {
    /// Everything but the slots.
    pub head: RosterHead,
    /// The team's zone.
    pub zone: Zone,
    /// By start; of a published roster with who holds them now.
    pub slots: Vec<SlotView>,
}

impl RosterView {
    /// The roster's strong entity tag, with its quotes. Swaps change who holds the slots of a published roster without
    /// changing the roster, so the slots count as well.
    #[must_use]
    pub fn etag(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(format!("{:?}{:?}", self.head.state, self.slots));
        let hash = hasher.finalize();
        let hash = hash.iter().take(8).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
        format!("\"{}-{hash:016x}\"", self.head.counter)
    }

    /// The counter that an entity tag names, for the `expected` of a write; nothing where it is not one of a roster's.
    #[must_use]
    pub fn counter_of(etag: &str) -> Option<i64> {
        let tag = etag.trim().trim_start_matches("W/").trim_matches('"');
        tag.split_once('-').map_or(tag, |(counter, _)| counter).parse().ok()
    }
}

/// One slot of a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotView {
    /// Identifier.
    pub id: SlotId,
    /// The role.
    pub role: String,
    /// When.
    pub window: Window,
    /// The pattern's zone.
    pub zone: Zone,
    /// The turn it is part of.
    pub turn: Option<TurnId>,
    /// May stay empty.
    pub optional: bool,
    /// Who holds it.
    pub person: Option<PersonId>,
    /// A manager fixed it.
    pub pinned: bool,
    /// A manager's reason, where a rule is broken.
    pub reason: Option<String>,
}

/// What is wrong with a roster, and how its load is spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    /// Gaps and broken rules.
    pub findings: Vec<Finding>,
    /// The spread.
    pub report: Report,
}

/// One thing that a manager does, or would do, to a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Gives a slot to somebody, or empties it.
    Give {
        /// The slot.
        slot: SlotId,
        /// Who is to hold it.
        person: Option<PersonId>,
        /// With it every other slot of its turn that may still be planned.
        whole_turn: bool,
        /// The solver must keep it so.
        pin: bool,
    },
    /// Two holders change places.
    Exchange {
        /// The one's slot.
        one: SlotId,
        /// The other's.
        other: SlotId,
        /// Each gives all that they hold of that turn.
        whole_turn: bool,
    },
}

/// What a manager does with one slot of a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assign {
    /// Who is to hold it; nobody empties it.
    pub person: Option<PersonId>,
    /// The solver must keep it so.
    pub pin: bool,
    /// Why, where a rule is broken.
    pub reason: Option<String>,
    /// The counter the roster must still have (If-Match).
    pub expected: Option<i64>,
}
