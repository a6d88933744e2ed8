//! Whom to escalate to, in order: as many lines as one likes, a few empty ones below.

use super::{managed, status};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Contact;
use crate::service::Service;
use crate::service::teams::TeamView;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::trouble::{told, typed};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::get;

/// Empty lines that are offered, and lines that are taken.
const SPARE: usize = 2;
const MOST: usize = 50;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/teams/{team}/manage/contacts", get(show).post(change))
}

#[derive(Template)]
#[template(path = "manage-contacts.html")]
struct ContactsPage {
    view: View,
    team: TeamView,
    lines: Vec<Line>,
    trouble: Option<String>,
}

/// One contact as typed.
#[derive(Clone, Debug, Default)]
struct Line {
    place: String,
    name: String,
    phone: String,
    role: String,
    person: String,
}

impl Line {
    fn is_empty(&self) -> bool {
        [&self.name, &self.phone].into_iter().all(|text| text.trim().is_empty())
    }

    fn contact(&self) -> Contact {
        Contact {
            role: typed(&self.role).map(str::to_owned),
            person: typed(&self.person).map(PersonId::new),
            name: self.name.trim().to_owned(),
            phone: self.phone.trim().to_owned(),
        }
    }
}

fn shown(viewer: Viewer, team: TeamView, mut lines: Vec<Line>, trouble: Option<String>) -> Answer {
    let status = status(trouble.as_ref());
    let filled = lines.len();
    lines.resize(filled + SPARE, Line::default());
    for (place, line) in lines.iter_mut().enumerate() {
        line.place = (place + 1).to_string();
    }
    Ok((status, page(&ContactsPage { view: viewer.view, team, lines, trouble })?).into_response())
}

/// `GET /teams/{team}/manage/contacts`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let line = |contact: &Contact| Line {
        place: String::new(),
        name: contact.name.clone(),
        phone: contact.phone.clone(),
        role: contact.role.clone().unwrap_or_default(),
        person: contact.person.as_ref().map(ToString::to_string).unwrap_or_default(),
    };
    let lines = found.team.contacts.iter().map(line).collect();
    shown(viewer, found, lines, None)
}

/// The lines of the form; each begins with its place.
fn lines(pairs: Vec<(String, String)>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (name, value) in pairs {
        if name == "place" {
            lines.push(Line { place: value, ..Line::default() });
            continue;
        }
        let Some(line) = lines.last_mut() else { continue };
        match name.as_str() {
            "name" => line.name = value,
            "phone" => line.phone = value,
            "role" => line.role = value,
            "person" => line.person = value,
            _ => {}
        }
    }
    lines.retain(|line| !line.is_empty());
    lines.sort_by_key(|line| line.place.trim().parse::<u32>().unwrap_or(u32::MAX));
    lines
}

/// `POST /teams/{team}/manage/contacts`
async fn change(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let mut lines = lines(pairs);
    lines.truncate(MOST);
    let contacts = lines.iter().map(Line::contact).collect();
    match service.set_contacts(&viewer.actor, &team, contacts).await {
        Ok(()) => Ok(to(&format!("/teams/{team}/manage/contacts")).said("contacts-changed").into_response()),
        Err(error) => {
            let trouble = told(error)?;
            shown(viewer, found, lines, Some(trouble))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_by_their_places_and_empty_ones_by_nothing() {
        let pairs = ["2", "Desk", "+44 1", "1", "Ada", "+44 2", "3", " ", ""].chunks(3).flat_map(|line| {
            [("place", line[0]), ("name", line[1]), ("phone", line[2])]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        });
        let names: Vec<String> = lines(pairs.collect()).into_iter().map(|line| line.name).collect();
        assert_eq!(names, ["Ada", "Desk"]);
    }
}
