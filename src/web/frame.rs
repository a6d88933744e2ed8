//! Who looks at a page and how: [`View`] is what the frame around every page shows and what templates write times and
//! texts with; [`Viewer`] is somebody who has signed in.

use super::assets;
use super::cookies;
use super::go::{Refused, local, sign_in_first};
use super::moments::{self, Manner};
use super::texts::{Markup, Text, Tongue, tags};
use crate::http::Problem;
use crate::ids::TeamId;
use crate::service::pages::Thing;
use crate::service::sessions::{PROOF_LASTS, Visitor};
use crate::service::{Actor, Service};
use crate::time::{Day, Instant, Window, Zone};
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum::response::Html;
use std::convert::Infallible;

/// Who looks at a page, in which language, zone and theme. Every page's template has one, as `view`.
#[derive(Clone, Debug)]
pub struct View {
    /// Who has signed in, if anybody.
    pub visitor: Option<Visitor>,
    /// The moment of the request.
    pub now: Instant,
    tongue: Tongue,
    manner: Manner,
    zone: Zone,
    theme: Theme,
    path: String,
    said: Option<String>,
    reads_only: bool,
}

/// Light, dark, or as the browser is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the browser is set.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The theme of a word; anything else is [`Theme::Auto`].
    pub fn of(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A link of the navigation.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where it leads.
    pub href: String,
    /// What it is called.
    pub name: String,
    /// The page is there or below.
    pub here: bool,
}

