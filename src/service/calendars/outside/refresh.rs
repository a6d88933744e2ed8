//! Outside calendars are asked for again and again, by one of several servers: which are due, and what follows from what
//! came of asking. What was had last stays until something better is had.

use super::super::hooks::availability_changed;
use super::super::reflection::{self, Source};
use super::super::writing::says_something;
use super::address;
use super::content::{Content, Difference};
use crate::ical::attendee::User;
use crate::ical::occur::extent;
use crate::ical::tree::Tree;
use crate::ids::PersonId;
use crate::service::addresses::user_of;
use crate::service::lead::Lead;
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::collections::{self, Collection, Owner};
use crate::store::objects::{self, NewObject};
use crate::store::outside::{self as rows, Attempt, Outside, Problem, Validators};
use crate::store::{Connection, StoreError, people, refill};
use crate::time::{DAY, HOUR, Instant, MINUTE, SECOND, Window, Zone};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What the lease is called.
const NAME: &str = "outside";
/// How often a calendar is asked for that nobody wants more or less often.
const USUAL: i64 = HOUR;
/// The most and the least often.
const SHORTEST: i64 = 15 * MINUTE;
const LONGEST: i64 = DAY;
/// Changed events of which each is shown to the person's teams by itself; of more, all of them are looked at once.
const FEW: usize = 50;
/// Due calendars that are looked at: many of them may be of one server.
const LOOKED_AT: u32 = 1_000;

/// A calendar that is due, with what it takes to ask for it and to read it.
#[derive(Clone)]
pub struct Asked {
    outside: Outside,
    user: User,
}

/// What came of asking.
#[derive(Clone, Debug)]
pub enum Brought {
    /// The text is there.
    Text(Content, Validators),
    /// It is as it was.
    Unchanged,
    /// It was not had; not before so long, where its server says so.
    Missed(Problem, Option<Duration>),
}

impl Asked {
    /// The identifier of the calendar.
    #[must_use]
    pub fn id(&self) -> &str {
        self.outside.collection.as_str()
    }

    /// Where it is. Often knowing that is the right to read it: it is not to be logged.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.outside.url
    }

    /// The server that is asked.
    #[must_use]
    pub fn host(&self) -> String {
        address::host(&self.outside.url).to_ascii_lowercase()
    }

    /// What to ask with whether it has changed.
    #[must_use]
    pub fn known(&self) -> &Validators {
        &self.outside.known
    }
}

impl Service {
    /// Takes the lead in asking for outside calendars, or keeps it; nothing where another process has it.
    pub async fn lead_outside(&self, had: Option<Lead>) -> Result<Option<Lead>, ServiceError> {
        self.lead(NAME, had).await
    }

    /// Gives that lead up.
    pub async fn retire_outside(&self) -> Result<(), ServiceError> {
        self.retire_lead(NAME).await
    }

    /// At most so many outside calendars that are due, the longest due first, none of these servers and no two of one.
    pub async fn outside_due(&self, busy: BTreeSet<String>, most: usize) -> Result<Vec<Asked>, ServiceError> {
        let ctx = self.ctx();
        let read = move |tx: &mut dyn Connection| {
            let (mut asked, mut busy) = (Vec::new(), busy.clone());
            for outside in rows::due(tx, ctx.now, LOOKED_AT)? {
                if asked.len() >= most || !busy.insert(address::host(&outside.url).to_ascii_lowercase()) {
                    continue;
                }
                let Some((_, person)) = whose(tx, &outside)? else { continue };
                let Some(person) = people::find(tx, &person)? else { continue };
                asked.push(Asked { user: user_of(&ctx, &person), outside });
            }
            Ok::<_, ServiceError>(asked)
        };
        self.store.read(read).await
    }

    /// Reads what was had of a calendar; takes a while, and no store.
    pub fn outside_content(&self, asked: &Asked, text: &[u8]) -> Result<Content, Problem> {
        let ctx = self.ctx();
        Content::read(text, &asked.user, (&ctx.host.host, ctx.now))
    }

    /// Writes what came of asking, and keeps the lead by it; nothing where another process has taken it over, which asks
    /// again then. What is gone or has another address by now is left as it is.
    pub async fn settle_outside(
        &self,
        lead: Lead,
        asked: Asked,
        brought: Brought,
    ) -> Result<Option<Lead>, ServiceError> {
        let ctx = self.ctx();
        let write = move |tx: &mut dyn Connection| {
            let Some(lead) = lead.renewed(tx, ctx.now)? else { return Ok(None) };
            settle(tx, &ctx, &asked.outside, &brought)?;
            Ok::<_, ServiceError>(Some(lead))
        };
        self.store.write(write).await
    }
}

fn whose(tx: &mut dyn Connection, outside: &Outside) -> Result<Option<(Collection, PersonId)>, StoreError> {
    Ok(collections::find(tx, &outside.collection)?.and_then(|row| match &row.owner {
        Owner::Person(person) => Some((row.clone(), person.clone())),
        Owner::Team(_) => None,
    }))
}

