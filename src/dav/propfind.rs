//! PROPFIND: rows of properties, for one resource or for it and its members. Calendars are listed page by page.

use super::answer::{self, Body, Shown};
use super::call::Call;
use super::error::Fault;
use super::headers::{self, Depth, Preferences};
use super::path::{Container, Place};
use super::props::{Preferred, Scene, Subject, Wanted, write_row};
use super::write::Xml;
use crate::ids::PersonId;
use crate::service::calendars::{
    CollectionKind, CollectionPath, CollectionView, InboxView, ObjectPath, PrincipalView, ProxyKind, Span, Target,
    home_href,
};
use hyper::Response;

/// Objects read at once.
const PAGE: u32 = 500;

/// Answers a PROPFIND. Without Depth the members are listed too, since no client without one means everything below.
pub async fn answer(call: Call) -> Result<Response<Body>, Fault> {
    let depth = headers::depth(&call.headers)?.unwrap_or(Depth::One);
    if depth == Depth::Infinity {
        return Err(Fault::condition("D:propfind-finite-depth", "ask with Depth 0 or 1"));
    }
    let wanted = Wanted::of_propfind(call.xml()?.as_ref())?;
    let request = Listing { wanted, depth, prefer: headers::preferences(&call.headers), call };
    let minimal = request.prefer.minimal;
    let answer = request.answer().await?;
    Ok(if minimal { answer::minimal(answer) } else { answer })
}

/// A PROPFIND as it was understood.
struct Listing {
    call: Call,
    wanted: Wanted,
    depth: Depth,
    prefer: Preferences,
}

impl Listing {
    async fn answer(self) -> Result<Response<Body>, Fault> {
        match self.call.place.clone() {
            Place::Container(container) => self.container(container).await,
            Place::Target(Target::Root) => self.container(Container::Dav).await,
            Place::Target(Target::Principals) => self.container(Container::Principals).await,
            place @ Place::Target(Target::Person(_) | Target::Proxy(..) | Target::TeamPrincipal(_)) => {
                self.one_principal(&place).await
            }
            Place::Target(Target::Home(home)) => self.home(&home).await,
            Place::Target(Target::Collection(path)) => self.collection(path).await,
            Place::Target(Target::Object(path)) => self.object(&path).await,
        }
    }

    fn row(&self, xml: &mut Xml, href: &str, subject: Subject<'_>) {
        let scene = Scene {
            viewer: &self.call.person,
            reads_only: self.call.actor.reads_only,
            push: self.call.push_key(),
            subject,
        };
        write_row(xml, href, &scene, &self.wanted, Preferred { minimal: self.prefer.minimal });
    }

    fn principal_row(&self, xml: &mut Xml, view: &PrincipalView) {
        self.row(xml, &view.href(), Subject::Principal(view));
    }

    /// Whether the resource itself has a row.
    fn with_root(&self) -> bool {
        !(self.prefer.noroot && self.depth == Depth::One)
    }

    async fn container(&self, container: Container) -> Result<Response<Body>, Fault> {
        let members = if self.depth == Depth::One { self.members(container).await? } else { Members::default() };
        Ok(answer::multistatus(|xml| {
            if self.with_root() {
                self.row(xml, container.href(), Subject::Container);
            }
            for member in members.containers {
                self.row(xml, member.href(), Subject::Container);
            }
            for principal in &members.principals {
                self.principal_row(xml, principal);
            }
            if let Some(view) = &members.home {
                self.row(xml, &home_href(&self.call.person), Subject::Home(&self.call.person, view));
            }
        }))
    }

    /// What a container leads on to: of people and homes only one's own, of teams those one is in.
    async fn members(&self, container: Container) -> Result<Members, Fault> {
        let mut members = Members::default();
        match container {
            Container::Host | Container::WellKnownFolder | Container::WellKnown => {}
            Container::Dav => members.containers = &[Container::Principals, Container::Calendars],
            Container::OldPrincipals | Container::Principals => {
                members.containers = &[Container::Users, Container::Teams];
            }
            Container::Users => members.principals.push(self.principal(&self.call.person).await?),
            Container::Teams => {
                for team in self.principal(&self.call.person).await?.teams {
                    let view = self.call.service.team_principal(&self.call.actor, &team).await;
                    members.principals.push(view.map_err(|error| self.call.fault(&error))?);
                }
            }
            Container::Calendars => members.home = Some(self.principal(&self.call.person).await?),
        }
        Ok(members)
    }

