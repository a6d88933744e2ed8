//! Whose session it is, with what they may do at this moment: read anew for each request, so that a right that was given
//! or taken counts at once.

use super::IDLE;
use crate::ids::{TeamId, TokenId};
use crate::roster::model::{Channel, Person};
use crate::service::{Actor, Ctx, ServiceError, rights, second_factor};
use crate::store::sessions::{self as rows, Session};
use crate::store::{Connection, StoreError, people, teams};
use crate::time::Instant;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Somebody whose browser is signed in, with what they may do at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Who.
    pub person: Person,
    /// In which of their sessions.
    pub session: TokenId,
    /// When they last proved who they are.
    pub proven: Instant,
    /// They have a second factor, which is asked for with the password.
    pub second_factor: bool,
    /// The teams they belong to at this moment, by name.
    pub teams: Vec<Place>,
    /// What forms of theirs carry, so that no other site can send one in their name.
    pub form_token: [u8; 16],
    /// The secret that the browser must hold from now on, where it was replaced.
    pub replaced: Option<String>,
}

/// Somebody's place in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub team: TeamId,
    /// As it is shown.
    pub name: String,
    /// They manage it.
    pub manager: bool,
    /// They stand its shifts.
    pub member: bool,
}

impl Visitor {
    /// As whom use cases know them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::person(self.person.id.clone(), Channel::Button)
    }

    /// Whether they may manage a team: as its manager, or as administrator.
    #[must_use]
    pub fn manages(&self, team: &TeamId) -> bool {
        self.person.admin || self.teams.iter().any(|place| place.manager && place.team == *team)
    }

    /// Whether they belong to a team in any way.
    #[must_use]
    pub fn belongs(&self, team: &TeamId) -> bool {
        self.teams.iter().any(|place| place.team == *team)
    }
}

/// The session of a hash with whose it is, if it lasts.
pub(super) fn look(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    hash: &[u8],
) -> Result<Option<(Session, Visitor)>, ServiceError> {
    let now = ctx.now;
    let Some(session) = rows::by_hash(tx, hash)? else { return Ok(None) };
    let present = session.hash == hash || session.former.as_ref().is_some_and(|(_, until)| now < *until);
    if !present || !lasts(&session, now) {
        return Ok(None);
    }
    let Some(person) = people::find(tx, &session.person)?.filter(|person| !person.disabled) else { return Ok(None) };
    let visitor = visitor(tx, ctx, person, session.id.clone(), session.proven)?;
    Ok(Some((session, visitor)))
}

/// Somebody as they are at this moment.
pub(super) fn visitor(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: Person,
    session: TokenId,
    proven: Instant,
) -> Result<Visitor, StoreError> {
    let mut places: Vec<Place> = Vec::new();
    let names = teams::names(tx)?;
    for membership in teams::memberships_of_person(tx, &person.id)? {
        let Some(zone) = teams::zone(tx, &membership.team)? else { continue };
        if !rights::is_current(&membership, zone, ctx.now) {
            continue;
        }
        let name = names.iter().find(|(id, ..)| *id == membership.team).map(|(_, name, _)| name.clone());
        let place = Place {
            name: name.unwrap_or_default(),
            manager: membership.manager,
            member: membership.member,
            team: membership.team,
        };
        places.push(place);
    }
    places.sort_by(|a, b| a.name.cmp(&b.name));
    let form_token = form_token(&ctx.host.link_key, &session);
    let second_factor = second_factor::is_on(tx, &person.id)?;
    Ok(Visitor { person, session, proven, second_factor, teams: places, form_token, replaced: None })
}

/// Whether a session is neither over nor forgotten.
pub(super) fn lasts(session: &Session, now: Instant) -> bool {
    now < session.expires && now < session.seen.plus_millis(IDLE)
}

/// What somebody may do, in one line; where it changes, so does the secret.
pub(super) fn fingerprint(visitor: &Visitor) -> String {
    let admin = if visitor.person.admin { "administrator" } else { "person" };
    let manages = visitor.teams.iter().filter(|place| place.manager).map(|place| format!(" manager:{}", place.team));
    format!("{admin}{}", manages.collect::<String>())
}

/// Of one session, and the same on every server; whoever knows it can send forms, and sign in nowhere.
fn form_token(key: &[u8; 32], session: &TokenId) -> [u8; 16] {
    let mut token = [0; 16];
    // An HMAC takes a key of any length.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) {
        mac.update(b"forms of session ");
        mac.update(session.as_str().as_bytes());
        token.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
    }
    token
}
