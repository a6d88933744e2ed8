//! The recurring demand of a team: what there is with what comes next, and a new pattern that shows what it would ask
//! for before it is stored.

use super::{managed, status};
use crate::ids::TeamId;
use crate::service::teams::{NewPattern, PatternView, TeamView};
use crate::service::{Service, ServiceError, fields};
use crate::time::{Civil, Zone, monday_of};
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::texts::Text;
use crate::web::trouble::{told, typed};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use chrono::{Datelike as _, TimeDelta};
use serde::Deserialize;

/// Occurrences that are shown of each pattern, and of one that is looked at before it is stored.
const NEXT: usize = 3;
const PREVIEWED: usize = 10;
/// Weekdays as iCalendar writes them, Monday first.
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/// What `datetime-local` sends.
const LOCAL: &str = "%Y-%m-%dT%H:%M";

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/teams/{team}/manage/patterns", get(show).post(add))
        .route("/teams/{team}/manage/patterns/remove", post(remove))
}

#[derive(Template)]
#[template(path = "manage-patterns.html")]
struct PatternsPage {
    view: View,
    team: TeamView,
    patterns: Vec<PatternView>,
    form: Form,
    preview: Option<PatternView>,
    trouble: Option<String>,
}

impl PatternsPage {
    fn days(&self) -> Vec<(&'static str, Text, bool)> {
        let names = [
            self.view.t("manage-monday"),
            self.view.t("manage-tuesday"),
            self.view.t("manage-wednesday"),
            self.view.t("manage-thursday"),
            self.view.t("manage-friday"),
            self.view.t("manage-saturday"),
            self.view.t("manage-sunday"),
        ];
        let on = |day: &str| self.form.days.iter().any(|chosen| chosen == day);
        DAYS.into_iter().zip(names).map(|(day, name)| (day, name, on(day))).collect()
    }

    fn needs(&self, role: &str) -> bool {
        self.form.roles.iter().any(|chosen| chosen == role)
    }
}

/// A pattern as typed.
#[derive(Debug, Default)]
struct Form {
    title: String,
    start: String,
    end: String,
    zone: String,
    days: Vec<String>,
    every: String,
    rule: String,
    roles: Vec<String>,
    turn: String,
    /// Where the end is meant on another clock: the next site's.
    end_zone: String,
    site: String,
    at_work: bool,
    add: bool,
}

impl Form {
    fn fresh(team: &TeamView, view: &View) -> Self {
        let monday = monday_of(view.now.civil(team.team.zone).date()) + TimeDelta::days(7);
        let required = team.team.roles.iter().filter(|role| !role.optional);
        Self {
            start: format!("{monday}T09:00"),
            end: format!("{}T09:00", monday + TimeDelta::days(1)),
            zone: team.team.zone.name().to_owned(),
            days: DAYS.iter().take(4).map(|day| (*day).to_owned()).collect(),
            every: "1".to_owned(),
            roles: required.map(|role| role.name.clone()).collect(),
            turn: "week".to_owned(),
            ..Self::default()
        }
    }

    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "title" => form.title = value,
                "start" => form.start = value,
                "end" => form.end = value,
                "zone" => form.zone = value,
                "day" => form.days.push(value),
                "every" => form.every = value,
                "rule" => form.rule = value,
                "role" => form.roles.push(value),
                "turn" => form.turn = value,
                "end_zone" => form.end_zone = value,
                "site" => form.site = value,
                "at_work" => form.at_work = true,
                "add" => form.add = true,
                _ => {}
            }
        }
        form
    }

    fn pattern(&self) -> Result<NewPattern, ServiceError> {
        let civil = |field: &str, text: &str| {
            let wrong = |_| ServiceError::invalid(field, "is not a day and time; write it as 2026-12-07T09:00");
            Civil::parse_from_str(text.trim(), LOCAL).map_err(wrong)
        };
        let (start, end) = (civil("start", &self.start)?, civil("end", &self.end)?);
        let zone: Zone = fields::zone("zone", &self.zone)?;
        let rule = match typed(&self.rule) {
            Some(rule) => rule.to_owned(),
            None => self.weekly(start)?,
        };
        Ok(NewPattern {
            title: fields::name("title", &self.title)?,
            start,
            end,
            zone,
            end_zone: typed(&self.end_zone).map(|zone| fields::zone("end_zone", zone)).transpose()?,
            rule,
            roles: self.roles.clone(),
            turn: self.turn.clone(),
            site: typed(&self.site).map(str::to_owned),
            at_work: self.at_work,
        })
    }

    /// The rule of the chosen days, every so many weeks; of the first start's day where none is chosen.
    fn weekly(&self, start: Civil) -> Result<String, ServiceError> {
        let every: u32 = typed(&self.every)
            .unwrap_or("1")
            .parse()
            .ok()
            .filter(|every| (1..=52).contains(every))
            .ok_or_else(|| ServiceError::invalid("every", "must be from 1 to 52 weeks"))?;
        let chosen: Vec<&str> = DAYS.into_iter().filter(|day| self.days.iter().any(|one| one == day)).collect();
        let own = DAYS.get(start.weekday().num_days_from_monday() as usize).copied().unwrap_or_default();
        if !chosen.is_empty() && !chosen.contains(&own) {
            return Err(ServiceError::invalid("start", "must be on one of the chosen weekdays"));
        }
        let interval = if every == 1 { String::new() } else { format!(";INTERVAL={every}") };
        let days = if chosen.is_empty() { String::new() } else { format!(";BYDAY={}", chosen.join(",")) };
        Ok(format!("FREQ=WEEKLY{interval}{days}"))
    }
}

