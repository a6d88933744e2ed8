//! Who is on call for a team, and one shift. Strangers see roles, names and times; addresses and phone numbers only
//! whoever is in the team sees, for a page of phone numbers is worth more to others than to us.

use super::frame::{View, page};
use super::go::Answer;
use crate::ids::{SlotId, TeamId};
use crate::service::oncall::{OnCall, Watch};
use crate::service::pages::SlotPart;
use crate::service::{Actor, Service};
use crate::time::{Instant, Window, Zone};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::get;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/teams/{team}", get(team)).route("/shifts/{slot}", get(shift))
}

#[derive(Template)]
#[template(path = "team.html")]
struct TeamPage {
    view: View,
    name: String,
    at: Instant,
    now: Vec<Card>,
    next: Vec<Card>,
    contacts: Vec<Line>,
}

struct Card {
    role: String,
    page: bool,
    who: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    slot: Option<String>,
    window: Window,
    cover_asked: bool,
}

struct Line {
    name: String,
    role: Option<String>,
    phone: Option<String>,
}

/// `GET /teams/{team}`
async fn team(State(service): State<Service>, view: View, Path(team): Path<TeamId>) -> Answer {
    // Read as the house itself: what a stranger may see is cut below.
    let found = service.on_call(&Actor::system(), &team, None).await?;
    let known = view.visitor.as_ref().is_some_and(|visitor| visitor.person.admin || visitor.belongs(&team));
    Ok(page(&TeamPage::of(view, &found, known))?.into_response())
}

impl TeamPage {
    fn of(view: View, found: &OnCall, known: bool) -> Self {
        let cards = |watches: &[Watch]| watches.iter().map(|watch| Card::of(watch, known)).collect();
        let contacts = found.escalation.iter().map(|contact| Line {
            name: contact.name.clone(),
            role: contact.role.clone(),
            phone: known.then(|| contact.phone.clone()),
        });
        Self {
            view: view.or_zone(found.zone),
            name: found.name.clone(),
            at: found.at,
            now: cards(&found.on_call),
            next: cards(&found.next),
            contacts: contacts.collect(),
        }
    }
}

impl Card {
    fn of(watch: &Watch, known: bool) -> Self {
        let person = watch.person.as_ref();
        Self {
            role: watch.role.clone(),
            page: watch.page,
            who: person.map(|person| person.name.clone()),
            email: person.filter(|_| known).map(|person| person.email.clone()),
            phone: person.filter(|_| known).and_then(|person| person.phone.clone()),
            slot: watch.slot.as_ref().map(ToString::to_string),
            window: watch.window,
            cover_asked: watch.cover_asked,
        }
    }
}

#[derive(Template)]
#[template(path = "shift.html")]
struct ShiftPage {
    view: View,
    role: String,
    team: String,
    team_name: String,
    parts: Vec<SlotPart>,
}

/// `GET /shifts/{slot}`
async fn shift(State(service): State<Service>, view: View, Path(slot): Path<SlotId>) -> Answer {
    let found = service.slot_page(&slot).await?;
    let first = found.parts.first();
    let zone = first.map_or(Zone::UTC, |part| part.shift.zone);
    let role = first.map(|part| part.shift.role.clone()).unwrap_or_default();
    let content = ShiftPage {
        view: view.or_zone(zone),
        role,
        team: found.team.to_string(),
        team_name: found.team_name,
        parts: found.parts,
    };
    Ok(page(&content)?.into_response())
}
