//! Connecting calendar apps: one password a device, shown once with the steps for its app; private links for programs that
//! can't sign in; calendars of other servers; and what an app sees.

mod check;
mod outside;
mod profile;

use super::fields::Fields;
use super::frame::{View, Viewer, page};
use super::go::{Answer, Refused, to};
use super::qr;
use super::texts::{Markup, Text};
use crate::http::Problem;
use crate::ids::TokenId;
use crate::roster::model::CountsAs;
use crate::service::Service;
use crate::service::calendars::{Counted, OutsideView, Problem as Missed};
use crate::service::tokens::{DavScope, Life, NewAppPassword, NewFeed, SecretKind};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/me/connect", get(show))
        .route("/me/connect/new", get(ask).post(make))
        .route("/me/connect/devices/{id}/revoke", post(revoke_device))
        .route("/me/connect/links/{id}/revoke", post(revoke_link))
        .merge(check::routes())
        .merge(outside::routes())
        .merge(profile::routes())
}

/// A program that shows calendars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Apple,
    Davx5,
    Thunderbird,
    Evolution,
    Kde,
    Outlook,
    Other,
    /// Google Calendar and Outlook on the web: they only read links.
    Link,
}

impl Client {
    const ALL: [Self; 8] = [
        Self::Apple,
        Self::Davx5,
        Self::Thunderbird,
        Self::Evolution,
        Self::Kde,
        Self::Outlook,
        Self::Other,
        Self::Link,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Apple => "apple",
            Self::Davx5 => "davx5",
            Self::Thunderbird => "thunderbird",
            Self::Evolution => "evolution",
            Self::Kde => "kde",
            Self::Outlook => "outlook",
            Self::Other => "other",
            Self::Link => "link",
        }
    }

    fn of(word: &str) -> Result<Self, Refused> {
        Ok(Self::ALL.into_iter().find(|client| client.word() == word).ok_or_else(Problem::not_found)?)
    }

    fn name(self, view: &View) -> Text {
        match self {
            Self::Apple => view.t("connect-apple"),
            Self::Davx5 => view.t("connect-davx5"),
            Self::Thunderbird => view.t("connect-thunderbird"),
            Self::Evolution => view.t("connect-evolution"),
            Self::Kde => view.t("connect-kde"),
            Self::Outlook => view.t("connect-outlook"),
            Self::Other => view.t("connect-other"),
            Self::Link => view.t("connect-link"),
        }
    }

    /// What to do there, as items of a list.
    fn steps(self, view: &View, server: &str, email: &str) -> Markup {
        let text = match self {
            Self::Apple => view.t("connect-apple-steps"),
            Self::Davx5 => view.t("connect-davx5-steps"),
            Self::Thunderbird => view.t("connect-thunderbird-steps"),
            Self::Evolution => view.t("connect-evolution-steps"),
            Self::Kde => view.t("connect-kde-steps"),
            Self::Outlook => view.t("connect-outlook-steps"),
            Self::Other => view.t("connect-other-steps"),
            Self::Link => view.t("connect-link-steps"),
        };
        text.with("server", server).with("email", email).markup()
    }

    fn is_link(self) -> bool {
        self == Self::Link
    }

    fn is_apple(self) -> bool {
        self == Self::Apple
    }
}

#[derive(Template)]
#[template(path = "connect.html")]
struct ConnectPage {
    view: View,
    server: String,
    email: String,
    devices: Vec<Device>,
    links: Vec<Device>,
    outside: Vec<OutsideView>,
    own: Vec<Counted>,
}

/// Something that was let in.
struct Device {
    id: TokenId,
    label: String,
    phone: bool,
    read_only: bool,
    life: Life,
}

impl ConnectPage {
    /// Its name as a segment of a path: people may have given it any.
    #[allow(clippy::unused_self)] // as the template calls it
    fn segment(&self, name: &str) -> String {
        profile::segment(name)
    }

