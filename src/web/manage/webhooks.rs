//! Programs elsewhere that hear of what happens in the team: which there are and how they do, a new one, a test, another
//! secret, an end. A secret is in the answer that made it, and nowhere else.

use super::{managed, status};
use crate::ids::{TeamId, WebhookId};
use crate::service::Service;
use crate::service::teams::TeamView;
use crate::service::webhooks::{Event, Format, KEEP_HOURS, NewWebhook, Owner, WebhookChange, WebhookView};
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, Go, to};
use crate::web::texts::Text;
use crate::web::trouble::{told, typed};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use std::collections::BTreeSet;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/teams/{team}/manage/webhooks", get(show).post(add))
        .route("/teams/{team}/manage/webhooks/{webhook}/test", post(test))
        .route("/teams/{team}/manage/webhooks/{webhook}/secret", post(rotate))
        .route("/teams/{team}/manage/webhooks/{webhook}/pause", post(pause))
        .route("/teams/{team}/manage/webhooks/{webhook}/resume", post(resume))
        .route("/teams/{team}/manage/webhooks/{webhook}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "manage-webhooks.html")]
struct WebhooksPage {
    view: View,
    team: TeamView,
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
    (service, viewer, team): (&Service, Viewer, TeamView),
    form: Typed,
    made: Option<(String, String)>,
    trouble: Option<String>,
) -> Answer {
    let all = service.webhooks(&viewer.actor, &Some(team.team.id.clone())).await?;
    let view = viewer.view;
    let chosen = |event: &Event| form.events.as_ref().is_none_or(|events| events.contains(event));
    let events = Event::CHOICE.map(|event| (event, chosen(&event), what(&view, event))).into();
    let formats = [
        (Format::Dogwatch, view.t("webhook-format-dogwatch")),
        (Format::Slack, view.t("webhook-format-slack")),
        (Format::Chat, view.t("webhook-format-chat")),
    ];
    let formats = formats.map(|(format, what)| (format, format == form.format, what)).into();
    let content = WebhooksPage { view, team, all, events, formats, form, made, trouble };
    Ok((status(content.trouble.as_ref()), page(&content)?).into_response())
}

/// `GET /teams/{team}/manage/webhooks`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    shown((&service, viewer, found), Typed::default(), None, None).await
}

/// `POST /teams/{team}/manage/webhooks`
async fn add(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let Some((form, url)) = Typed::of(&pairs) else {
        let trouble = viewer.view.t("webhook-unknown").to_string();
        return shown((&service, viewer, found), Typed::default(), None, Some(trouble)).await;
    };
    let name = typed(&form.name).map(str::to_owned);
    let new = NewWebhook { name, url, format: form.format, events: form.events.clone() };
    match service.add_webhook(&viewer.actor, &Some(team), new).await {
        Ok(made) => {
            let made = (made.view.name, made.secret);
            shown((&service, viewer, found), Typed::default(), Some(made), None).await
        }
        Err(error) => {
            let trouble = told(error)?;
            shown((&service, viewer, found), form, None, Some(trouble)).await
        }
    }
}

/// Back to the page.
fn back(team: &TeamId) -> Go {
    to(&format!("/teams/{team}/manage/webhooks"))
}

/// `POST /teams/{team}/manage/webhooks/{webhook}/test`
async fn test(State(service): State<Service>, viewer: Viewer, Path((team, id)): Path<(TeamId, WebhookId)>) -> Answer {
    managed(&service, &viewer, &team).await?;
    service.test_webhook(&viewer.actor, &Some(team.clone()), &id).await?;
    Ok(back(&team).said("webhook-tested").into_response())
}

/// `POST /teams/{team}/manage/webhooks/{webhook}/secret`
async fn rotate(State(service): State<Service>, viewer: Viewer, Path((team, id)): Path<(TeamId, WebhookId)>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let made = service.rotate_webhook(&viewer.actor, (&Some(team), &id), KEEP_HOURS).await?;
    let made = (made.view.name, made.secret);
    shown((&service, viewer, found), Typed::default(), Some(made), None).await
}

async fn set_paused(service: &Service, viewer: &Viewer, (team, id): (&TeamId, &WebhookId), paused: bool) -> Answer {
    managed(service, viewer, team).await?;
    let (owner, change): (Owner, _) =
        (Some(team.clone()), WebhookChange { paused: Some(paused), ..WebhookChange::default() });
    service.change_webhook(&viewer.actor, (&owner, id), change).await?;
    Ok(back(team).said("webhook-changed").into_response())
}

/// `POST /teams/{team}/manage/webhooks/{webhook}/pause`
async fn pause(State(service): State<Service>, viewer: Viewer, Path((team, id)): Path<(TeamId, WebhookId)>) -> Answer {
    set_paused(&service, &viewer, (&team, &id), true).await
}

/// `POST /teams/{team}/manage/webhooks/{webhook}/resume`
async fn resume(State(service): State<Service>, viewer: Viewer, Path((team, id)): Path<(TeamId, WebhookId)>) -> Answer {
    set_paused(&service, &viewer, (&team, &id), false).await
}

/// `POST /teams/{team}/manage/webhooks/{webhook}/remove`
async fn remove(State(service): State<Service>, viewer: Viewer, Path((team, id)): Path<(TeamId, WebhookId)>) -> Answer {
    managed(&service, &viewer, &team).await?;
    service.remove_webhook(&viewer.actor, &Some(team.clone()), &id).await?;
    Ok(back(&team).said("webhook-removed").into_response())
}
