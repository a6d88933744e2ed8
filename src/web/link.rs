//! What a signed link asks. Mail programs and scanners open every link they see, so opening one shows a page and changes
//! nothing; the button on it acts, and pressing it again changes nothing further.

use super::layout::{page, when};
use crate::http::Problem;
use crate::roster::link::Link;
use crate::roster::swap::{OfferState, SwapState};
use crate::service::links::LinkView;
use crate::service::swaps::Reply;
use crate::service::{Service, ServiceError};
use askama::Template;
use axum::Form;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h1>{{ title }}</h1>
<p>Hello {{ name }}. {{ status }}</p>
<dl>
<dt>Team</dt><dd>{{ team }}</dd>
<dt>Role</dt><dd>{{ role }}</dd>
<dt>When</dt><dd>{{ when }}</dd>
{% if buttons == Buttons::Answer && !turn.is_empty() %}<dt>Together with</dt>{% for when in turn %}<dd>{{ when }}</dd>{% endfor %}{% endif %}
{% if let Some(holder) = holder %}<dt>Responsible now</dt><dd>{{ holder }}</dd>{% endif %}
{% if let Some(reason) = reason %}<dt>Reason</dt><dd>{{ reason }}</dd>{% endif %}
</dl>
{% if !proposed.is_empty() %}<h2>What is proposed</h2>
<ul class="list">{% for line in proposed %}<li>{{ line }}</li>{% endfor %}</ul>{% endif %}
{% if !load.is_empty() %}<h2>What it does to your load</h2>
<ul class="list">{% for line in load %}<li>{{ line }}</li>{% endfor %}</ul>{% endif %}
{% if buttons == Buttons::Answer %}<form method="post" class="buttons">
<button name="answer" value="agree">Agree: I take {% if turn.is_empty() %}this shift{% else %}these shifts{% endif %}</button>
<button name="answer" value="disagree" class="plain">Disagree: I can't</button>
</form>
{% else if buttons == Buttons::Ask %}<form method="post">
<label for="reason">Reason (colleagues who are asked will see it; may stay empty)</label>
<input id="reason" name="reason" maxlength="500" autocomplete="off">
{% if !turn.is_empty() %}<p><label><input type="checkbox" name="whole_turn" value="yes"> The whole turn, to one colleague; that is also:</label></p>
<ul class="list">{% for when in turn %}<li>{{ when }}</li>{% endfor %}</ul>{% endif %}
<p class="buttons"><button name="answer" value="ask">Ask for cover</button></p>
<p class="small">The shift stays yours until somebody agrees.</p>
</form>{% endif %}"#
)]
struct LinkPage {
    title: &'static str,
    name: String,
    status: String,
    team: String,
    role: String,
    when: String,
    holder: Option<String>,
    reason: Option<String>,
    turn: Vec<String>,
    proposed: Vec<String>,
    load: Vec<String>,
    buttons: Buttons,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Buttons {
    None,
    Answer,
    Ask,
}

impl LinkPage {
    fn of(view: LinkView) -> Self {
        let offer = matches!(view.link, Link::Offer { .. });
        let asked = !offer && matches!(view.swap, Some(SwapState::Open | SwapState::AwaitingApproval));
        let buttons = match (view.open, offer) {
            (false, _) => Buttons::None,
            (true, true) => Buttons::Answer,
            (true, false) if asked => Buttons::None,
            (true, false) => Buttons::Ask,
        };
        Self {
            title: if offer { "Can you take this shift?" } else { "Can't make this shift?" },
            status: if offer { offer_status(&view) } else { cover_status(&view) },
            when: when(view.window, view.zone),
            name: view.name,
            team: view.team,
            role: view.role,
            holder: view.holder,
            reason: view.reason,
            turn: view.turn.iter().map(|window| when(*window, view.zone)).collect(),
            proposed: view.proposed,
            load: view.load,
            buttons,
        }
    }
}

/// Where the person's offer stands, in a sentence or two.
fn offer_status(view: &LinkView) -> String {
    let requester = view.requester.as_deref().unwrap_or("A colleague");
    let holder = view.holder.as_deref().unwrap_or("somebody else");
    let on = view.answered.map(|at| format!(" on {}", at.civil(view.zone).format("%-d %B, %H:%M"))).unwrap_or_default();
    match (view.offer, view.swap) {
        (Some(OfferState::Agreed), Some(SwapState::Taken)) => format!("You agreed{on}: the shift is yours."),
        (Some(OfferState::Agreed), Some(SwapState::AwaitingApproval)) => {
            format!("You agreed{on}. A manager has yet to approve; until then it stays {requester}'s.")
        }
        (Some(OfferState::Disagreed), _) if view.open => {
            format!("You disagreed{on}. You may still change your mind while nobody else has agreed.")
        }
        (Some(OfferState::Agreed), Some(SwapState::Open)) => {
            format!("You agreed{on}. Others have yet to agree; until then everything stays as it is.")
        }
        (Some(OfferState::Disagreed), _) => format!("You disagreed{on}."),
        (_, Some(SwapState::Taken)) => format!("This is settled: {holder} has the shift."),
        (_, Some(SwapState::Withdrawn)) => format!("{requester} stands the shift after all. Nothing is left to do."),
        (_, Some(SwapState::Expired | SwapState::Void)) => "This is over. Nothing is left to do.".to_owned(),
        _ if !view.proposed.is_empty() => format!("{requester} proposes a swap. It is settled when everybody agrees."),
        _ => format!("{requester} asks whether you can take over. The first to agree has it."),
    }
}

/// Where the request for cover stands, in a sentence or two.
fn cover_status(view: &LinkView) -> String {
    let holder = view.holder.as_deref().unwrap_or("nobody");
    match view.swap {
        Some(SwapState::Open) => {
            let undo = "To stand it after all, accept it in your calendar.";
            format!("Cover is asked for. The shift stays yours until somebody agrees. {undo}")
        }
        Some(SwapState::AwaitingApproval) => {
            "A colleague agreed; a manager has yet to approve. Until then it stays yours.".to_owned()
        }
        Some(SwapState::Taken) if !view.open => format!("This is settled: {holder} has the shift."),
        _ if view.open => "You are responsible for this shift.".to_owned(),
        _ => format!("Nothing is left to do: {holder} is responsible."),
    }
}

/// `GET /links/…`: describes, and changes nothing. HEAD comes here too.
pub async fn show(State(service): State<Service>, OriginalUri(uri): OriginalUri) -> Result<Html<String>, Problem> {
    let view = service.open_link(uri.path()).await.map_err(explained)?;
    rendered(view)
}

/// A link that is of no use any more says so in words that its reader knows.
fn explained(error: ServiceError) -> Problem {
    let words = match &error {
        ServiceError::Gone => "This shift has ended or is planned no more, and its link with it.",
        ServiceError::NotFound(_) => "This link is not valid, or not any more. Your calendar has the present one.",
        _ => return error.into(),
    };
    let mut problem = Problem::from(error);
    words.clone_into(&mut problem.detail);
    problem
}

/// The button that was pressed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pressed {
    answer: Word,
    reason: Option<String>,
    /// A ticked box says yes, one that isn't says nothing.
    whole_turn: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Agree,
    Disagree,
    Ask,
}