    async fn principal(&self, person: &PersonId) -> Result<PrincipalView, Fault> {
        self.call.service.principal(&self.call.actor, person).await.map_err(|error| self.call.fault(&error))
    }

    /// A principal; below a person are the groups of their delegates.
    async fn one_principal(&self, place: &Place) -> Result<Response<Body>, Fault> {
        let view = self.call.principal_at(place).await.ok_or_else(Fault::not_found)??;
        let mut members = Vec::new();
        if let (Depth::One, Place::Target(Target::Person(person))) = (self.depth, place) {
            for kind in ProxyKind::ALL {
                let group = self.call.service.proxy_principal(&self.call.actor, person, kind).await;
                members.push(group.map_err(|error| self.call.fault(&error))?);
            }
        }
        Ok(answer::multistatus(|xml| {
            if self.with_root() {
                self.principal_row(xml, &view);
            }
            members.iter().for_each(|member| self.principal_row(xml, member));
        }))
    }

    async fn home(&self, home: &PersonId) -> Result<Response<Body>, Fault> {
        let calendars = self.call.service.home(&self.call.actor, home).await.map_err(|e| self.call.fault(&e))?;
        let owner = self.principal(home).await?;
        let mut listed = Vec::new();
        if self.depth == Depth::One {
            for view in calendars {
                listed.push(self.call.with_grants(view, &self.wanted).await?);
            }
        }
        let mut inbox = None;
        for view in listed.iter().filter(|view| view.kind == CollectionKind::Inbox) {
            inbox = self.call.inbox_of(view).await?;
        }
        Ok(answer::multistatus(|xml| {
            if self.with_root() {
                self.row(xml, &home_href(home), Subject::Home(home, &owner));
            }
            for view in &listed {
                self.collection_row(xml, view, inbox.as_ref());
            }
        }))
    }

    fn collection_row(&self, xml: &mut Xml, view: &CollectionView, inbox: Option<&InboxView>) {
        let inbox = inbox.filter(|_| view.kind == CollectionKind::Inbox);
        self.row(xml, &view.path.href(), Subject::Collection(view, inbox));
    }

    async fn collection(self, path: CollectionPath) -> Result<Response<Body>, Fault> {
        let view = self.call.calendar_for(&path, &self.wanted).await?;
        let inbox = self.call.inbox_of(&view).await?;
        if self.depth == Depth::Zero {
            return Ok(answer::multistatus(|xml| self.collection_row(xml, &view, inbox.as_ref())));
        }
        answer::stream_multistatus(move |mut out| async move {
            if self.with_root() {
                self.collection_row(&mut out.xml, &view, inbox.as_ref());
            }
            // In the order of changes: what changes meanwhile comes again at the end, so that nothing is left out that is
            // there from the beginning to the end.
            let (mut members, mut shown, mut span) = (path.members(), Shown::default(), Span::since(-1));
            loop {
                let page = self.call.service.heads_page(&self.call.actor, &path, span, PAGE).await;
                let page = page.map_err(|error| self.call.fault(&error))?;
                for head in &page.rows {
                    if shown.admits(&head.name, head.change > view.change) {
                        self.row(&mut out.xml, members.href(&head.name), Subject::Object(&view, head, None));
                        out.flush().await;
                    }
                }
                match page.next {
                    Some(reached) => span.after = reached,
                    None => return Ok(out),
                }
            }
        })
        .await
    }

    async fn object(&self, path: &ObjectPath) -> Result<Response<Body>, Fault> {
        let view = self.call.calendar_for(&path.collection, &self.wanted).await?;
        let object = self.call.service.object(&self.call.actor, path).await.map_err(|error| self.call.fault(&error))?;
        Ok(answer::multistatus(|xml| self.row(xml, &path.href(), Subject::Object(&view, &object.head, None))))
    }
}

/// What a container leads on to.
#[derive(Default)]
struct Members {
    containers: &'static [Container],
    principals: Vec<PrincipalView>,
    home: Option<PrincipalView>,
}
