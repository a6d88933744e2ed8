//! What a signed link asks. Mail programs and scanners open every link they see, so opening one shows a page and changes
//! nothing; the button on it acts, and pressing it again changes nothing further.

use super::fields::Fields;
use super::frame::{View, page};
use super::go::{Answer, Refused};
use super::ways::{Sought, Ways, proposal, reason};
use crate::http::Problem;
use crate::roster::link::Link;
use crate::roster::swap::{OfferState, SwapState};
use crate::service::links::LinkView;
use crate::service::swaps::Reply;
use crate::service::{Service, ServiceError};
use askama::Template;
use axum::Router;
use axum::extract::{OriginalUri, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _};
use axum::routing::get;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/links/{*path}", get(show).post(press))
}

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    view: View,
    offer: bool,
    status: String,
    buttons: Buttons,
    link: LinkView,
    /// Ways out, of a shift that is still to be stood.
    ways: Option<Ways>,
    /// The link's own path, where ways are looked for and proposed.
    here: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Buttons {
    None,
    Answer,
    Ask,
}

impl LinkPage {
    fn of(view: View, link: LinkView, here: String) -> Self {
        let offer = matches!(link.link, Link::Offer { .. });
        let asked = !offer && matches!(link.swap, Some(SwapState::Open | SwapState::AwaitingApproval));
        let buttons = match (link.open, offer) {
            (false, _) => Buttons::None,
            (true, true) => Buttons::Answer,
            (true, false) if asked => Buttons::None,
            (true, false) => Buttons::Ask,
        };
        let view = view.or_zone(link.zone);
        let status = if offer { offer_status(&view, &link) } else { cover_status(&view, &link) };
        Self { view, offer, status, buttons, link, ways: None, here }
    }
}

/// Where the person's offer stands, in a sentence or two.
fn offer_status(view: &View, link: &LinkView) -> String {
    let nobody = view.t("link-a-colleague").to_string();
    let requester = link.requester.as_deref().unwrap_or(&nobody);
    let holder = link.holder.as_deref().unwrap_or(&nobody);
    let text = match (link.offer, link.swap) {
        (Some(OfferState::Agreed), Some(SwapState::Taken)) => view.t("link-agreed-yours"),
        (Some(OfferState::Agreed), Some(SwapState::AwaitingApproval)) => view.t("link-agreed-approval"),
        (Some(OfferState::Disagreed), _) if link.open => view.t("link-disagreed-open"),
        (Some(OfferState::Agreed), Some(SwapState::Open)) => view.t("link-agreed-others"),
        (Some(OfferState::Disagreed), _) => view.t("link-disagreed"),
        (_, Some(SwapState::Taken)) => view.t("link-settled"),
        (_, Some(SwapState::Withdrawn)) => view.t("link-withdrawn"),
        (_, Some(SwapState::Expired | SwapState::Void)) => view.t("link-over"),
        _ if !link.proposed.is_empty() => view.t("link-proposes"),
        _ => view.t("link-asks"),
    };
    text.with("requester", requester).with("holder", holder).to_string()
}

/// Where the request for cover stands, in a sentence or two.
fn cover_status(view: &View, link: &LinkView) -> String {
    let nobody = view.t("link-nobody").to_string();
    let text = match link.swap {
        Some(SwapState::Open) => view.t("link-cover-open"),
        Some(SwapState::AwaitingApproval) => view.t("link-cover-approval"),
        Some(SwapState::Taken) if !link.open => view.t("link-settled"),
        _ if link.open => view.t("link-responsible"),
        _ => view.t("link-nothing-left"),
    };
    text.with("holder", link.holder.as_deref().unwrap_or(&nobody)).to_string()
}

/// `GET /links/…`: describes, and changes nothing. HEAD comes here too.
async fn show(
    State(service): State<Service>,
    view: View,
    OriginalUri(uri): OriginalUri,
    Query(sought): Query<Sought>,
) -> Answer {
    let link = service.open_link(uri.path()).await.map_err(|error| explained(&view, error))?;
    same_person(&view, &link)?;
    let mut content = LinkPage::of(view, link, uri.path().to_owned());
    if content.buttons == Buttons::Ask {
        let found = match sought.wanting(content.view.zone()) {
            Some(wanting) => Some(service.options_by_link(uri.path(), wanting).await),
            None => None,
        };
        let shift = (content.link.window, !content.link.turn.is_empty());
        content.ways = Some(Ways::of(&content.view, shift, &sought, found)?);
    }
    Ok(page(&content)?.into_response())
}

/// Whoever is signed in acts as themselves and not by somebody else's link.
fn same_person(view: &View, link: &LinkView) -> Result<(), Refused> {
    match &view.visitor {
        Some(visitor) if visitor.person.id != link.person => {
            let text = view.t("link-other-person").with("name", &visitor.person.name).with("owner", &link.name);
            Err(Problem::new(StatusCode::FORBIDDEN, "other-person", text.to_string()).into())
        }
        _ => Ok(()),
    }
}

/// A link that is of no use any more says so in words that its reader knows.
fn explained(view: &View, error: ServiceError) -> Problem {
    let words = match &error {
        ServiceError::Gone => view.t("link-gone"),
        ServiceError::NotFound(_) => view.t("link-unknown"),
        _ => return error.into(),
    };
    let mut problem = Problem::from(error);
    problem.detail = words.to_string();
    problem
}

