//! Which words in the titles of availability events mean what.

use super::{managed, status};
use crate::ids::TeamId;
use crate::roster::model::{Settings, Words};
use crate::service::Service;
use crate::service::teams::TeamView;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::trouble::told;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/teams/{team}/manage/words", get(show).post(change))
}

#[derive(Template)]
#[template(path = "manage-words.html")]
struct WordsPage {
    view: View,
    team: TeamView,
    form: Typed,
    trouble: Option<String>,
}

/// A word a line.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    avoid: String,
    prefer: String,
    ignore: String,
}

impl Typed {
    fn of(words: &Words) -> Self {
        Self { avoid: words.avoid.join("\n"), prefer: words.prefer.join("\n"), ignore: words.ignore.join("\n") }
    }

    fn words(&self) -> Words {
        let list = |text: &str| -> Vec<String> {
            text.lines().map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        Words { avoid: list(&self.avoid), prefer: list(&self.prefer), ignore: list(&self.ignore) }
    }
}

/// `GET /teams/{team}/manage/words`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let form = Typed::of(&found.team.settings.words);
    Ok(page(&WordsPage { view: viewer.view, team: found, form, trouble: None })?.into_response())
}

/// `POST /teams/{team}/manage/words`
async fn change(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Typed>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let settings = Settings { words: form.words(), ..found.team.settings.clone() };
    match service.set_settings(&viewer.actor, &team, settings).await {
        Ok(()) => Ok(to(&format!("/teams/{team}/manage/words")).said("words-changed").into_response()),
        Err(error) => {
            let trouble = Some(told(error)?);
            let status = status(trouble.as_ref());
            Ok((status, page(&WordsPage { view: viewer.view, team: found, form, trouble })?).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_shown() {
        let words = Words::default();
        assert_eq!(Typed::of(&words).words(), words);
        let typed = Typed { avoid: " rather not \r\n\r\n?".to_owned(), ..Typed::default() };
        assert_eq!(typed.words().avoid, ["rather not", "?"]);
    }
}
