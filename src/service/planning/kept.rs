//! Plans that were read a moment ago, so that weighing one move after another doesn't read a team's whole planning anew
//! each time. One counts only while everything it was read from is as it was; whatever writes reads for itself.

use super::draft::{Sheet, open, plan_of, view};
use super::{Plan, RosterView};
use crate::ids::{RosterId, TeamId};
use crate::service::calendars::working_hours_of;
use crate::service::{Actor, Ctx, ServiceError, rights};
use crate::store::{Connection, StoreError, audit, collections, rosters, teams};
use crate::time::{Instant, MINUTE};
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Plans that are kept at a time; those of a large team take a few megabytes.
const MOST: usize = 8;
/// For how long one is kept at most, in milliseconds: what time alone brings, such as a qualification that was earned,
/// is seen that late.
const LONGEST: i64 = MINUTE;

/// A roster as it was read, with its planning.
pub(super) struct Opened {
    pub sheet: Sheet,
    pub shown: RosterView,
    pub plan: Plan,
    stamp: Stamp,
    read: Instant,
    until: Instant,
}

/// What it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    roster: RosterId,
    /// The roster's own.
    counter: i64,
    /// Where the audit trail ends: people, teams, shifts and swaps change with a row of it.
    trail: i64,
    /// Over what the trail doesn't tell of: the calendars of everybody concerned, and their working hours.
    calendars: [u8; 32],
}

impl Stamp {
    fn of(tx: &mut dyn Connection, id: &RosterId, team: &TeamId, counter: i64) -> Result<Self, StoreError> {
        let mut hasher = Sha256::new();
        for (calendar, change, transparent) in collections::stand_of_team(tx, team)? {
            hasher.update(format!("{calendar} {change} {transparent}\n"));
        }
        for membership in teams::memberships_of_team(tx, team)? {
            hasher.update(format!("{}\n", membership.person));
            hasher.update(working_hours_of(tx, &membership.person)?.unwrap_or_default());
        }
        let trail = audit::last(tx)?;
        Ok(Self { roster: id.clone(), counter, trail, calendars: hasher.finalize().into() })
    }
}

/// The plans that this process keeps.
#[derive(Clone, Default)]
pub(in crate::service) struct Kept(Arc<Mutex<VecDeque<Arc<Opened>>>>);

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({})", self.opened().len())
    }
}

impl Kept {
    fn opened(&self) -> MutexGuard<'_, VecDeque<Arc<Opened>>> {
        // Each change is whole before anything could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A roster that the actor manages, with its planning, as it stands in the transaction.
    pub(super) fn managed(
        &self,
        (tx, ctx): (&mut dyn Connection, &Ctx),
        actor: &Actor,
        id: &RosterId,
    ) -> Result<Arc<Opened>, ServiceError> {
        let roster = rosters::find(tx, id)?.ok_or_else(|| ServiceError::NotFound(format!("roster {id}")))?;
        rights::manage(tx, actor, &roster.team, ctx.now)?;
        // Taken first: what is read after it is as new, or newer, and then never found again.
        let stamp = Stamp::of(tx, id, &roster.team, roster.counter)?;
        let is_good = |kept: &&Arc<Opened>| kept.stamp == stamp && kept.read <= ctx.now && ctx.now < kept.until;
        if let Some(kept) = self.opened().iter().find(is_good) {
            return Ok(Arc::clone(kept));
        }
        let sheet = open(tx, id)?;
        let (shown, plan) = (view(tx, &sheet)?, plan_of(tx, ctx, &sheet)?);
        let until = until(&plan, ctx.now);
        let fresh = Arc::new(Opened { sheet, shown, plan, stamp, read: ctx.now, until });
        let mut kept = self.opened();
        kept.retain(|other| other.stamp.roster != *id && ctx.now < other.until);
        if kept.len() >= MOST {
            kept.pop_front();
        }
        kept.push_back(Arc::clone(&fresh));
        Ok(fresh)
    }
}