    /// The ways in which a calendar may count, with the word of each.
    fn ways(&self) -> [(CountsAs, &'static str, Text); 3] {
        [
            (CountsAs::Utilisation, "utilisation", self.view.t("outside-utilisation")),
            (CountsAs::Blocks, "blocks", self.view.t("outside-blocks")),
            (CountsAs::Holidays, "holidays", self.view.t("outside-holidays")),
        ]
    }

    fn counting(&self, calendar: &OutsideView) -> Text {
        match calendar.counts_as {
            CountsAs::Utilisation => self.view.t("outside-utilisation"),
            CountsAs::Blocks => self.view.t("outside-blocks"),
            CountsAs::Holidays => self.view.t("outside-holidays"),
        }
    }

    fn trouble(&self, calendar: &OutsideView) -> Option<Text> {
        calendar.problem.as_ref().map(|problem| match problem {
            Missed::NotReachable => self.view.t("outside-not-reachable"),
            Missed::NoCalendar => self.view.t("outside-no-calendar"),
            Missed::TooMuch => self.view.t("outside-too-much"),
        })
    }
}

/// `GET /me/connect`
async fn show(State(service): State<Service>, viewer: Viewer) -> Answer {
    let (actor, person) = (&viewer.actor, &viewer.visitor.person);
    let now = viewer.view.now;
    let devices = service.app_passwords(actor, &person.id).await?.into_iter().filter(|one| one.life.is_good(now));
    let devices = devices.map(|one| Device {
        id: one.id,
        label: one.label,
        phone: one.phone_device,
        read_only: one.scope == "dav-ro",
        life: one.life,
    });
    let links = service.feeds_of_person(actor, &person.id).await?.into_iter().filter(|one| one.life.is_good(now));
    let links = links.map(|one| Device { id: one.id, label: one.label, phone: false, read_only: true, life: one.life });
    let content = ConnectPage {
        server: service.public_url().to_owned(),
        email: person.email.clone(),
        devices: devices.collect(),
        links: links.collect(),
        outside: service.outside_calendars(actor, &person.id).await?,
        own: service.counted_calendars(actor, &person.id).await?,
        view: viewer.view,
    };
    Ok(page(&content)?.into_response())
}

#[derive(Deserialize)]
struct Which {
    client: String,
}

#[derive(Template)]
#[template(path = "connect-new.html")]
struct NewPage {
    view: View,
    client: Client,
}

/// `GET /me/connect/new`
async fn ask(viewer: Viewer, Query(which): Query<Which>) -> Answer {
    let client = Client::of(&which.client)?;
    viewer.proven(&format!("/me/connect/new?client={}", client.word()))?;
    Ok(page(&NewPage { view: viewer.view, client })?.into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Making {
    client: String,
    label: String,
    phone: Option<String>,
    read_only: Option<String>,
}

#[derive(Template)]
#[template(path = "connect-made.html")]
struct MadePage {
    view: View,
    client: Client,
    label: String,
    server: String,
    email: String,
    /// The password, or the whole link.
    secret: String,
    steps: Markup,
    /// Opens DAVx⁵ with everything filled in, and the same to be photographed.
    login: Option<(String, Markup)>,
}

/// `POST /me/connect/new`: shows the secret once, so that it is answered here and not after a redirect.
async fn make(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Making>) -> Answer {
    let client = Client::of(&form.client)?;
    viewer.proven(&format!("/me/connect/new?client={}", client.word()))?;
    let person = viewer.visitor.person.clone();
    let server = service.public_url().to_owned();
    let secret = if client.is_link() {
        let new = NewFeed { person: Some(person.id.clone()), team: None, label: form.label.clone() };
        format!("{server}/feeds/{}.ics", service.add_feed(&viewer.actor, new).await?.secret)
    } else {
        let scope = if form.read_only.is_some() { DavScope::ReadOnly } else { DavScope::ReadWrite };
        let phone_device = form.phone.is_some();
        let new = NewAppPassword { person: person.id.clone(), label: form.label.clone(), scope, phone_device };
        service.add_app_password(&viewer.actor, new).await?.secret
    };
    let view = viewer.view;
    let login = (client == Client::Davx5).then(|| profile::login(&server, person.id.as_str(), &secret));
    let content = MadePage {
        steps: client.steps(&view, &server, &person.email),
        login: login.map(|address| (address.clone(), qr::picture(&address, &view.t("connect-code").to_string()))),
        label: form.label,
        email: person.email,
        client,
        server,
        secret,
        view,
    };
    Ok(unkept(page(&content)?.into_response()))
}

/// What shows a secret is kept by nobody.
fn unkept(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `POST /me/connect/devices/{id}/revoke`
async fn revoke_device(State(service): State<Service>, viewer: Viewer, Path(id): Path<TokenId>) -> Answer {
    service.revoke_secret(&viewer.actor, SecretKind::AppPassword, &id).await?;
    Ok(to("/me/connect").said("device-revoked").into_response())
}

/// `POST /me/connect/links/{id}/revoke`
async fn revoke_link(State(service): State<Service>, viewer: Viewer, Path(id): Path<TokenId>) -> Answer {
    service.revoke_secret(&viewer.actor, SecretKind::Feed, &id).await?;
    Ok(to("/me/connect").said("link-revoked").into_response())
}