impl View {
    /// From a request.
    pub fn of(parts: &Parts, service: &Service) -> Self {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        let tags = tags(parts.headers.get(ACCEPT_LANGUAGE).and_then(|line| line.to_str().ok()).unwrap_or_default());
        let tongue = Tongue::of(tags.iter().map(String::as_str));
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let said = parts.uri.query().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("said=")));
        Self {
            now: service.ctx().now,
            tongue,
            manner: Manner::of(tags.iter().map(String::as_str), tongue),
            zone: visitor.as_ref().map_or(Zone::UTC, |visitor| visitor.person.zone),
            theme: cookies::theme(&parts.headers).map(Theme::of).unwrap_or_default(),
            path: target.to_owned(),
            said: said.map(str::to_owned),
            reads_only: service.reads_only(),
            visitor,
        }
    }

    /// Where nothing is known of the request.
    pub fn of_nobody() -> Self {
        let tongue = Tongue::default();
        Self {
            visitor: None,
            now: Instant::from_millis(0),
            tongue,
            manner: Manner::of(std::iter::empty(), tongue),
            zone: Zone::UTC,
            theme: Theme::Auto,
            path: "/".to_owned(),
            said: None,
            reads_only: false,
        }
    }

    /// For a stranger, whose own zone nobody knows: in this zone.
    #[must_use]
    pub fn or_zone(mut self, zone: Zone) -> Self {
        if self.visitor.is_none() {
            self.zone = zone;
        }
        self
    }

    /// Whether nothing can be stored at the moment.
    pub const fn reads_only(&self) -> bool {
        self.reads_only
    }

    /// The page's language.
    pub fn lang(&self) -> &'static str {
        self.tongue.tag()
    }

    /// The text of a key; `.with("name", value)` fills in, `.markup()` lets the text's own tags through.
    pub fn t(&self, key: &'static str) -> Text {
        self.tongue.text(key)
    }

    /// Where an asset is found.
    #[allow(clippy::unused_self)] // as templates call it
    pub fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    /// The theme that was chosen.
    pub fn theme(&self) -> &'static str {
        self.theme.word()
    }

    /// The page's own path with its query, for forms that come back to it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where a stranger signs in and comes back from.
    pub fn sign_in_url(&self) -> String {
        super::go::to("/sign-in").with("to", local(&self.path)).path().to_owned()
    }

    /// Where the provider is asked who somebody is, to go on to a path; `anew` for somebody who is signed in.
    #[allow(clippy::unused_self)] // as templates call it
    pub fn provider_url(&self, back: &str, anew: bool) -> String {
        let go = super::go::to("/sign-in/provider").with("to", local(back));
        if anew { go.with("anew", "1") } else { go }.path().to_owned()
    }

    /// What just happened, where a redirect said so.
    pub fn notice(&self) -> Option<Text> {
        let key = format!("said-{}", self.said.as_deref()?);
        Tongue::has(&key).then(|| self.tongue.text(key))
    }

    /// The navigation.
    pub fn places(&self) -> Vec<Place> {
        let place = |href: &str, name: Text, exact: bool| {
            let path = self.path.split('?').next().unwrap_or_default();
            let below = path.strip_prefix(href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            Place { href: href.to_owned(), name: name.to_string(), here: if exact { path == href } else { below } }
        };
        let mut places = vec![place("/", self.t("frame-teams"), true)];
        if let Some(visitor) = &self.visitor {
            let team = |at: &crate::service::sessions::Place| {
                let mut link = place(&format!("/teams/{}", at.team), self.t("frame-teams"), false);
                link.name.clone_from(&at.name);
                link
            };
            places.push(place("/me", self.t("me-nav"), false));
            places.extend(visitor.teams.iter().map(team));
            let board = |at: &crate::service::sessions::Place| {
                place(&format!("/board/{}", at.team), self.t("frame-board").with("team", at.name.as_str()), false)
            };
            places.extend(visitor.teams.iter().filter(|at| at.manager).map(board));
            if visitor.person.admin {
                places.push(place("/admin", self.t("frame-admin"), false));
            }
            places.push(place("/account", self.t("frame-account"), false));
        }
        places
    }

    /// The hidden field that every form of somebody signed in carries.
    pub fn form_token(&self) -> Markup {
        match self.script_token() {
            Some(token) => Markup(format!("<input type=\"hidden\" name=\"csrf\" value=\"{token}\">")),
            None => Markup::default(),
        }
    }

    /// The same for scripts, which send it as `X-CSRF-Token`.
    pub fn script_token(&self) -> Option<String> {
        self.visitor.as_ref().map(|visitor| super::guard::masked(&visitor.form_token))
    }

    /// The zone in which times are shown.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// `Tue 1 Dec 2026, 09:00 GMT`
    pub fn moment(&self, at: &Instant) -> Markup {
        self.manner.moment(*at, self.zone)
    }

    /// `09:00 GMT`
    pub fn time_of_day(&self, at: &Instant) -> Markup {
        self.manner.time_of_day(*at, self.zone)
    }

    /// `09:00`, only where the zone stands over all of a table or plot.
    pub fn time(&self, at: &Instant) -> Markup {
        self.manner.time(*at, self.zone)
    }

    /// `Tue 1 Dec 2026, 09:00 to 17:00 GMT`
    pub fn span(&self, window: &Window) -> Markup {
        self.manner.span(*window, self.zone, self.tongue)
    }

    /// `Tue 1 Dec, 09:00 to 17:00 GMT`
    pub fn short_span(&self, window: &Window) -> Markup {
        self.manner.short_span(*window, self.zone, self.tongue)
    }

    /// `Tue 1 Dec 2026`
    pub fn day(&self, day: &Day) -> Markup {
        self.manner.day(*day)
    }

    /// `Tue`
    pub fn weekday(&self, day: &Day) -> String {
        self.manner.weekday(*day)
    }

    /// `December 2026`, by its first day.
    pub fn month(&self, first: &Day) -> Markup {
        self.manner.month(*first)
    }

    /// Whether it has begun and not ended.
    pub fn runs(&self, window: &Window) -> bool {
        window.contains(self.now)
    }

    /// `in 3 hours`, `2 days ago`
    pub fn relative(&self, at: &Instant) -> Markup {
        moments::relative(*at, self.now, self.tongue)
    }

    /// `2 d 3 h`, of milliseconds.
    pub fn duration(&self, millis: &i64) -> String {
        moments::duration(*millis, self.tongue)
    }
}

