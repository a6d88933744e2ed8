//! What people are reminded of, in the calendar that their on-call phones list: there a little before it is due, gone when
//! its reason is. A view of what waits; what has gone out by mail plays no part.

use super::wanted::{Placed, object_name};
use super::{find, write};
use crate::ids::{CollectionId, PersonId, TeamId};
use crate::roster::model::Person;
use crate::roster::reminder::{PREFIX, reminder_event, reminder_uid, rings};
use crate::service::reminders::{Pending, pending};
use crate::service::{Ctx, ServiceError};
use crate::store::collections::{self, CollectionKind, Owner};
use crate::store::objects::{self, Object};
use crate::store::{Connection, people, reminders, teams};
use std::collections::{BTreeMap, BTreeSet};

/// What waits for the people of the teams that were looked at so far.
#[derive(Default)]
struct Waiting {
    of_team: BTreeMap<TeamId, Vec<Pending>>,
}

impl Waiting {
    /// What waits for one person, of all their teams.
    fn of(&mut self, tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<Vec<&Pending>, ServiceError> {
        let of: BTreeSet<TeamId> =
            teams::memberships_of_person(tx, person)?.into_iter().map(|membership| membership.team).collect();
        for team in &of {
            if !self.of_team.contains_key(team) {
                self.of_team.insert(team.clone(), pending(tx, ctx, team)?);
            }
        }
        let all = of.iter().filter_map(|team| self.of_team.get(team)).flatten();
        Ok(all.filter(|one| one.person == *person).collect())
    }
}

/// Brings the reminders of these people up to date, as far as they have an on-call phone.
pub(in crate::service) fn refresh_reminders<'p>(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    people: impl IntoIterator<Item = &'p PersonId>,
) -> Result<(), ServiceError> {
    let mut waiting = Waiting::default();
    for person in people {
        let Some(phone) = find(tx, &Owner::Person(person.clone()), CollectionKind::Alarms)? else { continue };
        let (stored, wanted) = compared(tx, ctx, &mut waiting, (person, &phone))?;
        write::bring(tx, ctx, &phone, (&stored, &wanted), &BTreeSet::new())?;
    }
    Ok(())
}

/// Whose reminders on phones are not what they should be, because time has passed.
pub(in crate::service) fn stale_reminders(tx: &mut dyn Connection, ctx: &Ctx) -> Result<Vec<PersonId>, ServiceError> {
    let mut waiting = Waiting::default();
    let mut stale = Vec::new();
    for phone in collections::of_kind(tx, CollectionKind::Alarms)? {
        let Owner::Person(person) = phone.owner else { continue };
        let (stored, wanted) = compared(tx, ctx, &mut waiting, (&person, &phone.id))?;
        let known = write::digests(&stored);
        let told = |name: &String, placed| write::is_told(ctx, placed, known.get(name.as_str()).copied());
        let gone = stored.iter().any(|old| !wanted.contains_key(&old.name));
        if gone || !wanted.iter().all(|(name, placed)| told(name, placed)) {
            stale.push(person);
        }
    }
    Ok(stale)
}

/// The reminders that stand in a phone's calendar, and those that should.
fn compared(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    waiting: &mut Waiting,
    (person, phone): (&PersonId, &CollectionId),
) -> Result<(Vec<Object>, BTreeMap<String, Placed>), ServiceError> {
    let stored = objects::heads_beginning(tx, phone, PREFIX)?;
    let wanted = match people::find(tx, person)?.filter(|person| !person.disabled) {
        Some(person) => wanted(tx, ctx, waiting, &person, &stored)?,
        None => BTreeMap::new(),
    };
    Ok((stored, wanted))
}

