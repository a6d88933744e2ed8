//! Who is on call for a team: now, next, over a day on every clock it lives by, and over a month; and one shift.
//! Strangers see roles, names and times, and only where the team lets them; addresses and phone numbers only whoever is
//! in the team sees, for a page of phone numbers is worth more to others than to us.

mod day;
mod month;

use super::frame::{View, page};
use super::go::{Answer, sign_in_first};
use crate::ids::{PersonId, SlotId, TeamId};
use crate::service::oncall::{OnCall, Watch};
use crate::service::pages::SlotPart;
use crate::service::{Actor, Service, ServiceError};
use crate::time::{Day, Instant, Window, Zone};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::Method;
use axum::response::IntoResponse as _;
use axum::routing::get;
use chrono::Datelike as _;
use day::DayPlot;
use month::{MonthTable, When};
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/teams/{team}", get(team)).route("/shifts/{slot}", get(shift))
}

#[derive(Template)]
#[template(path = "team.html")]
struct TeamPage {
    view: View,
    id: String,
    name: String,
    at: Instant,
    now: Vec<Card>,
    next: Vec<Card>,
    contacts: Vec<Line>,
    day: DayPlot,
    month: MonthTable,
    /// Whoever looks is in the team, or an administrator.
    known: bool,
    manages: bool,
}

/// Which day and month are looked at; today and the day's month where they are not named, or make no sense.
#[derive(Debug, Deserialize)]
struct Asked {
    day: Option<String>,
    month: Option<String>,
}

impl Asked {
    fn day(&self, view: &View) -> Day {
        let named = self.day.as_deref().and_then(|text| text.parse().ok()).filter(|day| is_near(*day));
        named.unwrap_or_else(|| view.now.civil(view.zone()).date())
    }

    /// Its first day.
    fn month(&self, day: Day) -> Day {
        let named =
            self.month.as_deref().and_then(|text| format!("{text}-01").parse().ok()).filter(|day| is_near(*day));
        named.or_else(|| day.with_day(1)).unwrap_or(day)
    }
}

/// Rosters lie within a few centuries, and so do the days before and after them.
fn is_near(day: Day) -> bool {
    (1900..2200).contains(&day.year())
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
async fn team(
    State(service): State<Service>,
    view: View,
    Path(team): Path<TeamId>,
    Query(asked): Query<Asked>,
) -> Answer {
    if view.visitor.is_none() && !service.team_is_public(&team).await? {
        return Err(sign_in_first(&Method::GET, &view));
    }
    // Read as the house itself: what a stranger may see is cut below.
    let found = service.on_call(&Actor::system(), &team, None).await?;
    let view = view.or_zone(found.zone);
    let day = asked.day(&view);
    let first = asked.month(day);
    let visitor = visitor(&view);
    let of_day = service.team_period(visitor.as_ref(), &team, day::window(day, view.zone())).await?;
    let of_month = service.team_period(visitor.as_ref(), &team, month::window(first, view.zone())).await?;
    let (day, month) = (DayPlot::of(&view, &of_day, day), MonthTable::of(&view, &of_month, first));
    Ok(page(&TeamPage::of(view, &found, day, month))?.into_response())
}

fn visitor(view: &View) -> Option<PersonId> {
    view.visitor.as_ref().map(|visitor| visitor.person.id.clone())
}

impl TeamPage {
    fn of(view: View, found: &OnCall, day: DayPlot, month: MonthTable) -> Self {
        let may = |check: fn(&crate::service::sessions::Visitor, &TeamId) -> bool| {
            view.visitor.as_ref().is_some_and(|visitor| check(visitor, &found.team))
        };
        let known = may(|visitor, team| visitor.person.admin || visitor.belongs(team));
        let manages = may(crate::service::sessions::Visitor::manages);
        let cards = |watches: &[Watch]| watches.iter().map(|watch| Card::of(watch, known)).collect();
        let contacts = found.escalation.iter().map(|contact| Line {
            name: contact.name.clone(),
            role: contact.role.clone(),
            phone: known.then(|| contact.phone.clone()),
        });
        Self {
            id: found.team.to_string(),
            name: found.name.clone(),
            at: found.at,
            now: cards(&found.on_call),
            next: cards(&found.next),
            contacts: contacts.collect(),
            day,
            month,
            known,
            manages,
            view,
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
    let found = match service.slot_page(visitor(&view).as_ref(), &slot).await {
        Err(ServiceError::Forbidden(_)) => return Err(sign_in_first(&Method::GET, &view)),
        found => found?,
    };
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
