//! When somebody is busy: for the free-busy-query REPORT on one calendar (RFC 4791 7.10), and for a whole person, as the
//! scheduling outbox asks (RFC 6638 5). What a team mounts never makes a member busy.

use super::authorize::{Access, current_memberships, reach, subject};
use super::names;
use super::privileges::Privilege;
use super::targets::CollectionPath;
use crate::ical::build::normal_address;
use crate::ical::freebusy::{Busy, BusyTime, availability_blocks, busy_of, merge};
use crate::ical::occur::occurrences;
use crate::ical::recur::{Budget, TooMany};
use crate::ical::tree::Tree;
use crate::ical::zone::{known_zone, tzid_of};
use crate::ids::PersonId;
use crate::roster::availability::Kind;
use crate::roster::marks::{Place, mark};
use crate::roster::model::{Person, Words};
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::candidates::{self, Candidate, Reached};
use crate::store::collections::{self, Collection, CollectionKind};
use crate::store::objects::{self, Listed};
use crate::store::{Connection, StoreError, people, properties, teams};
use crate::time::{Window, Zone};

/// Objects read at a time.
const PAGE: u32 = 500;
/// Busy times of one answer.
const MAX_TIMES: usize = 20_000;

impl Service {
    /// The busy times of one calendar, by start.
    pub async fn free_busy(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        window: Window,
    ) -> Result<Vec<BusyTime>, ServiceError> {
        let (actor, path, ctx) = (actor.clone(), path.clone(), self.ctx());
        self.store
            .read(move |tx| {
                // Whoever may see when somebody is busy need not be allowed to read why.
                let access = reach(tx, &ctx, &actor, &path)?;
                access.allow(Privilege::ReadFreeBusy)?;
                let person = owner(tx, &access)?;
                let asked = Asked { words: words_of(tx, &ctx, &person.id)?, person, window };
                let mut times = Vec::new();
                asked.add_collection(tx, &access.row, &mut times)?;
                Ok(merge(times))
            })
            .await
    }

    /// The busy times of whoever has this address (with or without `mailto:`), over all their own calendars that count
    /// as busy, their availability and working hours; nothing where nobody has it. Everybody with an outbox may ask.
    pub async fn free_busy_of(
        &self,
        actor: &Actor,
        address: &str,
        window: Window,
    ) -> Result<Option<Vec<BusyTime>>, ServiceError> {
        let (actor, address, ctx) = (actor.clone(), normal_address(address), self.ctx());
        self.store
            .read(move |tx| {
                let asking = subject(&actor)?;
                let outbox = reach(tx, &ctx, &actor, &CollectionPath::new(asking.clone(), "outbox"))?;
                outbox.allow(Privilege::ScheduleSend)?;
                let person = match address.strip_prefix("/dav/principals/users/") {
                    Some(slug) => people::find(tx, &PersonId::from(slug.trim_end_matches('/')))?,
                    None => people::by_email(tx, &address)?,
                };
                let person = person.filter(|p| !p.disabled);
                person.map(|person| of_person(tx, &ctx, person, window)).transpose()
            })
            .await
    }
}

/// Whose zone and address count: the person's own, also in a calendar that a team mounts.
fn owner(tx: &mut dyn Connection, access: &Access) -> Result<Person, ServiceError> {
    people::find(tx, &access.person)?.ok_or_else(|| ServiceError::NotFound(format!("person {}", access.person)))
}

