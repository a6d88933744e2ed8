//! How hours count: the weight of each class of hours and of each role, with what each means and what a shift comes to.

use super::{decimal, hundredths, managed, status};
use crate::ids::TeamId;
use crate::roster::burden::{Hours, WorkWeek};
use crate::roster::model::{Role, Weights};
use crate::roster::phrase;
use crate::service::Service;
use crate::service::teams::TeamView;
use crate::time::{Window, monday_of, resolve};
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::get;
use chrono::{NaiveTime, TimeDelta};
use std::collections::BTreeSet;

/// The heaviest that a class of hours may be, in hundredths.
const HEAVIEST: i64 = 10_000;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/teams/{team}/manage/weights", get(show).post(change))
}

#[derive(Template)]
#[template(path = "manage-weights.html")]
struct WeightsPage {
    view: View,
    team: TeamView,
    /// As typed, in the order work, evening, night, weekend, holiday.
    classes: [String; 5],
    roles: Vec<(String, String)>,
    examples: Vec<Example>,
    trouble: Option<String>,
}

/// What a shift of the first role comes to.
struct Example {
    window: Window,
    points: String,
}

fn of(weights: &Weights) -> [i64; 5] {
    [weights.work, weights.evening, weights.night, weights.weekend, weights.holiday]
}

/// A working day, a night and a weekend of the next week.
fn examples(view: &View, team: &TeamView) -> Vec<Example> {
    let zone = team.team.zone;
    let monday = monday_of(view.now.civil(zone).date()) + TimeDelta::days(7);
    let at = |day: i64, hour: i64| {
        resolve(monday.and_time(NaiveTime::MIN) + TimeDelta::days(day) + TimeDelta::hours(hour), zone)
    };
    let (holidays, week) = (BTreeSet::new(), WorkWeek::default());
    let hours = Hours { zone, holidays: &holidays, week: &week };
    let weight = team.team.roles.first().map_or(100, |role| role.weight);
    let example =
        |window: Window| Example { window, points: phrase::points(hours.points(window, weight, &team.team.weights)) };
    [Window::new(at(0, 9), at(0, 17)), Window::new(at(1, 9), at(2, 9)), Window::new(at(4, 17), at(7, 9))]
        .map(example)
        .into()
}

fn shown(
    viewer: Viewer,
    team: TeamView,
    (classes, roles): ([String; 5], Vec<(String, String)>),
    trouble: Option<String>,
) -> Answer {
    let status = status(trouble.as_ref());
    let examples = examples(&viewer.view, &team);
    Ok((status, page(&WeightsPage { view: viewer.view, team, classes, roles, examples, trouble })?).into_response())
}

/// `GET /teams/{team}/manage/weights`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let roles = found.team.roles.iter().map(|role| (role.name.clone(), decimal(role.weight))).collect();
    let classes = of(&found.team.weights).map(decimal);
    shown(viewer, found, (classes, roles), None)
}

/// `POST /teams/{team}/manage/weights`: what was stood keeps its points.
async fn change(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let typed =
        |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
    let classes = ["work", "evening", "night", "weekend", "holiday"].map(typed);
    let role = |role: &Role| (role.name.clone(), typed(&format!("role-{}", role.name)));
    let roles: Vec<(String, String)> = found.team.roles.iter().map(role).collect();
    let read = |text: &String| hundredths(text).filter(|value| *value <= HEAVIEST);
    let wanted: Option<Vec<i64>> = classes.iter().map(read).collect();
    let of_roles: Option<Vec<i64>> = roles.iter().map(|(_, text)| read(text)).collect();
    let (Some([work, evening, night, weekend, holiday]), Some(of_roles)) = (wanted.as_deref(), of_roles) else {
        let trouble = viewer.view.t("manage-weight-wrong").to_string();
        return shown(viewer, found, (classes, roles), Some(trouble));
    };
    let (work, evening, night, weekend, holiday) = (*work, *evening, *night, *weekend, *holiday);
    let weights = Weights { work, evening, night, weekend, holiday, ..found.team.weights.clone() };
    if weights != found.team.weights {
        service.set_weights(&viewer.actor, &team, weights).await?;
    }
    for (role, weight) in found.team.roles.into_iter().zip(of_roles) {
        if role.weight != weight {
            service.put_role(&viewer.actor, &team, Role { weight, ..role }).await?;
        }
    }
    Ok(to(&format!("/teams/{team}/manage/weights")).said("weights-changed").into_response())
}
