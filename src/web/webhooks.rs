//! Programs elsewhere that hear of what happens, in a team or in all of them: which there are and how they do, a new one, a
//! test, another secret, an end. A secret is in the answer that made it, and nowhere else.

use super::fields::Fields;
use super::frame::{View, Viewer, page};
use super::go::{Answer, Go, Refused, to};
use super::manage::{managed, status};
use super::texts::Text;
use super::trouble::{told, typed};
use crate::ids::{TeamId, WebhookId};
use crate::service::Service;
use crate::service::webhooks::{Event, Format, KEEP_HOURS, NewWebhook, Owner, WebhookChange, WebhookView};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/admin/webhooks", get(show_all).post(add_for_all))
        .route("/admin/webhooks/{webhook}/test", post(test))
        .route("/admin/webhooks/{webhook}/secret", post(rotate))
        .route("/admin/webhooks/{webhook}/pause", post(pause))
        .route("/admin/webhooks/{webhook}/resume", post(resume))
        .route("/admin/webhooks/{webhook}/remove", post(remove))
        .route("/teams/{team}/manage/webhooks", get(show).post(add))
        .route("/teams/{team}/manage/webhooks/{webhook}/test", post(test))
        .route("/teams/{team}/manage/webhooks/{webhook}/secret", post(rotate))
        .route("/teams/{team}/manage/webhooks/{webhook}/pause", post(pause))
        .route("/teams/{team}/manage/webhooks/{webhook}/resume", post(resume))
        .route("/teams/{team}/manage/webhooks/{webhook}/remove", post(remove))
}

/// Whose receivers a page is about.
struct Place {
    owner: Owner,
    /// The page above, and what it is called.
    above: (String, Text),
    /// Whose they are, as the title of the window has it.
    whose: String,
}

impl Place {
    /// A team's, for its managers, or everybody's, for administrators.
    async fn of(service: &Service, viewer: &Viewer, team: Option<TeamId>) -> Result<Self, Refused> {
        let Some(id) = team else {
            viewer.administers()?;
            let title = viewer.view.t("admin-title");
            return Ok(Self { owner: None, whose: title.to_string(), above: ("/admin".to_owned(), title) });
        };
        let name = managed(service, viewer, &id).await?.team.name;
        let title = viewer.view.t("manage-title").with("team", &name);
        Ok(Self { above: (format!("/teams/{id}/manage"), title), whose: name, owner: Some(id) })
    }

    fn path(&self) -> String {
        format!("{}/webhooks", self.above.0)
    }

    /// Back to the page.
    fn back(&self) -> Go {
        to(&self.path())
    }
}

/// One receiver, as a path names it.
#[derive(Deserialize)]
struct One {
    team: Option<TeamId>,
    webhook: WebhookId,
}

#[derive(Template)]
#[template(path = "webhooks.html")]
struct WebhooksPage {
    view: View,
    place: Place,
    all: Vec<WebhookView>,
    /// Events that may be chosen, whether they are, and what they are.
    events: Vec<(Event, bool, Text)>,
    /// Formats, whether each is chosen, and what it is.
    formats: Vec<(Format, bool, Text)>,
    form: Typed,
    /// Whose secret was just drawn, and that secret.
    made: Option<(String, String)>,
    trouble: Option<String>,
}

/// What was typed of a new one; its address is typed again where something is wrong, since it may be a secret.
#[derive(Default)]
struct Typed {
    name: String,
    format: Format,
    events: Option<BTreeSet<Event>>,
}

impl Typed {
    fn of(pairs: &[(String, String)]) -> Option<(Self, String)> {
        let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let word = |word: &str| serde_json::Value::String(word.to_owned());
        let events = pairs.iter().filter(|(key, _)| key == "event");
        let events = events.map(|(_, event)| serde_json::from_value(word(event)).ok()).collect::<Option<_>>()?;
        let format = serde_json::from_value(word(value("format"))).ok()?;
        Some((Self { name: value("name").to_owned(), format, events: Some(events) }, value("url").to_owned()))
    }
}

fn what(view: &View, event: Event) -> Text {
    match event {
        Event::RosterPublished => view.t("webhook-roster-published"),
        Event::ShiftChanged => view.t("webhook-shift-changed"),
        Event::Handover => view.t("webhook-handover"),
        Event::SwapOpened => view.t("webhook-swap-opened"),
        Event::SwapPromised => view.t("webhook-swap-promised"),
        Event::SwapTaken => view.t("webhook-swap-taken"),
        Event::SwapReopened => view.t("webhook-swap-reopened"),
        Event::SwapWithdrawn => view.t("webhook-swap-withdrawn"),
        Event::SwapExpired => view.t("webhook-swap-expired"),
        Event::SwapUncovered => view.t("webhook-swap-uncovered"),
        Event::SwapVoid => view.t("webhook-swap-void"),
        Event::GapOpened => view.t("webhook-gap-opened"),
        Event::GapClosed => view.t("webhook-gap-closed"),
        Event::Reminder => view.t("webhook-reminder"),
        Event::Test => view.t("webhook-test"),
    }
}

