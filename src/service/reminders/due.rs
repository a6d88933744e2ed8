//! Reminders go out because time passes: what is due is told by mail and webhook, each once, and not while its person
//! wants to be left alone. And what somebody chose to be reminded of.

use super::pending::pending;
use super::remind_once;
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Person;
use crate::roster::quiet::Choice;
use crate::service::audit::{Deed, record};
use crate::service::render::refresh_reminders;
use crate::service::{Actor, Ctx, Service, ServiceError, rights, webhooks};
use crate::store::{Connection, StoreError, instance, people, reminders, teams};
use crate::time::{Instant, MINUTE};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// How often it is looked for, in milliseconds.
const EVERY: i64 = 5 * MINUTE;
/// When that was last, in the instance's values.
const LOOKED: &str = "reminded_ms";

/// The teams whose people are to be reminded in this turn, which are none where nobody wants it; nothing where that was a
/// moment ago.
pub(in crate::service) fn teams_to_remind(
    tx: &mut dyn Connection,
    ctx: &Ctx,
) -> Result<Option<Vec<TeamId>>, ServiceError> {
    let last = instance::find(tx, LOOKED)?.and_then(|text| text.parse().ok()).map(Instant::from_millis);
    if last.is_some_and(|last| last <= ctx.now && ctx.now < last.plus_millis(EVERY)) {
        return Ok(None);
    }
    instance::set(tx, LOOKED, &ctx.now.millis().to_string())?;
    if ctx.host.reminding.is_none() {
        return Ok(Some(Vec::new()));
    }
    Ok(Some(teams::all(tx)?.into_iter().map(|team| team.id).collect()))
}

/// Reminds the people of one team of what is due; later, where they want to be left alone now.
pub(in crate::service) fn remind_team(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<(), ServiceError> {
    let mut known = BTreeMap::new();
    for one in pending(tx, ctx, team)? {
        let Some((name, mut facts)) = one.told.filter(|_| one.since <= ctx.now) else { continue };
        let Some((person, choice)) = whom(tx, &mut known, &one.person)? else { continue };
        let quiet = choice.quiet.or(ctx.host.reminding).unwrap_or_default();
        if choice.without.contains(&one.matter) || quiet.contains(ctx.now, person.zone) {
            continue;
        }
        if let Json::Object(members) = &mut facts {
            members.insert("about".to_owned(), one.matter.word().into());
            members.insert("team".to_owned(), json!(team));
            members.insert("person".to_owned(), json!(person.id));
        }
        if remind_once(tx, ctx, person, &facts, &name)? {
            webhooks::reminded(tx, ctx, team, (&person.id, &facts))?;
        }
    }
    Ok(())
}

/// Whoever it is, with what they chose; nobody where they are disabled.
fn whom<'k>(
    tx: &mut dyn Connection,
    known: &'k mut BTreeMap<PersonId, Option<(Person, Choice)>>,
    id: &PersonId,
) -> Result<Option<&'k (Person, Choice)>, StoreError> {
    if !known.contains_key(id) {
        let found = match people::find(tx, id)?.filter(|person| !person.disabled) {
            Some(person) => Some((person, reminders::choice(tx, id)?)),
            None => None,
        };
        known.insert(id.clone(), found);
    }
    Ok(known.get(id).and_then(Option::as_ref))
}

