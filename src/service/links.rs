//! Signed links out of people's own events. Opening one describes and changes nothing; a button acts.

use crate::ids::PersonId;
use crate::roster::link::Link;
use crate::roster::swap::{OfferState, SwapState};
use crate::service::swaps::Reply;
use crate::service::{Service, ServiceError};
use crate::time::{Instant, Window, Zone};

/// What stands behind a signed link, for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkView {
    /// What the link is for.
    pub link: Link,
    /// Whose link it is.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The team's name.
    pub team: String,
    /// The role.
    pub role: String,
    /// When the shift is.
    pub window: Window,
    /// The pattern's zone.
    pub zone: Zone,
    /// Name of whoever holds the shift now.
    pub holder: Option<String>,
    /// Name of whoever asks for cover.
    pub requester: Option<String>,
    /// Why, in the requester's words.
    pub reason: Option<String>,
    /// What agreeing does to the person's load, in sentences.
    pub load: Vec<String>,
    /// Where the swap stands, if there is one.
    pub swap: Option<SwapState>,
    /// Where the person's offer stands, if it is one.
    pub offer: Option<OfferState>,
    /// When they answered last.
    pub answered: Option<Instant>,
    /// Whether a button would still do something.
    pub open: bool,
}

#[allow(clippy::unused_async)]
impl Service {
    /// What a signed link (its path, from `/links/` on) is about. [`ServiceError::NotFound`] where its code is wrong or
    /// revoked, [`ServiceError::Gone`] where the shift has ended.
    pub async fn open_link(&self, _path: &str) -> Result<LinkView, ServiceError> {
        unimplemented!()
    }

    /// Acts on a link to an offer. Pressing twice is harmless.
    pub async fn answer_by_link(&self, _path: &str, _reply: Reply) -> Result<LinkView, ServiceError> {
        unimplemented!()
    }

    /// Acts on a link of a shift: asks for cover. Pressing twice is harmless.
    pub async fn ask_by_link(&self, _path: &str, _reason: Option<String>) -> Result<LinkView, ServiceError> {
        unimplemented!()
    }
}
