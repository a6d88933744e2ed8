//! The longest step of planning: outside of transactions and of the runtime's workers, a few at a time, followed by whoever
//! asked, and over as soon as nobody waits for it any more.

use crate::ids::RosterId;
use crate::roster::plan::{Assignment, Planning};
use crate::roster::solve::changes::{Moved, changes};
use crate::roster::solve::engine::{Control, Progress, Task};
use crate::roster::solve::{Solved, solve_with, usual_work};
use crate::roster::verdict::{Verdict, reasons};
use crate::service::{Service, ServiceError};
use crate::store::rosters::{self, RosterSlot};
use crate::store::{Connection, StoreError};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The solver's seed: the same input gives the same draft.
const SEED: u64 = 0xD06;
/// Threads of one search. What comes out depends on it, so it is not the machine's number.
const THREADS: usize = 2;

/// Somebody who follows a solving and may call it off, and to whom it is worth as much work again to know how good the roster
/// is. Without anybody it is only searched, and takes as long as it needs.
#[derive(Clone, Default)]
pub struct Watch {
    bound: bool,
    told: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
    off: Arc<AtomicBool>,
    within: Option<Duration>,
}

impl Watch {
    /// Hears of every improvement, from any thread.
    #[must_use]
    pub fn telling(told: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { bound: true, told: Some(Arc::new(told)), ..Self::default() }
    }

    /// Comes out with the best so far after that time at the latest.
    #[must_use]
    pub fn within(limit: Duration) -> Self {
        Self { bound: true, within: Some(limit), ..Self::default() }
    }

    /// The same, coming out with the best so far after that time at the latest.
    #[must_use]
    pub fn for_at_most(self, limit: Duration) -> Self {
        Self { within: Some(limit), ..self }
    }

    /// Comes out with the best so far, soon.
    pub fn call_off(&self) {
        self.off.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("off", &self.off).field("within", &self.within).finish_non_exhaustive()
    }
}

/// What the solver says of what it recommends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// How good it is; none where what is published stands as it is, for that is not weighed against anything.
    pub verdict: Option<Verdict>,
    /// It was called off, or its time was up: with more of it the roster might have come out better.
    pub stopped: bool,
    /// Who no longer holds what they are published for, in the order of the slots.
    pub moved: Vec<Change>,
}

/// One published slot that changes hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The slot, from whom, to whom, and why.
    pub moved: Moved,
    /// Why, in sentences; nothing where it only came out cheaper so.
    pub reasons: Vec<String>,
}

impl Recommendation {
    /// How good it is, in words.
    #[must_use]
    pub fn sentence(&self) -> String {
        let early = if self.stopped { "; stopped early" } else { "" };
        match &self.verdict {
            Some(verdict) => format!("{}{early}", verdict.sentence()),
            None => "what is published stands as it is".to_owned(),
        }
    }
}

/// A planning with what the solver makes of it.
pub(super) struct Solution {
    pub planning: Planning,
    pub assignment: Assignment,
    pub said: Recommendation,
}

/// Calls a solving off when nobody waits for it any more: the client went away, or the request took too long.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Service {
    /// Solves on a thread of its own, when its turn comes. Whoever drops this ends it.
    pub(super) async fn solved(&self, planning: Planning, watch: &Watch) -> Result<Solution, ServiceError> {
        let until = watch.within.and_then(|limit| Instant::now().checked_add(limit));
        let gone = Arc::new(AtomicBool::new(false));
        let waiting = Waiting(Arc::clone(&gone));
        let place = Arc::clone(&self.solving).acquire_owned().await;
        let watch = watch.clone();
        let solving = move || {
            // freed when the search has ended, not when its caller has
            let _place = place;
            let over = || {
                let late = until.is_some_and(|until| Instant::now() >= until);
                late || gone.load(Ordering::Relaxed) || watch.off.load(Ordering::Relaxed)
            };
            solution(planning, &watch, &over)
        };
        let done = tokio::task::spawn_blocking(solving).await;
        drop(waiting);
        Ok(done.map_err(|problem| StoreError::Engine(format!("the solver stopped: {problem}")))?)
    }
}

