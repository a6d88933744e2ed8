//! What somebody is reminded of, and when they want to be left alone.

use super::fields::Fields;
use super::frame::{View, Viewer, page};
use super::go::{Answer, to};
use crate::roster::quiet::{Choice, Matter};
use crate::service::Service;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/account/reminders", get(show).post(change))
}

#[derive(Template)]
#[template(path = "reminders.html")]
struct RemindersPage {
    view: View,
    form: Typed,
    trouble: Option<String>,
}

/// Times as browsers send them, and a word for each matter that is wanted.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
struct Typed {
    from: String,
    until: String,
    month: Option<String>,
    shift: Option<String>,
    offer: Option<String>,
    qualification: Option<String>,
    gap: Option<String>,
}

impl Typed {
    fn of(choice: &Choice, service: &Service) -> Self {
        let hours = choice.quiet.unwrap_or_else(|| service.quiet_hours()).to_string();
        let (from, until) = hours.split_once('-').unwrap_or_default();
        let on = |matter: Matter| (!choice.without.contains(&matter)).then(|| "yes".to_owned());
        Self {
            from: from.to_owned(),
            until: until.to_owned(),
            month: on(Matter::Month),
            shift: on(Matter::Shift),
            offer: on(Matter::Offer),
            qualification: on(Matter::Qualification),
            gap: on(Matter::Gap),
        }
    }

    /// What is typed; nothing where a time is none. Hours that are the configuration's stay the configuration's.
    fn choice(&self, service: &Service) -> Option<Choice> {
        let hours = format!("{}-{}", self.from, self.until).parse().ok()?;
        let wanted = |matter: &Matter| match matter {
            Matter::Month => self.month.is_some(),
            Matter::Shift => self.shift.is_some(),
            Matter::Offer => self.offer.is_some(),
            Matter::Qualification => self.qualification.is_some(),
            Matter::Gap => self.gap.is_some(),
        };
        let without = Matter::ALL.into_iter().filter(|matter| !wanted(matter)).collect();
        Some(Choice { quiet: Some(hours).filter(|hours| *hours != service.quiet_hours()), without })
    }
}

/// `GET /account/reminders`
async fn show(State(service): State<Service>, viewer: Viewer) -> Answer {
    let choice = service.reminder_choice(&viewer.actor, &viewer.visitor.person.id).await?;
    let form = Typed::of(&choice, &service);
    Ok(page(&RemindersPage { view: viewer.view, form, trouble: None })?.into_response())
}

/// `POST /account/reminders`
async fn change(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Typed>) -> Answer {
    let Some(choice) = form.choice(&service) else {
        let trouble = Some(viewer.view.t("reminders-time-wrong").to_string());
        let content = RemindersPage { view: viewer.view, form, trouble };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&content)?).into_response());
    };
    service.choose_reminders(&viewer.actor, &viewer.visitor.person.id, choice).await?;
    Ok(to("/account/reminders").said("reminders-changed").into_response())
}
