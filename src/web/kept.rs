//! Who is on call for a team while the database does not answer: from the snapshot, with a word about how old that is
//! before anything else.

use super::frame::View;
use crate::roster::snapshot::{Snapshot, Stand, TeamWatch, Validity};
use crate::time::{Instant, Window};
use askama::Template;

#[derive(Template)]
#[template(path = "kept.html")]
struct KeptPage {
    view: View,
    name: String,
    taken: Instant,
    valid_until: Instant,
    old: bool,
    now: Vec<Card>,
    next: Vec<Card>,
    contacts: Vec<(String, Option<String>)>,
}

struct Card {
    role: String,
    page: bool,
    who: Option<String>,
    window: Window,
    cover_asked: bool,
}

/// The page; nothing where it can't be rendered.
#[must_use]
pub fn kept_page(view: View, snapshot: &Snapshot, team: &TeamWatch) -> Option<String> {
    let view = view.or_zone(team.zone);
    let standing = team.at(view.now);
    let cards = |stands: &[&Stand]| -> Vec<Card> { stands.iter().map(|stand| Card::of(stand, team)).collect() };
    let content = KeptPage {
        name: team.name.clone(),
        taken: snapshot.taken,
        valid_until: snapshot.valid_until,
        old: snapshot.validity(view.now) != Validity::Fresh,
        now: cards(&standing.on_call),
        next: cards(&standing.next),
        contacts: team.escalation.iter().map(|contact| (contact.name.clone(), contact.role.clone())).collect(),
        view,
    };
    content.render().inspect_err(|error| tracing::error!(%error, "page not rendered")).ok()
}

impl Card {
    fn of(stand: &Stand, team: &TeamWatch) -> Self {
        Self {
            role: stand.role.clone(),
            page: stand.page,
            who: team.holder(stand).map(|person| person.name.clone()),
            window: stand.window(),
            cover_asked: stand.cover_asked,
        }
    }
}
