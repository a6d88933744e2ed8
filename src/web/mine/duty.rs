//! One of somebody's own shifts: everything that goes with it, the handover note, and the ways out of it.

use super::ways::{Sought, Ways, proposal, reason};
use crate::ids::{SlotId, SwapId};
use crate::roster::model::Answer as Acknowledged;
use crate::roster::swap::OfferState;
use crate::service::desk::{Answered, Duty};
use crate::service::pages::Thing;
use crate::service::{Service, ServiceError};
use crate::time::Window;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, Go, to};
use crate::web::texts::Text;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde::Deserialize;

pub fn routes() -> Router<Service> {
    Router::new()
        .route("/me/shifts/{slot}/{segment}", get(show))
        .route("/me/shifts/{slot}/{segment}/acknowledge", post(acknowledge))
        .route("/me/shifts/{slot}/{segment}/ask", post(ask))
        .route("/me/shifts/{slot}/{segment}/propose", post(propose))
        .route("/me/shifts/{slot}/{segment}/note", post(leave))
        .route("/me/swaps/{swap}/withdraw", post(withdraw))
}

#[derive(Template)]
#[template(path = "duty.html")]
struct DutyPage {
    view: View,
    duty: Duty,
    /// Others of its turn.
    turn: Vec<Window>,
    ways: Ways,
    /// Where the ways out are looked for and proposed.
    here: String,
    propose: String,
    acknowledged: bool,
    answers: Vec<(Answered, Text)>,
}

fn path_of(slot: &SlotId, segment: u32) -> String {
    format!("/me/shifts/{slot}/{segment}")
}

fn back(slot: &SlotId, segment: u32) -> Go {
    to(&path_of(slot, segment))
}

/// `GET /me/shifts/{slot}/{segment}`
async fn show(
    State(service): State<Service>,
    viewer: Viewer,
    Path((slot, segment)): Path<(SlotId, u32)>,
    Query(sought): Query<Sought>,
) -> Answer {
    let person = &viewer.visitor.person;
    let (duty, turn) = service.duty(&viewer.actor, &person.id, (&slot, segment)).await?;
    let view = viewer.view;
    let found = match sought.wanting(view.zone()) {
        Some(wanting) => Some(service.swap_options(&viewer.actor, &slot, wanting).await),
        None => None,
    };
    let ways = Ways::of(&view, (duty.shift.window, !turn.is_empty()), &sought, found)?;
    let answers = duty.asked.iter().flat_map(|asked| &asked.answers);
    let answers = answers.map(|one| (one.clone(), said(&view, one.state))).collect();
    let acknowledged = duty.shift.answer == Acknowledged::Accepted;
    let here = path_of(&slot, segment);
    let propose = format!("{here}/propose");
    let content = DutyPage { view, duty, turn, ways, here, propose, acknowledged, answers };
    Ok(page(&content)?.into_response())
}

fn said(view: &View, state: OfferState) -> Text {
    match state {
        OfferState::Offered => view.t("duty-no-answer"),
        OfferState::Agreed => view.t("duty-agreed"),
        OfferState::Disagreed => view.t("duty-disagreed"),
        OfferState::Lapsed | OfferState::Withdrawn => view.t("duty-not-possible"),
    }
}

/// Of somebody else's shift there is no such page, whatever they may do with it elsewhere.
async fn own(service: &Service, viewer: &Viewer, slot: &SlotId, segment: u32) -> Result<(), ServiceError> {
    service.duty(&viewer.actor, &viewer.visitor.person.id, (slot, segment)).await.map(drop)
}

/// `POST /me/shifts/{slot}/{segment}/acknowledge`
async fn acknowledge(
    State(service): State<Service>,
    viewer: Viewer,
    Path((slot, segment)): Path<(SlotId, u32)>,
) -> Answer {
    own(&service, &viewer, &slot, segment).await?;
    service.acknowledge_shift(&viewer.actor, &slot, segment).await?;
    Ok(to("/me").said("shift-acknowledged").into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    reason: String,
    whole_turn: Option<String>,
}

/// `POST /me/shifts/{slot}/{segment}/ask`
async fn ask(
    State(service): State<Service>,
    viewer: Viewer,
    Path((slot, segment)): Path<(SlotId, u32)>,
    Fields(form): Fields<Asking>,
) -> Answer {
    own(&service, &viewer, &slot, segment).await?;
    let reason = reason(Some(&form.reason));
    let asked = if form.whole_turn.is_some() {
        service.ask_for_cover_of_turn(&viewer.actor, &slot, segment, reason).await
    } else {
        service.ask_for_cover(&viewer.actor, &slot, segment, reason).await
    };
    match asked {
        Ok(_) => Ok(back(&slot, segment).said("cover-asked").into_response()),
        // An optional shift: it was emptied at once.
        Err(ServiceError::Gone) => Ok(to("/me").said("shift-emptied").into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `POST /me/shifts/{slot}/{segment}/propose`
async fn propose(
    State(service): State<Service>,
    viewer: Viewer,
    Path((slot, segment)): Path<(SlotId, u32)>,
    Fields(form): Fields<Vec<(String, String)>>,
) -> Answer {
    own(&service, &viewer, &slot, segment).await?;
    service.propose_swap(&viewer.actor, &slot, proposal(&form)?).await?;
    Ok(back(&slot, segment).said("swap-proposed").into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaving {
    note: String,
}

/// `POST /me/shifts/{slot}/{segment}/note`
async fn leave(
    State(service): State<Service>,
    viewer: Viewer,
    Path((slot, segment)): Path<(SlotId, u32)>,
    Fields(form): Fields<Leaving>,
) -> Answer {
    own(&service, &viewer, &slot, segment).await?;
    let note = form.note.replace("\r\n", "\n");
    service.leave_handover(&viewer.actor, &slot, Some(segment), Some(note)).await?;
    Ok(back(&slot, segment).said("note-left").into_response())
}

/// `POST /me/swaps/{swap}/withdraw`
async fn withdraw(State(service): State<Service>, viewer: Viewer, Path(swap): Path<SwapId>) -> Answer {
    viewer.knows(&service, Thing::Swap(swap.clone())).await?;
    let done = service.withdraw_swap(&viewer.actor, &swap).await?;
    Ok(back(&done.slot, done.segment).said("swap-withdrawn").into_response())
}
