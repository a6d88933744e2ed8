//! Whether Dogwatch does what it is there for, tried as its users would: a write is read back, every team has somebody on
//! call, and its feed can be read. Of several processes one tells it to receivers elsewhere.

use super::advance::HOLDER;
use super::oncall::{FeedOwner, OnCall, Watch};
use super::{Actor, Service, ServiceError};
use crate::ical::build;
use crate::ical::tree::Tree;
use crate::ids::TeamId;
use crate::roster::phrase;
use crate::store::rosters::{self, RosterState};
use crate::store::{Connection, StoreError, instance, lease, teams};
use crate::time::{Instant, MINUTE};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// What the lease is called.
const NAME: &str = "heartbeat";
/// What is written and read back, in the instance's values.
const PROBE: &str = "self_test";
/// What became of the last heartbeat, in the instance's values.
const LAST: &str = "heartbeat";
/// Feeds that one test reads; where there are more teams, each has its turn.
const FEEDS: usize = 20;

/// What was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfTest {
    /// When.
    pub at: Instant,
    /// Step by step.
    pub checks: Vec<Check>,
    /// Who stands at that moment, a line for each team.
    pub on_call: Vec<String>,
}

/// One step of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was tried.
    pub what: String,
    /// What is wrong, if anything is.
    pub trouble: Option<String>,
}

/// What became of a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// When, in UTC milliseconds since 1970.
    pub at: Instant,
    /// What the test found wrong.
    pub troubles: Vec<String>,
    /// Receivers by host, with what went wrong, if anything did. Empty where nothing was sent.
    pub receivers: Vec<(String, Option<String>)>,
}

impl Beat {
    /// Which kinds of checks failed, without the teams that they failed for.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        const KINDS: [&str; 4] = ["a write is read back", "teams", "who is on call", "the feed"];
        let fails = |kind: &&str| self.troubles.iter().any(|trouble| trouble.starts_with(kind));
        KINDS.into_iter().filter(fails).collect()
    }
}

impl SelfTest {
    /// What is wrong.
    #[must_use]
    pub fn troubles(&self) -> Vec<String> {
        let said = |check: &Check| Some(format!("{}: {}", check.what, check.trouble.as_ref()?));
        self.checks.iter().filter_map(said).collect()
    }
}

impl Service {
    /// Tries it. A store that fails is something that is wrong, and no error.
    pub async fn self_test(&self) -> SelfTest {
        let at = self.ctx().now;
        let wrote = self.written_and_read().await.err().map(|error| error.to_string());
        let mut on_call = Vec::new();
        let mut checks = vec![Check { what: "a write is read back".to_owned(), trouble: wrote }];
        match self.teams_that_stand().await {
            Ok(teams) => {
                let turn = usize::try_from(at.millis() / MINUTE).unwrap_or(0) * FEEDS;
                for (place, team) in teams.iter().enumerate() {
                    let (check, standing) = self.stands(team).await;
                    checks.push(check);
                    on_call.extend(standing);
                    // Round and round, where there are more than one test reads.
                    let distance = (place + teams.len() - turn % teams.len()) % teams.len();
                    if distance < FEEDS {
                        checks.push(self.feeds(team).await);
                    }
                }
            }
            Err(error) => checks.push(Check { what: "teams".to_owned(), trouble: Some(error.to_string()) }),
        }
        SelfTest { at, checks, on_call }
    }

    async fn written_and_read(&self) -> Result<(), ServiceError> {
        let written = self.ctx().fresh();
        let kept = written.clone();
        self.store.write(move |tx| Ok::<_, ServiceError>(instance::set(tx, PROBE, &kept)?)).await?;
        let read = self.store.read(|tx| Ok::<_, ServiceError>(instance::find(tx, PROBE)?)).await?;
        if read.as_ref() == Some(&written) {
            return Ok(());
        }
        Err(StoreError::Shape("what was written is not what is read".to_owned()).into())
    }

    /// Teams that have published a roster: whoever has never done so need not have anybody on call.
    async fn teams_that_stand(&self) -> Result<Vec<TeamId>, ServiceError> {
        let read = |tx: &mut dyn Connection| {
            let mut found = Vec::new();
            for team in teams::all(tx)? {
                let published = rosters::of_team(tx, &team.id)?;
                if published.iter().any(|roster| roster.state != RosterState::Draft) {
                    found.push(team.id);
                }
            }
            Ok::<_, ServiceError>(found)
        };
        self.store.read(read).await
    }

    async fn stands(&self, team: &TeamId) -> (Check, Option<String>) {
        let found = self.on_call(&Actor::system(), team, None).await;
        let trouble = match &found {
            Ok(found) => missing(found),
            Err(error) => Some(error.to_string()),
        };
        let standing = found.ok().map(|found| {
            let who = |watch: &Watch| {
                let name = watch.person.as_ref().map_or("nobody", |person| person.name.as_str());
                format!("{} {name}", watch.role)
            };
            format!("{team}: {}", found.on_call.iter().map(who).collect::<Vec<_>>().join(", "))
        });
        (Check { what: format!("who is on call for {team}"), trouble }, standing)
    }

