//! Whatever an address names, read for a row of its own: principals, homes and calendars.

use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::path::{Container, Place};
use crate::dav::props::{Scene, Subject, Wanted};
use crate::ids::PersonId;
use crate::service::calendars::{CollectionView, PrincipalView, Target, home_href};

/// A resource with what its properties are made of.
pub enum Resource {
    Principal(PrincipalView),
    Home(PersonId, PrincipalView),
    Calendar(Box<CollectionView>),
    Container(Container),
}

impl Resource {
    /// Reads what is at a place, as far as whoever calls may see it; an object stands for its calendar.
    pub async fn read(call: &Call, place: &Place, wanted: &Wanted) -> Result<Self, Fault> {
        if let Some(principal) = call.principal_at(place).await {
            return principal.map(Self::Principal);
        }
        Ok(match place {
            Place::Container(container) => Self::Container(*container),
            Place::Target(Target::Home(person)) => {
                let found = call.service.principal(&call.actor, person).await.map_err(|error| call.fault(&error))?;
                Self::Home(person.clone(), found)
            }
            Place::Target(Target::Collection(path)) => Self::Calendar(Box::new(call.calendar_for(path, wanted).await?)),
            Place::Target(Target::Object(path)) => {
                Self::Calendar(Box::new(call.calendar_for(&path.collection, wanted).await?))
            }
            Place::Target(_) => Self::Container(Container::Dav),
        })
    }

    /// It as the caller sees it.
    pub fn scene<'a>(&'a self, call: &'a Call) -> Scene<'a> {
        let subject = match self {
            Self::Principal(view) => Subject::Principal(view),
            Self::Home(person, view) => Subject::Home(person, view),
            Self::Calendar(view) => Subject::Collection(view, None),
            Self::Container(_) => Subject::Container,
        };
        Scene { viewer: &call.person, reads_only: call.actor.reads_only, push: call.push_key(), subject }
    }

    /// Where it is.
    pub fn href(&self) -> String {
        match self {
            Self::Principal(view) => view.href(),
            Self::Home(person, _) => home_href(person),
            Self::Calendar(view) => view.path.href(),
            Self::Container(container) => container.href().to_owned(),
        }
    }
}
