//! When somebody is busy: for the free-busy-query REPORT on one calendar (RFC 4791 7.10), and for a whole person, as the
//! scheduling outbox asks (RFC 6638 5). What a team mounts never makes a member busy.

use super::authorize::{Access, current_memberships, has_ended, reach, subject};
use super::names;
use super::privileges::Privilege;
use super::targets::CollectionPath;
use crate::ical::attendee::User;
use crate::ical::freebusy::{Busy, BusyTime, availability_blocks, busy_for, merge};
use crate::ical::occur::occurrences;
use crate::ical::recur::{Budget, TooMany};
use crate::ical::tree::Tree;
use crate::ical::zone::{known_zone, tzid_of};
use crate::ids::{PersonId, TeamId};
use crate::roster::availability::Kind;
use crate::roster::marks::{Place, mark};
use crate::roster::model::{Person, Words};
use crate::service::addresses::{self, Addressee, user_of};
use crate::service::{Actor, Ctx, Service, ServiceError, rights};
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
                let user = user_of(&ctx, &person);
                let asked = Asked { words: words_of(tx, &ctx, &person.id)?, user, person, window };
                let mut times = Vec::new();
                asked.add_collection(tx, &access.row, &mut times)?;
                Ok(merge(times))
            })
            .await
    }

    /// The busy times of whoever has this address (with or without `mailto:`), over all their own calendars that count
    /// as busy, their availability and working hours; nothing where nobody has it. For a team first when anybody in it
    /// is busy, then each member. Everybody with an outbox may ask.
    pub async fn free_busy_of(
        &self,
        actor: &Actor,
        address: &str,
        window: Window,
    ) -> Result<Vec<BusyCalendarUser>, ServiceError> {
        let (actor, address, ctx) = (actor.clone(), address.to_owned(), self.ctx());
        self.store
            .read(move |tx| {
                let asking = subject(&actor)?;
                let outbox = reach(tx, &ctx, &actor, &CollectionPath::new(asking.clone(), "outbox"))?;
                outbox.allow(Privilege::ScheduleSend)?;
                match addresses::find(tx, &ctx, &address)? {
                    Addressee::Person(person) => {
                        let times = of_person(tx, &ctx, person, window)?;
                        Ok(vec![BusyCalendarUser { address: address.clone(), times }])
                    }
                    Addressee::Team(team) => {
                        let members = of_team(tx, &ctx, &team, window)?;
                        let all = members.iter().flat_map(|(_, times)| times.iter().copied()).collect();
                        let each = members.into_iter().map(|(person, times)| BusyCalendarUser {
                            address: format!("mailto:{}", person.email),
                            times,
                        });
                        let whole = BusyCalendarUser { address: address.clone(), times: merge(all) };
                        Ok([whole].into_iter().chain(each).collect())
                    }
                    Addressee::Elsewhere | Addressee::Nobody => Ok(Vec::new()),
                }
            })
            .await
    }

    /// When each member of a team is busy, by name: for its people, its managers and administrators.
    pub async fn team_free_busy(
        &self,
        actor: &Actor,
        team: &TeamId,
        window: Window,
    ) -> Result<Vec<(Person, Vec<BusyTime>)>, ServiceError> {
        let (actor, team, ctx) = (actor.clone(), team.clone(), self.ctx());
        self.store
            .read(move |tx| {
                let manages = rights::manage(tx, &actor, &team, ctx.now);
                let belongs = match actor.person_id() {
                    Some(person) => rights::belongs(tx, person, &team, ctx.now, |_| true)?,
                    None => false,
                };
                if !belongs {
                    manages?;
                }
                of_team(tx, &ctx, &team, window)
            })
            .await
    }
}

/// Somebody, or a team, and when they are busy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusyCalendarUser {
    /// Under which address they were asked for.
    pub address: String,
    /// When, by start.
    pub times: Vec<BusyTime>,
}

fn of_team(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &TeamId,
    window: Window,
) -> Result<Vec<(Person, Vec<BusyTime>)>, ServiceError> {
    let mut members = Vec::new();
    for membership in teams::memberships_of_team(tx, team)? {
        if !membership.member || has_ended(tx, ctx, &membership)? {
            continue;
        }
        if let Some(person) = people::find(tx, &membership.person)?.filter(|person| !person.disabled) {
            let times = of_person(tx, ctx, person.clone(), window)?;
            members.push((person, times));
        }
    }
    members.sort_by(|(a, _), (b, _)| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(members)
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
    let asked = Asked { words: words_of(tx, ctx, &person.id)?, user: user_of(ctx, &person), person, window };
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
    user: User,
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
                // A meeting depends on the answer, which only the text has.
                let meeting = collection.kind == CollectionKind::Calendar && row.head.schedule_tag.is_some();
                let texts = texts || meeting;
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
                // Much of it may be the same time.
                *times = merge(std::mem::take(times));
                if times.len() > MAX_TIMES {
                    return Err(too_many(TooMany));
                }
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
            return busy_for(&tree, self.window, floating, (&self.user, &mut budget));
        }
        let said = occurrences(&tree, self.window, floating, &mut budget)?;
        let busy = said.into_iter().filter_map(|occurrence| {
            let (said, _) = mark(occurrence.component, Place::Availability, &self.words, &self.user)?;
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