fn wanted(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    waiting: &mut Waiting,
    person: &Person,
    stored: &[Object],
) -> Result<BTreeMap<String, Placed>, ServiceError> {
    let Some(quiet) = ctx.host.reminding else { return Ok(BTreeMap::new()) };
    let choice = reminders::choice(tx, &person.id)?;
    let quiet = (choice.quiet.unwrap_or(quiet), person.zone);
    let mut wanted = BTreeMap::new();
    for one in waiting.of(tx, ctx, &person.id)? {
        let Some(reminder) = one.shown.as_ref().filter(|_| !choice.without.contains(&one.matter)) else { continue };
        let name = object_name(&reminder_uid(reminder, person, &ctx.host.host));
        let standing = stored.iter().find(|old| old.name == name).map(|old| old.extent.start);
        let at = rings(one.since, ctx.now, standing, quiet);
        let event = reminder_event(reminder, person, at, &ctx.host.host);
        wanted.entry(name).or_insert_with(|| Placed::quiet(event, 0));
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::model::{Channel, Membership};
    use crate::roster::quiet::{Choice, Matter};
    use crate::roster::reminder::is_reminder;
    use crate::service::swaps::Reply;
    use crate::service::testing::{managing, operator, phone_of, rota, stands};
    use crate::service::tokens::NewAppPassword;
    use crate::service::{Actor, Service};
    use crate::time::{MINUTE, Window, Zone, resolve};

    const LONDON: Zone = Zone::Europe__London;

    fn on(service: &Service, day: &str, time: &str) -> Service {
        service.as_of(resolve(format!("{day}T{time}:00").parse().unwrap(), LONDON))
    }

    async fn has_a_phone(service: &Service, person: &str) {
        let phone = NewAppPassword { phone_device: true, ..phone_of(&person.into()) };
        service.add_app_password(&operator(), phone).await.unwrap();
    }

    /// What a person's phone reminds them of: the matter, when on London's clock, and the entity tag.
    async fn shown(service: &Service, person: &str) -> Vec<(String, String, String)> {
        let person = PersonId::from(person);
        let read = move |tx: &mut dyn Connection| {
            let phone = find(tx, &Owner::Person(person.clone()), CollectionKind::Alarms)?.expect("a phone");
            let mut found = objects::heads_page(tx, &phone, None, 100)?;
            found.retain(|object| is_reminder(&object.name));
            let at = |object: &Object| object.extent.start.civil(LONDON).format("%m-%d %H:%M").to_string();
            let told = |object: Object| {
                let name = object.name.strip_prefix("reminder-").unwrap_or_default();
                (name.split('-').next().unwrap_or_default().to_owned(), at(&object), object.etag)
            };
            Ok::<_, ServiceError>(found.into_iter().map(told).collect())
        };
        service.store.read(read).await.unwrap()
    }

    fn times(shown: &[(String, String, String)]) -> Vec<(&str, &str)> {
        shown.iter().map(|(matter, at, _)| (matter.as_str(), at.as_str())).collect()
    }

    #[tokio::test]
    async fn a_month_stands_there_before_it_is_due_unchanged_until_it_is_confirmed() {
        let (_place, service) = rota().await;
        has_a_phone(&service, "ada").await;
        on(&service, "2028-02-19", "12:00").advance().await.unwrap();
        assert_eq!(shown(&service, "ada").await, [], "not in sight");
        on(&service, "2028-02-21", "12:00").advance().await.unwrap();
        let first = shown(&service, "ada").await;
        assert_eq!(times(&first), [("month.2028", "02-23 07:00")], "midnight is no time to ring");
        for (day, time) in [("2028-02-22", "03:00"), ("2028-02-23", "06:59"), ("2028-02-23", "20:00")] {
            on(&service, day, time).advance().await.unwrap();
            assert_eq!(shown(&service, "ada").await, first, "{day}");
        }
        for day in ["2028-02-25", "2028-02-28"] {
            on(&service, day, "12:00").advance().await.unwrap();
        }
        assert_eq!(
            times(&shown(&service, "ada").await),
            [("month.2028", "02-29 07:00"), ("month.2028", "02-27 07:00")]
        );
        let month = "2028-03-01".parse().unwrap();
        let then = on(&service, "2028-02-28", "13:00");
        then.confirm_month(&operator(), &"ada".into(), month, true).await.unwrap();
        assert_eq!(shown(&service, "ada").await, [], "at once");
        then.confirm_month(&operator(), &"ada".into(), month, false).await.unwrap();
        assert_eq!(shown(&service, "ada").await.len(), 2);
        on(&service, "2028-03-01", "00:00").advance().await.unwrap();
        assert_eq!(shown(&service, "ada").await, [], "it has begun");
    }

    #[tokio::test]
    async fn whoever_chose_other_hours_or_not_to_be_told_finds_it_so_on_the_phone() {
        let (_place, service) = rota().await;
        has_a_phone(&service, "ada").await;
        let then = on(&service, "2028-02-22", "12:00");
        then.advance().await.unwrap();
        let choose = |choice: Choice| async {
            then.choose_reminders(&operator(), &"ada".into(), choice).await.unwrap();
            shown(&service, "ada").await.into_iter().map(|(_, at, _)| at).collect::<Vec<_>>()
        };
        let late = Choice { quiet: Some("20:00-09:30".parse().unwrap()), ..Choice::default() };
        assert_eq!(choose(late).await, ["02-23 09:30"]);
        assert_eq!(choose(Choice { without: [Matter::Month].into(), ..Choice::default() }).await, [] as [&str; 0]);
        assert_eq!(choose(Choice::default()).await, ["02-23 07:00"]);
        on(&service.clone().reminding(None), "2028-02-22", "13:00").advance().await.unwrap();
        assert_eq!(shown(&service, "ada").await, [], "nobody wants it here");
    }

    #[tokio::test]
    async fn a_manager_finds_a_gap_there_until_somebody_holds_it() {
        let (_place, service) = rota().await;
        for person in ["ada", "cleo"] {
            has_a_phone(&service, person).await;
        }
        let cleo = managing("cleo");
        service.put_member(&operator(), cleo.clone()).await.unwrap();
        let now = on(&service, "2028-02-10", "12:00");
        let window =
            |days: i64| Window::new(now.ctx().now.plus_days(days), now.ctx().now.plus_days(days).plus_hours(8));
        stands(&service, "a", "primary", window(16), None).await;
        stands(&service, "b", "primary", window(5), None).await;
        now.advance().await.unwrap();
        let gaps = shown(&service, "cleo").await;
        assert_eq!(times(&gaps), [("gap.a.0", "02-12 12:00"), ("gap.b.0", "02-10 12:15")], "one opened late");
        assert_eq!(shown(&service, "ada").await, [], "she manages nothing");
        stands(&service, "b", "primary", window(5), Some("ben")).await;
        on(&service, "2028-02-10", "12:06").advance().await.unwrap();
        assert_eq!(shown(&service, "cleo").await, gaps[..1]);
        service.put_member(&operator(), Membership { manager: false, member: true, ..cleo }).await.unwrap();
        on(&service, "2028-02-10", "12:12").advance().await.unwrap();
        assert_eq!(shown(&service, "cleo").await, [], "she manages nothing any more");
    }

    #[tokio::test]
    async fn an_offer_rings_after_a_while_unless_it_is_answered_and_a_swap_that_stays_open_at_its_managers() {
        let (_place, service) = rota().await;
        for person in ["ben", "cleo"] {
            has_a_phone(&service, person).await;
        }
        service.put_member(&operator(), managing("cleo")).await.unwrap();
        let now = on(&service, "2028-02-07", "10:00");
        let start = now.ctx().now.plus_days(5);
        stands(&service, "a", "primary", Window::new(start, start.plus_hours(12)), Some("ada")).await;
        let person = |id: &str| Actor::person(id.into(), Channel::Button);
        let swap = now.ask_for_cover(&person("ada"), &"a".into(), 0, None).await.unwrap();
        let kinds = |shown: Vec<(String, String, String)>| {
            let kind =
                |(matter, at, _): (String, String, String)| format!("{} {at}", matter.split('.').next().unwrap());
            shown.into_iter().map(kind).collect::<Vec<_>>()
        };
        assert_eq!(kinds(shown(&service, "ben").await), ["offer 02-07 14:00"]);
        let managed = kinds(shown(&service, "cleo").await);
        assert_eq!(managed, ["near 02-10 10:00", "swap 02-08 10:00"], "asked for now, and still open then");
        let later = service.as_of(now.ctx().now.plus_millis(MINUTE));
        let offer = swap.offers.iter().find(|offer| offer.person == "ben".into()).unwrap().id.clone();
        later.answer_offer(&person("ben"), &offer, Reply::Agree).await.unwrap();
        assert_eq!(shown(&service, "ben").await, []);
        assert_eq!(shown(&service, "cleo").await, []);
    }
}
