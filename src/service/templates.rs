//! Usual arrangements of a team, as the patterns with which a new one begins. They are patterns like any others: changed
//! and removed in the team's calendar or on its pages.

use super::audit::{Deed, record};
use super::people::refuse_taken_address;
use super::teams::{NewPattern, NewTeam, add_pattern_in, usual_roles};
use super::{Actor, Ctx, Service, ServiceError, fields, homes, rights};
use crate::ids::TeamId;
use crate::roster::model::{Settings, Team, Weights};
use crate::store::{Connection, teams as rows};
use crate::time::{Civil, Day, Zone, monday_of, resolve};
use chrono::{NaiveTime, TimeDelta};
use serde_json::json;

/// How a team divides its time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// No pattern yet.
    #[default]
    Empty,
    /// A week each, from Monday 09:00 to Monday 09:00.
    Weekly,
    /// Monday 09:00 to Friday 17:00, and the weekend between.
    WeekdayWeekend,
    /// Handed from site to site: each stands from nine o'clock of its own zone until the next one's, whichever country
    /// changes its clock. Without two sites at least, three parts of eight hours a day on the clock of the team's zone.
    FollowTheSun(Vec<Zone>),
}

impl Arrangement {
    /// Every arrangement, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Empty, Self::Weekly, Self::WeekdayWeekend, Self::FollowTheSun(Vec::new())];

    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Weekly => "weekly",
            Self::WeekdayWeekend => "weekday-weekend",
            Self::FollowTheSun(_) => "follow-the-sun",
        }
    }

    /// The arrangement of a word; anything else is [`Arrangement::Empty`]. `sites` are the zones of those that follow the
    /// sun, separated by commas, in any order; whatever else is arranged needs none.
    pub fn parse(word: &str, sites: &str) -> Result<Self, ServiceError> {
        let found = Self::ALL.into_iter().find(|one| one.word() == word).unwrap_or_default();
        let Self::FollowTheSun(_) = found else { return Ok(found) };
        let zones = sites.split([',', ';']).filter(|zone| !zone.trim().is_empty());
        Ok(Self::FollowTheSun(zones.map(|zone| fields::zone("sites", zone)).collect::<Result<_, _>>()?))
    }

    /// Its patterns, the first week of which begins on `monday`.
    fn patterns(&self, monday: Day, zone: Zone) -> Vec<NewPattern> {
        let at = |day: i64, hour: i64| -> Civil {
            monday.and_time(NaiveTime::MIN) + TimeDelta::days(day) + TimeDelta::hours(hour)
        };
        let pattern = |title: &str, start: Civil, end: Civil, rule: &str, turn: &str| NewPattern {
            title: title.to_owned(),
            start,
            end,
            zone,
            end_zone: None,
            rule: rule.to_owned(),
            roles: vec!["primary".to_owned(), "secondary".to_owned()],
            turn: turn.to_owned(),
            site: None,
            at_work: false,
        };
        match self {
            Self::Empty => Vec::new(),
            Self::Weekly => vec![pattern("Week", at(0, 9), at(7, 9), "FREQ=WEEKLY", "occurrence")],
            Self::WeekdayWeekend => vec![
                pattern("Weekdays", at(0, 9), at(4, 17), "FREQ=WEEKLY", "occurrence"),
                pattern("Weekend", at(4, 17), at(7, 9), "FREQ=WEEKLY", "occurrence"),
            ],
            Self::FollowTheSun(sites) if sites.len() > 1 => around(monday, sites),
            Self::FollowTheSun(_) => [("First site", 0), ("Second site", 8), ("Third site", 16)]
                .map(|(title, hour)| pattern(title, at(0, hour), at(0, hour + 8), "FREQ=DAILY", "week"))
                .into(),
        }
    }
}

/// From nine o'clock of each zone until the next one's, in the order of the sun.
fn around(monday: Day, sites: &[Zone]) -> Vec<NewPattern> {
    let nine = |day: i64| -> Civil { monday.and_time(NaiveTime::MIN) + TimeDelta::days(day) + TimeDelta::hours(9) };
    let mut sites = sites.to_vec();
    sites.sort_by_key(|zone| resolve(nine(0), *zone));
    sites.dedup_by_key(|zone| resolve(nine(0), *zone));
    let next = sites.iter().cycle().skip(1);
    let pattern = |(zone, next): (&Zone, &Zone)| {
        let begins = resolve(nine(0), *zone);
        let end = (0..=2).map(nine).find(|end| resolve(*end, *next) > begins).unwrap_or_else(|| nine(1));
        let city = zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ");
        NewPattern {
            title: city,
            start: nine(0),
            end,
            zone: *zone,
            end_zone: Some(*next),
            rule: "FREQ=DAILY".to_owned(),
            roles: vec!["primary".to_owned(), "secondary".to_owned()],
            turn: "week".to_owned(),
            site: None,
            at_work: false,
        }
    };
    sites.iter().zip(next).map(pattern).collect()
}