impl Service {
    /// What somebody chose to be reminded of; for themselves and administrators.
    pub async fn reminder_choice(&self, actor: &Actor, person: &PersonId) -> Result<Choice, ServiceError> {
        let (actor, person) = (actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::act_for(tx, &actor, &person)?;
            people::find(tx, &person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
            Ok(reminders::choice(tx, &person)?)
        };
        self.store.read(read).await
    }

    /// Sets it; for themselves and administrators.
    pub async fn choose_reminders(&self, actor: &Actor, person: &PersonId, choice: Choice) -> Result<(), ServiceError> {
        let (ctx, actor, person) = (self.ctx(), actor.clone(), person.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::act_for(tx, &actor, &person)?;
            people::find(tx, &person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
            let before = reminders::choice(tx, &person)?;
            if before == choice {
                return Ok(());
            }
            reminders::set_choice(tx, &person, &choice)?;
            let deed = Deed::new("person.reminders", format!("person:{person}"));
            record(tx, &ctx, &actor, deed.before(json!(before)).after(json!(choice)))?;
            refresh_reminders(tx, &ctx, std::slice::from_ref(&person))
        };
        self.store.write(write).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::model::{Channel, Grant, Qualification};
    use crate::roster::quiet::Matter;
    use crate::service::testing::{managing, operator, rota, stands};
    use crate::store::{qualifications, roles};
    use crate::time::{Window, resolve};

    const LONDON: crate::time::Zone = crate::time::Zone::Europe__London;

    /// The same service on a day so far from now, at a time of London's.
    fn at(service: &Service, days: i64, time: &str) -> Service {
        let day = service.ctx().now.plus_days(days).civil(LONDON).date();
        service.as_of(resolve(format!("{day}T{time}:00").parse().unwrap(), LONDON))
    }

    fn on(service: &Service, day: &str, time: &str) -> Service {
        service.as_of(resolve(format!("{day}T{time}:00").parse().unwrap(), LONDON))
    }

    /// What somebody was reminded of so far.
    async fn told(service: &Service, person: &str) -> Vec<Json> {
        let address = format!("{person}@example.org");
        let found = service.store.read(move |tx| crate::store::outbox::to_recipient(tx, &address)).await.unwrap();
        let reminders = found.into_iter().filter(|due| due.message.kind == "mail.reminder");
        reminders.map(|due| serde_json::from_str(&due.message.payload).unwrap()).collect()
    }

    async fn about(service: &Service, person: &str, what: &str) -> usize {
        told(service, person).await.iter().filter(|one| one["about"] == what).count()
    }

    /// A shift on the day after tomorrow, from nine to nine.
    async fn a_day(service: &Service, slot: &str, person: Option<&str>) -> Window {
        let start = at(service, 2, "09:00").ctx().now;
        let window = Window::new(start, start.plus_hours(12));
        stands(service, slot, "primary", window, person).await;
        window
    }

    async fn cleo_manages(service: &Service) {
        service.put_member(&operator(), managing("cleo")).await.unwrap();
    }

    #[tokio::test]
    async fn a_shift_within_a_day_is_told_once_and_not_at_night() {
        let (_place, service) = rota().await;
        a_day(&service, "a", Some("ada")).await;
        at(&service, 0, "12:00").advance().await.unwrap();
        assert_eq!(about(&service, "ada", "shift").await, 0, "too early");
        at(&service, 1, "23:00").advance().await.unwrap();
        assert_eq!(about(&service, "ada", "shift").await, 0, "at night");
        at(&service, 2, "07:30").advance().await.unwrap();
        at(&service, 2, "08:00").advance().await.unwrap();
        let told = told(&service, "ada").await;
        let shifts: Vec<_> = told.iter().filter(|one| one["about"] == "shift").collect();
        assert_eq!((shifts.len(), shifts[0]["slot"].as_str()), (1, Some("a")));
        at(&service, 2, "10:00").advance().await.unwrap();
        assert_eq!(about(&service, "ada", "shift").await, 1, "it has begun");
    }

    #[tokio::test]
    async fn whoever_chose_otherwise_is_told_at_other_hours_or_not_at_all() {
        let (_place, service) = rota().await;
        a_day(&service, "a", Some("ada")).await;
        a_day(&service, "b", Some("ben")).await;
        let awake = Choice { quiet: Some("08:00-20:00".parse().unwrap()), ..Choice::default() };
        let ada = Actor::person("ada".into(), Channel::Button);
        service.choose_reminders(&ada, &"ada".into(), awake.clone()).await.unwrap();
        assert_eq!(service.reminder_choice(&ada, &"ada".into()).await.unwrap(), awake);
        let none = Choice { without: [Matter::Shift].into(), ..Choice::default() };
        let refused = service.choose_reminders(&ada, &"ben".into(), none.clone()).await;
        assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
        service.choose_reminders(&operator(), &"ben".into(), none).await.unwrap();
        at(&service, 1, "12:00").advance().await.unwrap();
        assert_eq!((about(&service, "ada", "shift").await, about(&service, "ben", "shift").await), (0, 0));
        at(&service, 1, "21:00").advance().await.unwrap();
        assert_eq!((about(&service, "ada", "shift").await, about(&service, "ben", "shift").await), (1, 0));
        let (_other, silent) = rota().await;
        let silent = silent.reminding(None);
        a_day(&silent, "a", Some("ada")).await;
        at(&silent, 1, "12:00").advance().await.unwrap();
        assert_eq!(told(&silent, "ada").await.len(), 0, "nobody wants it here");
    }

    #[tokio::test]
    async fn a_month_is_asked_for_a_week_before_three_days_before_and_on_the_last_day() {
        let (_place, service) = rota().await;
        service.confirm_month(&operator(), &"ben".into(), "2028-03-01".parse().unwrap(), true).await.unwrap();
        let mut counts = Vec::new();
        for day in ["2028-02-10", "2028-02-23", "2028-02-24", "2028-02-27", "2028-02-29", "2028-03-01"] {
            on(&service, day, "12:00").advance().await.unwrap();
            counts.push(about(&service, "ada", "month").await);
        }
        assert_eq!(counts, [0, 1, 1, 2, 3, 3]);
        assert_eq!(about(&service, "ben", "month").await, 0, "who has confirmed it");
        assert_eq!(told(&service, "ada").await[0]["month"], "2028-03");
    }

    #[tokio::test]
    async fn an_offer_that_lies_is_told_to_its_person_and_then_to_managers() {
        let (_place, service) = rota().await;
        cleo_manages(&service).await;
        let start = at(&service, 20, "09:00").ctx().now;
        stands(&service, "a", "primary", Window::new(start, start.plus_hours(12)), Some("ada")).await;
        let ada = Actor::person("ada".into(), Channel::Button);
        let asked = at(&service, 1, "10:00");
        asked.ask_for_cover(&ada, &"a".into(), 0, None).await.unwrap();
        at(&service, 1, "13:00").advance().await.unwrap();
        assert_eq!(about(&service, "ben", "offer").await, 0, "he was asked just now");
        at(&service, 1, "15:00").advance().await.unwrap();
        assert_eq!((about(&service, "ben", "offer").await, about(&service, "cleo", "offer").await), (1, 0));
        at(&service, 2, "15:00").advance().await.unwrap();
        assert_eq!((about(&service, "ben", "offer").await, about(&service, "cleo", "offer").await), (1, 1));
        assert_eq!(about(&service, "ada", "offer").await, 0, "she asks herself");
    }

    #[tokio::test]
    async fn managers_hear_of_a_gap_once_it_is_within_two_weeks() {
        let (_place, service) = rota().await;
        cleo_manages(&service).await;
        let start = at(&service, 20, "09:00").ctx().now;
        let window = Window::new(start, start.plus_hours(12));
        stands(&service, "a", "primary", window, None).await;
        stands(&service, "b", "shadow", window, None).await;
        at(&service, 1, "12:00").advance().await.unwrap();
        assert_eq!(about(&service, "cleo", "gap").await, 0);
        for day in [7, 8, 9] {
            at(&service, day, "12:00").advance().await.unwrap();
        }
        let told = told(&service, "cleo").await;
        let gaps: Vec<_> = told.iter().filter(|one| one["about"] == "gap").map(|one| one["slot"].clone()).collect();
        assert_eq!(gaps, ["a"], "an empty shadow is no gap");
        assert_eq!(about(&service, "ada", "gap").await, 0, "she manages nothing");
    }

    #[tokio::test]
    async fn a_qualification_that_a_role_needs_is_told_before_it_lapses() {
        let (_place, service) = rota().await;
        let until = at(&service, 40, "12:00").ctx().now;
        let write = move |tx: &mut dyn Connection| {
            for (id, needed) in [("access", true), ("chess", false)] {
                let qualification = Qualification {
                    id: id.into(),
                    team: None,
                    name: id.to_uppercase(),
                    how: "ask the desk".to_owned(),
                    url: None,
                };
                qualifications::put(tx, &qualification)?;
                let (from, until, evidence) = (None, Some(until), String::new());
                let grant = Grant { person: "ada".into(), qualification: id.into(), from, until, evidence };
                qualifications::put_grant(tx, &grant)?;
                if needed {
                    roles::require(tx, &"payments".into(), "primary", &id.into())?;
                }
            }
            Ok::<_, ServiceError>(())
        };
        service.store.write(write).await.unwrap();
        let mut counts = Vec::new();
        for day in [5, 11, 20, 34, 41] {
            at(&service, day, "12:00").advance().await.unwrap();
            counts.push(about(&service, "ada", "qualification").await);
        }
        assert_eq!(counts, [0, 1, 1, 2, 2]);
        let told = told(&service, "ada").await;
        let first = told.iter().find(|one| one["about"] == "qualification").unwrap();
        assert_eq!((&first["qualification"], &first["how"]), (&json!("ACCESS"), &json!("ask the desk")));
    }
}
