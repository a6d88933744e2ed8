//! A request on its way through the room: who asks, for what, and the answers that every method shares.

use super::error::Fault;
use super::headers;
use super::path::{self, Place};
use super::props::Wanted;
use super::xml::{self, DAV, Element};
use crate::ids::PersonId;
use crate::service::calendars::{CollectionKind, CollectionPath, CollectionView, InboxView, PrincipalView, Target};
use crate::service::{Actor, Service, ServiceError};
use bytes::Bytes;
use hyper::{HeaderMap, Method};

/// A request with its path understood and its person known.
#[derive(Clone)]
pub struct Call {
    /// Everything Dogwatch can do.
    pub service: Service,
    /// Who acts, as `service` wants to know it.
    pub actor: Actor,
    /// The public part of the app password that they came with.
    pub token: Option<String>,
    /// The person behind the actor.
    pub person: PersonId,
    /// Method.
    pub method: Method,
    /// What the path names.
    pub place: Place,
    /// Headers.
    pub headers: HeaderMap,
    /// Whole body.
    pub body: Bytes,
}

impl Call {
    /// The body as XML, if there is one.
    pub fn xml(&self) -> Result<Option<Element>, Fault> {
        Ok(xml::parse(&self.body)?)
    }

    /// The key by which push messages are signed, where they are sent.
    pub fn push_key(&self) -> Option<&str> {
        self.service.push().map(|push| push.key.public())
    }

    /// What a service error means here.
    pub fn fault(&self, error: &ServiceError) -> Fault {
        Fault::of(error, &self.method)
    }

    /// What an address in a body names, with or without the host; nothing where it is somebody else's.
    pub fn place_of(&self, href: &str) -> Option<Place> {
        let uri: hyper::Uri = href.trim().parse().ok()?;
        if let Some(authority) = uri.authority() {
            let public_url = self.service.host.public_url.as_str();
            let public_host = public_url.split_once("://").map_or(public_url, |(_, host)| host);
            let ours = [headers::text(&self.headers, "host").unwrap_or_default(), public_host];
            if !ours.iter().any(|host| host.eq_ignore_ascii_case(authority.as_str())) {
                return None;
            }
        }
        path::parse(uri.path()).ok()
    }

    /// The target of the path, where it has one.
    pub fn target(&self) -> Option<&Target> {
        match &self.place {
            Place::Target(target) => Some(target),
            Place::Container(_) => None,
        }
    }

    /// Whatever the path names that is a principal.
    pub async fn principal_at(&self, place: &Place) -> Option<Result<PrincipalView, Fault>> {
        let (service, actor) = (&self.service, &self.actor);
        let found = match place {
            Place::Target(Target::Person(person)) => service.principal(actor, person).await,
            Place::Target(Target::Proxy(person, kind)) => service.proxy_principal(actor, person, *kind).await,
            Place::Target(Target::TeamPrincipal(team)) => service.team_principal(actor, team).await,
            _ => return None,
        };
        Some(found.map_err(|error| self.fault(&error)))
    }

    /// A calendar with those to whom it is open, where that is wanted and may be seen.
    pub async fn calendar_for(&self, path: &CollectionPath, wanted: &Wanted) -> Result<CollectionView, Fault> {
        let view = self.collection(path).await?;
        self.with_grants(view, wanted).await
    }

    /// The same of one that was read before.
    pub async fn with_grants(&self, view: CollectionView, wanted: &Wanted) -> Result<CollectionView, Fault> {
        if !wanted.asks_for(DAV, "acl") {
            return Ok(view);
        }
        self.service.with_grants(view).await.map_err(|error| self.fault(&error))
    }

    /// A calendar as the person sees it.
    pub async fn collection(&self, path: &CollectionPath) -> Result<CollectionView, Fault> {
        self.service.collection(&self.actor, path).await.map_err(|error| self.fault(&error))
    }

    /// Looks whether something is there that the person may see.
    pub async fn look(&self) -> Result<(), Fault> {
        let (service, actor) = (&self.service, &self.actor);
        let found = match self.target() {
            None | Some(Target::Root | Target::Principals) => Ok(()),
            Some(Target::Person(person)) => service.principal(actor, person).await.map(drop),
            Some(Target::Proxy(person, kind)) => service.proxy_principal(actor, person, *kind).await.map(drop),
            Some(Target::TeamPrincipal(team)) => service.team_principal(actor, team).await.map(drop),
            Some(Target::Home(home)) => service.home(actor, home).await.map(drop),
            Some(Target::Collection(path)) => service.collection(actor, path).await.map(drop),
            Some(Target::Object(path)) => service.object(actor, path).await.map(drop),
        };
        found.map_err(|error| self.fault(&error))
    }

    /// What scheduling keeps beside an inbox; nothing for other calendars.
    pub async fn inbox_of(&self, view: &CollectionView) -> Result<Option<InboxView>, Fault> {
        if view.kind != CollectionKind::Inbox {
            return Ok(None);
        }
        let inbox = self.service.inbox(&self.actor, &view.path.home).await;
        inbox.map(Some).map_err(|error| self.fault(&error))
    }
}
