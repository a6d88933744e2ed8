//! How the instance does, in numbers for whoever watches it: no names, no rows.

use super::self_test::beat;
use super::{Service, ServiceError};
use crate::ids::TeamId;
use crate::store::outbox::ChannelState;
use crate::store::{Connection, Writes, figures as rows, outbox};
use crate::time::Instant;

/// How far ahead gaps are counted, in days.
const AHEAD: i64 = 14;

/// The numbers of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The moment.
    pub at: Instant,
    /// How each way out of the house does.
    pub outbox: Vec<ChannelState>,
    /// Teams that have ever published a roster.
    pub teams: Vec<TeamFigures>,
    /// Swaps that are open or await approval.
    pub open_swaps: i64,
    /// When the oldest of them was opened.
    pub oldest_swap: Option<Instant>,
    /// Calendars of other servers.
    pub outside: i64,
    /// Those of them that were not had last time.
    pub outside_failing: i64,
    /// When the one was had that was had longest ago.
    pub outside_oldest: Option<Instant>,
    /// When the last heartbeat was, and whether all was well then.
    pub heartbeat: Option<(Instant, bool)>,
}

/// The numbers of one team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamFigures {
    /// Which.
    pub team: TeamId,
    /// For how many more milliseconds its roster is published.
    pub ahead: i64,
    /// Shifts of the next two weeks that nobody stands, where somebody has to.
    pub gaps: i64,
}

impl Service {
    /// Reads them, in one transaction.
    pub async fn figures(&self) -> Result<Figures, ServiceError> {
        let now = self.ctx().now;
        self.store.read(move |tx| read(tx, now)).await
    }

    /// What the store counts by itself.
    #[must_use]
    pub fn writes(&self) -> &Writes {
        self.store.writes()
    }
}

fn read(tx: &mut dyn Connection, now: Instant) -> Result<Figures, ServiceError> {
    let gaps = rows::gaps(tx, now, now.plus_days(AHEAD))?;
    let of = |team: &TeamId| gaps.iter().find(|(known, _)| known == team).map_or(0, |(_, gaps)| *gaps);
    let teams = rows::published_until(tx)?.into_iter().map(|(team, until)| {
        let ahead = until.map_or(0, |until| (until.millis() - now.millis()).max(0));
        TeamFigures { gaps: of(&team), team, ahead }
    });
    let teams = teams.collect();
    let (open_swaps, oldest_swap) = rows::swaps(tx)?;
    let (outside, outside_failing, outside_oldest) = rows::outside(tx)?;
    let heartbeat = beat(tx)?.map(|beat| (beat.at, beat.troubles.is_empty()));
    let outbox = outbox::states(tx)?;
    Ok(Figures { at: now, outbox, teams, open_swaps, oldest_swap, outside, outside_failing, outside_oldest, heartbeat })
}

#[cfg(test)]
mod tests {
    use crate::service::self_test::Beat;
    use crate::service::testing::{rota, stands};
    use crate::time::{HOUR, Window};

    #[tokio::test]
    async fn a_team_that_has_published_has_so_much_roster_ahead_and_its_gaps() {
        let (_place, service) = rota().await;
        let now = service.ctx().now;
        let none = service.figures().await.unwrap();
        assert_eq!((none.teams.len(), none.teams[0].ahead, none.teams[0].gaps), (1, 0, 0));
        let days = |from: i64, to: i64| Window::new(now.plus_days(from), now.plus_days(to));
        stands(&service, "a", "primary", days(-1, 1), Some("ada")).await;
        stands(&service, "b", "primary", days(1, 2), None).await;
        stands(&service, "c", "shadow", days(1, 2), None).await;
        stands(&service, "d", "primary", days(15, 16), None).await;
        let figures = service.as_of(now).figures().await.unwrap();
        assert_eq!((figures.teams[0].ahead, figures.teams[0].gaps), (16 * 24 * HOUR, 1), "an empty shadow is no gap");
        assert_eq!((figures.open_swaps, figures.outside, figures.heartbeat), (0, 0, None));
    }

    #[tokio::test]
    async fn the_last_heartbeat_is_known_with_whether_all_was_well() {
        let (_place, service) = rota().await;
        let at = service.ctx().now;
        for troubles in [vec![], vec!["nobody is primary".to_owned()]] {
            let well = troubles.is_empty();
            service.keep_beat(&Beat { at, troubles, receivers: Vec::new() }).await.unwrap();
            assert_eq!(service.figures().await.unwrap().heartbeat, Some((at, well)));
        }
    }
}
