//! A service on a temporary file, for unit tests.

use super::people::NewPerson;
use super::teams::NewTeam;
use super::tokens::{DavScope, NewAppPassword};
use super::{Actor, Clock, Service};
use crate::ids::PersonId;
use crate::store::Store;

/// A service over a fresh store; the folder goes with its guard.
pub async fn service() -> (tempfile::TempDir, Service) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("dogwatch.db")).unwrap();
    let service = Service::open(store, "https://calendar.example.org", Clock::system()).await.unwrap();
    (folder, service)
}

/// Somebody at the command line.
pub fn operator() -> Actor {
    Actor::operator()
}

/// Ada as she is typed.
pub fn ada() -> NewPerson {
    NewPerson {
        id: "ada".to_owned(),
        name: "Ada Okafor".to_owned(),
        email: "Ada@Example.org".to_owned(),
        phone: Some("+44 7700 900101".to_owned()),
        zone: "Europe/London".to_owned(),
        admin: false,
    }
}

/// The team Payments as it is typed.
pub fn payments() -> NewTeam {
    NewTeam {
        id: "payments".to_owned(),
        name: "Payments".to_owned(),
        email: "payments@oncall.example.org".to_owned(),
        zone: "Europe/London".to_owned(),
    }
}

/// An app password for somebody's telephone.
pub fn phone_of(person: &PersonId) -> NewAppPassword {
    NewAppPassword {
        person: person.clone(),
        label: "telephone".to_owned(),
        scope: DavScope::ReadWrite,
        phone_device: false,
    }
}
