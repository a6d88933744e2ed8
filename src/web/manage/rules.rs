//! Hard rules: caps on turns and hours, pairs who never stand together, packs of rules; and when phones ring.

use super::{hundredths, managed, status};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::{Cap, Settings};
use crate::roster::packs::{BUILT_IN, Pack};
use crate::service::Service;
use crate::service::teams::{RulesEffect, TeamView};
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::trouble::{told, typed};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde::Deserialize;

/// Empty lines that are offered, and lines that are read.
const SPARE: usize = 2;
const MOST: usize = 60;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/teams/{team}/manage/rules", get(show).post(change))
        .route("/teams/{team}/manage/rules/pairs", post(forbid))
        .route("/teams/{team}/manage/rules/pairs/remove", post(allow))
        .route("/teams/{team}/manage/rules/pack", post(take_over))
}

#[derive(Template)]
#[template(path = "manage-rules.html")]
struct RulesPage {
    view: View,
    team: TeamView,
    lines: Vec<Line>,
    minutes: Minutes,
    people: Vec<(String, String)>,
    pairs: Vec<[(String, String); 2]>,
    packs: Vec<(&'static str, String, bool)>,
    effect: Option<(String, RulesEffect)>,
    trouble: Option<String>,
}

/// A cap as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    days: String,
    turns: String,
    hours: String,
    roles: String,
}

/// Minutes as typed.
#[derive(Clone, Debug, Default)]
struct Minutes {
    handover: String,
    alarm: String,
}

impl Line {
    fn of(cap: &Cap) -> Self {
        Self {
            days: cap.days.to_string(),
            turns: cap.max_turns.map(|turns| turns.to_string()).unwrap_or_default(),
            hours: cap.max_minutes.map(|minutes| super::decimal(i64::from(minutes) * 100 / 60)).unwrap_or_default(),
            roles: cap.roles.join(", "),
        }
    }

    fn is_empty(&self) -> bool {
        [&self.days, &self.turns, &self.hours].into_iter().all(|text| text.trim().is_empty())
    }

    /// The cap; nothing where a number is none.
    fn cap(&self) -> Option<Cap> {
        let hours = typed(&self.hours).map(|text| {
            let minutes = (hundredths(text)? * 60 + 50) / 100;
            u32::try_from(minutes).ok()
        });
        let turns = typed(&self.turns).map(|text| text.parse::<u32>().ok());
        let roles = self.roles.split([',', ';']).map(str::trim).filter(|role| !role.is_empty());
        Some(Cap {
            days: self.days.trim().parse().ok()?,
            max_turns: turns.map_or(Some(None), |turns| turns.map(Some))?,
            max_minutes: hours.map_or(Some(None), |minutes| minutes.map(Some))?,
            roles: roles.map(str::to_owned).collect(),
        })
    }
}

/// The lines of the form, which begin with their days, and the minutes.
fn read(pairs: Vec<(String, String)>) -> (Vec<Line>, Minutes) {
    let (mut lines, mut minutes): (Vec<Line>, Minutes) = (Vec::new(), Minutes::default());
    for (name, value) in pairs {
        match (name.as_str(), lines.last_mut()) {
            ("days", _) => lines.push(Line { days: value, ..Line::default() }),
            ("turns", Some(line)) => line.turns = value,
            ("hours", Some(line)) => line.hours = value,
            ("roles", Some(line)) => line.roles = value,
            ("handover", _) => minutes.handover = value,
            ("alarm", _) => minutes.alarm = value,
            _ => {}
        }
    }
    lines.retain(|line| !line.is_empty());
    lines.truncate(MOST);
    (lines, minutes)
}

/// What is typed, over what is there.
fn settings(now: &Settings, lines: &[Line], minutes: &Minutes) -> Option<Settings> {
    let number = |text: &str| text.trim().parse::<u32>().ok();
    Some(Settings {
        caps: lines.iter().map(Line::cap).collect::<Option<_>>()?,
        handover_minutes: number(&minutes.handover)?,
        alarm_minutes: number(&minutes.alarm)?,
        ..now.clone()
    })
}

/// What stands in the forms.
struct Filled {
    lines: Vec<Line>,
    minutes: Minutes,
}

impl Filled {
    fn of(settings: &Settings) -> Self {
        let minutes =
            Minutes { handover: settings.handover_minutes.to_string(), alarm: settings.alarm_minutes.to_string() };
        Self { lines: settings.caps.iter().map(Line::of).collect(), minutes }
    }
}

