//! Solvings that go on beside requests: one begins them, others ask how far they are and stop them. They live in this
//! process; what comes of them is in the store.

use super::draft::{open_draft, plannable};
use super::solving::{Recommendation, Watch};
use crate::ids::{RosterId, TeamId};
use crate::roster::solve::engine::Progress;
use crate::service::{Actor, Service, ServiceError, hex, random, rights};
use crate::store::Connection;
use crate::time::{Day, Instant, MINUTE};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long one search may take before it comes out with the best so far.
const LIMIT: Duration = Duration::from_secs(120);
/// Solvings that are remembered at a time.
const MOST: usize = 200;
/// How long one that has ended is remembered, in milliseconds.
const REMEMBERED: i64 = 30 * MINUTE;

/// Where a solving stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing has come out yet.
    Begun,
    /// The best so far; the search goes on.
    Improving(Progress),
    /// It is in the store.
    Done(Recommendation),
    /// Nothing was stored.
    Failed {
        /// For people.
        message: String,
    },
}

/// A solving as its manager follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solving {
    /// By which it is asked after.
    pub id: String,
    /// Whose roster it is.
    pub team: TeamId,
    /// Which roster; nothing while a new one is not stored yet.
    pub roster: Option<RosterId>,
    /// When it began.
    pub begun: Instant,
    /// Where it stands.
    pub stage: Stage,
}

/// The solvings of this process.
#[derive(Clone, Debug, Default)]
pub(in crate::service) struct Desk(Arc<Mutex<BTreeMap<String, Job>>>);

#[derive(Clone, Debug)]
struct Job {
    solving: Solving,
    watch: Watch,
    ended: Option<Instant>,
}

impl Desk {
    fn jobs(&self) -> MutexGuard<'_, BTreeMap<String, Job>> {
        // Each change is whole before anything could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a new one there; what ended a while ago is forgotten.
    fn begin(&self, solving: Solving, watch: Watch) -> Result<(), ServiceError> {
        let now = solving.begun;
        let mut jobs = self.jobs();
        jobs.retain(|_, job| job.ended.is_none_or(|ended| now < ended.plus_millis(REMEMBERED)));
        if jobs.len() >= MOST {
            return Err(ServiceError::TooMany("too many rosters are being solved; try again later".to_owned()));
        }
        jobs.insert(solving.id.clone(), Job { solving, watch, ended: None });
        Ok(())
    }

    fn improves(&self, id: &str, progress: Progress) {
        if let Some(job) = self.jobs().get_mut(id).filter(|job| job.ended.is_none()) {
            job.solving.stage = Stage::Improving(progress);
        }
    }

    fn ends(&self, id: &str, at: Instant, roster: Option<RosterId>, stage: Stage) {
        if let Some(job) = self.jobs().get_mut(id).filter(|job| job.ended.is_none()) {
            job.ended = Some(at);
            job.solving.roster = roster.or_else(|| job.solving.roster.take());
            job.solving.stage = stage;
        }
    }
}

/// Whatever ends the work, whoever waits hears that it has ended.
struct Ending {
    service: Service,
    id: String,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let stage = Stage::Failed { message: "the search ended without a result; start it again".to_owned() };
        self.service.desk.ends(&self.id, self.service.clock.now(), None, stage);
    }
}

impl Service {
    /// Begins a new draft as [`Service::create_roster`] makes it, and answers by which name to ask after it. What stands
    /// against it from the outset is refused at once.
    pub async fn begin_roster(
        &self,
        actor: &Actor,
        team: &TeamId,
        (from, to): (Day, Day),
    ) -> Result<String, ServiceError> {
        super::draft::check_days(from, to)?;
        let (ctx, who, id) = (self.ctx(), actor.clone(), team.clone());
        let may = move |tx: &mut dyn Connection| plannable(tx, &ctx, &who, &id, (from, to)).map(|_| ());
        self.store.read(may).await?;
        let (service, actor, wanted) = (self.clone(), actor.clone(), team.clone());
        self.begin(team.clone(), None, move |watch| async move {
            service.recommend_roster(&actor, &wanted, (from, to), &watch).await.map(|(view, said)| (view.head.id, said))
        })
    }

    /// Begins to fill a draft anew as [`Service::solve_roster`] does, and answers by which name to ask after it.
    pub async fn begin_solving(
        &self,
        actor: &Actor,
        id: &RosterId,
        expected: Option<i64>,
    ) -> Result<String, ServiceError> {
        let (ctx, who, roster) = (self.ctx(), actor.clone(), id.clone());
        let may =
            move |tx: &mut dyn Connection| open_draft(tx, &ctx, &who, &roster, expected).map(|sheet| sheet.team.id);
        let team = self.store.read(may).await?;
        let (service, actor, roster) = (self.clone(), actor.clone(), id.clone());
        self.begin(team, Some(id.clone()), move |watch| async move {
            service.recommend_again(&actor, &roster, expected, &watch).await.map(|(view, said)| (view.head.id, said))
        })
    }

    /// How far a solving is; for managers of its team. Nothing is known of it where it ended long ago, or where another
    /// process of this instance does it.
    pub async fn solving(&self, actor: &Actor, id: &str) -> Result<Solving, ServiceError> {
        let unknown = || ServiceError::NotFound(format!("solving {id}"));
        let found = self.desk.jobs().get(id).map(|job| job.solving.clone()).ok_or_else(unknown)?;
        let (ctx, who, team) = (self.ctx(), actor.clone(), found.team.clone());
        self.store.read(move |tx| rights::manage(tx, &who, &team, ctx.now)).await?;
        Ok(found)
    }

    /// Lets a solving come out with the best so far; again is harmless.
    pub async fn stop_solving(&self, actor: &Actor, id: &str) -> Result<Solving, ServiceError> {
        let found = self.solving(actor, id).await?;
        if let Some(job) = self.desk.jobs().get(id) {
            job.watch.call_off();
        }
        Ok(found)
    }

    fn begin<F>(
        &self,
        team: TeamId,
        roster: Option<RosterId>,
        work: impl FnOnce(Watch) -> F,
    ) -> Result<String, ServiceError>
    where
        F: Future<Output = Result<(RosterId, Recommendation), ServiceError>> + Send + 'static,
    {
        let id = hex(&random::<16>()?);
        let (desk, name) = (self.desk.clone(), id.clone());
        let watch = Watch::telling(move |progress| desk.improves(&name, progress)).for_at_most(LIMIT);
        let solving = Solving { id: id.clone(), team, roster, begun: self.clock.now(), stage: Stage::Begun };
        self.desk.begin(solving, watch.clone())?;
        let (work, ending) = (work(watch), Ending { service: self.clone(), id: id.clone() });
        tokio::spawn(async move {
            let (roster, stage) = match work.await {
                Ok((roster, said)) => (Some(roster), Stage::Done(said)),
                Err(error) => {
                    tracing::info!(%error, "a roster was not solved");
                    (None, Stage::Failed { message: in_words(&error) })
                }
            };
            ending.service.desk.ends(&ending.id, ending.service.clock.now(), roster, stage);
        });
        Ok(id)
    }
}

/// What a manager may read of an error: what broke on our side is for the log.
fn in_words(error: &ServiceError) -> String {
    match error {
        ServiceError::Store(_) => "something broke on our side; the log has it".to_owned(),
        ServiceError::PreconditionFailed => "somebody changed the draft meanwhile; start again".to_owned(),
        other => other.to_string(),
    }
}