fn settle(tx: &mut dyn Connection, ctx: &Ctx, asked: &Outside, brought: &Brought) -> Result<(), ServiceError> {
    let attempt = match brought {
        Brought::Text(content, known) => Attempt::Had { known: known.clone(), skipped: content.skipped },
        Brought::Unchanged => Attempt::Unchanged,
        Brought::Missed(problem, _) => Attempt::Missed(*problem),
    };
    let after = match brought {
        Brought::Missed(_, after) => pause(asked, *after),
        _ => interval(asked.every),
    };
    let next = ctx.now.plus_millis(after + spread(after, asked, ctx.now));
    if !rows::settle(tx, asked, &attempt, (ctx.now, next))? {
        return Ok(());
    }
    if let (Brought::Text(content, _), Some((row, _))) = (brought, whose(tx, asked)?) {
        bring(tx, ctx, &row, content.objects.clone())?;
    }
    Ok(())
}

/// How long a calendar is good that was had, in milliseconds.
pub(super) fn interval(every: Option<i64>) -> i64 {
    every.unwrap_or(USUAL).clamp(SHORTEST, LONGEST)
}

/// How long to wait after a failure: twice as long after each, or what the server asks for.
fn pause(asked: &Outside, after: Option<Duration>) -> i64 {
    let pause = SHORTEST.saturating_mul(1_i64.checked_shl(asked.failures.min(16)).unwrap_or(1));
    let wanted = after.and_then(|after| i64::try_from(after.as_secs()).ok()).unwrap_or(0).saturating_mul(SECOND);
    pause.max(wanted).min(LONGEST)
}

/// Up to a tenth more, not the same for all: nobody's server is to see all of us at once.
fn spread(pause: i64, asked: &Outside, now: Instant) -> i64 {
    let seed = now.millis().to_string();
    let bytes = asked.collection.as_str().bytes().chain(seed.bytes());
    let hash = bytes.fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    pause / 1_000 * i64::from(hash % 100)
}

/// Makes a calendar hold these objects and no others, with what follows for the person's teams and published shifts
/// from those that changed.
pub(super) fn bring(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    row: &Collection,
    wanted: Vec<NewObject>,
) -> Result<(), ServiceError> {
    let Owner::Person(person) = &row.owner else { return Ok(()) };
    let known = refill::etags(tx, &row.id)?.into_iter().collect();
    let difference = Difference::between(known, wanted);
    let spoken = spoken(tx, row, &difference)?;
    refill::remove(tx, &row.id, &difference.removed, ctx.now)?;
    for object in difference.changed {
        objects::put(tx, &row.id, object, ctx.now)?;
    }
    refill::add(tx, &row.id, difference.added, ctx.now)?;
    let Some(touched) = spoken.values().map(|(_, span)| *span).reduce(join) else { return Ok(()) };
    if spoken.len() > FEW {
        reflection::refresh_person(tx, ctx, person)?;
    } else {
        for (name, (body, _)) in &spoken {
            let source = Source { collection: row, name, body: body.as_deref() };
            reflection::reflect(tx, ctx, person, &source)?;
        }
    }
    availability_changed(tx, ctx, &Actor::system(), std::slice::from_ref(person), touched)
}

fn join(a: Window, b: Window) -> Window {
    Window::new(a.start.min(b.start), a.end.max(b.end))
}

/// Text that will stand, if any, and when both old and new take place, by name.
type Spoken = BTreeMap<String, (Option<Vec<u8>>, Window)>;

/// Of what changes, that which may keep the person from standing a shift, or did.
fn spoken(tx: &mut dyn Connection, row: &Collection, difference: &Difference) -> Result<Spoken, ServiceError> {
    let mut spoken = Spoken::new();
    let Some(place) = reflection::place_of(tx, row)? else { return Ok(spoken) };
    let replaced: Vec<String> =
        difference.changed.iter().map(|object| object.name.clone()).chain(difference.removed.iter().cloned()).collect();
    for (head, body) in objects::shown_of(tx, &row.id, &replaced)? {
        let body = match body {
            Some(body) => body,
            None => objects::shown(tx, &row.id, &head.name)?.map(|shown| shown.body).unwrap_or_default(),
        };
        if says_something(&body, place)
            && let Ok(tree) = Tree::parse(&body)
        {
            spoken.insert(head.name, (None, extent(&tree, Zone::UTC)));
        }
    }
    for object in difference.added.iter().chain(&difference.changed) {
        let before = spoken.get(&object.name).map(|(_, span)| *span);
        if before.is_some() || says_something(&object.body, place) {
            let span = before.map_or(object.extent, |before| join(before, object.extent));
            spoken.insert(object.name.clone(), (Some(object.body.clone()), span));
        }
    }
    Ok(spoken)
}
