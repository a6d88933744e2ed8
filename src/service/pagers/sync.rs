//! Comparing a schedule at a pager with the roster: when that is due, what ought to stand there, and what was done.
//!
//! Before an override is made it is written down here: should the answer be lost, it is known by who and when, and is
//! neither made twice nor left behind.

use super::{Kind, purpose};
use crate::ids::{PagerId, PersonId, TeamId};
use crate::outbound::Override;
use crate::roster::overrides::{Standing, Steps, Wanted, steps};
use crate::service::{Ctx, Service, ServiceError, seal};
use crate::store::outbox::{self, Message};
use crate::store::pagers::{self as rows, Made, Pager};
use crate::store::{Connection, StoreError, people, shifts};
use crate::time::{HOUR, Instant, Window};
use std::collections::BTreeMap;

/// What a message of the outbox is called that has a schedule compared.
const COMPARE: &str = "pager.compare";

/// A schedule to be compared, with what ought to stand there. It has no `Debug`, since it holds a key.
pub struct Job {
    /// Which.
    pub id: PagerId,
    /// Which pager.
    pub kind: Kind,
    /// Where it is, where that is not the usual address.
    pub url: Option<String>,
    /// The key of the account.
    pub key: String,
    /// What the schedule is called there.
    pub schedule: String,
    /// From now to as far as it is kept, and as far as something that was made reaches.
    pub within: Window,
    /// Whose shifts these are, with their mail addresses.
    pub people: BTreeMap<PersonId, String>,
    shifts: Vec<(String, PersonId, Window)>,
    made: Vec<Made>,
    now: Instant,
}

/// One thing to be done at a pager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make an override.
    Create(Wanted),
    /// Have the one that is called so say something else.
    Change(String, Wanted),
    /// Take the one away that is called so.
    Remove(String),
}

