//! Solvings that go on beside requests: one begins them, others ask how far they are and stop them, at whichever process
//! of this instance. The one that searches writes where it stands, and looks whether somebody has called it off.

use super::draft::{open_draft, plannable};
use super::solving::{Recommendation, Watch};
use crate::ids::{PersonId, RosterId, SlotId, TeamId};
use crate::roster::solve::engine::Progress;
use crate::roster::verdict::Verdict;
use crate::service::{Actor, Service, ServiceError, hex, random, rights};
use crate::store::solvings::{self, SolvingRow};
use crate::store::{Connection, StoreError};
use crate::time::{Day, Instant, MINUTE, SECOND};
use serde::{Deserialize, Serialize};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long one search may take before it comes out with the best so far.
const LIMIT: Duration = Duration::from_secs(120);
/// Solvings that go on at a time.
const MOST: i64 = 200;
/// How long one that has ended is remembered, in milliseconds.
const REMEMBERED: i64 = 30 * MINUTE;
/// How often whoever searches looks whether it is called off, and says what is new.
const BEAT: Duration = Duration::from_millis(400);
/// After so many beats without news it says that it still searches.
const QUIET_BEATS: u32 = 12;
/// After how long without a word, in milliseconds, whoever searched is gone.
const GONE: i64 = 30 * SECOND;

/// Where a solving stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nothing has come out yet.
    Begun,
    /// The best so far; the search goes on.
    Improving(Reached),
    /// It is in the store.
    Done(Found),
    /// Nothing was stored.
    Failed {
        /// For people.
        message: String,
    },
}

/// How good a roster is, as [`Progress`] and [`Verdict`] say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Required slots that stay empty.
    pub gaps: usize,
    /// What it costs.
    pub cost: i64,
    /// What every roster costs at least, where that is known.
    pub bound: Option<i64>,
}

/// What came out of a solving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// How good it is; none where what is published stands as it is.
    pub reached: Option<Reached>,
    /// It was called off, or its time was up.
    pub stopped: bool,
    /// Who no longer holds what they are published for.
    pub moved: Vec<HandedOn>,
}

/// One published slot that changes hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOn {
    /// The slot.
    pub slot: SlotId,
    /// Who is published for it.
    pub from: PersonId,
    /// Who is to hold it; nobody where it stays empty.
    pub to: Option<PersonId>,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

impl From<Progress> for Reached {
    fn from(Progress { gaps, cost, bound }: Progress) -> Self {
        Self { gaps, cost, bound }
    }
}

impl From<Reached> for Verdict {
    fn from(Reached { gaps, cost, bound }: Reached) -> Self {
        Progress { gaps, cost, bound }.into()
    }
}

impl From<Recommendation> for Found {
    fn from(said: Recommendation) -> Self {
        let reached = said.verdict.map(|Verdict { gaps, cost, bound }| Reached { gaps, cost, bound });
        let moved = said.moved.into_iter().map(|change| HandedOn {
            slot: change.moved.slot,
            from: change.moved.from,
            to: change.moved.to,
            reasons: change.reasons,
        });
        Self { reached, stopped: said.stopped, moved: moved.collect() }
    }
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

impl Solving {
    fn read(row: SolvingRow, now: Instant) -> Result<Self, StoreError> {
        let stage = if !row.ended && row.seen.plus_millis(GONE) < now {
            Stage::Failed { message: "the server that searched was stopped; start the search again".to_owned() }
        } else {
            serde_json::from_str(&row.stage)
                .map_err(|problem| StoreError::Shape(format!("solving {}: {problem}", row.id)))?
        };
        Ok(Self { id: row.id, team: row.team, roster: row.roster, begun: row.begun, stage })
    }

    fn row(&self, now: Instant) -> Result<SolvingRow, ServiceError> {
        Ok(SolvingRow {
            id: self.id.clone(),
            team: self.team.clone(),
            roster: self.roster.clone(),
            begun: self.begun,
            seen: now,
            ended: matches!(self.stage, Stage::Done(_) | Stage::Failed { .. }),
            stage: serde_json::to_string(&self.stage)
                .map_err(|problem| StoreError::Engine(format!("a solving can't be written: {problem}")))?,
        })
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
        let work = move |watch| async move {
            service.recommend_roster(&actor, &wanted, (from, to), &watch).await.map(|(view, said)| (view.head.id, said))
        };
        self.begin(team.clone(), None, work).await
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
        let work = move |watch| async move {
            service.recommend_again(&actor, &roster, expected, &watch).await.map(|(view, said)| (view.head.id, said))
        };
        self.begin(team, Some(id.clone()), work).await
    }