fn solution(planning: Planning, watch: &Watch, over: &(dyn Fn() -> bool + Sync)) -> Solution {
    let stopped = AtomicBool::new(false);
    let stop = || {
        let now = over();
        stopped.fetch_or(now, Ordering::Relaxed);
        now
    };
    let progress = |progress| {
        if let Some(told) = &watch.told {
            told(progress);
        }
    };
    let work = u64::from(usual_work(&planning));
    let task = Task { seed: SEED, work, threads: THREADS, bound: watch.bound };
    let Solved { assignment, progress } = solve_with(&planning, task, &Control { progress: &progress, stop: &stop });
    let change = |moved: Moved| Change { reasons: reasons(&planning, &moved), moved };
    let moved = changes(&planning, &assignment).into_iter().map(change).collect();
    let verdict: Option<Verdict> = progress.map(Into::into);
    let proved = verdict.is_some_and(|verdict| verdict.proved_best());
    let stopped = stopped.load(Ordering::Relaxed) && !proved;
    Solution { said: Recommendation { verdict, stopped, moved }, planning, assignment }
}

/// Writes who holds what, and whom the solver found there. A pin is a manager's decision, which the solver doesn't
/// renew.
pub(super) fn store_solution(tx: &mut dyn Connection, id: &RosterId, solution: &Solution) -> Result<(), ServiceError> {
    let Solution { planning, assignment, .. } = solution;
    for row in rosters::slots(tx, id)? {
        let Some(slot) = planning.slot(&row.slot) else { continue };
        let person = assignment.holder(&slot.id).cloned();
        let base = if row.pinned { row.base.clone() } else { planning.published.get(&slot.id).cloned() };
        if (&person, &base) != (&row.person, &row.base) {
            let reason = row.reason.clone().filter(|_| person == row.person);
            rosters::put_slot(tx, id, &RosterSlot { person, base, reason, ..row })?;
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::service::testing::service;
    use std::sync::Mutex;

    /// Sixty people for two years of days: nobody proves the best of it while a test waits.
    pub(in crate::service::planning) fn large() -> Planning {
        let people: Vec<_> = (0..60).map(|at| crate::roster::sample::member(&format!("p{at:02}"))).collect();
        let roles = &crate::roster::sample::team().roles[..2];
        crate::roster::sample::planning(people, crate::roster::sample::daily(730, 1, roles))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_solving_that_is_called_off_comes_out_with_what_there_is() {
        let (_place, service) = service().await;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (hears, off) = (Arc::clone(&heard), Arc::new(Mutex::new(None::<Watch>)));
        let other = Arc::clone(&off);
        let watch = Watch::telling(move |progress| {
            hears.lock().unwrap().push(progress);
            if let Some(watch) = other.lock().unwrap().as_ref() {
                watch.call_off();
            }
        });
        *off.lock().unwrap() = Some(watch.clone());
        let solution = service.solved(large(), &watch).await.unwrap();
        assert!(solution.said.stopped);
        assert_eq!(solution.assignment.iter().count(), 730 * 2, "the first roster is whole already");
        let best = heard.lock().unwrap().iter().map(|progress| progress.cost).min();
        assert_eq!(solution.said.verdict.map(|verdict| verdict.cost), best);
        off.lock().unwrap().take();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_solving_that_nobody_waits_for_ends_and_makes_room() {
        let (_place, service) = service().await;
        let (begun, begins) = tokio::sync::oneshot::channel();
        let begun = Mutex::new(Some(begun));
        let watch = Watch::telling(move |_| {
            if let Some(begun) = begun.lock().unwrap().take() {
                let _ = begun.send(());
            }
        });
        let asked = service.clone();
        let request = tokio::spawn(async move { asked.solved(large(), &watch).await.map(|_| ()) });
        begins.await.unwrap();
        assert_eq!(service.solving.available_permits(), crate::service::SOLVING - 1);
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        let all = u32::try_from(crate::service::SOLVING).unwrap();
        let _all = service.solving.acquire_many(all).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn time_that_is_up_is_said() {
        let (_place, service) = service().await;
        let solution = service.solved(large(), &Watch::within(Duration::ZERO)).await.unwrap();
        assert!(solution.said.stopped);
        assert!(solution.said.sentence().ends_with("; stopped early"), "{}", solution.said.sentence());
    }
}
