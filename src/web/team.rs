//! Who is on call for a team, and one shift. Strangers see roles, names and times; addresses and phone numbers only
//! whoever signed in sees, for a page of phone numbers is worth more to others than to us.

use super::layout::{page, short, when};
use crate::http::Problem;
use crate::ids::{SlotId, TeamId};
use crate::service::oncall::{OnCall, Watch};
use crate::service::pages::SlotPart;
use crate::service::{Actor, Service};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Html;
use serde::Deserialize;

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h1>{{ name }}</h1>
<p class="small">As of {{ at }}</p>
<h2>On call</h2>
{% if now.is_empty() %}<p>Nobody is planned at this time.</p>{% endif %}
{% for card in now %}<section class="card{% if card.gap %} gap{% endif %}">
<h3>{{ card.role }}{% if !card.page %} <span class="small">(not paged)</span>{% endif %}</h3>
<p class="who">{{ card.who }}</p>
{% if let Some(phone) = card.phone %}<p><a href="tel:{{ phone }}">{{ phone }}</a></p>{% endif %}
{% if let Some(email) = card.email %}<p><a href="mailto:{{ email }}">{{ email }}</a></p>{% endif %}
<p>{% if let Some(slot) = card.slot %}<a href="/shifts/{{ slot }}">{{ card.when }}</a>{% else %}{{ card.when }}{% endif %}</p>
{% if card.cover_asked %}<p class="note">Cover is asked for; still responsible until somebody agrees.</p>{% endif %}
</section>
{% endfor %}
<h2>Next</h2>
{% if next.is_empty() %}<p>Nothing is published after this.</p>{% else %}<ul class="list">
{% for card in next %}<li{% if card.gap %} class="gap"{% endif %}>{{ card.role }}: <strong>{{ card.who }}</strong>,
{% if let Some(slot) = card.slot %}<a href="/shifts/{{ slot }}">{{ card.when }}</a>{% else %}{{ card.when }}{% endif %}</li>
{% endfor %}</ul>{% endif %}
<h2>Escalation</h2>
{% if contacts.is_empty() %}<p>No contacts are set.</p>{% else %}<ol class="list">
{% for contact in contacts %}<li>{{ contact.name }}{% if let Some(role) = contact.role %} ({{ role }}){% endif %}
{% if let Some(phone) = contact.phone %}<a href="tel:{{ phone }}">{{ phone }}</a>{% endif %}</li>
{% endfor %}</ol>{% endif %}
{% if !known %}<p class="note"><a href="/teams/{{ id }}?signin=1">Sign in</a> with an app password to see phone numbers
and addresses.</p>{% endif %}"#
)]
struct TeamPage {
    id: String,
    name: String,
    at: String,
    known: bool,
    now: Vec<Card>,
    next: Vec<Card>,
    contacts: Vec<Line>,
}

struct Card {
    role: String,
    page: bool,
    gap: bool,
    who: String,
    email: Option<String>,
    phone: Option<String>,
    slot: Option<String>,
    when: String,
    cover_asked: bool,
}

struct Line {
    name: String,
    role: Option<String>,
    phone: Option<String>,
}

/// What a page may be asked for.
#[derive(Debug, Deserialize)]
pub struct Wish {
    signin: Option<String>,
}

/// `GET /teams/{team}`; with `?signin` the browser asks for credentials.
pub async fn team(
    State(service): State<Service>,
    viewer: Option<Extension<Actor>>,
    Path(team): Path<TeamId>,
    Query(wish): Query<Wish>,
) -> Result<Html<String>, Problem> {
    if viewer.is_none() && wish.signin.is_some() {
        let detail = "Sign in with your e-mail address or id and an app password.";
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail);
        return Err(problem.challenge("Basic realm=\"Dogwatch\", charset=\"UTF-8\""));
    }
    // Read as the house itself: what a stranger may see is cut below.
    let found = service.on_call(&Actor::system(), &team, None).await?;
    let known = match &viewer {
        Some(Extension(actor)) => match actor.person_id() {
            Some(person) => service.knows_team(person, &team).await?,
            None => true,
        },
        None => false,
    };
    page(&found.name, &TeamPage::of(&found, known))
}

impl TeamPage {
    fn of(found: &OnCall, known: bool) -> Self {
        let cards = |watches: &[Watch]| watches.iter().map(|watch| Card::of(watch, found, known)).collect();
        let contacts = found.escalation.iter().map(|contact| Line {
            name: contact.name.clone(),
            role: contact.role.clone(),
            phone: known.then(|| contact.phone.clone()),
        });
        Self {
            id: found.team.to_string(),
            name: found.name.clone(),
            at: format!("{} ({})", found.at.civil(found.zone).format("%a %-d %b %Y, %H:%M"), found.zone.name()),
            known,
            now: cards(&found.on_call),
            next: cards(&found.next),
            contacts: contacts.collect(),
        }
    }
}

impl Card {
    fn of(watch: &Watch, found: &OnCall, known: bool) -> Self {
        let person = watch.person.as_ref();
        Self {
            role: watch.role.clone(),
            page: watch.page,
            gap: person.is_none(),
            who: person.map_or_else(|| "nobody".to_owned(), |person| person.name.clone()),
            email: person.filter(|_| known).map(|person| person.email.clone()),
            phone: person.filter(|_| known).and_then(|person| person.phone.clone()),
            slot: watch.slot.as_ref().map(ToString::to_string),
            when: short(watch.window, found.zone),
            cover_asked: watch.cover_asked,
        }
    }
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h1>{{ role }}</h1>
<p><a href="/teams/{{ team }}">{{ team_name }}</a></p>
{% for part in parts %}<section class="card{% if part.name.is_none() %} gap{% endif %}">
<p class="who">{% if let Some(name) = part.name %}{{ name }}{% else %}nobody{% endif %}</p>
<p>{{ self::when(*part.shift.window, *part.shift.zone) }}</p>
{% if part.cover_asked %}<p class="note">Cover is asked for; still responsible until somebody agrees.</p>{% endif %}
</section>
{% endfor %}<p class="small">To hand this shift over, decline it in your calendar, or follow the link in its
description.</p>"#
)]
struct ShiftPage {
    role: String,
    team: String,
    team_name: String,
    parts: Vec<SlotPart>,
}

/// `GET /shifts/{slot}`
pub async fn shift(State(service): State<Service>, Path(slot): Path<SlotId>) -> Result<Html<String>, Problem> {
    let found = service.slot_page(&slot).await?;
    let role = found.parts.first().map(|part| part.shift.role.clone()).unwrap_or_default();
    let title = format!("{role}, {}", found.team_name);
    page(&title, &ShiftPage { role, team: found.team.to_string(), team_name: found.team_name, parts: found.parts })
}