impl FromRequestParts<Service> for View {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Infallible> {
        Ok(Self::of(parts, service))
    }
}

/// Somebody who has signed in; whoever hasn't is asked to, and comes back.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// What the page is shown with.
    pub view: View,
    /// Who, with what they may do.
    pub visitor: Visitor,
    /// As whom use cases know them.
    pub actor: Actor,
}

impl Viewer {
    /// Refuses whoever is no administrator.
    pub fn administers(&self) -> Result<(), Refused> {
        if self.visitor.person.admin {
            return Ok(());
        }
        let detail = self.view.t("frame-administrators-only").to_string();
        Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail).into())
    }

    /// Refuses whoever does not manage the team; for whoever isn't in it, there is none.
    pub fn manages(&self, team: &TeamId) -> Result<(), Refused> {
        self.belongs(team)?;
        if self.visitor.manages(team) {
            return Ok(());
        }
        let detail = self.view.t("frame-managers-only").to_string();
        Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail).into())
    }

    /// For whoever isn't in the team, nor an administrator, there is none.
    pub fn belongs(&self, team: &TeamId) -> Result<(), Refused> {
        if self.visitor.person.admin || self.visitor.belongs(team) { Ok(()) } else { Err(Problem::not_found().into()) }
    }

    /// For whoever isn't in the team of a thing, nor an administrator, there is no such thing.
    pub async fn knows(&self, service: &Service, thing: Thing) -> Result<(), Refused> {
        match service.team_of(thing).await? {
            Some(team) => self.belongs(&team),
            None => Err(Problem::not_found().into()),
        }
    }

    /// Asks for the password again where that is some minutes ago: before passwords, tokens and roles are changed.
    /// `back` is the page to come back to.
    pub fn proven(&self, back: &str) -> Result<(), Refused> {
        if self.view.now < self.visitor.proven.plus_millis(PROOF_LASTS) {
            return Ok(());
        }
        Err(super::go::to("/confirm").with("to", local(back)).into())
    }
}

impl FromRequestParts<Service> for Viewer {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Refused> {
        let view = View::of(parts, service);
        match view.visitor.clone() {
            Some(visitor) => Ok(Self { actor: visitor.actor(), visitor, view }),
            None => Err(sign_in_first(&parts.method, &view)),
        }
    }
}

/// A rendered page.
pub fn page(content: &impl Template) -> Result<Html<String>, Refused> {
    content.render().map(Html).map_err(|error| {
        tracing::error!(%error, "page not rendered");
        Problem::internal().into()
    })
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Refusal<'a> {
    view: View,
    title: &'a str,
    detail: &'a str,
    request: &'a str,
}

/// A refusal as a page.
#[must_use]
pub fn problem_page(problem: &Problem, request: &str, view: Option<View>) -> String {
    let view = view.unwrap_or_else(View::of_nobody);
    let content = Refusal { view, title: problem.title(), detail: &problem.detail, request };
    content.render().unwrap_or_else(|_| "<!doctype html><title>Refused</title>".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_shown_and_not_obeyed() {
        let problem = Problem::new(StatusCode::CONFLICT, "x", "<svg onload=alert(1)>");
        let page = problem_page(&problem, "\"><script>", None);
        assert!(!page.contains("<svg") && !page.contains("<script>"));
        assert!(page.contains("&#60;svg onload=alert(1)&#62;"));
    }

    #[test]
    fn only_words_of_our_own_are_said() {
        let said =
            |word: &str| View { said: Some(word.to_owned()), ..View::of_nobody() }.notice().map(|t| t.to_string());
        assert_eq!(said("signed-out").as_deref(), Some("You are signed out."));
        assert_eq!(said("<b>"), None);
    }
}