/// Adds a team with the usual roles, its calendars, and the patterns of an arrangement from next Monday on.
pub(super) fn create(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    new: &NewTeam,
    arrangement: &Arrangement,
) -> Result<Team, ServiceError> {
    let team = Team {
        id: TeamId::new(fields::slug("id", &new.id)?),
        name: fields::name("name", &new.name)?,
        email: fields::email("email", &new.email)?,
        zone: fields::zone("time_zone", &new.zone)?,
        settings: Settings::default(),
        weights: Weights::default(),
        roles: usual_roles(),
        contacts: Vec::new(),
        forbidden_pairs: Vec::new(),
    };
    if rows::zone(tx, &team.id)?.is_some() {
        return Err(ServiceError::conflict("team-exists", format!("there is a team {} already", team.id)));
    }
    refuse_taken_address(tx, &team.email)?;
    rows::insert(tx, &team, ctx.now)?;
    homes::of_team(tx, ctx, &team.id, &team.name)?;
    let after = json!({ "name": team.name, "email": team.email, "time_zone": team.zone.name() });
    record(tx, ctx, actor, Deed::new("team.added", format!("team:{}", team.id)).after(after))?;
    let monday = monday_of(ctx.now.civil(team.zone).date()) + TimeDelta::days(7);
    for pattern in arrangement.patterns(monday, team.zone) {
        add_pattern_in(tx, ctx, actor, &team.id, &pattern)?;
    }
    Ok(team)
}

impl Service {
    /// Adds a team with the usual roles, its calendars, and the patterns of an arrangement from next Monday on; for
    /// administrators.
    pub async fn add_team_with(
        &self,
        actor: &Actor,
        new: &NewTeam,
        arrangement: Arrangement,
    ) -> Result<Team, ServiceError> {
        let (ctx, actor, new) = (self.ctx(), actor.clone(), new.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            create(tx, &ctx, &actor, &new, &arrangement)
        };
        self.store.write(write).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::{operator, payments, service};
    use crate::time::{Window, resolve};

    #[tokio::test]
    async fn every_arrangement_asks_for_somebody_at_every_moment_of_the_year() {
        let sites = "America/New_York, Asia/Singapore; Europe/London";
        let around = Arrangement::parse("follow-the-sun", sites).unwrap();
        for arrangement in Arrangement::ALL.into_iter().skip(1).chain([around]) {
            let (_place, service) = service().await;
            let zone = Zone::Europe__London;
            let service = service.as_of(resolve("2026-12-02T12:00:00".parse().unwrap(), zone));
            service.add_team_with(&operator(), &payments(), arrangement.clone()).await.unwrap();
            let patterns = service.patterns(&operator(), &"payments".into(), 1_200).await.unwrap();
            let windows: Vec<Window> =
                patterns.iter().flat_map(|one| one.next.iter().map(|next| next.window)).collect();
            let length = windows.iter().map(|window| window.millis()).sum::<i64>();
            let joined = crate::time::union(windows);
            assert_eq!(joined.len(), 1, "{arrangement:?} leaves gaps: {joined:?}");
            let first = joined[0].start.civil(zone).to_string();
            assert!(first.starts_with("2026-12-07"), "{arrangement:?} begins next Monday: {first}");
            assert!(joined[0].millis() > 380 * crate::time::DAY);
            assert_eq!(joined[0].millis(), length, "{arrangement:?}: nothing is stood twice");
        }
    }

    #[test]
    fn words_are_arrangements_and_only_those_that_follow_the_sun_have_sites() {
        for arrangement in Arrangement::ALL {
            assert_eq!(Arrangement::parse(arrangement.word(), "").unwrap(), arrangement);
        }
        assert_eq!(Arrangement::parse("weekly", "Mars/Olympus").unwrap(), Arrangement::Weekly);
        assert!(Arrangement::parse("follow-the-sun", "Europe/London, Mars/Olympus").is_err());
    }
}