fn shown(
    view: View,
    team: TeamView,
    Filled { mut lines, minutes }: Filled,
    (effect, trouble): (Option<(String, RulesEffect)>, Option<String>),
) -> Answer {
    let filled = lines.len();
    lines.resize(filled + SPARE, Line::default());
    let mut people: Vec<(String, String)> =
        team.members.iter().map(|(one, name)| (one.person.to_string(), name.clone())).collect();
    people.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    people.dedup();
    let name = |id: &PersonId| {
        let known = people.iter().find(|(known, _)| known == id.as_str());
        (id.to_string(), known.map_or_else(|| id.to_string(), |(_, name)| name.clone()))
    };
    let pairs = team.team.forbidden_pairs.iter().map(|(a, b)| [name(a), name(b)]).collect();
    let pack = |(word, _): &(&'static str, &str)| {
        let pack = Pack::built_in(word)?;
        let has = team.team.settings.packs.contains(&pack.edition());
        Some((*word, pack.title, has))
    };
    let packs = BUILT_IN.iter().filter_map(pack).collect();
    let status = status(trouble.as_ref());
    let content = RulesPage { view, team, lines, minutes, people, pairs, packs, effect, trouble };
    Ok((status, page(&content)?).into_response())
}

fn here(team: &TeamId) -> String {
    format!("/teams/{team}/manage/rules")
}

#[derive(Debug, Default, Deserialize)]
struct Looking {
    #[serde(default)]
    pack: String,
}

/// `GET /teams/{team}/manage/rules`; with `pack` also what that would change.
async fn show(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Query(looking): Query<Looking>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let effect = match Pack::built_in(&looking.pack) {
        Some(pack) => Some((looking.pack, service.team_rules(&viewer.actor, &team, &pack, false).await?)),
        None => None,
    };
    let filled = Filled::of(&found.team.settings);
    shown(viewer.view, found, filled, (effect, None))
}

/// `POST /teams/{team}/manage/rules`: caps and minutes.
async fn change(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let (lines, minutes) = read(pairs);
    let trouble = match settings(&found.team.settings, &lines, &minutes) {
        Some(settings) => match service.set_settings(&viewer.actor, &team, settings).await {
            Ok(()) => return Ok(to(&here(&team)).said("rules-changed").into_response()),
            Err(error) => told(error)?,
        },
        None => viewer.view.t("manage-cap-wrong").to_string(),
    };
    shown(viewer.view, found, Filled { lines, minutes }, (None, Some(trouble)))
}

#[derive(Debug, Deserialize)]
struct Two {
    one: String,
    other: String,
}

/// `POST /teams/{team}/manage/rules/pairs`
async fn forbid(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(two): Fields<Two>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let pair = (PersonId::new(two.one.trim()), PersonId::new(two.other.trim()));
    match service.forbid_pair(&viewer.actor, &team, pair).await {
        Ok(()) => Ok(to(&here(&team)).said("pair-forbidden").into_response()),
        Err(error) => {
            let trouble = told(error)?;
            let filled = Filled::of(&found.team.settings);
            shown(viewer.view, found, filled, (None, Some(trouble)))
        }
    }
}

/// `POST /teams/{team}/manage/rules/pairs/remove`
async fn allow(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(two): Fields<Two>,
) -> Answer {
    viewer.manages(&team)?;
    let pair = (PersonId::new(two.one.trim()), PersonId::new(two.other.trim()));
    service.allow_pair(&viewer.actor, &team, pair).await?;
    Ok(to(&here(&team)).said("pair-allowed").into_response())
}

#[derive(Debug, Deserialize)]
struct Chosen {
    pack: String,
}

/// `POST /teams/{team}/manage/rules/pack`
async fn take_over(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(chosen): Fields<Chosen>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let trouble = match Pack::built_in(&chosen.pack) {
        Some(pack) => match service.team_rules(&viewer.actor, &team, &pack, true).await {
            Ok(_) => return Ok(to(&here(&team)).said("pack-taken").into_response()),
            Err(error) => told(error)?,
        },
        None => viewer.view.t("manage-pack-unknown").to_string(),
    };
    let filled = Filled::of(&found.team.settings);
    shown(viewer.view, found, filled, (None, Some(trouble)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_are_read_as_they_are_shown_and_nonsense_is_refused() {
        let cap = |turns, minutes| Cap { days: 7, max_turns: turns, max_minutes: minutes, roles: vec!["a".into()] };
        for cap in [cap(Some(2), None), cap(None, Some(2_910)), cap(Some(1), Some(60))] {
            assert_eq!(Line::of(&cap).cap(), Some(cap));
        }
        for (days, turns, hours) in [("x", "1", ""), ("7", "one", ""), ("7", "", "-1"), ("-7", "1", "")] {
            let line = Line { days: days.into(), turns: turns.into(), hours: hours.into(), roles: String::new() };
            assert_eq!(line.cap(), None, "{line:?}");
        }
    }

    #[test]
    fn empty_lines_are_none() {
        let pairs = [("days", "7"), ("turns", "2"), ("roles", "a"), ("days", ""), ("roles", "b"), ("alarm", "30")];
        let (lines, minutes) = read(pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec());
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].turns.as_str(), minutes.alarm.as_str()), ("2", "30"));
    }
}