    /// Its feed, read again by our own reader: nothing may be lost on the way.
    async fn feeds(&self, team: &TeamId) -> Check {
        let trouble = match self.feed_content(&FeedOwner::Team(team.clone())).await {
            Ok(content) => {
                let text = build::feed(&content.name, content.zone, &content.events, TimeDelta::minutes(15));
                match Tree::parse(text.as_bytes()) {
                    Ok(tree) => {
                        let read = tree.calendar().children_named("VEVENT").count();
                        let wanted = content.events.len();
                        (read != wanted).then(|| format!("{read} events are read of {wanted}"))
                    }
                    Err(error) => Some(error.to_string()),
                }
            }
            Err(error) => Some(error.to_string()),
        };
        Check { what: format!("the feed of {team}"), trouble }
    }

    /// Takes or keeps the right to tell receivers, until a moment; false where another process has it.
    pub async fn lead_heartbeat(&self, until: Instant) -> Result<bool, ServiceError> {
        let now = self.ctx().now;
        let others = move |tx: &mut dyn Connection| {
            Ok::<_, ServiceError>(lease::is_held(tx, NAME, now)? && !lease::is_holder(tx, NAME, &HOLDER)?)
        };
        if self.store.read(others).await? {
            return Ok(false);
        }
        let take = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(lease::take(tx, NAME, &HOLDER, now, until)?);
        Ok(self.store.write(take).await?.is_some())
    }

    /// Gives that right up, so that another process need not wait for its end.
    pub async fn retire_heartbeat(&self) -> Result<(), ServiceError> {
        self.retire_lead(NAME).await
    }

    /// Keeps what became of a heartbeat.
    pub async fn keep_beat(&self, beat: &Beat) -> Result<(), ServiceError> {
        let text = serde_json::to_string(beat).map_err(|error| StoreError::Shape(error.to_string()))?;
        self.store.write(move |tx| Ok::<_, ServiceError>(instance::set(tx, LAST, &text)?)).await
    }

    /// What became of the last heartbeat, if there ever was one.
    pub async fn last_beat(&self) -> Result<Option<Beat>, ServiceError> {
        self.store.read(|tx| Ok::<_, ServiceError>(beat(tx)?)).await
    }
}

/// The last heartbeat, as it was kept.
pub(super) fn beat(tx: &mut dyn Connection) -> Result<Option<Beat>, StoreError> {
    Ok(instance::find(tx, LAST)?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Required roles that nobody holds, in one sentence.
fn missing(found: &OnCall) -> Option<String> {
    let gaps = found.on_call.iter().filter(|watch| watch.person.is_none());
    let gaps: Vec<_> = gaps.map(|gap| format!("{} ({})", gap.role, phrase::span(gap.window, found.zone))).collect();
    (!gaps.is_empty()).then(|| format!("nobody is {}", phrase::list(&gaps)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::{operator, rota, service, stands};
    use crate::time::Window;

    fn hours(service: &Service, from: i64, to: i64) -> Window {
        let now = service.ctx().now;
        Window::new(now.plus_hours(from), now.plus_hours(to))
    }

    #[tokio::test]
    async fn all_is_well_while_everybody_required_stands() {
        let (_place, service) = rota().await;
        stands(&service, "a", "primary", hours(&service, -1, 8), Some("ada")).await;
        stands(&service, "b", "shadow", hours(&service, -1, 8), None).await;
        let test = service.self_test().await;
        assert_eq!(test.troubles(), [] as [&str; 0]);
        let tried: Vec<_> = test.checks.iter().map(|check| check.what.as_str()).collect();
        assert_eq!(tried, ["a write is read back", "who is on call for payments", "the feed of payments"]);
        assert_eq!(test.on_call, ["payments: primary Ada Okafor"]);
    }

    #[tokio::test]
    async fn a_gap_at_this_moment_is_told_and_one_to_come_is_not() {
        let (_place, service) = rota().await;
        stands(&service, "a", "primary", hours(&service, -1, 8), None).await;
        stands(&service, "b", "secondary", hours(&service, 1, 8), None).await;
        let troubles = service.self_test().await.troubles();
        assert_eq!(troubles.len(), 1);
        assert!(troubles[0].starts_with("who is on call for payments: nobody is primary ("), "{troubles:?}");
        let later = service.as_of(service.ctx().now.plus_hours(2)).self_test().await.troubles();
        assert!(later[0].contains("nobody is primary (") && later[0].contains(" and secondary ("), "{later:?}");
        let beat = Beat { at: service.ctx().now, troubles: later, receivers: Vec::new() };
        assert_eq!(beat.failed(), ["who is on call"], "strangers are not told for whom");
    }

    #[tokio::test]
    async fn whoever_never_published_need_not_have_anybody() {
        let (_place, service) = service().await;
        service.add_team(&operator(), &crate::service::testing::payments()).await.unwrap();
        let test = service.self_test().await;
        assert_eq!((test.checks.len(), test.troubles().len()), (1, 0));
    }

    #[tokio::test]
    async fn one_process_tells_receivers_until_its_time_is_over() {
        let (_place, service) = rota().await;
        let now = service.ctx().now;
        assert!(service.lead_heartbeat(now.plus_millis(MINUTE)).await.unwrap());
        assert!(service.lead_heartbeat(now.plus_millis(MINUTE)).await.unwrap(), "it keeps it");
        let take = move |tx: &mut dyn Connection| {
            lease::take(tx, NAME, "another", now.plus_millis(2 * MINUTE), now.plus_millis(9 * MINUTE))
        };
        assert!(service.store.write(take).await.unwrap().is_some(), "it was over");
        assert!(!service.lead_heartbeat(now.plus_millis(MINUTE)).await.unwrap());
    }
}
