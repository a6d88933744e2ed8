//! A draft against what is published, and what is done with it: published, thrown away, or made anew of an earlier edition.

use super::naming::Names;
use super::{in_team, place, state_of};
use crate::ids::{RosterId, SlotId, TeamId};
use crate::roster::check::FindingKind;
use crate::roster::diff::{Change, Entry};
use crate::service::planning::{Difference, RosterState, SwapsSince};
use crate::service::{Service, ServiceError};
use crate::time::Window;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::texts::Text;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "board-changes.html")]
struct ChangesPage {
    view: View,
    base: String,
    team_name: String,
    state: Text,
    draft: bool,
    restorable: bool,
    counter: i64,
    rows: Vec<Row>,
    gaps: Vec<String>,
    broken: Vec<String>,
    /// Why it can't be published as it is.
    refused: Option<Refusal>,
    reason: String,
}

struct Row {
    what: Text,
    tone: &'static str,
    role: String,
    window: Window,
    was: Option<Window>,
    from: Option<String>,
    to: Option<String>,
}

struct Refusal {
    message: String,
    rules: Vec<String>,
    /// To make a draft of it, somebody has to say what becomes of swaps taken since.
    swaps_since: bool,
}

impl Refusal {
    fn new(message: String, rules: Vec<String>) -> Self {
        Self { message, rules, swaps_since: false }
    }
}

/// `GET /board/{team}/{roster}/changes`
pub async fn show(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, roster)): Path<(TeamId, RosterId)>,
) -> Answer {
    viewer.manages(&team)?;
    let content = ChangesPage::of(&service, viewer, (&team, &roster), (None, String::new())).await?;
    Ok(page(&content)?.into_response())
}

impl ChangesPage {
    async fn of(
        service: &Service,
        viewer: Viewer,
        (team, roster): (&TeamId, &RosterId),
        (mut refused, reason): (Option<Refusal>, String),
    ) -> Result<Self, crate::web::go::Refused> {
        let Viewer { view, actor, .. } = viewer;
        let board = service.board(&actor, roster).await?;
        in_team(&board.head, team)?;
        let names = Names::of(service, &actor, team).await?;
        let differs = match service.diff_roster(&actor, roster).await {
            Ok(Difference { changes, .. }) => changes,
            Err(ServiceError::Conflict { message, .. }) => {
                refused = refused.or(Some(Refusal::new(message, Vec::new())));
                BTreeMap::new()
            }
            Err(other) => return Err(other.into()),
        };
        let told = |kind: FindingKind| {
            let found = board.findings.iter().filter(move |finding| finding.kind == kind);
            found.map(|finding| finding.text.clone()).collect()
        };
        Ok(Self {
            base: place(team, roster),
            team_name: board.team_name.clone(),
            state: state_of(&view, &board.head),
            draft: board.head.state == RosterState::Draft,
            restorable: board.head.state == RosterState::Historic,
            counter: board.head.counter,
            rows: rows(&view, &names, differs),
            gaps: told(FindingKind::Gap),
            broken: told(FindingKind::Broken),
            refused,
            reason,
            view,
        })
    }
}

fn rows(view: &View, names: &Names, changes: BTreeMap<SlotId, Change>) -> Vec<Row> {
    let name = |entry: &Entry| entry.person.as_ref().map(|person| names.of_person(person));
    let mut rows: Vec<Row> = changes
        .into_values()
        .map(|change| match change {
            Change::Added(entry) => Row {
                what: view.t("board-added"),
                tone: "good",
                to: name(&entry),
                from: None,
                was: None,
                role: entry.role,
                window: entry.window,
            },
            Change::Removed(entry) => Row {
                what: view.t("board-removed"),
                tone: "bad",
                from: name(&entry),
                to: None,
                was: None,
                role: entry.role,
                window: entry.window,
            },
            Change::Moved { from, to } | Change::Details { from, to } => Row {
                what: if from.person == to.person { view.t("board-retimed") } else { view.t("board-handed-on") },
                tone: "warn",
                from: name(&from),
                to: name(&to),
                was: (from.window != to.window).then_some(from.window),
                role: to.role,
                window: to.window,
            },
        })
        .collect();
    rows.sort_by(|a, b| (a.window.start, &a.role).cmp(&(b.window.start, &b.role)));
    rows
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publishing {
    #[serde(default)]
    reason: String,
    counter: i64,
}

/// `POST /board/{team}/{roster}/publish`
pub async fn publish(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, roster)): Path<(TeamId, RosterId)>,
    Fields(form): Fields<Publishing>,
) -> Answer {
    viewer.manages(&team)?;
    in_team(&service.roster(&viewer.actor, &roster).await?.head, &team)?;
    let reason = (!form.reason.trim().is_empty()).then(|| form.reason.clone());
    let refusal = match service.publish_roster(&viewer.actor, &roster, reason, Some(form.counter)).await {
        Ok(_) => return Ok(to(&place(&team, &roster)).said("roster-published").into_response()),
        Err(ServiceError::PreconditionFailed) => {
            return Ok(to(&format!("{}/changes", place(&team, &roster))).said("board-stale").into_response());
        }
        Err(ServiceError::Unprocessable { message, rules }) => Refusal::new(message, rules),
        Err(ServiceError::Conflict { message, .. }) => Refusal::new(message, Vec::new()),
        Err(other) => return Err(other.into()),
    };
    let content = ChangesPage::of(&service, viewer, (&team, &roster), (Some(refusal), form.reason)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&content)?).into_response())
}

/// `POST /board/{team}/{roster}/discard`
pub async fn discard(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, roster)): Path<(TeamId, RosterId)>,
) -> Answer {
    viewer.manages(&team)?;
    in_team(&service.roster(&viewer.actor, &roster).await?.head, &team)?;
    service.discard_roster(&viewer.actor, &roster).await?;
    Ok(to(&format!("/board/{team}")).said("draft-discarded").into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restoring {
    swaps: Option<Since>,
}

/// What becomes of swaps taken since.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    Keep,
    Undo,
}

/// `POST /board/{team}/{roster}/restore`
pub async fn restore(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, roster)): Path<(TeamId, RosterId)>,
    Fields(form): Fields<Restoring>,
) -> Answer {
    viewer.manages(&team)?;
    in_team(&service.roster(&viewer.actor, &roster).await?.head, &team)?;
    let swaps = form.swaps.map(|since| match since {
        Since::Keep => SwapsSince::Keep,
        Since::Undo => SwapsSince::Undo,
    });
    let refusal = match service.restore_roster(&viewer.actor, &roster, swaps).await {
        Ok(draft) => return Ok(to(&place(&team, &draft.head.id)).said("roster-restored").into_response()),
        Err(ServiceError::Conflict { code, message, .. }) => {
            Refusal { message, rules: Vec::new(), swaps_since: code == "swaps-since" }
        }
        Err(other) => return Err(other.into()),
    };
    let content = ChangesPage::of(&service, viewer, (&team, &roster), (Some(refusal), String::new())).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&content)?).into_response())
}