/// By which titles somebody's availability is read: those of all their teams, since each is meant by one of them.
fn words_of(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<Words, StoreError> {
    let mut all = Words { avoid: Vec::new(), prefer: Vec::new(), ignore: Vec::new() };
    let memberships = current_memberships(tx, ctx, person)?;
    for membership in &memberships {
        let Some(team) = teams::find(tx, &membership.team)? else { continue };
        all.avoid.extend(team.settings.words.avoid);
        all.prefer.extend(team.settings.words.prefer);
        all.ignore.extend(team.settings.words.ignore);
    }
    Ok(if memberships.is_empty() { Words::default() } else { all })
}

fn of_person(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: Person,
    window: Window,
) -> Result<Vec<BusyTime>, ServiceError> {
    let asked = Asked { words: words_of(tx, ctx, &person.id)?, person, window };
    let (person, mut times) = (&asked.person, Vec::new());
    for collection in collections::of_person(tx, &person.id)? {
        if !collection.transparent {
            asked.add_collection(tx, &collection, &mut times)?;
        }
    }
    let inbox = CollectionPath::new(person.id.clone(), "inbox");
    let hours = properties::find(tx, &inbox.href(), names::AVAILABILITY)?.unwrap_or_default();
    if let Ok(tree) = Tree::parse(hours.trim_start().as_bytes()) {
        let blocks = availability_blocks(&tree, window, person.zone, &mut Budget::default()).map_err(too_many)?;
        times.extend(blocks.iter().filter_map(|block| block.busy.map(|kind| BusyTime { window: block.window, kind })));
    }
    Ok(merge(times))
}

/// A question about somebody's time.
struct Asked {
    person: Person,
    words: Words,
    window: Window,
}

impl Asked {
    fn add_collection(
        &self,
        tx: &mut dyn Connection,
        collection: &Collection,
        times: &mut Vec<BusyTime>,
    ) -> Result<(), ServiceError> {
        if matches!(collection.kind, CollectionKind::Inbox | CollectionKind::Outbox) {
            return Ok(());
        }
        // In `availability` the marks decide, which only the text has.
        let texts = collection.kind == CollectionKind::Availability;
        let floating = collection.timezone.as_deref().and_then(tzid_of).and_then(|id| known_zone(&id));
        let place = (collection.kind, floating.unwrap_or(self.person.zone));
        let mut after: Option<Reached> = None;
        loop {
            let part = candidates::within(tx, &collection.id, self.window, after.as_ref(), (PAGE, texts))?;
            let objects::Part { rows, more } = part;
            after = rows.last().filter(|_| more).map(Candidate::reached);
            for row in rows {
                let known = row.instances.filter(|_| !texts).and_then(|known| known.busy(self.window));
                times.extend(match (known, row.body) {
                    (Some(busy), _) => busy,
                    (None, Some(body)) => self.busy_in(place, &row.head, &body).map_err(too_many)?,
                    (None, None) => match objects::shown(tx, &collection.id, &row.head.name)? {
                        Some(whole) => self.busy_in(place, &whole.head, &whole.body).map_err(too_many)?,
                        None => Vec::new(),
                    },
                });
            }
            if times.len() > MAX_TIMES {
                return Err(too_many(TooMany));
            }
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// In an ordinary calendar TRANSP and STATUS decide; in `availability` the marks do, because clients write all-day
    /// events as free by default. Days and floating times are meant in the zone of the calendar (RFC 4791 5.2.2).
    fn busy_in(
        &self,
        (kind, floating): (CollectionKind, Zone),
        head: &Listed,
        body: &[u8],
    ) -> Result<Vec<BusyTime>, TooMany> {
        let Ok(tree) = Tree::parse(body) else { return Ok(Vec::new()) };
        let mut budget = Budget::default();
        if kind != CollectionKind::Availability || head.component != "VEVENT" {
            return busy_of(&tree, self.window, floating, &mut budget);
        }
        let said = occurrences(&tree, self.window, floating, &mut budget)?;
        let busy = said.into_iter().filter_map(|occurrence| {
            let (said, _) = mark(occurrence.component, Place::Availability, &self.words, &self.person.email)?;
            let kind = match said {
                Kind::Unavailable => Busy::Unavailable,
                Kind::Avoid => Busy::Tentative,
                Kind::Neutral | Kind::Prefer => return None,
            };
            Some(BusyTime { window: occurrence.window.intersect(self.window)?, kind })
        });
        Ok(busy.collect())
    }
}

fn too_many(_: TooMany) -> ServiceError {
    ServiceError::TooMany("too many busy times in this period; ask for a shorter one".to_owned())
}
