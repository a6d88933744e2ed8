//! Whether the writers of this process go side by side or one after the other. Side by side is faster while they change
//! different rows; where they change the same (one busy calendar, the head of the audit trail) each would make the
//! others start again, and one after the other, many jobs to a commit, is faster.

use super::failure::Failure;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

/// How long writers go one after the other after a conflict.
const NARROW: Duration = Duration::from_millis(200);

/// What writers pass through before each transaction.
#[derive(Debug, Default)]
pub(super) struct Lane {
    door: RwLock<()>,
    narrow_until: Mutex<Option<Instant>>,
}

/// The right to run one transaction; held until it ends. Only its end matters.
pub(super) enum Turn<'l> {
    SideBySide { _held: RwLockReadGuard<'l, ()> },
    Alone { _held: RwLockWriteGuard<'l, ()> },
}

impl Turn<'_> {
    pub(super) fn is_alone(&self) -> bool {
        matches!(self, Self::Alone { .. })
    }
}

impl Lane {
    /// Waits for its turn.
    pub(super) fn enter(&self) -> Turn<'_> {
        if self.is_narrow() {
            Turn::Alone { _held: self.door.write().unwrap_or_else(PoisonError::into_inner) }
        } else {
            Turn::SideBySide { _held: self.door.read().unwrap_or_else(PoisonError::into_inner) }
        }
    }

    /// Hears how a transaction failed.
    pub(super) fn note(&self, failure: &Failure) {
        if *failure == Failure::Again {
            let mut until = self.narrow_until.lock().unwrap_or_else(PoisonError::into_inner);
            *until = Some(Instant::now() + NARROW);
        }
    }

    fn is_narrow(&self) -> bool {
        let until = self.narrow_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_conflict_writers_go_one_after_the_other() {
        let lane = Lane::default();
        assert!(!lane.enter().is_alone());
        lane.note(&Failure::Again);
        assert!(lane.enter().is_alone());
    }

    #[test]
    fn two_go_side_by_side_while_there_is_no_conflict() {
        let lane = Lane::default();
        let first = lane.enter();
        assert!(!lane.enter().is_alone() && !first.is_alone());
    }
}