/// Has the schedules that follow a team's roster compared with it.
pub(in crate::service) fn wake(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<(), StoreError> {
    rows::of_team(tx, team)?.iter().try_for_each(|pager| compare(tx, ctx, &pager.id))
}

/// Has those compared that were not within the last hour: the pager's people may have changed something, and time passes.
pub(in crate::service) fn wake_stale(tx: &mut dyn Connection, ctx: &Ctx) -> Result<(), StoreError> {
    let before = ctx.now.plus_millis(-HOUR);
    rows::stale(tx, before)?.iter().try_for_each(|pager| compare(tx, ctx, &pager.id))
}

/// One message for each schedule, however often it is to be compared meanwhile.
pub(super) fn compare(tx: &mut dyn Connection, ctx: &Ctx, id: &PagerId) -> Result<(), StoreError> {
    let message = Message {
        id: ctx.fresh(),
        at: ctx.now,
        kind: COMPARE.to_owned(),
        recipient: id.to_string(),
        payload: "{}".to_owned(),
        dedupe: format!("{COMPARE}/{id}"),
    };
    outbox::say_again(tx, &message, "{}")
}

impl Job {
    /// What is to be done, in this order: `users` is what the pager calls people, `there` what stands.
    #[must_use]
    pub fn steps(&self, users: &BTreeMap<PersonId, String>, there: &[Override]) -> Vec<Step> {
        let wanted = |(key, person, window): &(String, PersonId, Window)| {
            let window = Window::new(window.start.max(self.now), window.end);
            users.get(person).map(|user| Wanted { key: key.clone(), user: user.clone(), window })
        };
        let wanted: Vec<Wanted> = self.shifts.iter().filter_map(wanted).collect();
        let standing: Vec<Standing> = there.iter().map(|one| self.standing(one)).collect();
        let Steps { create, change, remove } = steps(&wanted, &standing, self.now);
        let all = create.into_iter().map(Step::Create);
        let all = all.chain(change.into_iter().map(|(id, wanted)| Step::Change(id, wanted)));
        all.chain(remove.into_iter().map(Step::Remove)).collect()
    }

    /// Of the people on the roster those whom the pager doesn't know.
    #[must_use]
    pub fn unmatched(&self, users: &BTreeMap<PersonId, String>) -> Vec<PersonId> {
        self.people.keys().filter(|person| !users.contains_key(person)).cloned().collect()
    }

    /// Ours is what carries a word of ours, what the pager said we made, and what is just what we were about to make.
    fn standing(&self, one: &Override) -> Standing {
        let word = one.key.as_ref().is_some_and(|key| key.starts_with(PREFIX));
        let made = self.made.iter().any(|made| match &made.far {
            Some(far) => *far == one.id,
            None => made.user == one.user && made.window.end == one.window.end && made.window.start <= one.window.start,
        });
        Standing {
            id: one.id.clone(),
            key: one.key.clone(),
            user: one.user.clone(),
            window: one.window,
            ours: word || made,
        }
    }
}

/// What the words begin with under which overrides are made.
const PREFIX: &str = "dogwatch-";

impl Service {
    /// What there is to compare; nothing where the schedule follows no more.
    pub async fn pager_job(&self, id: &str) -> Result<Option<Job>, ServiceError> {
        let (ctx, id) = (self.ctx(), PagerId::new(id));
        let write = move |tx: &mut dyn Connection| {
            let Some(row) = rows::find(tx, &id)? else { return Ok(None) };
            job(tx, &ctx, row).map(Some)
        };
        self.store.write(write).await
    }

    /// Writes down an override that is about to be made, or what the pager calls it since.
    pub async fn pager_makes(&self, id: &PagerId, wanted: &Wanted, far: Option<String>) -> Result<(), ServiceError> {
        let (id, made) = (id.clone(), Made { user: wanted.user.clone(), window: wanted.window, far });
        self.store.write(move |tx| Ok::<_, ServiceError>(rows::note_made(tx, &id, &made)?)).await
    }

    /// Forgets an override that was taken away.
    pub async fn pager_removed(&self, id: &PagerId, far: &str) -> Result<(), ServiceError> {
        let (id, far) = (id.clone(), far.to_owned());
        self.store.write(move |tx| Ok::<_, ServiceError>(rows::forget(tx, &id, &far)?)).await
    }

    /// Notes what came of a comparison: whom the pager doesn't know, or why it could not be.
    pub async fn pager_compared(
        &self,
        id: &PagerId,
        outcome: Result<Vec<PersonId>, String>,
    ) -> Result<(), ServiceError> {
        let (id, now) = (id.clone(), self.ctx().now);
        let write = move |tx: &mut dyn Connection| match &outcome {
            Ok(unmatched) => Ok::<_, ServiceError>(rows::note_synced(tx, &id, now, unmatched)?),
            Err(why) => Ok(rows::note_failed(tx, &id, now, why)?),
        };
        self.store.write(write).await
    }
}

fn job(tx: &mut dyn Connection, ctx: &Ctx, row: Pager) -> Result<Job, ServiceError> {
    let broken = || StoreError::Shape("the key can't be opened: has the link key changed? give it anew".to_owned());
    let key = seal::open(&ctx.host.link_key, &purpose(&row.id), &row.key).ok_or_else(broken)?;
    let key = String::from_utf8(key).map_err(|_| broken())?;
    let kept = Window::new(ctx.now, ctx.now.plus_days(i64::from(row.days)));
    let mut people = BTreeMap::new();
    let mut held = Vec::new();
    let kept_at_all = row.days > 0;
    let of_role = shifts::of_team(tx, &row.team, kept)?.into_iter();
    let of_role = of_role.filter(|shift| kept_at_all && shift.role == row.role);
    for shift in of_role {
        let Some(person) = shift.person.clone() else { continue };
        let Some(found) = people::find(tx, &person)?.filter(|found| !found.disabled) else { continue };
        people.insert(person.clone(), found.email);
        held.push((format!("{PREFIX}{}-{}", shift.slot, shift.segment), person, shift.window));
    }
    let made = rows::made(tx, &row.id, ctx.now)?;
    // Pagers tell times in seconds: what begins now must be found again as it was written down.
    let seconds = Instant::from_millis(ctx.now.millis() / 1000 * 1000);
    let last = made.iter().map(|made| made.window.end).chain(held.iter().map(|(_, _, window)| window.end)).max();
    let within = Window::new(ctx.now, kept.end.max(last.unwrap_or(kept.end)).max(ctx.now.plus_days(1)));
    let Pager { id, kind, url, schedule, .. } = row;
    Ok(Job { id, kind, url, key, schedule, within, people, shifts: held, made, now: seconds })
}