    /// How far a solving is; for managers of its team. Nothing is known of it where it ended long ago.
    pub async fn solving(&self, actor: &Actor, id: &str) -> Result<Solving, ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), id.to_owned());
        self.store.read(move |tx| managed(tx, &who, &id, ctx.now)).await
    }

    /// Lets a solving come out with the best so far; again is harmless.
    pub async fn stop_solving(&self, actor: &Actor, id: &str) -> Result<Solving, ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), id.to_owned());
        let stop = move |tx: &mut dyn Connection| {
            let found = managed(tx, &who, &id, ctx.now)?;
            solvings::call_off(tx, &id)?;
            Ok::<_, ServiceError>(found)
        };
        self.store.write(stop).await
    }

    async fn begin<F>(
        &self,
        team: TeamId,
        roster: Option<RosterId>,
        work: impl FnOnce(Watch) -> F,
    ) -> Result<String, ServiceError>
    where
        F: Future<Output = Result<(RosterId, Recommendation), ServiceError>> + Send + 'static,
    {
        let begun = self.clock.now();
        let solving = Solving { id: hex(&random::<16>()?), team, roster, begun, stage: Stage::Begun };
        let (id, row) = (solving.id.clone(), solving.row(begun)?);
        let insert = move |tx: &mut dyn Connection| {
            solvings::forget(tx, begun.plus_millis(-REMEMBERED))?;
            if solvings::going_on(tx, begun.plus_millis(-GONE))? >= MOST {
                return Err(ServiceError::TooMany("too many rosters are being solved; try again later".to_owned()));
            }
            Ok(solvings::insert(tx, &row)?)
        };
        self.store.write(insert).await?;
        let best = Arc::new(Mutex::new(None));
        let hears = Arc::clone(&best);
        let watch =
            Watch::telling(move |progress| *hears.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress))
                .for_at_most(LIMIT);
        let (service, work) = (self.clone(), work(watch.clone()));
        tokio::spawn(async move { service.follow(solving, work, &watch, &best).await });
        Ok(id)
    }

    /// Goes with a search to its end: says what comes of it, and calls it off where somebody wants that.
    async fn follow(
        &self,
        mut solving: Solving,
        work: impl Future<Output = Result<(RosterId, Recommendation), ServiceError>>,
        watch: &Watch,
        best: &Mutex<Option<Progress>>,
    ) {
        let mut work = pin!(work);
        let mut silent = 0;
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                () = tokio::time::sleep(BEAT) => {}
            }
            let best = *best.lock().unwrap_or_else(PoisonError::into_inner);
            let stage = best.map_or(Stage::Begun, |progress| Stage::Improving(progress.into()));
            silent += 1;
            let news = (stage != solving.stage || silent >= QUIET_BEATS).then(|| stage.clone());
            if let Some(stage) = news {
                (solving.stage, silent) = (stage, 0);
                self.say(&solving).await;
            }
            let id = solving.id.clone();
            match self.store.read(move |tx| solvings::is_called_off(tx, &id)).await {
                Ok(true) => watch.call_off(),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "whether a search is called off can't be read"),
            }
        };
        match done {
            Ok((roster, said)) => (solving.roster, solving.stage) = (Some(roster), Stage::Done(said.into())),
            Err(error) => {
                tracing::info!(%error, "a roster was not solved");
                solving.stage = Stage::Failed { message: in_words(&error) };
            }
        }
        self.say(&solving).await;
    }

    /// Writes where a search stands. The search itself doesn't hang on it.
    async fn say(&self, solving: &Solving) {
        let write = async {
            let row = solving.row(self.clock.now())?;
            Ok::<_, ServiceError>(self.store.write(move |tx| solvings::tell(tx, &row)).await?)
        };
        if let Err(error) = write.await {
            tracing::warn!(%error, "where a search stands can't be written");
        }
    }
}

fn managed(tx: &mut dyn Connection, actor: &Actor, id: &str, now: Instant) -> Result<Solving, ServiceError> {
    let row = solvings::find(tx, id)?.ok_or_else(|| ServiceError::NotFound(format!("solving {id}")))?;
    rights::manage(tx, actor, &row.team, now)?;
    Ok(Solving::read(row, now)?)
}

/// What a manager may read of an error: what broke on our side is for the log.
fn in_words(error: &ServiceError) -> String {
    match error {
        ServiceError::Store(_) => "something broke on our side; the log has it".to_owned(),
        ServiceError::PreconditionFailed => "somebody changed the draft meanwhile; start again".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::planning::solving::tests::large;
    use crate::service::testing::{operator, rota};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_search_that_is_called_off_in_the_database_comes_out_soon() {
        let (_place, service) = rota().await;
        let searching = service.clone();
        let work = move |watch: Watch| async move {
            let solution = searching.solved(large(), &watch).await?;
            Ok((RosterId::from("r1"), solution.said))
        };
        let id = service.begin("payments".into(), None, work).await.unwrap();
        let other = id.clone();
        service.store.write(move |tx| solvings::call_off(tx, &other)).await.unwrap();
        let ended = async {
            loop {
                if let Stage::Done(found) = service.solving(&operator(), &id).await.unwrap().stage {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let found = tokio::time::timeout(LIMIT / 4, ended).await.expect("it comes out long before its time is up");
        assert!(found.stopped);
    }
}