async fn shown(
    service: &Service,
    viewer: Viewer,
    team: TeamView,
    (form, preview): (Form, Option<PatternView>),
    trouble: Option<String>,
) -> Answer {
    let patterns = service.patterns(&viewer.actor, &team.team.id, NEXT).await?;
    let status = status(trouble.as_ref());
    let content = PatternsPage { view: viewer.view, team, patterns, form, preview, trouble };
    Ok((status, page(&content)?).into_response())
}

/// `GET /teams/{team}/manage/patterns`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let form = Form::fresh(&found, &viewer.view);
    shown(&service, viewer, found, (form, None), None).await
}

/// `POST /teams/{team}/manage/patterns`: shows what it would ask for; with `add` it is stored.
async fn add(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let form = Form::of(pairs);
    let looked = match form.pattern() {
        Ok(new) => service.preview_pattern(&viewer.actor, &team, &new, PREVIEWED).await.map(|preview| (new, preview)),
        Err(error) => Err(error),
    };
    match looked {
        Ok((new, _)) if form.add => {
            service.add_pattern(&viewer.actor, &team, &new).await?;
            Ok(to(&format!("/teams/{team}/manage/patterns")).said("pattern-added").into_response())
        }
        Ok((_, preview)) => shown(&service, viewer, found, (form, Some(preview)), None).await,
        Err(error) => {
            let trouble = told(error)?;
            shown(&service, viewer, found, (form, None), Some(trouble)).await
        }
    }
}

#[derive(Debug, Deserialize)]
struct Removing {
    uid: String,
}

/// `POST /teams/{team}/manage/patterns/remove`
async fn remove(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Removing>,
) -> Answer {
    viewer.manages(&team)?;
    service.remove_pattern(&viewer.actor, &team, &form.uid).await?;
    Ok(to(&format!("/teams/{team}/manage/patterns")).said("pattern-removed").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_days_become_a_rule_and_the_first_start_is_on_one_of_them() {
        let monday: Civil = "2026-12-07T09:00:00".parse().unwrap();
        let form = |days: &[&str], every: &str| Form {
            days: days.iter().map(|day| (*day).to_owned()).collect(),
            every: every.to_owned(),
            ..Form::default()
        };
        assert_eq!(form(&["TU", "MO"], "1").weekly(monday).unwrap(), "FREQ=WEEKLY;BYDAY=MO,TU");
        assert_eq!(form(&[], "2").weekly(monday).unwrap(), "FREQ=WEEKLY;INTERVAL=2");
        assert!(form(&["SA"], "1").weekly(monday).is_err() && form(&["MO"], "0").weekly(monday).is_err());
    }
}
