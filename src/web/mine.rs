//! Somebody's dashboard: what they have to stand and with whom, what they are asked, what they still need, how their load
//! compares, and which months they have yet to confirm.

mod duty;
mod mails;
mod requests;
mod strip;

use super::fields::Fields;
use super::frame::{View, Viewer, page};
use super::go::{Answer, Refused, to};
use super::texts::{Markup, Text};
use super::ways;
use crate::http::Problem;
use crate::ids::OfferId;
use crate::roster::phrase::{points, signed};
use crate::roster::swap::{OfferState, SwapState};
use crate::service::Service;
use crate::service::desk::{Duty, Proposed, TeamLoad};
use crate::service::pages::Thing;
use crate::service::swaps::Reply;
use crate::time::{Day, Instant};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use chrono::{Datelike as _, Months};
use requests::{Asks, Standing};
use serde::Deserialize;

/// Shifts that are shown with everything; the others in a list.
const CARDS: usize = 3;
/// Months from the next on that are to be confirmed.
const MONTHS: u32 = 3;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/me", get(show))
        .route("/me/offers/{offer}", post(answer))
        .route("/me/months/{month}", post(confirm))
        .merge(duty::routes())
        .merge(mails::routes())
        .merge(requests::routes())
}

#[derive(Template)]
#[template(path = "me.html")]
struct Dashboard {
    view: View,
    next: Vec<Duty>,
    later: Vec<Duty>,
    offers: Vec<Asked>,
    months: Vec<MonthLine>,
    loads: Vec<Load>,
    needs: Vec<Standing>,
    asks: Vec<Asks>,
    mails: Vec<mails::Asked>,
}

/// A month, and whether it is confirmed.
struct MonthLine {
    first: Day,
    word: String,
    at: Option<Instant>,
}

/// An offer with where it stands.
struct Asked {
    offer: Proposed,
    status: Text,
}

struct Load {
    name: String,
    plot: Markup,
    told: Text,
}

/// `GET /me`
async fn show(State(service): State<Service>, viewer: Viewer) -> Answer {
    let (actor, person, view) = (&viewer.actor, &viewer.visitor.person, viewer.view.clone());
    let desk = service.desk(actor, &person.id).await?;
    let loads = service.own_loads(actor, &person.id).await?;
    let confirmed = service.months(actor, &person.id).await?;
    let today = view.now.civil(person.zone).date();
    let months = (1..=MONTHS).filter_map(|after| today.with_day(1)?.checked_add_months(Months::new(after)));
    let months = months.map(|first| MonthLine {
        word: first.format("%Y-%m").to_string(),
        at: confirmed.iter().find(|known| known.month == first).map(|known| known.at),
        first,
    });
    let mut next = desk.duties;
    let later = next.split_off(next.len().min(CARDS));
    let offers = desk.offers.into_iter().map(|offer| Asked { status: status(&view, &offer), offer });
    let content = Dashboard {
        next,
        later,
        offers: offers.collect(),
        months: months.collect(),
        loads: loads.iter().map(|load| Load::of(&view, load)).collect(),
        needs: requests::standing(&service, &viewer).await?,
        asks: requests::asks(&service, &viewer).await?,
        mails: mails::asked(&service, &viewer).await?,
        view,
    };
    Ok(page(&content)?.into_response())
}

fn status(view: &View, offer: &Proposed) -> Text {
    let requester = offer.view.requester.clone().unwrap_or_default();
    let text = match (offer.view.offer, offer.view.swap) {
        (Some(OfferState::Agreed), Some(SwapState::AwaitingApproval)) => view.t("link-agreed-approval"),
        (Some(OfferState::Agreed), _) => view.t("link-agreed-others"),
        (Some(OfferState::Disagreed), _) => view.t("link-disagreed-open"),
        _ if !offer.view.proposed.is_empty() => view.t("link-proposes"),
        _ => view.t("link-asks"),
    };
    text.with("requester", requester)
}

impl Load {
    fn of(view: &View, load: &TeamLoad) -> Self {
        let told = view
            .t("me-load-told")
            .with("load", points(load.own.load))
            .with("share", points(load.own.share))
            .with("balance", signed(load.own.balance))
            .with("min", signed(load.min))
            .with("median", signed(load.median))
            .with("max", signed(load.max))
            .with("weeks", load.weeks);
        Self { name: load.name.clone(), plot: strip::strip(load.own.balance, &load.others, &told), told }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answering {
    answer: Word,
    comment: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Agree,
    Disagree,
}

/// `POST /me/offers/{offer}`
async fn answer(
    State(service): State<Service>,
    viewer: Viewer,
    Path(offer): Path<OfferId>,
    Fields(form): Fields<Answering>,
) -> Answer {
    let reply = match form.answer {
        Word::Agree => Reply::Agree,
        Word::Disagree => Reply::Disagree,
    };
    viewer.knows(&service, Thing::Offer(offer.clone())).await?;
    let swap = service.answer_offer_saying(&viewer.actor, &offer, reply, form.comment).await?;
    let back = to("/me");
    let said = match (reply, swap.state) {
        (Reply::Disagree, _) => back.said("offer-disagreed"),
        (Reply::Agree, SwapState::Taken) => back.said("offer-yours"),
        (Reply::Agree, SwapState::AwaitingApproval) => back.said("offer-approval"),
        (Reply::Agree, _) => back.said("offer-others"),
    };
    Ok(said.into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirming {
    confirmed: String,
    to: String,
}

/// `POST /me/months/{month}`
async fn confirm(
    State(service): State<Service>,
    viewer: Viewer,
    Path(month): Path<String>,
    Fields(form): Fields<Confirming>,
) -> Answer {
    let month = first_day(&month)?;
    let confirmed = form.confirmed == "yes";
    service.confirm_month(&viewer.actor, &viewer.visitor.person.id, month, confirmed).await?;
    let back = to(&form.to);
    Ok(if confirmed { back.said("month-confirmed") } else { back.said("month-reopened") }.into_response())
}

/// The first day of a month such as `2026-12`.
pub fn first_day(text: &str) -> Result<Day, Refused> {
    let day = format!("{text}-01").parse::<Day>().ok().filter(|day| (1970..=2200).contains(&day.year()));
    Ok(day.ok_or_else(Problem::not_found)?)
}
