//! The switches of a team, each with what it does.

use super::{hundredths, managed, status};
use crate::ids::{PersonId, QualificationId, TeamId};
use crate::roster::model::{Qualification, Reach, Settings};
use crate::service::Service;
use crate::service::teams::TeamView;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/teams/{team}/manage/settings", get(show).post(change))
}

#[derive(Template)]
#[template(path = "manage-settings.html")]
struct SettingsPage {
    view: View,
    team: TeamView,
    form: Typed,
    /// Those that may say who is an expert.
    qualifications: Vec<Qualification>,
    trouble: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    public_page: Option<String>,
    contacts_in_snapshot: Option<String>,
    approval: Option<String>,
    opt_in: Option<String>,
    leave_credited: Option<String>,
    rest: String,
    spacing: String,
    weeks: String,
    deadline: String,
    edge: String,
    reach: String,
    first: String,
    every: String,
    sites: String,
    expert: String,
}

impl Typed {
    fn of(settings: &Settings) -> Self {
        let on = |on: bool| on.then(|| "yes".to_owned());
        let (reach, first, every) = match settings.reach {
            Reach::Ranked { first, every_minutes } => ("ranked", first, every_minutes),
            Reach::All => ("all", 3, 120),
        };
        Self {
            public_page: on(settings.public_page),
            contacts_in_snapshot: on(settings.contacts_in_snapshot),
            approval: on(settings.approval),
            opt_in: on(settings.opt_in),
            leave_credited: on(settings.leave_credited),
            rest: super::decimal(i64::from(settings.min_rest_minutes) * 100 / 60),
            spacing: settings.spacing_days.to_string(),
            weeks: settings.balance_weeks.to_string(),
            deadline: settings.swap_deadline_hours.to_string(),
            edge: settings.day_edge_hours.to_string(),
            reach: reach.to_owned(),
            first: first.to_string(),
            every: every.to_string(),
            sites: written(&settings.sites),
            expert: settings.expert.as_ref().map(|one| one.as_str().to_owned()).unwrap_or_default(),
        }
    }

    /// What is typed, over what is there; nothing where a number is none or out of bounds.
    fn settings(&self, now: &Settings) -> Option<Settings> {
        let number = |text: &str, least: u32, most: u32| {
            text.trim().parse::<u32>().ok().filter(|number| (least..=most).contains(number))
        };
        let rest = hundredths(&self.rest).and_then(|rest| u32::try_from((rest * 60 + 50) / 100).ok());
        let reach = match self.reach.as_str() {
            "all" => Reach::All,
            _ => Reach::Ranked { first: number(&self.first, 1, 100)?, every_minutes: number(&self.every, 1, 10_080)? },
        };
        Some(Settings {
            public_page: self.public_page.is_some(),
            contacts_in_snapshot: self.contacts_in_snapshot.is_some(),
            approval: self.approval.is_some(),
            opt_in: self.opt_in.is_some(),
            leave_credited: self.leave_credited.is_some(),
            min_rest_minutes: rest.filter(|rest| *rest <= 7 * 24 * 60)?,
            spacing_days: number(&self.spacing, 0, 366)?,
            balance_weeks: number(&self.weeks, 1, 104)?,
            swap_deadline_hours: number(&self.deadline, 0, 720)?,
            day_edge_hours: number(&self.edge, 0, 24)?,
            reach,
            expert: Some(self.expert.trim()).filter(|one| !one.is_empty()).map(QualificationId::from),
            ..now.clone()
        })
    }
}

/// Who is of which site, by name.
type Sites = BTreeMap<String, BTreeSet<PersonId>>;

/// A line for each site: `London: ada, ben`.
fn written(sites: &Sites) -> String {
    let line = |(site, people): (&String, &BTreeSet<PersonId>)| {
        format!("{site}: {}", people.iter().map(PersonId::as_str).collect::<Vec<_>>().join(", "))
    };
    sites.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The same read back; nothing where a line is none, or names somebody who never belonged to the team.
fn read(text: &str, team: &TeamView) -> Option<Sites> {
    let mut sites = Sites::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (site, people) = line.split_once(':')?;
        let people = people.split([',', ';']).map(str::trim).filter(|id| !id.is_empty());
        let people: BTreeSet<PersonId> = people.map(PersonId::new).collect();
        let known = |id: &PersonId| team.members.iter().any(|(membership, _)| membership.person == *id);
        let named = !site.trim().is_empty() && people.iter().all(known);
        sites.insert(Some(site.trim().to_owned()).filter(|_| named)?, people);
    }
    Some(sites)
}

/// `GET /teams/{team}/manage/settings`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let form = Typed::of(&found.team.settings);
    shown(&service, viewer, found, form, None).await
}

async fn shown(service: &Service, viewer: Viewer, team: TeamView, form: Typed, trouble: Option<String>) -> Answer {
    let qualifications = service.qualifications(&viewer.actor, Some(&team.team.id)).await?;
    let status = status(trouble.as_ref());
    Ok((status, page(&SettingsPage { view: viewer.view, team, form, qualifications, trouble })?).into_response())
}

/// `POST /teams/{team}/manage/settings`
async fn change(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Typed>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let sites = read(&form.sites, &found);
    let settings = form.settings(&found.team.settings);
    let Some((settings, sites)) = settings.clone().zip(sites) else {
        let wrong =
            if settings.is_none() { viewer.view.t("manage-number-wrong") } else { viewer.view.t("manage-sites-wrong") };
        let trouble = Some(wrong.to_string());
        return shown(&service, viewer, found, form, trouble).await;
    };
    let settings = Settings { sites, ..settings };
    if settings != found.team.settings {
        service.set_settings(&viewer.actor, &team, settings).await?;
    }
    Ok(to(&format!("/teams/{team}/manage/settings")).said("settings-changed").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_and_sent_back_changes_nothing_and_nonsense_is_refused() {
        let now = Settings { min_rest_minutes: 690, reach: Reach::All, approval: true, ..Settings::default() };
        assert_eq!(Typed::of(&now).settings(&now), Some(now.clone()));
        assert_eq!(Typed { weeks: "0".to_owned(), ..Typed::of(&now) }.settings(&now), None);
        assert_eq!(Typed { rest: "-1".to_owned(), ..Typed::of(&now) }.settings(&now), None);
    }
}
