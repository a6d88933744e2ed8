//! How hours count: the weight of each class of hours and of each role, with what each means and what a shift comes to;
//! and what counts beside them.

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
use crate::web::texts::Text;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::get;
use chrono::{NaiveTime, TimeDelta};
use std::collections::BTreeSet;

/// The heaviest that a class of hours may be, in hundredths, and anything beside the points, in percent.
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
    /// As typed, each with its name and what is said of it.
    further: Vec<(Further, String)>,
    roles: Vec<(String, String)>,
    examples: Vec<Example>,
    trouble: Option<String>,
}

/// What counts beside the points, in percent.
#[derive(Clone, Copy)]
enum Further {
    NightsApart,
    WeekendsApart,
    HolidaysApart,
    NoviceWithoutExpert,
    SamePartner,
}

impl Further {
    const ALL: [Self; 5] =
        [Self::NightsApart, Self::WeekendsApart, Self::HolidaysApart, Self::NoviceWithoutExpert, Self::SamePartner];

    fn name(self) -> &'static str {
        match self {
            Self::NightsApart => "nights_apart",
            Self::WeekendsApart => "weekends_apart",
            Self::HolidaysApart => "holidays_apart",
            Self::NoviceWithoutExpert => "novice_without_expert",
            Self::SamePartner => "same_partner",
        }
    }

    fn of(self, weights: &mut Weights) -> &mut i64 {
        match self {
            Self::NightsApart => &mut weights.nights_apart,
            Self::WeekendsApart => &mut weights.weekends_apart,
            Self::HolidaysApart => &mut weights.holidays_apart,
            Self::NoviceWithoutExpert => &mut weights.novice_without_expert,
            Self::SamePartner => &mut weights.same_partner,
        }
    }

    /// What it is called, and what it does.
    fn words(self, view: &View) -> (Text, Text) {
        match self {
            Self::NightsApart => (view.t("manage-nights-apart"), view.t("manage-apart-hint")),
            Self::WeekendsApart => (view.t("manage-weekends-apart"), view.t("manage-apart-hint")),
            Self::HolidaysApart => (view.t("manage-holidays-apart"), view.t("manage-apart-hint")),
            Self::NoviceWithoutExpert => (view.t("manage-novice-alone"), view.t("manage-novice-alone-hint")),
            Self::SamePartner => (view.t("manage-same-partner"), view.t("manage-same-partner-hint")),
        }
    }
}

/// What was typed into the form, or stands there.
struct Typed {
    classes: [String; 5],
    further: Vec<(Further, String)>,
    roles: Vec<(String, String)>,
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

fn shown(viewer: Viewer, team: TeamView, Typed { classes, further, roles }: Typed, trouble: Option<String>) -> Answer {
    let status = status(trouble.as_ref());
    let examples = examples(&viewer.view, &team);
    Ok((status, page(&WeightsPage { view: viewer.view, team, classes, further, roles, examples, trouble })?)
        .into_response())
}

/// `GET /teams/{team}/manage/weights`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let roles = found.team.roles.iter().map(|role| (role.name.clone(), decimal(role.weight))).collect();
    let classes = of(&found.team.weights).map(decimal);
    let mut weights = found.team.weights.clone();
    let further = Further::ALL.map(|one| (one, one.of(&mut weights).to_string())).into();
    shown(viewer, found, Typed { classes, further, roles }, None)
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
    let further: Vec<(Further, String)> = Further::ALL.map(|one| (one, typed(one.name()))).into();
    let percent = |text: &String| text.trim().parse().ok().filter(|value| (0..=HEAVIEST).contains(value));
    let percents: Option<Vec<i64>> = further.iter().map(|(_, text)| percent(text)).collect();
    let (Some([work, evening, night, weekend, holiday]), Some(percents), Some(of_roles)) =
        (wanted.as_deref(), percents, of_roles)
    else {
        let trouble = viewer.view.t("manage-weight-wrong").to_string();
        return shown(viewer, found, Typed { classes, further, roles }, Some(trouble));
    };
    let (work, evening, night, weekend, holiday) = (*work, *evening, *night, *weekend, *holiday);
    let mut weights = Weights { work, evening, night, weekend, holiday, ..found.team.weights.clone() };
    for (one, percent) in Further::ALL.into_iter().zip(percents) {
        *one.of(&mut weights) = percent;
    }
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
