//! The groups of a person's delegates as principals (Apple's caldav-proxy): those who look, and those who also write. Calendar
//! apps name delegates by setting the members of these groups.

use super::authorize::subject;
use super::targets::proxy_href;
use super::views::PrincipalView;
use crate::ids::PersonId;
use crate::service::{Actor, Service, ServiceError};
use crate::store::collections::Owner;
use crate::store::{delegates, people};

/// Which of the two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProxyKind {
    /// Those who look.
    Read,
    /// Those who also write and answer.
    Write,
}

impl ProxyKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Read, Self::Write];

    /// The last segment of its path, and the element of its type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "calendar-proxy-read",
            Self::Write => "calendar-proxy-write",
        }
    }

    /// Whether they write.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Self::Write)
    }

    pub(super) const fn of(writes: bool) -> Self {
        if writes { Self::Write } else { Self::Read }
    }
}

/// Refuses whoever isn't the person: nobody else says who answers for them by way of their calendar app.
pub(in crate::service) fn own(actor: &Actor, person: &PersonId, kind: ProxyKind) -> Result<(), ServiceError> {
    if subject(actor)? == person {
        return Ok(());
    }
    Err(ServiceError::NeedPrivileges { href: proxy_href(person, kind), privilege: "write-properties" })
}

impl Service {
    /// A group of delegates with its members; everybody who signed in may see everybody's, as they may see a team's.
    pub async fn proxy_principal(
        &self,
        actor: &Actor,
        person: &PersonId,
        kind: ProxyKind,
    ) -> Result<PrincipalView, ServiceError> {
        subject(actor)?;
        let person = person.clone();
        self.store
            .read(move |tx| {
                let row = people::find(tx, &person)?.filter(|row| !row.disabled);
                let row = row.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
                let mut members = delegates::of(tx, &person)?;
                members.retain(|one| one.writes == kind.writes());
                let what = if kind.writes() { "who answer for" } else { "who look after the calendars of" };
                Ok(PrincipalView {
                    owner: Owner::Person(person.clone()),
                    proxy: Some(kind),
                    display_name: format!("People {what} {}", row.name),
                    email: String::new(),
                    addresses: Vec::new(),
                    teams: Vec::new(),
                    members: members.into_iter().map(|one| one.delegate).collect(),
                    looks_for: Vec::new(),
                    writes_for: Vec::new(),
                })
            })
            .await
    }
}