/// What the pressed button says: which one, and what was typed beside it.
struct Pressed {
    answer: Word,
    fields: Vec<(String, String)>,
}

#[derive(Clone, Copy)]
enum Word {
    Agree,
    Disagree,
    Ask,
    Propose,
}

impl Pressed {
    fn of(fields: Vec<(String, String)>) -> Option<Self> {
        let answer = match fields.iter().find(|(name, _)| name == "answer")?.1.as_str() {
            "agree" => Word::Agree,
            "disagree" => Word::Disagree,
            "ask" => Word::Ask,
            "propose" => Word::Propose,
            _ => return None,
        };
        let known = ["answer", "comment", "reason", "whole_turn", "move"];
        fields.iter().all(|(name, _)| known.contains(&name.as_str())).then_some(Self { answer, fields })
    }

    fn typed(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
    }
}

/// `POST /links/…`: acts as the button says. Pressed again, it shows the same.
async fn press(
    State(service): State<Service>,
    view: View,
    OriginalUri(uri): OriginalUri,
    form: Result<Fields<Vec<(String, String)>>, Refused>,
) -> Answer {
    let pressed = form.ok().and_then(|Fields(fields)| Pressed::of(fields));
    let Some(pressed) = pressed else {
        let detail = view.t("link-press-a-button").to_string();
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail).into());
    };
    if view.visitor.is_some() {
        let link = service.open_link(uri.path()).await.map_err(|error| explained(&view, error))?;
        same_person(&view, &link)?;
    }
    let (path, comment) = (uri.path(), pressed.typed("comment"));
    let done = match pressed.answer {
        Word::Agree => service.answer_by_link(path, Reply::Agree, comment).await,
        Word::Disagree => service.answer_by_link(path, Reply::Disagree, comment).await,
        Word::Ask => {
            let whole_turn = pressed.typed("whole_turn").is_some();
            service.ask_by_link(path, reason(pressed.typed("reason").as_deref()), whole_turn).await
        }
        Word::Propose => service.propose_by_link(path, proposal(&pressed.fields)?).await,
    };
    match done {
        Ok(link) => Ok(rendered(view, link, path)?.into_response()),
        // Who was first, is what the page says.
        Err(ServiceError::Conflict { .. }) if !matches!(pressed.answer, Word::Propose) => {
            let shown = service.open_link(uri.path()).await.map_err(|error| explained(&view, error))?;
            let page = rendered(view, LinkView { open: false, ..shown }, path)?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(explained(&view, error).into()),
    }
}

fn rendered(view: View, link: LinkView, here: &str) -> Result<Html<String>, Refused> {
    page(&LinkPage::of(view, link, here.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Instant, Window};

    fn offer() -> LinkView {
        LinkView {
            link: Link::Offer { offer: "o".into(), person: "ada".into() },
            person: "ada".into(),
            name: "Ada <b>".to_owned(),
            team: "Payments".to_owned(),
            role: "primary".to_owned(),
            window: Window::new(Instant::from_millis(0), Instant::from_millis(3_600_000)),
            zone: crate::time::Zone::UTC,
            holder: Some("Ben".to_owned()),
            requester: Some("Ben".to_owned()),
            reason: Some("<svg onload=alert(1)>".to_owned()),
            turn: Vec::new(),
            proposed: Vec::new(),
            load: vec!["You would be at 12.4 points, the team's mean is 11.0.".to_owned()],
            swap: Some(SwapState::Open),
            offer: Some(OfferState::Offered),
            answered: None,
            comment: None,
            open: true,
        }
    }

    #[test]
    fn an_open_offer_shows_both_buttons_and_escapes_what_people_wrote() {
        let html = rendered(View::of_nobody(), offer(), "/links/x").unwrap().0;
        assert!(html.contains("value=\"agree\"") && html.contains("value=\"disagree\""));
        assert!(html.contains("Ben asks whether you can take over") && html.contains("12.4 points"));
        assert!(!html.contains("<svg") && !html.contains("Ada <b>"));
    }

    #[test]
    fn a_settled_offer_says_who_has_it_and_shows_no_button() {
        let view = LinkView {
            swap: Some(SwapState::Taken),
            offer: Some(OfferState::Withdrawn),
            holder: Some("Cho".to_owned()),
            open: false,
            ..offer()
        };
        let html = rendered(View::of_nobody(), view, "/links/x").unwrap().0;
        assert!(html.contains("Cho has the shift") && !html.contains("name=\"answer\""));
    }

    #[test]
    fn who_asked_already_is_told_so_instead_of_asked_again() {
        let link = Link::Cover { slot: "s".into(), segment: 0, person: "ada".into() };
        let fresh = rendered(
            View::of_nobody(),
            LinkView { link: link.clone(), swap: None, offer: None, ..offer() },
            "/links/x",
        );
        let fresh = fresh.unwrap().0;
        assert!(fresh.contains("Ask for cover"));
        let asked = rendered(View::of_nobody(), LinkView { link, offer: None, ..offer() }, "/links/x").unwrap().0;
        assert!(asked.contains("Cover is asked for") && !asked.contains("name=\"answer\""));
    }
}