/// Until the next shift begins or ends: then others are fixed, and count as stood.
fn until(plan: &Plan, now: Instant) -> Instant {
    let slots = plan.planning.slots.iter().map(|slot| slot.window);
    let duties = plan.planning.members.iter().flat_map(|member| member.duties.iter().map(|duty| duty.window));
    let ends = slots.chain(duties).flat_map(|window| [window.start, window.end]);
    ends.filter(|at| *at > now).min().unwrap_or(Instant::FAR_FUTURE).min(now.plus_millis(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::model::Channel;
    use crate::service::calendars::{CollectionPath, PutRequest};
    use crate::service::people::NewPerson;
    use crate::service::planning::{Step, Weighed};
    use crate::service::testing::{ada, operator, published, rota, slot_of};
    use crate::service::{Scope, Service, Who};
    use crate::store::rosters::{Roster, RosterSlot, RosterState};
    use crate::store::slots;
    use crate::time::Window;

    /// A draft of Payments with one slot that Ada holds, and what it would do to give it to Ben.
    async fn scene() -> (crate::store::testing::Place, Service, Window) {
        let (place, service) = rota().await;
        let now = service.ctx().now;
        let window = Window::new(now.plus_hours(72), now.plus_hours(80));
        let slot = slot_of("one", "primary", window);
        let published = published(now, window.start.utc().date_naive(), window.end.utc().date_naive());
        let draft = Roster { id: "d1".into(), state: RosterState::Draft, version: 0, published: None, ..published };
        let write = move |tx: &mut dyn Connection| {
            slots::put(tx, &slot)?;
            rosters::insert(tx, &draft)?;
            let person = Some("ada".into());
            let row = RosterSlot { slot: "one".into(), person, base: None, pinned: false, reason: None };
            Ok::<_, ServiceError>(rosters::put_slot(tx, &"d1".into(), &row)?)
        };
        service.store.write(write).await.unwrap();
        (place, service, window)
    }

    async fn weighed(service: &Service) -> Weighed {
        let give = Step::Give { slot: "one".into(), person: Some("ben".into()), whole_turn: false, pin: false };
        service.weigh_steps(&operator(), &"d1".into(), &[give]).await.unwrap()
    }

    fn kept(service: &Service) -> Option<Arc<Opened>> {
        service.kept.opened().front().cloned()
    }

    #[tokio::test]
    async fn what_is_as_it_was_is_not_read_twice() {
        let (_place, service, _) = scene().await;
        let first = weighed(&service).await;
        let before = kept(&service).unwrap();
        assert_eq!(weighed(&service).await, first);
        assert!(Arc::ptr_eq(&before, &kept(&service).unwrap()));
    }

    #[tokio::test]
    async fn an_absence_a_change_of_the_draft_and_of_the_team_are_seen_at_once() {
        let (_place, service, window) = scene().await;
        assert_eq!(weighed(&service).await.told.findings, []);
        let ben = Actor::person("ben".into(), Channel::Calendar);
        let stamp = |at: Instant| at.utc().format("%Y%m%dT%H%M%SZ").to_string();
        let away = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:away\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART:{}\r\nDTEND:{}\r\nSUMMARY:away\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            stamp(window.start),
            stamp(window.end)
        );
        let path = CollectionPath::new("ben".into(), "availability").object("away.ics");
        let request = PutRequest { body: away.into(), schedule_reply: true, ..PutRequest::default() };
        service.put_object(&ben, &path, request).await.unwrap();
        assert_eq!(weighed(&service).await.told.findings.len(), 1, "Ben is away");
        let emptied = Step::Give { slot: "one".into(), person: None, whole_turn: false, pin: false };
        service.take_steps(&operator(), &"d1".into(), (&[emptied], Some("x".to_owned())), None).await.unwrap();
        let seen = weighed(&service).await;
        assert_eq!(seen.roster.slots[0].person, None);
        let before = kept(&service).unwrap();
        let ben = NewPerson { id: "ben".to_owned(), email: "ben@example.org".to_owned(), ..ada() };
        service.change_person(&operator(), &NewPerson { name: "Benjamin".to_owned(), ..ben }).await.unwrap();
        assert_eq!(weighed(&service).await.names.get(&"ben".into()).map(String::as_str), Some("Benjamin"));
        assert!(!Arc::ptr_eq(&before, &kept(&service).unwrap()));
    }

    #[tokio::test]
    async fn what_is_kept_is_nobodys_who_does_not_manage_the_team() {
        let (_place, service, _) = scene().await;
        weighed(&service).await;
        let ada = Actor::person("ada".into(), Channel::Button);
        let give = Step::Give { slot: "one".into(), person: None, whole_turn: false, pin: false };
        let refused = service.weigh_steps(&ada, &"d1".into(), std::slice::from_ref(&give)).await;
        assert!(matches!(refused, Err(ServiceError::Forbidden(_) | ServiceError::NotFound(_))), "{refused:?}");
        let who = Who::Token { id: "t".into(), label: "t".to_owned(), scope: Scope::Read, person: None };
        let token = Actor { who, channel: Channel::Api, reads_only: false, on_call_phone: false };
        assert!(service.weigh_steps(&token, &"d1".into(), &[give]).await.is_err());
    }
}