async fn shown(
    (service, viewer, place): (&Service, Viewer, Place),
    form: Typed,
    made: Option<(String, String)>,
    trouble: Option<String>,
) -> Answer {
    let all = service.webhooks(&viewer.actor, &place.owner).await?;
    let view = viewer.view;
    let chosen = |event: &Event| form.events.as_ref().is_none_or(|events| events.contains(event));
    let events = Event::CHOICE.map(|event| (event, chosen(&event), what(&view, event))).into();
    let formats = [
        (Format::Dogwatch, view.t("webhook-format-dogwatch")),
        (Format::Slack, view.t("webhook-format-slack")),
        (Format::Chat, view.t("webhook-format-chat")),
    ];
    let formats = formats.map(|(format, what)| (format, format == form.format, what)).into();
    let content = WebhooksPage { view, place, all, events, formats, form, made, trouble };
    Ok((status(content.trouble.as_ref()), page(&content)?).into_response())
}

/// `GET /teams/{team}/manage/webhooks`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let place = Place::of(&service, &viewer, Some(team)).await?;
    shown((&service, viewer, place), Typed::default(), None, None).await
}

/// `GET /admin/webhooks`
async fn show_all(State(service): State<Service>, viewer: Viewer) -> Answer {
    let place = Place::of(&service, &viewer, None).await?;
    shown((&service, viewer, place), Typed::default(), None, None).await
}

/// `POST /teams/{team}/manage/webhooks`
async fn add(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Answer {
    added(&service, viewer, Some(team), &pairs).await
}

/// `POST /admin/webhooks`
async fn add_for_all(
    State(service): State<Service>,
    viewer: Viewer,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Answer {
    added(&service, viewer, None, &pairs).await
}

async fn added(service: &Service, viewer: Viewer, team: Option<TeamId>, pairs: &[(String, String)]) -> Answer {
    let place = Place::of(service, &viewer, team).await?;
    let Some((form, url)) = Typed::of(pairs) else {
        let trouble = viewer.view.t("webhook-unknown").to_string();
        return shown((service, viewer, place), Typed::default(), None, Some(trouble)).await;
    };
    let name = typed(&form.name).map(str::to_owned);
    let new = NewWebhook { name, url, format: form.format, events: form.events.clone() };
    match service.add_webhook(&viewer.actor, &place.owner, new).await {
        Ok(made) => {
            let made = (made.view.name, made.secret);
            shown((service, viewer, place), Typed::default(), Some(made), None).await
        }
        Err(error) => {
            let trouble = told(error)?;
            shown((service, viewer, place), form, None, Some(trouble)).await
        }
    }
}

/// `POST …/webhooks/{webhook}/test`
async fn test(State(service): State<Service>, viewer: Viewer, Path(one): Path<One>) -> Answer {
    let place = Place::of(&service, &viewer, one.team).await?;
    service.test_webhook(&viewer.actor, &place.owner, &one.webhook).await?;
    Ok(place.back().said("webhook-tested").into_response())
}

/// `POST …/webhooks/{webhook}/secret`
async fn rotate(State(service): State<Service>, viewer: Viewer, Path(one): Path<One>) -> Answer {
    let place = Place::of(&service, &viewer, one.team).await?;
    let made = service.rotate_webhook(&viewer.actor, (&place.owner, &one.webhook), KEEP_HOURS).await?;
    let made = (made.view.name, made.secret);
    shown((&service, viewer, place), Typed::default(), Some(made), None).await
}

async fn set_paused(service: &Service, viewer: &Viewer, one: One, paused: bool) -> Answer {
    let place = Place::of(service, viewer, one.team).await?;
    let change = WebhookChange { paused: Some(paused), ..WebhookChange::default() };
    service.change_webhook(&viewer.actor, (&place.owner, &one.webhook), change).await?;
    Ok(place.back().said("webhook-changed").into_response())
}

/// `POST …/webhooks/{webhook}/pause`
async fn pause(State(service): State<Service>, viewer: Viewer, Path(one): Path<One>) -> Answer {
    set_paused(&service, &viewer, one, true).await
}

/// `POST …/webhooks/{webhook}/resume`
async fn resume(State(service): State<Service>, viewer: Viewer, Path(one): Path<One>) -> Answer {
    set_paused(&service, &viewer, one, false).await
}

/// `POST …/webhooks/{webhook}/remove`
async fn remove(State(service): State<Service>, viewer: Viewer, Path(one): Path<One>) -> Answer {
    let place = Place::of(&service, &viewer, one.team).await?;
    service.remove_webhook(&viewer.actor, &place.owner, &one.webhook).await?;
    Ok(place.back().said("webhook-removed").into_response())
}