/// `POST /links/…`: acts as the button says. Pressed again, it shows the same.
pub async fn press(
    State(service): State<Service>,
    OriginalUri(uri): OriginalUri,
    form: Result<Form<Pressed>, axum::extract::rejection::FormRejection>,
) -> Result<Response, Problem> {
    let Ok(Form(Pressed { answer, reason, whole_turn })) = form else {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Press one of the buttons on the page."));
    };
    let reason = reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let done = match answer {
        Word::Agree => service.answer_by_link(uri.path(), Reply::Agree).await,
        Word::Disagree => service.answer_by_link(uri.path(), Reply::Disagree).await,
        Word::Ask => service.ask_by_link(uri.path(), reason, whole_turn.is_some()).await,
    };
    match done {
        Ok(view) => rendered(view).map(IntoResponse::into_response),
        // Who was first, is what the page says.
        Err(ServiceError::Conflict { .. }) => {
            let shown = service.open_link(uri.path()).await.map_err(explained)?;
            let mut response = rendered(LinkView { open: false, ..shown })?.into_response();
            *response.status_mut() = StatusCode::CONFLICT;
            Ok(response)
        }
        Err(error) => Err(explained(error)),
    }
}

fn rendered(view: LinkView) -> Result<Html<String>, Problem> {
    let content = LinkPage::of(view);
    page(content.title, &content)
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
            open: true,
        }
    }

    #[test]
    fn an_open_offer_shows_both_buttons_and_escapes_what_people_wrote() {
        let html = rendered(offer()).unwrap().0;
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
        let html = rendered(view).unwrap().0;
        assert!(html.contains("Cho has the shift") && !html.contains("<button"));
    }

    #[test]
    fn who_asked_already_is_told_so_instead_of_asked_again() {
        let link = Link::Cover { slot: "s".into(), segment: 0, person: "ada".into() };
        let fresh = rendered(LinkView { link: link.clone(), swap: None, offer: None, ..offer() }).unwrap().0;
        assert!(fresh.contains("Ask for cover"));
        let asked = rendered(LinkView { link, offer: None, ..offer() }).unwrap().0;
        assert!(asked.contains("Cover is asked for") && !asked.contains("<button"));
    }
}
