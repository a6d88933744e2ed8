//! Patterns as they are added without a calendar app: a recurring event, from its parts or as it stands in a file.

use super::known;
use crate::ical::build::{EventDraft, When, event};
use crate::ical::check::{MAX_SIZE, Rules, check};
use crate::ids::TeamId;
use crate::roster::model::Team;
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Ctx, Service, ServiceError, hex};
use crate::store::collections::{self, Collection, CollectionKind};
use crate::store::objects::{self, NewObject};
use crate::store::{Connection, StoreError};
use crate::time::{Civil, Instant, Zone, resolve};
use serde_json::json;
use sha2::{Digest, Sha256};

/// A recurring demand in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPattern {
    /// What it is called.
    pub title: String,
    /// First start on the zone's wall clock.
    pub start: Civil,
    /// First end on the zone's wall clock.
    pub end: Civil,
    /// The zone its times are meant in.
    pub zone: Zone,
    /// The zone the end is meant in, where that is another: the next site's.
    pub end_zone: Option<Zone>,
    /// RRULE as a value, such as `FREQ=WEEKLY;BYDAY=MO`.
    pub rule: String,
    /// The roles it needs; the team's default where empty.
    pub roles: Vec<String>,
    /// What makes a turn: `week`, `day` or `occurrence`.
    pub turn: String,
    /// Only people of this site of the team stand it.
    pub site: Option<String>,
    /// Only people who are at work for all of it stand it.
    pub at_work: bool,
}

impl NewPattern {
    /// Its event as it is stored in the calendar of a team that has these roles.
    pub(super) fn checked(&self, uid: &str, team: &Team, now: Instant) -> Result<String, ServiceError> {
        if self.rule.contains(['\r', '\n']) {
            return Err(ServiceError::invalid("rrule", "must be one line"));
        }
        if let Some(role) = self.roles.iter().find(|role| team.roles.iter().all(|known| known.name != **role)) {
            return Err(ServiceError::NotFound(format!("a role {role} in {}", team.id)));
        }
        self.text(uid, now)
    }

    fn text(&self, uid: &str, now: Instant) -> Result<String, ServiceError> {
        let end_zone = self.end_zone.unwrap_or(self.zone);
        if resolve(self.end, end_zone) <= resolve(self.start, self.zone) {
            return Err(ServiceError::invalid("end", "must come after the start"));
        }
        if !matches!(self.turn.as_str(), "week" | "day" | "occurrence") {
            return Err(ServiceError::invalid("turn", "must be week, day or occurrence"));
        }
        let (start, end) = (When::Zoned(self.start, self.zone), When::Zoned(self.end, end_zone));
        let site = self.site.as_ref().map(|site| format!("\nsite: {site}")).unwrap_or_default();
        if site.trim().contains(['\r', '\n']) {
            return Err(ServiceError::invalid("site", "must be one line"));
        }
        let hours = if self.at_work { "\nhours: working" } else { "" };
        let draft = EventDraft {
            summary: self.title.clone(),
            description: format!("turn: {}{site}{hours}", self.turn),
            rule: Some(self.rule.clone()),
            transparent: true,
            categories: self.roles.clone(),
            ..EventDraft::new(uid, start, end, now)
        };
        Ok(event(&draft))
    }
}

impl Service {
    /// Adds a pattern from its parts; for the team's managers. Gives its UID.
    pub async fn add_pattern(&self, actor: &Actor, team: &TeamId, new: &NewPattern) -> Result<String, ServiceError> {
        let (id, new) = (team.clone(), new.clone());
        self.change_team(actor, team, move |tx, ctx, actor| add(tx, ctx, actor, &id, &new)).await
    }

    /// Stores a calendar object in a team's pattern or holiday calendar, in place of the one with the same UID; for the
    /// team's managers. Gives its UID.
    pub async fn put_team_object(
        &self,
        actor: &Actor,
        team: &TeamId,
        kind: CollectionKind,
        body: Vec<u8>,
    ) -> Result<String, ServiceError> {
        if !matches!(kind, CollectionKind::Pattern | CollectionKind::Holidays) {
            return Err(ServiceError::Forbidden("only patterns and holidays are stored this way".to_owned()));
        }
        let id = team.clone();
        self.change_team(actor, team, move |tx, ctx, actor| put(tx, ctx, actor, (&id, kind), &body)).await
    }
}

/// Adds a pattern from its parts. Gives its UID.
pub(in crate::service) fn add(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    team: &TeamId,
    new: &NewPattern,
) -> Result<String, ServiceError> {
    let known = known(tx, team)?;
    let text = new.checked(&format!("{}@{}", ctx.fresh(), ctx.host.host), &known, ctx.now)?;
    put(tx, ctx, actor, (team, CollectionKind::Pattern), text.as_bytes())
}

/// Stores an object in a team's pattern or holiday calendar. Gives its UID.
pub(in crate::service) fn put(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (team, kind): (&TeamId, CollectionKind),
    body: &[u8],
) -> Result<String, ServiceError> {
    let calendar = calendar(tx, team, kind)?;
    let uid = store(tx, ctx, &calendar, body)?;
    let deed = Deed::new("team.object-stored", format!("team:{team}"));
    record(tx, ctx, actor, deed.after(json!({ "calendar": kind, "uid": uid })))?;
    Ok(uid)
}

/// Stores an object in a calendar, in place of the one with the same UID. Gives its UID.
pub(in crate::service) fn store(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    calendar: &Collection,
    body: &[u8],
) -> Result<String, ServiceError> {
    let index = check(body, &Rules { components: &["VEVENT"], max_size: MAX_SIZE })?.index;
    let digest = hex(&Sha256::digest(body));
    let name = match objects::by_uid(tx, &calendar.id, &index.uid)? {
        Some(old) => old.head.name,
        None => format!("{}.ics", digest.get(..32).unwrap_or(&digest)),
    };
    let object = NewObject {
        name,
        uid: index.uid.clone(),
        component: index.component,
        etag: format!("\"{}\"", digest.get(..32).unwrap_or(&digest)),
        schedule_tag: None,
        extent: index.extent,
        recurring: index.recurring,
        organizer: index.organizer,
        sequence: index.sequence,
        digest: None,
        instances: index.instances,
        body: body.to_vec(),
    };
    objects::put(tx, &calendar.id, object, ctx.now)?;
    Ok(index.uid)
}

/// A team's only calendar of a kind.
pub(in crate::service) fn calendar(
    tx: &mut dyn Connection,
    team: &TeamId,
    kind: CollectionKind,
) -> Result<Collection, ServiceError> {
    let found = collections::of_team(tx, team)?.into_iter().find(|calendar| calendar.kind == kind);
    Ok(found.ok_or_else(|| StoreError::Shape(format!("team {team} lacks a calendar")))?)
}
