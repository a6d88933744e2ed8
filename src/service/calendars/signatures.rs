//! The use cases by name; each moves to a file of its own.

use super::{
    Changes, CollectionPath, CollectionView, Conditions, InboxView, MoveOutcome, NewCollection, ObjectHead, ObjectPath,
    ObjectView, Page, PatchOutcome, PrincipalView, PropertyChange, PutOutcome, PutRequest,
};
use crate::ids::{PersonId, TeamId};
use crate::service::{Actor, Service, ServiceError};
use crate::time::Window;

#[allow(clippy::unused_async)]
impl Service {
    /// A person as a principal; everybody who signed in may see everybody's.
    pub async fn principal(&self, _actor: &Actor, _person: &PersonId) -> Result<PrincipalView, ServiceError> {
        unimplemented!()
    }

    /// A team as a principal, with its members.
    pub async fn team_principal(&self, _actor: &Actor, _team: &TeamId) -> Result<PrincipalView, ServiceError> {
        unimplemented!()
    }

    /// People and teams whose name or address contains the text, without regard to case; at most `limit`, by name.
    pub async fn search_principals(
        &self,
        _actor: &Actor,
        _text: &str,
        _limit: usize,
    ) -> Result<Vec<PrincipalView>, ServiceError> {
        unimplemented!()
    }

    /// The calendars of a home: the person's own, then those that teams mount.
    pub async fn home(&self, _actor: &Actor, _home: &PersonId) -> Result<Vec<CollectionView>, ServiceError> {
        unimplemented!()
    }

    /// One calendar.
    pub async fn collection(&self, _actor: &Actor, _path: &CollectionPath) -> Result<CollectionView, ServiceError> {
        unimplemented!()
    }

    /// The properties of a home's inbox that scheduling reads.
    pub async fn inbox(&self, _actor: &Actor, _home: &PersonId) -> Result<InboxView, ServiceError> {
        unimplemented!()
    }

    /// One object with its text.
    pub async fn object(&self, _actor: &Actor, _path: &ObjectPath) -> Result<ObjectView, ServiceError> {
        unimplemented!()
    }

    /// Objects without their text, by name, after the name `after`.
    pub async fn heads_page(
        &self,
        _actor: &Actor,
        _path: &CollectionPath,
        _after: Option<&str>,
        _limit: u32,
    ) -> Result<Page<ObjectHead>, ServiceError> {
        unimplemented!()
    }

    /// Objects with their text, by name, after the name `after`; with `bounds` only those that may touch the window.
    pub async fn objects_page(
        &self,
        _actor: &Actor,
        _path: &CollectionPath,
        _after: Option<&str>,
        _limit: u32,
        _bounds: Option<Window>,
    ) -> Result<Page<ObjectView>, ServiceError> {
        unimplemented!()
    }

    /// The objects of these names, in the order asked; nothing where there is none of that name.
    pub async fn objects_named(
        &self,
        _actor: &Actor,
        _path: &CollectionPath,
        _names: &[String],
    ) -> Result<Vec<Option<ObjectView>>, ServiceError> {
        unimplemented!()
    }

    /// What happened since `token` (RFC 6578); without a token everything that is there. `limit` is the client's.
    pub async fn changes(
        &self,
        _actor: &Actor,
        _path: &CollectionPath,
        _token: Option<&str>,
        _limit: Option<u32>,
    ) -> Result<Changes, ServiceError> {
        unimplemented!()
    }

    /// Stores an object.
    pub async fn put_object(
        &self,
        _actor: &Actor,
        _path: &ObjectPath,
        _request: PutRequest,
    ) -> Result<PutOutcome, ServiceError> {
        unimplemented!()
    }

    /// Removes an object; `schedule_reply` is false for `Schedule-Reply: F`.
    pub async fn delete_object(
        &self,
        _actor: &Actor,
        _path: &ObjectPath,
        _conditions: &Conditions,
        _schedule_reply: bool,
    ) -> Result<(), ServiceError> {
        unimplemented!()
    }

    /// Removes a calendar that the person made, with all that is in it.
    pub async fn delete_collection(&self, _actor: &Actor, _path: &CollectionPath) -> Result<(), ServiceError> {
        unimplemented!()
    }

    /// Moves an object within the home; without `overwrite` nothing may stand at the destination.
    pub async fn move_object(
        &self,
        _actor: &Actor,
        _from: &ObjectPath,
        _to: &ObjectPath,
        _overwrite: bool,
        _conditions: &Conditions,
    ) -> Result<MoveOutcome, ServiceError> {
        unimplemented!()
    }

    /// MKCALENDAR and extended MKCOL: nothing is made unless all properties can be set.
    pub async fn make_collection(
        &self,
        _actor: &Actor,
        _path: &CollectionPath,
        _new: NewCollection,
    ) -> Result<PatchOutcome, ServiceError> {
        unimplemented!()
    }

    /// PROPPATCH of a calendar: all or nothing.
    pub async fn patch_properties(
        &self,
        _actor: &Actor,
        _path: &CollectionPath,
        _changes: Vec<PropertyChange>,
    ) -> Result<PatchOutcome, ServiceError> {
        unimplemented!()
    }
}
